//! URIs, as in the first line of an HTTP request: absolute, or beginning with a slash
//!
//! It owns what Go's parser of them accepts.

use core::net::Ipv6Addr;

pub(super) fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = scheme(text) else { return false };
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        return !scheme.is_empty();
    }
    let authority = rest.strip_prefix("//").filter(|_| !scheme.is_empty());
    let Some(authority) = authority else { return is_escaped(rest, None) };
    let (authority, path) = authority.find('/').map_or((authority, ""), |at| authority.split_at(at));
    is_authority(scheme, authority) && is_escaped(path, None)
}

/// What stands before the first colon if that can be a scheme; nothing is wrong with a text that has none
fn scheme(text: &str) -> Option<(&str, &str)> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return None,
            ':' => return Some((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

fn is_authority(scheme: &str, authority: &str) -> bool {
    let Some((user, host)) = authority.rsplit_once('@') else { return is_host(scheme, authority) };
    let may = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    user.chars().all(may) && is_escaped(user, None) && is_host(scheme, host)
}

fn is_host(scheme: &str, host: &str) -> bool {
    if let Some(at) = host.rfind('[') {
        let inner = host[at + 1..].rsplit_once(']').filter(|_| at == 0);
        return inner.is_some_and(|(address, port)| {
            let address = address.split_once("%25").map_or(address, |(address, _)| address);
            is_port(port) && address.parse::<Ipv6Addr>().is_ok()
        });
    }
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let colon = if is_web { host.find(':') } else { host.rfind(':') };
    let port = colon.map_or("", |at| &host[at..]);
    is_port(port) && is_escaped(host, Some(" \"<>\\^`{|}"))
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether every percent sign begins an escape; in a host only bytes beyond ASCII may be escaped, and some characters
/// may not stand at all
fn is_escaped(text: &str, refused_in_host: Option<&str>) -> bool {
    let hex = |at: usize| text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    text.char_indices().all(|(at, c)| match (c, refused_in_host) {
        ('%', None) => hex(at).is_some(),
        ('%', Some(_)) => hex(at).is_some_and(|byte| byte >= 0x80 || byte == b'%'),
        (c, Some(refused)) => !refused.contains(c),
        (_, None) => true,
    })
}
