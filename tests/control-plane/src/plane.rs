//! A running control plane: starts its components one after the other, and is what a test holds
//!
//! Their flags are `component`'s, their end is the supervisor's.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use tokio::time::Instant;

use crate::component::Site;
use crate::kubeconfig::{Credentials, kubeconfig, write_private};
use crate::supervisor::{Process, Program, Signal, Supervisor};
use crate::{AuditLog, Binaries, Kubectl, Options, StartError, until};

/// How long a component may take on a machine that is busy with other things
const READY_LIMIT: Duration = Duration::from_mins(2);
/// Seconds that a token of a service account is valid
const TOKEN_SECONDS: i64 = 24 * 3600;

/// A control plane that lives as long as this value, or as this process
pub struct ControlPlane {
    supervisor: Supervisor,
    site: Site,
    client: Client,
    audit: AuditLog,
    timings: Timings,
    api_server: tokio::sync::Mutex<Process>,
    _others: [Process; 2],
}

/// What the start took
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// Finding the programs, building them included
    pub binaries: Duration,
    /// From there until the control plane could be used
    pub start: Duration,
}

impl ControlPlane {
    /// Starts a control plane
    ///
    /// # Flow
    /// 1. a supervisor  2. the programs, built if this machine has none  3. keys, files and ports  4. etcd, the API
    ///    server, the controllers, each waited for
    /// # Guarantees
    /// Everything that was started ends with this value, and also when this process is killed. All addresses are
    /// on loopback, all files in a folder that only this user may read.
    /// # Assumptions
    /// `main` calls [`crate::supervise_if_asked`] first.
    /// # Caveats
    /// There is no scheduler and no kubelet: pods stay pending until somebody moves them.
    /// # Errors
    /// [`StartError`]; `GoMissing` means that nothing is wrong but the programs cannot be built here.
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        let supervisor = Supervisor::start()?;
        let started = Self::start_under(&supervisor, options).await;
        if started.is_err() {
            supervisor.end();
        }
        started
    }

    async fn start_under(supervisor: &Supervisor, options: &Options) -> Result<Self, StartError> {
        let begin = Instant::now();
        let binaries = Binaries::find_or_build(supervisor).await?;
        let found = Instant::now();
        let site = Site::prepare(supervisor.run_dir(), binaries)?;
        let etcd = start_etcd(supervisor, &site).await?;
        let client = client_of(&site.file("admin.kubeconfig")).await?;
        let api_server = start_api_server(supervisor, &site, &client).await?;
        let controllers = start_controllers(supervisor, site.controller_manager(options), &client).await?;
        Ok(Self {
            supervisor: supervisor.clone(),
            audit: AuditLog::new(site.file("audit.log")),
            timings: Timings { binaries: found - begin, start: found.elapsed() },
            site,
            client,
            api_server: tokio::sync::Mutex::new(api_server),
            _others: [controllers, etcd],
        })
    }

    /// A client whom RBAC does not limit
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The kubeconfig of that client
    pub fn admin_kubeconfig(&self) -> PathBuf {
        self.site.file("admin.kubeconfig")
    }

    /// kubectl as that user
    pub fn kubectl(&self) -> Kubectl {
        Kubectl {
            file: self.site.binaries.path("kubectl"),
            kubeconfig: self.admin_kubeconfig(),
            home: self.site.file("home"),
            namespace: None,
        }
    }

    /// The requests of service accounts
    pub fn audit(&self) -> AuditLog {
        self.audit.clone()
    }

    /// Runs programs that end with the control plane
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// The folder of this run, gone when it is over
    pub fn folder(&self) -> &Path {
        &self.site.folder
    }

    /// The programs that run
    pub fn binaries(&self) -> &Binaries {
        &self.site.binaries
    }

    /// What the start took
    pub fn timings(&self) -> Timings {
        self.timings
    }

    /// Address of the API server
    pub fn api_address(&self) -> String {
        self.site.api_address()
    }

    /// Asks for a token of a service account, valid for a day
    ///
    /// # Errors
    /// The API server's answer; a missing service account is 404.
    pub async fn token(&self, namespace: &str, account: &str) -> Result<String, kube::Error> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client(), namespace);
        let spec =
            TokenRequestSpec { expiration_seconds: Some(TOKEN_SECONDS), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
        let answer = accounts.create_token_request(account, &PostParams::default(), &request).await?;
        Ok(answer.status.and_then(|status| status.token).unwrap_or_default())
    }

    /// Writes a kubeconfig that speaks with a token, to `name` in the folder of this run
    ///
    /// # Errors
    /// [`StartError::Io`].
    pub fn write_token_kubeconfig(&self, name: &str, token: &str) -> Result<PathBuf, StartError> {
        self.write_kubeconfig(
            name,
            &self.api_address(),
            Some(&self.site.authority),
            &Credentials::Token(token),
        )
    }

    /// Writes a kubeconfig without credentials for another address, such as that of a proxy that adds them
    ///
    /// # Errors
    /// [`StartError::Io`].
    pub fn write_plain_kubeconfig(&self, name: &str, address: &str) -> Result<PathBuf, StartError> {
        self.write_kubeconfig(name, address, None, &Credentials::None)
    }

    fn write_kubeconfig(
        &self,
        name: &str,
        address: &str,
        authority: Option<&str>,
        credentials: &Credentials<'_>,
    ) -> Result<PathBuf, StartError> {
        let path = self.site.file(name);
        write_private(&path, &kubeconfig(address, authority, credentials).to_string())?;
        Ok(path)
    }

    /// Kills the API server and starts it again at the same address
    ///
    /// Open watches break, and every older resource version is answered 410 afterwards.
    ///
    /// # Errors
    /// [`StartError::NotReady`] where it does not come back.
    pub async fn restart_api_server(&self) -> Result<(), StartError> {
        let mut api_server = self.api_server.lock().await;
        api_server.signal(Signal::Kill)?;
        // reaped only when its last thread is gone, and the port with it
        api_server.wait().await?;
        *api_server = start_api_server(&self.supervisor, &self.site, &self.client).await?;
        Ok(())
    }

    /// Ends the control plane and everything else that its supervisor runs; dropping it does the same
    pub fn end(&self) {
        self.supervisor.end();
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.end();
    }
}

/// A client from a kubeconfig file, with no retries: a test wants to see the first answer
///
/// # Errors
/// [`StartError::Client`]: the file is no kubeconfig.
pub async fn client_of(path: &Path) -> Result<Client, StartError> {
    let broken = |error: &dyn Display| StartError::Client(error.to_string());
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| broken(&error))?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config.map_err(|error| broken(&error))?;
    config.default_retry = false;
    Client::try_from(config).map_err(|error| broken(&error))
}

async fn start_etcd(supervisor: &Supervisor, site: &Site) -> Result<Process, StartError> {
    let address = site.etcd_address().parse().map_err(|error| StartError::Client(format!("{error}")))?;
    let mut config = Config::new(address);
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| StartError::Client(error.to_string()))?;
    start("etcd", supervisor, site.etcd(), async || get(&client, "/health").await).await
}

async fn start_api_server(
    supervisor: &Supervisor,
    site: &Site,
    client: &Client,
) -> Result<Process, StartError> {
    start("kube-apiserver", supervisor, site.api_server(), async || get(client, "/readyz").await).await
}

/// It has no port; that it works is seen by the service account that it makes in every namespace
async fn start_controllers(
    supervisor: &Supervisor,
    program: Program,
    client: &Client,
) -> Result<Process, StartError> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    let probe = async || accounts.get("default").await.map(drop).map_err(|error| error.to_string());
    start("kube-controller-manager", supervisor, program, probe).await
}

/// Starts a component and waits until `probe` succeeds; one that ends before is not waited for
async fn start(
    component: &'static str,
    supervisor: &Supervisor,
    program: Program,
    probe: impl AsyncFnMut() -> Result<(), String>,
) -> Result<Process, StartError> {
    let process = supervisor.spawn(program)?;
    let last = tokio::select! {
        ready = until(READY_LIMIT, probe) => match ready {
            Ok(()) => return Ok(process),
            Err(last) => last.unwrap_or_else(|| "no answer at all".to_owned()),
        },
        exit = process.wait() => format!("it ended with {}", exit?),
    };
    Err(StartError::NotReady { component, last, log: process.log_tail(20) })
}

async fn get(client: &Client, path: &str) -> Result<(), String> {
    let request = http_get(path)?;
    client.request_text(request).await.map(drop).map_err(|error| error.to_string())
}

fn http_get(path: &str) -> Result<http::Request<Vec<u8>>, String> {
    http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())
}
