//! Kubernetes' own libraries: quantities, versions, addresses
//!
//! It owns the border to the crates `cel` and `kube-cel`: nothing else names them. Everything else of CEL is ours.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use kube_cel::KubeCelExt;
use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr};
use kube_cel::cel::objects::{Key as ForeignKey, OptionalValue, Value};
use kube_cel::cel::{Context, ExecutionError, Program};

use super::issue::Issue;
use super::value::{Fault, Key, Map, Outcome, Val};

/// What the libraries are asked for: functions whose first argument stands before the dot, and those without
const MEMBERS: [&str; 22] = [
    "add",
    "asApproximateFloat",
    "asInteger",
    "compareTo",
    "containsCIDR",
    "containsIP",
    "family",
    "ip",
    "isGlobalUnicast",
    "isGreaterThan",
    "isInteger",
    "isLessThan",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isLoopback",
    "isUnspecified",
    "major",
    "masked",
    "minor",
    "patch",
    "prefixLength",
    "sub",
];
const GLOBALS: [&str; 9] =
    ["cidr", "ip", "ip.isCanonical", "isCIDR", "isIP", "isQuantity", "isSemver", "quantity", "semver"];
/// How long a text is that the grammar of the engine is asked about, in characters
const ASKED_MAX: usize = 2_000;
/// How many brackets of it may be open at once
const ASKED_DEPTH_MAX: usize = 20;

/// A value that only a library can read
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Foreign(Value);

thread_local! {
    static LIBRARY: OnceCell<Context<'static>> = const { OnceCell::new() };
}

// === impl Foreign ===

impl Foreign {
    pub(super) fn type_name(&self) -> &str {
        let Value::Opaque(opaque) = &self.0 else { return "dyn" };
        let name = opaque.runtime_type_name();
        let name = name.rsplit(['.', ':']).next().unwrap_or(name);
        match name.to_ascii_lowercase().as_str() {
            "ip" => "net.IP",
            "cidr" => "net.CIDR",
            "quantity" => "kubernetes.Quantity",
            _ => "kubernetes.Semver",
        }
    }
}

/// Whether the libraries have a function
pub(super) fn knows(function: &str, member: bool) -> bool {
    if member { MEMBERS.binary_search(&function).is_ok() } else { GLOBALS.binary_search(&function).is_ok() }
}

/// Calls a function of the libraries
pub(super) fn call<'a>(function: &str, member: bool, args: &[Val<'a>]) -> Outcome<'a> {
    let values = args.iter().map(give).collect::<Result<Vec<_>, _>>()?;
    let variable = |index: usize| IdedExpr { id: 0, expr: Expr::Ident(format!("a{index}")) };
    let first = usize::from(member);
    let call = IdedExpr {
        id: 0,
        expr: Expr::Call(CallExpr {
            func_name: function.to_owned(),
            target: member.then(|| Box::new(variable(0))),
            args: (first..values.len()).map(variable).collect(),
        }),
    };
    let answer = LIBRARY.with(|library| {
        let mut scope = library.get_or_init(|| Context::default().with_all()).new_inner_scope();
        for (index, arg) in values.into_iter().enumerate() {
            scope.add_variable_from_value(format!("a{index}"), arg);
        }
        scope.resolve(&call)
    });
    match answer {
        Ok(value) => Ok(take(&value)),
        Err(ExecutionError::FunctionError { message, .. }) => {
            Err(Fault::Failed(complaint(function, args, message)))
        }
        Err(_) => Err(Fault::NoOverload),
    }
}

/// What the server says of a text that it cannot read; the libraries have other words for it
fn complaint(function: &str, args: &[Val<'_>], message: String) -> String {
    let Some(Val::Text(text)) = args.first() else { return message };
    let text = &**text;
    match function {
        "quantity" => {
            let rest = text.trim_start_matches(['+', '-']);
            let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            let suffix =
                number.trim_start_matches(|c| "eEinumkKMGTP".contains(c)).trim_start_matches(['-', '+']);
            if number.len() == rest.len()
                || rest.len() + 1 < text.len()
                || suffix.contains(|c: char| !c.is_ascii_digit())
            {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                    .to_owned()
            } else {
                "unable to parse quantity's suffix".to_owned()
            }
        }
        "ip" => format!(
            "IP Address {} parse error during conversion from string: ParseAddr({}): unable to parse IP",
            crate::go_text::quote(text),
            crate::go_text::quote(text)
        ),
        "semver" if text.splitn(3, '.').count() != 3 => "No Major.Minor.Patch elements found".to_owned(),
        _ => message,
    }
}

/// `string` of an address or a range
pub(super) fn stringify<'a>(value: &Val<'a>) -> Outcome<'a> {
    call("string", false, std::slice::from_ref(value))
}

/// A value as the libraries know it
fn give(value: &Val<'_>) -> Result<Value, Fault> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Int(value) => Value::Int(*value),
        Val::Uint(value) => Value::UInt(*value),
        Val::Double(value) => Value::Float(*value),
        Val::Text(text) => Value::String(Arc::new(text.to_string())),
        Val::Bytes(bytes) => Value::Bytes(Arc::new(bytes.to_vec())),
        Val::Span(nanos) => Value::String(Arc::new(super::convert::span_text(*nanos))),
        Val::Moment(moment) => Value::String(Arc::new(moment.to_string())),
        Val::Type(name) => Value::String(Arc::new(name.to_string())),
        Val::List(list) => {
            let values = list.values().map(|value| give(&value?)).collect::<Result<Vec<_>, Fault>>()?;
            Value::List(Arc::new(values))
        }
        Val::Map(map) => {
            let mut entries = BTreeMap::new();
            for key in map.keys() {
                let value = map.find(&key)?;
                if let (Some(key), Some(value)) = (Key::of(&key), value) {
                    entries.insert(give_key(&key), give(&value)?);
                }
            }
            Value::Map(kube_cel::cel::objects::Map { map: Arc::new(entries.into_iter().collect()) })
        }
        Val::Foreign(foreign) => foreign.0.clone(),
        Val::Optional(_) | Val::Unknown(_) | Val::Url(_) | Val::Named(_) => return Err(Fault::NoOverload),
    })
}

fn give_key(key: &Key) -> ForeignKey {
    match key {
        Key::Bool(value) => ForeignKey::Bool(*value),
        Key::Int(value) => ForeignKey::Int(*value),
        Key::Uint(value) => ForeignKey::Uint(*value),
        Key::Text(text) => ForeignKey::String(Arc::new(text.to_string())),
    }
}

/// A value of the libraries as ours
fn take<'a>(value: &Value) -> Val<'a> {
    match value {
        Value::Null | Value::Function(..) => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Int(value) => Val::Int(*value),
        Value::UInt(value) => Val::Uint(*value),
        Value::Float(value) => Val::Double(*value),
        Value::String(text) => Val::text(text.as_str()),
        Value::Bytes(bytes) => Val::Bytes(Arc::from(bytes.as_slice())),
        Value::List(values) => Val::list(values.iter().map(take).collect()),
        Value::Map(map) => {
            let entries = map.map.iter().map(|(key, value)| (take_key(key), take(value))).collect();
            Val::Map(Map::Made(Arc::new(entries)))
        }
        Value::Duration(span) => Val::Span(span.num_nanoseconds().unwrap_or_default()),
        Value::Timestamp(at) => {
            super::moment::Moment::new(at.timestamp(), i64::from(at.timestamp_subsec_nanos()))
                .map_or(Val::Null, Val::Moment)
        }
        Value::Opaque(opaque) => match opaque.downcast_ref::<OptionalValue>() {
            Some(optional) => Val::Optional(optional.value().map(|value| Arc::new(take(value)))),
            None => Val::Foreign(Arc::new(Foreign(value.clone()))),
        },
    }
}

fn take_key(key: &ForeignKey) -> Key {
    match key {
        ForeignKey::Int(value) => Key::Int(*value),
        ForeignKey::Uint(value) => i64::try_from(*value).map_or(Key::Uint(*value), Key::Int),
        ForeignKey::Bool(value) => Key::Bool(*value),
        ForeignKey::String(text) => Key::Text(Arc::from(text.as_str())),
    }
}

/// What the grammar that the server also uses says of a text that we could not read; none if it is too big to ask, or
/// if it has nothing to say
pub(super) fn grammar_issues(source: &str) -> Option<Vec<Issue>> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if source.len() > ASKED_MAX || deepest > ASKED_DEPTH_MAX {
        return None;
    }
    let errors = Program::compile(source).err()?.errors;
    // it also complains of what it could not make of a part that was wrong already, and knows no optionals
    let errors = errors
        .iter()
        .filter(|error| !error.msg.starts_with("Incomplete") && !error.msg.starts_with("unsupported syntax"));
    let issues = errors.flat_map(|error| {
        let (line, column) =
            (usize::try_from(error.pos.0).unwrap_or(1), usize::try_from(error.pos.1).unwrap_or(1));
        let before: usize =
            source.split_inclusive('\n').take(line.saturating_sub(1)).map(|text| text.chars().count()).sum();
        let at = before + column.saturating_sub(1);
        let unnamed = error.msg.ends_with("expecting {IDENTIFIER, ESC_IDENTIFIER}");
        let second = unnamed.then(|| Issue::new(at, "unsupported ident kind"));
        [Issue::new(at, narrowed(&error.msg))].into_iter().chain(second)
    });
    Some(issues.collect())
}

/// After a whole expression the server names only what ends it, not the operators that could go on
fn narrowed(message: &str) -> String {
    const OPERATORS: [&str; 16] = [
        "'=='", "'!='", "'in'", "'<'", "'<='", "'>='", "'>'", "'&&'", "'||'", "'['", "'.'", "'-'", "'?'",
        "'+'", "'*'", "'/'",
    ];
    for word in ["true", "false", "null"] {
        if message.ends_with(&format!("no viable alternative at input '.{word}'")) {
            return format!("Syntax error: mismatched input '{word}' expecting IDENTIFIER");
        }
    }
    let Some((start, set)) = message.strip_suffix('}').and_then(|message| message.split_once(" expecting {"))
    else {
        return message.to_owned();
    };
    let rest: Vec<&str> =
        set.split(", ").filter(|word| !OPERATORS.contains(word) && *word != "'%'").collect();
    if !set.contains("'=='") {
        return message.to_owned();
    }
    match rest[..] {
        // a second question is taken for the end of the first one's answer
        _ if start.ends_with("'?'") => format!("{start} expecting ':'"),
        [end] | [end @ "')'", "','"] => format!("{start} expecting {end}"),
        _ => message.to_owned(),
    }
}

/// The bytes of base64 text, standard or for URLs
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.bytes().filter(|c| !matches!(c, b'\n' | b'\r')) {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{GLOBALS, MEMBERS, from_base64};

    #[test]
    fn the_lists_are_sorted() {
        assert!(MEMBERS.is_sorted() && GLOBALS.is_sorted());
    }

    #[test]
    fn base64_is_read() {
        for (text, bytes) in [("aGk=", Some(&b"hi"[..])), ("", Some(b"")), ("aGk", Some(b"hi")), ("a*", None)]
        {
            assert_eq!(from_base64(text).as_deref(), bytes, "{text}");
        }
    }
}
