//! Checking an object: mistakes are collected, each at its place, in the words that all kinds share
//!
//! It owns the collecting and the rules for texts and numbers that several kinds have. Which places must be checked is
//! the kinds' business.

use core::net::IpAddr;

use serde_json::Value;
use structural_schema::{FieldError, Reason};

use super::cell::{each, text};
use crate::meta::{label_key, label_value, subdomain, validate_labels};

pub(super) const IMMUTABLE: &str = "field is immutable";
pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
const IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/// What is wrong so far
#[derive(Debug, Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

// === impl Errors ===

impl Errors {
    pub(super) fn required(&mut self, place: impl Into<String>, detail: &str) {
        self.0.push(FieldError::new(Reason::Required, place, detail));
    }

    pub(super) fn forbidden(&mut self, place: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError::new(Reason::Forbidden, place, detail));
    }

    pub(super) fn invalid(&mut self, place: impl Into<String>, value: &Value, detail: impl Into<String>) {
        self.0.push(FieldError::of_value(Reason::Invalid, place, value, detail));
    }

    /// A value of one of the real server's own types, as `go` writes it
    pub(super) fn invalid_go(&mut self, place: impl Into<String>, value: String, detail: &str) {
        self.push_go(Reason::Invalid, place, value, detail);
    }

    pub(super) fn push_go(&mut self, reason: Reason, place: impl Into<String>, value: String, detail: &str) {
        let error = FieldError { reason, field: place.into(), value: Some(value), detail: detail.to_owned() };
        self.0.push(error);
    }

    pub(super) fn not_supported(&mut self, place: impl Into<String>, value: &Value, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|word| format!("{word:?}")).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        // what is missing is an empty text in Go
        let value = if value.is_null() { &Value::String(String::new()) } else { value };
        self.0.push(FieldError::of_value(Reason::NotSupported, place, value, detail));
    }

    pub(super) fn duplicate(&mut self, place: impl Into<String>, value: &Value) {
        self.0.push(FieldError::of_value(Reason::Duplicate, place, value, ""));
    }

    pub(super) fn not_found(&mut self, place: impl Into<String>, value: &str) {
        self.0.push(FieldError::of_value(Reason::NotFound, place, &value.into(), ""));
    }

    /// Each problem of a text
    pub(super) fn problems(&mut self, place: &str, value: &str, problems: Vec<String>) {
        for problem in problems {
            self.invalid(place, &value.into(), problem);
        }
    }

    /// A text that must be one of these; an empty one is left to others
    pub(super) fn one_of(&mut self, place: &str, value: &Value, supported: &[&str]) {
        if !text(value).is_empty() && !supported.contains(&text(value)) {
            self.not_supported(place, value, supported);
        }
    }

    /// A number that may not be less than zero
    pub(super) fn not_negative(&mut self, place: &str, value: &Value) {
        if value.as_i64().is_some_and(|number| number < 0) {
            self.invalid(place, value, NOT_NEGATIVE);
        }
    }

    /// A number between two others
    pub(super) fn within(&mut self, place: &str, value: &Value, low: i64, high: i64) {
        if value.as_i64().is_some_and(|number| !(low..=high).contains(&number)) {
            self.invalid(place, value, format!("must be between {low} and {high}, inclusive"));
        }
    }

    /// The number of a port
    pub(super) fn port(&mut self, place: &str, value: &Value) {
        self.within(place, value, 1, 65535);
    }

    /// The number of a port, or the name of one
    pub(super) fn port_or_name(&mut self, place: &str, value: &Value) {
        match value {
            Value::String(name) => self.problems(place, name, port_name(name)),
            value => self.port(place, value),
        }
    }

    /// A field that keeps its value
    pub(super) fn fixed(&mut self, place: &str, new: &Value, old: &Value) {
        if new != old {
            self.invalid(place, new, IMMUTABLE);
        }
    }

    pub(super) fn too_long(&mut self, place: &str, bytes: usize) {
        let detail = format!("may not be more than {bytes} bytes");
        self.0.push(FieldError::new(Reason::TooLong, place, detail));
    }

    /// What says that it never changes does not
    pub(super) fn keeps_data(&mut self, new: &Value, old: &Value, fields: &[&str]) {
        const DETAIL: &str = "field is immutable when `immutable` is set";
        if old["immutable"] != true {
            return;
        }
        if new["immutable"] != true {
            self.forbidden("immutable", DETAIL);
        }
        for field in fields.iter().filter(|field| new[**field] != old[**field]) {
            self.forbidden(*field, DETAIL);
        }
    }

    /// A number or a percentage, not negative and at most 100%
    pub(super) fn amount(&mut self, place: &str, value: &Value) {
        let Value::String(words) = value else { return self.not_negative(place, value) };
        let number = words
            .strip_suffix('%')
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
        match number {
            None => self.invalid(
                place,
                value,
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            ),
            Some(number) if number.parse().is_ok_and(|number: u32| number <= 100) => {}
            Some(_) => self.invalid(place, value, "must not be greater than 100%"),
        }
    }

    pub(super) fn ip(&mut self, place: &str, value: &Value) -> Option<IpAddr> {
        let ip = text(value).parse().ok();
        if ip.is_none() {
            self.invalid(place, value, IP);
        }
        ip
    }

    /// An address that others than the node itself can reach
    pub(super) fn not_local(&mut self, place: &str, value: &Value, ip: IpAddr) {
        let detail = match ip {
            ip if ip.is_unspecified() => "may not be unspecified (0.0.0.0 or ::)",
            ip if ip.is_loopback() => "may not be in the loopback range (127.0.0.0/8, ::1/128)",
            IpAddr::V4(ip) if ip.is_link_local() => {
                "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            }
            _ => return,
        };
        self.invalid(place, value, detail);
    }

    /// A label selector that keeps its value
    pub(super) fn fixed_selector(&mut self, place: &str, new: &Value, old: &Value) {
        if new != old {
            self.invalid_go(place, go_selector(new), IMMUTABLE);
        }
    }

    /// A label selector
    pub(super) fn selector(&mut self, place: &str, selector: &Value) {
        self.0.extend(validate_labels(&selector["matchLabels"], &format!("{place}.matchLabels")));
        for (index, requirement) in each(&selector["matchExpressions"]).enumerate() {
            let place = format!("{place}.matchExpressions[{index}]");
            self.requirement(&place, requirement);
            let key = text(&requirement["key"]);
            self.problems(&format!("{place}.key"), key, label_key(key));
            for (index, value) in each(&requirement["values"]).enumerate() {
                let place = format!("{place}.values[{index}]");
                self.problems(&place, text(value), label_value(text(value)));
            }
        }
    }

    /// The operator of a requirement of a selector, and how many values it takes
    fn requirement(&mut self, place: &str, requirement: &Value) {
        let count = each(&requirement["values"]).count();
        let values = format!("{place}.values");
        match text(&requirement["operator"]) {
            "In" | "NotIn" if count == 0 => {
                self.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if count > 0 => {
                self.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            operator => {
                self.invalid(format!("{place}.operator"), &operator.into(), "not a valid selector operator");
            }
        }
    }

    /// A requirement for a node, whose operators are two more
    pub(super) fn node_requirement(&mut self, place: &str, requirement: &Value) {
        let count = each(&requirement["values"]).count();
        match text(&requirement["operator"]) {
            "Gt" | "Lt" => {
                if count != 1 {
                    self.required(
                        format!("{place}.values"),
                        "must be specified single value when `operator` is 'Lt' or 'Gt'",
                    );
                }
            }
            _ => self.requirement(place, requirement),
        }
        let key = text(&requirement["key"]);
        self.problems(&format!("{place}.key"), key, label_key(key));
    }

    /// A name that is a subdomain
    pub(super) fn subdomain(&mut self, place: &str, value: &Value) {
        self.problems(place, text(value), subdomain(text(value)));
    }
}

/// A value as the real server prints one of its own types: all fields, in their order
pub(super) fn go(fields: &[(&str, &Value)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// A label selector as the real server prints it
pub(super) fn go_selector(selector: &Value) -> String {
    if selector.is_null() {
        return "null".to_owned();
    }
    let fields = ["matchLabels", "matchExpressions"].map(|name| (name, &selector[name]));
    let given: Vec<(&str, &Value)> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    go(&given)
}

/// What is wrong with the name of a port
pub(super) fn port_name(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let rules: [(bool, &str); 5] = [
        (name.len() > 15, "must be no more than 15 characters"),
        (
            name.is_empty()
                || !bytes
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-'),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (!bytes.iter().any(u8::is_ascii_lowercase), "must contain at least one letter (a-z)"),
        (name.contains("--"), "must not contain consecutive hyphens"),
        (name.starts_with('-') || name.ends_with('-'), "must not begin or end with a hyphen"),
    ];
    rules.into_iter().filter(|(broken, _)| *broken).map(|(_, words)| words.to_owned()).collect()
}

/// What is wrong with a key of a `ConfigMap` or a Secret
pub(super) fn data_key(key: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if key.len() > 253 {
        problems.push("must be no more than 253 characters".to_owned());
    }
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        problems.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_owned(),
        );
    }
    match key {
        "." => problems.push("must not be '.'".to_owned()),
        ".." => problems.push("must not be '..'".to_owned()),
        key if key.starts_with("..") => problems.push("must not start with '..'".to_owned()),
        _ => {}
    }
    problems
}

/// Whether a selector selects these labels; none selects nothing, an empty one everything
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let mut pairs = selector["matchLabels"].as_object().into_iter().flatten();
    let plain = pairs.all(|(key, value)| labels[key.as_str()] == *value);
    let met = |requirement: &Value| {
        let is = &labels[text(&requirement["key"])];
        let listed = each(&requirement["values"]).any(|value| value == is);
        match text(&requirement["operator"]) {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => !is.is_null(),
            _ => is.is_null(),
        }
    };
    plain && each(&selector["matchExpressions"]).all(met)
}
