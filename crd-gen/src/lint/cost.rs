//! Which field to bound so that a rule costs less: each one is tried
//!
//! What a rule costs is estimated by the schema's own crate, as an API server does.

use serde_json::{Value, json};
use structural_schema::{Schema, cel};

use super::spot::{self, Spot, field_of};
use crate::definition::Definition;

/// Limits that a field would be likely to get
const LIKELY: &[(&str, u64)] = &[("maxItems", 16), ("maxProperties", 16), ("maxLength", 63)];

/// What to do about a rule at a place of a definition that costs too much
pub(super) fn advice(definition: &Definition, path: &str) -> String {
    let simpler = "make the rule simpler: it must not go over lists within lists";
    let Some((version, schema)) = schema_at(definition, path) else { return simpler.to_owned() };
    let root = format!("{version}.schema.openAPIV3Schema");
    let spots = spot::all(&root, schema);
    let place = path.split(".x-kubernetes-validations").next().unwrap_or(path);
    let is_related = |spot: &&Spot<'_>| {
        spot.missing_bound().is_some()
            && (place.starts_with(spot.path.as_str()) || spot.path.starts_with(place))
    };
    let related: Vec<&Spot<'_>> = spots.iter().filter(is_related).collect();
    let helps = |spots: &[&Spot<'_>]| {
        let mut bounded = schema.clone();
        for spot in spots {
            bound(&mut bounded, &spot.path[root.len()..]);
        }
        !is_refused(&bounded, &root, path)
    };
    let alone: Vec<String> = related.iter().filter(|spot| helps(&[*spot])).map(|spot| shown(spot)).collect();
    if !alone.is_empty() {
        return format!("give {} a limit, as low as it can be", alone.join(" or "));
    }
    if !related.is_empty() && helps(&related) {
        let all: Vec<String> = related.iter().map(|spot| shown(spot)).collect();
        return format!("give limits, as low as they can be, to {}", all.join(", "));
    }
    simpler.to_owned()
}

fn shown(spot: &Spot<'_>) -> String {
    let field = field_of(&spot.path);
    let field = if field.is_empty() { "the object" } else { &field };
    format!("`{field}` ({})", spot.missing_bound().unwrap_or_default())
}

fn schema_at<'d>(definition: &'d Definition, path: &str) -> Option<(String, &'d Value)> {
    let index = path.strip_prefix("spec.versions[")?.split(']').next()?;
    let version = definition.versions().get(index.parse::<usize>().ok()?)?;
    Some((format!("spec.versions[{index}]"), &version["schema"]["openAPIV3Schema"]))
}

fn is_refused(schema: &Value, root: &str, path: &str) -> bool {
    let Ok(schema) = Schema::parse_at(schema, root) else { return true };
    cel::compile_at(&schema, root).iter().any(|error| error.field == path)
}

/// Gives the place below a schema a limit
fn bound(schema: &mut Value, path: &str) {
    let mut place = schema;
    let mut rest = path;
    while let Some(after) = rest.strip_prefix('.') {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        place = &mut place[&after[..end]];
        rest = &after[end..];
        if let Some((name, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            place = &mut place[name];
            rest = after;
        }
    }
    if let Some(key) = spot::missing_bound(place) {
        let likely = LIKELY.iter().find(|(known, _)| *known == key);
        place[key] = json!(likely.map_or(1, |(_, limit)| *limit));
    }
}
