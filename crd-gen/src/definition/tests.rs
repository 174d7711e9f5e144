//! Texts that definitions are taken from, and texts that they are not

use super::*;

const GOOD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: as.g.io\nspec:\n  \
                    group: g.io\n  names: {kind: A, plural: as}\n  versions: [{name: v1}]\n";

fn said(text: &str) -> String {
    match read(text) {
        Ok(definitions) => definitions.iter().map(Definition::name).collect::<Vec<_>>().join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_definition_is_told() {
    for (text, expected) in [
        (GOOD.to_owned(), "as.g.io"),
        (format!("kind: ConfigMap\napiVersion: v1\n---\n{GOOD}"), "as.g.io"),
        (String::new(), "1:1: has no CustomResourceDefinition of apiextensions.k8s.io/v1"),
        (
            "kind: Pod\napiVersion: v1\n".to_owned(),
            "1:1: has no CustomResourceDefinition of apiextensions.k8s.io/v1; it has: Pod",
        ),
        ("a: [".to_owned(), "1:4: cannot be read as YAML or JSON: unclosed bracket '['"),
        (
            GOOD.replace("k8s.io/v1", "k8s.io/v1beta1"),
            "1:1: CustomResourceDefinition `as.g.io` is of apiextensions.k8s.io/v1beta1, which no API server since Kubernetes \
             1.22 takes; write it as v1: a schema in each of `spec.versions`, columns with `jsonPath`",
        ),
        (
            GOOD.replace("group: g.io", "group: 1"),
            "6:3: CustomResourceDefinition `as.g.io` has no `spec.group`",
        ),
        (
            GOOD.replace("[{name: v1}]", "[]"),
            "8:3: CustomResourceDefinition `as.g.io` has no `spec.versions`",
        ),
        (GOOD.replace("as.g.io", ""), "4:3: CustomResourceDefinition `` has no `metadata.name`"),
        (
            GOOD.replace("spec:", "spec: 1\nmore:"),
            "5:7: CustomResourceDefinition `as.g.io` has no `spec.group`",
        ),
    ] {
        assert_eq!(said(&text), expected, "{text}");
    }
}

#[test]
fn items_of_a_list_count() {
    let indented = GOOD.lines().fold(String::new(), |text, line| text + "\n  " + line);
    let list = format!("apiVersion: v1\nkind: List\nitems:\n-{}\n", &indented[2..]);
    assert_eq!(said(&list), "as.g.io");
}
