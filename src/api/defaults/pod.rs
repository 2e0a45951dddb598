//! Defaults of pods and pod templates.

use serde_json::{Value, json};

use super::container::{round_to_milli, set_container, set_requests_from_limits};
use super::volume::set_volume;
use super::{items, map, set};
use crate::api::read::{entries, list};
use crate::api::validate::aggregate;

pub(super) fn pod(object: &mut Value) {
    let spec = map(object, "spec");
    set_pod_spec(spec);
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            set_requests_from_limits(map(container, "resources"));
        }
    }
    pod_level_requests(spec);
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

/// A pod with limits of its own requests what its containers request together, else what the limits say.
fn pod_level_requests(spec: &mut Value) {
    let Some(limits) = spec["resources"]["limits"].as_object().filter(|limits| !limits.is_empty()).cloned()
    else {
        return;
    };
    let requested = ["containers", "initContainers"].iter().flat_map(|field| list(spec, field));
    let names = requested.flat_map(|container| entries(&container["resources"], "requests"));
    let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    names.retain(|name| matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-"));
    for name in names {
        let sum = aggregate(spec, "requests", &name).to_string();
        set(map(map(spec, "resources"), "requests"), &name, sum);
    }
    for (name, limit) in limits {
        set(map(map(spec, "resources"), "requests"), &name, limit);
    }
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
    for list in ["/overhead", "/resources/requests", "/resources/limits"] {
        if let Some(list) = spec.pointer_mut(list) {
            round_to_milli(list);
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
