//! What a change is told as, and which definitions belong together; what each change means is the corpus's business

use super::*;
use crate::definition;

fn read(text: &str) -> Vec<Definition> {
    definition::read(text).expect("definitions")
}

fn one(plural: &str, field: &str) -> String {
    format!(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {plural}.g.io}}\nspec:\n  \
         group: g.io\n  scope: Cluster\n  names: {{kind: {plural}, plural: {plural}}}\n  versions:\n  - name: v1\n    \
         served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {field}}}}}}}\n"
    )
}

#[test]
fn a_change_is_one_line_whatever_is_in_it() {
    let old = one("a", "{type: string, pattern: \"x\\n\"}");
    let new = one("a", &format!("{{type: string, pattern: {}}}", "y".repeat(100)));
    let lines: Vec<String> = changes(&read(&old), &read(&new)).iter().map(ToString::to_string).collect();
    let cut = "y".repeat(68);
    assert_eq!(
        lines,
        [format!(
            "tightening pattern-changed v1 spec: {{\"pattern\":\"x\\n\"}} -> {{\"pattern\":\"{cut}…: values that were right \
             may be refused when they are set anew; which ones cannot be told"
        )]
    );
}

#[test]
fn definitions_belong_together_by_their_names() {
    let string = "{type: string}";
    for (old, new, expected) in [
        (vec!["a"], vec!["a"], vec![]),
        (vec!["a", "b"], vec!["b", "a"], vec![]),
        (vec!["a"], vec!["a", "b"], vec!["compatible definition-added b.g.io"]),
        (vec!["a", "b"], vec!["b"], vec!["breaking definition-removed a.g.io"]),
        (
            vec!["a"],
            vec!["b"],
            vec![
                "breaking plural-changed b.g.io",
                "breaking kind-changed b.g.io",
                "breaking list-kind-changed b.g.io",
                "compatible singular-changed b.g.io",
            ],
        ),
    ] {
        let all = |names: &[&str]| read(&names.iter().map(|name| one(name, string)).collect::<String>());
        let found: Vec<String> = changes(&all(&old), &all(&new))
            .iter()
            .map(|change| format!("{} {} {}", change.class, change.kind, change.definition))
            .collect();
        assert_eq!(found, expected, "{old:?} {new:?}");
    }
}

#[test]
fn programs_get_the_same_as_people() {
    let (old, new) = (read(&one("a", "{type: string}")), read(&one("a", "{type: integer}")));
    let json = serde_json::to_value(changes(&old, &new)).expect("JSON");
    let expected = serde_json::json!([{
        "class": "breaking", "kind": "type-changed", "definition": "a.g.io", "version": "v1", "path": "spec",
        "old": "string", "new": "integer",
        "why": "stored objects and manifests have values of the old type; add a field, or a version with a conversion",
    }]);
    assert_eq!(json, expected);
}
