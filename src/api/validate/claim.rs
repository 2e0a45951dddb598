//! Rules for claims.
//!
//! Mirrors `ValidatePersistentVolumeClaim` and its update.

use serde_json::Value;

use super::check::{self, NOT_POSITIVE, one_of_if_set, same};
use super::metadata;
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal;
use crate::api::label_selector;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{has, list, text};

pub(super) const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    spec(&object["spec"], &Path::new("spec"), errors);
}

/// Rules for a claim's spec, standing alone or in a template.
pub(super) fn spec(spec: &Value, path: &Path, errors: &mut Errors) {
    let modes = list(spec, "accessModes");
    if modes.is_empty() {
        errors.push(FieldError::required(&path.child("accessModes"), "at least 1 access mode is required"));
    }
    label_selector::validate(&spec["selector"], &path.child("selector"), errors);
    access_modes(modes, &path.child("accessModes"), errors);
    storage(spec, &path.child("resources").key("storage"), errors);
    class_name(spec, "storageClassName", path, errors);
    one_of_if_set(spec, "volumeMode", &["Block", "Filesystem"], path, errors);
    data_sources(spec, path, errors);
    class_name(spec, "volumeAttributesClassName", path, errors);
}

fn class_name(spec: &Value, field: &str, path: &Path, errors: &mut Errors) {
    if !text(spec, field).is_empty() {
        check::name(text(spec, field), names::dns_subdomain, &path.child(field), errors);
    }
}

/// Access modes of claims and volumes.
pub(super) fn access_modes(modes: &[Value], path: &Path, errors: &mut Errors) {
    let (mut single, mut other) = (false, false);
    for mode in modes.iter().filter_map(Value::as_str) {
        if !MODES.contains(&mode) {
            errors.push(FieldError::not_supported(path, mode, &MODES));
        }
        single |= mode == "ReadWriteOncePod";
        other |= mode != "ReadWriteOncePod" && MODES.contains(&mode);
    }
    if single && other {
        errors.push(FieldError::forbidden(path, "may not use ReadWriteOncePod with other access modes"));
    }
}

fn storage(spec: &Value, path: &Path, errors: &mut Errors) {
    let Some(request) = spec["resources"]["requests"]["storage"].as_str() else {
        errors.push(FieldError::required(path, ""));
        return;
    };
    if Quantity::parse(request).is_ok_and(|quantity| quantity <= Quantity::ZERO) {
        errors.push(FieldError::invalid(path, request, NOT_POSITIVE));
    }
}

fn data_sources(spec: &Value, path: &Path, errors: &mut Errors) {
    for field in ["dataSource", "dataSourceRef"] {
        let (source, at) = (&spec[field], path.child(field));
        if source.is_null() {
            continue;
        }
        for part in ["name", "kind"] {
            if text(source, part).is_empty() {
                errors.push(FieldError::required(&at.child(part), ""));
            }
        }
        let group = text(source, "apiGroup");
        if group.is_empty() && text(source, "kind") != "PersistentVolumeClaim" {
            let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
            errors.push(FieldError::invalid(&at, text(source, "kind"), detail));
        }
        if !group.is_empty() {
            check::name(group, names::dns_subdomain, &at.child("apiGroup"), errors);
        }
        let namespace = text(source, "namespace");
        if !namespace.is_empty() {
            check::name(namespace, names::dns_label, &at.child("namespace"), errors);
        }
    }
    if has(spec, "dataSource") && has(spec, "dataSourceRef") {
        let same =
            ["apiGroup", "kind", "name"].iter().all(|f| spec["dataSource"][*f] == spec["dataSourceRef"][*f]);
        let shown = Raw(format!("\"{}\"", path.child("dataSource")));
        if has(&spec["dataSourceRef"], "namespace") {
            let detail = "may not be specified when dataSourceRef.namespace is specified";
            errors.push(FieldError::invalid(path, shown, detail));
        } else if !same {
            errors.push(FieldError::invalid(path, shown, "must match dataSourceRef"));
        }
    }
}

/// A claim's spec hardly changes: its size when bound, its volume once.
pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    validate(new, errors);
    let (mut asked, mut before) = (new["spec"].clone(), old["spec"].clone());
    if text(&before, "volumeName").is_empty() {
        before["volumeName"] = asked["volumeName"].clone();
    }
    storage_class_change(new, old, &mut asked, errors);
    if text(&new["status"], "phase") == "Bound" {
        if asked["resources"]["requests"].is_object() {
            asked["resources"]["requests"]["storage"] = before["resources"]["requests"]["storage"].clone();
        }
        asked["volumeAttributesClassName"] = before["volumeAttributesClassName"].clone();
    }
    if !same(&asked, &before) {
        let difference = internal::difference(&before, &asked, "PersistentVolumeClaimSpec");
        let detail = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{difference}"
        );
        errors.push(FieldError::forbidden(&Path::new("spec"), detail));
    }
    let amount = |value: &Value| {
        value["storage"].as_str().and_then(|text| Quantity::parse(text).ok()).unwrap_or(Quantity::ZERO)
    };
    let size = amount(&new["spec"]["resources"]["requests"]);
    if size < amount(&old["spec"]["resources"]["requests"]) && size <= amount(&old["status"]["capacity"]) {
        let at = Path::new("spec").at("resources.requests.storage");
        errors.push(FieldError::forbidden(&at, "field can not be less than status.capacity"));
    }
    check::immutable(
        &new["spec"]["volumeMode"],
        &old["spec"]["volumeMode"],
        &Path::new("volumeMode"),
        errors,
    );
    if has(&old["status"], "currentVolumeAttributesClassName") {
        let what = match new["spec"]["volumeAttributesClassName"].as_str() {
            None => "nil",
            Some("") => "empty string",
            Some(_) => return,
        };
        let at = Path::new("spec").child("volumeAttributesClassName");
        let detail =
            format!("update to {what} is forbidden when status.currentVolumeAttributesClassName is not nil");
        errors.push(FieldError::forbidden(&at, detail));
    }
}

/// The class moves from its old annotation to its field, or is named where none was; `asked` forgets such a change.
fn storage_class_change(new: &Value, old: &Value, asked: &mut Value, errors: &mut Errors) {
    let annotation = "volume.beta.kubernetes.io/storage-class";
    let annotated = |object: &Value| object["metadata"]["annotations"][annotation].clone();
    let class = |object: &Value| object["spec"]["storageClassName"].clone();
    let is_named = class(old).is_null() && class(new).is_string();
    let (now, before) = (annotated(new), annotated(old));
    if is_named && before == class(new) && (now.is_null() || now == before) {
        asked["storageClassName"] = Value::Null;
        return;
    }
    let shown = |value: &Value| value.as_str().unwrap_or("").to_owned();
    if shown(&now) != shown(&before) {
        let at = Path::new("metadata").child("annotations").child(annotation);
        errors.push(FieldError::invalid(&at, &shown(&now), check::IMMUTABLE));
    }
    if is_named && (before.is_null() || before == class(new)) {
        asked["storageClassName"] = Value::Null;
    }
}
