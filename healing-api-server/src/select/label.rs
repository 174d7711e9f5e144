//! Label selectors, with equality, sets and existence
//!
//! It owns what requirements mean; what is selected is its caller's business.

mod parse;

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
        parse::parse(text).map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object with these labels is selected
    pub(crate) fn matches(&self, labels: &Value) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels[&requirement.key].as_str()))
    }
}

// === impl Requirement ===

impl Requirement {
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
            ("app in (,web)", true),
            ("app in ()", false),
            ("app notin ()", true),
        ] {
            let selector = LabelSelector::parse(text).unwrap();
            assert_eq!(selector.matches(&labels), expected, "{text}");
        }
        for text in ["a b", "a in b", "a maybe (b)", "rank>x", "=b", "a=b c"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }
}
