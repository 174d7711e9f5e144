//! A user's crate that calls the facade `selfheal`, depends on nothing but it and k8s-openapi, and denies every warning
//!
//! That it compiles is most of its test. What generated code does is tested elsewhere.

#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]

use std::collections::BTreeMap;

use selfheal::prelude::*;

/// A shop that heals itself.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "Shop", status = ShopStatus)]
#[healing(column(name = "Url", path = ".status.publicUrl", type = "string"))]
pub struct ShopSpec {
    /// Number of tills.
    #[healing(replicas, default = 2, minimum(1, "one at least"))]
    pub till_count: i32,
    /// Where its goods come from.
    #[healing(rule(source.is_some() || till_count < 5, "many tills need a source"))]
    pub source: Option<Source>,
    /// What it costs, by article.
    #[serde(default)]
    pub prices: BTreeMap<String, Price>,
}

/// What one article costs.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
pub struct Price {
    /// Cents.
    #[healing(minimum = 0, default = 100)]
    pub cents: i64,
    /// When it holds.
    pub season: Season,
}

/// A time of the year.
#[derive(HealingSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// The warm one.
    Summer,
    /// The cold one.
    Winter,
}

/// Where goods come from.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A warehouse.
    Warehouse {
        /// Its number.
        number: i32,
    },
    /// Another shop.
    Shop(Other),
}

/// Another shop.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
pub struct Other {
    /// Its name.
    pub name: String,
}

/// What is known of a shop.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ShopStatus {
    /// What healing knows.
    #[serde(flatten)]
    pub healing: selfheal::Status,
    /// Where customers go.
    pub public_url: Option<String>,
}

impl Workload for Shop {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("till", "till:1")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_under_another_name() {
        let shop = Shop::new("s", ShopSpec { till_count: 5, source: None, prices: BTreeMap::new() });
        assert_eq!(shop.validate(None)[0].message, "many tills need a source");
        let status = ShopStatus { healing: selfheal::Status::default(), public_url: None };
        let shop = Shop { status: Some(status), ..shop };
        assert_eq!(shop.healing_status(), Some(&selfheal::Status::default()));
        let sources = &Shop::schema()["properties"]["spec"]["properties"]["source"];
        assert_eq!(sources["oneOf"].as_array().map(Vec::len), Some(2), "{sources}");
    }
}
