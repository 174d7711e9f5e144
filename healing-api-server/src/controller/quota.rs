//! How much of its limits a namespace has used: the status of a `ResourceQuota`, and what is refused for it
//!
//! It owns counting. What a limit counts is the kind's business.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{MANAGER, Place};
use crate::Refusal;
use crate::built_in::resource_quota::{Counted, counted, number};
use crate::kind::{Kind, ResourceKey};
use crate::meta::Meta;
use crate::server::ApiServer;
use crate::store::Change;

/// Under which name the API server counts
const API_SERVER: &str = "kube-apiserver";

/// Where quotas are kept
fn quotas() -> ResourceKey {
    ResourceKey::new("", "resourcequotas")
}

// === impl ApiServer ===

impl ApiServer {
    /// Finds the quotas that a change is about
    pub(super) fn watch_quotas(&mut self, resource: &ResourceKey, change: &Change) {
        let quotas = quotas();
        let object = &change.object;
        if *resource == quotas && !change.deleted {
            let key = (object.namespace().to_owned(), object.name().to_owned());
            self.controllers.quotas.insert((quotas.clone(), key));
        }
        if object.namespace().is_empty() {
            return;
        }
        for (key, quota) in self.store.list(&quotas, object.namespace()) {
            if limits(quota).any(|(_, counted, _)| counted.resource == *resource) {
                self.controllers.quotas.insert((quotas.clone(), key.clone()));
            }
        }
    }

    /// Counts for the quotas that changes were about
    pub(super) fn count_quotas(&mut self, now: Timestamp) {
        for place in std::mem::take(&mut self.controllers.quotas) {
            self.count_quota(&place, now);
        }
    }

    fn count_quota(&mut self, place: &Place, now: Timestamp) {
        let Some(quota) = self.store.get(&place.0, &place.1) else { return };
        let used: Map<String, Value> = limits(quota)
            .map(|(name, counted, _)| {
                (name.to_owned(), self.count_of(&counted, quota.namespace()).to_string().into())
            })
            .collect();
        let mut new = Value::clone(quota);
        new["status"] = match &quota["spec"]["hard"] {
            Value::Object(hard) => json!({ "hard": hard, "used": used }),
            _ => json!({}),
        };
        self.write_status(place, new, MANAGER, now);
    }

    fn count_of(&self, counted: &Counted, namespace: &str) -> usize {
        let objects = self.store.list(&counted.resource, namespace);
        objects.filter(|(_, object)| counted.counts(object)).count()
    }

    /// Whether the limits of the namespace have room for one more object
    pub(crate) fn admit_quota(&self, kind: &Kind, object: &Value) -> Result<(), Refusal> {
        for quota in self.quotas_of(object.namespace()) {
            let (mut requested, mut used, mut limited) = (Vec::new(), Vec::new(), Vec::new());
            for (name, is, hard) in self.counting(quota, kind, object) {
                let fits = i128::try_from(is).is_ok_and(|is| is < number(hard));
                if !fits {
                    requested.push(format!("{name}=1"));
                    used.push(format!("{name}={is}"));
                    limited.push(format!("{name}={}", hard.as_str().unwrap_or_default()));
                }
            }
            if !requested.is_empty() {
                let why = format!(
                    "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                    quota.name(),
                    requested.join(","),
                    used.join(","),
                    limited.join(",")
                );
                return Err(Refusal::forbidden(&kind.subject(object.name()), &why));
            }
        }
        Ok(())
    }

    /// Counts an object that is about to be stored: the API server does it, and the controller what comes later
    pub(crate) fn use_quota(&mut self, kind: &Kind, object: &Value, now: Timestamp) {
        let mut changed = Vec::new();
        for quota in self.quotas_of(object.namespace()) {
            let mut new = Value::clone(quota);
            for (name, is, _) in self.counting(quota, kind, object) {
                new["status"]["used"][name] = (is + 1).to_string().into();
            }
            if new != **quota {
                changed.push(((quotas(), (quota.namespace().to_owned(), quota.name().to_owned())), new));
            }
        }
        for (place, new) in changed {
            self.write_status(&place, new, API_SERVER, now);
        }
    }

    fn quotas_of<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
        // what is in no namespace has no quota
        let quotas = (!namespace.is_empty()).then(|| self.store.list(&quotas(), namespace));
        quotas.into_iter().flatten().map(|(_, quota)| quota)
    }

    /// The limits of a quota that count an object which is not stored yet: name, use and limit
    fn counting<'a>(
        &self,
        quota: &'a Value,
        kind: &Kind,
        object: &Value,
    ) -> impl Iterator<Item = (&'a str, usize, &'a Value)> {
        let counting =
            limits(quota).filter(|(_, counted, _)| counted.resource == kind.key && counted.counts(object));
        counting.map(|(name, counted, hard)| (name, self.count_of(&counted, object.namespace()), hard))
    }
}

/// The limits of a quota: name, what it counts, and how many there may be
fn limits(quota: &Value) -> impl Iterator<Item = (&str, Counted, &Value)> {
    let hard = quota["spec"]["hard"].as_object().into_iter().flatten();
    hard.filter_map(|(name, hard)| Some((name.as_str(), counted(name)?, hard)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::server::tests::Bench;

    const AT: &str = "/api/v1/namespaces/default";

    /// A server with a quota, and what its status says
    fn bench(hard: &Value) -> Bench {
        let mut bench = Bench::new();
        let quota = json!({ "metadata": { "name": "few" }, "spec": { "hard": hard } });
        let (code, made) = bench.ask("POST", &format!("{AT}/resourcequotas"), &quota);
        assert_eq!(code, 201, "{made}");
        bench
    }

    fn status(bench: &mut Bench) -> Value {
        bench.get(&format!("{AT}/resourcequotas/few")).1["status"].clone()
    }

    fn pod(name: &str) -> Value {
        json!({ "metadata": { "name": name }, "spec": { "containers": [{ "name": "a", "image": "b" }] } })
    }

    /// Texts as a real server 1.37 gives them
    #[test]
    fn a_namespace_has_no_more_than_its_quota_allows() {
        let mut bench = bench(&json!({ "pods": "2", "configmaps": 2, "count/configmaps": "2" }));
        let pods = format!("{AT}/pods");
        for name in ["a", "b"] {
            assert_eq!(bench.ask("POST", &pods, &pod(name)).0, 201);
        }
        let (code, refused) = bench.ask("POST", &pods, &pod("c"));
        assert_eq!((code, &refused["reason"]), (403, &json!("Forbidden")));
        assert_eq!(
            refused["message"],
            "pods \"c\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2"
        );
        // each namespace has a ConfigMap from the start
        let map = json!({ "metadata": { "name": "m" } });
        assert_eq!(bench.ask("POST", &format!("{AT}/configmaps"), &map).0, 201);
        let (_, refused) =
            bench.ask("POST", &format!("{AT}/configmaps"), &json!({ "metadata": { "name": "n" } }));
        let told = refused["message"].as_str().unwrap();
        assert!(told.ends_with(
            "requested: configmaps=1,count/configmaps=1, used: configmaps=2,count/configmaps=2, limited: configmaps=2,count/configmaps=2"
        ), "{told}");
        let hard = json!({ "configmaps": "2", "count/configmaps": "2", "pods": "2" });
        assert_eq!(status(&mut bench), json!({ "hard": hard, "used": hard }));
    }

    #[test]
    fn what_goes_or_ends_makes_room() {
        let mut bench = bench(&json!({ "pods": "1" }));
        let pods = format!("{AT}/pods");
        assert_eq!(bench.ask("POST", &pods, &pod("a")).0, 201);
        let ended = json!({ "status": { "phase": "Failed" } });
        assert_eq!(bench.ask("PATCH", &format!("{pods}/a/status"), &ended).0, 200);
        assert_eq!(status(&mut bench)["used"], json!({ "pods": "0" }));
        assert_eq!(bench.ask("POST", &pods, &pod("b")).0, 201);
        assert_eq!(bench.ask("POST", &pods, &pod("c")).0, 403);
        assert_eq!(bench.ask("DELETE", &format!("{pods}/b"), &json!({ "gracePeriodSeconds": 0 })).0, 200);
        assert_eq!(bench.ask("POST", &pods, &pod("c")).0, 201);
        let more = json!({ "spec": { "hard": { "pods": "2" } } });
        assert_eq!(bench.ask("PATCH", &format!("{AT}/resourcequotas/few"), &more).0, 200);
        assert_eq!(status(&mut bench), json!({ "hard": { "pods": "2" }, "used": { "pods": "1" } }));
    }

    #[test]
    fn what_is_not_kept_is_refused_and_what_is_wrong_is_invalid() {
        let mut bench = bench(&json!({}));
        for (spec, code, told) in [
            (json!({ "hard": { "requests.cpu": "1" } }), 501, "the limit `requests.cpu`"),
            (json!({ "hard": { "pods": "1" }, "scopes": ["Terminating"] }), 501, "`spec.scopes`"),
            (
                json!({ "hard": { "pods": "-1" } }),
                422,
                "spec.hard[pods]: Invalid value: \"-1\": must be greater than or equal to 0",
            ),
            (
                json!({ "hard": { "pods": "1.5" } }),
                422,
                "spec.hard[pods]: Invalid value: \"1500m\": must be an integer",
            ),
            (
                json!({ "hard": { "foo": "1" } }),
                422,
                "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota",
            ),
        ] {
            let quota = json!({ "metadata": { "name": "q" }, "spec": spec });
            let (is, refused) = bench.ask("POST", &format!("{AT}/resourcequotas"), &quota);
            assert_eq!(is, code, "{refused}");
            assert!(refused["message"].as_str().unwrap().contains(told), "{refused}");
            let (is, _) = bench.ask("PATCH", &format!("{AT}/resourcequotas/few"), &json!({ "spec": spec }));
            assert_eq!(is, code);
        }
    }
}
