//! A status of the user's: healing's fields and more, columns into it, both parts read and written

use healing::prelude::*;
use kube::{CustomResourceExt as _, core::object::HasStatus as _};
use serde_json::{Value, json};

#[derive(HealingResource, Clone, Debug, PartialEq)]
#[healing(group = "example.com", version = "v1", kind = "Shop", status = ShopStatus)]
#[healing(column(name = "Url", path = ".status.publicUrl", type = "string"))]
#[healing(column(name = "Healthy", path = ".status.healthyReplicas"))]
struct ShopSpec {
    #[healing(replicas)]
    tills: i32,
}

/// What is known of a shop.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct ShopStatus {
    #[serde(flatten)]
    healing: healing::Status,
    /// Where customers go.
    public_url: Option<String>,
    #[serde(default)]
    doors: Vec<Door>,
}

#[derive(HealingSchema, Clone, Debug, PartialEq)]
struct Door {
    #[healing(minimum = 1)]
    number: u8,
    leads: Option<Leads>,
}

/// Where a door leads.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Leads {
    /// To a street.
    Street { name: String },
    /// To another shop.
    Shop(Neighbour),
}

#[derive(HealingSchema, Clone, Debug, PartialEq)]
struct Neighbour {
    name: String,
}

#[test]
fn has_both_parts_in_its_schema() {
    let status = &Shop::schema()["properties"]["status"];
    assert_eq!(status["description"], "What is known of a shop.");
    let fields = &status["properties"];
    assert_eq!(fields["publicUrl"], json!({ "type": "string", "description": "Where customers go." }));
    let door = &fields["doors"]["items"]["properties"];
    assert_eq!(door["number"]["minimum"], 1);
    // one of them is set: the union of the Kubernetes API
    assert_eq!(door["leads"]["oneOf"], json!([{ "required": ["street"] }, { "required": ["shop"] }]));
    assert_eq!(door["leads"]["properties"]["shop"]["properties"]["name"], json!({ "type": "string" }));
    assert_eq!(fields["healthyReplicas"]["type"], "integer");
    assert_eq!(fields["conditions"]["x-kubernetes-list-map-keys"], json!(["type"]));
    let columns = Shop::crd().spec.versions[0].additional_printer_columns.clone().expect("it has columns");
    let columns: Vec<_> =
        columns.iter().map(|column| (column.json_path.as_str(), column.type_.as_str())).collect();
    assert_eq!(columns[..2], [(".status.publicUrl", "string"), (".status.healthyReplicas", "integer")]);
}

#[test]
fn is_read_and_written_with_both_parts() {
    let written = json!({ "replicas": 3, "publicUrl": "https://shop", "doors": [{ "number": 2, "leads": { "shop": { "name": "x" } } }] });
    let object = json!({ "metadata": { "name": "s" }, "spec": { "tills": 3 }, "status": written });
    let shop: Shop = serde_json::from_value(object).expect("it can be read");
    assert_eq!(shop.healing_status().and_then(|status| status.replicas), Some(3));
    assert_eq!(shop.status().and_then(|status| status.public_url.as_deref()), Some("https://shop"));
    assert_eq!(serde_json::to_value(&shop).expect("it can be written")["status"], written);
    assert_eq!(Shop::new("s", ShopSpec { tills: 1 }).healing_status(), None);
}

mod clash {
    use super::*;

    #[derive(HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Odd", status = OddStatus)]
    struct OddSpec {
        #[healing(replicas)]
        size: i32,
    }

    #[derive(HealingSchema, Clone, Debug)]
    struct OddStatus {
        #[serde(flatten)]
        healing: healing::Status,
        /// A word.
        selector: Option<Vec<String>>,
    }

    #[test]
    fn a_field_of_healings_name_is_refused() {
        let error = Odd::try_schema().expect_err("it means something else").to_string();
        assert!(error.contains("`status.selector`, where healing writes, means something else"), "{error}");
    }
}

/// What only the program can see: types whose names say nothing, and types that hold each other
mod unseen {
    use super::*;

    #[derive(HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Graph")]
    struct GraphSpec {
        #[healing(replicas)]
        size: i32,
        raw: Option<Value>,
        start: Option<Ping>,
        pair: Pair,
    }

    type Pair = (i32, i32);

    #[derive(HealingSchema, Clone, Debug)]
    struct Ping {
        pong: Option<Box<Pong>>,
    }

    #[derive(HealingSchema, Clone, Debug)]
    struct Pong {
        ping: Option<Box<Ping>>,
    }

    #[test]
    fn all_of_it_is_told_with_its_place() {
        let error = Graph::try_schema().expect_err("it has no schema").to_string();
        for part in [
            "`spec.raw` can be anything",
            "`spec.start.pong.ping` has the type `Ping`, which holds itself",
            "`spec.pair` is a tuple",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
