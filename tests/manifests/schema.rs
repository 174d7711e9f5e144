//! JSON schemas for kubeconform: the real server's OpenAPI, made strict
//!
//! kubeconform's own come from the network and know no resource of ours; these need neither.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::output;
use crate::world::{FOREIGN, World};

/// Groups of the kinds that manifests have
const GROUPS: [&str; 7] = [
    "api/v1",
    "apis/admissionregistration.k8s.io/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/apps/v1",
    "apis/networking.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
];

/// Writes a schema for each kind into a folder; gives the place of each as kubeconform looks for it
pub(crate) async fn write(world: &World) -> Result<String, String> {
    let folder = world.folder(&[])?;
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for group in GROUPS {
        let mut document = world.get(&format!("/openapi/v3/{group}")).await?;
        let mut definitions = document["components"]["schemas"].take();
        make_strict(&mut definitions);
        for (name, definition) in definitions.as_object().into_iter().flatten() {
            for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
                let schema = json!({ "$ref": format!("#/definitions/{name}"), "definitions": definitions });
                put(&folder, kind, &schema)?;
            }
        }
    }
    let ours = crd_gen::emit::install(
        &world.description,
        crd_gen::emit::Selection::Crd,
        &crd_gen::emit::Settings::default(),
    );
    for definition in output::documents(FOREIGN)?.iter().chain(&ours) {
        put_custom(&folder, definition)?;
    }
    Ok(format!(
        "{}/{{{{ .Group }}}}_{{{{ .ResourceAPIVersion }}}}_{{{{ .ResourceKind }}}}.json",
        folder.display()
    ))
}

/// The schema of a custom resource; whatever metadata has is right here, as the server's own check of it comes too
fn put_custom(folder: &Path, definition: &Value) -> Result<(), String> {
    let spec = &definition["spec"];
    let version = &spec["versions"][0];
    let mut schema = version["schema"]["openAPIV3Schema"].clone();
    make_strict(&mut schema);
    for field in ["apiVersion", "kind"] {
        schema["properties"][field] = json!({ "type": "string" });
    }
    schema["properties"]["metadata"] = json!({ "type": "object" });
    let kind = json!({ "group": spec["group"], "version": version["name"], "kind": spec["names"]["kind"] });
    put(folder, &kind, &schema)
}

fn put(folder: &Path, kind: &Value, schema: &Value) -> Result<(), String> {
    let part = |name: &str| kind[name].as_str().unwrap_or_default().to_lowercase();
    // kubeconform takes what is before a `/` for the group, and so the version where there is none
    let group = if part("group").is_empty() { part("version") } else { part("group") };
    let name = format!("{group}_{}_{}.json", part("version"), part("kind"));
    fs::write(folder.join(name), schema.to_string()).map_err(|error| error.to_string())
}

/// Objects have no fields but those that are described, and references stay in the file
fn make_strict(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(place)) = fields.get_mut("$ref") {
                *place = place.replace("#/components/schemas/", "#/definitions/");
            }
            if is_closed(fields) {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(make_strict);
        }
        Value::Array(items) => items.iter_mut().for_each(make_strict),
        _ => {}
    }
}

fn is_closed(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && schema.get("properties").is_some_and(Value::is_object)
        && !schema.contains_key("additionalProperties")
        && !schema.contains_key("x-kubernetes-preserve-unknown-fields")
}
