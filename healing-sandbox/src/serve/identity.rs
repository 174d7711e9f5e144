//! Who asks: proved by a certificate of the front, or by a token that the API server knows
//!
//! It does not decide what a user may do.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::refusal::Refusal;

/// The name under which the kubelet simulator of a sandbox asks, for all its nodes
const KUBELET: &str = "system:node:sandbox";

/// Somebody who asks
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name, such as `sandbox-admin` or `system:serviceaccount:shop:cart`
    pub name: String,
    /// Groups, such as `system:masters`
    pub groups: Vec<String>,
}

// === impl User ===

impl User {
    /// Whose members may do everything
    pub(super) const MASTERS: &str = "system:masters";
    /// Everybody who has proved who they are
    pub(super) const AUTHENTICATED: &str = "system:authenticated";

    /// The user of the kubeconfig
    pub fn admin() -> Self {
        Self {
            name: "sandbox-admin".to_owned(),
            groups: vec![Self::MASTERS.to_owned(), Self::AUTHENTICATED.to_owned()],
        }
    }

    /// The kubelet simulator of a sandbox
    pub(crate) fn kubelet() -> Self {
        Self {
            name: KUBELET.to_owned(),
            groups: vec!["system:nodes".to_owned(), Self::AUTHENTICATED.to_owned()],
        }
    }

    /// Whether this is the kubelet simulator
    pub(crate) fn is_kubelet(&self) -> bool {
        self.name == KUBELET
    }

    /// Whether this user may do everything
    pub(super) fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == Self::MASTERS)
    }

    /// Adds a group unless it is there
    pub(super) fn join(&mut self, group: &str) {
        if !self.groups.iter().any(|known| known == group) {
            self.groups.push(group.to_owned());
        }
    }
}

/// The user that a certificate or else a token proves; both leave the headers, so that no log can hold them
pub(super) fn identify(
    headers: &mut HeaderMap,
    certified: Option<User>,
    authenticate: impl FnOnce(&str) -> Option<User>,
) -> Result<User, Refusal> {
    let authorization = headers.remove(AUTHORIZATION);
    if let Some(user) = certified {
        return Ok(user);
    }
    let token = authorization.as_ref().and_then(|value| bearer(value.to_str().ok()?));
    let mut user = token.and_then(authenticate).ok_or_else(Refusal::unauthorized)?;
    user.join(User::AUTHENTICATED);
    Ok(user)
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
