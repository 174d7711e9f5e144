//! Objects beside pods: applied before pods, kept as they were applied, removed when nobody wants them any more

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Service as KubeService};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::api::{Patch, PatchParams, PostParams, PropagationPolicy};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::operator::RunningOperator;
use crate::service::{self, KEPT_SERVICE, Service, condition};
use crate::wait::eventually;
use crate::world::World;

/// Kinds that it owns, as the audit log names them
const OWNED: [&str; 3] = ["configmaps", "services", "poddisruptionbudgets"];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(objects_come_before_pods_and_go_with_the_spec_and_the_resource),
        Case::new(drift_is_set_back_and_fields_of_others_stay),
        Case::new(an_object_of_somebody_else_is_left_alone),
        Case::new(settled_objects_are_not_written_again),
    ]
}

async fn objects_come_before_pods_and_go_with_the_spec_and_the_resource(world: World) -> Result<(), Failure> {
    let _operator = service::start_keeper(&world).await?;
    let web = create(&world, json!({ "replicaCount": 2, "mode": "fast", "exposed": true })).await?;
    web.converged(2).await?;
    let settings = get::<ConfigMap>(&world, "web-settings").await?;
    let uid = web.uid().await?;
    for metadata in [
        settings.metadata,
        metadata::<KubeService>(&world).await?,
        metadata::<PodDisruptionBudget>(&world).await?,
    ] {
        let owner = metadata.owner_references.unwrap_or_default().remove(0);
        assert_eq!((owner.controller, owner.block_owner_deletion), (Some(true), Some(true)));
        assert_eq!(owner.uid, uid);
        let labels = metadata.labels.unwrap_or_default();
        assert_eq!(labels["app.kubernetes.io/managed-by"], "keeper-operator");
        assert_eq!((&labels["app"], &labels["healing.dev/owner-uid"]), (&"web".to_owned(), &uid));
    }
    let first_pod = web.requests("create", "pods")?.remove(0).request_received_timestamp;
    for kind in OWNED {
        let applies = web.accepted("patch", kind)?;
        assert_eq!(applies.len(), 1, "{kind}");
        assert!(applies[0].request_received_timestamp < first_pod, "{kind} come before pods");
    }

    web.patch(json!({ "mode": null, "exposed": false })).await?;
    gone::<ConfigMap>(&world, "web-settings").await?;
    gone::<KubeService>(&world, "web").await?;
    gone::<PodDisruptionBudget>(&world, "web").await?;
    web.told("Pruned").await?;
    web.converged(2).await?;
    assert_eq!(web.accepted("delete", "pods")?.len(), 0, "the template is the same");

    // what is left is the garbage collector's
    web.patch(json!({ "mode": "slow" })).await?;
    eventually("the settings are back", async || get::<ConfigMap>(&world, "web-settings").await).await?;
    let deletes = web.accepted("delete", "configmaps")?.len();
    web.delete(PropagationPolicy::Background).await?;
    web.gone().await?;
    gone::<ConfigMap>(&world, "web-settings").await?;
    assert_eq!(web.accepted("delete", "configmaps")?.len(), deletes);
    Ok(())
}

async fn drift_is_set_back_and_fields_of_others_stay(world: World) -> Result<(), Failure> {
    let _operator = service::start_keeper(&world).await?;
    let web = create(&world, json!({ "replicaCount": 1, "mode": "fast", "exposed": true })).await?;
    web.converged(1).await?;
    apply_as_another(&world, "web-settings", json!({ "data": { "theirs": "kept" } })).await?;
    let maps = world.api::<ConfigMap>();
    let drift = Patch::Merge(json!({ "data": { "mode": "broken" } }));
    maps.patch("web-settings", &PatchParams::default(), &drift).await?;
    until(&world, "the value is set back", json!({ "mode": "fast", "theirs": "kept" })).await?;

    let services = world.api::<KubeService>();
    let before = services.get("web").await?;
    let drift = Patch::Merge(json!({ "spec": { "selector": { "tier": "other" } } }));
    services.patch("web", &PatchParams::default(), &drift).await?;
    eventually("the selector is set back", async || {
        let now = services.get("web").await?.spec.and_then(|spec| spec.selector);
        let wanted = before.spec.clone().and_then(|spec| spec.selector);
        Failure::unless(now == wanted, || format!("{now:?}"))
    })
    .await?;

    // a new value, and one that is not wanted any more, with the other manager's left where it is
    web.patch(json!({ "mode": "slow" })).await?;
    until(&world, "the new value is applied", json!({ "mode": "slow", "theirs": "kept" })).await?;
    // taken away, and with its label out of the watch's sight
    let labels = json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": null } } });
    maps.patch("web-settings", &PatchParams::default(), &Patch::Merge(labels)).await?;
    eventually("the label is back", async || {
        let labels = get::<ConfigMap>(&world, "web-settings").await?.metadata.labels.unwrap_or_default();
        Failure::unless(labels.contains_key("app.kubernetes.io/managed-by"), || format!("{labels:?}"))
    })
    .await?;
    maps.delete("web-settings", &kube::api::DeleteParams::default()).await?;
    until(&world, "a lost object is made again", json!({ "mode": "slow" })).await
}

async fn an_object_of_somebody_else_is_left_alone(world: World) -> Result<(), Failure> {
    let metadata = ObjectMeta { name: Some("web-settings".to_owned()), ..ObjectMeta::default() };
    let data = Some([("mode".to_owned(), "theirs".to_owned())].into());
    let theirs = ConfigMap { metadata, data, ..ConfigMap::default() };
    let theirs = world.api::<ConfigMap>().create(&PostParams::default(), &theirs).await?;
    let _operator = service::start_keeper(&world).await?;
    let web = create(&world, json!({ "replicaCount": 2, "mode": "fast", "exposed": true })).await?;
    let object = web.converged(2).await?;
    let degraded = condition(&object, "Degraded");
    assert_eq!((&degraded["status"], &degraded["reason"]), (&json!("True"), &json!("ObjectConflict")));
    web.told("NameConflict").await?;
    get::<KubeService>(&world, "web").await?;
    assert_eq!(web.requests("patch", "configmaps")?.len(), 0);
    let now = get::<ConfigMap>(&world, "web-settings").await?;
    assert_eq!(now.metadata.resource_version, theirs.metadata.resource_version);

    world.api::<ConfigMap>().delete("web-settings", &kube::api::DeleteParams::default()).await?;
    // any look takes notice, at the latest the one of the next minute
    web.patch_metadata(json!({ "annotations": { "touched": "1" } })).await?;
    until(&world, "the name is free, so it is used", json!({ "mode": "fast" })).await?;
    web.until("all is as expected", |object| condition(object, "Degraded")["status"] == "False").await?;
    Ok(())
}

/// Two restarts, and looks for other reasons: nothing is written, and nothing is asked for that the watches show
async fn settled_objects_are_not_written_again(world: World) -> Result<(), Failure> {
    let mut operator = service::start_keeper(&world).await?;
    let web = create(&world, json!({ "replicaCount": 1, "mode": "fast", "exposed": true })).await?;
    web.converged(1).await?;
    let asked = || -> Result<Vec<usize>, Failure> {
        let verbs = ["get", "patch", "delete"];
        let each = OWNED.into_iter().flat_map(|kind| verbs.map(|verb| (verb, kind)));
        each.map(|(verb, kind)| Ok(web.requests(verb, kind)?.len())).collect()
    };
    let before = asked()?;
    let converged = web.get().await?;
    for _ in 0..2 {
        operator.terminate()?;
        operator.wait_exit().await?;
        operator.restart()?;
        looked(&web, &operator).await?;
    }
    assert_eq!(asked()?, before);
    assert_eq!(web.get().await?["status"], converged["status"]);
    Ok(())
}

/// Changes an annotation, and waits until the operator has made a pass because of it
async fn looked(web: &Service, operator: &RunningOperator) -> Result<(), Failure> {
    let passes = async || -> Result<u64, Failure> {
        let page = operator.metrics().await?;
        let lines = page.lines().filter(|line| line.starts_with("controller_runtime_reconcile_total{"));
        lines.map(|line| Ok(line.rsplit(' ').next().unwrap_or_default().parse::<u64>()?)).sum()
    };
    for value in ["first", "second"] {
        let before = eventually("it is ready", async || {
            operator.health("/readyz").await?;
            passes().await
        })
        .await?;
        web.patch_metadata(json!({ "annotations": { "touched": value } })).await?;
        eventually("a pass because of the annotation", async || {
            let now = passes().await?;
            Failure::unless(now > before, || format!("still {now} passes"))
        })
        .await?;
    }
    Ok(())
}

async fn create(world: &World, spec: Value) -> Result<Service, Failure> {
    Service::create_of(KEPT_SERVICE, world, "web", spec).await
}

async fn get<K>(world: &World, name: &str) -> Result<K, Failure>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + std::fmt::Debug + DeserializeOwned,
    K::DynamicType: Default,
{
    Ok(world.api::<K>().get(name).await?)
}

async fn metadata<K>(world: &World) -> Result<ObjectMeta, Failure>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + std::fmt::Debug + DeserializeOwned,
    K::DynamicType: Default,
{
    Ok(get::<K>(world, "web").await?.meta().clone())
}

async fn gone<K>(world: &World, name: &str) -> Result<(), Failure>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + std::fmt::Debug + DeserializeOwned,
    K::DynamicType: Default,
{
    eventually(&format!("{name} is gone"), async || {
        let left = world.api::<K>().get_opt(name).await?;
        Failure::unless(left.is_none(), || format!("{left:?}"))
    })
    .await
}

/// Waits until the settings say this
async fn until(world: &World, what: &str, data: Value) -> Result<(), Failure> {
    eventually(what, async || {
        let map = world.api::<ConfigMap>().get_opt("web-settings").await?;
        let now = json!(map.and_then(|map| map.data));
        Failure::unless(now == data, || now.to_string())
    })
    .await
}

/// Sets fields of a config map as another manager does
async fn apply_as_another(world: &World, name: &str, mut fields: Value) -> Result<(), Failure> {
    fields["apiVersion"] = json!("v1");
    fields["kind"] = json!("ConfigMap");
    fields["metadata"] = json!({ "name": name });
    let params = PatchParams::apply("another");
    world.api::<ConfigMap>().patch(name, &params, &Patch::Apply(fields)).await?;
    Ok(())
}
