//! Defaults of NetworkPolicies.

use serde_json::{Value, json};

use super::{items, map, set};

pub(super) fn network_policy(object: &mut Value) {
    let spec = map(object, "spec");
    for direction in ["ingress", "egress"] {
        for port in items(spec, direction).flat_map(|rule| items(rule, "ports")) {
            set(port, "protocol", "TCP");
        }
    }
    let has_egress = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    set(spec, "policyTypes", if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
}
