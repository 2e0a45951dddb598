//! Probes of a set's containers.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::read::{has, list, text};

/// A container without a readiness probe is ready as soon as it runs.
pub(super) fn missing(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    if !matches!(text(object, "kind"), "StatefulSet" | "Deployment") {
        return;
    }
    for (index, container) in list(&object["spec"]["template"]["spec"], "containers").iter().enumerate() {
        if has(container, "readinessProbe") {
            continue;
        }
        let name = text(container, "name");
        found.push(Finding {
            field: format!("spec.template.spec.containers[{index}].name"),
            consequence: format!("Container {name} has no readiness probe: it counts as ready the moment it starts, and the next pod follows at once"),
            see: "Roll out an image that starts but cannot serve: the rollout goes through every pod.".into(),
            fix: "Add a readinessProbe that asks what clients ask.".into(),
        });
    }
}
