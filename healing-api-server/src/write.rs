//! `create`, `update` and what every write goes through before something is stored
//!
//! It owns the order of the checks. Patches make their object in `patch`; kinds have their rules in `built_in` and
//! `custom`; what a delete does is `delete`'s business.

mod admit;
mod body;
mod prepare;

use std::sync::Arc;

use serde_json::Value;

use crate::apply::{self, Writer};
use crate::built_in::Creation;
use crate::call::Call;
use crate::kind::Kind;
use crate::meta::{self, Meta, Moment, seconds, validate_meta, validate_meta_update};
use crate::store::ObjectKey;
use crate::{ApiServer, Refusal, Response, present};

pub(crate) use body::{STRICT, Unfit, check_name, object, read_as};
pub(crate) use prepare::reset;

/// Which part of an object is written
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything but the status, where that is a part of its own
    Main,
    Status,
    /// By way of `/scale`: the number of replicas
    Scale,
}

/// How the new form of an object came about
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was sent
    Sent,
    /// It was patched
    Patched,
    /// It was applied: its managed fields are right already
    Applied,
    /// By way of its Scale: its managed fields are right already
    Scaled,
}

/// A change of an object that exists
pub(crate) struct Update {
    pub(crate) live: Arc<Value>,
    pub(crate) new: Value,
    pub(crate) part: Part,
    pub(crate) origin: Origin,
    pub(crate) warnings: Vec<String>,
}

// === impl Part ===

impl Part {
    pub(crate) fn of(subresource: &str) -> Self {
        match subresource {
            "status" => Self::Status,
            "scale" => Self::Scale,
            _ => Self::Main,
        }
    }

    /// The name of the subresource; empty for the object itself
    pub(crate) fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
            Self::Scale => "scale",
        }
    }
}

// === impl Origin ===

impl Origin {
    /// Whether who owns what is still to be found out
    fn tracks(self) -> bool {
        matches!(self, Self::Sent | Self::Patched)
    }
}

// === impl ApiServer ===

impl ApiServer {
    pub(crate) fn create(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let mut read = body::read(&self.kinds, kind, call)?;
        read.warnings.extend(meta::owners_once(&mut read.value, Moment::Sent));
        let mut object = read.value;
        body::check_namespace(kind, &mut object, call)?;
        let object = self
            .create_object(kind, object, Origin::Sent, call)
            .map_err(|refusal| refusal.with_warnings(&read.warnings))?;
        Ok(created(kind, &object, read.warnings, call))
    }

    /// Makes an object that does not exist yet, of any origin
    pub(crate) fn create_object(
        &mut self,
        kind: &Arc<Kind>,
        mut object: Value,
        origin: Origin,
        call: &Call,
    ) -> Result<Arc<Value>, Refusal> {
        prepare::defaults(kind, origin, &mut object);
        // the store looks at it, and there is none behind a dry run
        let is_stored = origin == Origin::Sent && !call.query.dry_run;
        let has_version = is_stored && object.meta("resourceVersion").parse::<u64>().is_ok_and(|at| at != 0);
        let metadata = &mut object["metadata"];
        metadata["uid"] = self.random.uid().into();
        metadata["creationTimestamp"] = seconds(call.now).into();
        for server_owned in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"]
        {
            metadata.as_object_mut().map(|metadata| metadata.remove(server_owned));
        }
        meta::tidy(&mut object);
        // Nobody owns what the strategy and admission add, nor a name that was made up.
        if origin.tracks() {
            let api_version = kind.api_version();
            let writer = writer(call, &api_version, Part::Main);
            apply::track(None, &mut object, &kind.schema, &writer, reset(kind, Part::Main));
        }
        if object.name().is_empty() && !object.meta("generateName").is_empty() {
            let name = self.random.name(object.meta("generateName"));
            object["metadata"]["name"] = name.into();
        }
        self.admit_create(kind, &object)?;
        let mut creation = Creation { now: call.now, random: &mut self.random, store: &self.store };
        prepare::create(kind, &mut object, &mut creation)?;
        if let Some(review) = kind.built_in().and_then(|built_in| built_in.review) {
            review(&mut object, &call.user);
            return Ok(Arc::new(object));
        }
        meta::tidy(&mut object);
        let errors = validate_meta(&object, kind.names(), kind.namespaced);
        let errors = prepare::validate(kind, Part::Main, &object, None, errors);
        if !errors.is_empty() {
            return Err(Refusal::invalid(&kind.object(object.name()), &errors));
        }
        self.admit_quota(kind, &object)?;
        if has_version {
            return Err(Refusal::new(500, "", "resourceVersion should not be set on objects to be created"));
        }
        let key: ObjectKey = (object.namespace().to_owned(), object.name().to_owned());
        if let Some(there) = self.store.get(&kind.key, &key) {
            let mut refusal = Refusal::already_exists(&kind.subject(object.name()));
            if there.is_terminating() {
                refusal.message = format!("object is being deleted: {}", refusal.message);
            }
            return Err(refusal);
        }
        if call.query.dry_run {
            return Ok(Arc::new(object));
        }
        self.use_quota(kind, &object, call.now);
        Ok(self.put(kind, key, object))
    }

    pub(crate) fn update(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let mut read = body::read(&self.kinds, kind, call)?;
        read.warnings.extend(meta::owners_once(&mut read.value, Moment::Sent));
        let mut new = read.value;
        body::check_namespace(kind, &mut new, call)?;
        check_name(&new, &call.target.name)?;
        let key = (call.target.namespace.clone(), call.target.name.clone());
        let part = Part::of(&call.target.subresource);
        let Some(live) = self.store.get(&kind.key, &key).map(|live| kind.shown(live)) else {
            if part == Part::Main && kind.creates_on_update() {
                if !new.uid().is_empty() {
                    return Err(other_uid(kind, &key, new.uid(), ""));
                }
                new["metadata"].as_object_mut().map(|metadata| metadata.remove("resourceVersion"));
                let object = self
                    .create_object(kind, new, Origin::Sent, call)
                    .map_err(|refusal| refusal.with_warnings(&read.warnings))?;
                return Ok(created(kind, &object, read.warnings, call));
            }
            return Err(Refusal::not_found(&kind.subject(&call.target.name)));
        };
        let update = Update { live, new, part, origin: Origin::Sent, warnings: read.warnings };
        self.change(kind, update, call)
    }

    /// Everything that happens to the new form of an object until it is stored, and the answer
    pub(crate) fn change(
        &mut self,
        kind: &Arc<Kind>,
        mut update: Update,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let mut warnings = std::mem::take(&mut update.warnings);
        let (part, live) = (update.part, Arc::clone(&update.live));
        let object =
            self.change_object(kind, update, call).map_err(|refusal| refusal.with_warnings(&warnings))?;
        warnings.extend(prepare::warnings(kind, part, &kind.shown(&object), Some(&live)));
        Ok(present::object(kind, &object, call, 200).with_warnings(warnings))
    }

    /// Everything that happens to the new form of an object until it is stored
    pub(crate) fn change_object(
        &mut self,
        kind: &Arc<Kind>,
        update: Update,
        call: &Call,
    ) -> Result<Arc<Value>, Refusal> {
        let Update { live, mut new, part, origin, .. } = update;
        check_uid(kind, &live, &new, origin)?;
        check_version(kind, &live, &mut new)?;
        prepare::defaults(kind, origin, &mut new);
        prepare::keep_server_owned(&mut new, &live);
        meta::tidy(&mut new);
        if origin.tracks() {
            let api_version = kind.api_version();
            let writer = writer(call, &api_version, part);
            apply::track(Some(&live), &mut new, &kind.schema, &writer, reset(kind, part));
        }
        prepare::update(kind, part, &mut new, &live);
        meta::tidy(&mut new);
        prepare::generation(kind, part, &mut new, &live);
        if !origin.tracks() {
            apply::keep_times(&live, &mut new);
        }
        let errors = validate_meta_update(&new, &live, kind.namespaced);
        let errors = prepare::validate(kind, part, &new, Some(&live), errors);
        if !errors.is_empty() {
            return Err(Refusal::invalid(&kind.object(live.name()), &errors));
        }
        if let Some(built_in) = kind.built_in().filter(|_| part == Part::Main) {
            (built_in.share)(&mut new, &self.store)?;
            meta::tidy(&mut new);
        }
        admit::finalizers(kind, &new, &live)?;
        if new == *live {
            return Ok(live);
        }
        if call.query.dry_run {
            return Ok(Arc::new(new));
        }
        let key = (live.namespace().to_owned(), live.name().to_owned());
        if self.finish_if_free(&kind.key, &key, &new, false) {
            return Ok(Arc::new(new));
        }
        Ok(self.put(kind, key, new))
    }

    /// Stores an object, whatever version it was sent in
    fn put(&mut self, kind: &Kind, key: ObjectKey, mut object: Value) -> Arc<Value> {
        kind.store_form(&mut object);
        if let Some(storage) = self.kinds.storage(&kind.key).filter(|storage| storage.custom().is_some()) {
            object["apiVersion"] = storage.api_version().into();
        }
        self.store.put(&kind.key, key, object)
    }
}

/// The answer to a creation
pub(crate) fn created(kind: &Kind, object: &Arc<Value>, mut warnings: Vec<String>, call: &Call) -> Response {
    warnings.extend(prepare::warnings(kind, Part::Main, &kind.shown(object), None));
    present::object(kind, object, call, 201).with_warnings(warnings)
}

/// Who writes which part
pub(crate) fn writer<'a>(call: &'a Call, api_version: &'a str, part: Part) -> Writer<'a> {
    Writer { manager: &call.manager, subresource: part.subresource(), api_version, now: call.now }
}

fn check_uid(kind: &Kind, live: &Value, new: &Value, origin: Origin) -> Result<(), Refusal> {
    let (asked, is) = (new.uid(), live.uid());
    if asked.is_empty() || asked == is || !matches!(origin, Origin::Sent | Origin::Scaled) {
        // a patch with another UID breaks the rule that it cannot change
        return Ok(());
    }
    let key = (live.namespace().to_owned(), live.name().to_owned());
    Err(other_uid(kind, &key, asked, is))
}

/// The storage refuses to change an object that has another UID, or none since it is gone
fn other_uid(kind: &Kind, (namespace, name): &ObjectKey, asked: &str, is: &str) -> Refusal {
    let group = kind.custom().map(|_| kind.group());
    let place = group.into_iter().chain([kind.plural(), namespace.as_str(), name.as_str()]);
    let place: Vec<&str> = place.filter(|part| !part.is_empty()).collect();
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {asked}, UID in object meta: {is}",
        place.join("/")
    );
    Refusal::conflict(&kind.subject(name), &why)
}

/// A resourceVersion that is given must be the newest; one that is not is filled in where that is allowed
fn check_version(kind: &Kind, live: &Value, new: &mut Value) -> Result<(), Refusal> {
    let is = live.meta("resourceVersion");
    let asked = revision(new.meta("resourceVersion"))?;
    if asked == 0 {
        if !kind.takes_unconditional_updates() {
            let error = structural_schema::FieldError {
                reason: structural_schema::Reason::Invalid,
                field: "metadata.resourceVersion".to_owned(),
                value: Some("0".to_owned()),
                detail: "must be specified for an update".to_owned(),
            };
            return Err(Refusal::invalid(&kind.subject(live.name()), &[error]));
        }
        new["metadata"]["resourceVersion"] = is.into();
        return Ok(());
    }
    if revision(is) == Ok(asked) { Ok(()) } else { Err(Refusal::modified(&kind.subject(live.name()))) }
}

/// A resourceVersion as a number; 0 for the empty one
fn revision(text: &str) -> Result<u64, Refusal> {
    use std::num::IntErrorKind;
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            IntErrorKind::PosOverflow => "value out of range",
            _ => "invalid syntax",
        };
        // a real server did not foresee it either
        Refusal::new(500, "", format!("strconv.ParseUint: parsing {text:?}: {why}"))
    })
}
