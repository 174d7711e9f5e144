//! The schema of `metadata`, which is the same for all kinds
//!
//! It owns what matters for ownership: which parts have owners of their own. Validation of metadata is `write`'s.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use structural_schema::{Additional, ListType, MapType, Schema, Type};

/// `ObjectMeta`
pub(super) static OBJECT_META: LazyLock<Schema> = LazyLock::new(|| {
    let text = || Arc::new(Schema { kind: Type::String, ..Schema::default() });
    let time = || Arc::new(Schema { kind: Type::Any, ..Schema::default() });
    let integer = || Arc::new(Schema { kind: Type::Integer, ..Schema::default() });
    let texts = || {
        Arc::new(Schema { kind: Type::Object, additional: Additional::Schema(text()), ..Schema::default() })
    };
    let finalizers =
        Schema { kind: Type::Array, items: Some(text()), list_type: ListType::Set, ..Schema::default() };
    let managed = Schema { kind: Type::Array, items: Some(time()), ..Schema::default() };
    let properties = [
        ("annotations", texts()),
        ("creationTimestamp", time()),
        ("deletionGracePeriodSeconds", integer()),
        ("deletionTimestamp", time()),
        ("finalizers", Arc::new(finalizers)),
        ("generateName", text()),
        ("generation", integer()),
        ("labels", texts()),
        ("managedFields", Arc::new(managed)),
        ("name", text()),
        ("namespace", text()),
        ("ownerReferences", Arc::new(owner_references())),
        ("resourceVersion", text()),
        ("selfLink", text()),
        ("uid", text()),
    ];
    object(properties)
});

fn owner_references() -> Schema {
    let text = || Arc::new(Schema { kind: Type::String, ..Schema::default() });
    let flag = || Arc::new(Schema { kind: Type::Boolean, ..Schema::default() });
    let reference = Schema {
        map_type: MapType::Atomic,
        ..object([
            ("apiVersion", text()),
            ("blockOwnerDeletion", flag()),
            ("controller", flag()),
            ("kind", text()),
            ("name", text()),
            ("uid", text()),
        ])
    };
    Schema {
        kind: Type::Array,
        items: Some(Arc::new(reference)),
        list_type: ListType::Map,
        list_map_keys: vec!["uid".to_owned()],
        ..Schema::default()
    }
}

fn object<const N: usize>(properties: [(&str, Arc<Schema>); N]) -> Schema {
    let properties: BTreeMap<String, Arc<Schema>> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    Schema { kind: Type::Object, properties, ..Schema::default() }
}
