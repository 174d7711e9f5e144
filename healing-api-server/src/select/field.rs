//! Field selectors: `a.b=c` and `a.b!=c`, with escapes
//!
//! It owns the language; which fields there are is its caller's business.

/// All of these must hold
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    field: String,
    value: String,
    equal: bool,
}

// === impl FieldSelector ===

impl FieldSelector {
    /// Reads a selector; the empty one selects everything
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = split(text).into_iter().filter(|part| !part.is_empty());
        parts.map(|part| Requirement::parse(&part, text)).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Asks for one more field to have a value
    pub(crate) fn require(&mut self, field: &str, value: &str) {
        self.0.push(Requirement { field: field.to_owned(), value: value.to_owned(), equal: true });
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|requirement| requirement.field.as_str())
    }

    /// Whether an object with these fields is selected
    pub(crate) fn matches(&self, value: impl Fn(&str) -> String) -> bool {
        self.0.iter().all(|requirement| (value(&requirement.field) == requirement.value) == requirement.equal)
    }
}

/// Parts between commas that are not escaped
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        if letter == ',' && !escaped {
            parts.push(String::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

// === impl Requirement ===

impl Requirement {
    fn parse(part: &str, whole: &str) -> Result<Self, String> {
        for (operator, equal) in [("!=", false), ("==", true), ("=", true)] {
            if let Some((field, value)) = part.split_once(operator) {
                let value = unescape(value).map_err(|why| format!("invalid field selector: {why}"))?;
                return Ok(Self { field: field.to_owned(), value, equal });
            }
        }
        Err(format!("invalid selector: '{whole}'; can't understand '{part}'"))
    }
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => plain.push(escaped),
                other => {
                    let other = other.map(String::from).unwrap_or_default();
                    return Err(format!("invalid escape sequence: \\{other}"));
                }
            },
            ',' | '=' => return Err(format!("unescaped character in value: {}", u32::from(letter))),
            other => plain.push(other),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_by_equality_alone() {
        let object = |name: &str| if name == "metadata.name" { "a,b".to_owned() } else { String::new() };
        for (text, expected) in [
            ("", true),
            ("metadata.name=a\\,b", true),
            ("metadata.name!=x", true),
            ("metadata.name==x", false),
            ("other=", true),
        ] {
            assert_eq!(FieldSelector::parse(text).unwrap().matches(object), expected, "{text}");
        }
        for text in ["a", "a=b=c", "a=\\x"] {
            assert!(FieldSelector::parse(text).is_err(), "{text}");
        }
    }
}
