//! What a request is about, read from its path

/// Parts of a path such as `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE`; empty where it has none
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Place {
    /// The parts of a path; none for one that names no resource
    pub(crate) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (group, inside) = match parts.as_slice() {
            ["api", _version, inside @ ..] => ("", inside),
            ["apis", group, _version, inside @ ..] => (*group, inside),
            _ => return None,
        };
        let (namespace, inside) = match inside {
            ["namespaces", namespace, rest @ ..] if !matches!(rest, [] | ["status" | "finalize"]) => {
                (*namespace, rest)
            }
            all => ("", all),
        };
        let part = |index: usize| inside.get(index).map(|part| (*part).to_owned()).unwrap_or_default();
        let (resource, name, subresource) = (part(0), part(1), part(2));
        let (group, namespace) = (group.to_owned(), namespace.to_owned());
        (!resource.is_empty()).then_some(Self { group, resource, subresource, namespace, name })
    }

    /// Whether it is this resource, or `resource/subresource`
    pub(crate) fn is(&self, resource: &str) -> bool {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        self.resource == resource && self.subresource == subresource
    }
}
