//! What is asked: verb, target and options of a request, read from its method, path, query and headers
//!
//! It owns the forms of a request. Whether the target exists and what is done is the business of others.

mod accept;
mod query;
mod options;

use std::borrow::Cow;

use http::Method;
use jiff::Timestamp;
use serde_json::json;

pub(crate) use accept::{Accept, Form};
pub(crate) use options::{check_options, dry_run};
pub(crate) use query::{FieldValidation, Query};

use crate::Refusal;

/// Who asks
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Such as `system:serviceaccount:shop:operator`
    pub name: String,
    /// Such as `system:masters`
    pub groups: Vec<String>,
}

/// What is to be done
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch(PatchKind),
    Delete,
    DeleteCollection,
}

/// The form of a patch
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

/// Where it is to be done
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Empty for the core group
    pub group: String,
    /// Such as `v1`
    pub version: String,
    /// The resource, such as `pods`
    pub plural: String,
    /// Empty for cluster-scoped resources, and for all namespaces
    pub namespace: String,
    /// Empty for collections
    pub name: String,
    /// Empty for the object itself
    pub subresource: String,
}

/// A request about a resource
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    pub(crate) target: Target,
    pub(crate) query: Query,
    pub(crate) accept: Accept,
    /// Media type of the body, without parameters
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) user: User,
    /// Field manager, by parameter or by the client's name for itself
    pub(crate) manager: String,
    pub(crate) now: Timestamp,
}

// === impl Target ===

impl Target {
    /// A path without the `watch` after its version, and whether that was there: the older way to ask for a watch
    pub(crate) fn without_watch(path: &str) -> (Cow<'_, str>, bool) {
        let parts: Vec<&str> = path.split('/').collect();
        let at = if parts.get(1) == Some(&"api") { 3 } else { 4 };
        if parts.get(at) != Some(&"watch") || parts.len() == at + 1 {
            return (path.into(), false);
        }
        ([&parts[..at], &parts[at + 1..]].concat().join("/").into(), true)
    }

    /// Reads a path below `/api` or `/apis`; none for other paths, and for those that name no resource
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.trim_end_matches('/').split('/');
        let (group, version) = match parts.next()? {
            "api" => (String::new(), parts.next()?.to_owned()),
            "apis" => (parts.next()?.to_owned(), parts.next()?.to_owned()),
            _ => return None,
        };
        let rest: Vec<String> = parts.map(unescape).collect::<Option<_>>()?;
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let (namespace, rest) = match rest.as_slice() {
            // a subresource of a namespace, not a resource in it
            ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => ("", &rest[..]),
            ["namespaces", namespace, rest @ ..] => (*namespace, rest),
            rest => ("", rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (*plural, "", ""),
            [plural, name] => (*plural, *name, ""),
            [plural, name, subresource] => (*plural, *name, *subresource),
            _ => return None,
        };
        let [plural, namespace, name, subresource] =
            [plural, namespace, name, subresource].map(ToOwned::to_owned);
        Some(Self { group, version, plural, namespace, name, subresource })
    }
}

/// Undoes percent escapes; none for text that is not UTF-8
pub(crate) fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

// === impl Verb ===

impl Verb {
    /// As discovery and roles name it
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch(_) => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// The verb of a method on a target
    ///
    /// # Errors
    /// 405 for methods that mean nothing there, 415 for patches of an unknown form.
    pub(crate) fn of(
        method: &Method,
        target: &Target,
        query: &Query,
        content_type: &str,
        custom: bool,
    ) -> Result<Self, Refusal> {
        let named = !target.name.is_empty();
        match (method.as_str(), named) {
            // one object is not watched by its name, but by a selector of fields
            ("GET" | "HEAD", true) => Ok(Self::Get),
            ("GET" | "HEAD", false) if query.watch => Ok(Self::Watch),
            ("GET" | "HEAD", false) => Ok(Self::List),
            ("POST", false) => Ok(Self::Create),
            // a custom resource is made by its name in the body, whatever the URL says
            ("POST", true) if custom || !target.subresource.is_empty() => Ok(Self::Create),
            ("PUT", true) => Ok(Self::Update),
            ("PATCH", true) => Ok(Self::Patch(PatchKind::of(content_type, custom)?)),
            ("DELETE", true) => Ok(Self::Delete),
            ("DELETE", false) => Ok(Self::DeleteCollection),
            ("PUT" | "PATCH", false) if custom => Err(Refusal::bad_request("name must be provided")),
            _ => Err(Refusal::method_not_allowed()),
        }
    }
}

// === impl PatchKind ===

impl PatchKind {
    fn of(content_type: &str, custom: bool) -> Result<Self, Refusal> {
        match content_type {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ if custom => Err(Self::unknown()),
            _ => Err(Refusal {
                details: json!({}),
                ..Refusal::unsupported_media_type("415: Unsupported Media Type")
            }),
        }
    }

    /// The answer to a form that is not for custom resources
    pub(crate) fn unknown() -> Refusal {
        Refusal::unsupported_media_type(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str) -> Option<[String; 6]> {
        let target = Target::parse(path)?;
        let Target { group, version, plural, namespace, name, subresource } = target;
        Some([group, version, plural, namespace, name, subresource])
    }

    #[test]
    fn a_watch_may_be_asked_for_by_the_path() {
        for (path, without) in [
            ("/api/v1/watch/namespaces/a/pods/p", Some("/api/v1/namespaces/a/pods/p")),
            ("/apis/g.io/v1/watch/healers", Some("/apis/g.io/v1/healers")),
            ("/apis/watch/v1/healers", None),
            ("/api/v1/namespaces/watch/pods", None),
        ] {
            let (found, is_watch) = Target::without_watch(path);
            assert_eq!((found.as_ref(), is_watch), (without.unwrap_or(path), without.is_some()), "{path}");
        }
    }

    #[test]
    fn paths_name_a_resource() {
        let cases = [
            ("/api/v1/pods", ["", "v1", "pods", "", "", ""]),
            ("/api/v1/namespaces", ["", "v1", "namespaces", "", "", ""]),
            ("/api/v1/namespaces/a", ["", "v1", "namespaces", "", "a", ""]),
            ("/api/v1/namespaces/a/status", ["", "v1", "namespaces", "", "a", "status"]),
            ("/api/v1/namespaces/a/pods", ["", "v1", "pods", "a", "", ""]),
            ("/api/v1/namespaces/a/pods/p%2d1/log", ["", "v1", "pods", "a", "p-1", "log"]),
            ("/apis/g.io/v1/healers/x/scale", ["g.io", "v1", "healers", "", "x", "scale"]),
        ];
        for (path, expected) in cases {
            assert_eq!(parsed(path), Some(expected.map(ToOwned::to_owned)), "{path}");
        }
        for path in ["/api", "/apis/g.io", "/api/v1", "/version", "/api/v1/a/b/c/d", "/api/v1/pods/%zz"] {
            assert_eq!(parsed(path), None, "{path}");
        }
    }
}
