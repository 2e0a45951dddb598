//! Rules for what a container mounts.
//!
//! Mirrors `ValidateVolumeMounts` and `ValidateVolumeDevices`, including their paths without an index.

use serde_json::Value;

use super::container::{Volumes, is_privileged};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::read::{flag, has, list, text};

pub(super) fn mounts(container: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let devices = list(container, "volumeDevices");
    let mut seen: Vec<&str> = Vec::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at = path.index(index);
        let (name, target) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            errors.push(FieldError::required(&at.child("name"), ""));
        }
        if !volumes.contains_key(name) {
            errors.push(FieldError::not_found(&at.child("name"), name));
        }
        if target.is_empty() {
            errors.push(FieldError::required(&at.child("mountPath"), ""));
        }
        if seen.contains(&target) {
            errors.push(FieldError::invalid(&at.child("mountPath"), target, "must be unique"));
        }
        seen.push(target);
        if devices.iter().any(|device| text(device, "name") == name) {
            errors.push(FieldError::invalid(
                &at.child("name"),
                name,
                "must not already exist in volumeDevices",
            ));
        }
        if devices.iter().any(|device| text(device, "devicePath") == target) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.push(FieldError::invalid(&at.child("mountPath"), target, detail));
        }
        sub_paths(mount, path, &at, errors);
        propagation(mount, container, path, errors);
        recursive_read_only(mount, &path.child("recursiveReadOnly"), errors);
    }
}

fn sub_paths(mount: &Value, path: &Path, at: &Path, errors: &mut Errors) {
    let (plain, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
    if !plain.is_empty() {
        descending(plain, &path.child("subPath"), errors);
    }
    if !expression.is_empty() {
        if !plain.is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            errors.push(FieldError::invalid(&at.child("subPathExpr"), expression, detail));
        }
        descending(expression, &path.child("subPathExpr"), errors);
    }
}

fn propagation(mount: &Value, container: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("mountPropagation");
    let Some(mode) = mount["mountPropagation"].as_str() else { return };
    let modes = ["Bidirectional", "HostToContainer", "None"];
    if !modes.contains(&mode) {
        errors.push(FieldError::not_supported(&path, mode, &modes));
    }
    if mode == "Bidirectional" && !is_privileged(container) {
        let detail = "Bidirectional mount propagation is available only to privileged containers";
        errors.push(FieldError::forbidden(&path, detail));
    }
}

fn recursive_read_only(mount: &Value, path: &Path, errors: &mut Errors) {
    match mount["recursiveReadOnly"].as_str() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if !flag(mount, "readOnly") {
                errors.push(FieldError::forbidden(path, "may only be specified when readOnly is true"));
            }
            if has(mount, "mountPropagation") && text(mount, "mountPropagation") != "None" {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.push(FieldError::forbidden(path, detail));
            }
        }
        Some(other) => {
            errors.push(FieldError::not_supported(path, other, &["Disabled", "Enabled", "IfPossible"]))
        }
    }
}

pub(super) fn devices(container: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let mounts = list(container, "volumeMounts");
    let (mut names, mut paths): (Vec<&str>, Vec<&str>) = Default::default();
    for (index, device) in list(container, "volumeDevices").iter().enumerate() {
        let at = path.index(index);
        let (name, target) = (text(device, "name"), text(device, "devicePath"));
        if name.is_empty() {
            errors.push(FieldError::required(&at.child("name"), ""));
        }
        if names.contains(&name) {
            errors.push(FieldError::invalid(&at.child("name"), name, "must be unique"));
        }
        match volumes.get(name) {
            None => errors.push(FieldError::not_found(&at.child("name"), name)),
            Some(volume) if !has(volume, "persistentVolumeClaim") && !has(volume, "ephemeral") => {
                let detail =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.push(FieldError::invalid(&at.child("name"), name, detail));
            }
            Some(_) => {}
        }
        if target.is_empty() {
            errors.push(FieldError::required(&at.child("devicePath"), ""));
        }
        if paths.contains(&target) {
            errors.push(FieldError::invalid(&at.child("devicePath"), target, "must be unique"));
        }
        if target.split('/').any(|part| part == "..") {
            errors.push(FieldError::invalid(
                &at.child("devicePath"),
                target,
                "can not contain backsteps ('..')",
            ));
        } else {
            paths.push(target);
        }
        if mounts.iter().any(|mount| text(mount, "name") == name) {
            errors.push(FieldError::invalid(
                &at.child("name"),
                name,
                "must not already exist in volumeMounts",
            ));
        }
        if mounts.iter().any(|mount| text(mount, "mountPath") == target) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.push(FieldError::invalid(&at.child("devicePath"), target, detail));
        }
        if !name.is_empty() {
            names.push(name);
        }
    }
}

/// A path that stays below where it starts.
pub(super) fn descending(target: &str, path: &Path, errors: &mut Errors) {
    if target.starts_with('/') {
        errors.push(FieldError::invalid(path, target, "must be a relative path"));
    }
    no_backsteps(target, path, errors);
}

/// A path without `..`.
pub(super) fn no_backsteps(target: &str, path: &Path, errors: &mut Errors) {
    if target.split('/').any(|part| part == "..") {
        errors.push(FieldError::invalid(path, target, "must not contain '..'"));
    }
}

/// A path that stays below and does not start with two dots.
pub(super) fn not_reserved(target: &str, path: &Path, errors: &mut Errors) {
    descending(target, path, errors);
    if target.starts_with("..") && !target.starts_with("../") {
        errors.push(FieldError::invalid(path, target, "must not start with '..'"));
    }
}
