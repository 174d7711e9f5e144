//! Which Kubernetes this is: read from `go.mod`, the one place that names it

/// The module file that pins every program, and its checksums
pub(crate) const GO_MOD: &str = include_str!("../go.mod");
pub(crate) const GO_SUM: &str = include_str!("../go.sum");

/// A Kubernetes version
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// As the API server reports it in `gitVersion`, with the leading `v`
    pub git: String,
    /// First number
    pub major: String,
    /// Second number
    pub minor: String,
}

impl Version {
    /// The version that `go.mod` requires
    ///
    /// # Panics
    /// If `go.mod` does not require `k8s.io/kubernetes`, which a test rules out.
    pub fn pinned() -> Self {
        required(GO_MOD).expect("go.mod requires k8s.io/kubernetes; a test reads it")
    }
}

fn required(go_mod: &str) -> Option<Version> {
    let required = go_mod.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))?;
    // a comment may follow: the module file's owner marks what no Go file of its own imports
    let git = required.split_whitespace().next()?;
    let mut numbers = git.strip_prefix('v')?.split('.');
    let (major, minor) = (numbers.next()?.to_owned(), numbers.next()?.to_owned());
    Some(Version { git: git.to_owned(), major, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_mod_pins_a_version() {
        let version = Version::pinned();
        assert_eq!(version.major, "1");
        let patch = version.git.strip_prefix(&format!("v1.{}.", version.minor));
        assert!(patch.is_some_and(|patch| patch.parse::<u32>().is_ok()), "{version:?}");
    }

    #[test]
    fn another_module_is_not_mistaken_for_it() {
        assert_eq!(required("require (\n\tk8s.io/kubernetes-extra v9.9.9\n)\n"), None);
    }
}
