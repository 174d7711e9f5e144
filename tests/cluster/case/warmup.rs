//! Warm-up: a process that is new creates what is missing and removes nothing, for as long as is declared
//!
//! Where it is declared to be over at once, it is over with the first look at all resources; where it is long, it is
//! longer than the case.

use healing_sandbox::Failure as PodFailure;
use http::Method;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::Case;
use crate::embedded::brisk;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, BRISK_SERVICE, Service};
use crate::world::{LEADER_ELECT, World};

/// The generated role for the lease, and where it is
const ELECTION_ROLE: &str = "brisk-operator-leader-election-role";
const ELECTION_ROLE_NAMESPACE: &str = "brisk-operator-system";
/// Seconds that are longer than the case
const LONG: u32 = 600;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(a_new_process_creates_what_is_missing_and_removes_nothing),
        Case::new(a_new_leader_takes_on_an_open_heal_when_it_is_warm),
    ]
}

async fn a_new_process_creates_what_is_missing_and_removes_nothing(world: World) -> Result<(), Failure> {
    let mut operator = service::start_brisk(&world).await?;
    let mut webs = Vec::new();
    for (name, warmup) in [("eager", 0), ("patient", LONG), ("short", LONG)] {
        let spec = json!({ "replicaCount": 3, "leaderWarmupSeconds": warmup });
        let web = Service::create_of(BRISK_SERVICE, &world, name, spec).await?;
        web.converged(3).await?;
        webs.push(web);
    }
    let [eager, patient, short] = webs.as_slice() else { return Err(Failure::new("three services")) };
    operator.kill9().await?;
    eager.scale(1).await?;
    patient.scale(1).await?;
    let lost = short.pod_names().await?.swap_remove(0);
    world.api::<Pod>().delete(&lost, &DeleteParams::default().grace_period(0)).await?;
    operator.restart()?;

    eager.converged(1).await?;
    short.converged(3).await?;
    let waiting = patient.until("it has been looked at", is_decided).await?;
    assert_eq!(waiting["status"]["replicas"], 3, "removed by a process that is new: {waiting}");

    // a changed knob counts from the next decision on
    patient.patch(json!({ "leaderWarmupSeconds": 0 })).await?;
    patient.converged(1).await?;
    Ok(())
}

/// The leader announced a heal and was killed before its DELETE
async fn a_new_leader_takes_on_an_open_heal_when_it_is_warm(world: World) -> Result<(), Failure> {
    service::install_brisk(&world).await?;
    world.allow_election(ELECTION_ROLE, ELECTION_ROLE_NAMESPACE).await?;
    let proxy = world.proxy().await?;
    let elected = Operator { args: &[LEADER_ELECT], ..Operator::embedded(brisk::NAME) };
    let leader = world.operator(Operator { proxy: Some(&proxy), ..elected }).await?;
    let web = Service::create_of(BRISK_SERVICE, &world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let _standby = world.operator(elected).await?;
    let mut hold = proxy.hold_before(|call| call.is(&Method::DELETE, "pods"));
    let (broken, _failure) = web.break_first(PodFailure::CrashLoop).await?;
    let held = hold.next().await?;
    let announced = intents(&web.get().await?["status"]);
    leader.kill9().await?;
    drop((hold, held));
    web.patch(json!({ "leaderWarmupSeconds": LONG })).await?;

    web.until("the new leader has looked at it", is_decided).await?;
    assert!(web.pod_names().await?.contains(&broken), "healed by a leader that is new");
    web.patch(json!({ "leaderWarmupSeconds": 0 })).await?;
    web.told("Healed").await?;
    web.converged(3).await?;

    assert!(!web.pod_names().await?.contains(&broken));
    let said = web.statuses()?.into_iter().flat_map(|(_, status)| intents(&status));
    let last = said.last().ok_or_else(|| Failure::new("no intent"))?;
    let epoch = |intent: &Value| intent["epoch"].as_i64();
    assert_eq!(epoch(&last), epoch(&announced[0]).map(|epoch| epoch + 1), "under the name of the new leader");
    assert_eq!(last["podName"], announced[0]["podName"]);
    assert_eq!(web.accepted("delete", "pods")?.len(), 1);
    assert_eq!(web.accepted("create", "pods")?.len(), 4, "one for each pod, and one replacement");
    Ok(())
}

/// Whether the status is about the present generation
fn is_decided(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

fn intents(status: &Value) -> Vec<Value> {
    status["healing"]["intents"].as_array().cloned().unwrap_or_default()
}
