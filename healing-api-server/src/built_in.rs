//! The built-in kinds: one file each, and the registry that lists them
//!
//! It owns the form of what is particular about a kind. The verbs are the same for all and live elsewhere; nobody else
//! names a built-in kind.

mod namespace;
mod pod;
mod node;
mod config_map;
mod secret;
mod service;
mod service_account;
mod persistent_volume_claim;
mod event;
mod endpoints;
mod lease;
pub(crate) mod resource_quota;
mod pod_disruption_budget;
mod controller_revision;
mod deployment;
mod replica_set;
mod rbac;
mod webhook_configuration;
mod custom_resource_definition;
mod endpoint_slice;
mod priority_class;
mod review;
mod cell;
mod check;
mod edit;
mod wire;
mod quantity;
mod time;

use jiff::Timestamp;
use serde_json::Value;
use structural_schema::FieldError;

use crate::Refusal;
use crate::call::User;
use crate::kind::ALL_VERBS;
pub(crate) use crate::meta::NameRule;
use crate::random::Random;
use crate::store::Store;
pub(crate) use wire::{mismatch as go_mismatch, text as go_text};

/// What is particular about a built-in kind; `..BuiltIn::PLAIN` for what is not
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub(crate) struct BuiltIn {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) singular: &'static str,
    pub(crate) short_names: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
    pub(crate) namespaced: bool,
    /// Those that are served
    pub(crate) subresources: &'static [&'static str],
    /// Those that a real server has and this one answers with 501
    pub(crate) refused: &'static [&'static str],
    pub(crate) verbs: &'static [&'static str],
    /// Name of its schema in `OpenAPI`, such as `io.k8s.api.core.v1.Pod`
    pub(crate) schema: &'static str,
    pub(crate) names: NameRule,
    /// Whether `metadata.generation` is kept: 1 at first, one more with each change outside metadata and status
    pub(crate) generation: bool,
    /// Whether a change of annotations counts for the generation too
    pub(crate) annotations_count: bool,
    /// Whether a PUT without a resourceVersion is taken
    pub(crate) unconditional_update: bool,
    /// Whether a PUT of a missing object creates it
    pub(crate) create_on_update: bool,
    /// Whether a DELETE answers with the object and not with a Status
    pub(crate) delete_shows_object: bool,
    /// Seconds until an object that is deleted now may go; 0 at once. `asked` is the client's wish
    pub(crate) grace: fn(object: &Value, asked: Option<i64>) -> i64,
    /// The group under whose name objects are stored, where two groups share them; see `to_stored`
    pub(crate) stored_in: Option<&'static str>,
    /// From the form of this group to the one in which objects are stored, in place, with `apiVersion`
    pub(crate) to_stored: fn(&mut Value),
    /// From the form in which objects are stored to that of this group
    pub(crate) from_stored: fn(&mut Value),
    /// For kinds that are asked and not stored: writes the answer into the object that a POST sent
    pub(crate) review: Option<fn(&mut Value, &User)>,
    /// Fills in defaults, in place; also before validation of updates
    pub(crate) default: fn(&mut Value),
    /// What a create changes besides, with what a real server's admission adds: drops or sets the status. The
    /// namespace is set
    pub(crate) prepare_create: fn(&mut Value, &mut Creation<'_>) -> Result<(), Refusal>,
    /// What a changed object gets of what all objects of its kind share, such as addresses; after everything was checked
    pub(crate) share: fn(new: &mut Value, store: &Store) -> Result<(), Refusal>,
    /// What an update of the object itself changes: keeps the old status
    pub(crate) prepare_update: fn(new: &mut Value, old: &Value),
    /// Fields that a write of `/status` never owns
    pub(crate) status_reset: &'static [&'static [&'static str]],
    /// What an update of `/status` changes: keeps everything else
    pub(crate) prepare_status: fn(new: &mut Value, old: &Value),
    /// What is wrong with an object that is to be stored, and with its change
    pub(crate) validate: fn(new: &Value, old: Option<&Value>) -> Vec<FieldError>,
    /// What is wrong with an object whose `/status` is to be stored, and with its change
    pub(crate) validate_status: fn(new: &Value, old: &Value) -> Vec<FieldError>,
    /// Texts of `Warning` headers for an object that is created or updated
    pub(crate) warnings: fn(new: &Value, old: Option<&Value>) -> Vec<String>,
    /// Fields for field selectors besides name and namespace, with their value
    pub(crate) fields: fn(&Value) -> Vec<(&'static str, String)>,
    /// Columns of a Table: name, type, format, priority (0 is always shown, 1 with `-o wide`), description
    pub(crate) columns: &'static [Column],
    /// Reason and message of the condition `Completed` of a row; none for objects that are not at their end
    pub(crate) finished: fn(&Value) -> Option<(&'static str, &'static str)>,
    /// The cells of a row, one for each of `columns`
    pub(crate) cells: fn(&Value, Timestamp) -> Vec<Value>,
}

/// What a creation may look at and use besides the object
#[derive(Debug)]
pub(crate) struct Creation<'a> {
    pub(crate) now: Timestamp,
    /// For the ends of names of volumes
    pub(crate) random: &'a mut Random,
    /// For what is shared by the objects of a kind, such as addresses of Services
    pub(crate) store: &'a Store,
}

/// One column of a Table
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) format: &'static str,
    pub(crate) priority: i32,
    /// What it shows; `@` and a path: what the schema says of that field
    pub(crate) description: &'static str,
}

/// All built-in kinds
pub(crate) const ALL: &[BuiltIn] = &[
    namespace::KIND,
    pod::KIND,
    node::KIND,
    config_map::KIND,
    secret::KIND,
    service::KIND,
    service_account::KIND,
    persistent_volume_claim::KIND,
    event::CORE,
    event::EVENTS,
    endpoints::KIND,
    lease::KIND,
    resource_quota::KIND,
    pod_disruption_budget::KIND,
    controller_revision::KIND,
    deployment::KIND,
    replica_set::KIND,
    rbac::ROLE,
    rbac::ROLE_BINDING,
    rbac::CLUSTER_ROLE,
    rbac::CLUSTER_ROLE_BINDING,
    webhook_configuration::VALIDATING,
    webhook_configuration::MUTATING,
    custom_resource_definition::KIND,
    endpoint_slice::KIND,
    priority_class::KIND,
    review::SELF_SUBJECT_ACCESS,
    review::SELF_SUBJECT_RULES,
    review::SELF_SUBJECT,
];

// === impl BuiltIn ===

impl BuiltIn {
    /// A namespaced kind of the core group with nothing particular
    pub(crate) const PLAIN: Self = Self {
        group: "",
        version: "v1",
        kind: "",
        plural: "",
        singular: "",
        short_names: &[],
        categories: &[],
        namespaced: true,
        subresources: &[],
        refused: &[],
        verbs: ALL_VERBS,
        schema: "",
        names: NameRule::Subdomain,
        generation: false,
        annotations_count: false,
        unconditional_update: true,
        create_on_update: false,
        delete_shows_object: false,
        grace: |_, _| 0,
        stored_in: None,
        to_stored: |_| {},
        from_stored: |_| {},
        review: None,
        default: |_| {},
        prepare_create: |_, _| Ok(()),
        share: |_, _| Ok(()),
        prepare_update: |_, _| {},
        status_reset: &[&["spec"]],
        prepare_status: keep_all_but_status,
        validate: |_, _| Vec::new(),
        validate_status: |_, _| Vec::new(),
        warnings: |_, _| Vec::new(),
        fields: |_| Vec::new(),
        columns: &[Column::NAME, Column::CREATED],
        finished: |_| None,
        cells: |object, _| {
            let metadata = &object["metadata"];
            vec![metadata["name"].clone(), metadata["creationTimestamp"].clone()]
        },
    };
}

impl BuiltIn {
    /// The first place where an object does not fit the kind's type, in the words of Go's JSON; none if it fits
    ///
    /// Defaults and rules rely on objects that fit.
    pub(crate) fn mismatch(&self, object: &Value) -> Option<String> {
        wire::mismatch(object, self.go_type())
    }

    /// The name of its type in the table of types
    pub(crate) fn go_type(&self) -> &'static str {
        if self.group == "events.k8s.io" { "events.Event" } else { self.kind }
    }
}

// === impl Column ===

impl Column {
    pub(crate) const NAME: Self =
        Self { name: "Name", kind: "string", format: "name", priority: 0, description: "Name of the object" };
    pub(crate) const AGE: Self = Self {
        name: "Age",
        kind: "string",
        format: "",
        priority: 0,
        description: "Time since the object was created",
    };

    /// What kinds have that say nothing of how they are shown
    pub(crate) const CREATED: Self = Self {
        name: "Created At",
        kind: "date",
        format: "",
        priority: 0,
        description: "Time at which the object was created",
    };

    /// A column that is always shown
    pub(crate) const fn shown(name: &'static str, kind: &'static str, description: &'static str) -> Self {
        Self { name, kind, format: "", priority: 0, description }
    }

    /// A column that `-o wide` shows
    pub(crate) const fn wide(name: &'static str, kind: &'static str, description: &'static str) -> Self {
        Self { name, kind, format: "", priority: 1, description }
    }
}

/// The old object with the new one's status: what an update of `/status` stores
pub(crate) fn keep_all_but_status(new: &mut Value, old: &Value) {
    let status = new.get("status").cloned();
    let fields = new["metadata"]["managedFields"].take();
    let version = new["metadata"]["resourceVersion"].take();
    *new = old.clone();
    match status {
        Some(status) => new["status"] = status,
        None => {
            new.as_object_mut().map(|object| object.remove("status"));
        }
    }
    new["metadata"]["managedFields"] = fields;
    new["metadata"]["resourceVersion"] = version;
}

/// The age of an object as `kubectl get` shows it
pub(crate) fn age(object: &Value, now: Timestamp) -> Value {
    let created = object["metadata"]["creationTimestamp"].as_str().and_then(|text| text.parse().ok());
    created.map_or_else(|| "<unknown>".into(), |created| duration(created, now).into())
}

/// The time between two moments as `kubectl get` shows it: `45s`, `3m20s`, `5h`, `2d`
pub(crate) fn duration(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs();
    if seconds < 0 {
        return if seconds > -2 { "0s".to_owned() } else { "<invalid>".to_owned() };
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let pair = |main: i64, unit: char, rest: i64, rest_unit: char| {
        if rest == 0 { format!("{main}{unit}") } else { format!("{main}{unit}{rest}{rest_unit}") }
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => pair(days, 'd', hours % 24, 'h'),
        () if days < 365 * 2 => format!("{days}d"),
        () if days < 365 * 8 => pair(years, 'y', days % 365, 'd'),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod served;
#[cfg(test)]
mod tests;
