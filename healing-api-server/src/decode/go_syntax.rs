//! What is wrong with the syntax of JSON, in the words of Go
//!
//! It owns the reading as Go does it, byte by byte, up to the first mistake. What the text means is not its business.

use std::fmt;

/// The words for an end that comes too early
const END: &str = "unexpected end of JSON input";

/// What may come next
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of a list
    ValueOrEnd,
    Key,
    /// A key, or the end of an object
    KeyOrEnd,
    /// What follows a value
    After,
}

/// What a value is part of
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Field,
    Element,
}

struct Scanner<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// The first mistake; none if the syntax is right
pub(super) fn problem(bytes: &[u8]) -> Option<String> {
    Scanner { bytes, at: 0 }.text().err()
}

// === impl Scanner ===

impl Scanner<'_> {
    fn text(&mut self) -> Result<(), String> {
        let mut parts = Vec::new();
        let mut next = Next::Value;
        loop {
            self.skip_space();
            if next == Next::After && parts.is_empty() {
                return self.peek().map_or(Ok(()), |byte| Err(wrong(byte, "after top-level value")));
            }
            let byte = self.take()?;
            next = match next {
                Next::ValueOrEnd if byte == b']' => close(&mut parts),
                Next::Value | Next::ValueOrEnd => self.value(byte, &mut parts)?,
                Next::KeyOrEnd if byte == b'}' => close(&mut parts),
                Next::Key | Next::KeyOrEnd if byte == b'"' => {
                    self.string()?;
                    Next::After
                }
                Next::Key | Next::KeyOrEnd => {
                    return Err(wrong(byte, "looking for beginning of object key string"));
                }
                Next::After => after(byte, &mut parts)?,
            };
        }
    }

    fn value(&mut self, byte: u8, parts: &mut Vec<Part>) -> Result<Next, String> {
        match byte {
            b'{' => {
                parts.push(Part::Key);
                return Ok(Next::KeyOrEnd);
            }
            b'[' => {
                parts.push(Part::Element);
                return Ok(Next::ValueOrEnd);
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number(byte)?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(wrong(byte, "looking for beginning of value")),
        }
        Ok(Next::After)
    }

    /// The rest of a text in quotes
    fn string(&mut self) -> Result<(), String> {
        loop {
            match self.take()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < b' ' => return Err(wrong(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.take()? {
                byte if byte.is_ascii_hexdigit() => Ok(()),
                byte => Err(wrong(byte, "in \\u hexadecimal character escape")),
            }),
            byte => Err(wrong(byte, "in string escape code")),
        }
    }

    fn number(&mut self, first: u8) -> Result<(), String> {
        let first = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if first != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(())
    }

    fn digit(&mut self, place: &str) -> Result<u8, String> {
        match self.take()? {
            byte if byte.is_ascii_digit() => Ok(byte),
            byte => Err(wrong(byte, place)),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// The rest of a word
    fn literal(&mut self, word: &str) -> Result<(), String> {
        word.chars().skip(1).try_for_each(|expected| match self.take()? {
            byte if char::from(byte) == expected => Ok(()),
            byte => Err(wrong(byte, &format!("in literal {word} (expecting '{expected}')"))),
        })
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or_else(|| END.to_owned())?;
        self.at += 1;
        Ok(byte)
    }
}

fn close(parts: &mut Vec<Part>) -> Next {
    parts.pop();
    Next::After
}

/// What the byte after a value means for what the value is part of
fn after(byte: u8, parts: &mut Vec<Part>) -> Result<Next, String> {
    let Some(part) = parts.last_mut() else { return Ok(Next::After) };
    match (*part, byte) {
        (Part::Key, b':') => {
            *part = Part::Field;
            Ok(Next::Value)
        }
        (Part::Field, b',') => {
            *part = Part::Key;
            Ok(Next::Key)
        }
        (Part::Element, b',') => Ok(Next::Value),
        (Part::Field, b'}') | (Part::Element, b']') => Ok(close(parts)),
        (Part::Key, _) => Err(wrong(byte, "after object key")),
        (Part::Field, _) => Err(wrong(byte, "after object key:value pair")),
        (Part::Element, _) => Err(wrong(byte, "after array element")),
    }
}

fn wrong(byte: u8, place: &str) -> String {
    format!("invalid character {} {place}", Quoted(byte))
}

/// A byte as Go quotes it: as the character of that number
struct Quoted(u8);

// === impl Quoted ===

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\'' => f.write_str(r"'\''"),
            b'\\' => f.write_str(r"'\\'"),
            0x07 => f.write_str(r"'\a'"),
            0x08 => f.write_str(r"'\b'"),
            0x0c => f.write_str(r"'\f'"),
            b'\n' => f.write_str(r"'\n'"),
            b'\r' => f.write_str(r"'\r'"),
            b'\t' => f.write_str(r"'\t'"),
            0x0b => f.write_str(r"'\v'"),
            byte @ (0x00..0x20 | 0x7f) => write!(f, r"'\x{byte:02x}'"),
            byte @ (0x80..=0xa0 | 0xad) => write!(f, r"'\u{byte:04x}'"),
            byte => write!(f, "'{}'", char::from(byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mistake_is_told_as_in_go() {
        for (text, expected) in [
            ("not json", "invalid character 'o' in literal null (expecting 'u')"),
            ("", END),
            ("{", END),
            (r#"{"a": tru"#, END),
            ("xyz", "invalid character 'x' looking for beginning of value"),
            ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a": 1 "b""#, "invalid character '\"' after object key:value pair"),
            (r#"{"a": 1,}"#, "invalid character '}' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("01", "invalid character '1' after top-level value"),
            ("[-a]", "invalid character 'a' in numeric literal"),
            ("[1.x]", "invalid character 'x' after decimal point in numeric literal"),
            ("[1ex]", "invalid character 'x' in exponent of numeric literal"),
            ("\"a\nb\"", r"invalid character '\n' in string literal"),
            (r#""\q""#, "invalid character 'q' in string escape code"),
            (r#""\u12g4""#, r"invalid character 'g' in \u hexadecimal character escape"),
            ("\u{1}", r"invalid character '\x01' looking for beginning of value"),
            ("'a'", r"invalid character '\'' looking for beginning of value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
        ] {
            assert_eq!(problem(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
        for text in ["0", " [1, -2.5e+3, []] ", r#"{"a": {"b": [true, false, null, "\u00e9\n"]}, "c": {}}"#] {
            assert_eq!(problem(text.as_bytes()), None, "{text}");
        }
    }
}
