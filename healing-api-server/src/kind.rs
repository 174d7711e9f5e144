//! A resource that is served, built-in or custom, and the registry of all of them
//!
//! It owns what the verbs need to know of a kind. What is particular about a built-in one is in `built_in`, how a custom
//! one comes about in `custom`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use structural_schema::Schema;

use crate::built_in::{self, BuiltIn};
use crate::custom;
use crate::meta::NameRule;
use crate::open_api;
use crate::refusal::Subject;

/// Where the objects of a resource are kept, whatever version they are asked for in
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResourceKey {
    pub(crate) group: Arc<str>,
    pub(crate) plural: Arc<str>,
}

/// One version of a resource
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "a kind is called kind, as in every object and in discovery")]
pub(crate) struct Kind {
    /// Where its objects are stored; the group there is another than `group` where two groups share objects
    pub(crate) key: ResourceKey,
    /// The group under which it is served
    pub(crate) group: Arc<str>,
    pub(crate) version: String,
    /// Whether requests reach it: a version may be there for storage alone
    pub(crate) is_served: bool,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    /// Such as `status`, `scale`, `eviction`
    pub(crate) subresources: Vec<String>,
    /// Verbs of the resource itself, as discovery shows them
    pub(crate) verbs: &'static [&'static str],
    pub(crate) schema: Arc<Schema>,
    pub(crate) source: Source,
}

/// Where a kind comes from
#[derive(Clone, Debug)]
pub(crate) enum Source {
    BuiltIn(&'static BuiltIn),
    Custom(Arc<Custom>),
}

/// What is particular about one version of a custom resource
#[derive(Clone, Debug, Default)]
pub(crate) struct Custom {
    /// `openAPIV3Schema`, as it was written: what OpenAPI documents show
    pub(crate) written: Arc<Value>,
    /// `additionalPrinterColumns`, as they were written
    pub(crate) columns: Vec<Value>,
    /// `selectableFields`: paths without the leading dot
    pub(crate) selectable: Vec<String>,
    /// `scale`: the three paths as they were written; null if there is none
    pub(crate) scale: Value,
    pub(crate) has_status: bool,
    /// Text of the warning for a deprecated version; empty for none
    pub(crate) deprecation: String,
    /// The version in which objects are stored
    pub(crate) is_storage: bool,
    /// The definition is being deleted: nothing new may be created
    pub(crate) terminating: bool,
}

/// Verbs of an ordinary resource
pub(crate) const ALL_VERBS: &[&str] =
    &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// All kinds that are served
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    by_path: BTreeMap<(String, String, String), Arc<Kind>>,
}

// === impl ResourceKey ===

impl ResourceKey {
    pub(crate) fn new(group: &str, plural: &str) -> Self {
        Self { group: group.into(), plural: plural.into() }
    }
}

// === impl Kind ===

impl Kind {
    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn plural(&self) -> &str {
        &self.key.plural
    }

    /// `group/version`, or the version alone in the core group
    pub(crate) fn api_version(&self) -> String {
        if self.group().is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group(), self.version)
        }
    }

    /// A built-in kind with its schema
    pub(crate) fn of_built_in(built_in: &'static BuiltIn, schema: Arc<Schema>) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            key: ResourceKey::new(built_in.stored_in.unwrap_or(built_in.group), built_in.plural),
            group: built_in.group.into(),
            version: built_in.version.to_owned(),
            kind: built_in.kind.to_owned(),
            list_kind: format!("{}List", built_in.kind),
            singular: built_in.singular.to_owned(),
            is_served: true,
            short_names: owned(built_in.short_names),
            categories: owned(built_in.categories),
            namespaced: built_in.namespaced,
            subresources: owned(built_in.subresources),
            verbs: built_in.verbs,
            schema,
            source: Source::BuiltIn(built_in),
        }
    }

    /// What a reader of the kind's type says of an object that does not fit it; custom kinds have schemas instead
    pub(crate) fn mismatch(&self, object: &Value) -> Option<String> {
        let of_built_in = self.built_in().and_then(|built_in| built_in.mismatch(object));
        of_built_in.or_else(|| custom::mismatch(self, object))
    }

    /// An object in the form in which it is stored
    pub(crate) fn store_form(&self, object: &mut Value) {
        if let Some(built_in) = self.built_in() {
            (built_in.to_stored)(object);
        }
    }

    /// A stored object in the form of this kind: its group's, its version's
    pub(crate) fn shown(&self, object: &Arc<Value>) -> Arc<Value> {
        let api_version = self.api_version();
        if object["apiVersion"] == api_version.as_str() {
            return Arc::clone(object);
        }
        let mut object = Value::clone(object);
        if let Some(built_in) = self.built_in() {
            (built_in.from_stored)(&mut object);
        }
        object["apiVersion"] = api_version.into();
        Arc::new(object)
    }

    pub(crate) fn built_in(&self) -> Option<&'static BuiltIn> {
        match &self.source {
            Source::BuiltIn(built_in) => Some(built_in),
            Source::Custom(_) => None,
        }
    }

    pub(crate) fn custom(&self) -> Option<&Arc<Custom>> {
        match &self.source {
            Source::BuiltIn(_) => None,
            Source::Custom(custom) => Some(custom),
        }
    }

    pub(crate) fn has_subresource(&self, name: &str) -> bool {
        self.subresources.iter().any(|known| known == name)
    }

    pub(crate) fn names(&self) -> NameRule {
        self.built_in().map_or(NameRule::Subdomain, |built_in| built_in.names)
    }

    /// Whether a PUT without a resourceVersion is taken
    pub(crate) fn takes_unconditional_updates(&self) -> bool {
        self.built_in().is_some_and(|built_in| built_in.unconditional_update)
    }

    /// Whether a PUT of a missing object makes it
    pub(crate) fn creates_on_update(&self) -> bool {
        self.built_in().is_some_and(|built_in| built_in.create_on_update)
    }

    /// What errors about the resource show: its plural
    pub(crate) fn subject<'a>(&'a self, name: &'a str) -> Subject<'a> {
        Subject { group: self.group(), what: self.plural(), name }
    }

    /// What errors about the object's content show: its kind
    pub(crate) fn object<'a>(&'a self, name: &'a str) -> Subject<'a> {
        Subject { group: &self.key.group, what: &self.kind, name }
    }
}

// === impl Kinds ===

impl Kinds {
    /// All built-in kinds
    pub(crate) fn built_in() -> Self {
        // read once: servers come and go, and their schemas are large
        static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
            let mut kinds = Kinds::default();
            for built_in in built_in::ALL {
                kinds.insert(Kind::of_built_in(built_in, open_api::schema(built_in.schema)));
            }
            kinds
        });
        KINDS.clone()
    }

    /// Adds a kind; one that is not served is only where its objects are kept
    pub(crate) fn insert(&mut self, kind: Kind) {
        let path = (kind.group().to_owned(), kind.version.clone(), kind.plural().to_owned());
        self.by_path.insert(path, Arc::new(kind));
    }

    /// Removes all versions of a resource
    pub(crate) fn remove(&mut self, key: &ResourceKey) {
        self.by_path.retain(|_, kind| kind.key != *key);
    }

    /// The kind below `/apis/GROUP/VERSION/PLURAL`
    pub(crate) fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        let found = self.by_path.get(&(group.to_owned(), version.to_owned(), plural.to_owned()));
        found.filter(|kind| kind.is_served)
    }

    /// Any served version of a resource
    pub(crate) fn any_version(&self, key: &ResourceKey) -> Option<&Arc<Kind>> {
        self.by_path.values().find(|kind| kind.key == *key)
    }

    /// The kind that objects with this `apiVersion` and `kind` are of
    pub(crate) fn of_object(&self, api_version: &str, kind: &str) -> Option<&Arc<Kind>> {
        self.by_path.values().find(|known| known.kind == kind && known.api_version() == api_version)
    }

    /// All kinds that are served, by group, version and plural
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.by_path.values().filter(|kind| kind.is_served)
    }

    /// The version in which objects of a resource are stored
    pub(crate) fn storage(&self, key: &ResourceKey) -> Option<&Arc<Kind>> {
        let of_key = |kind: &&Arc<Kind>| kind.key == *key;
        let is_storage = |kind: &&Arc<Kind>| kind.custom().is_none_or(|custom| custom.is_storage);
        self.by_path.values().find(|kind| of_key(kind) && is_storage(kind))
    }
}
