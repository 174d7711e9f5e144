//! Why a control plane did not start; every message says what to do next, where that is known

use std::io;
use std::path::{Path, PathBuf};

use crate::supervisor::{Exit, SupervisorError};

/// Why a control plane did not start
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not retried: nothing is broken, this machine cannot build the programs
    #[error(
        "Go is not installed, so the control plane cannot be built; install Go or set KUBEBUILDER_ASSETS"
    )]
    GoMissing,
    /// Not retried: the given folder lacks a program
    #[error(
        "KUBEBUILDER_ASSETS (`{}`) has no `{name}`; it must hold etcd, kube-apiserver, \
         kube-controller-manager and kubectl, or not be set", folder.display()
    )]
    AssetMissing {
        /// The folder
        folder: PathBuf,
        /// The first program that is not there
        name: &'static str,
    },
    /// Not retried: nowhere to keep what is built
    #[error("no folder to cache the control plane in; set HEALING_CACHE or HOME")]
    NoCacheFolder,
    /// Not retried: Go ended with an error
    #[error("cannot build {what} ({exit}):\n{log}")]
    Build {
        /// The programs
        what: String,
        /// How Go ended
        exit: Exit,
        /// The end of its output
        log: String,
    },
    /// Not retried: a component ended, or did not get ready in time
    #[error("{component} did not become ready: {last}\n{log}")]
    NotReady {
        /// Its name
        component: &'static str,
        /// What the last look said
        last: String,
        /// The end of its output
        log: String,
    },
    /// Not retried: a file or folder
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        /// What was tried
        what: &'static str,
        /// With which file
        path: PathBuf,
        /// Why not
        source: io::Error,
    },
    /// Not retried: no free port on loopback
    #[error("no free port on loopback: {0}")]
    Port(#[source] io::Error),
    /// Not retried: a key or certificate could not be made
    #[error("cannot make certificates: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Not retried: the supervisor
    #[error(transparent)]
    Supervisor(#[from] SupervisorError),
    /// Not retried: our own kubeconfig does not make a client
    #[error("cannot make a client: {0}")]
    Client(String),
}

impl StartError {
    /// Maps an I/O error to what was tried with which path
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
