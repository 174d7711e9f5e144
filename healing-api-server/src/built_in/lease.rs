//! Lease: who holds something, and until when
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::Value;
use structural_schema::FieldError;

use super::cell::text;
use super::check::Errors;
use super::edit::fill;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    schema: "io.k8s.api.coordination.v1.Lease",
    unconditional_update: false,
    create_on_update: true,
    default: |object| fill(object, "Lease", |_| {}),
    prepare_create: |object, _| {
        drop_disabled(object, &Value::Null);
        Ok(())
    },
    prepare_update: drop_disabled,
    validate,
    columns: &[Column::NAME, Column::shown("Holder", "string", "@spec.holderIdentity"), Column::AGE],
    cells: |object, now| {
        let holder = text(&object["spec"]["holderIdentity"]);
        vec![object["metadata"]["name"].clone(), holder.into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};

/// Drops the fields of coordinated elections, which a real server takes only where they are switched on
fn drop_disabled(new: &mut Value, old: &Value) {
    for field in ["preferredHolder", "strategy"] {
        if old["spec"][field].is_null() {
            new["spec"].as_object_mut().map(|spec| spec.remove(field));
        }
    }
}

fn validate(new: &Value, _old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    let seconds = &spec["leaseDurationSeconds"];
    if seconds.as_i64().is_some_and(|seconds| seconds <= 0) {
        errors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
    }
    errors.not_negative("spec.leaseTransitions", &spec["leaseTransitions"]);
    errors.0
}
