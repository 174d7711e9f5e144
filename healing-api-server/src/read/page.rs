//! Pages of a list: where one ends and the token with which the next begins
//!
//! It owns the token. Which state the pages are of is `read`'s business.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::decode::syntax;
use crate::kind::Kind;
use crate::meta::Meta;
use crate::select::Selector;
use crate::store::ObjectKey;
use crate::{Refusal, base64, go_value};

/// The only version of tokens
const VERSION: &str = "meta.k8s.io/v1";

/// Where a list goes on
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The state that all pages are of; none for whatever is newest
    pub(super) revision: Option<u64>,
    /// The key of the first object that may follow, below what is listed: `NAME`, or `NAMESPACE/NAME` for all namespaces
    pub(super) start: String,
}

/// What a page leaves for later ones
pub(super) struct Rest {
    pub(super) last: Arc<Value>,
    pub(super) count: usize,
}

/// The selected objects from `first` on, at most `limit`, and what is left; `objects` are by namespace and name
pub(super) fn cut(
    kind: &Kind,
    selector: &Selector,
    objects: Vec<Arc<Value>>,
    first: Option<(&str, &str)>,
    limit: Option<u64>,
) -> (Vec<Arc<Value>>, Option<Rest>) {
    let is_told =
        |object: &Arc<Value>| first.is_some_and(|first| (object.namespace(), object.name()) < first);
    let mut selected = objects;
    selected.drain(..selected.partition_point(is_told));
    if !selector.is_empty() {
        selected.retain(|object| selector.matches(kind, object));
    }
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
    /// Where a list of this namespace, or of all, goes on after an object
    pub(super) fn after(revision: u64, last: &Value, namespace: &str) -> Self {
        let is_below = namespace == last.namespace();
        // a zero byte more is the next key that there can be
        let start = match last.namespace() {
            namespace if !is_below => format!("{namespace}/{}\0", last.name()),
            _ => format!("{}\0", last.name()),
        };
        Self { revision: Some(revision), start }
    }

    /// Namespace and name of the first object that may follow, in a list of this namespace, or of all
    pub(super) fn first<'a>(&'a self, kind: &Kind, namespace: &'a str) -> (&'a str, &'a str) {
        if kind.namespaced && namespace.is_empty() {
            self.start.split_once('/').unwrap_or((&self.start, ""))
        } else {
            (namespace, &self.start)
        }
    }

    /// Reads the `continue` of a request; none for the empty one
    ///
    /// # Errors
    /// 400 for what no server has made.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |why: String| {
            Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"))
        };
        Self::read(text).map(Some).map_err(wrong)
    }

    fn read(text: &str) -> Result<Self, String> {
        let bytes = base64::decode_url(text)?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| syntax(&bytes, &error))?;
        if !value.is_object() && !value.is_null() {
            let word = go_value::word(&value);
            return Err(format!("json: cannot unmarshal {word} into Go value of type storage.continueToken"));
        }
        let version = value["v"].as_str().unwrap_or_default();
        if version != VERSION {
            return Err(format!("server does not recognize this encoded version {version:?}"));
        }
        let revision = value["rv"].as_i64().unwrap_or(0);
        if revision == 0 {
            return Err(format!("incorrect encoded start resourceVersion (version {VERSION})"));
        }
        let start = value["start"].as_str().unwrap_or_default();
        if start.is_empty() {
            return Err(format!("encoded start key empty (version {VERSION})"));
        }
        let mut parts = start.strip_prefix('/').unwrap_or(start).split('/');
        if parts.any(|part| matches!(part, "" | "." | "..")) {
            return Err(format!("{start:?}"));
        }
        let start = start.strip_prefix('/').unwrap_or(start).to_owned();
        Ok(Self { revision: u64::try_from(revision).ok(), start })
    }

    pub(super) fn print(&self) -> String {
        let revision = self.revision.map_or(json!(-1), Value::from);
        let text = format!("{{\"v\":\"{VERSION}\",\"rv\":{revision},\"start\":{}}}", json!(self.start));
        base64::encode_url(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_printed() {
        for start in ["a\0", "ns/a\0", "ab\0", "abc\0"] {
            let token = Token { revision: Some(7), start: start.to_owned() };
            assert_eq!(Token::parse(&token.print()), Ok(Some(token)));
        }
        // as a real server made it
        let token = Token::parse("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0");
        assert_eq!(token.unwrap().unwrap().revision, Some(1));
        for (text, why) in [
            ("!!", "illegal base64 data at input byte 0"),
            ("abcde", "illegal base64 data at input byte 5"),
            ("abc", "invalid character 'i' looking for beginning of value"),
            ("e30", "server does not recognize this encoded version \"\""),
            ("W10", "json: cannot unmarshal array into Go value of type storage.continueToken"),
        ] {
            let refusal = Token::parse(text).unwrap_err();
            assert_eq!(refusal.code, 400, "{text}");
            assert_eq!(refusal.message, format!("invalid continue token: continue key is not valid: {why}"));
        }
    }
}
