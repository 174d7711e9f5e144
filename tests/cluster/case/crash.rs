//! Crashes: the operator is killed in the middle of a heal, and a fresh one ends it with no write too many

use control_plane::AuditEntry;
use healing_sandbox::{Failure as PodFailure, FailureGuard};
use http::Method;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::operator::{Operator, RunningOperator};
use crate::proxy::{Hold, Proxy};
use crate::service::{self, EXAMPLE, Service};
use crate::world::World;

/// Pods of a resource here
const REPLICAS: usize = 2;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(killed_after_the_intent),
        Case::new(killed_after_the_delete),
        Case::new(killed_after_the_create_of_a_replacement),
        Case::new(killed_after_the_first_create),
    ]
}

/// The intent is written, the DELETE never arrives: the fresh operator deletes the pod that was announced
async fn killed_after_the_intent(world: World) -> Result<(), Failure> {
    let mut scene = Scene::new(&world).await?;
    let mut hold = scene.proxy.hold_before(|call| call.is(&Method::DELETE, "pods"));
    let broken = scene.break_a_pod().await?;
    let held = hold.next().await?;
    let announced = intent(&scene.web.get().await?);
    assert_eq!(announced["podName"], *broken.name, "the intent is there before the DELETE");
    let pods = scene.web.pods().await?;
    assert!(pods.iter().all(|pod| pod.metadata.deletion_timestamp.is_none()), "the DELETE has not arrived");

    scene.crash(hold).await?;
    drop(held);

    scene.ends_healed(&broken, &announced).await
}

/// The DELETE has happened and its answer is lost: the fresh operator deletes nothing more and fills the slot
async fn killed_after_the_delete(world: World) -> Result<(), Failure> {
    let mut scene = Scene::new(&world).await?;
    let mut hold = scene.proxy.hold_after(|call| call.is(&Method::DELETE, "pods"));
    let broken = scene.break_a_pod().await?;
    let held = hold.next().await?;
    let announced = intent(&scene.web.get().await?);

    scene.crash(hold).await?;
    drop(held);

    scene.ends_healed(&broken, &announced).await
}

/// The replacement exists and the operator never learned it: the fresh one makes no second one
async fn killed_after_the_create_of_a_replacement(world: World) -> Result<(), Failure> {
    let mut scene = Scene::new(&world).await?;
    let mut hold = scene.proxy.hold_after(|call| call.is(&Method::POST, "pods"));
    let broken = scene.break_a_pod().await?;
    let held = hold.next().await?;
    let announced = intent(&scene.web.get().await?);
    let sent: Value = serde_json::from_slice(&held.call.body)?;
    assert_eq!(sent["metadata"]["annotations"]["healing.dev/replaces"], *broken.name);

    scene.crash(hold).await?;
    drop(held);

    scene.ends_healed(&broken, &announced).await
}

/// The same with the very first pod of a resource
async fn killed_after_the_first_create(world: World) -> Result<(), Failure> {
    let (proxy, mut operator) = start(&world).await?;
    let mut hold = proxy.hold_after(|call| call.is(&Method::POST, "pods"));
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    let held = hold.next().await?;
    operator.kill9().await?;
    drop((hold, held));
    assert_eq!(web.pods().await?.len(), 1, "it happened, and slow start sends no second one with it");
    operator.restart()?;

    web.converged(3).await?;

    assert_eq!(web.requests("create", "pods")?.len(), 3, "one create a pod");
    assert_eq!(web.requests("delete", "pods")?.len(), 0);
    Ok(())
}

/// A resource whose operator goes through a proxy
struct Scene {
    proxy: Proxy,
    operator: RunningOperator,
    web: Service,
}

/// A pod that crash-loops, and none after it
struct Broken {
    name: String,
    _failure: FailureGuard,
}

async fn start(world: &World) -> Result<(Proxy, RunningOperator), Failure> {
    service::install(world).await?;
    let proxy = world.proxy().await?;
    let operator = world.operator(Operator { proxy: Some(&proxy), ..Operator::example(EXAMPLE) }).await?;
    Ok((proxy, operator))
}

// === impl Scene ===

impl Scene {
    async fn new(world: &World) -> Result<Self, Failure> {
        let (proxy, operator) = start(world).await?;
        let spec = json!({ "replicaCount": REPLICAS, "healthThreshold": REPLICAS });
        let web = Service::create(world, "web", spec).await?;
        web.converged(REPLICAS).await?;
        Ok(Self { proxy, operator, web })
    }

    async fn break_a_pod(&self) -> Result<Broken, Failure> {
        let (name, failure) = self.web.break_first(PodFailure::CrashLoop).await?;
        Ok(Broken { name, _failure: failure })
    }

    /// Kills the operator while a request is held, and starts it again with nothing held any more
    async fn crash(&mut self, hold: Hold) -> Result<(), Failure> {
        self.operator.kill9().await?;
        drop(hold);
        self.operator.restart()
    }

    /// All is well in the end, and what was asked of the API server is what one heal without a crash takes
    async fn ends_healed(&self, broken: &Broken, announced: &Value) -> Result<(), Failure> {
        let object = self
            .web
            .until("the heal is closed", |object| {
                let status = &object["status"];
                status["healthyReplicas"] == REPLICAS && status["healing"]["intents"].is_null()
            })
            .await?;
        self.web.converged(REPLICAS).await?;
        assert_eq!(object["status"]["lastHealTime"], announced["time"], "it was announced once");
        self.web.told("Healed").await?;

        let deletes = self.web.accepted("delete", "pods")?;
        let deleted: Vec<&str> = deletes.iter().map(|delete| delete.name()).collect();
        assert_eq!(deleted, [broken.name.as_str()], "one DELETE");
        let preconditions = deletes[0].request_object.as_ref().map(|body| &body["preconditions"]["uid"]);
        assert_eq!(preconditions, Some(&announced["podUid"]));
        let creates = self.web.requests("create", "pods")?;
        assert_eq!(creates.len(), REPLICAS + 1, "one create for each pod and one for the replacement");
        let replacement = creates.last().and_then(|create| create.request_object.clone()).unwrap_or_default();
        let meta = &replacement["metadata"];
        assert_eq!(meta["annotations"]["healing.dev/replaces"], *broken.name);
        assert_eq!(meta["annotations"]["healing.dev/attempt"], "1");
        assert_eq!(meta["labels"]["healing.dev/slot"], announced["slot"].to_string());
        self.never_one_too_many()
    }

    /// Counts the pods after each write that the API server accepted
    fn never_one_too_many(&self) -> Result<(), Failure> {
        let mut writes = self.web.accepted("create", "pods")?;
        writes.extend(self.web.accepted("delete", "pods")?);
        writes.sort_by_key(|write| write.stage_timestamp);
        let mut live = 0_usize;
        for write in &writes {
            live = if is_create(write) { live + 1 } else { live - 1 };
            Failure::unless(live <= REPLICAS, || format!("{live} live pods after {write}"))?;
        }
        Failure::unless(live == REPLICAS, || format!("{live} live pods in the end"))
    }
}

fn is_create(write: &AuditEntry) -> bool {
    write.verb == "create"
}

/// The only open intent of a resource
fn intent(object: &Value) -> Value {
    object["status"]["healing"]["intents"][0].clone()
}
