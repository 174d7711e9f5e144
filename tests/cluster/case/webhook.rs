//! The validating webhook: what a real API server does with its answers, and how its own certificate is kept
//!
//! Both cases limit their configuration to namespaces of their own, or the others could change nothing.

use std::fs;
use std::path::PathBuf;

use control_plane::free_ports;
use crd_gen::Description;
use crd_gen::emit::{self, Names, Settings, WebhookParts};
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use super::Case;
use crate::embedded::checked;
use crate::failure::Failure;
use crate::operator::{Operator, OperatorProcess, RunningOperator};
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::real(what_only_rust_can_check_is_refused_before_it_is_stored),
        Case::real(replicas_share_a_certificate_of_their_own),
    ]
}

const ROLE: &str = "checked-operator-manager-role";

async fn what_only_rust_can_check_is_refused_before_it_is_stored(world: World) -> Result<(), Failure> {
    world.arm().install(&Operator::embedded(checked::NAME)).await?;
    world.allow(ROLE).await?;
    let [port] = free_ports()?;
    let (folder, authority) = certificate(&world, "localhost")?;
    let args = [
        format!("--webhook-bind-address=127.0.0.1:{port}"),
        format!("--webhook-cert-path={}", folder.display()),
    ];
    let args = [args[0].as_str(), args[1].as_str()];
    let running = world.operator(Operator { args: &args, ..Operator::embedded(checked::NAME) }).await?;
    let RunningOperator::Process(process) = &running else { return Err(Failure::new("no process")) };
    eventually("the operator is ready", async || process.health("/readyz").await).await?;

    let services = services(&world);
    services.create(&PostParams::default(), &service("old", 3)?).await?;
    // What it has to clean up is not made: the operator leaves an object alone that is not valid.
    let finalizers = json!({ "metadata": { "finalizers": ["harness.test/cleanup-protection"] } });
    services.patch("old", &PatchParams::default(), &Patch::Merge(finalizers)).await?;
    let configuration = json!({
        "metadata": { "name": world.namespace() },
        "webhooks": [{
            "name": "vcheckedservice.kb.io",
            "admissionReviewVersions": ["v1"],
            "clientConfig": {
                "url": format!("https://localhost:{port}/validate-harness-test-v1-checkedservice"),
                "caBundle": base64(&authority),
            },
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": world.namespace() } },
            "rules": [{
                "apiGroups": ["harness.test"], "apiVersions": ["v1"], "resources": ["checkedservices"],
                "operations": ["CREATE", "UPDATE"],
            }],
        }],
    });
    let configurations: Api<ValidatingWebhookConfiguration> = Api::all(world.client());
    configurations.create(&PostParams::default(), &serde_json::from_value(configuration)?).await?;
    let judged = judged(&services).await;
    configurations.delete(world.namespace(), &DeleteParams::default()).await?;
    judged
}

/// What is refused and what passes once the API server asks
async fn judged(services: &Api<DynamicObject>) -> Result<(), Failure> {
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    eventually("the API server asks", async || {
        let created = services.create(&dry, &service("new", 3)?).await;
        Failure::unless(created.is_err(), || "it was not refused".to_owned())
    })
    .await?;
    let refused = services.create(&PostParams::default(), &service("new", 3)?).await;
    let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    assert_eq!(
        status.message,
        "admission webhook \"vcheckedservice.kb.io\" denied the request: CheckedService.harness.test \"new\" is \
         invalid: spec.replicas: Invalid value: 3: must be a power of two"
    );
    let causes = &status.details.as_ref().expect("it has details").causes;
    assert_eq!(causes.len(), 1);
    assert_eq!(
        (causes[0].field.as_str(), causes[0].message.as_str()),
        ("spec.replicas", "Invalid value: 3: must be a power of two")
    );
    services.create(&PostParams::default(), &service("new", 4)?).await?;

    let patch = async |name: &str, patch: Value| {
        services.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await
    };
    assert!(patch("new", json!({ "spec": { "replicas": 5 } })).await.is_err());
    assert!(patch("old", json!({ "spec": { "replicas": 5 } })).await.is_err());
    patch("old", json!({ "metadata": { "labels": { "team": "a" } } })).await?;
    // Finalizers go although the rule is still broken, and with them the object.
    for name in ["old", "new"] {
        services.delete(name, &DeleteParams::default()).await?;
        eventually("the object goes", async || {
            let left = services.get_opt(name).await?;
            Failure::unless(left.is_none(), || format!("{left:?}"))
        })
        .await?;
    }
    Ok(())
}

async fn replicas_share_a_certificate_of_their_own(world: World) -> Result<(), Failure> {
    world.arm().install(&Operator::embedded(checked::NAME)).await?;
    let cluster = world.cluster()?;
    let names = Names::prefixed(checked::NAME);
    // No namespace is called so: nothing is asked about, and what is kept is all that counts.
    let nowhere = [format!("{}-nowhere", world.namespace())].into();
    let settings =
        Settings { namespaces: nowhere, webhook: WebhookParts::OwnCertificate, ..Settings::default() };
    let printed = Operator::embedded(checked::NAME).print(cluster, &["describe"]).await?;
    let description: Description = serde_json::from_str(&printed)?;
    let mut documents = emit::webhook_roles(&names, &names).to_vec();
    documents.push(emit::webhook_configuration(&names, &description, &settings));
    documents.push(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": KEEPER, "namespace": names.namespace() } }));
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": documents }).to_string();
    // the same documents, in the namespace of the case and for an account that may do nothing else
    let list = list
        .replace(&names.namespace(), world.namespace())
        .replace("checked-operator-controller-manager", KEEPER);
    cluster.plane.kubectl().run_with(&["create", "-f", "-"], &list).await?;

    let [_, secret, configuration] = emit::webhook_names(&names);
    let secrets: Api<Secret> = Api::namespaced(world.client(), world.namespace());
    let configurations: Api<ValidatingWebhookConfiguration> = Api::all(world.client());
    let mut first = keeper(&world, "first").await?;
    trusted(&first).await?;
    let (kept, told) = (secrets.get(&secret).await?, configurations.get(&configuration).await?);
    let data = kept.data.clone().unwrap_or_default();
    let bundle =
        told.webhooks.iter().flatten().next().and_then(|webhook| webhook.client_config.ca_bundle.clone());
    assert_eq!(bundle.as_ref(), data.get("ca.crt"), "the API server trusts what is shown");

    let second = keeper(&world, "second").await?;
    trusted(&second).await?;
    first.terminate()?;
    first.wait_exit().await?;
    first.restart()?;
    trusted(&first).await?;
    let (still, told_still) = (secrets.get(&secret).await?, configurations.get(&configuration).await?);
    assert_eq!(still.resource_version(), kept.resource_version(), "nobody wrote again");
    assert_eq!(told_still.resource_version(), told.resource_version(), "nobody wrote again");
    configurations.delete(&configuration, &DeleteParams::default()).await?;
    Ok(())
}

/// The account of the replicas
const KEEPER: &str = "keeper";

/// A replica that may keep its certificate and nothing else
async fn keeper(world: &World, which: &str) -> Result<OperatorProcess, Failure> {
    let cluster = world.cluster()?;
    let plane = &cluster.plane;
    let token = plane.token(world.namespace(), KEEPER).await?;
    let file = format!("{}-{which}.kubeconfig", world.namespace());
    let kubeconfig = plane.write_token_kubeconfig(&file, &token)?;
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&kubeconfig)?)?;
    config["contexts"][0]["context"]["namespace"] = json!(world.namespace());
    fs::write(&kubeconfig, config.to_string())?;
    let operator =
        Operator { args: &["--webhook-bind-address=127.0.0.1:0"], ..Operator::embedded(checked::NAME) };
    let log = plane.folder().join(format!("{}-{which}.log", world.namespace()));
    OperatorProcess::start(cluster, &operator, world.namespace(), (&kubeconfig, log)).await
}

/// Waits until a replica shows a certificate that the API server trusts
async fn trusted(replica: &OperatorProcess) -> Result<(), Failure> {
    eventually("the webhook is ready", async || {
        replica
            .health("/readyz/webhook")
            .await
            .map_err(|failure| Failure::new(format!("{failure}\n{}", replica.log(5))))
    })
    .await
    .map(drop)
}

/// A folder with a certificate for `host`, and the authority to trust for it
fn certificate(world: &World, host: &str) -> Result<(PathBuf, String), Failure> {
    let folder = world.cluster()?.plane.folder().join(format!("{}-certificate", world.namespace()));
    fs::create_dir_all(&folder)?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([host.to_owned()])?;
    params.use_authority_key_identifier_extension = true;
    fs::write(folder.join("tls.crt"), params.signed_by(&key, &authority)?.pem())?;
    fs::write(folder.join("tls.key"), key.serialize_pem())?;
    Ok((folder, authority.pem()))
}

fn services(world: &World) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("harness.test", "v1", "CheckedService");
    let resource = ApiResource::from_gvk_with_plural(&kind, "checkedservices");
    Api::namespaced_with(world.client(), world.namespace(), &resource)
}

fn service(name: &str, replicas: i32) -> Result<DynamicObject, Failure> {
    Ok(serde_json::from_value(json!({
        "apiVersion": "harness.test/v1",
        "kind": "CheckedService",
        "metadata": { "name": name },
        "spec": { "replicas": replicas },
    }))?)
}

/// Bytes as JSON has them in Kubernetes
fn base64(text: &str) -> Value {
    json!(k8s_openapi::ByteString(text.as_bytes().to_vec()))
}
