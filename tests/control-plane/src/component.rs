//! The programs of the control plane with the flags of each
//!
//! It builds command lines from paths and ports; starting and waiting is `plane`'s.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::certificate::Certificates;
use crate::kubeconfig::{Credentials, kubeconfig, write_private};
use crate::options::{NodeLifecycle, Options};
use crate::port::free_ports;
use crate::supervisor::Program;
use crate::{Binaries, StartError};

/// Files and addresses of one control plane
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    pub(crate) binaries: Binaries,
    etcd_port: u16,
    etcd_peer_port: u16,
    api_port: u16,
    pub(crate) authority: String,
}

impl Site {
    /// Makes keys, certificates, kubeconfigs and the audit policy in `folder`, and picks ports
    pub(crate) fn prepare(folder: &Path, binaries: Binaries) -> Result<Self, StartError> {
        let [etcd_port, etcd_peer_port, api_port] = free_ports().map_err(StartError::Port)?;
        let certificates = Certificates::make()?;
        let site = Self {
            folder: folder.to_owned(),
            binaries,
            etcd_port,
            etcd_peer_port,
            api_port,
            authority: certificates.authority.clone(),
        };
        let home = site.file("home");
        std::fs::create_dir_all(&home).map_err(StartError::io("create", &home))?;
        site.write_files(&certificates)?;
        Ok(site)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn etcd_address(&self) -> String {
        format!("http://127.0.0.1:{}", self.etcd_port)
    }

    pub(crate) fn api_address(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_port)
    }

    fn flag(&self, flag: &str, file: &str) -> String {
        format!("--{flag}={}", self.file(file).display())
    }

    fn write_files(&self, certificates: &Certificates) -> Result<(), StartError> {
        let Certificates { authority, api_server, admin, controller_manager, .. } = certificates;
        let api = self.api_address();
        let config_of = |who| kubeconfig(&api, Some(authority), &Credentials::Certificate(who)).to_string();
        for (name, content) in [
            ("ca.crt", authority.clone()),
            ("apiserver.crt", api_server.certificate.clone()),
            ("apiserver.key", api_server.key.clone()),
            ("sa.key", certificates.token_key.clone()),
            ("sa.pub", certificates.token_public.clone()),
            ("admin.kubeconfig", config_of(admin)),
            ("kcm.kubeconfig", config_of(controller_manager)),
            ("audit-policy.json", audit_policy()),
        ] {
            write_private(&self.file(name), &content)?;
        }
        Ok(())
    }

    fn program(&self, name: &str) -> Program {
        let home = self.file("home").to_string_lossy().into_owned();
        Program::new(name, self.binaries.path(name), self.file(&format!("{name}.log"))).variable("HOME", home)
    }

    pub(crate) fn etcd(&self) -> Program {
        let client = self.etcd_address();
        let peer = format!("http://127.0.0.1:{}", self.etcd_peer_port);
        let mut etcd = self.program("etcd").args([
            self.flag("data-dir", "etcd"),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            // the data ends with the run
            "--unsafe-no-fsync=true".to_owned(),
            "--log-level=warn".to_owned(),
        ]);
        etcd.gentle = true;
        etcd
    }

    pub(crate) fn api_server(&self) -> Program {
        self.program("kube-apiserver")
            .args([
                format!("--etcd-servers={}", self.etcd_address()),
                format!("--secure-port={}", self.api_port),
                self.flag("client-ca-file", "ca.crt"),
                self.flag("tls-cert-file", "apiserver.crt"),
                self.flag("tls-private-key-file", "apiserver.key"),
                self.flag("service-account-key-file", "sa.pub"),
                self.flag("service-account-signing-key-file", "sa.key"),
                self.flag("audit-policy-file", "audit-policy.json"),
                self.flag("audit-log-path", "audit.log"),
            ])
            .args([
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--allow-privileged=true",
                "--authorization-mode=RBAC",
                "--profiling=false",
                "--service-account-issuer=https://kubernetes.default.svc",
                // megabytes; the reader follows one file, so it must not be rotated in a run
                "--audit-log-maxsize=4096",
            ])
    }

    pub(crate) fn controller_manager(&self, options: &Options) -> Program {
        let manager = self
            .program("kube-controller-manager")
            .args([
                self.flag("kubeconfig", "kcm.kubeconfig"),
                self.flag("service-account-private-key-file", "sa.key"),
                self.flag("root-ca-file", "ca.crt"),
                // without it, it makes a folder on the host
                self.flag("flex-volume-plugin-dir", "flexvolume"),
            ])
            .args([
                "--use-service-account-credentials=true",
                "--leader-elect=false",
                "--secure-port=0",
                "--profiling=false",
                // the defaults make it take seconds to start its controllers
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
            ]);
        match options.node_lifecycle {
            NodeLifecycle::Kubernetes => manager,
            NodeLifecycle::Fast => manager.args([
                "--node-monitor-grace-period=6s",
                "--node-monitor-period=1s",
                "--node-startup-grace-period=6s",
                "--node-eviction-rate=10",
            ]),
        }
    }
}

/// Records the requests of service accounts with their bodies, but not those of Kubernetes' own controllers
fn audit_policy() -> String {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "omitManagedFields": true,
        "rules": [
            { "level": "None", "userGroups": ["system:serviceaccounts:kube-system"] },
            { "level": "Request", "userGroups": ["system:serviceaccounts"] },
            { "level": "None" },
        ],
    })
    .to_string()
}
