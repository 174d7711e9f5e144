//! `rename_all`: the serialized name of a field from its name in Rust, as serde has it
//!
//! It owns the cases only; what serde's attributes say is read in `parse`.

/// The words that serde takes, in its order
pub(crate) const CASES: &[&str] = &[
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// The name of a field under `case`; `None` for a case that serde does not know
pub(crate) fn rename(name: &str, case: &str) -> Option<String> {
    Some(match case {
        "lowercase" | "snake_case" => name.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_ascii_uppercase(),
        "PascalCase" => pascal(name),
        "camelCase" => {
            let name = pascal(name);
            let mut letters = name.chars();
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_ascii_uppercase().replace('_', "-"),
        _ => return None,
    })
}

fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_serdes() {
        let expected = [
            "replica_count",
            "REPLICA_COUNT",
            "ReplicaCount",
            "replicaCount",
            "replica_count",
            "REPLICA_COUNT",
            "replica-count",
            "REPLICA-COUNT",
        ];
        for (case, name) in CASES.iter().zip(expected) {
            assert_eq!(rename("replica_count", case).as_deref(), Some(name), "{case}");
        }
        assert_eq!(rename("replica_count", "Camel"), None);
    }
}
