//! The words of a CEL expression
//!
//! It owns literals and their escapes. The order of words is `parser`'s business.

use std::sync::Arc;

use super::issue::Issue;
use super::syntax::Literal;

/// A word and where it stands, in characters
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) word: Word,
}

/// A word
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Ident(String),
    /// A field whose name stands between backquotes
    Quoted(String),
    Literal(Literal),
    /// A number as it was written: only the parser knows whether a minus belongs to it
    Number(String),
    /// An operator or bracket
    Mark(&'static str),
    End,
}

/// Longest first
const MARKS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":",
    "+", "*", "/", "%", "in",
];

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

/// Cuts a text into words; the last is [`Word::End`]
pub(super) fn lex(source: &str) -> Result<Vec<Token>, Issue> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let at = lexer.at;
        let word = lexer.word()?;
        let ended = word == Word::End;
        tokens.push(Token { at, word });
        if ended {
            return Ok(tokens);
        }
    }
}

fn is_quotable(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-/ ".contains(c)
}

// === impl Lexer ===

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.peek(index) == c)
    }

    fn skip_space(&mut self) {
        loop {
            if matches!(self.peek(0), '\t' | ' ' | '\r' | '\n' | '\u{c}') {
                self.at += 1;
            } else if self.starts_with("//") {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> Result<Word, Issue> {
        if self.at >= self.chars.len() {
            return Ok(Word::End);
        }
        let c = self.peek(0);
        let prefix = (0..3).take_while(|n| matches!(self.peek(*n), 'r' | 'R' | 'b' | 'B')).count();
        if prefix <= 2 && matches!(self.peek(prefix), '"' | '\'') {
            return self.text(prefix);
        }
        if c.is_ascii_digit() || (c == '.' && self.peek(1).is_ascii_digit()) {
            return Ok(self.number());
        }
        if c.is_ascii_alphabetic() || c == '_' {
            let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            return Ok(match name.as_str() {
                "true" => Word::Literal(Literal::Bool(true)),
                "false" => Word::Literal(Literal::Bool(false)),
                "null" => Word::Literal(Literal::Null),
                "in" => Word::Mark("in"),
                _ => Word::Ident(name),
            });
        }
        if c == '`' {
            let name: String = self.chars[self.at + 1..].iter().take_while(|c| is_quotable(**c)).collect();
            let length = name.chars().count();
            if length > 0 && self.peek(length + 1) == '`' {
                self.at += length + 2;
                return Ok(Word::Quoted(name));
            }
        }
        for mark in MARKS {
            if self.starts_with(mark) {
                self.at += mark.len();
                return Ok(Word::Mark(mark));
            }
        }
        let shown: String = self.chars[self.at..].iter().take(1).collect();
        Err(Issue::new(self.at, format!("Syntax error: token recognition error at: '{shown}'")))
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.at < self.chars.len() && wanted(self.peek(0)) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn number(&mut self) -> Word {
        if self.peek(0) == '0' && self.peek(1) == 'x' && self.peek(2).is_ascii_hexdigit() {
            self.at += 2;
            let mut text = format!("0x{}", self.take_while(|c| c.is_ascii_hexdigit()));
            if matches!(self.peek(0), 'u' | 'U') {
                self.at += 1;
                text.push('u');
            }
            return Word::Number(text);
        }
        let mut text = self.take_while(|c| c.is_ascii_digit());
        if self.peek(0) == '.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            text = format!("{text}.{}", self.take_while(|c| c.is_ascii_digit()));
        }
        let sign = usize::from(matches!(self.peek(1), '+' | '-'));
        if matches!(self.peek(0), 'e' | 'E') && self.peek(1 + sign).is_ascii_digit() {
            text.push('e');
            if sign == 1 {
                text.push(self.peek(1));
            }
            self.at += 1 + sign;
            text.push_str(&self.take_while(|c| c.is_ascii_digit()));
        } else if !text.contains('.') && matches!(self.peek(0), 'u' | 'U') {
            self.at += 1;
            text.push('u');
        }
        Word::Number(text)
    }

    fn text(&mut self, prefix: usize) -> Result<Word, Issue> {
        let start = self.at;
        let mark: Vec<char> =
            self.chars[start..start + prefix].iter().map(char::to_ascii_lowercase).collect();
        let (raw, bytes) = (mark.contains(&'r'), mark.contains(&'b'));
        self.at += prefix;
        let quote = self.peek(0);
        let width = if (1..3).all(|n| self.peek(n) == quote) { 3 } else { 1 };
        self.at += width;
        let mut out = Vec::new();
        loop {
            let c = self.peek(0);
            if self.at >= self.chars.len() || (width == 1 && matches!(c, '\n' | '\r')) {
                let shown: String = self.chars[start..self.at].iter().collect();
                return Err(Issue::new(
                    start,
                    format!("Syntax error: token recognition error at: '{shown}'"),
                ));
            }
            if (0..width).all(|n| self.peek(n) == quote) {
                self.at += width;
                break;
            }
            self.at += 1;
            if c == '\\' && !raw {
                self.escape(start, bytes, &mut out)?;
            } else {
                out.extend(c.encode_utf8(&mut [0; 4]).bytes());
            }
        }
        Ok(Word::Literal(if bytes {
            Literal::Bytes(out.into())
        } else {
            Literal::String(Arc::from(String::from_utf8_lossy(&out).as_ref()))
        }))
    }

    /// After a backslash
    fn escape(&mut self, start: usize, bytes: bool, out: &mut Vec<u8>) -> Result<(), Issue> {
        let c = self.peek(0);
        self.at += 1;
        let simple = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '"' | '\'' | '\\' | '?' | '`' => c as u8,
            _ => 0,
        };
        if simple != 0 {
            out.push(simple);
            return Ok(());
        }
        let (radix, digits) = match c {
            'x' | 'X' => (16, 2),
            'u' => (16, 4),
            'U' => (16, 8),
            '0'..='3' => {
                self.at -= 1;
                (8, 3)
            }
            _ => return Err(self.bad_escape(start)),
        };
        let text: String = (0..digits).map(|n| self.peek(n)).collect();
        self.at += digits;
        let code = u32::from_str_radix(&text, radix).map_err(|_| self.bad_escape(start))?;
        if bytes && matches!(c, 'u' | 'U') {
            return Err(Issue::new(start, "unable to unescape string"));
        }
        if bytes {
            out.push(u8::try_from(code).map_err(|_| self.bad_escape(start))?);
        } else {
            let decoded = char::from_u32(code).ok_or_else(|| self.bad_escape(start))?;
            out.extend(decoded.encode_utf8(&mut [0; 4]).bytes());
        }
        Ok(())
    }

    fn bad_escape(&self, start: usize) -> Issue {
        let shown: String = self.chars[start..self.at.min(self.chars.len())].iter().collect();
        Issue::new(start, format!("Syntax error: token recognition error at: '{shown}'"))
    }
}
