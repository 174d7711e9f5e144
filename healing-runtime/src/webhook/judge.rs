//! Whether an object may be stored: the rules of its kind, asked with the object as it was
//!
//! Pure but for the user's own code, whose panics whoever asks catches. The form of question and answer is `review`'s.

use healing_model::Identity;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::review::{Denial, Question, Verdict};
use crate::HealingResource;

/// Who answers for one kind
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    /// Where the API server asks, such as `/validate-example-com-v1-healingservice`
    pub(crate) path: String,
    pub(super) judge: fn(&Question) -> Verdict,
}

// === impl Judge ===

impl Judge {
    /// Who answers for `R`
    pub(crate) fn of<R: HealingResource>() -> Self {
        Self { path: crd_gen::emit::webhook_path(&R::blueprint().identity), judge: judge::<R> }
    }

    /// The answer; panics where the user's code does
    pub(crate) fn judge(&self, question: &Question) -> Verdict {
        (self.judge)(question)
    }
}

fn judge<R: HealingResource>(question: &Question) -> Verdict {
    let identity = &R::blueprint().identity;
    if !matches!(question.operation.as_str(), "CREATE" | "UPDATE")
        // what stands in a subresource, such as a scale, is no whole object
        || !question.sub_resource.is_empty()
        // whatever is wrong with it, its finalizers must be able to go
        || !question.object["metadata"]["deletionTimestamp"].is_null()
    {
        return Verdict::Allowed;
    }
    if !question.kind.is(identity) {
        return Verdict::Denied(Denial::bad_request(misdirected(identity, question)));
    }
    let object: R = match decode(&question.object) {
        Ok(object) => object,
        // It was stored so, under an older definition maybe, and what is written now is about something else.
        Err(_) if is_unchanged(question) => return Verdict::Allowed,
        Err(why) => {
            let words = format!("cannot decode {} \"{}\": {why}", identity.kind, question.name);
            return Verdict::Denied(Denial::bad_request(words));
        }
    };
    // An old object that cannot be decoded excuses nothing.
    let old: Option<R> = if question.old_object.is_null() { None } else { decode(&question.old_object).ok() };
    let errors = object.validate(old.as_ref());
    if errors.is_empty() {
        Verdict::Allowed
    } else {
        Verdict::Denied(Denial::invalid(identity, &question.name, &errors))
    }
}

fn misdirected(asked: &Identity, Question { kind, .. }: &Question) -> String {
    let Identity { group, version, kind: judged, .. } = asked;
    format!(
        "this path judges {judged} of {group}/{version}, and not {} of {}/{}; mend the path in the \
         ValidatingWebhookConfiguration",
        kind.kind, kind.group, kind.version
    )
}

fn is_unchanged(question: &Question) -> bool {
    !question.old_object.is_null() && question.object["spec"] == question.old_object["spec"]
}

/// The object, or where it is none and why
fn decode<R: DeserializeOwned>(object: &Value) -> Result<R, String> {
    serde_path_to_error::deserialize(object).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
