//! An operator whose resources own more than pods: settings, a service and a disruption budget

use std::collections::BTreeMap;

use healing::prelude::*;
use k8s_openapi::api::core::v1::{ConfigMap, Service, ServicePort, ServiceSpec};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Name of the operator
pub(crate) const NAME: &str = "keeper-operator";

/// A service with its settings.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "harness.test", version = "v1", kind = "KeptService")]
#[healing(owns(ConfigMap, Service, PodDisruptionBudget))]
#[healing(policy(leader_warmup = 0))]
pub(crate) struct KeptServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    replica_count: i32,

    /// What its pods are told in a config map.
    mode: Option<String>,

    /// Whether it has a service and a disruption budget.
    #[healing(default = false)]
    exposed: bool,
}

impl Workload for KeptService {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }

    fn objects(&self) -> Vec<Object> {
        let name = self.name_any();
        let mut objects = Vec::new();
        if let Some(mode) = &self.spec.mode {
            let mut settings = ConfigMap::default();
            settings.metadata.name = Some(format!("{name}-settings"));
            settings.data = Some([("mode".to_owned(), mode.clone())].into());
            objects.push(settings.into());
        }
        if self.spec.exposed {
            objects.push(service(&name).into());
            objects.push(budget(&name).into());
        }
        objects
    }
}

fn labels(name: &str) -> BTreeMap<String, String> {
    [("app".to_owned(), name.to_owned())].into()
}

fn service(name: &str) -> Service {
    let mut service = Service::default();
    service.metadata.name = Some(name.to_owned());
    service.spec = Some(ServiceSpec {
        selector: Some(labels(name)),
        ports: Some(vec![ServicePort { port: 80, ..ServicePort::default() }]),
        ..ServiceSpec::default()
    });
    service
}

fn budget(name: &str) -> PodDisruptionBudget {
    let mut budget = PodDisruptionBudget::default();
    budget.metadata.name = Some(name.to_owned());
    budget.spec = Some(PodDisruptionBudgetSpec {
        min_available: Some(IntOrString::Int(1)),
        selector: Some(LabelSelector { match_labels: Some(labels(name)), ..LabelSelector::default() }),
        ..PodDisruptionBudgetSpec::default()
    });
    budget
}

pub(crate) fn operator() -> Operator {
    Operator::new(NAME).resource::<KeptService>()
}

pub(crate) fn main() -> ExitCode {
    operator().main()
}
