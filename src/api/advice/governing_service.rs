//! The Service that gives a set's pods their names.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::label_selector;
use crate::api::read::text;

fn service_name(object: &Value) -> Option<&str> {
    (text(object, "kind") == "StatefulSet").then(|| text(&object["spec"], "serviceName"))
}

/// No Service has the name that the set gives.
pub(super) fn missing(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    if name.is_empty() {
        found.push(Finding {
            field: "spec.serviceName".into(),
            consequence: "The set names no Service, so its pods get no DNS names of their own".into(),
            see: "Look up a pod's name from another pod: the answer is NXDOMAIN.".into(),
            fix: "Add a headless Service for the pods and name it in spec.serviceName; the field cannot be changed later.".into(),
        });
    } else if release.find("Service", name, object).is_none() {
        found.push(Finding {
            field: "spec.serviceName".into(),
            consequence: format!("Service {name} is not among these manifests, so the pods get no DNS names unless it exists already"),
            see: format!("Look up the first pod's name below {name}: the answer is NXDOMAIN."),
            fix: format!("Add a Service {name} with clusterIP: None that selects the set's pods."),
        });
    }
}

/// The Service has an address of its own.
pub(super) fn not_headless(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    let Some(service) = release.find("Service", name, object) else { return };
    if text(&service["spec"], "clusterIP") != "None" {
        found.push(Finding {
            field: "spec.serviceName".into(),
            consequence: format!(
                "Service {name} is not headless: its name resolves to one address, not to the pods"
            ),
            see: format!("Look {name} up: one cluster address answers, whichever pods are ready."),
            fix: format!("Set clusterIP: None on Service {name}; an existing Service must be deleted first."),
        });
    }
}

/// The Service selects pods that are not the set's.
pub(super) fn selects_other_pods(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    let Some(service) = release.find("Service", name, object) else { return };
    let selector = &service["spec"]["selector"];
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    if selector.is_object() && !label_selector::matches_map(selector, labels) {
        found.push(Finding {
            field: "spec.serviceName".into(),
            consequence: format!(
                "Service {name} selects other pods than this set makes, so the pods' names do not resolve"
            ),
            see: format!("Look at the endpoints of {name}: none of the set's pods is there."),
            fix: format!("Give Service {name} the labels of the set's template as selector."),
        });
    }
}
