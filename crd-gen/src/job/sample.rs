//! What an API server would say of the samples that were made
//!
//! A value for a pattern that is not understood, or for a rule in plain CEL, is for a person to fill in: it says which.

use std::path::Path;

use crd_gen::{
    Description, File, emit, manifest,
    validate::{self, Checker, Severity},
};

/// A line for each value that is to be filled in
pub(super) fn remarks(folder: &Path, description: &Description, files: &[File]) -> Vec<String> {
    let mut checker = Checker::default();
    for resource in &description.resources {
        let definition = emit::crd(&resource.blueprint, &resource.schema).to_string();
        for definition in manifest::read(&definition).unwrap_or_default() {
            checker.check(&definition);
        }
    }
    let samples = files
        .iter()
        .filter(|file| file.path.starts_with("samples/") && !file.path.ends_with("kustomization.yaml"));
    let mut lines = Vec::new();
    for file in samples {
        for document in manifest::read(&file.content).unwrap_or_default() {
            let objects: Vec<_> = validate::objects(&document).iter().collect();
            let found = checker.check_all(&objects).into_iter().flatten();
            let invalid = found.filter(|finding| finding.severity == Severity::Invalid);
            lines.extend(invalid.map(|finding| {
                format!(
                    "the sample needs a value of yours, such as the field's `example`: {}:{finding}",
                    folder.join(&file.path).display()
                )
            }));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use crd_gen::emit::{Selection, Settings};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_made_up_is_told_of() {
        let description = include_str!("../../tests/fixture/description.json");
        let mut description: Description = serde_json::from_str(description).unwrap();
        let made = |description: &Description| {
            let files = emit::tree(description, Selection::Manifests, &Settings::of("a:b")).unwrap();
            remarks(Path::new("config"), description, &files)
        };
        assert_eq!(made(&description), [""; 0]);

        let spec = spec_of(&mut description);
        spec["properties"]["code"] = json!({ "type": "string", "pattern": "\\bword\\b" });
        spec["required"] = json!(["code", "replicaCount"]);
        let lines = made(&description);
        let [short, full] = lines.as_slice() else { panic!("{lines:?}") };
        let expected = "the sample needs a value of yours, such as the field's `example`: \
                        config/samples/example_v1_healingservice.yaml:6:9: HealingService/healingservice-sample: spec.code: ";
        assert!(short.starts_with(expected), "{short}");
        assert!(full.contains("_full.yaml:") && full.contains("should match"), "{full}");

        spec_of(&mut description)["properties"]["code"]["example"] = json!("a word");
        assert_eq!(made(&description), [""; 0]);
    }

    fn spec_of(description: &mut Description) -> &mut serde_json::Value {
        &mut description.resources[0].schema["properties"]["spec"]
    }
}
