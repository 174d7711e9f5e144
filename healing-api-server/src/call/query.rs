//! The options of a request, from its query
//!
//! It reads and checks their form. Options in the body of a DELETE are `delete`'s business.

use super::unescape;
use crate::Refusal;

/// All options that a query can hold, with the defaults of those that it does not name
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own, as in the query")]
pub(crate) struct Query {
    pub(crate) watch: bool,
    pub(crate) label_selector: String,
    pub(crate) field_selector: String,
    pub(crate) limit: Option<u64>,
    pub(crate) continue_token: String,
    /// As it was written; what is no number is refused by whoever needs it
    pub(crate) resource_version: String,
    pub(crate) resource_version_match: String,
    pub(crate) send_initial_events: Option<bool>,
    pub(crate) allow_watch_bookmarks: bool,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) dry_run: bool,
    pub(crate) field_manager: Option<String>,
    pub(crate) field_validation: FieldValidation,
    pub(crate) force: bool,
    pub(crate) grace_period_seconds: Option<i64>,
    pub(crate) propagation_policy: Option<String>,
    pub(crate) orphan_dependents: Option<bool>,
    /// Everything, also what is not understood: `container`, `follow`, `includeObject` …
    pub(crate) all: Vec<(String, String)>,
}

/// What happens to unknown and duplicate fields
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

// === impl Query ===

impl Query {
    /// Reads the part of a URL after `?`
    ///
    /// # Errors
    /// 400 for values that cannot be read. Whether a verb can have them is checked by `check_options`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| unescape(&text.replace('+', " "));
            let (Some(name), Some(value)) = (plain(name), plain(value)) else {
                return Err(Refusal::bad_request(format!("invalid escape in query: {pair}")));
            };
            query.set(&name, &value)?;
            query.all.push((name, value));
        }
        Ok(query)
    }

    /// The value of an option that is not read here
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of an option that may be there more than once
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.all.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        match name {
            "watch" => self.watch = flag(value),
            "labelSelector" => value.clone_into(&mut self.label_selector),
            "fieldSelector" => value.clone_into(&mut self.field_selector),
            "limit" => self.limit = positive(number(value)?),
            "continue" => value.clone_into(&mut self.continue_token),
            "resourceVersion" => value.clone_into(&mut self.resource_version),
            "resourceVersionMatch" => value.clone_into(&mut self.resource_version_match),
            "sendInitialEvents" => self.send_initial_events = Some(flag(value)),
            "allowWatchBookmarks" => self.allow_watch_bookmarks = flag(value),
            "timeoutSeconds" => self.timeout_seconds = number(value)?,
            "dryRun" => self.dry_run = true,
            "fieldManager" => self.field_manager = Some(value.to_owned()),
            "fieldValidation" => self.field_validation = FieldValidation::parse(value),
            "force" => self.force = flag(value),
            "gracePeriodSeconds" => self.grace_period_seconds = number(value)?,
            "propagationPolicy" => self.propagation_policy = Some(value.to_owned()),
            "orphanDependents" => self.orphan_dependents = Some(flag(value)),
            _ => {}
        }
        Ok(())
    }
}

/// A limit below one is none
fn positive(limit: Option<i64>) -> Option<u64> {
    limit.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0)
}

/// Kubernetes reads everything but `false` and `0` as true, also nothing at all
fn flag(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "false" | "0")
}

fn number<T: std::str::FromStr>(value: &str) -> Result<Option<T>, Refusal> {
    if value.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{value}\": invalid syntax"));
    value.parse().map(Some).map_err(wrong)
}

// === impl FieldValidation ===

impl FieldValidation {
    fn parse(value: &str) -> Self {
        match value {
            "Ignore" => Self::Ignore,
            "Strict" => Self::Strict,
            _ => Self::Warn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_kept() {
        let query = Query::parse("watch=1&labelSelector=a%3Db,c&limit=0&dryRun=All&container=app").unwrap();
        assert!(query.watch && query.dry_run);
        assert_eq!((query.label_selector.as_str(), query.limit), ("a=b,c", None));
        assert_eq!(query.get("container"), Some("app"));
        assert_eq!(Query::parse("limit=-1").unwrap().limit, None);
        assert_eq!(Query::parse("limit=x").unwrap_err().code, 400);
    }
}
