//! What a person needs to understand a failed case without running it again

use std::fmt::Write;

use crate::world::World;

/// Lines of each operator's log
const LOG_LINES: usize = 60;
/// Requests, the last ones
const REQUESTS: usize = 120;
/// API groups of Kubernetes itself: all others are custom resources, shown whole
const OWN_GROUPS: [&str; 5] = ["apps", "batch", "autoscaling", "policy", "extensions"];

/// The reason, the operators' logs, the objects and the requests of a case's namespace
pub(crate) async fn explain(world: &World, why: &str) -> String {
    let mut text = why.to_owned();
    for (name, log) in world.operator_logs(LOG_LINES) {
        section(&mut text, &format!("end of the log of operator {name}"), &log);
    }
    section(&mut text, "custom resources", &custom_resources(world).await);
    for (title, args) in [
        ("pods", ["get", "pods", "--output=wide"]),
        ("events", ["get", "events.events.k8s.io", "--sort-by=.metadata.creationTimestamp"]),
    ] {
        section(&mut text, title, &kubectl(world, &args).await);
    }
    let entries = world.audit().unwrap_or_default();
    let last = &entries[entries.len().saturating_sub(REQUESTS)..];
    let requests: Vec<String> = last.iter().map(ToString::to_string).collect();
    section(&mut text, &format!("last {} of {} requests", last.len(), entries.len()), &requests.join("\n"));
    text
}

async fn custom_resources(world: &World) -> String {
    let kinds = kubectl(world, &["api-resources", "--namespaced", "--verbs=list", "--output=name"]).await;
    let custom: Vec<&str> = kinds
        .lines()
        .filter(|kind| {
            let group = kind.split_once('.').map_or("", |(_, group)| group);
            !group.is_empty() && !group.ends_with("k8s.io") && !OWN_GROUPS.contains(&group)
        })
        .collect();
    if custom.is_empty() {
        return String::new();
    }
    kubectl(world, &["get", &custom.join(","), "--output=yaml"]).await
}

/// What a command printed; here a failure is worth showing too
async fn kubectl(world: &World, args: &[&str]) -> String {
    match world.kubectl().try_with(args, "").await {
        Ok(output) => output.stdout + &output.stderr,
        Err(error) => error.to_string(),
    }
}

fn section(text: &mut String, title: &str, content: &str) {
    let content = if content.trim().is_empty() { "(none)" } else { content.trim_end() };
    write!(text, "\n--- {title}\n{content}").expect("writing to a string does not fail");
}
