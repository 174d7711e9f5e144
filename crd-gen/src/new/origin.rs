//! Where a new operator takes healing from: a repository, or a folder on this machine
//!
//! It owns how a dependency is written in the project's files. Nothing is fetched.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Where a new operator takes healing from
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A git repository, as cargo takes it
    Git(String),
    /// A checkout, relative to the project's folder or absolute
    Path(String),
}

/// What is named is no origin
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// There is no healing
    #[error(
        "there is no healing in `{0}`: a checkout has `healing-sandbox/Cargo.toml`; or name a git address with `://`"
    )]
    NoCheckout(String),
    /// A form of git that cargo does not take
    #[error("`{0}` is not an address that cargo takes; write ssh://git@HOST/PATH")]
    Address(String),
    /// It cannot be written into a manifest
    #[error(
        "`{0}` cannot be written into Cargo.toml; name it without quotes, backslashes and control characters"
    )]
    Characters(String),
    /// A folder cannot be found
    #[error("cannot find the folder `{}`: {source}", path.display())]
    Folder {
        /// Which one
        path: PathBuf,
        /// Why
        source: io::Error,
    },
}

// === impl Origin ===

impl Origin {
    /// The repository that this program was made from
    pub fn released() -> Self {
        Self::Git(env!("CARGO_PKG_REPOSITORY").to_owned())
    }

    /// What a person named, for a project in `folder`
    ///
    /// A relative path stays one, but from the project's folder on.
    ///
    /// # Errors
    /// [`OriginError`]; the folder that a path names must be there.
    pub fn find(named: &str, folder: &Path) -> Result<Self, OriginError> {
        if named.contains(['"', '\\']) || named.chars().any(char::is_control) {
            return Err(OriginError::Characters(named.to_owned()));
        }
        if named.contains("://") {
            return Ok(Self::Git(named.to_owned()));
        }
        if !Path::new(named).join("healing-sandbox/Cargo.toml").is_file() {
            let scp = named.split_once(':').is_some_and(|(user, _)| user.contains('@'));
            return Err(if scp {
                OriginError::Address(named.to_owned())
            } else {
                OriginError::NoCheckout(named.to_owned())
            });
        }
        if Path::new(named).is_absolute() {
            return Ok(Self::Path(named.trim_end_matches('/').to_owned()));
        }
        let beside = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let project = real(beside.unwrap_or(Path::new(".")))?.join(folder.file_name().unwrap_or_default());
        let path = relative(&project, &real(Path::new(named))?).display().to_string();
        if path.contains('"') { Err(OriginError::Characters(path)) } else { Ok(Self::Path(path)) }
    }

    /// How a manifest names one of our packages; `folder` is its place in a checkout, empty for the root
    pub(super) fn dependency(&self, folder: &str) -> String {
        match self {
            // the project is made for this release: cargo says so where the repository has another one
            Self::Git(address) => {
                format!("git = \"{address}\", version = \"{}\"", env!("CARGO_PKG_VERSION"))
            }
            Self::Path(path) if folder.is_empty() => format!("path = \"{path}\""),
            Self::Path(path) => format!("path = \"{path}/{folder}\""),
        }
    }

    /// The arguments of `cargo install` for crd-gen
    pub(super) fn tool(&self) -> String {
        match self {
            Self::Git(address) => format!("--git {address} crd-gen"),
            Self::Path(path) => format!("--path {path}/crd-gen"),
        }
    }
}

fn real(path: &Path) -> Result<PathBuf, OriginError> {
    fs::canonicalize(path).map_err(|source| OriginError::Folder { path: path.to_owned(), source })
}

/// The way from one absolute folder to another
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (mut from, mut to) = (from.components().peekable(), to.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_folders() {
        for (from, to, way) in [
            ("/a/b", "/a/c", "../c"),
            ("/a/b", "/a", ".."),
            ("/a", "/a/b/c", "b/c"),
            ("/x/y", "/a", "../../a"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way), "{from} {to}");
        }
    }

    #[test]
    fn addresses_are_gits_and_the_rest_are_folders() {
        let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let folder = Path::new("my-operator");
        let find = |named| Origin::find(named, folder).map_err(|error| error.to_string());
        assert_eq!(find("https://a.b/c"), Ok(Origin::Git("https://a.b/c".to_owned())));
        assert_eq!(find(checkout), Ok(Origin::Path(checkout.to_owned())));
        // tests run in the folder of their package
        assert_eq!(find(".."), Ok(Origin::Path("../..".to_owned())));
        for (named, message) in [
            ("no/such/folder", "there is no healing in `no/such/folder`: "),
            ("src", "there is no healing in `src`: "),
            ("git@a.b:c", "write ssh://git@HOST/PATH"),
            ("a\"b", "cannot be written into Cargo.toml"),
            ("https://a.b/\n", "cannot be written into Cargo.toml"),
        ] {
            let refused = find(named).unwrap_err();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
