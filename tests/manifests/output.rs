//! The manifests of the example operator, in each form and each way to install it
//!
//! It makes them; what is right about them is `check`'s business.

use std::collections::BTreeMap;
use std::path::Path;

use crd_gen::{
    drive::{self, Described, Source, Target},
    emit::{self, Selection, Settings, WebhookParts},
};
use serde_json::Value;

use crate::world::{World, text};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Namespaces that an operator is limited to, in one of the ways
pub(crate) const NAMESPACES: [&str; 2] = ["blog", "shop"];

/// Objects by kind, namespace and name
pub(crate) type Objects = BTreeMap<String, Value>;

/// The same manifests in one form
pub(crate) struct Output {
    /// Form and way, for messages
    pub(crate) name: String,
    pub(crate) yaml: String,
}

/// Each way to install: its name, and the settings
pub(crate) fn ways(version: &str) -> Vec<(&'static str, Settings)> {
    let plain = || Settings::of(format!("healing-operator:{version}"));
    vec![
        ("plain", plain()),
        ("with all parts", Settings { webhook: WebhookParts::OwnCertificate, monitoring: true, ..plain() }),
        ("with cert-manager", Settings { webhook: WebhookParts::CertManager, ..plain() }),
        ("in namespaces", Settings { namespaces: NAMESPACES.map(str::to_owned).into(), ..plain() }),
    ]
}

pub(crate) fn described() -> Result<Described, String> {
    let source = Source {
        cargo: env!("CARGO").into(),
        manifest_path: Some(Path::new(ROOT).join("Cargo.toml")),
        package: Some(env!("CARGO_PKG_NAME").to_owned()),
        target: Target::Example("healingservice".to_owned()),
    };
    drive::describe(&source).map_err(|error| error.to_string())
}

/// What crd-gen prints
pub(crate) fn stream(world: &World, settings: &Settings) -> Result<String, String> {
    let documents = emit::install(&world.description, Selection::Manifests, settings);
    crd_gen::yaml::stream(&documents).map_err(|error| error.to_string())
}

/// What kustomize makes of the tree
pub(crate) async fn built(world: &World, settings: &Settings) -> Result<String, String> {
    let files = emit::tree(&world.description, Selection::Manifests, settings);
    let folder = world.folder(&files.map_err(|error| error.to_string())?)?;
    world.kubectl(&["kustomize", text(&folder.join("default"))], "").await
}

/// What Helm makes of the chart
pub(crate) async fn templated(world: &World, settings: &Settings) -> Result<String, String> {
    let files = emit::chart(&world.description, settings, &world.version);
    let folder = world.folder(&files.map_err(|error| error.to_string())?)?;
    template(world, &folder, &[]).await
}

/// What Helm makes of a chart with more flags
pub(crate) async fn template(world: &World, chart: &Path, flags: &[&str]) -> Result<String, String> {
    let args = ["template", "healing-operator", text(chart), "--namespace", "healing-operator-system"];
    world.tool("helm", &[&args, flags].concat(), "").await
}

/// All forms and ways
pub(crate) async fn all(world: &World) -> Result<Vec<Output>, String> {
    let mut all = Vec::new();
    for (way, settings) in ways(&world.version) {
        let forms = [
            ("stream", stream(world, &settings)?),
            ("tree", built(world, &settings).await?),
            ("chart", templated(world, &settings).await?),
        ];
        all.extend(forms.map(|(form, yaml)| Output { name: format!("{form}, {way}"), yaml }));
    }
    Ok(all)
}

/// The documents of a stream
pub(crate) fn documents(yaml: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().filter(|one| !one.is_null()).collect())
}

/// The same by what they are called; none may be there twice
pub(crate) fn objects(yaml: &str) -> Result<Objects, String> {
    let mut objects = Objects::new();
    for document in documents(yaml)? {
        let metadata = &document["metadata"];
        let name = format!("{} {} {}", document["kind"], metadata["namespace"], metadata["name"]);
        if objects.insert(name.clone(), document).is_some() {
            return Err(format!("{name} is there twice"));
        }
    }
    Ok(objects)
}
