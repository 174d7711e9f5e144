//! What was written: every attribute with its tokens, nothing decided
//!
//! What is absent is absent here; defaults are `lower`'s business.

use healing_model::{
    CelRule, ColumnType, FailurePolicy, KnobSpec, KnobValue, PolicyRule, Role, Scope, attribute::Constraint,
};
use proc_macro2::TokenStream;
use serde_json::Value;
use syn::{DeriveInput, Expr, Ident};

use crate::spanned::Spanned;

/// What a struct is to become
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The spec of a resource
    Resource,
    /// A struct in a spec or in a status
    Nested,
}

/// One struct as written
pub(crate) struct Draft<'i> {
    /// What it is to become
    pub(crate) target: Target,
    /// The struct itself
    pub(crate) item: &'i DeriveInput,
    /// Attributes on the struct
    pub(crate) container: ContainerDraft,
    /// Fields with their attributes; `None` if the item has a shape that cannot be a spec
    pub(crate) fields: Option<Vec<FieldDraft<'i>>>,
}

/// Attributes on the struct
#[derive(Default)]
pub(crate) struct ContainerDraft {
    pub(crate) group: Option<Spanned<String>>,
    pub(crate) version: Option<Spanned<String>>,
    pub(crate) kind: Option<Spanned<String>>,
    pub(crate) plural: Option<Spanned<String>>,
    pub(crate) singular: Option<Spanned<String>>,
    pub(crate) short_names: Vec<Spanned<String>>,
    pub(crate) categories: Vec<Spanned<String>>,
    pub(crate) scope: Option<Spanned<Scope>>,
    pub(crate) pod_namespace: Option<Spanned<String>>,
    pub(crate) finalizer: Option<Spanned<String>>,
    pub(crate) status: Option<Spanned<syn::Path>>,
    pub(crate) age_column: Option<Spanned<bool>>,
    pub(crate) columns: Vec<ColumnDraft>,
    pub(crate) knobs: Vec<Spanned<KnobDraft>>,
    pub(crate) served: Option<Spanned<bool>>,
    pub(crate) storage: Option<Spanned<bool>>,
    /// The warning, where one is given
    pub(crate) deprecated: Option<Spanned<Option<String>>>,
    pub(crate) crd_annotations: Vec<PairDraft>,
    pub(crate) crd_labels: Vec<PairDraft>,
    pub(crate) rbac: Vec<RbacDraft>,
    /// Kinds beside the pods
    pub(crate) owns: Vec<syn::Path>,
    /// Whether the type judges its pods itself
    pub(crate) assess: Option<Spanned<()>>,
    pub(crate) webhook: Option<Spanned<WebhookDraft>>,
    pub(crate) rules: Vec<RuleDraft>,
    pub(crate) one_of: Vec<OneOfDraft>,
    pub(crate) cel: Vec<CelRule>,
    pub(crate) validate: Option<Spanned<syn::Path>>,
    /// Keys that were there, readable or not: what is unreadable is not missing
    pub(crate) seen: Vec<String>,
    /// How serde names the fields
    pub(crate) rename_all: Option<Spanned<String>>,
}

/// One `crd_annotation(...)` or `crd_label(...)`
pub(crate) struct PairDraft {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Spanned<String>,
}

/// One `rbac(...)`
pub(crate) struct RbacDraft {
    pub(crate) rule: Spanned<PolicyRule>,
}

/// `webhook(...)`
#[derive(Default)]
pub(crate) struct WebhookDraft {
    pub(crate) failure_policy: Option<Spanned<FailurePolicy>>,
    pub(crate) timeout_seconds: Option<Spanned<i64>>,
}

/// One `column(...)`
pub(crate) struct ColumnDraft {
    /// The word `column`
    pub(crate) key: Ident,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) path: Option<Spanned<String>>,
    pub(crate) kind: Option<Spanned<ColumnType>>,
    pub(crate) description: Option<Spanned<String>>,
    pub(crate) priority: Option<Spanned<i32>>,
    /// Whether something in it was unreadable: what follows from that is not reported
    pub(crate) broken: bool,
}

/// One knob of `policy(...)`
pub(crate) struct KnobDraft {
    /// Its row in the model's table
    pub(crate) spec: &'static KnobSpec,
    /// Its value
    pub(crate) value: KnobValue,
}

/// One field as written
pub(crate) struct FieldDraft<'i> {
    /// The field itself
    pub(crate) field: &'i syn::Field,
    /// Its name in Rust
    pub(crate) ident: &'i Ident,
    pub(crate) roles: Vec<Spanned<Role>>,
    /// A literal is known; another expression when the program runs
    pub(crate) default: Option<Spanned<Option<Value>>>,
    pub(crate) minimum: Option<Spanned<BoundDraft>>,
    pub(crate) maximum: Option<Spanned<BoundDraft>>,
    pub(crate) constraints: Vec<Spanned<ConstraintDraft>>,
    pub(crate) items: Option<ItemsDraft>,
    pub(crate) selectable: Option<Spanned<()>>,
    pub(crate) column: Option<Spanned<String>>,
    pub(crate) rules: Vec<RuleDraft>,
    pub(crate) cel: Vec<CelRule>,
    /// The word `immutable`
    pub(crate) immutable: Option<Ident>,
    pub(crate) validate: Option<Spanned<syn::Path>>,
    /// What serde does with the field
    pub(crate) serde: SerdeDraft,
}

/// One constraint
pub(crate) struct ConstraintDraft {
    /// Its row in the model's table
    pub(crate) constraint: &'static Constraint,
    pub(crate) value: Value,
}

/// `items(...)` or `values(...)`
pub(crate) struct ItemsDraft {
    /// The word
    pub(crate) key: Ident,
    pub(crate) constraints: Vec<Spanned<ConstraintDraft>>,
}

/// `minimum` or `maximum`
pub(crate) struct BoundDraft {
    pub(crate) value: i64,
    /// The message of the rule that speaks for the bound
    pub(crate) message: Option<Spanned<String>>,
}

/// One `rule(...)`
pub(crate) struct RuleDraft {
    pub(crate) expression: Expr,
    pub(crate) message: Spanned<String>,
}

/// `exactly_one_of(a, b)` or `at_most_one_of(a, b)`
pub(crate) struct OneOfDraft {
    /// The word
    pub(crate) key: Ident,
    /// Whether none is refused too
    pub(crate) exactly: bool,
    /// The fields
    pub(crate) fields: Vec<Ident>,
}

/// What serde's attributes on a field mean for its name and its presence
#[derive(Default)]
pub(crate) struct SerdeDraft {
    pub(crate) rename: Option<Spanned<String>>,
    /// The field is neither written nor read
    pub(crate) skip: bool,
    pub(crate) flatten: bool,
    /// The word `default`, where serde fills the field in
    pub(crate) default: Option<Ident>,
    /// Whether the user decides when the field is written
    pub(crate) skip_serializing: bool,
}

// === impl ColumnDraft ===

impl ColumnDraft {
    /// A column of which nothing is known yet
    pub(crate) fn new(key: &Ident) -> Self {
        let key = key.clone();
        Self { key, name: None, path: None, kind: None, description: None, priority: None, broken: false }
    }
}

// === impl FieldDraft ===

impl FieldDraft<'_> {
    /// The tokens that are shown for an error about the type
    pub(crate) fn type_tokens(&self) -> TokenStream {
        quote::ToTokens::to_token_stream(&self.field.ty)
    }
}
