//! The attribute table: every word that `#[healing(...)]` takes, where, in which form, and what it means
//!
//! The one list for parsing, for "did you mean" and for the reference. It owns words; what a value must look like is
//! checked in `blueprint/check`. The words of `policy(...)` are the knobs, which have a table of their own.

mod constraint;
mod reference;
mod suggest;

pub use constraint::{CONSTRAINTS, Constraint, ConstraintForm, ITEM_WORDS, Takes};
pub use reference::reference;
pub use suggest::suggest;

/// One word of `#[healing(...)]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The word
    pub name: &'static str,
    /// How it is written, as shown in messages and in the reference
    pub form: &'static str,
    /// What it means, as one phrase
    pub doc: &'static str,
}

/// Words on the struct
pub const CONTAINER: &[Attribute] = &[
    row("group", "group = \"example.com\"", "API group; required"),
    row("version", "version = \"v1\"", "API version; required"),
    row("kind", "kind = \"HealingService\"", "kind, and name of the generated type; required"),
    row("plural", "plural = \"healingservices\"", "plural name; default: from the kind"),
    row("singular", "singular = \"healingservice\"", "singular name; default: the kind in lower case"),
    row("short_name", "short_name = \"hs\"", "short name for kubectl; may be repeated"),
    row("short_names", "short_names(\"hs\", \"heal\")", "several short names at once"),
    row("category", "category = \"all\"", "category for `kubectl get`; may be repeated"),
    row("categories", "categories(\"all\", \"apps\")", "several categories at once"),
    row("scope", "scope = \"Namespaced\"", "Namespaced or Cluster; default Namespaced"),
    row(
        "pod_namespace",
        "pod_namespace = \"blogs\"",
        "namespace of the pods and objects of a cluster-scoped resource; required with it, and for it alone",
    ),
    row("finalizer", "finalizer = \"example.com/cleanup-protection\"", "finalizer that protects clean-up"),
    row(
        "status",
        "status = MyStatus",
        "type of the status, which embeds `healing::Status` flattened; default `healing::Status`",
    ),
    row("age_column", "age_column = false", "whether the column Age is shown last; default true"),
    row(
        "column",
        "column(name = \"Healthy\", path = \".status.healthyReplicas\")",
        "a printer column; may be repeated",
    ),
    row("policy", "policy(max_in_flight = 2)", "fixed knobs of healing"),
    row("served", "served = true", "whether the version is served; default true"),
    row("storage", "storage = true", "whether objects are stored in the version; default true"),
    row(
        "deprecated",
        "deprecated` or `deprecated = \"use v2\"",
        "whether the API server warns each client, and with which text",
    ),
    row(
        "crd_annotation",
        "crd_annotation(\"example.com/team\", \"storage\")",
        "an annotation of the definition, never of objects; may be repeated",
    ),
    row(
        "crd_label",
        "crd_label(\"example.com/team\", \"storage\")",
        "a label of the definition, never of objects; may be repeated",
    ),
    row(
        "rbac",
        "rbac(groups(\"apps\"), resources(\"deployments\"), verbs(\"get\", \"list\"))",
        "an extra rule of the operator's role; may be repeated",
    ),
    row(
        "owns",
        "owns(ConfigMap, Service)",
        "kinds of `Workload::objects`, as types of k8s-openapi that live in a namespace; may be repeated",
    ),
    row(
        "assess",
        "assess",
        "`Workload::assess` gives verdicts of your own on the health of pods; pods are kept in memory whole for it",
    ),
    row(
        "webhook",
        "webhook(failure_policy = \"Fail\", timeout_seconds = 10)",
        "what the configuration of the validating webhook says",
    ),
    row("rule", "rule(low <= high, \"message\")", "what must hold, reported at the struct; may be repeated"),
    row("exactly_one_of", "exactly_one_of(a, b)", "of these optional fields one is set; may be repeated"),
    row(
        "at_most_one_of",
        "at_most_one_of(a, b)",
        "of these optional fields one is set or none; may be repeated",
    ),
    row(
        "cel",
        "cel(\"self.a < self.b\", \"message\")",
        "a rule in CEL, for the API server alone; may be repeated",
    ),
    row("validate", "validate = path", "a function that checks the struct, in Rust alone"),
];

/// Words on the struct that are for nested structs too
pub const NESTED: &[&str] = &["rule", "exactly_one_of", "at_most_one_of", "cel"];

/// Words on a field that are for the fields of the spec itself, beside the roles
pub const SPEC_FIELD: &[&str] = &["column", "validate"];

/// Words on a field
pub const FIELD: &[Attribute] = &[
    row("replicas", "replicas", "role: desired number of pods; on exactly one field"),
    row("health_threshold", "health_threshold", "role: heal while fewer pods than this are healthy"),
    row("failure_threshold", "failure_threshold", "role: failed heals in a row before the breaker opens"),
    row("min_ready_seconds", "min_ready_seconds", "role: seconds healthy before a pod is available"),
    row("startup_timeout", "startup_timeout", "role: seconds that starting lasts at most"),
    row("unready_for", "unready_for", "role: seconds of Ready=False without a break until a pod is due"),
    row("restart_threshold", "restart_threshold", "role: restarts until a crash loop is due"),
    row("hold_grace", "hold_grace", "role: seconds until a held cause is reported as Degraded"),
    row(
        "stuck_terminating_after",
        "stuck_terminating_after",
        "role: seconds until a terminating pod counts as stuck",
    ),
    row("max_in_flight", "max_in_flight", "role: open heals at a time"),
    row("max_unhealthy", "max_unhealthy", "role: unhealthy pods above which heals wait"),
    row("storm_pause", "storm_pause", "role: seconds that heals wait at most for that to end"),
    row("heal_backoff", "heal_backoff", "role: seconds between two heals of a slot, doubling"),
    row("heal_backoff_max", "heal_backoff_max", "role: upper bound of that wait in seconds"),
    row("min_healthy_period", "min_healthy_period", "role: seconds healthy until attempts are forgotten"),
    row(
        "scale_down",
        "scale_down",
        "role: order in which healthy pods leave, `newest-first` or `oldest-first`",
    ),
    row(
        "ready_removal",
        "ready_removal",
        "role: how Ready pods leave on scale-down and in a rollout, `delete` or `evict`",
    ),
    row("failed_pod_history", "failed_pod_history", "role: finished pods kept per resource"),
    row(
        "replacement",
        "replacement",
        "role: what the old pod of a slot must be before the next one is made, `terminating` or `gone`",
    ),
    row(
        "force_delete",
        "force_delete",
        "role: whether stuck pods of a node that is fenced or gone are deleted without their grace period",
    ),
    row(
        "max_unavailable",
        "max_unavailable",
        "role: pods that may be missing while a template is rolled out",
    ),
    row("max_surge", "max_surge", "role: pods beyond the desired number while a template is rolled out"),
    row("progress_deadline", "progress_deadline", "role: seconds that a new spec may stand still"),
    row(
        "leader_warmup",
        "leader_warmup",
        "role: seconds after a start or a takeover in which nothing is removed",
    ),
    row(
        "revision_history",
        "revision_history",
        "role: stored templates kept per resource, beyond those in use",
    ),
    row(
        "auto_rollback",
        "auto_rollback",
        "role: whether a template that does not work is given up for the last one that did",
    ),
    row("paused", "paused", "role: while true no pod is created or removed; the status goes on"),
    row("default", "default = 3", "value where the field is left out, as any expression of its type"),
    row(
        "minimum",
        "minimum = 1` or `minimum(1, \"message\")",
        "smallest value, with a message of its own if given",
    ),
    row(
        "maximum",
        "maximum = 9` or `maximum(9, \"message\")",
        "largest value, with a message of its own if given",
    ),
    row("exclusive_minimum", "exclusive_minimum = 0", "bound below all values"),
    row("exclusive_maximum", "exclusive_maximum = 1", "bound above all values"),
    row("multiple_of", "multiple_of = 5", "what values are a multiple of"),
    row("min_length", "min_length = 1", "fewest characters of text"),
    row("max_length", "max_length = 63", "most characters of text"),
    row("pattern", "pattern = \"^[a-z]+$\"", "regular expression, in Go's dialect, that text matches"),
    row("format", "format = \"date-time\"", "what text is, in the API server's words"),
    row("min_items", "min_items = 1", "fewest items of a list"),
    row("max_items", "max_items = 16", "most items of a list"),
    row(
        "list_type",
        "list_type = \"map\"",
        "how lists are merged: atomic, set or map; default atomic, set of a set",
    ),
    row(
        "list_map_key",
        "list_map_key = \"name\"",
        "field that tells the items of a list map apart; may be repeated",
    ),
    row("min_properties", "min_properties = 1", "fewest entries of a map"),
    row("max_properties", "max_properties = 16", "most entries of a map"),
    row(
        "map_type",
        "map_type = \"atomic\"",
        "how maps and structs are merged: granular or atomic; default granular",
    ),
    row("nullable", "nullable", "a null is kept; without it the API server drops a null"),
    row(
        "preserve_unknown_fields",
        "preserve_unknown_fields",
        "fields that the schema does not know are kept",
    ),
    row("embedded_resource", "embedded_resource", "the value is a whole Kubernetes object"),
    row("example", "example = \"eu-west\"", "an example for the documentation"),
    row("items", "items(min_length = 1, max_length = 63)", "constraints of each item of a list"),
    row("values", "values(min_length = 1, max_length = 63)", "constraints of each value of a map"),
    row("selectable", "selectable", "objects can be selected by the value: `kubectl get --field-selector`"),
    row("column", "column = \"Replicas\"", "a printer column with this heading"),
    row("rule", "rule(minimum_size <= size, \"message\")", "what must hold; may be repeated"),
    row("immutable", "immutable", "the value cannot change once the object is there"),
    row(
        "cel",
        "cel(\"self.size() > 0\", \"message\")",
        "a rule in CEL, for the API server alone; may be repeated",
    ),
    row("validate", "validate = path", "a function that checks the value, in Rust alone"),
];

/// Words in `cel(...)`, behind the rule and the message
pub const CEL: &[Attribute] = &[
    row(
        "message_expression",
        "message_expression = \"'not ' + string(self)\"",
        "the message as an expression in CEL",
    ),
    row("reason", "reason = \"FieldValueForbidden\"", "kind of error; default FieldValueInvalid"),
    row("field_path", "field_path = \".size\"", "where a broken rule is reported, from `self`"),
    row(
        "optional_old_self",
        "optional_old_self",
        "`oldSelf` is an optional value: the rule holds for new objects too",
    ),
];

/// Words in `column(...)`
pub const COLUMN: &[Attribute] = &[
    row("name", "name = \"Healthy\"", "heading; required"),
    row("path", "path = \".status.healthyReplicas\"", "JSON path from the object's root; required"),
    row(
        "type",
        "type = \"integer\"",
        "boolean, date, integer, number or string; default: the type of the field at the path",
    ),
    row("description", "description = \"Healthy pods\"", "explanation for clients that show one"),
    row("priority", "priority = 1", "above 0 the column is shown by `-o wide` only; default 0"),
];

/// Words in `rbac(...)`
pub const RBAC: &[Attribute] = &[
    row("groups", "groups(\"apps\")", "API groups, the empty one for the core group; required"),
    row("resources", "resources(\"deployments\")", "plural names of resources; required"),
    row("names", "names(\"settings\")", "names of single objects; default: all"),
    row("verbs", "verbs(\"get\", \"list\")", "what may be done; required"),
];

/// Words in `webhook(...)`
pub const WEBHOOK: &[Attribute] = &[
    row(
        "failure_policy",
        "failure_policy = \"Fail\"",
        "what happens to a write without an answer: Fail or Ignore; default Fail",
    ),
    row("timeout_seconds", "timeout_seconds = 10", "how long the API server waits, 1 to 30; default 10"),
];

/// The row of `name` in `table`
pub fn find(table: &[Attribute], name: &str) -> Option<Attribute> {
    table.iter().find(|attribute| attribute.name == name).copied()
}

/// The words of `table`, in its order
pub fn names(table: &[Attribute]) -> Vec<&'static str> {
    table.iter().map(|attribute| attribute.name).collect()
}

const fn row(name: &'static str, form: &'static str, doc: &'static str) -> Attribute {
    Attribute { name, form, doc }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KNOBS, Role};

    #[test]
    fn every_form_begins_with_its_word_and_every_word_is_there_once() {
        for table in [CONTAINER, FIELD, COLUMN, RBAC, WEBHOOK, CEL] {
            for (at, attribute) in table.iter().enumerate() {
                assert!(attribute.form.starts_with(attribute.name), "{}", attribute.name);
                assert!(table[..at].iter().all(|other| other.name != attribute.name), "{}", attribute.name);
            }
        }
        for (at, knob) in KNOBS.iter().enumerate() {
            assert!(KNOBS[..at].iter().all(|other| other.name != knob.name), "{}", knob.name);
        }
    }

    #[test]
    fn every_constraint_is_a_word_on_a_field() {
        for constraint in CONSTRAINTS {
            assert!(find(FIELD, constraint.word).is_some(), "{}", constraint.word);
        }
    }

    #[test]
    fn every_role_is_a_word_on_a_field() {
        for role in Role::ALL {
            assert!(find(FIELD, role.as_str()).is_some(), "{}", role.as_str());
        }
    }
}
