//! What processes use: memory that is resident, and time of processors
//!
//! It reads Linux's `/proc`, and where there is none it says so.

use std::fs;
use std::io;
use std::path::Path;

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that Rust's tier 1 has
const TICKS: f64 = 100.0;

/// What some processes use together
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Resident memory, in bytes
    pub(crate) resident: u64,
    /// Time on processors so far, in seconds
    pub(crate) seconds: f64,
}

// === impl Usage ===

impl Usage {
    /// What these processes use now
    pub(crate) fn of(pids: &[u32]) -> io::Result<Self> {
        let mut sum = Self::default();
        for pid in pids {
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kilobytes = kilobytes.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            sum.resident += kilobytes.ok_or_else(|| unreadable(*pid))? * 1024;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
            sum.seconds += seconds(&stat).ok_or_else(|| unreadable(*pid))?;
        }
        Ok(sum)
    }
}

/// User and system time: fields 14 and 15, counted from behind the name, which may contain anything
fn seconds(stat: &str) -> Option<f64> {
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    let ticks: Vec<u32> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
    (ticks.len() == 2).then(|| ticks.into_iter().map(f64::from).sum::<f64>() / TICKS)
}

fn unreadable(pid: u32) -> io::Error {
    io::Error::other(format!("/proc tells nothing of process {pid}"))
}

/// The processes of these names whose command line names this folder
pub(crate) fn processes(names: &[&str], folder: &Path) -> io::Result<Vec<u32>> {
    let folder = folder.to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process may end between the two looks, and those of others cannot be read.
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        let program = command.split('\0').next().and_then(|program| program.rsplit('/').next());
        if program.is_some_and(|program| names.contains(&program)) && command.contains(&*folder) {
            found.push(pid);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(seconds(stat), Some(2.0));
        assert_eq!(seconds("7 (a) S 1"), None);
    }

    #[test]
    fn this_process_uses_something() {
        assert!(Usage::of(&[std::process::id()]).unwrap().resident > 0);
    }
}
