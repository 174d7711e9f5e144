//! One text file as the rules see it: its text and, for Rust, the same text with only code or only comments left
//!
//! It owns the little that must be known of Rust's syntax: what is a comment, a string or a character. It does not
//! parse; the rules search, and accept that a macro could hide something from them.

/// One text file
#[derive(Debug)]
pub struct Source {
    /// Path from the root of the workspace, with forward slashes
    pub path: String,
    /// The text as it is
    pub text: String,
    /// The text with comments and the contents of strings blanked out; empty unless it is Rust
    pub code: String,
    /// The text with all but comments blanked out; empty unless it is Rust
    pub comments: String,
}

/// What the scanner is in
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Literal,
}

// === impl Source ===

impl Source {
    /// The file at `path` with this text
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let is_rust = has_extension(&path, "rs");
        let parts = if is_rust { split(&text) } else { Vec::new() };
        let keep = |part| if is_rust { blank(&text, &parts, part) } else { String::new() };
        Self { code: keep(Part::Code), comments: keep(Part::Comment), path, text }
    }

    /// Whether it is Rust
    pub fn is_rust(&self) -> bool {
        has_extension(&self.path, "rs")
    }

    /// Whether its name ends with one of these extensions
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| has_extension(&self.path, extension))
    }

    /// Whether all of it is tests, by its place
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Whether it is input for a test, such as a program that must not compile, and not code of ours
    pub fn is_fixture(&self) -> bool {
        self.path.starts_with("tests/ui/") || self.path.contains("/tests/fixture")
    }

    /// Lines of code, numbered from 1, without a unit test module at the end of the file
    pub fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.code).take(if self.is_test() { 0 } else { self.production_length() })
    }

    /// How many lines come before the unit test module at the end of the file
    pub fn production_length(&self) -> usize {
        let lines: Vec<&str> = self.code.lines().collect();
        lines
            .windows(2)
            .position(|pair| {
                pair[0].starts_with("#[cfg(test)]") && pair[1].starts_with("mod ") && pair[1].ends_with('{')
            })
            .unwrap_or(lines.len())
    }
}

/// The lines of a text, numbered from 1
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Whether `word` stands in `text` with no letter, digit or underscore at either side
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + word.len()..].chars().next().is_some_and(inside)
    })
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

/// `text` with every byte blanked that is not of `part`; line breaks stay
fn blank(text: &str, parts: &[Part], part: Part) -> String {
    text.chars().zip(parts).map(|(c, found)| if c == '\n' || *found == part { c } else { ' ' }).collect()
}

/// Which part each character of `text` belongs to
fn split(text: &str) -> Vec<Part> {
    let chars: Vec<char> = text.chars().collect();
    let mut parts = Vec::with_capacity(chars.len());
    while parts.len() < chars.len() {
        let rest = &chars[parts.len()..];
        let after_word = parts.last() == Some(&Part::Code)
            && chars.get(parts.len() - 1).is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let (length, part) = next(rest, after_word);
        parts.resize(parts.len() + length, part);
    }
    parts
}

/// Length and part of what `rest` begins with
fn next(rest: &[char], after_word: bool) -> (usize, Part) {
    match rest {
        ['/', '/', ..] => (rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()), Part::Comment),
        ['/', '*', ..] => (block_comment(rest), Part::Comment),
        ['"', ..] => (1 + quoted(&rest[1..], '"'), Part::Literal),
        ['r', '"' | '#', ..] if !after_word => {
            raw_string(rest).map_or((1, Part::Code), |length| (length, Part::Literal))
        }
        ['b' | 'c', 'r', '"' | '#', ..] if !after_word => {
            raw_string(&rest[1..]).map_or((1, Part::Code), |length| (1 + length, Part::Literal))
        }
        // a character, not a lifetime
        ['\'', '\\', ..] => (1 + quoted(&rest[1..], '\''), Part::Literal),
        ['\'', _, '\'', ..] => (3, Part::Literal),
        _ => (1, Part::Code),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length up to and with the closing quote
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a raw string that starts with `r`; `None` for a raw identifier
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    let open = 1 + hashes;
    if rest.get(open) != Some(&'"') {
        return None;
    }
    let closes = |at: usize| {
        rest[at] == '"' && rest[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    let close = (open + 1..rest.len()).find(|at| closes(*at));
    Some(close.map_or(rest.len(), |at| at + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_comments_are_told_apart() {
        let text = concat!(
            "let a = \"// no comment \\\" still\"; // yes\n",
            "let b = r#\"a \" b\"#; /* x /* y */ z */ let c = '\"'; let d: &'static str = b\"q\";\n",
            "let r = '\\''; br\"x\".len(); for_r\n",
        );
        let source = Source::new("a.rs", text);
        for (line, expected) in source.code.lines().zip([
            "let a =  ;",
            "let b =  ;  let c =  ; let d: &'static str = b ;",
            "let r =  ;  .len(); for_r",
        ]) {
            assert_eq!(squeeze(line), squeeze(expected));
        }
        assert_eq!(squeeze(&source.comments), "// yes /* x /* y */ z */");
        assert_eq!(source.code.lines().count(), 3);
    }

    #[test]
    fn an_open_literal_or_comment_ends_with_the_file() {
        for text in ["\"abc\\", "r#\"abc\"", "/* a", "'\\"] {
            assert_eq!(Source::new("a.rs", text).code.trim(), "");
        }
    }

    #[test]
    fn production_ends_at_the_unit_tests() {
        let source = Source::new("a/src/b.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n");
        assert_eq!(source.production_length(), 2);
        assert!(source.production().all(|(_, line)| !line.contains('b')));
    }

    #[test]
    fn words_have_edges() {
        assert!(has_word("a.now()", "now()"));
        assert!(
            !has_word("unknow()", "now()") && has_word("use rand::x", "rand") && !has_word("operand", "rand")
        );
    }

    fn squeeze(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
