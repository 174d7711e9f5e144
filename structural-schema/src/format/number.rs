//! Numbers with check digits: of books and of credit cards
//!
//! It owns their sums. Which format is asked for is decided around it.

pub(super) fn is_isbn10(text: &str) -> bool {
    let bare = bare(text);
    let digit = |at: usize, b: u8| match b {
        b'X' if at == 9 => Some(10),
        b if b.is_ascii_digit() => Some(u32::from(b - b'0')),
        _ => None,
    };
    let digits: Option<Vec<_>> = bare.bytes().enumerate().map(|(at, b)| digit(at, b)).collect();
    digits.is_some_and(|digits| {
        digits.len() == 10 && (1..).zip(digits).map(|(weight, d): (u32, _)| weight * d).sum::<u32>() % 11 == 0
    })
}

pub(super) fn is_isbn13(text: &str) -> bool {
    let bare = bare(text);
    let weighted = bare
        .bytes()
        .enumerate()
        .map(|(at, b)| b.is_ascii_digit().then(|| u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 3 }));
    let weighted: Option<Vec<_>> = weighted.collect();
    weighted.is_some_and(|weighted| weighted.len() == 13 && weighted.iter().sum::<u32>() % 10 == 0)
}

/// Without blanks and dashes
fn bare(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ' | '-')).collect()
}

/// A number of one of the issuers, with whatever stands between its digits
pub(super) fn is_credit_card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = |length: usize| digits.get(..length).and_then(|start| start.parse().ok()).unwrap_or(0);
    let has_issuer = match digits.len() {
        13 => number(1) == 4,
        14 => (300..=305).contains(&number(3)) || [36, 38].contains(&number(2)),
        15 => [34, 37].contains(&number(2)) || [2131, 1800].contains(&number(4)),
        16 => {
            number(1) == 4
                || (51..=55).contains(&number(2))
                || number(4) == 6011
                || number(2) == 65
                || number(2) == 35
        }
        _ => false,
    };
    let doubled = |(at, b): (usize, u8)| {
        let digit = u32::from(b - b'0') * if at % 2 == 0 { 1 } else { 2 };
        digit / 10 + digit % 10
    };
    has_issuer && digits.bytes().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}
