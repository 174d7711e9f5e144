//! What the fuzzing sends: junk values, objects that are nearly right, queries, headers
//!
//! It owns chance. What must hold after each request is its parent's business.

use fastrand::Rng;
use serde_json::{Map, Value, json};

const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "c",
    "default",
    "ns",
    "kube-system",
    "metadata",
    "name",
    "namespace",
    "spec",
    "status",
    "data",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
    "managedFields",
    "replicas",
    "containers",
    "items",
    "$patch",
    "delete",
    "replace",
    "$setElementOrder/containers",
    "$retainKeys",
    "kubernetes",
    "x.io/f",
    "foregroundDeletion",
    "orphan",
    "Apply",
    "Update",
    "0",
    "-1",
    "1Gi",
    "9999999999999999999",
    "1e400",
    "0x10",
    "2026-11-25T10:00:00Z",
    "9999-12-31T23:59:59Z",
    "ü\u{1F600}\u{202e}",
    "\u{0}",
    "a/b/c",
    "../..",
    "%zz",
    "true",
    "null",
    "=",
    "in (",
    "f:metadata",
    "k:{\"name\":\"a\"}",
    "v:1",
    "i:99999999999",
    ".",
    "{.spec.a}",
    "NoExecute",
    "Always",
    "RollingUpdate",
    "50%",
    "101%",
    "-5%",
];

const QUERIES: &[&str] = &[
    "watch",
    "labelSelector",
    "fieldSelector",
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "allowWatchBookmarks",
    "timeoutSeconds",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "gracePeriodSeconds",
    "propagationPolicy",
    "orphanDependents",
    "includeObject",
    "container",
    "follow",
    "tailLines",
    "sinceSeconds",
    "sinceTime",
    "limitBytes",
    "previous",
    "timestamps",
    "pretty",
];

const QUERY_VALUES: &[&str] = &[
    "",
    "1",
    "0",
    "-1",
    "true",
    "false",
    "All",
    "a",
    "a%3Db",
    "a+in+(b,c),!d",
    "((((",
    "a%3E1",
    "metadata.name%3Da",
    "metadata.name!%3Db",
    "spec.nodeName%3D",
    "status.phase%3DRunning",
    "7b7d",
    "7b227276223a352c226e73223a22222c226e616d65223a2261227d",
    "18446744073709551615",
    "9223372036854775807",
    "99999999999999999999",
    "Exact",
    "NotOlderThan",
    "Strict",
    "Ignore",
    "Foreground",
    "Background",
    "Orphan",
    "Object",
    "None",
    "5",
    "30",
    "%C3%BC",
    "%",
    "%ff",
    "2026-11-25T10:00:00Z",
];

pub(super) const ACCEPTS: &[&str] = &[
    "",
    "*/*",
    "application/json",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    "application/yaml",
    "text/html",
    ";;;,as=",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/vnd.kubernetes.protobuf",
];

pub(super) const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "",
    "text/plain; charset",
    "application/vnd.kubernetes.protobuf",
];

pub(super) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}

/// A value of any type
pub(super) fn junk(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(..if depth == 0 { 9 } else { 12 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => i64::from(rng.i8(..)).into(),
        3 => json!([0, i64::MIN, i64::MAX, 1_i64 << 31, 1_i64 << 53][rng.usize(..5)]),
        4 => u64::MAX.into(),
        5 => json!([0.5, 1e308, -1e-308, -0.0][rng.usize(..4)]),
        6..=8 => (*pick(rng, WORDS)).into(),
        9 => (0..rng.usize(..4)).map(|_| junk(rng, depth - 1)).collect(),
        10 => (0..rng.usize(1..90))
            .fold(Value::Null, |value, at| if at % 2 == 0 { json!([value]) } else { json!({ "a": value }) }),
        _ => {
            let fields = (0..rng.usize(..4)).map(|_| ((*pick(rng, WORDS)).to_owned(), junk(rng, depth - 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Changes a value in one place
pub(super) fn spoil(rng: &mut Rng, value: &mut Value) {
    let stop = rng.u8(..6) == 0;
    match value {
        Value::Object(map) if !map.is_empty() && !stop => {
            let at = rng.usize(..map.len());
            let Some(name) = map.keys().nth(at).cloned() else { return };
            match rng.u8(..12) {
                0 => drop(map.remove(&name)),
                1 => drop(map.insert((*pick(rng, WORDS)).to_owned(), junk(rng, 2))),
                _ => spoil(rng, &mut map[&name]),
            }
        }
        Value::Array(list) if !list.is_empty() && !stop => {
            let at = rng.usize(..list.len());
            match rng.u8(..8) {
                0 => drop(list.remove(at)),
                1 => list.push(list[at].clone()),
                2 => list.push(junk(rng, 2)),
                _ => spoil(rng, &mut list[at]),
            }
        }
        _ => *value = junk(rng, 3),
    }
}

/// Metadata that is mostly right
pub(super) fn metadata(rng: &mut Rng, name: &str, uids: &[String]) -> Value {
    let mut metadata = json!({ "name": name });
    if rng.u8(..6) == 0 {
        metadata["finalizers"] = json!([*pick(rng, &["x.io/f", "foregroundDeletion", "orphan"])]);
    }
    if rng.u8(..4) == 0 {
        metadata["labels"] = json!({ "a": *pick(rng, &["b", "c", "1"]) });
    }
    if rng.u8(..4) == 0 && !uids.is_empty() {
        let owner = json!({
            "apiVersion": "v1", "kind": *pick(rng, &["Pod", "ConfigMap", "Namespace", "Nothing"]),
            "name": *pick(rng, &["a", "b"]), "uid": pick(rng, uids), "blockOwnerDeletion": rng.bool(),
        });
        metadata["ownerReferences"] = json!([owner]);
    }
    if rng.u8(..8) == 0 {
        let fields =
            json!({ "f:data": { "f:a": {}, ".": {}, "k:{}": {}, "zz": 1 }, "f:metadata": junk(rng, 2) });
        metadata["managedFields"] = json!([{
            "manager": "m", "operation": *pick(rng, &["Apply", "Update", "x"]), "apiVersion": "v1",
            "fieldsType": "FieldsV1", "fieldsV1": fields, "time": "2026-11-25T10:00:00Z",
        }]);
    }
    if rng.u8(..20) == 0 {
        metadata["generateName"] = (*pick(rng, WORDS)).into();
        metadata["name"] = Value::Null;
    }
    metadata
}

/// Steps of a JSON patch
pub(super) fn steps(rng: &mut Rng) -> Value {
    const PATHS: &[&str] = &[
        "",
        "/metadata",
        "/metadata/labels",
        "/metadata/labels/a",
        "/data",
        "/data/a",
        "/spec",
        "/spec/x/-",
        "/status",
        "/~2",
        "x",
        "/spec/a/0",
    ];
    let step = |rng: &mut Rng| {
        json!({
            "op": *pick(rng, &["add", "remove", "replace", "move", "copy", "test", "x"]),
            "path": *pick(rng, PATHS), "from": *pick(rng, PATHS), "value": junk(rng, 2),
        })
    };
    (0..rng.usize(..5)).map(|_| step(rng)).collect()
}

pub(super) fn query(rng: &mut Rng) -> String {
    let parts = (0..rng.usize(..5).saturating_sub(1)).map(|_| {
        let value =
            if rng.u8(..8) == 0 { rng.u16(..).to_string() } else { (*pick(rng, QUERY_VALUES)).to_owned() };
        format!("{}={value}", pick(rng, QUERIES))
    });
    parts.collect::<Vec<_>>().join("&")
}
