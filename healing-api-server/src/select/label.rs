//! Label selectors, with equality, sets and existence
//!
//! It owns the language; what is selected is its caller's business.

use serde_json::Value;

/// All of these must hold
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

// === impl LabelSelector ===

impl LabelSelector {
    /// Reads a selector such as `a=b,c in (d,e),!f`; the empty one selects everything
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = split(text).into_iter().map(str::trim).filter(|part| !part.is_empty());
        parts.map(Requirement::parse).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object with these labels is selected
    pub(crate) fn matches(&self, labels: &Value) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels[&requirement.key].as_str()))
    }
}

/// Parts between commas that are not in parentheses
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

// === impl Requirement ===

impl Requirement {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(key) = text.strip_prefix('!') {
            return Ok(Self { key: checked_key(key)?, test: Test::Missing });
        }
        if text.ends_with(')') {
            return Self::parse_set(text);
        }
        for operator in ["!=", "==", "=", ">", "<"] {
            let Some((key, value)) = text.split_once(operator) else { continue };
            let (key, value) = (checked_key(key)?, value.trim());
            let number = || {
                value
                    .parse()
                    .map_err(|_| format!("for 'Gt', 'Lt' operators, the value must be an integer: {value}"))
            };
            let test = match operator {
                ">" => Test::Above(number()?),
                "<" => Test::Below(number()?),
                "!=" => Test::NotIn(vec![checked_value(value)?]),
                _ => Test::In(vec![checked_value(value)?]),
            };
            return Ok(Self { key, test });
        }
        Ok(Self { key: checked_key(text)?, test: Test::Exists })
    }

    fn parse_set(text: &str) -> Result<Self, String> {
        let wrong = || format!("found '{text}', expected: in, notin, =, ==, !=, gt, lt");
        let (head, values) = text[..text.len() - 1].split_once('(').ok_or_else(wrong)?;
        let mut words = head.split_whitespace();
        let (Some(key), Some(operator), None) = (words.next(), words.next(), words.next()) else {
            return Err(wrong());
        };
        let values = values.split(',').map(|value| checked_value(value.trim())).collect::<Result<_, _>>()?;
        let test = match operator {
            "in" => Test::In(values),
            "notin" => Test::NotIn(values),
            _ => return Err(wrong()),
        };
        Ok(Self { key: checked_key(key)?, test })
    }

    fn holds(&self, value: Option<&str>) -> bool {
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Missing => value.is_none(),
            Test::In(values) => value.is_some_and(|value| values.iter().any(|known| known == value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.iter().any(|known| known == value)),
            Test::Above(least) => {
                value.and_then(|value| value.parse().ok()).is_some_and(|value: i64| value > *least)
            }
            Test::Below(most) => {
                value.and_then(|value| value.parse().ok()).is_some_and(|value: i64| value < *most)
            }
        }
    }
}

fn checked_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    if key.is_empty() || !key.chars().all(plain) {
        return Err(format!(
            "<nil>: Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ));
    }
    Ok(key.to_owned())
}

fn checked_value(value: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if value.len() > 63 {
        return Err(format!("values[0][{value}]: Invalid value: \"{value}\": must be no more than 63 bytes"));
    }
    if !value.chars().all(plain) {
        return Err(format!(
            "values[0][{value}]: Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selects_as_kubernetes_does() {
        let labels = json!({ "app": "web", "tier": "front", "rank": "7" });
        for (text, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app in (web, api), tier notin (back)", true),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("other!=x", true),
            ("other notin (x)", true),
            ("other in (x)", false),
            ("rank>6,rank<8", true),
            ("rank>7", false),
            ("app=", false),
        ] {
            let selector = LabelSelector::parse(text).unwrap();
            assert_eq!(selector.matches(&labels), expected, "{text}");
        }
        for text in ["a b", "a in b", "a maybe (b)", "rank>x", "=b", "a=b c"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }
}
