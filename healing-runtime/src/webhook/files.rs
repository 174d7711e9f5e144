//! The certificate in a folder: read at the start, and again when a file has changed
//!
//! Whoever writes there, such as cert-manager by way of a mounted Secret, may be seen halfway through: what cannot be
//! used changes nothing about what is shown.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::served::{Pair, PairError, Served};
use crate::{clock::Clock, metrics::CertificateMetrics, shutdown::Shutdown};

/// The folder, and what was in it when it was last looked at
pub(crate) struct Files {
    folder: PathBuf,
    served: Served,
    metrics: CertificateMetrics,
    seen: Option<[Vec<u8>; 2]>,
    /// What was said last, so that it is said once
    told: Option<String>,
}

/// Why the folder holds nothing that can be shown
#[derive(Debug, thiserror::Error)]
enum FileError {
    /// Retried: the file may come
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Retried: the file may be mended
    #[error("{} and {KEY} cannot be used: {source}", path.display())]
    Pair { path: PathBuf, source: PairError },
}

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

// === impl Files ===

impl Files {
    /// How often the files are looked at; a kubelet takes a minute to write what changed in a Secret
    const LOOK: Duration = Duration::from_secs(10);

    pub(crate) fn new(folder: PathBuf, served: Served, metrics: CertificateMetrics) -> Self {
        Self { folder, served, metrics, seen: None, told: None }
    }

    /// Looks at the files until the process ends
    pub(crate) async fn run(mut self, clock: Clock, shutdown: Shutdown) {
        loop {
            self.look();
            tokio::select! {
                () = shutdown.begun() => return,
                () = clock.sleep(Self::LOOK) => {}
            }
        }
    }

    /// Shows what is in the files, if that has changed
    pub(crate) fn look(&mut self) {
        let trouble = match self.read() {
            Ok(None) => return,
            Ok(Some(pair)) => {
                let folder = self.folder.display();
                tracing::info!(%folder, until = %pair.not_after, "serving the webhook's certificate");
                self.served.show(pair);
                self.told = None;
                return;
            }
            Err(error) => error.to_string(),
        };
        self.metrics.failed();
        // What is shown stays and is good until it expires, so readiness is about that.
        if !self.served.is_there() {
            self.served.note(Some(trouble.clone()));
        }
        if self.told.as_ref() != Some(&trouble) {
            tracing::error!(
                trouble,
                serving = self.served.is_there(),
                "the webhook's certificate cannot be used"
            );
            self.told = Some(trouble);
        }
    }

    /// The certificate, unless the files are as they were
    fn read(&mut self) -> Result<Option<Pair>, FileError> {
        let read = |name: &str| {
            let path = self.folder.join(name);
            fs::read(&path).map_err(|source| FileError::Read { path, source })
        };
        let found = [read(CERTIFICATE)?, read(KEY)?];
        if self.seen.as_ref() == Some(&found) {
            return Ok(None);
        }
        self.metrics.read();
        let path = || Path::new(&self.folder).join(CERTIFICATE);
        let pair =
            Pair::read(&found[0], &found[1]).map_err(|source| FileError::Pair { path: path(), source });
        // What is broken is told once, and read again once it has changed.
        self.seen = Some(found);
        pair.map(Some)
    }
}
