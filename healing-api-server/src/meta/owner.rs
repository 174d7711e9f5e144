//! Owner references that are there twice
//!
//! It owns what is left out, and what is told of it. Whether a reference is right is `validate`'s business.

use serde_json::Value;

use super::Meta;

/// When the references were looked at
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// As they were sent
    Sent,
    /// When everything else had changed the object: of what was patched
    Patched,
}

/// Leaves out each owner that is there already, and warns of them
pub(crate) fn owners_once(object: &mut Value, moment: Moment) -> Option<String> {
    let mut owners: Vec<Value> = Vec::new();
    let mut twice: Vec<String> = Vec::new();
    for owner in object.owners() {
        if owners.contains(owner) {
            twice.push(owner["uid"].as_str().unwrap_or_default().to_owned());
        } else {
            owners.push(owner.clone());
        }
    }
    if twice.is_empty() {
        return None;
    }
    object["metadata"]["ownerReferences"] = owners.into();
    let after = match moment {
        Moment::Sent => "",
        Moment::Patched => " after mutating admission happens",
    };
    Some(format!(
        ".metadata.ownerReferences contains duplicate entries{after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
        twice.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_owner_stays_once() {
        let owner = |name: &str| json!({ "apiVersion": "v1", "kind": "K", "name": name, "uid": "u" });
        let object = |owners: Value| json!({ "metadata": { "ownerReferences": owners } });
        let mut twice = object(json!([owner("a"), owner("b"), owner("a")]));
        let warning = owners_once(&mut twice, Moment::Sent).unwrap();
        assert!(warning.ends_with("duplicate UID(s) observed: u"), "{warning}");
        assert_eq!(twice, object(json!([owner("a"), owner("b")])));
        assert_eq!(owners_once(&mut twice, Moment::Patched), None);
    }
}
