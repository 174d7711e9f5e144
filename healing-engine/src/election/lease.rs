//! The Lease as an election reads and writes it
//!
//! Written is always the whole object that was read, with the fields of the election changed: what others keep in it,
//! `preferredHolder` and `strategy` among it, stays.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Timing;

/// A lease as an answer showed it
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    object: Value,
}

/// What a write shall make of a lease
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who holds it; empty: nobody
    pub holder: String,
    /// How long others have to wait
    pub duration: Duration,
    /// When the holder got it, for people
    pub acquired: Option<Timestamp>,
    /// When it was claimed, for people; no two claims of a candidate have the same
    pub renewed: Timestamp,
    /// How often it has changed hands
    pub transitions: i32,
}

// === impl Lease ===

impl Lease {
    /// Reads an object of `coordination.k8s.io/v1`
    pub fn new(object: Value) -> Self {
        Self { object }
    }

    /// `metadata.resourceVersion`
    pub fn version(&self) -> &str {
        self.object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
    }

    /// `metadata.uid`
    pub fn uid(&self) -> &str {
        self.object["metadata"]["uid"].as_str().unwrap_or_default()
    }

    /// Who holds it; empty: nobody
    pub fn holder(&self) -> &str {
        self.spec("holderIdentity").as_str().unwrap_or_default()
    }

    /// How often it has changed hands; the term of its holder
    pub fn transitions(&self) -> i32 {
        let transitions = self.spec("leaseTransitions").as_i64().unwrap_or_default();
        i32::try_from(transitions).unwrap_or_default().max(0)
    }

    /// The holder that a coordinator would rather have
    pub fn preferred(&self) -> Option<&str> {
        self.spec("preferredHolder").as_str().filter(|preferred| !preferred.is_empty())
    }

    pub(crate) fn renewed(&self) -> Option<Timestamp> {
        self.spec("renewTime").as_str()?.parse().ok()
    }

    pub(crate) fn acquired(&self) -> Option<Timestamp> {
        self.spec("acquireTime").as_str()?.parse().ok()
    }

    /// Given back by its holder, which had stopped writing before: an empty holder that has to be waited for no longer
    ///
    /// A holder that somebody took out by hand is not that: it still writes until it sees it.
    pub(crate) fn is_released(&self) -> bool {
        self.holder().is_empty() && self.secs() == Some(Claim::RELEASED_SECS)
    }

    /// How long to wait after its last change; never shorter than what this candidate itself asks for
    pub(crate) fn duration(&self, timing: &Timing) -> Duration {
        let said = self.secs().map_or(Duration::ZERO, Duration::from_secs);
        said.min(Timing::LEASE_MAX).max(timing.lease)
    }

    /// The object of a claim to this lease; it is accepted only while this is its newest version
    pub fn claimed(&self, claim: &Claim) -> Value {
        let mut object = self.object.clone();
        claim.write(&mut object);
        object
    }

    fn secs(&self) -> Option<u64> {
        self.spec("leaseDurationSeconds").as_u64()
    }

    fn spec(&self, field: &str) -> &Value {
        &self.object["spec"][field]
    }
}

// === impl Claim ===

impl Claim {
    /// The shortest that the API server takes
    const RELEASED_SECS: u64 = 1;

    /// The end of a term in good order: nobody holds it, and nobody has to wait
    pub(crate) fn release(renewed: Timestamp, transitions: i32) -> Self {
        let duration = Duration::from_secs(Self::RELEASED_SECS);
        Self { holder: String::new(), duration, acquired: Some(renewed), renewed, transitions }
    }

    /// The object of a claim where there is no lease
    pub fn created(&self, namespace: &str, name: &str) -> Value {
        let mut object = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": { "namespace": namespace, "name": name },
            "spec": {},
        });
        self.write(&mut object);
        object
    }

    fn write(&self, object: &mut Value) {
        // the server insists on six digits after the second
        let micro = |time: Timestamp| Value::from(format!("{time:.6}"));
        let spec = &mut object["spec"];
        spec["holderIdentity"] = Value::from(self.holder.as_str());
        spec["leaseDurationSeconds"] = Value::from(self.duration.as_secs());
        spec["acquireTime"] = self.acquired.map_or(Value::Null, micro);
        spec["renewTime"] = micro(self.renewed);
        spec["leaseTransitions"] = Value::from(self.transitions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        let time: Timestamp = "2026-01-01T00:00:00.25Z".parse().unwrap();
        let duration = Duration::from_secs(15);
        Claim { holder: "a_1".into(), duration, acquired: Some(time), renewed: time, transitions: 3 }
    }

    #[test]
    fn what_others_keep_in_a_lease_stays() {
        let lease = Lease::new(json!({
            "metadata": { "name": "x", "uid": "u", "resourceVersion": "7", "labels": { "a": "b" } },
            "spec": {
                "holderIdentity": "b_2", "leaseTransitions": 2,
                "preferredHolder": "c_3", "strategy": "OldestEmulationVersion", "new": 1,
            },
        }));
        assert_eq!(
            lease.claimed(&claim()),
            json!({
                "metadata": { "name": "x", "uid": "u", "resourceVersion": "7", "labels": { "a": "b" } },
                "spec": {
                    "holderIdentity": "a_1", "leaseDurationSeconds": 15, "leaseTransitions": 3,
                    "acquireTime": "2026-01-01T00:00:00.250000Z", "renewTime": "2026-01-01T00:00:00.250000Z",
                    "preferredHolder": "c_3", "strategy": "OldestEmulationVersion", "new": 1,
                },
            })
        );
    }

    #[test]
    fn a_claim_is_read_as_it_was_written() {
        let lease = Lease::new(claim().created("ns", "x"));
        assert_eq!((lease.holder(), lease.transitions(), lease.preferred()), ("a_1", 3, None));
        assert_eq!(lease.renewed(), Some(claim().renewed));
        assert_eq!(lease.acquired(), claim().acquired);
        assert!(!lease.is_released());
        let released = Claim::release(claim().renewed, 3);
        assert!(Lease::new(lease.claimed(&released)).is_released());
    }

    #[test]
    fn odd_leases_are_held_for_as_long_as_a_claim_of_our_own() {
        let timing = Timing::default();
        for (spec, secs) in [
            (json!({}), 15),
            (json!({ "leaseDurationSeconds": 0 }), 15),
            (json!({ "leaseDurationSeconds": -7 }), 15),
            (json!({ "leaseDurationSeconds": 60 }), 60),
            (json!({ "leaseDurationSeconds": 1_000_000_000 }), 600),
            (json!({ "holderIdentity": "", "leaseDurationSeconds": 15 }), 15),
            (json!({ "holderIdentity": 4, "leaseTransitions": "many", "renewTime": "soon" }), 15),
        ] {
            let lease = Lease::new(json!({ "spec": spec }));
            assert_eq!(lease.duration(&timing), Duration::from_secs(secs), "{spec}");
            assert!(!lease.is_released(), "{spec}");
        }
    }
}
