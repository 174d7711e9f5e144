//! Objects beside the pods of one resource: what it wants, as it would be sent, and what is there
//!
//! It builds and looks. What follows from the difference is decided in the engine, and carried out in `act::object`.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use healing_engine::{
    APPLIED_HASH_ANNOTATION, OBJECTS_MAX, ObjectKey, Objects, SeenObject, WantedObject, covers,
    pod::{APP_LABEL, MANAGED_BY_LABEL, OWNER_UID_LABEL},
    revision,
};
use healing_model::OwnedKind;
use kube::core::ApiResource;
use serde_json::{Map, Value, json};

use crate::{
    cache::ObjectEntry, change::Key, client::CallError, context::Hands, error::ReconcileError,
    memory::Memory, object::Object, subject::Subject, watch::Watched,
};

/// What a resource wants beside its pods
#[derive(Clone, Debug, Default)]
pub(crate) struct Desired {
    /// In the order of `objects()`
    wanted: Vec<WantedObject>,
    /// What cannot be had, and why
    unfit: Vec<String>,
    /// Each object as it is sent
    bodies: BTreeMap<ObjectKey, Body>,
}

/// One object as it is sent
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) api: ApiResource,
    /// Without what the kind says, as items of a list are without it
    object: Value,
}

// === impl Desired ===

impl Desired {
    /// Puts together what `objects` come to
    pub(crate) fn new(subject: &Subject, operator: &str, owns: &[OwnedKind], objects: Vec<Object>) -> Self {
        let mut desired = Self::default();
        let mut left_out = 0;
        for object in objects {
            if desired.wanted.len() == OBJECTS_MAX {
                left_out += 1;
                continue;
            }
            match fit(subject, owns, &desired.bodies, object) {
                Ok((kind, name, fields)) => desired.add(subject, operator, kind, (name, fields)),
                Err(problem) => desired.unfit.push(problem),
            }
        }
        if left_out > 0 {
            desired.unfit.push(format!("{left_out} objects are more than the {OBJECTS_MAX} of one resource"));
        }
        desired
    }

    fn add(
        &mut self,
        subject: &Subject,
        operator: &str,
        kind: &OwnedKind,
        (name, mut fields): (String, Map<String, Value>),
    ) {
        let key = ObjectKey { group: kind.group.clone(), kind: kind.kind.clone(), name };
        fields.retain(|name, _| name != "apiVersion" && name != "kind");
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        metadata["name"] = json!(key.name);
        metadata["namespace"] = json!(subject.namespace);
        metadata["ownerReferences"] = json!([subject.owner_reference()]);
        metadata["labels"][APP_LABEL] = json!(subject.key.name);
        metadata["labels"][MANAGED_BY_LABEL] = json!(operator);
        metadata["labels"][OWNER_UID_LABEL] = json!(subject.uid);
        let mut object = Value::Object(fields);
        let hash = revision(&object);
        object["metadata"]["annotations"][APPLIED_HASH_ANNOTATION] = json!(hash);
        self.wanted.push(WantedObject { key: key.clone(), hash });
        self.bodies.insert(key, Body { api: api(kind), object });
    }

    /// The object as it is sent
    pub(crate) fn body(&self, key: &ObjectKey) -> Option<&Body> {
        self.bodies.get(key)
    }
}

// === impl Body ===

impl Body {
    /// What is sent; with `uid` only over the object that has it
    pub(crate) fn to_send(&self, uid: Option<&str>) -> Value {
        let mut object = self.object.clone();
        object["apiVersion"] = json!(self.api.api_version);
        object["kind"] = json!(self.api.kind);
        if let Some(uid) = uid {
            object["metadata"]["uid"] = json!(uid);
        }
        object
    }
}

/// The kind, name and fields of an object that can be had, or why it cannot
fn fit<'o>(
    subject: &Subject,
    owns: &'o [OwnedKind],
    known: &BTreeMap<ObjectKey, Body>,
    object: Object,
) -> Result<(&'o OwnedKind, String, Map<String, Value>), String> {
    let kind = object.kind();
    let Some(name) = object.name.clone() else { return Err(format!("a {kind} has no name; give it one")) };
    let Some(declared) = owns.iter().find(|declared| object.is_of(declared)) else {
        return Err(format!(
            "{kind} `{name}`: the kind is not declared; add it to `owns(...)` of the resource"
        ));
    };
    if let Some(namespace) = object.namespace.filter(|namespace| *namespace != subject.namespace) {
        return Err(format!(
            "{kind} `{name}`: it cannot be in namespace `{namespace}`; leave the namespace out"
        ));
    }
    if known.contains_key(&ObjectKey {
        group: declared.group.clone(),
        kind: kind.to_owned(),
        name: name.clone(),
    }) {
        return Err(format!("{kind} `{name}` is there twice; give each object a name of its own"));
    }
    let fields = object.body.map_err(|error| format!("{kind} `{name}` is no JSON: {error}"))?;
    Ok((declared, name, fields))
}

/// The kind as the client names it
pub(crate) fn api(kind: &OwnedKind) -> ApiResource {
    ApiResource {
        group: kind.group.clone(),
        version: kind.version.clone(),
        api_version: kind.api_version(),
        kind: kind.kind.clone(),
        plural: kind.plural.clone(),
    }
}

/// What is wanted, and what is there of it and owned besides
///
/// An object that no watch shows is looked at live: it may be somebody else's, which the watches do not select.
///
/// # Errors
/// [`ReconcileError::Observe`] if a live look fails for another reason than a missing permission.
pub(crate) async fn look(hands: &Hands, subject: &Subject) -> Result<Objects, ReconcileError> {
    let desired = &subject.objects;
    let mut objects =
        Objects { wanted: desired.wanted.clone(), unfit: desired.unfit.clone(), ..Objects::default() };
    let mut shown = BTreeSet::new();
    for (key, entry) in hands.objects.owned_by(&subject.uid) {
        shown.insert(key.clone());
        objects.seen.push(seen(hands, subject, key, &entry));
    }
    for (key, body) in desired.bodies.iter().filter(|(key, _)| !shown.contains(key)) {
        match hands.reader.get::<Value>(&body.api, &subject.namespace, &key.name).await {
            Ok(found) => {
                objects.seen.push(seen(hands, subject, key.clone(), &ObjectEntry::new(found)));
            }
            Err(error) if error.is_not_found() => {}
            Err(error @ CallError::Forbidden { .. }) => {
                objects.wanted.retain(|wanted| wanted.key != *key);
                objects.unfit.push(format!("{key} cannot be looked at: {error}"));
            }
            Err(error) => return Err(ReconcileError::Observe(error)),
        }
    }
    hands.memories.with(&subject.key, &subject.uid, |memory| {
        memory.keep_objects(|key| desired.bodies.contains_key(key));
        objects.refused = memory.refused_objects();
    });
    Ok(objects)
}

fn seen(hands: &Hands, subject: &Subject, key: ObjectKey, entry: &ObjectEntry) -> SeenObject {
    let wanted = subject.objects.wanted.iter().find(|wanted| wanted.key == key);
    let as_wanted = wanted.is_some_and(|wanted| {
        let covered = || subject.objects.body(&key).is_some_and(|body| covers(&body.object, &entry.object));
        let known = |memory: &mut Memory| memory.is_applied(&key, &wanted.hash, &entry.content);
        covered() || hands.memories.with(&subject.key, &subject.uid, known)
    });
    SeenObject {
        uid: entry.uid.clone(),
        resource_version: entry.resource_version.clone(),
        controller_uid: entry.owner.as_ref().map(|owner| owner.uid.clone()),
        terminating: entry.terminating,
        as_wanted,
        key,
    }
}

/// Where the cache keeps an object
pub(crate) fn place(namespace: &str, key: &ObjectKey) -> ((String, String), Key) {
    ((key.group.clone(), key.kind.clone()), Key::new(namespace, &key.name))
}

/// Notes what the API server answered to an apply: it is what is wanted, in the API server's own words
pub(crate) fn applied(
    hands: &Hands,
    subject: &Subject,
    (key, hash): (&ObjectKey, &str),
    answer: Watched<Value>,
) {
    let entry = ObjectEntry::new(answer);
    let content = entry.content.clone();
    hands.memories.with(&subject.key, &subject.uid, |memory| memory.object_applied(key, hash, content));
    let (kind, place) = place(&subject.namespace, key);
    hands.objects.wrote(&kind, place, entry);
}
