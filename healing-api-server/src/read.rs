//! `get` and `list`: which state is shown, in pages
//!
//! It owns the meaning of resourceVersion, limit and continue. The form of what is shown is `present`'s.

mod page;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use self::page::Token;
use crate::call::{Call, Query};
use crate::kind::Kind;
use crate::present::{self, ListMeta};
use crate::refusal::Subject;
use crate::select::Selector;
use crate::store::ObjectKey;
use crate::{ApiServer, Refusal, Response};

/// The objects that a list shows, and the revision of the state that they are from
pub(crate) struct Snapshot {
    pub(crate) revision: u64,
    pub(crate) objects: Vec<Arc<Value>>,
}

/// Which state is asked for
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Newest,
    Exactly(u64),
}

// === impl ApiServer ===

impl ApiServer {
    pub(crate) fn get(&self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let wrong = |refusal: Refusal| Refusal::new(500, "", refusal.message);
        if let Some(asked) = number(&call.query.resource_version).map_err(wrong)?
            && asked > self.store.revision()
        {
            return Err(too_large(asked, self.store.revision()));
        }
        let object = self.find(kind, call)?;
        Ok(present::object(kind, &object, call, 200))
    }

    /// The object that the call names
    pub(crate) fn find(&self, kind: &Kind, call: &Call) -> Result<Arc<Value>, Refusal> {
        let key = (call.target.namespace.clone(), call.target.name.clone());
        let found = self.store.get(&kind.key, &key).cloned();
        found.ok_or_else(|| Refusal::not_found(&kind.subject(&call.target.name)))
    }

    pub(crate) fn list(&self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        Ok(self.list_selected(kind, call)?.0)
    }

    /// A list as the answer to a call, and what is in it
    pub(crate) fn list_selected(
        &self,
        kind: &Arc<Kind>,
        call: &Call,
    ) -> Result<(Response, Vec<Arc<Value>>), Refusal> {
        let selector = Selector::parse(kind, &call.query)?;
        let token = Token::parse(&call.query.continue_token)?;
        let moment = self.moment(call, token.as_ref())?;
        let snapshot = self.snapshot(kind, &call.target.namespace, moment)?;
        let limit = call.query.limit.filter(|_| call.query.resource_version != "0");
        let namespace = call.target.namespace.as_str();
        let first = token.as_ref().map(|token| token.first(kind, namespace));
        let (objects, rest) = page::cut(kind, &selector, snapshot.objects, first, limit);
        let next = rest.as_ref().map(|rest| Token::after(snapshot.revision, &rest.last, namespace).print());
        let remaining = rest.filter(|_| selector.is_empty()).map(|rest| rest.count);
        let meta = ListMeta { revision: snapshot.revision, next, remaining };
        Ok((present::list(kind, &objects, &meta, call), objects))
    }

    fn moment(&self, call: &Call, token: Option<&Token>) -> Result<Moment, Refusal> {
        let query = &call.query;
        check_options(query)?;
        let asked = number(&query.resource_version).map_err(|refusal| {
            Refusal::bad_request(format!("invalid resource version: {}", refusal.message))
        })?;
        if let Some(token) = token {
            if asked.is_some_and(|asked| asked != 0) {
                return Err(Refusal::bad_request(
                    "specifying resource version is not allowed when using continue",
                ));
            }
            // a token from a server that has started anew goes on with the newest state
            return Ok(token.revision.map_or(Moment::Newest, Moment::Exactly));
        }
        let newest = self.store.revision();
        match asked {
            Some(asked) if asked > newest => Err(too_large(asked, newest)),
            Some(asked) if query.resource_version_match == "Exact" => Ok(Moment::Exactly(asked)),
            _ => Ok(Moment::Newest),
        }
    }

    /// The objects in a namespace, or in all, at a moment
    fn snapshot(&self, kind: &Kind, namespace: &str, moment: Moment) -> Result<Snapshot, Refusal> {
        let newest = self.store.revision();
        let revision = match moment {
            Moment::Newest => newest,
            Moment::Exactly(revision) => revision,
        };
        let now = self.store.list(&kind.key, namespace);
        if revision == newest {
            return Ok(Snapshot { revision, objects: now.map(|(_, object)| Arc::clone(object)).collect() });
        }
        let mut objects: BTreeMap<ObjectKey, Arc<Value>> =
            now.map(|(key, object)| (key.clone(), Arc::clone(object))).collect();
        let changes: Vec<_> =
            self.store.changes(&kind.key, revision).ok_or_else(|| expired(moment))?.collect();
        // what happened since is undone, the newest first
        for change in changes.into_iter().rev() {
            let key = page::key_of(&change.object);
            if !namespace.is_empty() && key.0 != namespace {
                continue;
            }
            match &change.previous {
                Some(previous) => objects.insert(key, Arc::clone(previous)),
                None => objects.remove(&key),
            };
        }
        Ok(Snapshot { revision, objects: objects.into_values().collect() })
    }

    /// The newest objects that a watch begins with
    pub(crate) fn newest(&self, kind: &Kind, namespace: &str) -> Snapshot {
        let objects = self.store.list(&kind.key, namespace).map(|(_, object)| Arc::clone(object)).collect();
        Snapshot { revision: self.store.revision(), objects }
    }
}

/// What the query of a list must be
fn check_options(query: &Query) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    let matching = query.resource_version_match.as_str();
    if !matching.is_empty() {
        let mut forbid = |why: &str| {
            errors.push(FieldError::new(
                Reason::Forbidden,
                "resourceVersionMatch",
                format!("resourceVersionMatch {why}"),
            ));
        };
        if query.resource_version.is_empty() {
            forbid("is forbidden unless resourceVersion is provided");
        }
        if !query.continue_token.is_empty() {
            forbid("is forbidden when continue is provided");
        }
        if matching == "Exact" && query.resource_version == "0" {
            forbid("\"exact\" is forbidden for resourceVersion \"0\"");
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            let supported = ["Exact", "NotOlderThan", ""];
            errors.push(FieldError::not_supported("resourceVersionMatch", &matching.into(), &supported));
        }
    }
    if query.send_initial_events.is_some() {
        let why = "sendInitialEvents is forbidden for list";
        errors.push(FieldError::new(Reason::Forbidden, "sendInitialEvents", why));
    }
    refuse_options(&errors)
}

/// Refuses the options of a list or a watch if something is wrong with them
pub(crate) fn refuse_options(errors: &[FieldError]) -> Result<(), Refusal> {
    if errors.is_empty() {
        return Ok(());
    }
    let subject = Subject { group: "meta.k8s.io", what: "ListOptions", name: "" };
    Err(Refusal::invalid(&subject, errors))
}

/// A resourceVersion as a number; none for the empty one
pub(crate) fn number(text: &str) -> Result<Option<u64>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Refusal::bad_request(format!(
            "resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
        ))
    })
}

fn too_large(asked: u64, newest: u64) -> Refusal {
    let message = format!("Timeout: Too large resource version: {asked}, current: {newest}");
    let cause = json!({ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" });
    let details = json!({ "causes": [cause], "retryAfterSeconds": 1 });
    Refusal { details, ..Refusal::new(504, "Timeout", message) }
}

fn expired(moment: Moment) -> Refusal {
    match moment {
        Moment::Newest | Moment::Exactly(_) => {
            Refusal::expired("The resourceVersion for the provided list is too old.")
        }
    }
}
