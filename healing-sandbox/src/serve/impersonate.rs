//! Asking as somebody else: what `kubectl --as` and `--as-group` send
//!
//! Only who may do everything may do this; finer permissions are not looked at.

use http::{HeaderMap, HeaderName, Method};

use super::identity::User;
use super::refusal::Refusal;

const USER: HeaderName = HeaderName::from_static("impersonate-user");
const GROUP: HeaderName = HeaderName::from_static("impersonate-group");
/// What all of these headers begin with
const PREFIX: &str = "impersonate-";

const ANONYMOUS: &str = "system:anonymous";
const UNAUTHENTICATED: &str = "system:unauthenticated";
const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";

/// What is asked for, to be said in a refusal
pub(super) struct Target<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
}

/// The user as whom `user` wants to ask, which is `user` where no header says so; the headers are taken away
pub(super) fn impersonate(headers: &mut HeaderMap, user: User, target: &Target<'_>) -> Result<User, Refusal> {
    let asked: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect();
    if asked.is_empty() {
        return Ok(user);
    }
    let name = text(headers, &USER)?.pop().unwrap_or_default();
    let groups = text(headers, &GROUP)?;
    if let Some(other) = asked.iter().find(|asked| **asked != USER && **asked != GROUP) {
        return Err(Refusal::not_implemented(&format!(
            "the header {other} (kubectl --as-uid and extra fields); use Impersonate-User and Impersonate-Group"
        )));
    }
    if name.is_empty() {
        return Err(Refusal::bad_request(&format!(
            "requested &user.DefaultInfo{{Name:\"\", UID:\"\", Groups:[]string{{{}}}, \
             Extra:map[string][]string(nil)}} without impersonating a user name",
            groups.iter().map(|group| format!("{group:?}")).collect::<Vec<_>>().join(", "),
        )));
    }
    if !user.is_master() {
        return Err(Refusal::may_not_impersonate(&user.name, target));
    }
    for header in asked {
        headers.remove(header);
    }
    Ok(as_authenticator(name, groups))
}

/// The groups that the user would have, had it come by itself
fn as_authenticator(name: String, groups: Vec<String>) -> User {
    let mut user = User { name, groups };
    let account = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    if let (true, Some((namespace, _))) = (user.groups.is_empty(), account) {
        user.groups = vec![SERVICE_ACCOUNTS.to_owned(), format!("{SERVICE_ACCOUNTS}:{namespace}")];
    }
    if user.name == ANONYMOUS {
        user.join(UNAUTHENTICATED);
    } else if !user.groups.iter().any(|group| group == UNAUTHENTICATED) {
        user.join(User::AUTHENTICATED);
    }
    user
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Vec<String>, Refusal> {
    let values = headers.get_all(name).iter().map(|value| value.to_str().map(str::to_owned));
    values
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::bad_request(&format!("the header {name} is not text")))
}
