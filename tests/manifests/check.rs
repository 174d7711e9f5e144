//! What must hold of everything that crd-gen writes

use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::pin::Pin;

use crd_gen::emit::{self, Selection, Settings};
use explained::Explained;
use serde_json::{Value, json};

use crate::output::{self, Objects, objects, template};
use crate::world::{World, text};
use crate::{linter, schema};

/// A check; it fails with what is wrong
pub(crate) type Check = for<'w> fn(&'w World) -> Pin<Box<dyn Future<Output = Result<(), String>> + 'w>>;

macro_rules! checks {
    ($($name:ident)*) => { &[$((stringify!($name), |world| Box::pin($name(world)))),*] };
}

/// All of them, by name
pub(crate) const CHECKS: &[(&str, Check)] = checks! {
    kustomize_makes_of_the_tree_what_the_stream_says
    helm_makes_of_the_chart_what_the_stream_says
    what_looks_like_a_template_is_text_in_the_chart
    every_value_of_the_chart_counts
    helm_lint_finds_nothing
    values_that_do_not_exist_are_refused
    kubeconform_finds_nothing
    kube_score_finds_what_is_deliberate
    what_kube_linter_checks_by_default_holds
    each_check_of_kube_linter_finds_its_mistake
    an_api_server_takes_everything
    an_api_server_takes_the_samples
    alerts_name_metrics_that_there_are
};

async fn kustomize_makes_of_the_tree_what_the_stream_says(world: &World) -> Result<(), String> {
    for (way, settings) in output::ways(&world.version) {
        let built = objects(&output::built(world, &settings).await?)?;
        same(way, &built, &objects(&output::stream(world, &settings)?)?)?;
    }
    Ok(())
}

/// But for the namespace, which Helm makes, and what keeps the definitions
async fn helm_makes_of_the_chart_what_the_stream_says(world: &World) -> Result<(), String> {
    for (way, settings) in output::ways(&world.version) {
        let mut templated = objects(&output::templated(world, &settings).await?)?;
        for definition in templated.values_mut().filter(|one| one["kind"] == "CustomResourceDefinition") {
            let annotations =
                definition["metadata"].as_object_mut().and_then(|map| map.remove("annotations"));
            expect(annotations == Some(json!({ "helm.sh/resource-policy": "keep" })), || {
                format!("{annotations:?}")
            })?;
        }
        let mut stream = objects(&output::stream(world, &settings)?)?;
        stream.retain(|_, one| one["kind"] != "Namespace");
        same(way, &templated, &stream)?;
    }
    Ok(())
}

async fn what_looks_like_a_template_is_text_in_the_chart(world: &World) -> Result<(), String> {
    let mut description = world.description.clone();
    let odd = "{{ .Values.image }} {{- end }} }} {{ `x` }} \"y\"";
    description.resources[0].schema["properties"]["spec"]["properties"]["replicaCount"]["description"] =
        json!(odd);
    let files =
        emit::chart(&description, &Settings::of("a:b"), "1.2.3").map_err(|error| error.to_string())?;
    let templated = output::documents(&template(world, &world.folder(&files)?, &[]).await?)?;
    let definition = templated.iter().find(|one| one["kind"] == "CustomResourceDefinition");
    let place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/replicaCount/description";
    let shown = definition.and_then(|definition| definition.pointer(place));
    expect(shown == Some(&json!(odd)), || format!("{shown:?}"))
}

/// A value, and what it must change: an object by kind, the place in it, and what is there then
const VALUES: &[(&str, &str, &str, &str)] = &[
    (
        "image.repository=r.example.com/x",
        "Deployment",
        "/spec/template/spec/containers/0/image",
        "\"r.example.com/x:VERSION\"",
    ),
    ("image.tag=v9", "Deployment", "/spec/template/spec/containers/0/image", "\"healing-operator:v9\""),
    (
        "image.digest=sha256:0a",
        "Deployment",
        "/spec/template/spec/containers/0/image",
        "\"healing-operator@sha256:0a\"",
    ),
    (
        "image.pullPolicy=Always",
        "Deployment",
        "/spec/template/spec/containers/0/imagePullPolicy",
        "\"Always\"",
    ),
    (
        "imagePullSecrets[0].name=key",
        "Deployment",
        "/spec/template/spec/imagePullSecrets",
        "[{\"name\":\"key\"}]",
    ),
    ("replicas=0", "Deployment", "/spec/replicas", "0"),
    ("replicas=2", "Deployment", "/spec/template/spec/containers/0/env/0/value", "\"true\""),
    ("replicas=2", "Deployment", "/spec/strategy/type", "\"RollingUpdate\""),
    ("leaderElection=true", "Deployment", "/spec/template/spec/containers/0/env/0/value", "\"true\""),
    (
        "resources.limits.memory=1Gi",
        "Deployment",
        "/spec/template/spec/containers/0/resources/limits/memory",
        "\"1Gi\"",
    ),
    ("namespaces={shop}", "Deployment", "/spec/template/spec/containers/0/env/1/value", "\"shop\""),
    ("namespaces={leader}", "RoleBinding", "/metadata/namespace", "\"healing-operator-system\""),
    ("extraEnv[0].name=A", "Deployment", "/spec/template/spec/containers/0/env/1/name", "\"A\""),
    ("serviceAccount.name=other", "Deployment", "/spec/template/spec/serviceAccountName", "\"other\""),
    ("serviceAccount.name=other", "ClusterRoleBinding", "/subjects/0/name", "\"other\""),
    ("serviceAccount.name=other", "ServiceAccount", "/metadata/name", "\"other\""),
    ("serviceAccount.create=false", "ServiceAccount", "", "null"),
    ("serviceAccount.annotations.a=b", "ServiceAccount", "/metadata/annotations", "{\"a\":\"b\"}"),
    ("crds.install=false", "CustomResourceDefinition", "", "null"),
    ("crds.keep=false", "CustomResourceDefinition", "/metadata/annotations", "null"),
    ("webhook.enabled=true", "ValidatingWebhookConfiguration", "/webhooks/0/failurePolicy", "\"Fail\""),
    (
        "webhook.enabled=true",
        "Deployment",
        "/spec/template/spec/containers/0/env/1/value",
        "\"healing-operator-webhook-certificate\"",
    ),
    (
        "webhook.enabled=true,webhook.certManager=true",
        "Certificate",
        "/spec/issuerRef/name",
        "\"healing-operator-selfsigned-issuer\"",
    ),
    (
        "monitoring.enabled=true,monitoring.labels.release=p",
        "ServiceMonitor",
        "/metadata/labels/release",
        "\"p\"",
    ),
    (
        "monitoring.enabled=true,monitoring.labels.team=p,commonLabels.team=a",
        "PrometheusRule",
        "/metadata/labels/team",
        "\"p\"",
    ),
    ("networkPolicy.enabled=false", "NetworkPolicy", "", "null"),
    ("podDisruptionBudget.enabled=false", "PodDisruptionBudget", "", "null"),
    ("commonLabels.team=a", "Service", "/metadata/labels/team", "\"a\""),
    ("commonLabels.team=a", "Deployment", "/spec/template/metadata/labels/team", "\"a\""),
    ("commonAnnotations.team=a", "ClusterRoleBinding", "/metadata/annotations", "{\"team\":\"a\"}"),
    ("commonAnnotations.team=a", "ServiceAccount", "/metadata/annotations", "{\"team\":\"a\"}"),
    ("podLabels.team=a", "Deployment", "/spec/template/metadata/labels/team", "\"a\""),
    ("podAnnotations.team=a", "Deployment", "/spec/template/metadata/annotations/team", "\"a\""),
    ("nodeSelector.disk=ssd", "Deployment", "/spec/template/spec/nodeSelector", "{\"disk\":\"ssd\"}"),
    (
        "tolerations[0].operator=Exists",
        "Deployment",
        "/spec/template/spec/tolerations/0/operator",
        "\"Exists\"",
    ),
    ("affinity.podAffinity.x=y", "Deployment", "/spec/template/spec/affinity/podAffinity/x", "\"y\""),
    ("priorityClassName=high", "Deployment", "/spec/template/spec/priorityClassName", "\"high\""),
    ("fullnameOverride=other", "Deployment", "/metadata/name", "\"other-manager\""),
    (
        "fullnameOverride=other",
        "Deployment",
        "/spec/template/metadata/labels/app.kubernetes.io~1name",
        "\"other\"",
    ),
];

async fn every_value_of_the_chart_counts(world: &World) -> Result<(), String> {
    let chart = chart(world)?;
    let values = fs::read_to_string(chart.join("values.yaml")).map_err(|error| error.to_string())?;
    let values: Value = serde_saphyr::from_str(&values).map_err(|error| error.to_string())?;
    let mut unset: BTreeSet<&String> =
        values.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    // its ClusterRoles are counted below
    unset.remove(&"accessRoles".to_owned());
    for (set, kind, place, expected) in VALUES {
        let templated = output::documents(&template(world, &chart, &["--set", set]).await?)?;
        let object = templated.iter().find(|one| one["kind"] == *kind);
        let found = object.and_then(|object| object.pointer(place)).unwrap_or(&Value::Null);
        let expected: Value = serde_json::from_str(&expected.replace("VERSION", &world.version))
            .map_err(|error| error.to_string())?;
        expect(*found == expected, || format!("{set}: {kind}{place} is {found}, not {expected}"))?;
        unset.retain(|name| {
            !set.split(',').any(|set| set.split(['.', '[', '=']).next() == Some(name.as_str()))
        });
    }
    expect(unset.is_empty(), || format!("not tried: {unset:?}"))?;
    let roles = async |value: &str| -> Result<usize, String> {
        let templated = template(world, &chart, &["--set", &format!("accessRoles={value}")]).await?;
        Ok(templated.matches("\nkind: ClusterRole\n").count())
    };
    expect((roles("true").await?, roles("false").await?) == (4, 1), || "accessRoles".to_owned())
}

async fn helm_lint_finds_nothing(world: &World) -> Result<(), String> {
    let printed = world.tool("helm", &["lint", "--strict", text(&chart(world)?)], "").await?;
    let found: Vec<&str> = printed
        .lines()
        // a picture is no business of ours
        .filter(|line| line.starts_with('[') && *line != "[INFO] Chart.yaml: icon is recommended")
        .collect();
    expect(found.is_empty(), || found.join("\n"))
}

async fn values_that_do_not_exist_are_refused(world: &World) -> Result<(), String> {
    let chart = chart(world)?;
    for (set, message) in [
        ("replica=1", "additional properties 'replica' not allowed"),
        ("replicas=-1", "minimum"),
        ("webhook.enable=true", "additional properties 'enable' not allowed"),
        ("namespaces={Shop}", "does not match pattern"),
        ("webhook=null", "missing property 'webhook'"),
        ("commonLabels.app\\.kubernetes\\.io/name=x", "app.kubernetes.io/name is the chart's own"),
        ("podLabels.control-plane=x", "control-plane is the chart's own"),
        ("monitoring.labels.control-plane=x", "monitoring.labels: the label control-plane is"),
    ] {
        let flags = ["template", "x", text(&chart), "--set", set];
        let (success, printed) = world.try_tool("helm", &flags, "").await?;
        expect(!success && printed.contains(message), || format!("{set}: {printed}"))?;
    }
    Ok(())
}

async fn kubeconform_finds_nothing(world: &World) -> Result<(), String> {
    let place = schema::write(world).await?;
    let flags = ["-strict", "-summary", "-schema-location", &place];
    for output in output::all(world).await? {
        let printed = world.tool("kubeconform", &flags, &output.yaml).await?;
        let count = output::documents(&output.yaml)?.len();
        expect(printed.contains(&format!("Valid: {count}, Invalid: 0, Errors: 0, Skipped: 0")), || {
            format!("{}: {printed}", output.name)
        })?;
    }
    for (broken, message) in [
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: []}\n", "port"),
        ("apiVersion: v1\nkind: Serviec\nmetadata: {name: a}\n", "Serviec"),
        (
            "apiVersion: example.com/v1\nkind: HealingService\nmetadata: {name: a}\nspec: {replicaCount: 0}\n",
            "minimum",
        ),
    ] {
        let (success, printed) = world.try_tool("kubeconform", &flags, broken).await?;
        expect(!success && printed.contains(message), || format!("{broken}: {printed}"))?;
    }
    Ok(())
}

async fn kube_score_finds_what_is_deliberate(world: &World) -> Result<(), String> {
    let deliberate = Explained::parse(include_str!("deliberate.txt"))?;
    let mut found = Vec::new();
    for output in output::all(world).await? {
        let flags = ["score", "--kubernetes-version", "v1.37", "--output-format", "ci", "-"];
        let (_, printed) = world.try_tool("kube-score", &flags, &output.yaml).await?;
        expect(printed.contains("Deployment"), || format!("{}: {printed}", output.name))?;
        for line in printed.lines() {
            let Some((grade, finding)) = line.split_once("] ") else {
                return Err(format!("{}: {line}", output.name));
            };
            let grade = grade.trim_start_matches('[');
            let finding = finding.split_once(": ").map_or(finding, |(_, finding)| finding);
            if !["OK", "SKIPPED"].contains(&grade) && !deliberate.covers(&format!("{grade} {finding}")) {
                found.push(format!("{}: {line}", output.name));
            }
        }
    }
    found.extend(deliberate.unused().iter().map(|line| format!("explains nothing: {line}")));
    expect(found.is_empty(), || found.join("\n"))
}

async fn what_kube_linter_checks_by_default_holds(world: &World) -> Result<(), String> {
    for output in output::all(world).await? {
        let broken = linter::broken(&objects(&output.yaml)?);
        expect(broken.is_empty(), || format!("{}: {broken:?}", output.name))?;
    }
    Ok(())
}

async fn each_check_of_kube_linter_finds_its_mistake(world: &World) -> Result<(), String> {
    for (way, settings) in output::ways(&world.version) {
        let amiss = linter::mistakes::amiss(&objects(&output::stream(world, &settings)?)?)?;
        expect(amiss.is_empty(), || format!("{way}:\n{}", amiss.join("\n")))?;
    }
    Ok(())
}

async fn an_api_server_takes_everything(world: &World) -> Result<(), String> {
    for output in output::all(world).await? {
        let flags = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
        let printed =
            world.kubectl(&flags, &output.yaml).await.map_err(|why| format!("{}: {why}", output.name))?;
        let count = output::documents(&output.yaml)?.len();
        expect(printed.lines().count() == count, || format!("{}: {printed}", output.name))?;
    }
    Ok(())
}

/// The short one and the full one, with what their definition says
async fn an_api_server_takes_the_samples(world: &World) -> Result<(), String> {
    let settings = Settings::default();
    let definitions = emit::install(&world.description, Selection::Crd, &settings);
    let definitions = crd_gen::yaml::stream(&definitions).map_err(|error| error.to_string())?;
    world.kubectl(&["apply", "--server-side", "-f", "-"], &definitions).await?;
    let established = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"];
    world.kubectl(&established, "").await?;
    let tree = emit::tree(&world.description, Selection::Manifests, &settings);
    let tree = tree.map_err(|error| error.to_string())?;
    let place = schema::write(world).await?;
    let mut count = 0;
    for sample in &tree {
        if sample.path.starts_with("samples/") && !sample.path.ends_with("kustomization.yaml") {
            let flags = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
            let taken = world.kubectl(&flags, &sample.content).await;
            taken.map_err(|why| format!("{}: {why}", sample.path))?;
            world.tool("kubeconform", &["-strict", "-schema-location", &place], &sample.content).await?;
            count += 1;
        }
    }
    expect(count == 2, || format!("{count} samples"))
}

/// With the labels that they are grouped by
async fn alerts_name_metrics_that_there_are(world: &World) -> Result<(), String> {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/metrics.md"));
    let page = page.map_err(|error| error.to_string())?;
    let settings = Settings { monitoring: true, ..Settings::of("a:b") };
    let stream = output::documents(&output::stream(world, &settings)?)?;
    let rule = stream.iter().find(|one| one["kind"] == "PrometheusRule").ok_or("no PrometheusRule")?;
    let alerts = rule["spec"]["groups"][0]["rules"].as_array().ok_or("no alerts")?;
    for alert in alerts {
        let expression = alert["expr"].as_str().unwrap_or_default();
        let words = expression.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let metrics: Vec<&str> = words.filter(|word| word.matches('_').count() > 1).collect();
        expect(!metrics.is_empty(), || format!("no metric in {expression}"))?;
        for metric in metrics {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{metric}` |")));
            let row = row.ok_or_else(|| format!("no metric {metric}"))?;
            for label in ["controller", "resource"] {
                let is_used =
                    alert["annotations"]["summary"].to_string().contains(&format!("$labels.{label} "));
                expect(!is_used || row.contains(&format!("`{label}`")), || {
                    format!("{metric} has no {label}")
                })?;
            }
        }
    }
    Ok(())
}

fn chart(world: &World) -> Result<std::path::PathBuf, String> {
    let settings = Settings::of(format!("healing-operator:{}", world.version));
    let files = emit::chart(&world.description, &settings, &world.version);
    world.folder(&files.map_err(|error| error.to_string())?)
}

fn same(way: &str, one: &Objects, other: &Objects) -> Result<(), String> {
    let names = |objects: &Objects| objects.keys().cloned().collect::<BTreeSet<_>>();
    let apart: Vec<String> = names(one).symmetric_difference(&names(other)).cloned().collect();
    expect(apart.is_empty(), || format!("{way}: only in one: {apart:?}"))?;
    for (name, object) in one {
        expect(*object == other[name], || format!("{way}: {name}:\n{object}\n{}", other[name]))?;
    }
    Ok(())
}

fn expect(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}
