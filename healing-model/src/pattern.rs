//! Patterns: regular expressions in Go's dialect, in which an API server reads them
//!
//! It owns the difference of the dialects: what Go does not have is refused, what means something else is rewritten
//! for Rust's `regex`. It owns no engine.

/// The same pattern for Rust's `regex`
///
/// # Errors
///
/// What Go does not have, and what to write instead.
pub fn translate(pattern: &str) -> Result<String, String> {
    let mut reader =
        Reader { left: pattern.chars().collect(), at: 0, out: String::with_capacity(pattern.len()) };
    while let Some(c) = reader.next() {
        match c {
            '\\' => reader.escape()?,
            '(' => reader.group()?,
            '[' => reader.class()?,
            _ => reader.out.push(c),
        }
    }
    Ok(reader.out)
}

struct Reader {
    left: Vec<char>,
    at: usize,
    out: String,
}

// === impl Reader ===

impl Reader {
    fn next(&mut self) -> Option<char> {
        let c = self.left.get(self.at).copied();
        self.at += 1;
        c
    }

    fn sees(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.left.get(self.at + ahead) == Some(&c))
    }

    /// What stands after `(?`
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        for look in ["?=", "?!", "?<=", "?<!"] {
            if self.sees(look) {
                return Err(format!(
                    "`({look}…)` looks around, which the API server's dialect (RE2) cannot; say it without, or as a rule"
                ));
            }
        }
        if self.sees("?") {
            let ends = |c: &char| ":)<P".contains(*c);
            let flags: String = self.left[self.at + 1..].iter().take_while(|c| !ends(c)).collect();
            if let Some(bad) = flags.chars().find(|c| !"imsU-".contains(*c)) {
                return Err(format!("`(?{bad}` is not known to the API server's dialect (RE2)"));
            }
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let rewritten = match self.next() {
            Some('d') => "[0-9]",
            Some('D') => "[^0-9]",
            Some('w') => "[0-9A-Za-z_]",
            Some('W') => "[^0-9A-Za-z_]",
            Some('s') => r"[\t\n\f\r ]",
            Some('S') => r"[^\t\n\f\r ]",
            Some('b') => r"(?-u:\b)",
            // Here they stand for themselves; in the other dialect for the ends of a word.
            Some(c @ ('<' | '>')) => {
                self.out.push(c);
                return Ok(());
            }
            Some('Q') => return Err(r"`\Q…\E` is not known here; put `\` before each sign".to_owned()),
            Some(digit @ '1'..='9') => {
                return Err(format!(
                    "`\\{digit}` refers back to a group, which the API server's dialect (RE2) cannot; write it out"
                ));
            }
            Some(c) if c.is_alphabetic() && !"xafnrtvAzBpP".contains(c) => {
                return Err(format!("`\\{c}` is not known to the API server's dialect (RE2)"));
            }
            other => {
                self.out.push('\\');
                self.out.extend(other);
                return Ok(());
            }
        };
        self.out.push_str(rewritten);
        Ok(())
    }

    /// Between brackets; a bracket, and signs that are operators in the other dialect, stand for themselves
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.sees("^") {
            self.at += 1;
            self.out.push('^');
        }
        if self.sees("]") {
            self.at += 1;
            self.out.push_str(r"\]");
        }
        while let Some(c) = self.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape()?,
                '[' if self.sees(":") => {
                    self.out.push('[');
                    while let Some(c) = self.next() {
                        self.out.push(c);
                        if c == ']' {
                            break;
                        }
                    }
                }
                '[' | '&' | '~' => self.out.extend(['\\', c]),
                '-' if self.sees("-") => self.out.push_str(r"\-"),
                _ => self.out.push(c),
            }
        }
        // The engine says that the bracket is missing.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn what_means_something_else_in_rust_is_rewritten() {
        for (go, rust) in [
            ("^[a-z]+$", "^[a-z]+$"),
            (r"^\d{3}$", "^[0-9]{3}$"),
            (r"[\w.-]", "[[0-9A-Za-z_].-]"),
            (r"[[]", r"[\[]"),
            ("[a&&b]", r"[a\&\&b]"),
            ("[]a]", r"[\]a]"),
            ("[^]a]", r"[^\]a]"),
            ("[[:alpha:]_]", "[[:alpha:]_]"),
            (r"\<a\>", "<a>"),
            (r"\.\p{L}", r"\.\p{L}"),
            ("(?i)a(?:b)", "(?i)a(?:b)"),
            ("(?P<n>a)", "(?P<n>a)"),
        ] {
            assert_eq!(translate(go).as_deref(), Ok(rust), "{go}");
        }
    }

    #[test]
    fn what_go_does_not_have_is_refused() {
        for (go, expected) in [
            ("(?=a)", "looks around"),
            ("(?<!a)b", "looks around"),
            (r"(a)\1", "refers back"),
            (r"\Qa\E", "put `\\` before each sign"),
            ("(?x)a", "`(?x` is not known"),
            (r"\y", r"`\y` is not known"),
        ] {
            let found = translate(go).expect_err(go);
            assert!(found.contains(expected), "{go}: {found}");
        }
    }
}
