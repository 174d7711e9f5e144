//! `pods/eviction`: a pod is deleted if the budgets of its application allow it
//!
//! It owns the question to the budgets. How much a budget allows is counted by the disruption controller.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Posted, done, has_condition, key, pods, read_posted, set_pod_condition};
use crate::Refusal;
use crate::call::Call;
use crate::controller::{budget_condition, budgets};
use crate::delete::{DeleteOptions, check_preconditions};
use crate::kind::Kind;
use crate::meta::{Meta, seconds};
use crate::refusal::Subject;
use crate::select::selects;
use crate::server::{ApiServer, Response};

/// Evictions that a budget remembers until it has seen them; more are refused
const PENDING_MAX: usize = 2000;

// === impl ApiServer ===

impl ApiServer {
    /// Evicts a pod
    pub(super) fn evict(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let posted = read_posted(kind, call, ("policy", "Eviction", "io.k8s.api.policy.v1.Eviction"))?;
        let mut asked = read_options(&posted, call)?;
        let Some(pod) = self.store.get(&kind.key, &key(call)).cloned() else {
            return Err(Refusal::not_found(&kind.subject(&call.target.name)));
        };
        let ignores_budgets = pod.is_terminating()
            || matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed" | "Pending"));
        if !ignores_budgets
            && let Some(budget) = self.ask_budgets(&pod)?
            && let Some(spent) = spend(&budget, &pod, call)?
            && !asked.as_ref().is_ok_and(|options| options.dry_run)
        {
            let place = (budget.namespace().to_owned(), budget.name().to_owned());
            self.write_status(&(budgets(), place), spent, "kube-apiserver", call.now);
        }
        if let Ok(options) = &mut asked
            && !options.dry_run
        {
            self.mark_evicted(kind, &pod, options, call)?;
        }
        self.delete_object(&kind.key, &key(call), &asked?, call.now)?;
        Ok(done(posted.warnings))
    }

    /// The budget that the pod falls under, if there is one that has to be asked
    fn ask_budgets(&self, pod: &Value) -> Result<Option<Arc<Value>>, Refusal> {
        let all = self.store.list(&budgets(), pod.namespace());
        let mut asked = all.filter(|(_, budget)| selects(&budget["spec"]["selector"], pod));
        let Some((_, budget)) = asked.next() else { return Ok(None) };
        if asked.next().is_some() {
            return Err(Refusal::new(
                500,
                "",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
        if has_condition(pod, "Ready") {
            return Ok(Some(Arc::clone(budget)));
        }
        let status = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
        let is_met = status("currentHealthy") >= status("desiredHealthy") && status("desiredHealthy") > 0;
        let always = budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
        Ok(if always || is_met { None } else { Some(Arc::clone(budget)) })
    }

    /// Tells in the pod why it goes
    fn mark_evicted(
        &mut self,
        kind: &Kind,
        pod: &Value,
        options: &mut DeleteOptions,
        call: &Call,
    ) -> Result<(), Refusal> {
        check_preconditions(kind, pod, options)?;
        let mut marked = pod.clone();
        let condition = json!({
            "type": "DisruptionTarget", "status": "True",
            "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
        });
        set_pod_condition(&mut marked, &condition, call.now);
        if marked != *pod {
            let marked = self.store.put(&pods(), key(call), marked);
            // the condition that was asked for held until we changed the pod ourselves
            if options.resource_version.is_some() {
                options.resource_version = Some(marked.meta("resourceVersion").to_owned());
            }
        }
        Ok(())
    }
}

/// The options of the deletion; an inner error is one that shows only when the deletion begins
fn read_options(posted: &Posted, call: &Call) -> Result<Result<DeleteOptions, Refusal>, Refusal> {
    let written = &posted.value["deleteOptions"];
    let in_body: Vec<&str> =
        written["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if call.query.dry_run && !in_body.is_empty() && in_body != ["All"] {
        return Err(Refusal::new(
            500,
            "",
            format!("Non-matching dry-run options in request and content: [All] and [{}]", in_body.join(" ")),
        ));
    }
    match DeleteOptions::of_value(written) {
        Ok(options) => Ok(Ok(DeleteOptions { dry_run: options.dry_run || call.query.dry_run, ..options })),
        Err(refusal) if refusal.code == 400 => Err(Refusal::bad_request(format!(
            "Eviction in version \"v1\" cannot be handled as a Eviction: {}",
            refusal.message.replace("field DeleteOptions.", "field DeleteOptions.deleteOptions.")
        ))),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The budget after this eviction
///
/// # Errors
/// 429 if it allows none, 403 if it cannot be right.
fn spend(budget: &Value, pod: &Value, call: &Call) -> Result<Option<Value>, Refusal> {
    let status = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
    let name = budget.name();
    if status("observedGeneration") < budget["metadata"]["generation"].as_i64().unwrap_or(0) {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        let mut refusal = too_many(&why);
        refusal.details["retryAfterSeconds"] = 10.into();
        return Err(refusal);
    }
    let allowed = status("disruptionsAllowed");
    let pending = budget["status"]["disruptedPods"].as_object().map_or(0, serde_json::Map::len);
    if allowed < 0 || pending > PENDING_MAX {
        let (why, told) = if allowed < 0 {
            ("pdb disruptions allowed is negative", "pdb disruptions allowed is negative")
        } else {
            (
                "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
                "too many pending evictions not confirmed by PDB controller",
            )
        };
        let mut refusal =
            Refusal::forbidden(&Subject { group: "policy", what: "poddisruptionbudget", name }, why);
        let told = format!("The disruption budget {name} does not allow evicting pods currently: {told}");
        refusal.details["causes"] = json!([{ "reason": "DisruptionBudget", "message": told }]);
        return Err(refusal);
    }
    if allowed == 0 {
        return Err(too_many(&why_none(budget)));
    }
    let mut spent = budget.clone();
    spent["status"]["disruptionsAllowed"] = (allowed - 1).into();
    if allowed == 1 {
        budget_condition(&mut spent, call.now);
    }
    spent["status"]["disruptedPods"][pod.name()] = seconds(call.now).into();
    Ok(Some(spent))
}

/// Why a budget allows no eviction
fn why_none(budget: &Value) -> String {
    let status = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
    let name = budget.name();
    let conditions = budget["status"]["conditions"].as_array();
    let blocked = conditions.into_iter().flatten().find(|condition| {
        condition["type"] == "DisruptionAllowed"
            && condition["status"] == "False"
            && condition["message"].as_str().is_some_and(|message| !message.is_empty())
    });
    let text = |field: &str| blocked.and_then(|condition| condition[field].as_str()).unwrap_or_default();
    if text("reason") == "SyncFailed" {
        let message = text("message");
        return format!(
            "The disruption budget {name} does not allow evicting pods currently because it failed sync: {message}"
        );
    }
    let (desired, current) = (status("desiredHealthy"), status("currentHealthy"));
    if current <= desired {
        return format!(
            "The disruption budget {name} needs {desired} healthy pods and has {current} currently"
        );
    }
    match blocked {
        Some(_) => format!(
            "The disruption budget {name} does not allow evicting pods currently ({}): {}",
            text("reason"),
            text("message")
        ),
        None => format!("The disruption budget {name} does not allow evicting pods currently"),
    }
}

fn too_many(why: &str) -> Refusal {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Refusal {
        details: json!({ "causes": [{ "reason": "DisruptionBudget", "message": why }] }),
        ..Refusal::new(429, "TooManyRequests", message)
    }
}
