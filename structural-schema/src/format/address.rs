//! Addresses and names of hosts
//!
//! It owns what Go's parsers of them accept.

use core::net::{Ipv4Addr, Ipv6Addr};

/// An address in Go's older reading: parts may have leading zeros, and an address of the other family may hold one
pub(super) fn is_ipv4(text: &str) -> bool {
    text.contains('.') && is_sloppy_ip(text)
}

pub(super) fn is_ipv6(text: &str) -> bool {
    text.contains(':') && text.parse::<Ipv6Addr>().is_ok()
}

fn is_sloppy_ip(text: &str) -> bool {
    let (before, last) = text.rsplit_once(':').map_or(("", text), |(before, last)| (before, last));
    match sloppy_ipv4(last) {
        Some(_) if before.is_empty() && !text.contains(':') => true,
        Some(v4) => format!("{before}:{v4}").parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

fn sloppy_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<_> = text.split('.').collect();
    let part = |text: &&str| -> Option<u8> {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    let numbers: Option<Vec<u8>> = parts.iter().map(part).collect();
    let numbers: [u8; 4] = numbers?.try_into().ok()?;
    Some(numbers.into())
}

pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = if sloppy_ipv4(address).is_some() { 32 } else { 128 };
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    is_number && is_sloppy_ip(address) && length.parse::<u32>().is_ok_and(|length| length <= most)
}

/// 6, 8 or 20 bytes in hexadecimal: in pairs after `:` or `-`, or in fours after `.`
pub(super) fn is_mac(text: &str) -> bool {
    let separator = text.chars().find(|c| !c.is_ascii_hexdigit());
    let Some(separator) = separator.filter(|c| [':', '-', '.'].contains(c)) else { return false };
    let length = if separator == '.' { 4 } else { 2 };
    let groups: Vec<_> = text.split(separator).collect();
    let is_group = |group: &&str| group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.iter().all(is_group) && [6, 8, 20].contains(&(groups.len() * length / 2))
}

/// Labels of letters, digits, symbols and dashes; the last of several has two letters or more
pub(super) fn is_hostname(text: &str) -> bool {
    if text.len() > 255 || text.split('.').any(|label| label.len() > 63) {
        return false;
    }
    let is_outer = |c: char| {
        c.is_ascii_digit()
            || c.is_alphabetic()
            || (!c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace())
            || matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~')
    };
    let labels: Vec<_> = text.split('.').collect();
    let is_label = |label: &&str| {
        label.starts_with(is_outer)
            && label.ends_with(is_outer)
            && label.chars().all(|c| is_outer(c) || c == '-')
    };
    match labels[..] {
        [only] => is_label(&only) && !only.contains("--"),
        [ref before @ .., last] => {
            let letters = last.chars().count();
            before.iter().all(is_label)
                && (2..=63).contains(&letters)
                && last.chars().all(char::is_alphabetic)
        }
        [] => false,
    }
}
