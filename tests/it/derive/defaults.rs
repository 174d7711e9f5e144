//! Defaults that are Rust expressions: rustc checks their type, the schema and the decoder have their value

use std::collections::BTreeMap;

use healing::prelude::*;
use serde_json::{Value, json};

/// How fast it goes.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
enum Mode {
    Fast,
    Slow,
}

/// Where it listens.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
struct Listen {
    #[healing(default = vec![80, 443])]
    ports: Vec<i32>,
    host: String,
}

const SHARE: i32 = 7;

/// A proxy with much to say.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "ChattyProxy")]
struct ChattyProxySpec {
    #[healing(replicas)]
    size: i32,
    #[healing(default = Mode::Fast)]
    mode: Mode,
    #[healing(default = Listen { ports: vec![8080], host: "localhost".to_owned() })]
    listen: Listen,
    #[healing(default = BTreeMap::from([("tier".to_owned(), "web".to_owned())]))]
    labels: BTreeMap<String, String>,
    #[healing(default = Some(vec!["a".to_owned()]), max_items = 3)]
    zone_names: Option<Vec<String>>,
    #[healing(default = SHARE * 2, rule(share >= 1, "share must be at least 1"))]
    share: i32,
}

fn proxy(spec: &Value) -> ChattyProxy {
    serde_json::from_value(json!({ "metadata": { "name": "p" }, "spec": spec })).expect("the spec decodes")
}

#[test]
fn the_decoder_fills_them_in() {
    let spec = proxy(&json!({ "size": 1 })).spec;
    assert_eq!(spec.mode, Mode::Fast);
    assert_eq!(spec.listen, Listen { ports: vec![8080], host: "localhost".to_owned() });
    assert_eq!(spec.labels["tier"], "web");
    assert_eq!(spec.zone_names.as_deref(), Some(&["a".to_owned()][..]));
    assert_eq!(spec.share, 14);
    let spec = proxy(&json!({ "size": 1, "mode": "Slow", "listen": { "host": "h" } })).spec;
    assert_eq!((spec.mode, spec.listen.ports), (Mode::Slow, vec![80, 443]));
}

#[test]
fn the_schema_and_the_blueprint_have_them() {
    let schema = ChattyProxy::schema();
    let spec = &schema["properties"]["spec"];
    for (field, default) in [
        ("mode", json!("Fast")),
        ("listen", json!({ "ports": [8080], "host": "localhost" })),
        ("labels", json!({ "tier": "web" })),
        ("zoneNames", json!(["a"])),
        ("share", json!(14)),
    ] {
        assert_eq!(spec["properties"][field]["default"], default, "{field}");
        let declared = ChattyProxy::blueprint().field(field).expect("the field is declared");
        assert_eq!(declared.default, Some(default), "{field}");
    }
    assert_eq!(spec["properties"]["listen"]["properties"]["ports"]["default"], json!([80, 443]));
    assert_eq!(spec["required"], json!(["size"]));
    assert_eq!(spec["x-kubernetes-validations"][0]["rule"], "self.share >= 1");
}
