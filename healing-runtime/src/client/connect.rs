//! Finding the cluster and making a client for it
//!
//! It owns the order in which places are looked at and the settings of every client of ours: no hidden retry, a
//! name in every request, TLS through ring. What is sent over the connection is not its business.

use std::path::PathBuf;

use http::{HeaderValue, header::USER_AGENT};
use kube::{
    Config,
    config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError},
};

/// Which cluster to connect to, as the flags say
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectOptions {
    /// A kubeconfig file that must be there; the default places otherwise
    pub(crate) kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig; its current context otherwise
    pub(crate) context: Option<String>,
    /// Name of the operator, for the User-Agent
    pub(crate) operator: String,
}

/// A client and what it is connected to
#[derive(Clone)]
pub(crate) struct Connection {
    /// The client
    pub(crate) client: kube::Client,
    /// A second one, for leader election alone: nothing else can hold it up
    pub(crate) election: kube::Client,
    /// URL of the API server
    pub(crate) server: String,
    /// Where that was found, for the log
    pub(crate) source: &'static str,
}

/// Why there is no client
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// Not retried: there is no cluster to connect to
    #[error(
        "no cluster is configured: KUBECONFIG is not set, there is no ~/.kube/config and this is no pod in a cluster; \
         pass --kubeconfig or set KUBECONFIG"
    )]
    NotConfigured,
    /// Not retried: a kubeconfig is there and cannot be used
    #[error("cannot use the kubeconfig from {place}: {source}; correct it or pass another with --kubeconfig")]
    Kubeconfig {
        /// Where it came from
        place: String,
        /// What is wrong
        source: KubeconfigError,
    },
    /// Not retried: this is a pod, and its service account cannot be used
    #[error("cannot use the pod's service account: {0}; check that its token is mounted")]
    InCluster(InClusterError),
    /// Not retried: a context was asked for, and there is no kubeconfig that could have it
    #[error("--context `{0}` needs a kubeconfig, and none was found; pass --kubeconfig or set KUBECONFIG")]
    ContextWithoutKubeconfig(String),
    /// Not retried: the configuration was read, and no client can be made from it
    #[error("cannot make a client for {server}: {source}; correct its certificates or credentials")]
    Client {
        /// URL of the API server
        server: String,
        /// What is wrong
        source: kube::Error,
    },
    /// Not retried: the operator's name cannot stand in a header
    #[error("the operator's name `{0}` cannot be sent as User-Agent; use letters, digits and dashes")]
    Name(String),
}

/// The places that are looked at if no flag names one, as they were found
struct Places {
    /// `KUBECONFIG`
    variable: Result<Option<Kubeconfig>, KubeconfigError>,
    /// `~/.kube/config`; `None` if there is no such file
    home: Option<Result<Kubeconfig, KubeconfigError>>,
    /// The service account of the pod
    in_cluster: Result<Config, InClusterError>,
}

/// Makes a client for the cluster that is configured
///
/// Looked at in this order: `--kubeconfig`, `KUBECONFIG`, `~/.kube/config`, the pod's service account. The first that
/// is there is used; if it is broken that is an error and no reason to look further. Nothing is sent yet.
///
/// # Errors
/// [`ConnectError`]: one line that says what was looked for and what to do.
pub(crate) async fn connect(options: &ConnectOptions) -> Result<Connection, ConnectError> {
    let (config, source) = match &options.kubeconfig {
        Some(path) => {
            let place = path.display().to_string();
            (in_context(Kubeconfig::read_from(path), &place, options).await?, "--kubeconfig")
        }
        None => choose(places(), options).await?,
    };
    client(config, source, &options.operator)
}

/// Makes a client with the settings that every client of ours has
///
/// # Errors
/// [`ConnectError::Client`] or [`ConnectError::Name`].
pub(crate) fn client(
    mut config: Config,
    source: &'static str,
    operator: &str,
) -> Result<Connection, ConnectError> {
    // kube would send every request up to 16 times, creates too.
    config.default_retry = false;
    let server = config.cluster_url.to_string();
    let named = |what: &str| {
        let agent = format!("{operator}/{}{what}", env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::try_from(agent).map_err(|_| ConnectError::Name(operator.to_owned()))?;
        let mut config = config.clone();
        config.headers.push((USER_AGENT, agent));
        kube::Client::try_from(config)
            .map_err(|source| ConnectError::Client { server: server.clone(), source })
    };
    let (client, election) = (named("")?, named(" leader-election")?);
    Ok(Connection { client, election, server, source })
}

/// Makes ring the TLS provider of the process; the first statement of `main`
///
/// rustls chooses by itself only while exactly one provider is compiled in, and panics at the first handshake
/// otherwise. A provider that was installed before stays.
pub(crate) fn install_crypto_provider() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before; it is used");
    }
}

/// Looks at the default places
fn places() -> Places {
    let home = std::env::home_dir().map(|home| home.join(".kube").join("config"));
    Places {
        variable: Kubeconfig::from_env(),
        home: home.filter(|path| path.exists()).map(Kubeconfig::read_from),
        in_cluster: Config::incluster(),
    }
}

/// The first place that is there
async fn choose(places: Places, options: &ConnectOptions) -> Result<(Config, &'static str), ConnectError> {
    match (places.variable.transpose(), places.home, places.in_cluster) {
        (Some(kubeconfig), _, _) => Ok((in_context(kubeconfig, "KUBECONFIG", options).await?, "KUBECONFIG")),
        (None, Some(kubeconfig), _) => {
            Ok((in_context(kubeconfig, "~/.kube/config", options).await?, "~/.kube/config"))
        }
        (None, None, _) if let Some(context) = &options.context => {
            Err(ConnectError::ContextWithoutKubeconfig(context.clone()))
        }
        (None, None, Ok(config)) => Ok((config, "service account")),
        (None, None, Err(InClusterError::ReadEnvironmentVariable(_))) => Err(ConnectError::NotConfigured),
        (None, None, Err(error)) => Err(ConnectError::InCluster(error)),
    }
}

async fn in_context(
    kubeconfig: Result<Kubeconfig, KubeconfigError>,
    place: &str,
    options: &ConnectOptions,
) -> Result<Config, ConnectError> {
    let wrong = |source| ConnectError::Kubeconfig { place: place.to_owned(), source };
    let wanted = KubeConfigOptions { context: options.context.clone(), cluster: None, user: None };
    Config::from_custom_kubeconfig(kubeconfig.map_err(wrong)?, &wanted).await.map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(context: &str) -> Kubeconfig {
        Kubeconfig::from_yaml(&format!(
            "{{current-context: {context}, contexts: [{{name: {context}, context: {{cluster: c, namespace: ns}}}}], \
             clusters: [{{name: c, cluster: {{server: 'https://{context}:6443'}}}}]}}"
        ))
        .unwrap()
    }

    fn nothing() -> Places {
        let unset = std::env::VarError::NotPresent;
        Places {
            variable: Ok(None),
            home: None,
            in_cluster: Err(InClusterError::ReadEnvironmentVariable(unset)),
        }
    }

    async fn chosen(places: Places, context: Option<&str>) -> Result<(String, &'static str), String> {
        let options = ConnectOptions { context: context.map(str::to_owned), ..ConnectOptions::default() };
        choose(places, &options)
            .await
            .map(|(config, source)| (config.cluster_url.to_string(), source))
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_first_place_that_is_there_is_used() {
        let home = || Some(Ok(kubeconfig("home")));
        let both = Places { variable: Ok(Some(kubeconfig("variable"))), home: home(), ..nothing() };
        assert_eq!(chosen(both, None).await, Ok(("https://variable:6443/".into(), "KUBECONFIG")));
        let pod = Config::new("https://10.0.0.1".parse().unwrap());
        let home_in_pod = Places { home: home(), in_cluster: Ok(pod.clone()), ..nothing() };
        assert_eq!(chosen(home_in_pod, None).await, Ok(("https://home:6443/".into(), "~/.kube/config")));
        let only_pod = Places { in_cluster: Ok(pod), ..nothing() };
        assert_eq!(chosen(only_pod, None).await, Ok(("https://10.0.0.1/".into(), "service account")));
    }

    #[tokio::test]
    async fn what_is_missing_is_said_in_one_line() {
        let text = chosen(nothing(), None).await.unwrap_err();
        assert!(text.starts_with("no cluster is configured: KUBECONFIG is not set"), "{text}");
        assert!(text.contains("--kubeconfig") && !text.contains('\n'), "{text}");
        let text = chosen(nothing(), Some("dev")).await.unwrap_err();
        assert!(text.starts_with("--context `dev` needs a kubeconfig"), "{text}");
        let home = Places { home: Some(Ok(kubeconfig("home"))), ..nothing() };
        let text = chosen(home, Some("dev")).await.unwrap_err();
        assert!(text.contains("~/.kube/config") && text.contains("dev"), "{text}");
    }

    #[tokio::test]
    async fn a_broken_kubeconfig_is_no_reason_to_look_further() {
        let pod = Config::new("https://10.0.0.1".parse().unwrap());
        let places =
            Places { variable: Err(KubeconfigError::CurrentContextNotSet), in_cluster: Ok(pod), ..nothing() };
        assert!(
            chosen(places, None).await.unwrap_err().starts_with("cannot use the kubeconfig from KUBECONFIG")
        );
    }
}
