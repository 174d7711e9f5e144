//! Base 64: bytes as texts, texts as bytes, and what Go says of a text that is none
//!
//! It owns the letters and both ways, in the standard form and in that of texts in URLs, which has no padding. What the
//! bytes mean is not its business.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The standard form of bytes
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = encode_by(STANDARD, bytes);
    text.extend(std::iter::repeat_n('=', (3 - bytes.len() % 3) % 3));
    text
}

/// The form of bytes for URLs
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode_by(URL, bytes)
}

/// What a text in the standard form stands for; other letters end it
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let number = |letter: u8| STANDARD.iter().position(|known| *known == letter);
    bytes(text.bytes().map_while(number))
}

/// What a text in the form for URLs stands for
///
/// # Errors
/// What Go says of a text in another form.
pub(crate) fn decode_url(text: &str) -> Result<Vec<u8>, String> {
    let number = |letter: u8| URL.iter().position(|known| *known == letter);
    let wrong = text.bytes().position(|letter| number(letter).is_none());
    match wrong.or_else(|| (text.len() % 4 == 1).then_some(text.len())) {
        Some(at) => Err(illegal(at)),
        None => Ok(bytes(text.bytes().filter_map(number))),
    }
}

/// What Go says of a text that is not in the standard form; none for one that is
pub(crate) fn problem(text: &str) -> Option<String> {
    mistake(text).map(illegal)
}

fn illegal(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

fn encode_by(letters: &[u8; 64], bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |index: usize| u32::from(part.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..=part.len() {
            text.push(char::from(letters[(bits >> (18 - 6 * index) & 63) as usize]));
        }
    }
    text
}

/// The whole bytes of which each number is six bits
fn bytes(numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_usize, 0);
    for number in numbers {
        bits = bits << 6 | number;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
        bits &= (1 << count) - 1;
    }
    bytes
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
    fn bytes_are_written_and_read() {
        for (text, written) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(encode(text.as_bytes()), written);
            assert_eq!(decode(written), text.as_bytes());
            let bare = written.trim_end_matches('=');
            assert_eq!(encode_url(text.as_bytes()), bare);
            assert_eq!(decode_url(bare).unwrap(), text.as_bytes());
        }
    }

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
