//! URLs, as Go reads them
//!
//! It owns their parts and what is wrong with one. It fetches nothing.

use std::collections::BTreeMap;
/// A URL in its parts
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Url {
    pub(super) scheme: String,
    /// With the port
    pub(super) host: String,
    pub(super) path: String,
    query: String,
}

// === impl Url ===

impl Url {
    /// A URL that a request could be made with: an absolute path, or one with a scheme
    ///
    /// # Errors
    /// What is wrong with it, in the words of Go.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let named = |what: String| format!("parse {}: {what}", crate::go_text::quote(text));
        let whole = Self::read(text).map_err(named)?;
        // what follows a hash is no part of a request
        text.split_once('#').map_or(Ok(whole), |(text, _)| Self::read(text).map_err(named))
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text.is_empty() {
            return Err("empty url".to_owned());
        }
        let (scheme, rest) = scheme(text)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let url = |host: String, path: String| Self {
            scheme: scheme.to_ascii_lowercase(),
            host,
            path,
            query: query.to_owned(),
        };
        if text == "*" {
            return Ok(url(String::new(), text.to_owned()));
        }
        if !rest.starts_with('/') {
            let opaque = !scheme.is_empty();
            return if opaque {
                Ok(url(String::new(), String::new()))
            } else {
                Err("invalid URI for request".to_owned())
            };
        }
        let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (host(authority)?, path)
            }
            None => (String::new(), rest),
        };
        let decoded = decode(path, false)?;
        let path = if is_encoded(path) { path.to_owned() } else { encode(&decoded) };
        Ok(url(host, path))
    }

    pub(super) fn host_name(&self) -> &str {
        let host = self.host.strip_suffix(&self.port_with_colon()).unwrap_or(&self.host);
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(super) fn port(&self) -> String {
        self.port_with_colon().trim_start_matches(':').to_owned()
    }

    fn port_with_colon(&self) -> String {
        let after = self.host.rfind(']').map_or(0, |end| end + 1);
        self.host[after..].rfind(':').map_or_else(String::new, |colon| self.host[after + colon..].to_owned())
    }

    /// The values of each name; what cannot be read is left out
    pub(super) fn query(&self) -> BTreeMap<String, Vec<String>> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for part in self.query.split('&').filter(|part| !part.is_empty() && !part.contains(';')) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if let (Ok(name), Ok(value)) = (decode(name, true), decode(value, true)) {
                let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                values.entry(text(name)).or_default().push(text(value));
            }
        }
        values
    }
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn host(authority: &str) -> Result<String, String> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let after = match host.strip_prefix('[') {
        Some(rest) => host.len() - rest.len() + rest.find(']').ok_or("missing ']' in host")? + 1,
        None => host.rfind(':').unwrap_or(host.len()),
    };
    let port = &host[after..];
    if !port.is_empty()
        && !port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(format!("invalid port {} after host", crate::go_text::quote(port)));
    }
    let bad = host.chars().find(|c| matches!(c, ' ' | '\\' | '^' | '`' | '{' | '|' | '}' | '/' | '?' | '#'));
    if let Some(bad) = bad {
        return Err(format!("invalid character {} in host name", crate::go_text::quote(&bad.to_string())));
    }
    Ok(String::from_utf8_lossy(&decode(host, false)?).into_owned())
}

/// Undoes `%41`, and in a query `+`
fn decode(text: &str, query: bool) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
                let code = code.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
                let Some(code) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
                    let shown: String = text[at..].chars().take(3).collect();
                    return Err(format!("invalid URL escape {}", crate::go_text::quote(&shown)));
                };
                out.push(code);
                at += 3;
                continue;
            }
            b'+' if query => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    Ok(out)
}

/// Whether a path is already as it must be sent
fn is_encoded(path: &str) -> bool {
    path.bytes().all(|b| b.is_ascii_alphanumeric() || b"!$&'()*+,;=:@[]%/-_.~".contains(&b))
}

fn encode(path: &[u8]) -> String {
    path.iter().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"$&+,/:;=@-_.~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            let halves =
                [byte >> 4, byte & 15].into_iter().filter_map(|half| char::from_digit(u32::from(half), 16));
            out.push('%');
            out.extend(halves.map(|digit| digit.to_ascii_uppercase()));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls_are_read_as_go_reads_them() {
        for (text, host, name, port, path) in [
            ("https://user@example.com:80/a%20b?x=1", "example.com:80", "example.com", "80", "/a%20b"),
            ("http://[::1]:8080/", "[::1]:8080", "::1", "8080", "/"),
            ("/only/a path", "", "", "", "/only/a%20path"),
            ("mailto:x", "", "", "", ""),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (&*url.host, url.host_name(), &*url.port(), &*url.path),
                (host, name, port, path),
                "{text}"
            );
        }
        for (text, what) in [
            ("../x", "invalid URI for request"),
            ("", "empty url"),
            ("http://a:x/", "invalid port \":x\" after host"),
            ("/%zz", "invalid URL escape \"%zz\""),
            (":x", "missing protocol scheme"),
        ] {
            assert_eq!(Url::parse(text).unwrap_err(), format!("parse \"{text}\": {what}"));
        }
    }
}
