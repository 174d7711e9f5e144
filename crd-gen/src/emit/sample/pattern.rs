//! A text that a pattern matches: the shortest that its first alternatives allow
//!
//! It knows what patterns of definitions are made of. Of anything else it makes nothing, and its caller says so.

use std::iter::Peekable;
use std::str::Chars;

/// Repetitions that are tried to reach a length
const REPEATS_MAX: usize = 256;

/// A text that the pattern matches and whose length is within these bounds
pub(super) fn text(pattern: &str, lengths: (usize, usize)) -> Option<String> {
    let attempts =
        [false, true].into_iter().flat_map(|takes| (0..REPEATS_MAX).map(move |extra| (takes, extra)));
    attempts.into_iter().find_map(|(takes_optional, extra)| {
        let mut maker = Maker { chars: pattern.chars().peekable(), takes_optional, extra };
        let text = maker.alternatives()?;
        let length = text.chars().count();
        (maker.chars.next().is_none() && (lengths.0..=lengths.1).contains(&length)).then_some(text)
    })
}

struct Maker<'p> {
    chars: Peekable<Chars<'p>>,
    /// Whether what may be left out is there
    takes_optional: bool,
    /// Repetitions that the first part that may be repeated gets on top of what it needs
    extra: usize,
}

// === impl Maker ===

impl Maker<'_> {
    /// Up to the end or a closing parenthesis; what counts is the first alternative
    fn alternatives(&mut self) -> Option<String> {
        let first = self.sequence()?;
        while self.chars.next_if_eq(&'|').is_some() {
            self.sequence()?;
        }
        Some(first)
    }

    fn sequence(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(&next) = self.chars.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            self.chars.next();
            let part = match next {
                '^' | '$' => continue,
                '(' => self.group()?,
                '[' => self.class()?.to_string(),
                '.' => "a".to_owned(),
                '\\' => self.escape()?.to_string(),
                '*' | '+' | '?' | '{' => return None,
                literal => literal.to_string(),
            };
            let (least, most) = match self.repetition()? {
                (0, 1) if !self.takes_optional => (0, 0),
                (0, most) if self.takes_optional && most > 0 => (1, most),
                counts => counts,
            };
            let more = self.extra.min(most - least);
            self.extra -= more;
            text.push_str(&part.repeat(least + more));
        }
        Some(text)
    }

    fn group(&mut self) -> Option<String> {
        if self.chars.next_if_eq(&'?').is_some() {
            match self.chars.next()? {
                ':' => {}
                'P' | '<' => self.chars.find(|char| *char == '>').map(drop)?,
                _ => return None,
            }
        }
        let text = self.alternatives()?;
        self.chars.next_if_eq(&')').map(|_| text)
    }

    /// How often the part before is repeated, at least and at most
    fn repetition(&mut self) -> Option<(usize, usize)> {
        let counts = match self.chars.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let inner: String = self.chars.by_ref().skip(1).take_while(|char| *char != '}').collect();
                self.chars.next_if_eq(&'?');
                let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
                let most = if most.is_empty() { usize::MAX } else { most.parse().ok()? };
                return Some((least.parse().ok()?, most)).filter(|(least, most)| least <= most);
            }
            _ => return Some((1, 1)),
        };
        self.chars.next();
        self.chars.next_if_eq(&'?');
        Some(counts)
    }

    fn escape(&mut self) -> Option<char> {
        match self.chars.next()? {
            'd' => Some('1'),
            'w' | 'D' | 'S' => Some('a'),
            's' => Some(' '),
            'W' => Some('-'),
            't' => Some('\t'),
            'n' => Some('\n'),
            other => (!other.is_alphanumeric()).then_some(other),
        }
    }

    /// A character of a class: a letter where one is in it
    fn class(&mut self) -> Option<char> {
        let is_negated = self.chars.next_if_eq(&'^').is_some();
        let mut ranges: Vec<(char, char)> = Vec::new();
        loop {
            let first = match self.chars.next()? {
                ']' if !ranges.is_empty() => break,
                '[' if self.chars.peek() == Some(&':') => return None,
                '\\' => match self.chars.next()? {
                    'd' => {
                        ranges.push(('0', '9'));
                        continue;
                    }
                    'w' => {
                        ranges.extend([('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]);
                        continue;
                    }
                    's' => ' ',
                    other if !other.is_alphanumeric() => other,
                    _ => return None,
                },
                other => other,
            };
            let mut ahead = self.chars.clone();
            let last = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(last)) if last != ']' && last != '\\' => {
                    self.chars = ahead;
                    last
                }
                _ => first,
            };
            ranges.push((first, last));
        }
        let has = |char: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&char));
        let mut wanted = "a1A-_. /".chars();
        wanted.find(|char| has(*char) != is_negated).or_else(|| (!is_negated).then_some(ranges[0].0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_matches() {
        for (pattern, lengths) in [
            ("^[a-z]+$", (0, 63)),
            ("^[a-z]([-a-z0-9]*[a-z0-9])?$", (5, 5)),
            ("^(eu|us)-[a-z]{2,}-\\d$", (0, 20)),
            ("^v\\d+(\\.\\d+)*$", (4, 10)),
            ("^[^a-z]{3}$", (0, 10)),
            ("^(?:https?|ftp)://[^/\\s]+(?:/.*)?$", (0, 50)),
            ("^[A-Z_][A-Z0-9_]*$", (12, 12)),
            ("^[+-]?[0-9.]+([eEinumkKMGTP]*[-+]?[0-9]*)$", (0, 10)),
            ("x|y", (1, 1)),
            ("^$|^[0-9a-f]{64}$", (0, 64)),
            ("^(?P<name>[\\w.-]+)@[\\w]+$", (0, 20)),
            ("^[]a]$", (1, 1)),
            ("^.{10}$", (10, 10)),
            ("^[0-9]{4}-[0-9]{2}$", (7, 7)),
        ] {
            let made = text(pattern, lengths).unwrap_or_else(|| panic!("nothing for {pattern}"));
            let regex = regex::Regex::new(pattern).unwrap();
            assert!(regex.is_match(&made), "{pattern}: {made}");
            assert!((lengths.0..=lengths.1).contains(&made.chars().count()), "{pattern}: {made}");
        }
    }

    #[test]
    fn of_what_is_not_known_nothing_is_made() {
        for pattern in ["\\bword", "(?i)a", "[[:alpha:]]", "\\p{L}", "a**", "(", "[", "a{x}", "\\"] {
            assert_eq!(text(pattern, (0, 10)), None, "{pattern}");
        }
        assert_eq!(text("^abc$", (5, 9)), None);
    }
}
