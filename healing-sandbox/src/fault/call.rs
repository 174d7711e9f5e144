//! A request as rules see it: who asks for what
//!
//! It does not know whether the resource exists or the request is well formed.

use std::fmt;

use bytes::Bytes;
use healing_api_server::Target;
use http::header::USER_AGENT;
use http::{Method, Request};

use crate::serve::User;

/// A request; texts are empty where it says nothing
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Name of who asks, such as `sandbox-admin`; the kubelet simulator is `system:node:sandbox`
    pub user: String,
    /// What is to be done
    pub verb: Verb,
    /// API group; empty for the core group
    pub group: String,
    /// Resource, such as `pods`; empty for paths that name none, such as `/version`
    pub resource: String,
    /// Subresource, such as `status`
    pub subresource: String,
    /// Namespace
    pub namespace: String,
    /// Name of the object; empty for creations, too
    pub name: String,
    /// The path as it was sent
    pub path: String,
    /// What the client calls itself (`User-Agent`)
    pub agent: String,
    /// It is a watch that has begun: rules are asked again whenever it may have something to tell
    pub has_begun: bool,
    of_kubelet: bool,
}

/// What a request asks for
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Reads one object, or a path that names no resource
    Get,
    /// Reads many objects
    List,
    /// Is told of changes
    Watch,
    /// Creates one, or posts to a subresource such as `eviction`
    Create,
    /// Replaces one
    Update,
    /// Changes one, by any kind of patch or by apply
    Patch,
    /// Deletes one
    Delete,
    /// Deletes many
    DeleteCollection,
}

// === impl Call ===

impl Call {
    pub(crate) fn parse(request: &Request<Bytes>, user: &User) -> Self {
        let path = request.uri().path();
        let Target { group, plural, namespace, name, subresource, .. } =
            Target::parse(path).unwrap_or_default();
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let is_one = !name.is_empty() || plural.is_empty();
        Self {
            user: user.name.clone(),
            verb: Verb::of(request.method(), is_one, is_watch(request.uri().query().unwrap_or_default())),
            group,
            resource: plural,
            subresource,
            namespace,
            name,
            path: path.to_owned(),
            agent: agent.unwrap_or_default().to_owned(),
            has_begun: false,
            of_kubelet: user.is_kubelet(),
        }
    }

    /// Whether it asks this of this resource, such as `pods`, or subresource, such as `pods/status`
    pub fn is(&self, verb: Verb, resource: &str) -> bool {
        self.verb == verb && self.resource_path() == resource
    }

    /// The same request, once its watch has begun
    pub(crate) fn begun(self) -> Self {
        Self { has_begun: true, ..self }
    }

    pub(crate) fn is_of_kubelet(&self) -> bool {
        self.of_kubelet
    }

    /// Who asks, in a word
    pub(crate) fn actor(&self) -> &str {
        let agent = self.agent.split(['/', ' ']).next().unwrap_or_default();
        match agent {
            _ if self.of_kubelet => "kubelet",
            "" => &self.user,
            agent => agent,
        }
    }

    /// What it is about: `pods/status default/web`, or the path
    pub(crate) fn target(&self) -> String {
        if self.resource.is_empty() {
            return self.path.clone();
        }
        let mut target = self.resource_path();
        if !self.group.is_empty() {
            target = format!("{target}.{}", self.group);
        }
        if !self.namespace.is_empty() {
            return format!("{target} {}/{}", self.namespace, self.name);
        }
        if self.name.is_empty() { target } else { format!("{target} {}", self.name) }
    }

    fn resource_path(&self) -> String {
        match self.subresource.as_str() {
            "" => self.resource.clone(),
            subresource => format!("{}/{subresource}", self.resource),
        }
    }
}

// === impl Verb ===

impl Verb {
    fn of(method: &Method, is_one: bool, is_watch: bool) -> Self {
        match method.as_str() {
            "POST" => Self::Create,
            "PUT" => Self::Update,
            "PATCH" => Self::Patch,
            "DELETE" if is_one => Self::Delete,
            "DELETE" => Self::DeleteCollection,
            _ if is_watch => Self::Watch,
            _ if is_one => Self::Get,
            _ => Self::List,
        }
    }

    /// Its name in Kubernetes
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn is_watch(query: &str) -> bool {
    let mut watch = query.split('&').filter_map(|part| part.strip_prefix("watch"));
    watch.any(|value| !matches!(value.strip_prefix('='), None | Some("" | "0" | "f" | "false" | "False")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_a_verb_and_a_target() {
        let table = [
            ("GET", "/version", "get /version"),
            ("GET", "/api/v1/pods", "list pods"),
            ("GET", "/api/v1/pods?watch=1&x=y", "watch pods"),
            ("GET", "/api/v1/pods?watch=false", "list pods"),
            ("GET", "/api/v1/namespaces/a/pods/b", "get pods a/b"),
            ("GET", "/api/v1/namespaces/a", "get namespaces a"),
            ("POST", "/apis/apps/v1/namespaces/a/deployments", "create deployments.apps a/"),
            ("PATCH", "/api/v1/namespaces/a/pods/b/status", "patch pods/status a/b"),
            ("PUT", "/api/v1/nodes/n", "update nodes n"),
            ("DELETE", "/api/v1/namespaces/a/pods/b", "delete pods a/b"),
            ("DELETE", "/api/v1/namespaces/a/pods", "deletecollection pods a/"),
        ];
        for (method, uri, expected) in table {
            let request = Request::builder().method(method).uri(uri).body(Bytes::new()).unwrap();
            let call = Call::parse(&request, &User::admin());
            assert_eq!(format!("{} {}", call.verb, call.target()), expected, "{method} {uri}");
        }
    }
}
