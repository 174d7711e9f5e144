//! Whether the certificate and the key of a secret are there at all, as Go's reader of key pairs tells it
//!
//! It owns the blocks of PEM. Whether what is in them is a certificate, and the key is its key, is not looked at.

/// What is said of a certificate and its key; none if both have a block of their type
pub(super) fn problem(certificate: &[u8], key: &[u8]) -> Option<String> {
    of_certificate(&types(certificate)).or_else(|| of_key(&types(key)))
}

fn of_certificate(types: &[String]) -> Option<String> {
    if types.iter().any(|known| known == "CERTIFICATE") {
        return None;
    }
    Some(match types {
        [] => "tls: failed to find any PEM data in certificate input".to_owned(),
        [one] if one.ends_with("PRIVATE KEY") => {
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned()
        }
        types => format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]",
            types.join(" ")
        ),
    })
}

fn of_key(types: &[String]) -> Option<String> {
    if types.iter().any(|known| known == "PRIVATE KEY" || known.ends_with(" PRIVATE KEY")) {
        return None;
    }
    Some(match types {
        [] => "tls: failed to find any PEM data in key input".to_owned(),
        [one] if one == "CERTIFICATE" => {
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        types => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
            types.join(" ")
        ),
    })
}

/// The types of all whole blocks
fn types(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let (mut types, mut open) = (Vec::new(), None);
    for line in text.lines().map(str::trim_end) {
        let marked = |mark: &str| Some(line.strip_prefix(mark)?.strip_suffix("-----")?.to_owned());
        if let Some(begun) = marked("-----BEGIN ") {
            open = Some(begun);
        } else if let Some(ended) = marked("-----END ") {
            types.extend(open.take().filter(|begun| *begun == ended));
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_are_missing_or_of_another_type_are_told() {
        let block = |kind: &str| format!("-----BEGIN {kind}-----\nYQ==\n-----END {kind}-----\n");
        let (certificate, key) = (block("CERTIFICATE"), block("EC PRIVATE KEY"));
        for (first, second, expected) in [
            ("hi", "hi", Some("find any PEM data in certificate input")),
            (&certificate, "hi", Some("find any PEM data in key input")),
            (&key, &certificate, Some("may have been switched")),
            (&certificate, &certificate, Some("found a certificate rather than a key")),
            (&block("X"), &key, Some("following types: [X]")),
            ("-----BEGIN CERTIFICATE-----\n", &key, Some("find any PEM data in certificate input")),
            (&certificate, &key, None),
        ] {
            let said = problem(first.as_bytes(), second.as_bytes());
            let fits = said.as_deref().zip(expected).is_some_and(|(said, expected)| said.contains(expected));
            assert!(fits || said.is_none() && expected.is_none(), "{said:?} {expected:?}");
        }
    }
}
