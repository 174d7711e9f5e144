//! The part of `JSONPath` that columns of custom resources use: fields, indexes, slices, wildcards, filters
//!
//! It finds the first value, as a Table shows it. Output templates (`range`, texts) are kubectl's business.

use std::cmp::Ordering;

use serde_json::Value;

/// A path that was read
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    /// From, to, step
    Slice(Option<i64>, Option<i64>, Option<i64>),
    Index(i64),
    Wildcard,
    /// Everything below, and the place itself
    Recursive,
    Union(Vec<JsonPath>),
    Filter(Filter),
}

/// `@.path OPERATOR value`; with no operator the path must exist
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    left: JsonPath,
    comparison: Option<(Operator, Operand)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Value(Value),
    Path(JsonPath),
}

/// The values found so far, or that the path does not fit the object
type Found<'a> = Option<Vec<&'a Value>>;

// === impl JsonPath ===

impl JsonPath {
    /// Reads a path such as `.status.conditions[?(@.type=="Ready")].status`; none for what is no path
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        rest = rest.strip_prefix('$').or_else(|| rest.strip_prefix('@')).unwrap_or(rest);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest)?;
            steps.extend(step);
            rest = after;
        }
        Some(Self(steps))
    }

    /// The first value at the path; none if there is none
    pub(super) fn find<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.all(object)?.first().copied()
    }

    fn all<'a>(&self, object: &'a Value) -> Found<'a> {
        let mut found = vec![object];
        for step in &self.0 {
            found = step.apply(&found)?;
        }
        Some(found)
    }
}

// === impl Step ===

impl Step {
    fn apply<'a>(&self, values: &[&'a Value]) -> Found<'a> {
        let mut found = Vec::new();
        for value in values.iter().copied().filter(|value| !value.is_null()) {
            match self {
                Self::Field(name) => found.extend(value.get(name)),
                Self::Wildcard => found.extend(children(value)),
                Self::Recursive => below(value, &mut found),
                Self::Union(paths) => {
                    for path in paths {
                        found.extend(path.all(value)?);
                    }
                }
                Self::Index(index) => found.push(at(value.as_array()?, *index)?),
                Self::Slice(from, to, step) => found.extend(slice(value.as_array()?, *from, *to, *step)?),
                Self::Filter(filter) => {
                    for item in value.as_array()? {
                        if filter.passes(item)? {
                            found.push(item);
                        }
                    }
                }
            }
        }
        Some(found)
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn below<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    let children = children(value);
    if !children.is_empty() {
        found.push(value);
        for child in children {
            below(child, found);
        }
    }
}

fn at(list: &[Value], index: i64) -> Option<&Value> {
    let length = i64::try_from(list.len()).ok()?;
    let index = if index < 0 { index + length } else { index };
    list.get(usize::try_from(index).ok()?)
}

fn slice(list: &[Value], from: Option<i64>, to: Option<i64>, step: Option<i64>) -> Option<Vec<&Value>> {
    let length = i64::try_from(list.len()).ok()?;
    let real = |index: i64| if index < 0 { index + length } else { index };
    let (from, to) = (real(from.unwrap_or(0)), real(to.unwrap_or(length)));
    if from == to {
        return Some(Vec::new());
    }
    let part = list.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)?;
    let step = usize::try_from(step.unwrap_or(1)).ok().filter(|step| *step > 0)?;
    Some(part.iter().step_by(step).collect())
}

// === impl Filter ===

impl Filter {
    fn passes(&self, item: &Value) -> Option<bool> {
        let left = self.left.all(item);
        let Some((operator, operand)) = &self.comparison else {
            return Some(left.is_some_and(|found| !found.is_empty()));
        };
        let left = left?;
        let right = match operand {
            Operand::Value(value) => vec![value],
            Operand::Path(path) => path.all(item)?,
        };
        match (left.as_slice(), right.as_slice()) {
            ([left], [right]) => operator.holds(left, right),
            ([], _) | (_, []) => Some(false),
            // only one element at a time can be compared
            _ => None,
        }
    }

    /// Reads what stands between `?(` and `)`
    fn parse(text: &str) -> Option<Self> {
        for (word, operator) in [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessEqual),
            (">=", Operator::GreaterEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ] {
            if let Some((left, right)) = split_outside_quotes(text, word) {
                let left = JsonPath::parse(left)?;
                return Some(Self { left, comparison: Some((operator, Operand::parse(right)?)) });
            }
        }
        Some(Self { left: JsonPath::parse(text)?, comparison: None })
    }
}

fn split_outside_quotes<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if text[at..].starts_with(word) => return Some((&text[..at], &text[at + word.len()..])),
            Some(_) | None => {}
        }
    }
    None
}

// === impl Operand ===

impl Operand {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        for quote in ['"', '\''] {
            if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Some(Self::Value(inner.replace(&format!("\\{quote}"), &quote.to_string()).into()));
            }
        }
        if text.starts_with('@') {
            return JsonPath::parse(text).map(Self::Path);
        }
        match text {
            "true" => Some(Self::Value(true.into())),
            "false" => Some(Self::Value(false.into())),
            number => {
                let whole = number.parse::<i64>().map(Value::from);
                whole.or_else(|_| number.parse::<f64>().map(Value::from)).ok().map(Self::Value)
            }
        }
    }
}

// === impl Operator ===

impl Operator {
    /// None if the values cannot be compared
    fn holds(self, left: &Value, right: &Value) -> Option<bool> {
        let order = match (left, right) {
            (Value::String(left), Value::String(right)) => left.cmp(right),
            (Value::Bool(left), Value::Bool(right)) if matches!(self, Self::Equal | Self::NotEqual) => {
                left.cmp(right)
            }
            (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?)?,
            _ => return None,
        };
        Some(match self {
            Self::Equal => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterEqual => order != Ordering::Less,
        })
    }
}

/// The first step of a text, and what follows; no step for a lone dot
fn step(text: &str) -> Option<(Option<Step>, &str)> {
    if let Some(rest) = text.strip_prefix("..") {
        // the name after the dots has no dot of its own
        return Some((Some(Step::Recursive), rest)).filter(|_| !rest.is_empty());
    }
    if let Some(rest) = text.strip_prefix('[') {
        let end = closing(rest)?;
        return Some((Some(bracket(&rest[..end])?), &rest[end + 1..]));
    }
    let rest = text.strip_prefix('.').unwrap_or(text);
    if let Some(rest) = rest.strip_prefix('*') {
        return Some((Some(Step::Wildcard), rest));
    }
    let mut name = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '.' | '[' => return Some((Some(Step::Field(name)).filter(|_| at > 0), &rest[at..])),
            '\\' => name.push(letters.next()?.1),
            ' ' | '{' | '}' | ']' | '(' | ')' | '"' | '\'' | ',' => return None,
            letter => name.push(letter),
        }
    }
    Some((Some(Step::Field(name)).filter(|_| !rest.is_empty()), ""))
}

/// Where the bracket that was opened before is closed
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '(') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']' | ')') => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    None
}

fn bracket(text: &str) -> Option<Step> {
    let text = text.trim();
    if let Some(filter) = text.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        return Filter::parse(filter).map(Step::Filter);
    }
    if text == "*" {
        return Some(Step::Wildcard);
    }
    let quoted = |text: &str| {
        let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner('\'').or_else(|| inner('"')).map(ToOwned::to_owned)
    };
    if let Some(name) = quoted(text).filter(|name| !name.contains(['\'', '"'])) {
        return Some(Step::Field(name.replace("\\.", ".")));
    }
    if text.contains(',') {
        let parts = text.split(',').map(|part| Some(JsonPath(vec![bracket(part)?])));
        return parts.collect::<Option<_>>().map(Step::Union);
    }
    if text.contains(':') {
        let mut numbers = text.split(':').map(|part| match part.trim() {
            "" => Some(None),
            number => number.parse().ok().map(Some),
        });
        let slice = Step::Slice(numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(None))?);
        return Some(slice).filter(|_| numbers.next().is_none());
    }
    text.parse().ok().map(Step::Index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_find_the_first_value() {
        let object = json!({
            "spec": { "replicas": 3, "a.b": "dotted", "list": [1, 2, 3], "empty": [], "none": null },
            "status": { "conditions": [
                { "type": "Ready", "status": "False", "n": 1 },
                { "type": "Old", "status": "True", "n": 2, "extra": "x" },
            ] },
        });
        let cases: &[(&str, Value)] = &[
            (".spec.replicas", json!(3)),
            ("spec.replicas", json!(3)),
            ("$.spec.replicas", json!(3)),
            (".spec.a\\.b", json!("dotted")),
            (".spec['a.b']", json!("dotted")),
            (".spec['a\\.b']", json!("dotted")),
            (".spec.list[0]", json!(1)),
            (".spec.list[-1]", json!(3)),
            (".spec.list[1:]", json!(2)),
            (".spec.list[*]", json!(1)),
            (".spec.list[0,2]", json!(1)),
            (".spec.list", json!([1, 2, 3])),
            (".status.conditions[?(@.type==\"Ready\")].status", json!("False")),
            (".status.conditions[?(@.type=='Old')].status", json!("True")),
            (".status.conditions[?(@.n>1)].type", json!("Old")),
            (".status.conditions[?(@.extra)].type", json!("Old")),
            (".status.conditions[?(@.status==@.type)].type", json!(null)),
            ("..type", json!("Ready")),
        ];
        for (path, expected) in cases {
            let found = JsonPath::parse(path).unwrap().find(&object).cloned().unwrap_or(Value::Null);
            assert_eq!(found, *expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let object = json!({ "spec": { "list": [], "text": "a", "none": null } });
        for path in [
            ".spec.missing",
            ".spec.list[0]",
            ".spec.text[0]",
            ".spec.text.below",
            ".spec.none.below",
            ".spec.list[?(@.a==\"b\")].c",
        ] {
            assert_eq!(JsonPath::parse(path).unwrap().find(&object), None, "{path}");
        }
        for path in [".a[", ".a[?(@.b==]", ".a b", ".a[x]"] {
            assert_eq!(JsonPath::parse(path), None, "{path}");
        }
    }
}
