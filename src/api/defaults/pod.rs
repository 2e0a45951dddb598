//! Defaults of pods and pod templates.

use serde_json::{Value, json};

use super::container::{set_container, set_requests_from_limits};
use super::volume::set_volume;
use super::{items, map, set};

pub(super) fn pod(object: &mut Value) {
    let spec = map(object, "spec");
    set_pod_spec(spec);
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            set_requests_from_limits(map(container, "resources"));
        }
    }
    if spec["resources"].is_object() {
        set_requests_from_limits(map(spec, "resources"));
    }
    set(spec, "enableServiceLinks", true);
    if spec["hostNetwork"] == true {
        for list in ["containers", "initContainers"] {
            for port in items(spec, list).flat_map(|container| items(container, "ports")) {
                let number = port["containerPort"].clone();
                if port["hostPort"].is_null() && number != 0 {
                    port["hostPort"] = number;
                }
            }
        }
    }
    let status = map(object, "status");
    set(status, "phase", "Pending");
}

/// Defaults of a pod template.
pub(crate) fn set_pod_template(template: &mut Value) {
    map(template, "metadata");
    set_pod_spec(map(template, "spec"));
}

/// Defaults of a pod's spec, wherever it stands.
pub(crate) fn set_pod_spec(spec: &mut Value) {
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "restartPolicy", "Always");
    set(spec, "securityContext", json!({}));
    set(spec, "terminationGracePeriodSeconds", 30);
    set(spec, "schedulerName", "default-scheduler");
    link_service_account(spec);
    for volume in items(spec, "volumes") {
        set_volume(volume);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(spec, list) {
            set_container(container);
        }
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`; both are kept equal.
fn link_service_account(spec: &mut Value) {
    let name = [&spec["serviceAccountName"], &spec["serviceAccount"]]
        .into_iter()
        .find(|name| name.is_string())
        .cloned();
    if let Some(name) = name {
        spec["serviceAccountName"] = name.clone();
        spec["serviceAccount"] = name;
    }
}
