//! What a person needs to understand a failed case without running it again

use std::fmt::Write;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};

use crate::failure::Failure;
use crate::table::table;
use crate::world::World;

/// Lines of each operator's log
const LOG_LINES: usize = 60;
/// Requests, the last ones
const REQUESTS: usize = 120;

/// The reason, the operators' logs, the objects and the requests of a case's namespace
pub(crate) async fn explain(world: &World, why: &str) -> String {
    let mut text = why.to_owned();
    for (name, log) in world.operator_logs(LOG_LINES) {
        section(&mut text, &format!("end of the log of operator {name}"), &log);
    }
    let pods = format!("/api/v1/namespaces/{}/pods", world.namespace());
    let events = format!("/apis/events.k8s.io/v1/namespaces/{}/events", world.namespace());
    for (title, path) in [("pods", pods), ("events", events)] {
        section(&mut text, title, &rows(world, &path).await);
    }
    section(
        &mut text,
        "custom resources",
        &custom_resources(world).await.unwrap_or_else(|why| why.to_string()),
    );
    let entries = world.audit().unwrap_or_default();
    let last = &entries[entries.len().saturating_sub(REQUESTS)..];
    let requests: Vec<String> = last.iter().map(ToString::to_string).collect();
    section(&mut text, &format!("last {} of {} requests", last.len(), entries.len()), &requests.join("\n"));
    text
}

async fn custom_resources(world: &World) -> Result<String, Failure> {
    let definitions: Api<CustomResourceDefinition> = Api::all(world.client());
    let mut text = String::new();
    for definition in definitions.list(&ListParams::default()).await? {
        let kind = ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk(&definition.spec.group, "v1", &definition.spec.names.kind),
            &definition.spec.names.plural,
        );
        let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), &kind);
        for object in api.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default() {
            text.push_str(&serde_saphyr::to_string(&object)?);
        }
    }
    Ok(text)
}

/// What is listed at a path, a line an object; here a failure is worth showing too
async fn rows(world: &World, path: &str) -> String {
    match table(world, path).await {
        Ok(table) => {
            let rows = table.rows.iter().map(|row| row.join("  "));
            rows.collect::<Vec<_>>().join("\n")
        }
        Err(why) => why.to_string(),
    }
}

fn section(text: &mut String, title: &str, content: &str) {
    let content = if content.trim().is_empty() { "(none)" } else { content.trim_end() };
    write!(text, "\n--- {title}\n{content}").expect("writing to a string does not fail");
}
