//! The loopback HTTPS front: lets `kubectl` and every other client ask an API server that lives in this process
//!
//! This file owns the contract with whoever answers, and the start and the end. Who asks is in `identity` and
//! `impersonate`, what a request may cost in `connection` and `request`, how a client finds the way in `kubeconfig`.
//! It knows nothing of Kubernetes' resources: that is the business of the [`Answer`].
//!
//! ```no_run
//! use bytes::Bytes;
//! use healing_sandbox::serve::{self, Answer, Body, Options, User};
//!
//! #[derive(Clone)]
//! struct Hello;
//!
//! impl Answer for Hello {
//!     async fn answer(&self, _: http::Request<Bytes>, user: User) -> http::Response<Body> {
//!         http::Response::new(Body::whole(format!("hello, {}", user.name)))
//!     }
//! }
//!
//! # async fn example() -> Result<(), serve::ServeError> {
//! let served = serve::start(Hello, Options::default()).await?;
//! println!("export KUBECONFIG={}", served.kubeconfig.display());
//! served.stop().await; // the kubeconfig is gone too
//! # Ok(())
//! # }
//! ```

mod certificate;
mod kubeconfig;
mod task;
mod connection;
mod identity;
mod impersonate;
mod request;
mod refusal;
mod body;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::{fmt, io};

use bytes::Bytes;
use http::{Request, Response};
use tokio::net::TcpListener;

use self::certificate::Certificates;
use self::connection::Listening;
use self::kubeconfig::KubeconfigFile;
use self::request::Front;
use self::task::Tasks;

pub use self::body::Body;
pub use self::identity::User;

/// Whoever answers the requests: an API server
///
/// Clones answer for the same server.
pub trait Answer: Clone + Send + Sync + 'static {
    /// Answers one request of `user`
    ///
    /// The target of the request is its path and query alone; its body is whole and within the limit. The headers that
    /// said who asks are gone. The future is dropped if the client goes away before the answer begins.
    fn answer(&self, request: Request<Bytes>, user: User) -> impl Future<Output = Response<Body>> + Send;

    /// The user that a bearer token belongs to; nobody by default
    fn authenticate(&self, token: &str) -> Option<User> {
        let _ = token;
        None
    }
}

/// In the extensions of a response: it is not sent, the connection (the stream, where it is HTTP/2) breaks instead
#[derive(Clone, Copy, Debug)]
pub struct NoAnswer;

/// How to serve
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0: a free one
    pub port: u16,
    /// The kubeconfig to write; `None`: a file in a new folder of its own in [`Options::folder`]
    pub kubeconfig: Option<PathBuf>,
    /// Where to make the folder, which should be a place for this user only; `None`: the folder for temporary files
    pub folder: Option<PathBuf>,
}

/// A running front
///
/// # Flow
/// 1. listens on 127.0.0.1  2. makes an authority and certificates, which live as long as the front  3. writes the
///    kubeconfig  4. answers until [`Served::stop`] or until it is dropped  5. removes the kubeconfig, and the folders
///    that it made
/// # Guarantees
/// No request is answered whose sender did not prove who it is, by a certificate of this front or by a token that
/// [`Answer::authenticate`] knows. Nobody else on the machine can read the kubeconfig; the authority's key and the
/// server's are nowhere but in memory. Sizes, connections and waits are bounded. Nothing is compressed.
/// # Assumptions
/// Real time: on a runtime with paused time the limits on waits would pass at once.
/// # Caveats
/// A process that is killed cannot remove its kubeconfig; the credentials in it are good for nothing by then, and a
/// front that is told to write the same file replaces it. A client that reads its answer slowly keeps its connection.
#[must_use = "the front ends as soon as it is dropped"]
pub struct Served {
    /// Where it listens
    pub address: SocketAddr,
    /// The kubeconfig of a user that may do everything: `sandbox-admin` in `system:masters`
    pub kubeconfig: PathBuf,
    /// The same, for a client in this process
    pub config: kube::Config,
    tasks: Tasks,
    // Dropped last: who can read the file can still connect
    _file: KubeconfigFile,
}

/// Why a front did not start
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Not retried: the port is in use or not allowed
    #[error("cannot listen on 127.0.0.1:{port}: {source}; give another port, or 0 for a free one")]
    Bind {
        /// The port that was asked for
        port: u16,
        /// What the system says
        source: io::Error,
    },
    /// Not retried: the file is not one of ours, and it is not lost for a sandbox
    #[error("'{}' exists and is not a sandbox's kubeconfig; it is left alone, give another path", path.display())]
    KubeconfigTaken {
        /// The file
        path: PathBuf,
    },
    /// Not retried: the kubeconfig or its folder cannot be written
    #[error("cannot write '{}': {source}", path.display())]
    Kubeconfig {
        /// The file or folder
        path: PathBuf,
        /// What the system says
        source: io::Error,
    },
    /// Not retried: no certificate could be made; a bug
    #[error("cannot make certificates: {message}")]
    Certificate {
        /// What the library says
        message: String,
    },
}

/// Starts to answer; must be called in a tokio runtime
///
/// # Errors
/// [`ServeError`]; nothing is left behind then.
pub async fn start<A: Answer>(answer: A, options: Options) -> Result<Served, ServeError> {
    let bind = |source| ServeError::Bind { port: options.port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let certificates = Certificates::make()?;
    let content = kubeconfig::content(address, &certificates);
    let config = kubeconfig::config(&content).await?;
    let file = KubeconfigFile::write(&content, options.kubeconfig, options.folder)?;
    let tasks = Tasks::default();
    let front = Front::new(answer, tasks.clone());
    let listening = Listening::new(listener, &certificates, front, tasks.clone())?;
    tasks.spawn(listening.run());
    Ok(Served { address, kubeconfig: file.path().to_owned(), config, tasks, _file: file })
}

// === impl Served ===

impl Served {
    /// Takes no new connection, ends watches in good order, finishes answers that are under way, at most six seconds
    /// long, and removes the kubeconfig
    ///
    /// Dropping it ends all at once, without waiting.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for Served {
    // The configuration holds a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Served");
        debug.field("address", &self.address).field("kubeconfig", &self.kubeconfig).finish_non_exhaustive()
    }
}
