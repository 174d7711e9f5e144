//! Server-side apply, and who owns which fields after any write
//!
//! It owns `metadata.managedFields`. What is in an object besides is the verbs' business; the schema is given.

mod element;
mod field_set;
mod place;
mod object_meta;
mod owned;
mod compare;
mod merge;
mod prune;
mod check;
mod reconcile;
mod conflict;
mod managers;
mod zero;
mod last_applied;
mod scale;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use structural_schema::Schema;

pub(crate) use scale::{SCHEMA as SCALE, parent_entries, scale_entries};

use crate::meta::seconds;
use crate::refusal::Refusal;
use compare::compare;
use conflict::Conflict;
use field_set::FieldSet;
use managers::{ManagerKey, Managers, Owned, set_entries};
use place::Place;

/// Who writes, where, and when
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) manager: &'a str,
    /// Empty for the object itself
    pub(crate) subresource: &'a str,
    /// The version of the request
    pub(crate) api_version: &'a str,
    pub(crate) now: Timestamp,
}

/// What nobody owns, since it is the server's or tells the object itself
const NOBODYS: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

// === impl Writer ===

impl Writer<'_> {
    fn key(&self, applies: bool) -> ManagerKey {
        ManagerKey {
            manager: if self.manager.is_empty() { "unknown" } else { self.manager }.to_owned(),
            applies,
            api_version: if applies { String::new() } else { self.api_version.to_owned() },
            subresource: self.subresource.to_owned(),
        }
    }

    fn time(&self) -> String {
        seconds(self.now)
    }
}

/// Writes into a new object who owns its fields after a create, a PUT or a patch other than apply
///
/// The writer owns what differs between `live` and `new`, and others lose it. `new` may come with entries of its own:
/// they count, as a real server lets clients edit them. `reset` are paths that the strategy resets: they are owned by
/// nobody who writes through this endpoint.
pub(crate) fn track(
    live: Option<&Value>,
    new: &mut Value,
    schema: &Schema,
    writer: &Writer<'_>,
    reset: &[&[&str]],
) {
    let mut managers = before(live, new, writer);
    set_entries(new, None);
    if managers.is_empty() && live.is_some() {
        return; // Ownership was given up: it starts again with the first apply.
    }
    let place = Place::resource(schema);
    let zero = if live.is_none() { zero::zero(new) } else { Value::Null };
    update(&mut managers, (live.unwrap_or(&zero), &*new), place, writer, &FieldSet::of(reset));
    managers.store(new);
    if let Some(live) = live {
        keep_times(live, new);
    }
}

/// The entries before a write: the client's, if it sends some, else those of the live object
fn before(live: Option<&Value>, new: &Value, writer: &Writer<'_>) -> Managers {
    let of_live = || live.map(Managers::of).unwrap_or_default();
    if !writer.subresource.is_empty() {
        return of_live();
    }
    let sent = new["metadata"].get("managedFields");
    match sent.and_then(Value::as_array).map(Vec::as_slice) {
        // Of a custom resource an empty list is as good as none.
        Some([]) if zero::is_built_in(new) => return Managers::default(),
        Some([only]) if is_empty_entry(only) => return Managers::default(),
        _ => {}
    }
    match Managers::parse(sent) {
        Ok(managers) if !managers.is_empty() => managers,
        _ => of_live(),
    }
}

fn is_empty_entry(entry: &Value) -> bool {
    entry.as_object().is_some_and(|entry| entry.values().all(|value| value.is_null() || value == ""))
}

/// Gives to the writer what changed between two objects, old and new
fn update(
    managers: &mut Managers,
    (old, new): (&Value, &Value),
    place: Place<'_>,
    writer: &Writer<'_>,
    reset: &FieldSet,
) {
    managers.reconcile(place);
    let changes = compare(place, old, new).without(reset);
    managers.take(None, &changes);
    let set = changes.written().difference(&FieldSet::of(NOBODYS));
    if !set.is_empty() {
        let owned = managers.0.entry(writer.key(false)).or_default();
        owned.set.add(&set);
        writer.api_version.clone_into(&mut owned.api_version);
        owned.time = Some(writer.time());
    }
    managers.cap();
}

/// The object after a server-side apply, entries included
///
/// `applied` is the body as it was sent, neither pruned nor defaulted; the answer still has to be defaulted. With
/// nothing to change it is the live object, but for its entries.
///
/// # Errors
/// 409 for fields that others own, unless forced; 400 and 500 for a body that cannot be merged.
#[expect(clippy::too_many_arguments, reason = "each is another thing, and all callers have them at hand")]
pub(crate) fn apply(
    live: Option<&Value>,
    applied: &Value,
    schema: &Schema,
    writer: &Writer<'_>,
    force: bool,
    reset: &[&[&str]],
) -> Result<Value, Refusal> {
    let place = Place::resource(schema);
    check_applied(applied, place, writer)?;
    let entries = live.and_then(|live| live["metadata"].get("managedFields"));
    let mut managers = Managers::parse(entries)
        .map_err(|error| Refusal::new(500, "", format!("failed to decode managed fields: {error}")))?;
    let reset = FieldSet::of(reset);
    if let Some(live) = live
        && managers.is_empty()
    {
        let first = Writer { manager: "before-first-apply", ..*writer };
        update(&mut managers, (&zero::zero(live), live), place, &first, &reset);
    }
    managers.reconcile(place);
    let merge = Merge { live, applied, place, writer, reset };
    let is_kubectl = writer.manager == "kubectl";
    let mut object = match merge.carry_out(managers.clone(), force) {
        Ok(object) => object,
        Err(conflicts) => {
            let of_client = live
                .filter(|_| is_kubectl)
                .and_then(|live| last_applied::fields_of_client(live, place, writer.api_version))
                .unwrap_or_default();
            let left: Vec<Conflict> =
                conflicts.into_iter().filter(|conflict| !of_client.has(&conflict.path)).collect();
            if !left.is_empty() {
                return Err(conflict::refuse(&left));
            }
            merge.carry_out(managers, true).map_err(|conflicts| conflict::refuse(&conflicts))?
        }
    };
    if is_kubectl {
        last_applied::keep_in_step(&mut object, applied);
    }
    if let Some(live) = live {
        keep_times(live, &mut object);
    }
    Ok(object)
}

/// One apply, with all that it needs
struct Merge<'a> {
    live: Option<&'a Value>,
    applied: &'a Value,
    place: Place<'a>,
    writer: &'a Writer<'a>,
    reset: FieldSet,
}

// === impl Merge ===

impl Merge<'_> {
    fn carry_out(&self, mut managers: Managers, force: bool) -> Result<Value, Vec<Conflict>> {
        let (place, key) = (self.place, self.writer.key(true));
        let nothing = json!({});
        let live = self.live.unwrap_or(&nothing);
        let merged = merge::merge(place, self.live, Some(self.applied));
        let mut new = merged.unwrap_or_else(|| nothing.clone());
        let last = managers.0.remove(&key).unwrap_or_default();
        let set = owned::fields_of(place, self.applied).recursive_difference(&self.reset);
        let api_version = self.writer.api_version.to_owned();
        managers.0.insert(key.clone(), Owned { set, api_version, time: last.time });
        if !last.set.is_empty() {
            new = prune::prune(place, &new, &last.set, &managers.all());
        }
        let changes = compare(place, live, &new).without(&self.reset);
        let conflicts = managers.conflicts(&key, &changes.written());
        if !force && !conflicts.is_empty() {
            return Err(conflicts);
        }
        managers.take(Some(&key), &changes);
        let is_noop = compare::same(live, &new);
        if let Some(owned) = managers.0.get_mut(&key) {
            owned.set = owned.set.difference(&FieldSet::of(NOBODYS));
            if !is_noop {
                owned.time = Some(self.writer.time());
            }
            if owned.set.is_empty() {
                managers.0.remove(&key);
            }
        }
        if is_noop {
            new = live.clone();
        } else if zero::is_built_in(self.applied) {
            drop_nulls(place, &mut new);
        }
        managers.store(&mut new);
        Ok(new)
    }
}

fn check_applied(applied: &Value, place: Place<'_>, writer: &Writer<'_>) -> Result<(), Refusal> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text(&applied["apiVersion"]), text(&applied["kind"]));
    let version = if api_version.contains('/') { api_version.clone() } else { format!("/{api_version}") };
    let kind = format!("{version}, Kind={kind}");
    if api_version != writer.api_version {
        return Err(Refusal::bad_request(format!("invalid object type: {kind}")));
    }
    if applied["metadata"]["managedFields"].is_array() {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    check::check(place, applied).map_or(Ok(()), |error| {
        let metadata = &applied["metadata"];
        let name = format!("{}/{}; {kind}", text(&metadata["namespace"]), text(&metadata["name"]));
        Err(Refusal::new(500, "", format!("failed to create typed patch object ({name}): {error}")))
    })
}

/// Removes fields that are null: those of built-in kinds cannot be, of custom resources the schema decides
fn drop_nulls(place: Place<'_>, value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| !value.is_null() || !place.names(name) || place.may_be_null(name));
            for (name, value) in map.iter_mut() {
                if let Some(below) = place.field(name).filter(|_| value.is_object() || value.is_array()) {
                    drop_nulls(below, value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| drop_nulls(place.item(), value)),
        _ => {}
    }
}

/// Takes back new times of entries where nothing else changed, so that a write without effect stays one
///
/// To be called again once a new object has been defaulted.
pub(crate) fn keep_times(live: &Value, new: &mut Value) {
    let entries = |object: &Value| object["metadata"]["managedFields"].as_array().cloned();
    let (Some(old_entries), Some(new_entries)) = (entries(live), entries(new)) else { return };
    let same_entries = old_entries.len() == new_entries.len()
        && old_entries.iter().zip(&new_entries).all(|(old, new)| same_but(old, new, &["time"]));
    if same_entries && old_entries != new_entries && same_but(live, new, &["metadata", "managedFields"]) {
        set_entries(new, Some(old_entries.into()));
    }
}

/// Whether two objects are the same except at a path
fn same_but(one: &Value, two: &Value, path: &[&str]) -> bool {
    let (Some(a), Some(b), [head, rest @ ..]) = (one.as_object(), two.as_object(), path) else {
        return one == two || path.is_empty();
    };
    let others = |map: &Map<String, Value>| map.len() - usize::from(map.contains_key(*head));
    others(a) == others(b)
        && a.iter().filter(|(name, _)| name != head).all(|(name, value)| b.get(name) == Some(value))
        && (rest.is_empty() || same_but(&one[*head], &two[*head], rest))
}
