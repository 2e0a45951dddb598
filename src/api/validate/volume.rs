//! Rules for a pod's volumes.
//!
//! Mirrors `ValidateVolumes` and `validateVolumeSource`, including the spellings of their paths.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::container::Volumes;
use super::env::{FILE_FIELDS, amount_reference, field_reference};
use super::mount::{descending, no_backsteps, not_reserved};
use super::{claim, labels_of};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{has, list, number, text};

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Sources in the order in which the server looks for a second one, with the field its complaint names.
const SOURCES: [(&str, &str); 29] = [
    ("emptyDir", "emptyDir"),
    ("hostPath", "hostPath"),
    ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downwardAPI", "downwarAPI"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("configMap", "configMap"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scaleIO", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
];

/// Checks the volumes and gives the good ones by name; mounts of others are not found.
pub(super) fn validate<'a>(
    volumes: &'a [Value],
    pod: Option<&Value>,
    path: &Path,
    errors: &mut Errors,
) -> Volumes<'a> {
    let mut good = BTreeMap::new();
    for (index, volume) in volumes.iter().enumerate() {
        let (at, name) = (path.index(index), text(volume, "name"));
        let mut found = Errors::new();
        source(volume, pod, &at, &mut found);
        if name.is_empty() {
            found.push(FieldError::required(&at.child("name"), ""));
        } else {
            check::name(name, names::dns_label, &at.child("name"), &mut found);
        }
        if good.contains_key(name) {
            found.push(FieldError::duplicate(&at.child("name"), name));
        }
        if found.is_empty() {
            good.insert(name, volume);
        }
        errors.append(&mut found);
    }
    good
}

fn source(volume: &Value, pod: Option<&Value>, path: &Path, errors: &mut Errors) {
    let mut count = 0;
    for (field, shown) in SOURCES.into_iter().chain([("image", "image")]) {
        let (source, at) = (&volume[field], path.child(field));
        if source.is_null() {
            continue;
        }
        count += 1;
        if count > 1 {
            errors.push(FieldError::forbidden(&path.child(shown), "may not specify more than 1 volume type"));
            continue;
        }
        match field {
            "emptyDir" => empty_dir(source, &at, errors),
            "hostPath" => host_path(source, &at, errors),
            "gitRepo" => {
                required(source, &["repository"], &at, errors);
                descending(text(source, "directory"), &at.child("directory"), errors);
            }
            "gcePersistentDisk" => disk(source, "pdName", &path.child("persistentDisk"), errors),
            "awsElasticBlockStore" => disk(source, "volumeID", &at, errors),
            "secret" => files(source, "secretName", &at, errors),
            "configMap" => files(source, "name", &at, errors),
            "nfs" => nfs(source, &at, errors),
            "glusterfs" => required(source, &["endpoints", "path"], &at, errors),
            "persistentVolumeClaim" => required(source, &["claimName"], &at, errors),
            "downwardAPI" => {
                mode(source, "defaultMode", &at, errors);
                downward_items(source, &at, errors);
            }
            "projected" => projected(source, &at, errors),
            "flexVolume" => required(source, &["driver"], &at, errors),
            "azureFile" => required(source, &["secretName", "shareName"], &at, errors),
            "azureDisk" => required(source, &["diskName", "diskURI"], &at, errors),
            "cinder" | "portworxVolume" => required(source, &["volumeID"], &at, errors),
            "vsphereVolume" => required(source, &["volumePath"], &at, errors),
            "cephfs" => required(source, &["monitors"], &at, errors),
            "rbd" => required(source, &["monitors", "image"], &at, errors),
            "csi" => csi(source, &at, errors),
            "ephemeral" => ephemeral(volume, pod, path, errors),
            "iscsi" => required(source, &["targetPortal", "iqn"], &at, errors),
            _ => {}
        }
    }
    if count == 0 {
        errors.push(FieldError::required(path, "must specify a volume type"));
    }
}

fn required(source: &Value, fields: &[&str], path: &Path, errors: &mut Errors) {
    for field in fields {
        if text(source, field).is_empty() && list(source, field).is_empty() {
            errors.push(FieldError::required(&path.child(field), ""));
        }
    }
}

fn empty_dir(source: &Value, path: &Path, errors: &mut Errors) {
    if Quantity::parse(text(source, "sizeLimit")).is_ok_and(|limit| limit.is_negative()) {
        let detail = "SizeLimit field must be a valid resource quantity";
        errors.push(FieldError::forbidden(&path.child("sizeLimit"), detail));
    }
}

/// A directory of the node.
pub(super) fn host_path(source: &Value, path: &Path, errors: &mut Errors) {
    let target = text(source, "path");
    if target.is_empty() {
        errors.push(FieldError::required(&path.child("path"), ""));
        return;
    }
    no_backsteps(target, &path.child("path"), errors);
    let kinds =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    one_of_if_set(source, "type", &kinds, path, errors);
}

fn disk(source: &Value, id: &str, path: &Path, errors: &mut Errors) {
    required(source, &[id], path, errors);
    let partition = number(source, "partition");
    if !(0..=255).contains(&partition) {
        errors.push(FieldError::invalid(
            &path.child("partition"),
            partition,
            "must be between 0 and 255, inclusive",
        ));
    }
}

fn mode(source: &Value, field: &str, path: &Path, errors: &mut Errors) {
    if let Some(mode) = source[field].as_i64().filter(|mode| !(0..=0o777).contains(mode)) {
        errors.push(FieldError::invalid(&path.child(field), mode, MODE));
    }
}

fn files(source: &Value, name: &str, path: &Path, errors: &mut Errors) {
    required(source, &[name], path, errors);
    mode(source, "defaultMode", path, errors);
    for (index, item) in list(source, "items").iter().enumerate() {
        key_to_path(item, &path.child("items").index(index), errors);
    }
}

fn key_to_path(item: &Value, path: &Path, errors: &mut Errors) {
    required(item, &["key", "path"], path, errors);
    not_reserved(text(item, "path"), &path.child("path"), errors);
    mode(item, "mode", path, errors);
}

pub(super) fn nfs(source: &Value, path: &Path, errors: &mut Errors) {
    required(source, &["server", "path"], path, errors);
    let target = text(source, "path");
    if !target.starts_with('/') {
        errors.push(FieldError::invalid(&path.child("path"), target, "must be an absolute path"));
    }
}

/// The server names the volume, not the item.
fn downward_items(source: &Value, path: &Path, errors: &mut Errors) {
    for item in list(source, "items") {
        required(item, &["path"], path, errors);
        not_reserved(text(item, "path"), &path.child("path"), errors);
        match (has(item, "fieldRef"), has(item, "resourceFieldRef")) {
            (true, both) => {
                field_reference(&item["fieldRef"], &FILE_FIELDS, &path.child("fieldRef"), errors);
                if both {
                    let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                    errors.push(FieldError::invalid(path, "resource", detail));
                }
            }
            (false, true) => {
                amount_reference(&item["resourceFieldRef"], true, &path.child("resourceFieldRef"), errors)
            }
            (false, false) => {
                errors.push(FieldError::required(path, "one of fieldRef and resourceFieldRef is required"));
            }
        }
        mode(item, "mode", path, errors);
    }
}

fn projected(source: &Value, path: &Path, errors: &mut Errors) {
    mode(source, "defaultMode", path, errors);
    let mut taken: Vec<&str> = Vec::new();
    for (index, source) in list(source, "sources").iter().enumerate() {
        let at = path.child("sources").index(index);
        for kind in ["secret", "configMap"].into_iter().filter(|kind| has(source, kind)) {
            required(&source[kind], &["name"], &at.child(kind), errors);
            for (place, item) in list(&source[kind], "items").iter().enumerate() {
                key_to_path(item, &at.child(kind).child("items").index(place), errors);
                conflict(text(item, "path"), text(&source[kind], "name"), &mut taken, path, errors);
            }
        }
        if has(source, "downwardAPI") {
            downward_items(&source["downwardAPI"], &at.child("downwardAPI"), errors);
            for item in list(&source["downwardAPI"], "items") {
                conflict(text(item, "path"), text(item, "path"), &mut taken, path, errors);
            }
        }
        if has(source, "serviceAccountToken") {
            token(&source["serviceAccountToken"], &at.child("serviceAccountToken"), path, errors);
        }
        let kinds = [
            "secret",
            "configMap",
            "downwardAPI",
            "serviceAccountToken",
            "clusterTrustBundle",
            "podCertificate",
        ];
        if kinds.iter().filter(|kind| has(source, kind)).count() > 1 {
            errors.push(FieldError::forbidden(&at, "may not specify more than 1 volume type per source"));
        }
    }
}

fn conflict<'a>(file: &'a str, shown: &str, taken: &mut Vec<&'a str>, path: &Path, errors: &mut Errors) {
    if file.is_empty() {
        return;
    }
    if taken.contains(&file) {
        errors.push(FieldError::invalid(path, shown, "conflicting duplicate paths"));
    } else {
        taken.push(file);
    }
}

fn token(token: &Value, at: &Path, path: &Path, errors: &mut Errors) {
    let seconds = number(token, "expirationSeconds");
    if seconds < 600 {
        let detail = "may not specify a duration less than 10 minutes";
        errors.push(FieldError::invalid(&at.child("expirationSeconds"), seconds, detail));
    }
    if seconds > 1 << 32 {
        let detail = "may not specify a duration larger than 2^32 seconds";
        errors.push(FieldError::invalid(&at.child("expirationSeconds"), seconds, detail));
    }
    if text(token, "path").is_empty() {
        errors.push(FieldError::required(&path.child("path"), ""));
    } else {
        not_reserved(text(token, "path"), &path.child("path"), errors);
    }
}

fn csi(source: &Value, path: &Path, errors: &mut Errors) {
    required(source, &["driver"], path, errors);
    let reference = &source["nodePublishSecretRef"];
    if !reference.is_null() && text(reference, "name").is_empty() {
        errors.push(FieldError::required(&path.child("nodePublishSecretRef").child("name"), ""));
    }
}

fn ephemeral(volume: &Value, pod: Option<&Value>, path: &Path, errors: &mut Errors) {
    let (template, at) =
        (&volume["ephemeral"]["volumeClaimTemplate"], path.child("ephemeral").child("volumeClaimTemplate"));
    if template.is_null() {
        errors.push(FieldError::required(&at, ""));
    } else {
        labels_of(&template["metadata"], &at.child("metadata"), errors);
        claim::spec(&template["spec"], &at.child("spec"), errors);
    }
    let pod_name = pod.map_or("", |pod| text(&pod["metadata"], "name"));
    let name = text(volume, "name");
    if !pod_name.is_empty() && !name.is_empty() {
        let claim = format!("{pod_name}-{name}");
        for complaint in names::dns_subdomain(&claim) {
            let detail = format!("PVC name {claim:?}: {complaint}");
            errors.push(FieldError::invalid(&path.child("name"), name, detail));
        }
    }
}
