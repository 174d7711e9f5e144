//! Rules about columns: headings are unique and paths lead to something
//!
//! The API server takes a column with a path that leads nowhere and shows an empty cell for ever.

use crate::{Blueprint, BlueprintError, FieldKind, Place, STATUS_FIELDS, attribute::suggest};

const METADATA_FIELDS: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
];

pub(super) fn columns(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    for (at, column) in blueprint.columns.iter().enumerate() {
        heading(blueprint, at, errors);
        if let Err(message) = blueprint.resolve(&column.path) {
            errors.push(BlueprintError::new(Place::ColumnPath(at), message));
        }
        if column.priority < 0 {
            errors.push(BlueprintError::new(
                Place::ColumnPriority(at),
                format!(
                    "`priority` ({}) must be 0 or more; above 0 is shown by `-o wide` only",
                    column.priority
                ),
            ));
        }
    }
}

/// A heading is there and is nobody else's.
fn heading(blueprint: &Blueprint, at: usize, errors: &mut Vec<BlueprintError>) {
    let name = &blueprint.columns[at].name;
    let problem = if name.trim().is_empty() {
        "the heading of a column must say something".to_owned()
    } else if blueprint.columns[..at].iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
        format!("another column is called `{name}` too; kubectl shows headings in upper case")
    } else {
        return;
    };
    errors.push(BlueprintError::new(Place::ColumnName(at), problem));
}

impl Blueprint {
    /// Whether a path begins at the object's root with a dot and leads to a field of the metadata, the spec or the status
    ///
    /// # Errors
    ///
    /// What is wrong with it and, where a name is near, which one was meant.
    pub fn resolve(&self, path: &str) -> Result<(), String> {
        let mut words = path.strip_prefix('.').unwrap_or_default().split(['.', '[']);
        let (root, field) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let known: Vec<&str> = match root {
            "metadata" => METADATA_FIELDS.to_vec(),
            // The names in a status of the user's are not known here; crd-gen looks for them in the schema.
            "status" if self.own_status => vec![field],
            "status" => STATUS_FIELDS.iter().map(|(name, _)| *name).collect(),
            // The names in a flattened struct are not known, so any name may be one.
            "spec" if self.fields.iter().any(|field| field.kind == FieldKind::Flattened) => vec![field],
            "spec" => self.fields.iter().map(|field| field.name.as_str()).collect(),
            _ => {
                return Err(format!(
                    "path `{path}` must begin with `.spec.`, `.status.` or `.metadata.`, such as `.status.healthyReplicas`"
                ));
            }
        };
        if known.contains(&field) && !field.is_empty() {
            return Ok(());
        }
        let hint = suggest(field, known.iter().copied()).map_or_else(
            || format!("; its fields are {}", known.join(", ")),
            |near| format!("; did you mean `.{root}.{near}`?"),
        );
        Err(format!("path `{path}` leads nowhere: `{root}` has no field `{field}`{hint}"))
    }
}
