//! Patterns with the meaning that they have in Go
//!
//! It owns the translation: in Go `\d`, `\w` and `\s` are ASCII, a class has no operators, and `{` may stand for
//! itself. What is done with a match is `validate`'s business.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Room for the longest patterns that CRDs have, some of which repeat Unicode classes
const SIZE_MAX_BYTES: usize = 64 << 20;
/// More repetitions are refused by Go
const REPEAT_MAX: u32 = 1000;

/// The names that a class in brackets may have
const CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// A pattern ready to match
///
/// # Errors
/// What is wrong with it, in the words of Go as far as they are known.
pub(crate) fn compile(text: &str) -> Result<Regex, String> {
    let failed = |reason: String| format!("error parsing regexp: {reason}");
    let translated = Translation::of(text).map_err(failed)?;
    RegexBuilder::new(&translated)
        .size_limit(SIZE_MAX_BYTES)
        .build()
        .map_err(|error| failed(reason(text, &error)))
}

/// Go's words for what the parser here found
fn reason(text: &str, error: &regex::Error) -> String {
    let said = error.to_string();
    let known = [
        ("unclosed group", "missing closing )", text),
        ("unopened group", "unexpected )", text),
        ("look-around", "invalid or unsupported Perl syntax", look_around(text)),
        ("property not found", "invalid character class range", from(text, "\\p", "}")),
        ("capture group name", "invalid named capture", from(text, "(?", ">")),
        ("incomplete escape", "trailing backslash at end of expression", ""),
    ];
    let found = known.into_iter().find(|(sign, _, _)| said.contains(sign));
    found.map_or_else(
        || said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        |(_, words, shown)| format!("{words}: `{shown}`"),
    )
}

/// The part of a pattern between two signs, with both
fn from<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let part = text.find(start).map_or("", |at| &text[at..]);
    part.find(end).map_or(part, |at| &part[..=at])
}

fn look_around(text: &str) -> &str {
    ["(?=", "(?!", "(?<=", "(?<!"]
        .into_iter()
        .find(|sign| text.contains(sign))
        .map_or("", |sign| if sign.starts_with("(?<") { "(?<" } else { sign })
}

struct Translation<'a> {
    left: Peekable<Chars<'a>>,
    out: String,
}

// === impl Translation ===

impl<'a> Translation<'a> {
    fn of(text: &'a str) -> Result<String, String> {
        let mut this = Self { left: text.chars().peekable(), out: String::with_capacity(text.len()) };
        // an operator of repetition needs something to repeat, and may not repeat another
        let mut before = Before::Nothing;
        while let Some(c) = this.left.next() {
            before = match c {
                '\\' => {
                    this.escape()?;
                    Before::Atom
                }
                '[' => {
                    this.class(text)?;
                    Before::Atom
                }
                '{' => this.brace(before)?,
                '*' | '+' | '?' => this.repetition(c, before)?,
                '(' => {
                    this.group()?;
                    Before::Nothing
                }
                '|' => {
                    this.out.push(c);
                    Before::Nothing
                }
                _ => {
                    this.out.push(c);
                    Before::Atom
                }
            };
        }
        Ok(this.out)
    }

    /// What stands after `(`: in Go only some flags, and names
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.left.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        let flags: String = self.left.clone().take_while(|c| !":)<P".contains(*c)).collect();
        if let Some((at, bad)) = flags.char_indices().find(|(_, c)| !"imsU-".contains(*c)) {
            let shown = format!("(?{}{bad}", &flags[..at]);
            return Err(format!("invalid or unsupported Perl syntax: `{shown}`"));
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.left.next() {
            Some('d') => self.out.push_str("[0-9]"),
            Some('D') => self.out.push_str("[^0-9]"),
            Some('w') => self.out.push_str("[0-9A-Za-z_]"),
            Some('W') => self.out.push_str("[^0-9A-Za-z_]"),
            Some('s') => self.out.push_str(r"[\t\n\f\r ]"),
            Some('S') => self.out.push_str(r"[^\t\n\f\r ]"),
            Some('b') => self.out.push_str(r"(?-u:\b)"),
            Some('Q') => self.quoted(),
            // here they stand for themselves; in the other dialect for the ends of a word
            Some(c @ ('<' | '>')) => self.out.push(c),
            other => return self.kept(other),
        }
        Ok(())
    }

    /// An escape that means the same here and there, such as `\p{L}` or `\x{10ffff}`
    fn kept(&mut self, escaped: Option<char>) -> Result<(), String> {
        let is_known = |c: &char| !c.is_alphabetic() || "xafnrtvAzBpP".contains(*c);
        if let Some(c) = escaped.filter(|c| !is_known(c)) {
            return Err(format!("invalid escape sequence: `\\{c}`"));
        }
        self.out.push('\\');
        self.out.extend(escaped);
        if matches!(escaped, Some('p' | 'P' | 'x')) && self.left.peek() == Some(&'{') {
            while let Some(c) = self.left.next_if(|c| *c != '}') {
                self.out.push(c);
            }
        }
        Ok(())
    }

    /// Between `\Q` and `\E` everything stands for itself
    fn quoted(&mut self) {
        let rest: String = self.left.clone().collect();
        let (literal, ends) = rest.split_once("\\E").map_or((rest.as_str(), 0), |(text, _)| (text, 2));
        self.out.push_str(&regex::escape(literal));
        for _ in 0..literal.chars().count() + ends {
            self.left.next();
        }
    }

    fn class(&mut self, text: &str) -> Result<(), String> {
        let rest: String = self.left.clone().collect();
        let start = text.len() - rest.len() - 1;
        self.out.push('[');
        if self.left.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.left.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
        }
        loop {
            match self.left.next() {
                None => return Err(format!("missing closing ]: `{}`", &text[start..])),
                Some(']') => break,
                Some('[') if self.left.peek() == Some(&':') => self.named_class()?,
                Some(c @ ('[' | '&' | '~')) => self.out.extend(['\\', c]),
                Some('-') if self.left.peek() == Some(&'-') => self.out.push_str(r"\-"),
                Some('\\') => self.class_escape()?,
                Some(c) => {
                    let mut ahead = self.left.clone();
                    let end = ahead.next_if_eq(&'-').and_then(|_| ahead.next());
                    if let Some(end) = end.filter(|end| *end < c && ![']', '\\'].contains(end)) {
                        return Err(format!("invalid character class range: `{c}-{end}`"));
                    }
                    self.out.push(c);
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// `[:alpha:]` inside of a class
    fn named_class(&mut self) -> Result<(), String> {
        let mut whole = String::from("[");
        while let Some(c) = self.left.next_if(|c| *c != ']') {
            whole.push(c);
        }
        whole.extend(self.left.next());
        let name = whole.trim_matches(['[', ':', '^', ']']);
        if !CLASSES.contains(&name) {
            return Err(format!("invalid character class range: `{whole}`"));
        }
        self.out.push_str(&whole);
        Ok(())
    }

    fn class_escape(&mut self) -> Result<(), String> {
        match self.left.next() {
            Some('d') => self.out.push_str("0-9"),
            Some('D') => self.out.push_str("[^0-9]"),
            Some('w') => self.out.push_str("0-9A-Za-z_"),
            Some('W') => self.out.push_str("[^0-9A-Za-z_]"),
            Some('s') => self.out.push_str(r"\t\n\f\r "),
            Some('S') => self.out.push_str(r"[^\t\n\f\r ]"),
            Some(c @ ('<' | '>')) => self.out.push(c),
            other => return self.kept(other),
        }
        Ok(())
    }

    /// `{2}`, `{2,}` and `{2,3}` repeat; any other brace stands for itself
    fn brace(&mut self, before: Before) -> Result<Before, String> {
        let rest: String = self.left.clone().collect();
        let inner = rest.split_once('}').map(|(inner, _)| inner);
        let counts: Vec<_> = inner.map(|inner| inner.split(',').collect()).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let repeats = match counts[..] {
            [exact] => digits(exact),
            [least, most] => digits(least) && (most.is_empty() || digits(most)),
            _ => false,
        };
        let Some(inner) = inner.filter(|_| repeats) else {
            self.out.push_str(r"\{");
            return Ok(Before::Atom);
        };
        let count = |text: &&str| text.parse().unwrap_or(u32::MAX);
        let numbers: Vec<u32> = counts.iter().filter(|text| !text.is_empty()).map(count).collect();
        if numbers.iter().any(|number| *number > REPEAT_MAX) || !numbers.is_sorted() {
            return Err(format!("invalid repeat count: `{{{inner}}}`"));
        }
        let whole = format!("{{{inner}}}");
        if before == Before::Nothing {
            return Err(format!("missing argument to repetition operator: `{whole}`"));
        }
        self.out.push_str(&whole);
        for _ in 0..=inner.chars().count() {
            self.left.next();
        }
        Ok(self.lazy())
    }

    fn repetition(&mut self, c: char, before: Before) -> Result<Before, String> {
        match before {
            Before::Nothing => Err(format!("missing argument to repetition operator: `{c}`")),
            Before::Repetition => Err(format!("invalid nested repetition operator: `{}`", {
                let last = self.out.chars().last().unwrap_or(c);
                [last, c].iter().collect::<String>()
            })),
            Before::Atom => {
                self.out.push(c);
                Ok(self.lazy())
            }
        }
    }

    fn lazy(&mut self) -> Before {
        self.out.extend(self.left.next_if_eq(&'?'));
        Before::Repetition
    }
}

/// What stands right before an operator of repetition
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Atom,
    Repetition,
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn means_what_it_means_in_go() {
        for (pattern, text, matches) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "١٢", false),
            (r"^\w+$", "é", false),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[^\s]+$", "a b", false),
            (r"^\{x{1}$", "{x", true),
            ("^x{$", "x{", true),
            ("^x{,2}$", "x{,2}", true),
            ("^[[]$", "[", true),
            ("^[a&&b]+$", "a&b", true),
            ("^[]a]+$", "]a", true),
            (r"^\<a\>$", "<a>", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            ("^[[:alpha:]]+$", "ab", true),
            (r"^\p{L}+$", "é", true),
            (r"\bab\b", "x ab y", true),
            ("^a*?$", "aa", true),
            ("^(?:a|b)+$", "ab", true),
            ("^(?i)AB$", "ab", true),
            (r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$", "a-b.c", true),
            (r"^[A-Za-z0-9\-\_\/]+$", "a-b_c/d", true),
        ] {
            let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn is_refused_as_in_go() {
        for (pattern, reason) in [
            ("(", "missing closing ): `(`"),
            (")", "unexpected ): `)`"),
            ("[a", "missing closing ]: `[a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            (r"\y", r"invalid escape sequence: `\y`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
            ("(?<n", "invalid named capture: `(?<n`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("a\\", "trailing backslash at end of expression: ``"),
        ] {
            let said = compile(pattern).expect_err(pattern);
            assert_eq!(said, format!("error parsing regexp: {reason}"), "{pattern}");
        }
    }
}
