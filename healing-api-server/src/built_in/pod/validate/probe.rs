//! What is wrong with the probes and hooks of a container
//!
//! It owns the rules for handlers: exactly one, with what it needs.

use serde_json::Value;

use super::super::super::cell::{each, text};
use super::super::super::check::Errors;

const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// All probes and hooks of a container
pub(super) fn all(errors: &mut Errors, place: &str, container: &Value) {
    for hook in ["postStart", "preStop"] {
        let it = &container["lifecycle"][hook];
        if it.is_object() {
            handler(errors, &format!("{place}.lifecycle.{hook}"), it);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let it = &container[name];
        if it.is_object() {
            probe(errors, &format!("{place}.{name}"), it, name);
        }
    }
}

fn probe(errors: &mut Errors, place: &str, probe: &Value, name: &str) {
    handler(errors, place, probe);
    let at = |field: &str| format!("{place}.{field}");
    for field in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        errors.not_negative(&at(field), &probe[field]);
    }
    let grace = &probe["terminationGracePeriodSeconds"];
    if grace.as_i64().is_some_and(|seconds| seconds <= 0) {
        errors.invalid(at("terminationGracePeriodSeconds"), grace, "must be greater than 0");
    }
    if name == "readinessProbe" {
        if !grace.is_null() {
            errors.invalid(at("terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes");
        }
    } else if probe["successThreshold"] != 1 {
        errors.invalid(at("successThreshold"), &probe["successThreshold"], "must be 1");
    }
}

fn handler(errors: &mut Errors, place: &str, holder: &Value) {
    let mut given = HANDLERS.iter().filter(|name| !holder[**name].is_null());
    let Some(first) = given.next() else {
        return errors.required(place, "must specify a handler type");
    };
    one(errors, &format!("{place}.{first}"), first, &holder[*first]);
    for other in given {
        errors.forbidden(format!("{place}.{other}"), "may not specify more than 1 handler type");
    }
}

fn one(errors: &mut Errors, place: &str, name: &str, handler: &Value) {
    let at = |field: &str| format!("{place}.{field}");
    match name {
        "exec" if each(&handler["command"]).next().is_none() => errors.required(at("command"), ""),
        "httpGet" => {
            if text(&handler["path"]).is_empty() {
                errors.required(at("path"), "");
            }
            errors.port_or_name(&at("port"), &handler["port"]);
            let schemes = ["HTTP", "HTTPS"];
            if !schemes.contains(&text(&handler["scheme"])) {
                errors.not_supported(at("scheme"), &handler["scheme"], &schemes);
            }
        }
        "tcpSocket" => errors.port_or_name(&at("port"), &handler["port"]),
        "grpc" => errors.port(&at("port"), &handler["port"]),
        _ => {}
    }
}
