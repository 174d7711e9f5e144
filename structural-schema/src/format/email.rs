//! Addresses of mail, with or without a name before them
//!
//! It owns what Go's parser of one address accepts, without comments and folded lines.

pub(super) fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => is_phrase(name.trim_matches([' ', '\t'])) && is_address(address),
        None => is_address(text),
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    (is_dotted(local) || is_quoted(local)) && (is_dotted(domain) || is_literal(domain))
}

/// Words with single dots between them
fn is_dotted(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|word| !word.is_empty() && word.chars().all(is_of_word))
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_quoted(text: &str) -> bool {
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| {
        let mut left = inner.chars();
        while let Some(c) = left.next() {
            let c = if c == '\\' {
                left.next().unwrap_or('"')
            } else if c == '"' {
                '\0'
            } else {
                c
            };
            if c.is_control() && c != '\t' {
                return false;
            }
        }
        true
    })
}

/// An address of IP in brackets
fn is_literal(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<core::net::IpAddr>().is_ok())
}

/// A name before an address: nothing, quoted, or words
fn is_phrase(text: &str) -> bool {
    is_quoted(text) || text.split([' ', '\t']).all(|word| word.chars().all(|c| is_of_word(c) || c == '.'))
}
