//! The thirty checks that kube-linter makes by default, as far as they concern what crd-gen writes
//!
//! kube-linter itself cannot be had through the module proxy. Each rule below has the name and the meaning of kube-linter's
//! check; it looks at Deployments, Services, disruption budgets and service accounts, as there is nothing else here
//! that runs. What each of them finds is shown by `mistakes`.

pub(crate) mod mistakes;

use serde_json::{Value, json};

use crate::output::Objects;

/// What a rule looks at: a Deployment, and everything that is installed with it
struct Seen<'o> {
    deployment: &'o Value,
    all: &'o Objects,
}

/// A name of kube-linter's, and whether the check is passed
type Rule = (&'static str, fn(&Seen<'_>) -> bool);

/// Folders of a node that no container may see
const SENSITIVE: [&str; 8] = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"];
/// What settings of a kernel begin with that others on the node share
const UNSAFE_SYSCTLS: [&str; 5] = ["kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.", "net."];

const RULES: &[Rule] = &[
    ("dangling-service", |seen| {
        seen.of_kind("Service").all(|service| seen.is_selected_by(&service["spec"]["selector"]))
    }),
    ("deprecated-service-account-field", |seen| seen.pod()["serviceAccount"].is_null()),
    ("docker-sock", |seen| !seen.host_paths().any(|path| path.ends_with("docker.sock"))),
    ("drop-net-raw-capability", |seen| {
        let dropped = &seen.security()["capabilities"]["drop"];
        ["ALL", "NET_RAW"].iter().any(|name| dropped.as_array().is_some_and(|all| all.contains(&json!(name))))
    }),
    ("duplicate-env-var", |seen| {
        let mut names: Vec<&Value> = list(&seen.container()["env"]).map(|one| &one["name"]).collect();
        let count = names.len();
        names.sort_by_key(ToString::to_string);
        names.dedup();
        names.len() == count
    }),
    ("env-var-secret", |seen| {
        let mut named = list(&seen.container()["env"]).filter(|one| !one["value"].is_null());
        !named.any(|one| one["name"].to_string().to_lowercase().contains("secret"))
    }),
    ("host-ipc", |seen| seen.pod()["hostIPC"] != true),
    ("host-network", |seen| seen.pod()["hostNetwork"] != true),
    ("host-pid", |seen| seen.pod()["hostPID"] != true),
    ("invalid-target-ports", |seen| {
        let ports: Vec<&Value> = list(&seen.container()["ports"]).collect();
        let known = |target: &Value| {
            ports.iter().any(|port| port["name"] == *target || port["containerPort"] == *target)
        };
        seen.of_kind("Service")
            .flat_map(|service| list(&service["spec"]["ports"]))
            .all(|port| known(&port["targetPort"]))
    }),
    ("latest-tag", |seen| {
        let image = seen.container()["image"].as_str().unwrap_or_default();
        image.rsplit_once(':').is_some_and(|(_, tag)| tag != "latest" && !tag.contains('/'))
    }),
    ("liveness-port", |seen| seen.has_port(&seen.container()["livenessProbe"])),
    ("readiness-port", |seen| seen.has_port(&seen.container()["readinessProbe"])),
    ("startup-port", |seen| seen.has_port(&seen.container()["startupProbe"])),
    ("mismatching-selector", |seen| seen.is_selected_by(&seen.deployment["spec"]["selector"]["matchLabels"])),
    ("no-anti-affinity", |seen| {
        seen.deployment["spec"]["replicas"] == 1 || !seen.pod()["affinity"]["podAntiAffinity"].is_null()
    }),
    ("no-extensions-v1beta", |seen| {
        !seen
            .all
            .values()
            .any(|one| one["apiVersion"].as_str().is_some_and(|name| name.starts_with("extensions/")))
    }),
    ("no-read-only-root-fs", |seen| seen.security()["readOnlyRootFilesystem"] == true),
    ("non-existent-service-account", |seen| {
        let name = &seen.pod()["serviceAccountName"];
        seen.of_kind("ServiceAccount").any(|account| account["metadata"]["name"] == *name)
    }),
    ("pdb-max-unavailable", |seen| {
        seen.budgets().all(|spec| ![json!(0), json!("0%")].contains(&spec["maxUnavailable"]))
    }),
    ("pdb-min-available", |seen| {
        seen.budgets().all(|spec| {
            let all = [&seen.deployment["spec"]["replicas"], &json!("100%")];
            spec["minAvailable"].is_null() || !all.contains(&&spec["minAvailable"])
        })
    }),
    ("pdb-unhealthy-pod-eviction-policy", |seen| {
        seen.budgets().all(|spec| spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow")
    }),
    ("privilege-escalation-container", |seen| {
        let security = seen.security();
        let is_added = list(&security["capabilities"]["add"]).any(|name| name == "SYS_ADMIN");
        security["allowPrivilegeEscalation"] == false && !is_added
    }),
    ("privileged-container", |seen| seen.security()["privileged"] != true),
    ("run-as-non-root", |seen| {
        let security = &seen.pod()["securityContext"];
        security["runAsNonRoot"] == true && security["runAsUser"] != 0
    }),
    ("sensitive-host-mounts", |seen| !seen.host_paths().any(|path| SENSITIVE.contains(&path))),
    ("ssh-port", |seen| list(&seen.container()["ports"]).all(|port| port["containerPort"] != 22)),
    ("unsafe-sysctls", |seen| {
        list(&seen.pod()["securityContext"]["sysctls"]).all(|one| {
            !UNSAFE_SYSCTLS
                .iter()
                .any(|unsafe_one| one["name"].as_str().is_some_and(|name| name.starts_with(unsafe_one)))
        })
    }),
    ("unset-cpu-requirements", |seen| !seen.container()["resources"]["requests"]["cpu"].is_null()),
    ("unset-memory-requirements", |seen| !seen.container()["resources"]["limits"]["memory"].is_null()),
];

/// The names of the checks that are not passed
pub(crate) fn broken(all: &Objects) -> Vec<&'static str> {
    let deployments: Vec<&Value> = all.values().filter(|one| one["kind"] == "Deployment").collect();
    assert_eq!(deployments.len(), 1, "one Deployment");
    let containers = &deployments[0]["spec"]["template"]["spec"]["containers"];
    assert_eq!(list(containers).count(), 1, "one container");
    let seen = Seen { deployment: deployments[0], all };
    RULES.iter().filter(|(_, holds)| !holds(&seen)).map(|(name, _)| *name).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

// === impl Seen ===

impl<'o> Seen<'o> {
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'o Value> {
        self.all.values().filter(move |one| one["kind"] == kind)
    }

    fn budgets(&self) -> impl Iterator<Item = &'o Value> {
        self.of_kind("PodDisruptionBudget").map(|one| &one["spec"])
    }

    fn pod(&self) -> &'o Value {
        &self.deployment["spec"]["template"]["spec"]
    }

    fn container(&self) -> &'o Value {
        &self.pod()["containers"][0]
    }

    fn security(&self) -> &'o Value {
        &self.container()["securityContext"]
    }

    fn host_paths(&self) -> impl Iterator<Item = &'o str> {
        list(&self.pod()["volumes"]).filter_map(|volume| volume["hostPath"]["path"].as_str())
    }

    /// Whether the pods of the Deployment have these labels
    fn is_selected_by(&self, labels: &Value) -> bool {
        let there = &self.deployment["spec"]["template"]["metadata"]["labels"];
        labels.as_object().is_some_and(|labels| labels.iter().all(|(name, value)| there[name] == *value))
    }

    /// Whether the port of a probe is one of the container's
    fn has_port(&self, probe: &Value) -> bool {
        let port = &probe["httpGet"]["port"];
        port.is_null()
            || list(&self.container()["ports"])
                .any(|one| one["name"] == *port || one["containerPort"] == *port)
    }
}
