//! The kubeconfig: JSON, which is YAML too, with everything inline; private to this user, and gone at the end
//!
//! It owns the file and the folders that are made for it. It never touches a file that is not a sandbox's.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use k8s_openapi::ByteString;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tempfile::{Builder, PersistError, TempDir};

use super::ServeError;
use super::certificate::Certificates;

/// Name of cluster, user and context: how a sandbox's kubeconfig is known
const NAME: &str = "healing-sandbox";

/// A kubeconfig on disk, removed when this is dropped
#[derive(Debug)]
pub(super) struct KubeconfigFile {
    path: PathBuf,
    content: String,
    /// Folders that were made for it, the innermost first
    made: Vec<PathBuf>,
    _own: Option<TempDir>,
}

/// What stands in the file
pub(super) fn content(address: SocketAddr, certificates: &Certificates) -> Value {
    let server = format!("https://{address}");
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": NAME, "cluster": {
            "server": server,
            "certificate-authority-data": base64(certificates.authority()),
        }}],
        "users": [{ "name": NAME, "user": {
            "client-certificate-data": base64(certificates.admin.certificate()),
            "client-key-data": base64(certificates.admin.key()),
        }}],
        "contexts": [{ "name": NAME, "context": { "cluster": NAME, "user": NAME, "namespace": "default" } }],
        "current-context": NAME,
    })
}

/// What a client in this process makes of it
pub(super) async fn config(content: &Value) -> Result<kube::Config, ServeError> {
    let failed = |message: String| ServeError::Certificate { message };
    let kubeconfig: Kubeconfig =
        serde_json::from_value(content.clone()).map_err(|error| failed(error.to_string()))?;
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| failed(error.to_string()))?;
    // The loader looks for a proxy in the environment; none is on the way to loopback.
    config.proxy_url = None;
    Ok(config)
}

// === impl KubeconfigFile ===

impl KubeconfigFile {
    const FILE_MODE: u32 = 0o600;
    const FOLDER_MODE: u32 = 0o700;

    /// Writes `content` to `path`, or to a new folder of its own in `folder`
    pub(super) fn write(
        content: &Value,
        path: Option<PathBuf>,
        folder: Option<PathBuf>,
    ) -> Result<Self, ServeError> {
        let (path, own) = if let Some(path) = path {
            (absolute(&path)?, None)
        } else {
            let own = new_folder(&folder.unwrap_or_else(std::env::temp_dir))?;
            (own.path().join("kubeconfig"), Some(own))
        };
        let parent = path.parent().ok_or_else(|| ServeError::KubeconfigTaken { path: path.clone() })?;
        let content = format!("{content:#}\n");
        // From here on a failure removes what was made.
        let file = Self { path: path.clone(), content, made: missing(parent), _own: own };
        DirBuilder::new().recursive(true).mode(Self::FOLDER_MODE).create(parent).map_err(at(parent))?;
        file.place(parent)?;
        Ok(file)
    }

    /// Where it is
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the whole file in its place in one step, so that nobody reads half of it
    fn place(&self, parent: &Path) -> Result<(), ServeError> {
        let mut draft = Builder::new()
            .prefix(".kubeconfig-")
            .permissions(Permissions::from_mode(Self::FILE_MODE))
            .tempfile_in(parent)
            .map_err(at(parent))?;
        draft.write_all(self.content.as_bytes()).map_err(at(&self.path))?;
        let placed = match draft.persist_noclobber(&self.path) {
            Err(PersistError { error, file }) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !is_ours(&self.path) {
                    return Err(ServeError::KubeconfigTaken { path: self.path.clone() });
                }
                file.persist(&self.path)
            }
            placed => placed,
        };
        placed.map(drop).map_err(|failed| at(&self.path)(failed.error))
    }
}

impl Drop for KubeconfigFile {
    fn drop(&mut self) {
        // Another sandbox may have put its own in the same place since.
        if fs::read_to_string(&self.path).is_ok_and(|now| now == self.content) {
            // A file that cannot be removed is nothing that anybody could be told of here.
            let _ = fs::remove_file(&self.path);
        }
        for folder in &self.made {
            // Fails, as it should, where somebody else has put something.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A folder whose name nobody can foresee
fn new_folder(base: &Path) -> Result<TempDir, ServeError> {
    let mode = Permissions::from_mode(KubeconfigFile::FOLDER_MODE);
    Builder::new().prefix("healing-sandbox-").permissions(mode).tempdir_in(base).map_err(at(base))
}

/// The path from the root, so that the file is found again wherever the process has moved
fn absolute(path: &Path) -> Result<PathBuf, ServeError> {
    std::path::absolute(path).map_err(at(path))
}

/// `folder` and those above it that do not exist
fn missing(folder: &Path) -> Vec<PathBuf> {
    folder.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect()
}

/// Whether the file is a sandbox's and nothing else
fn is_ours(path: &Path) -> bool {
    let Ok(content) = fs::read(path) else { return false };
    let Ok(content) = serde_json::from_slice::<Value>(&content) else { return false };
    let only = |list: &str| {
        content[list].as_array().is_some_and(|entries| entries.iter().all(|entry| entry["name"] == NAME))
    };
    ["clusters", "users", "contexts"].into_iter().all(only) && content["current-context"] == NAME
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ServeError + use<> {
    let path = path.to_owned();
    |source| ServeError::Kubeconfig { path, source }
}

fn base64(text: String) -> Value {
    json!(ByteString(text.into_bytes()))
}
