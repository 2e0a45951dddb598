//! Defaults of claims, volumes and storage classes.

use serde_json::Value;

use super::container::round_to_milli;
use super::{map, set};

/// Defaults of a claim, standing alone or as a template.
pub(crate) fn set_claim(claim: &mut Value) {
    set_claim_spec(map(claim, "spec"));
    set(map(claim, "status"), "phase", "Pending");
}

/// Defaults of what a claim asks for.
pub(super) fn set_claim_spec(spec: &mut Value) {
    set(spec, "volumeMode", "Filesystem");
    for list in ["/resources/requests", "/resources/limits"] {
        if let Some(list) = spec.pointer_mut(list) {
            round_to_milli(list);
        }
    }
}

pub(super) fn volume(object: &mut Value) {
    let spec = map(object, "spec");
    set(spec, "persistentVolumeReclaimPolicy", "Retain");
    set(spec, "volumeMode", "Filesystem");
    if let Some(source) = spec.get_mut("hostPath") {
        set(source, "type", "");
    }
    super::volume::set_network_sources(spec);
    set(map(object, "status"), "phase", "Pending");
}

pub(super) fn class(object: &mut Value) {
    set(object, "reclaimPolicy", "Delete");
    set(object, "volumeBindingMode", "Immediate");
}
