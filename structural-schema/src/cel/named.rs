//! The named formats of `format.named` and its kin
//!
//! It owns their rules and words, which are those of Kubernetes' names. It checks texts only.

use super::moment::Moment;
use super::url::Url;

/// All of them, sorted; each has a function of its own
pub(super) const NAMES: [&str; 13] = [
    "byte",
    "date",
    "datetime",
    "dns1035Label",
    "dns1035LabelPrefix",
    "dns1123Label",
    "dns1123LabelPrefix",
    "dns1123Subdomain",
    "dns1123SubdomainPrefix",
    "labelValue",
    "qualifiedName",
    "uri",
    "uuid",
];
const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// The format of a name, by its own text
pub(super) fn find(name: &str) -> Option<&'static str> {
    NAMES.binary_search(&name).ok().map(|index| NAMES[index])
}

/// What is wrong with a text
pub(super) fn validate(name: &str, text: &str) -> Vec<String> {
    let said = |wrong: bool, what: &str| if wrong { vec![what.to_owned()] } else { Vec::new() };
    match name {
        "dns1123Label" => label(text),
        "dns1123LabelPrefix" => label(&masked(text)),
        "dns1123Subdomain" => subdomain(text, "characters"),
        "dns1123SubdomainPrefix" => subdomain(&masked(text), "characters"),
        "dns1035Label" => old_label(text),
        "dns1035LabelPrefix" => old_label(&masked(text)),
        "qualifiedName" => qualified_name(text),
        "labelValue" => {
            let mut wrong = too_long(text, 63, "bytes");
            if !text.is_empty() && !is_key(text) {
                wrong.push(format!("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '({KEY})?')"));
            }
            wrong
        }
        "uri" => Url::parse(text).err().into_iter().collect(),
        "uuid" => said(!is_uuid(text), "does not match the UUID format"),
        "byte" => said(!is_base64(text), "invalid base64"),
        "date" => said(Moment::parse_date(text).is_none(), "invalid date"),
        "datetime" => said(Moment::parse(text, true).is_none(), "invalid datetime"),
        _ => Vec::new(),
    }
}

/// A prefix may end in a dash
fn masked(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut rest = rest.to_owned();
            rest.pop();
            rest + "a"
        }
        _ => text.to_owned(),
    }
}

fn too_long(text: &str, most: usize, unit: &str) -> Vec<String> {
    if text.len() > most { vec![format!("must be no more than {most} {unit}")] } else { Vec::new() }
}

fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(inner) && text.bytes().last().is_some_and(inner);
    ends && text.bytes().all(|b| inner(b) || b == b'-')
}

fn is_key(text: &str) -> bool {
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    ends(text.bytes().next())
        && ends(text.bytes().last())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn label(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, 63, "characters");
    if !is_label(text) {
        wrong.push(if text.split('.').all(is_label) {
            "must not contain dots".to_owned()
        } else {
            format!("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')")
        });
    }
    wrong
}

fn subdomain(text: &str, unit: &str) -> Vec<String> {
    let mut wrong = too_long(text, 253, unit);
    if !text.split('.').all(is_label) {
        wrong.push(format!("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN}')"));
    }
    wrong
}

fn old_label(text: &str) -> Vec<String> {
    let mut wrong = too_long(text, 63, "characters");
    if !is_label(text) || text.starts_with(|c: char| c.is_ascii_digit()) {
        wrong.push("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')".to_owned());
    }
    wrong
}

fn qualified_name(text: &str) -> Vec<String> {
    let shape = format!(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{KEY}')"
    );
    let mut wrong = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>()[..] {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                wrong
                    .extend(subdomain(prefix, "bytes").into_iter().map(|what| format!("prefix part {what}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    }
    wrong.extend(too_long(name, 63, "bytes").into_iter().map(|what| format!("name part {what}")));
    if !is_key(name) {
        wrong.push(format!("name part {shape}"));
    }
    wrong
}

fn is_uuid(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
    let dashes_fit = match text.len() {
        32 => true,
        36 => [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-'),
        _ => false,
    };
    dashes_fit && digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && super::foreign::from_base64(body).is_some()
}
