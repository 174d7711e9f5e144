//! Where a change is: in the schema of a version, or in the definition itself

use std::fmt;

use serde::Serialize;

/// Where a change is
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The version whose schema it is in; none for the definition itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Path of the field in an object, such as `spec.ports[].name`, or in the definition, such as `spec.scope`
    pub path: String,
}

// === impl Place ===

impl Place {
    /// A place in the definition itself
    pub(super) fn definition(path: &str) -> Self {
        Self { version: None, path: path.to_owned() }
    }

    /// The whole object of a version
    pub(super) fn object(version: &str) -> Self {
        Self { version: Some(version.to_owned()), path: String::new() }
    }

    /// A field of the object here
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.with(format!("{}{dot}{name}", self.path))
    }

    /// The elements of the list here
    pub(super) fn items(&self) -> Self {
        self.with(format!("{}[]", self.path))
    }

    /// The values of the map here
    pub(super) fn values(&self) -> Self {
        self.with(format!("{}{{}}", self.path))
    }

    fn with(&self, path: String) -> Self {
        Self { version: self.version.clone(), path }
    }
}

/// `VERSION PATH`, or `definition PATH`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.version.as_deref().unwrap_or("definition"))?;
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        Ok(())
    }
}
