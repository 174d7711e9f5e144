//! What a case holds: a namespace of its own, on whichever arm it runs, and everything to act in it

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use control_plane::{AuditEntry, Kubectl, client_of};
use healing_sandbox::Kubelet;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, Role, RoleBinding, RoleRef, Subject};
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use kube::{Api, Client, Resource};
use serde_json::json;

use crate::arm::{Arm, Cluster};
use crate::failure::Failure;
use crate::operator::{InProcess, Logged, Operator, OperatorProcess, RunningOperator, Start};
use crate::proxy::Proxy;
use crate::wait::eventually;

/// The service account that operators run as, one in each namespace
pub(crate) const ACCOUNT: &str = "operator";
/// Flag of an operator that takes part in an election, whose lease is in the case's namespace
pub(crate) const LEADER_ELECT: &str = "--leader-elect";
/// Longest name of a namespace that leaves room for a suffix
const NAME_MAX: usize = 50;

/// One case's part of the cluster; clones are the same one
#[derive(Clone)]
pub(crate) struct World {
    arm: Arc<Arm>,
    namespace: Arc<str>,
    made: Arc<Mutex<Made>>,
    /// What operators of this process log
    logged: Logged,
}

/// What the case made so far
#[derive(Default)]
struct Made {
    /// To delete at the end
    namespaces: Vec<String>,
    /// To show if it fails: name and log file
    operators: Vec<(String, PathBuf)>,
    /// For names of files
    files: usize,
}

impl World {
    pub(crate) async fn create(arm: Arc<Arm>, case: &str) -> Result<Self, Failure> {
        let plain = case.replace("::", "-").replace('_', "-");
        let name = plain[..plain.len().min(NAME_MAX)].trim_end_matches('-').to_owned();
        let world =
            Self { arm, namespace: name.as_str().into(), made: Arc::default(), logged: Logged::default() };
        world.create_namespace(&name).await?;
        Ok(world)
    }

    /// Asks for the deletion of the case's namespaces; that takes seconds and nobody waits
    pub(crate) async fn delete(&self) -> Result<(), Failure> {
        let namespaces: Api<Namespace> = Api::all(self.client());
        let names = std::mem::take(&mut self.made().namespaces);
        for name in names {
            namespaces.delete(&name, &DeleteParams::background()).await?;
        }
        Ok(())
    }

    /// A second namespace, deleted with the first
    pub(crate) async fn another_namespace(&self, suffix: &str) -> Result<String, Failure> {
        let name = format!("{}-{suffix}", self.namespace);
        self.create_namespace(&name).await?;
        Ok(name)
    }

    /// The same case, acting in another of its namespaces
    pub(crate) fn at(&self, namespace: &str) -> Self {
        Self { namespace: namespace.into(), ..self.clone() }
    }

    async fn create_namespace(&self, name: &str) -> Result<(), Failure> {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        Api::all(self.client()).create(&PostParams::default(), &namespace).await?;
        self.made().namespaces.push(name.to_owned());
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client(), name);
        // a pod cannot be created before its default service account is there
        eventually("default service account", async || Ok(accounts.get("default").await?)).await?;
        let metadata = ObjectMeta { name: Some(ACCOUNT.to_owned()), ..ObjectMeta::default() };
        let account = ServiceAccount { metadata, ..ServiceAccount::default() };
        accounts.create(&PostParams::default(), &account).await?;
        Ok(())
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // --- what a case acts with

    /// The case's namespace
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(crate) fn arm(&self) -> &Arm {
        &self.arm
    }

    /// The control plane that all cases share, for cases that are about it
    pub(crate) fn cluster(&self) -> Result<&Cluster, Failure> {
        self.arm.real()
    }

    /// The kubelet: failures are to be limited to [`World::namespace`]
    pub(crate) fn kubelet(&self) -> &Kubelet {
        self.arm.kubelet()
    }

    /// A client whom RBAC does not limit
    pub(crate) fn client(&self) -> Client {
        self.arm.client()
    }

    /// A client of the operators' account
    pub(crate) async fn account_client(&self) -> Result<Client, Failure> {
        match &*self.arm {
            Arm::Real(_) => Ok(client_of(&self.account_kubeconfig().await?).await?),
            Arm::Simulated(simulated) => Ok(simulated.client_as(&self.account())),
        }
    }

    /// User name of that account
    pub(crate) fn account(&self) -> String {
        format!("system:serviceaccount:{}:{ACCOUNT}", self.namespace)
    }

    /// That client for one kind in the case's namespace
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client(), &self.namespace)
    }

    /// kubectl in the case's namespace of a real control plane
    pub(crate) fn kubectl(&self) -> Result<Kubectl, Failure> {
        Ok(self.cluster()?.plane.kubectl().in_namespace(&self.namespace))
    }

    /// The requests that belong to the case: about its namespace, or by a service account of it
    pub(crate) fn audit(&self) -> Result<Vec<Arc<AuditEntry>>, Failure> {
        self.arm.audit(&self.namespace)
    }

    /// Lets the operator's account do what a cluster role allows, in the case's namespace
    pub(crate) async fn allow(&self, cluster_role: &str) -> Result<(), Failure> {
        self.allow_in(&self.namespace, cluster_role).await
    }

    /// The same in another of its namespaces
    pub(crate) async fn allow_in(&self, namespace: &str, cluster_role: &str) -> Result<(), Failure> {
        let binding = RoleBinding {
            metadata: ObjectMeta { name: Some(cluster_role.to_owned()), ..ObjectMeta::default() },
            role_ref: RoleRef {
                api_group: Some("rbac.authorization.k8s.io".to_owned()),
                kind: "ClusterRole".to_owned(),
                name: cluster_role.to_owned(),
            },
            subjects: Some(vec![Subject {
                kind: "ServiceAccount".to_owned(),
                name: ACCOUNT.to_owned(),
                namespace: Some(self.namespace.to_string()),
                ..Subject::default()
            }]),
        };
        Api::namespaced(self.client(), namespace).create(&PostParams::default(), &binding).await?;
        self.until_allowed(namespace).await
    }

    /// Lets the operator's account do what a cluster role allows, in all namespaces and outside of them
    pub(crate) async fn allow_everywhere(&self, cluster_role: &str) -> Result<(), Failure> {
        let binding: ClusterRoleBinding = serde_json::from_value(json!({
            "metadata": { "name": format!("{}-{ACCOUNT}", self.namespace) },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": cluster_role },
            "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": &*self.namespace }],
        }))?;
        Api::all(self.client()).create(&PostParams::default(), &binding).await?;
        self.until_allowed(&self.namespace).await
    }

    /// Lets the operator's account do in the case's namespace what the role for leader election allows in the operator's
    ///
    /// Cases run side by side, so each has a lease of its own, and a role of the generated name and rules for it.
    pub(crate) async fn allow_election(&self, role: &str, of: &str) -> Result<(), Failure> {
        if self.arm.real().is_err() {
            return Ok(());
        }
        let generated = Api::<Role>::namespaced(self.client(), of).get(role).await?;
        let metadata = ObjectMeta { name: Some(role.to_owned()), ..ObjectMeta::default() };
        let here = Role { metadata: metadata.clone(), ..generated };
        self.api::<Role>().create(&PostParams::default(), &here).await?;
        let binding = RoleBinding {
            metadata,
            role_ref: RoleRef {
                api_group: Some("rbac.authorization.k8s.io".to_owned()),
                kind: "Role".to_owned(),
                name: role.to_owned(),
            },
            subjects: Some(vec![Subject {
                kind: "ServiceAccount".to_owned(),
                name: ACCOUNT.to_owned(),
                namespace: Some(self.namespace.to_string()),
                ..Subject::default()
            }]),
        };
        self.api::<RoleBinding>().create(&PostParams::default(), &binding).await?;
        Ok(())
    }

    /// Waits until the API server has taken notice of a role that lets the operator's account look at pods
    pub(crate) async fn until_allowed(&self, namespace: &str) -> Result<(), Failure> {
        if self.arm.real().is_err() {
            return Ok(());
        }
        let review: SubjectAccessReview = serde_json::from_value(json!({
            "spec": {
                "user": self.account(),
                "resourceAttributes": { "namespace": namespace, "verb": "list", "resource": "pods" },
            },
        }))?;
        let reviews: Api<SubjectAccessReview> = Api::all(self.client());
        eventually("the role is in force", async || {
            let review = reviews.create(&PostParams::default(), &review).await?;
            let status = review.status.unwrap_or_default();
            Failure::unless(status.allowed, || format!("{status:?}"))
        })
        .await
    }

    /// Starts an operator, as the namespace's account and for this namespace alone
    pub(crate) async fn operator(&self, operator: Operator<'_>) -> Result<RunningOperator, Failure> {
        match &*self.arm {
            Arm::Real(cluster) => self.process(cluster, operator).await,
            Arm::Simulated(simulated) => {
                let client = match operator.proxy {
                    Some(proxy) => proxy.client(),
                    None => self.account_client().await?,
                };
                let mut namespaces = vec![self.namespace().to_owned()];
                let elects = operator.args.contains(&LEADER_ELECT);
                for arg in operator.args.iter().filter(|arg| **arg != LEADER_ELECT) {
                    let namespace = arg.strip_prefix("--namespace=");
                    let other = || Failure::new(format!("{arg}: an operator in this process has no flags"));
                    namespaces.push(namespace.ok_or_else(other)?.to_owned());
                }
                let clock = simulated.clock.clone();
                let name = operator.name.to_owned();
                let lease = elects.then(|| self.namespace().to_owned());
                let start = Start { name, client, clock, namespaces, lease };
                Ok(RunningOperator::InProcess(Box::new(InProcess::start(start, self.logged.clone())?)))
            }
        }
    }

    async fn process(&self, cluster: &Cluster, operator: Operator<'_>) -> Result<RunningOperator, Failure> {
        let plane = &cluster.plane;
        let kubeconfig = match operator.proxy.map(Proxy::address) {
            Some(Some(address)) => {
                plane.write_plain_kubeconfig(&self.file("proxied.kubeconfig"), &address)?
            }
            Some(None) => return Err(Failure::new("a process cannot reach a proxy of this one")),
            None => self.account_kubeconfig().await?,
        };
        let log = plane.folder().join(self.file("operator.log"));
        self.made().operators.push((operator.name.to_owned(), log.clone()));
        let started = OperatorProcess::start(cluster, &operator, &self.namespace, (&kubeconfig, log)).await?;
        Ok(RunningOperator::Process(Box::new(started)))
    }

    /// A proxy in front of the API server that speaks as the namespace's account
    pub(crate) async fn proxy(&self) -> Result<Proxy, Failure> {
        let client = self.account_client().await?;
        match &*self.arm {
            Arm::Real(_) => Proxy::on_loopback(client).await,
            Arm::Simulated(_) => Ok(Proxy::in_process(client)),
        }
    }

    /// A kubeconfig of the operators' account
    pub(crate) async fn account_kubeconfig(&self) -> Result<PathBuf, Failure> {
        let plane = &self.cluster()?.plane;
        let token = plane.token(&self.namespace, ACCOUNT).await?;
        Ok(plane.write_token_kubeconfig(&self.file("operator.kubeconfig"), &token)?)
    }

    /// The last lines of each operator's log
    pub(crate) fn operator_logs(&self, lines: usize) -> Vec<(String, String)> {
        let operators = self.made().operators.clone();
        let processes = operators.into_iter().map(|(name, log)| (name, control_plane::log_tail(&log, lines)));
        let here = self.logged.tail(lines);
        processes.chain((!here.is_empty()).then(|| ("in this process".to_owned(), here))).collect()
    }

    /// Writes down what operators of this process log, as long as the guard lives
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        self.logged.listen()
    }

    /// A name for a file of this case that no other file has
    fn file(&self, what: &str) -> String {
        let mut made = self.made();
        made.files += 1;
        format!("{}-{}-{what}", self.namespace, made.files)
    }
}
