//! Pages of a list: where one ends and the token with which the next begins
//!
//! It owns the token. Which state the pages are of is `read`'s business.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::Refusal;
use crate::kind::Kind;
use crate::meta::Meta;
use crate::select::Selector;
use crate::store::ObjectKey;

/// Where a list goes on
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The state that all pages are of; none for whatever is newest
    pub(super) revision: Option<u64>,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// What a page leaves for later ones
pub(super) struct Rest {
    pub(super) last: Arc<Value>,
    pub(super) count: usize,
}

/// The selected objects after `after`, at most `limit`, and what is left
pub(super) fn cut(
    kind: &Kind,
    selector: &Selector,
    objects: Vec<Arc<Value>>,
    after: Option<(&str, &str)>,
    limit: Option<u64>,
) -> (Vec<Arc<Value>>, Option<Rest>) {
    let is_after = |object: &Value| after.is_none_or(|after| (object.namespace(), object.name()) > after);
    let mut selected: Vec<Arc<Value>> =
        objects.into_iter().filter(|object| is_after(object) && selector.matches(kind, object)).collect();
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if selected.len() <= limit {
        return (selected, None);
    }
    let count = selected.len() - limit;
    selected.truncate(limit);
    let rest = selected.last().map(|last| Rest { last: Arc::clone(last), count });
    (selected, rest)
}

pub(super) fn key_of(object: &Value) -> ObjectKey {
    (object.namespace().to_owned(), object.name().to_owned())
}

// === impl Token ===

impl Token {
    pub(super) fn after(revision: u64, last: &Value) -> Self {
        Self { revision: Some(revision), namespace: last.namespace().into(), name: last.name().into() }
    }

    /// Reads the `continue` of a request; none for the empty one
    ///
    /// # Errors
    /// 400 for what this server has not made.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let read = || {
            let bytes: Option<Vec<u8>> = (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
                .collect();
            let value: Value = serde_json::from_slice(&bytes?).ok()?;
            let text = |field: &str| value[field].as_str().map(ToOwned::to_owned);
            Some(Self { revision: value["rv"].as_u64(), namespace: text("ns")?, name: text("name")? })
        };
        let wrong = || {
            Refusal::bad_request(
                "invalid continue token: continue key is not valid: illegal base64 data at input byte 0",
            )
        };
        read().map(Some).ok_or_else(wrong)
    }

    /// Hex and not base64: it has to survive being put into a URL without escapes
    pub(super) fn print(&self) -> String {
        let value = json!({ "rv": self.revision, "ns": self.namespace, "name": self.name });
        let digit = |half: u8| char::from_digit(u32::from(half), 16);
        value.to_string().bytes().flat_map(|byte| [byte >> 4, byte & 0xf]).filter_map(digit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_printed() {
        let token = Token { revision: Some(7), namespace: "ns".to_owned(), name: "a".to_owned() };
        assert_eq!(Token::parse(&token.print()), Ok(Some(token)));
        for text in ["x", "zz", "7b7d", "é"] {
            assert_eq!(Token::parse(text).unwrap_err().code, 400, "{text}");
        }
    }
}
