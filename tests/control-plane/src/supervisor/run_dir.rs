//! The run directory: where one run keeps its files, and the removal of those that killed runs left
//!
//! A live supervisor holds a lock on a file in its directory; a directory whose lock is free is left over. It
//! owns no processes: those that it ends are only the recorded ones of dead supervisors.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

/// The lock of one run directory, and of the folder that holds them all
const LOCK: &str = "lock";
/// One line for each process that was started
const PROCESSES: &str = "processes";

/// A locked run directory, for this user only
pub(super) struct RunDir {
    path: PathBuf,
    processes: File,
    _lock: File,
}

/// What identifies a process after its supervisor has died: a process id alone could be a stranger's by then
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    pid: i32,
    file: PathBuf,
    folder: PathBuf,
}

impl RunDir {
    /// Removes what dead supervisors left, then makes a new directory
    pub(super) fn create() -> io::Result<Self> {
        let base = base()?;
        let everyone = private_file(&base.join(LOCK))?;
        flock(&everyone, FlockOperation::LockExclusive)?;
        sweep(&base)?;
        let path = tempfile::Builder::new().prefix("run-").tempdir_in(&base)?.keep();
        let lock = private_file(&path.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let processes = private_file(&path.join(PROCESSES))?;
        Ok(Self { path, processes, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a process, so that it is found if this supervisor is killed
    pub(super) fn record(&mut self, pid: u32, file: &Path, folder: &Path) -> io::Result<()> {
        let pid = i32::try_from(pid).map_err(io::Error::other)?;
        let record = Record { pid, file: real(file), folder: real(folder) };
        let line = serde_json::to_string(&record)?;
        writeln!(self.processes, "{line}")
    }

    pub(super) fn remove(self) -> io::Result<()> {
        std::fs::remove_dir_all(&self.path)
    }
}

/// The folder of all run directories of this user
fn base() -> io::Result<PathBuf> {
    let owner = rustix::process::getuid().as_raw();
    let base = std::env::temp_dir().join(format!("healing-control-plane-{owner}"));
    match DirBuilder::new().mode(0o700).create(&base) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = std::fs::symlink_metadata(&base)?;
    if !found.is_dir() || found.uid() != owner || found.mode() & 0o077 != 0 {
        let message = format!("`{}` is not a folder of this user alone; remove it", base.display());
        return Err(io::Error::other(message));
    }
    Ok(base)
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Ends what dead supervisors left running and removes their directories
fn sweep(base: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(base)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let lock = private_file(&path.join(LOCK))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue; // its supervisor lives
        }
        let recorded = std::fs::read_to_string(path.join(PROCESSES)).unwrap_or_default();
        for record in recorded.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok()) {
            end_left_over(&record);
        }
        std::fs::remove_dir_all(&path)?;
    }
    Ok(())
}

/// Kills a recorded process and its group, if it is still the recorded program in the recorded folder
fn end_left_over(record: &Record) {
    let Some(pid) = Pid::from_raw(record.pid) else { return };
    while is_running(record) {
        if kill_process_group(pid, Signal::KILL).is_err() {
            return;
        }
        super::serve::pause(Duration::from_millis(5));
    }
}

fn is_running(record: &Record) -> bool {
    let process = PathBuf::from(format!("/proc/{}", record.pid));
    let Ok(file) = std::fs::read_link(process.join("exe")) else { return false };
    let Ok(folder) = std::fs::read_link(process.join("cwd")) else { return false };
    without_mark(&file) == record.file && without_mark(&folder) == record.folder
}

/// Linux adds a mark to the path of a file that was removed or replaced since
fn without_mark(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    PathBuf::from(text.strip_suffix(" (deleted)").unwrap_or(&text))
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
