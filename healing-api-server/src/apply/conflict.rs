//! Fields that others own: the refusal of an apply
//!
//! It owns the wording. Which fields conflict is decided by `managers`.

use serde_json::json;

use super::element::{Element, path_text};
use super::managers::ManagerKey;
use crate::Refusal;

/// A field that somebody else owns
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) manager: ManagerKey,
    pub(crate) api_version: String,
    pub(crate) path: Vec<Element>,
}

// === impl Conflict ===

impl Conflict {
    fn who(&self) -> String {
        let subresource = match self.manager.subresource.as_str() {
            "" => String::new(),
            name => format!(" with subresource {name:?}"),
        };
        let version =
            if self.manager.applies { String::new() } else { format!(" using {}", self.api_version) };
        format!("{:?}{subresource}{version}", self.manager.manager)
    }
}

/// The refusal for conflicts, which are in order of their managers
pub(crate) fn refuse(conflicts: &[Conflict]) -> Refusal {
    let message = match conflicts {
        [one] => {
            format!("Apply failed with 1 conflict: conflict with {}: {}", one.who(), path_text(&one.path))
        }
        many => {
            let mut lines = Vec::new();
            let mut last = None;
            for conflict in many {
                if last != Some(&conflict.manager) {
                    lines.push(format!("conflicts with {}:", conflict.who()));
                    last = Some(&conflict.manager);
                }
                lines.push(format!("- {}", path_text(&conflict.path)));
            }
            format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    let causes: Vec<_> = conflicts
        .iter()
        .map(|conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.who()),
                "field": path_text(&conflict.path),
            })
        })
        .collect();
    Refusal { details: json!({ "causes": causes }), ..Refusal::new(409, "Conflict", message) }
}
