//! What the operator may do to keep the webhook's certificate: its own Secret, and its own configuration
//!
//! Both by name, but for the creation of the Secret, which the API server cannot limit to a name.

use serde_json::{Value, json};

use super::{cluster_role, cluster_role_binding, role, role_binding, rule};
use crate::emit::{Names, webhook_names};

const SECRET_ROLE: &str = "webhook-certificate-role";
const SECRET_BINDING: &str = "webhook-certificate-rolebinding";
const CONFIGURATION_ROLE: &str = "webhook-configuration-role";
const CONFIGURATION_BINDING: &str = "webhook-configuration-rolebinding";

/// The roles for a certificate of the operator's own, and their bindings; `installed` are the final names
pub fn webhook_roles(names: &Names, installed: &Names) -> [Value; 4] {
    let [_, secret, configuration] = webhook_names(installed);
    let named = |group: &str, resource: &str, verbs: &[&str], name: &str| {
        let mut rule = rule(group, &[resource], verbs);
        rule["resourceNames"] = json!([name]);
        rule
    };
    let secrets = [rule("", &["secrets"], &["create"]), named("", "secrets", &["get", "update"], &secret)];
    let group = "admissionregistration.k8s.io";
    let configurations = [named(group, "validatingwebhookconfigurations", &["get", "patch"], &configuration)];
    let namespace = names.namespace();
    [
        role(names, SECRET_ROLE, &namespace, &secrets),
        role_binding(names, SECRET_BINDING, SECRET_ROLE, &namespace),
        cluster_role(names, CONFIGURATION_ROLE, &json!({}), &configurations),
        cluster_role_binding(names, CONFIGURATION_BINDING, CONFIGURATION_ROLE),
    ]
}
