//! The corpus of `crd-gen validate`, as a real API server judges it
//!
//! The lines that are expected stand in the corpus; crd-gen's own tests hold its embedded server against the same ones.

use std::fmt::Write as _;

use crd_gen::manifest::{self, Node};
use crd_gen::validate::{self, is_definition};
use http::Request;
use kube::client::Body;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::wait::eventually;
use crate::world::World;

const DEFINITIONS: &str = include_str!("../../../crd-gen/tests/corpus/definitions.yaml");
const CASES: &str = include_str!("../../../crd-gen/tests/corpus/validate.txt");
/// What is about no kind that a server has, and about text that is no object: nobody is asked
const OF_THE_TOOL: [&str; 2] = ["kinds that nobody knows", "what is no object"];
/// Namespaces that belong to a cluster and not to the manifests
const NAMESPACES: [&str; 1] = ["shop"];

pub(super) fn cases() -> Vec<Case> {
    vec![Case::real(the_corpus_of_validate_is_judged_as_it_says)]
}

async fn the_corpus_of_validate_is_judged_as_it_says(world: World) -> Result<(), Failure> {
    let cluster = world.cluster()?;
    cluster.install(&elsewhere(DEFINITIONS)).await?;
    for namespace in NAMESPACES {
        create(&world, "/api/v1/namespaces", &json!({ "metadata": { "name": namespace } })).await?;
    }
    let accounts = format!("/api/v1/namespaces/{}/serviceaccounts", NAMESPACES[0]);
    create(&world, &accounts, &json!({ "metadata": { "name": "cook" } })).await?;

    let (mut judged, mut differences) = (0, String::new());
    for case in elsewhere(CASES).split("\n=== ").skip(1) {
        let (title, body) = case.split_once('\n').unwrap_or_default();
        if OF_THE_TOOL.contains(&title) {
            continue;
        }
        let (expected, text): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with("=> "));
        let documents = manifest::read(&(text.join("\n") + "\n"))?;
        let mut said = said(&world, &documents).await?;
        let mut expected = expected;
        // a real server looks at the fields of an object in no order
        said.sort();
        expected.sort_unstable();
        if said != expected {
            writeln!(differences, "{title}:\n{}\nexpected:\n{}", said.join("\n"), expected.join("\n"))?;
        }
        judged += 1;
    }
    assert!(judged > 15, "{judged} cases");
    Failure::unless(differences.is_empty(), || differences)
}

/// The same kinds under a group that no operator of another case has
///
/// It is as long as the other, so that columns stay, and comes after it, so that kubectl prefers the other.
fn elsewhere(text: &str) -> String {
    let renamed = text.replace("example.com/", "test.corpus/").replace(".example.com", ".test.corpus");
    renamed.replace("group: example.com", "group: test.corpus")
}

/// What the server says of all objects; definitions first, as the tool asks, and those that are right stay
async fn said(world: &World, documents: &[Node]) -> Result<Vec<String>, Failure> {
    let objects: Vec<&Node> = documents.iter().flat_map(validate::objects).collect();
    let mut lines = vec![Vec::new(); objects.len()];
    for definitions in [true, false] {
        for (object, lines) in objects.iter().zip(&mut lines) {
            if is_definition(object) == definitions {
                *lines = ask(world, object).await?;
            }
        }
    }
    Ok(lines.concat())
}

/// What the server says to the creation of one object, which does not stay
async fn ask(world: &World, object: &Node) -> Result<Vec<String>, Failure> {
    let path = path(world, object).await?;
    let has_version =
        object.field("metadata").is_some_and(|metadata| metadata.field("resourceVersion").is_some());
    // a dry run does not mind a version, and a creation never takes it: nothing stays either way
    let dry_run = if has_version { "" } else { "&dryRun=All" };
    let uri = format!("{path}?fieldValidation=Warn{dry_run}");
    let request = Request::post(uri).header("Content-Type", "application/json");
    let answer = world.client().send(request.body(Body::from(serde_json::to_vec(object)?))?).await?;
    let headers = answer.headers().get_all("Warning").iter();
    let warnings: Vec<String> = headers.filter_map(|one| Some(warning(one.to_str().ok()?))).collect();
    let is_right = answer.status().is_success();
    let answer: Value = serde_json::from_slice(&answer.into_body().collect_bytes().await?)?;
    if is_right && is_definition(object) {
        world.cluster()?.install(&serde_json::to_string(object)?).await?;
    }
    let found = validate::findings(object, &answer, &warnings);
    Ok(found.iter().map(|finding| format!("=> {finding}")).collect())
}

/// Where an object is created, by what the server says of its kinds
async fn path(world: &World, object: &Node) -> Result<String, Failure> {
    let text = |field| object.text(field).unwrap_or_default();
    let base = match text("apiVersion") {
        core if !core.contains('/') => format!("/api/{core}"),
        of_group => format!("/apis/{of_group}"),
    };
    // a definition that was just taken is known some time later
    let resource = eventually("the kind is served", async || {
        let served: Value = world.client().request(Request::get(&base).body(Vec::new())?).await?;
        let resources = served["resources"].as_array().into_iter().flatten();
        let whole = |one: &&Value| one["name"].as_str().is_some_and(|name| !name.contains('/'));
        let found = resources.filter(whole).find(|one| one["kind"] == text("kind")).cloned();
        found.ok_or_else(|| Failure::new(format!("no {} in {base}", text("kind"))))
    })
    .await?;
    let plural = resource["name"].as_str().unwrap_or_default();
    let namespace = object.field("metadata").and_then(|metadata| metadata.text("namespace"));
    if resource["namespaced"] == true {
        return Ok(format!("{base}/namespaces/{}/{plural}", namespace.unwrap_or("default")));
    }
    Ok(format!("{base}/{plural}"))
}

/// The text of a header such as `299 - "it is deprecated"`
fn warning(header: &str) -> String {
    let quoted = header.split_once('"').map_or(header, |(_, text)| text);
    let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
    quoted.replace("\\\"", "\"").replace("\\\\", "\\")
}

async fn create(world: &World, path: &str, object: &Value) -> Result<(), Failure> {
    let request = Request::post(path).header("Content-Type", "application/json");
    let _created: Value = world.client().request(request.body(serde_json::to_vec(object)?)?).await?;
    Ok(())
}
