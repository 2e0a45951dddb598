//! Defaults of claims, volumes and storage classes.

use serde_json::Value;

use super::{map, set};

/// Defaults of a claim, standing alone or as a template.
pub(crate) fn set_claim(claim: &mut Value) {
    set(map(claim, "spec"), "volumeMode", "Filesystem");
    set(map(claim, "status"), "phase", "Pending");
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
