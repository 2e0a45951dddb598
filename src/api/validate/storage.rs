//! Rules for volumes and storage classes.

use serde_json::Value;

use super::check::{self, NOT_POSITIVE, one_of, one_of_if_set, same};
use super::{affinity, claim, metadata, spec_path, volume as pod_volume};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};

/// Fields of a volume's spec that are not its source.
const NOT_SOURCES: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub(super) fn volume(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_subdomain, errors);
    let (spec, path) = (&object["spec"], spec_path());
    let modes = list(spec, "accessModes");
    if modes.is_empty() {
        errors.push(FieldError::required(&path.child("accessModes"), ""));
    }
    claim::access_modes(modes, &path.child("accessModes"), errors);
    capacity(spec, &path.child("capacity"), errors);
    one_of_if_set(spec, "persistentVolumeReclaimPolicy", &["Delete", "Recycle", "Retain"], &path, errors);
    if has(spec, "nodeAffinity") {
        let at = path.child("nodeAffinity").child("required");
        match &spec["nodeAffinity"]["required"] {
            Value::Null => errors.push(FieldError::required(&at, "must specify required node constraints")),
            selector => affinity::node_selector(selector, &at, errors),
        }
    }
    sources(spec, &path, errors);
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        check::name(class, names::dns_subdomain, &path.child("storageClassName"), errors);
    }
    one_of_if_set(spec, "volumeMode", &["Block", "Filesystem"], &path, errors);
}

fn capacity(spec: &Value, path: &Path, errors: &mut Errors) {
    if !has(spec, "capacity") {
        errors.push(FieldError::required(path, ""));
    } else if !has(&spec["capacity"], "storage") || entries(spec, "capacity").count() > 1 {
        errors.push(FieldError::not_supported(path, &spec["capacity"], &["storage"]));
    }
    for (name, amount) in entries(spec, "capacity") {
        let amount = amount.as_str().unwrap_or("");
        if Quantity::parse(amount).is_ok_and(|amount| amount <= Quantity::ZERO) {
            errors.push(FieldError::invalid(&path.key(name), amount, NOT_POSITIVE));
        }
    }
}

fn sources(spec: &Value, path: &Path, errors: &mut Errors) {
    let mut count = 0;
    for (field, source) in spec.as_object().into_iter().flatten() {
        if NOT_SOURCES.contains(&field.as_str()) {
            continue;
        }
        count += 1;
        let at = path.child(field);
        if count > 1 {
            errors.push(FieldError::forbidden(&at, "may not specify more than 1 volume type"));
            continue;
        }
        match field.as_str() {
            "hostPath" => {
                pod_volume::host_path(source, &at, errors);
                if text(source, "path") == "/" && text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
                    let detail = "may not be 'recycle' for a hostPath mount of '/'";
                    errors.push(FieldError::forbidden(&path.child("persistentVolumeReclaimPolicy"), detail));
                }
            }
            "nfs" => pod_volume::nfs(source, &at, errors),
            "local" => {
                if text(source, "path").is_empty() {
                    errors.push(FieldError::required(&at.child("path"), ""));
                }
                if !has(spec, "nodeAffinity") {
                    errors.push(FieldError::required(
                        &path.child("nodeAffinity"),
                        "Local volume requires node affinity",
                    ));
                }
            }
            "csi" => {
                for part in ["driver", "volumeHandle"] {
                    if text(source, part).is_empty() {
                        errors.push(FieldError::required(&at.child(part), ""));
                    }
                }
            }
            _ => {}
        }
    }
    if count == 0 {
        errors.push(FieldError::required(path, "must specify a volume type"));
    }
}

pub(super) fn volume_update(new: &Value, old: &Value, errors: &mut Errors) {
    volume(new, errors);
    metadata::validate_update(new, old, errors);
    let source = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            map.retain(|field, _| !NOT_SOURCES.contains(&field.as_str()));
        }
        spec
    };
    if !same(&source(new), &source(old)) {
        let at = spec_path().child("persistentvolumesource");
        errors.push(FieldError::forbidden(&at, "spec.persistentvolumesource is immutable after creation"));
    }
    let mode = |object: &Value| object["spec"]["volumeMode"].clone();
    check::immutable(&mode(new), &mode(old), &Path::new("volumeMode"), errors);
}

pub(super) fn class(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_subdomain, errors);
    let provisioner = text(object, "provisioner");
    if provisioner.is_empty() {
        errors.push(FieldError::required(&Path::new("provisioner"), provisioner));
    } else {
        check::name(&provisioner.to_lowercase(), labels::qualified_name, &Path::new("provisioner"), errors);
    }
    let mut bytes = 0;
    for (key, value) in entries(object, "parameters") {
        if key.is_empty() {
            errors.push(FieldError::invalid(&Path::new("parameters"), key, "field can not be empty."));
        }
        bytes += key.len() + value.as_str().map_or(0, str::len);
    }
    if bytes > 256 * 1024 {
        errors.push(FieldError::too_long(&Path::new("parameters"), 256 * 1024));
    }
    let root = Path::default();
    one_of_if_set(object, "reclaimPolicy", &["Delete", "Retain"], &root, errors);
    one_of(object, "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"], &root, errors);
}

pub(super) fn class_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    if !same(&new["parameters"], &old["parameters"]) {
        errors.push(FieldError::forbidden(&Path::new("parameters"), "updates to parameters are forbidden."));
    }
    if new["provisioner"] != old["provisioner"] {
        errors
            .push(FieldError::forbidden(&Path::new("provisioner"), "updates to provisioner are forbidden."));
    }
    if new["reclaimPolicy"] != old["reclaimPolicy"] {
        errors.push(FieldError::forbidden(
            &Path::new("reclaimPolicy"),
            "updates to reclaimPolicy are forbidden.",
        ));
    }
    check::immutable(
        &new["volumeBindingMode"],
        &old["volumeBindingMode"],
        &Path::new("volumeBindingMode"),
        errors,
    );
}
