//! The reference of all attributes, as the page `docs/reference/attributes.md` has it
//!
//! It owns what a word does to the `CustomResourceDefinition`, and the examples, which compile as doctests of the
//! facade. Words, forms and meanings are the tables'.

use std::fmt::Write as _;

use super::{Attribute, CEL, COLUMN, CONTAINER, Constraint, FIELD, NESTED, RBAC, SPEC_FIELD, WEBHOOK};
use crate::{KnobKind, Knobs, Role};

const HEAD: &str = "\
# Attributes

What `#[healing(...)]` takes, on the struct of a spec (`#[derive(HealingResource)]`), on structs and enums in it
(`#[derive(HealingSchema)]`) and on their fields. What serde or schemars have a word for is said with theirs: `#[serde(rename_all =
\"camelCase\")]`, `#[serde(rename = \"...\")]`, `#[serde(flatten)]`. Documentation comments become descriptions. A field is required unless
it is an `Option` or has a default. Every mistake is a compile error at its word. This page is made from the tables in
`healing-model/src/attribute.rs` by `UPDATE_REFERENCE=1 cargo test -p healing-model reference`.
";

const CONTAINER_EXAMPLE: &str = r#"
```rust
use healing::prelude::*;
use k8s_openapi::api::core::v1::{ConfigMap, Service};

/// A cache.
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Cache")]
#[healing(plural = "caches", singular = "cache", short_name = "ch", short_names("cc", "cch"))]
#[healing(category = "all", categories("data", "example"), scope = "Cluster", pod_namespace = "caches")]
#[healing(finalizer = "example.com/cleanup-protection", age_column = true)]
#[healing(column(name = "Healthy", path = ".status.healthyReplicas", type = "integer", description = "Healthy pods", priority = 1))]
#[healing(policy(max_in_flight = 2, startup_timeout = "10m", scale_down = "oldest-first"))]
#[healing(served = true, storage = true, deprecated = "Cache v1 is deprecated; use v2")]
#[healing(crd_annotation("example.com/team", "storage"), crd_label("example.com/tier", "data"))]
#[healing(rbac(groups(""), resources("configmaps"), names("settings"), verbs("get")))]
#[healing(owns(ConfigMap, Service, k8s_openapi::api::policy::v1::PodDisruptionBudget))]
#[healing(assess, webhook(failure_policy = "Fail", timeout_seconds = 10))]
#[healing(rule(low <= high, "low must not exceed high"))]
#[healing(exactly_one_of(disk, memory), at_most_one_of(owner, team))]
#[healing(cel("self.low + self.high < 1000", "too much", reason = "FieldValueForbidden", field_path = ".high"))]
#[healing(validate = check)]
struct CacheSpec {
    #[healing(replicas)]
    size: i32,
    low: i32,
    high: i32,
    disk: Option<String>,
    memory: Option<String>,
    owner: Option<String>,
    team: Option<String>,
}

fn check(spec: &CacheSpec, _old: Option<&CacheSpec>) -> Vec<healing::FieldError> {
    let odd = spec.size % 2 == 1;
    odd.then(|| healing::FieldError::invalid("spec.size", spec.size, "must be even")).into_iter().collect()
}
```
"#;

const FIELD_EXAMPLE: &str = r#"
```rust
use std::collections::{BTreeMap, BTreeSet};

use healing::prelude::*;

/// A port.
#[derive(HealingSchema, Clone, Debug)]
struct Port {
    #[healing(min_length = 1, max_length = 15, pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    name: String,
    #[healing(minimum = 1, maximum = 65535, default = 80)]
    port: i32,
}

/// A proxy.
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Proxy")]
struct ProxySpec {
    #[healing(replicas, minimum(1, "size must be at least 1"), column = "Size", default = 3)]
    size: i32,
    #[healing(exclusive_minimum = 0, exclusive_maximum = 100, multiple_of = 5)]
    share: i32,
    #[healing(format = "date-time", example = "2026-01-02T03:04:05Z", nullable)]
    until: Option<String>,
    #[healing(selectable, immutable)]
    region: String,
    #[healing(min_items = 1, max_items = 16, list_type = "map", list_map_key = "name")]
    ports: Vec<Port>,
    #[healing(max_items = 8, items(max_length = 63))]
    zones: BTreeSet<String>,
    #[healing(min_properties = 1, max_properties = 8, map_type = "atomic", values(max_length = 63))]
    #[healing(default = BTreeMap::from([("tier".to_owned(), "web".to_owned())]))]
    labels: BTreeMap<String, String>,
    #[healing(preserve_unknown_fields, embedded_resource)]
    template: BTreeMap<String, String>,
    #[healing(rule(spare <= size, "spare must not exceed size"))]
    #[healing(cel("self % 2 == 0", "must be even", message_expression = "'not even: ' + string(self)"))]
    #[healing(cel("!oldSelf.hasValue() || self >= oldSelf.value()", "must not shrink", optional_old_self))]
    #[healing(validate = is_small)]
    spare: i32,
}

fn is_small(spare: &i32) -> Result<(), String> {
    if *spare < 10 { Ok(()) } else { Err("must be below 10".to_owned()) }
}
```
"#;

const ROLE_EXAMPLE: &str = r#"
```rust
use healing::prelude::*;

/// A farm that is tuned by who uses it.
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Farm")]
struct FarmSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(health_threshold)]
    at_least: Option<i32>,
    #[healing(failure_threshold, default = 5)]
    failures: i32,
    #[healing(min_ready_seconds)]
    min_ready_seconds: Option<i32>,
    #[healing(startup_timeout)]
    startup_timeout_seconds: Option<i32>,
    #[healing(unready_for)]
    unready_for_seconds: Option<i32>,
    #[healing(restart_threshold)]
    restarts: Option<i32>,
    #[healing(hold_grace)]
    hold_grace_seconds: Option<i32>,
    #[healing(stuck_terminating_after)]
    stuck_after_seconds: Option<i32>,
    #[healing(max_in_flight)]
    heals: Option<IntOrString>,
    #[healing(max_unhealthy)]
    at_most_unhealthy: Option<IntOrString>,
    #[healing(storm_pause)]
    pause_seconds: Option<i32>,
    #[healing(heal_backoff)]
    wait_seconds: Option<i32>,
    #[healing(heal_backoff_max)]
    wait_max_seconds: Option<i32>,
    #[healing(min_healthy_period)]
    forget_after_seconds: Option<i32>,
    #[healing(scale_down)]
    order: Option<String>,
    #[healing(ready_removal)]
    removal: Option<String>,
    #[healing(failed_pod_history)]
    history: Option<i32>,
    #[healing(replacement)]
    once: Option<String>,
    #[healing(force_delete)]
    force: Option<bool>,
    #[healing(max_unavailable)]
    fewer: Option<IntOrString>,
    #[healing(max_surge)]
    more: Option<IntOrString>,
    #[healing(progress_deadline)]
    progress_seconds: Option<i32>,
    #[healing(leader_warmup)]
    warmup_seconds: Option<i32>,
    #[healing(revision_history)]
    templates: Option<i32>,
    #[healing(auto_rollback)]
    goes_back: Option<bool>,
    #[healing(paused)]
    paused: Option<bool>,
}
```
"#;

/// What words without a keyword of their own do to the definition
const EFFECTS: &[(&str, &str)] = &[
    ("group", "`spec.group`"),
    ("version", "`versions[].name`"),
    ("kind", "`names.kind`, `names.listKind`"),
    ("plural", "`names.plural`, `metadata.name`"),
    ("singular", "`names.singular`"),
    ("short_name", "`names.shortNames`"),
    ("short_names", "`names.shortNames`"),
    ("category", "`names.categories`"),
    ("categories", "`names.categories`"),
    ("scope", "`spec.scope`"),
    ("age_column", "the last of `additionalPrinterColumns`"),
    ("column", "`additionalPrinterColumns`"),
    ("served", "`versions[].served`"),
    ("storage", "`versions[].storage`"),
    ("deprecated", "`versions[].deprecated`, `deprecationWarning`"),
    ("crd_annotation", "`metadata.annotations`"),
    ("crd_label", "`metadata.labels`"),
    ("rule", "`x-kubernetes-validations`"),
    ("exactly_one_of", "`x-kubernetes-validations`"),
    ("at_most_one_of", "`x-kubernetes-validations`"),
    ("cel", "`x-kubernetes-validations`"),
    ("immutable", "`x-kubernetes-validations`, with `oldSelf`"),
    ("replicas", "`subresources.scale`"),
    ("default", "`default`"),
    ("minimum", "`minimum`, or a rule where it has a message"),
    ("maximum", "`maximum`, or a rule where it has a message"),
    ("exclusive_minimum", "`minimum`, `exclusiveMinimum`"),
    ("exclusive_maximum", "`maximum`, `exclusiveMaximum`"),
    ("items", "the same keywords in `items`"),
    ("values", "the same keywords in `additionalProperties`"),
    ("selectable", "`selectableFields`"),
    ("scale_down", "`enum` on a `String`"),
    ("ready_removal", "`enum` on a `String`"),
    ("replacement", "`enum` on a `String`"),
];

/// The whole page
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    let on_struct = |word: &str| if NESTED.contains(&word) { "spec, nested" } else { "spec" };
    let roles = |row: &&Attribute| Role::ALL.iter().any(|role| role.as_str() == row.name);
    let on_field = |word: &str| if SPEC_FIELD.contains(&word) { "spec" } else { "spec, nested" };
    let fields: Vec<Attribute> = FIELD.iter().filter(|row| !roles(row)).copied().collect();
    let played: Vec<Attribute> = FIELD.iter().filter(roles).copied().collect();
    section(&mut page, "On the struct", CONTAINER, &on_struct);
    page.push_str(CONTAINER_EXAMPLE);
    section(&mut page, "On a field", &fields, &on_field);
    page.push_str(FIELD_EXAMPLE);
    section(&mut page, "Roles of a field", &played, &|_| "spec");
    page.push_str(ROLE_EXAMPLE);
    for (title, table) in [("column", COLUMN), ("cel", CEL), ("rbac", RBAC), ("webhook", WEBHOOK)] {
        section(&mut page, &format!("In `{title}(...)`"), table, &|_| "");
    }
    page
}

fn section(page: &mut String, title: &str, table: &[Attribute], place: &dyn Fn(&str) -> &'static str) {
    let inner = table.iter().all(|row| place(row.name).is_empty());
    let (head, line) = if inner { ("", "") } else { (" place | in the definition |", "---|---|") };
    let _ = write!(
        page,
        "\n## {title}\n\n| word | written as | value | default |{head} meaning |\n|---|---|---|---|{line}---|\n"
    );
    for row in table {
        let (meaning, default) = meaning(row.doc);
        let middle =
            if inner { String::new() } else { format!(" {} | {} |", place(row.name), effect(row.name)) };
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {} | {default} |{middle} {meaning} |",
            row.name,
            row.form,
            value(row)
        );
    }
}

/// A meaning, and the default that is told behind it
fn meaning(doc: &str) -> (&str, &str) {
    match doc.split_once("; default") {
        Some((meaning, default)) => (meaning, default.trim_start_matches(':').trim()),
        None => match doc.strip_suffix("; required") {
            Some(meaning) => (meaning, "required"),
            None => (doc, "none"),
        },
    }
}

/// What stands behind a word, in words
fn value(row: &Attribute) -> &'static str {
    if let Some(role) = Role::ALL.iter().find(|role| role.as_str() == row.name) {
        return match role.types() {
            types if types.contains("bool") => "on a `bool`",
            types if types.contains("IntOrString") => "on an `IntOrString` or an `i32`",
            types if types.contains("String") => "on a `String` or an enum",
            _ => "on an `i32`",
        };
    }
    let Some(behind) = row.form.strip_prefix(row.name) else { return "" };
    match behind.trim_start_matches(' ') {
        "" => "none",
        rest if row.name == "default" && rest.starts_with('=') => "an expression of the field's type",
        rest if row.name == "example" && rest.starts_with('=') => "a literal",
        rest if rest.starts_with("= \"") => "text",
        rest if rest.starts_with("= true") || rest.starts_with("= false") => "true or false",
        rest if rest.starts_with("= ") && rest[2..].starts_with(|c: char| c.is_ascii_digit()) => "a number",
        rest if rest.starts_with("= ") => "a path",
        rest if rest.starts_with('(') => "a list",
        _ => "none, or text",
    }
}

fn effect(word: &str) -> String {
    let known = EFFECTS.iter().find(|(known, _)| *known == word).map(|(_, effect)| (*effect).to_owned());
    let keyword = Constraint::find(word).map(|constraint| format!("`{}`", constraint.keyword));
    let range = Role::ALL.iter().find(|role| role.as_str() == word).and_then(|role| role.knob());
    let range = range.map(|knob| match knob.kind {
        KnobKind::Amount if knob.max == Knobs::UNBOUNDED => format!("`minimum` {}, `pattern`", knob.min),
        KnobKind::Amount => format!("`minimum` {}, `maximum` {}, `pattern`", knob.min, knob.max),
        KnobKind::Flag => "none".to_owned(),
        _ => format!("`minimum` {}, `maximum` {}", knob.min, knob.max),
    });
    known.or(keyword).or(range).unwrap_or_else(|| "none".to_owned())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{super::CONSTRAINTS, *};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "no option: it tells whether the page is to be written")]
    fn the_reference_is_the_page() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/attributes.md");
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(&path, reference()).expect("the page can be written");
        }
        let page = fs::read_to_string(&path).expect("the page exists");
        assert!(page == reference(), "UPDATE_REFERENCE=1 cargo test -p healing-model reference");
    }

    #[test]
    fn every_word_is_in_an_example() {
        let examples = [CONTAINER_EXAMPLE, FIELD_EXAMPLE, ROLE_EXAMPLE].concat();
        let is_in = |word: &str| {
            examples.match_indices(word).any(|(at, _)| {
                let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
                edge(examples[..at].chars().next_back()) && edge(examples[at + word.len()..].chars().next())
            })
        };
        for table in [CONTAINER, FIELD, COLUMN, CEL, RBAC, WEBHOOK] {
            for row in table {
                assert!(is_in(row.name), "{}", row.name);
            }
        }
        for constraint in CONSTRAINTS {
            assert!(is_in(constraint.word), "{}", constraint.word);
        }
    }

    #[test]
    fn every_effect_is_one_of_a_word() {
        for (word, _) in EFFECTS {
            let known = CONTAINER.iter().chain(FIELD).any(|row| row.name == *word);
            assert!(known, "{word}");
        }
    }
}
