//! Texts in base 64: what is wrong with one
//!
//! It owns the words and the place of the mistake, as Go tells them. What the bytes mean is not its business.

/// What Go says of a text that is not in base 64; none for one that is
pub(super) fn problem(text: &str) -> Option<String> {
    mistake(text).map(|at| format!("illegal base64 data at input byte {at}"))
}

fn mistake(text: &str) -> Option<usize> {
    let mut letters = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    // how many letters of a group of four were read
    let mut read = 0;
    while let Some((at, byte)) = letters.next() {
        if byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' {
            read = (read + 1) % 4;
            continue;
        }
        if byte != b'=' || read < 2 {
            return Some(at);
        }
        if read == 2 {
            match letters.next() {
                None => return Some(text.len()),
                Some((_, b'=')) => {}
                Some((at, _)) => return Some(at - 1),
            }
        }
        return letters.next().map(|(at, _)| at);
    }
    (read > 0).then(|| text.len() - read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_where_go_finds_them() {
        for (text, at) in [
            ("", None),
            ("dg==", None),
            ("dmV\ny", None),
            ("v", Some(0)),
            ("vvvvv", Some(4)),
            ("vv=", Some(3)),
            ("vv=v", Some(2)),
            ("v===", Some(1)),
            ("dg==x", Some(4)),
            ("ab?d", Some(2)),
        ] {
            assert_eq!(mistake(text), at, "{text:?}");
        }
    }
}
