//! Defaults of a pod's volumes.

use serde_json::{Value, json};

use super::storage::set_claim_spec;
use super::{items, map, set};
use crate::api::image;

/// Read and write for the owner, read for all.
const FILE_MODE: i64 = 0o644;

pub(super) fn set_volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|map| map.keys().all(|key| key == "name")) {
        volume["emptyDir"] = json!({});
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source) {
            set(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(source) = volume.get_mut("downwardAPI") {
        set_downward_items(source);
    }
    if let Some(projected) = volume.get_mut("projected") {
        for source in items(projected, "sources") {
            if let Some(token) = source.get_mut("serviceAccountToken") {
                set(token, "expirationSeconds", 3600);
            }
            if let Some(source) = source.get_mut("downwardAPI") {
                set_downward_items(source);
            }
        }
    }
    if let Some(source) = volume.get_mut("hostPath") {
        set(source, "type", "");
    }
    if let Some(claim) = volume.pointer_mut("/ephemeral/volumeClaimTemplate") {
        set_claim_spec(map(claim, "spec"));
    }
    if let Some(source) = volume.get_mut("image") {
        let tag = image::tag(source["reference"].as_str().unwrap_or(""));
        set(source, "pullPolicy", if tag == Some("latest") { "Always" } else { "IfNotPresent" });
    }
    set_network_sources(volume);
}

fn set_downward_items(source: &mut Value) {
    for item in items(source, "items") {
        if let Some(reference) = item.get_mut("fieldRef") {
            set(reference, "apiVersion", "v1");
        }
    }
}

/// Sources of network disks, in pods and in persistent volumes.
pub(super) fn set_network_sources(volume: &mut Value) {
    if let Some(source) = volume.get_mut("iscsi") {
        set(source, "iscsiInterface", "default");
    }
    if let Some(source) = volume.get_mut("rbd") {
        set(source, "pool", "rbd");
        set(source, "user", "admin");
        set(source, "keyring", "/etc/ceph/keyring");
    }
    if let Some(source) = volume.get_mut("azureDisk") {
        set(source, "cachingMode", "ReadWrite");
        set(source, "kind", "Shared");
        set(source, "fsType", "ext4");
        set(source, "readOnly", false);
    }
    if let Some(source) = volume.get_mut("scaleIO") {
        set(source, "storageMode", "ThinProvisioned");
        set(source, "fsType", "xfs");
    }
}
