//! Rules for volumes that are files of the API's objects: fields of the pod and projections.
//!
//! Mirrors `validateDownwardAPIVolumeFile` and `validateProjectionSources`.

use serde_json::Value;

use super::downward::{FILE_FIELDS, amount_reference, field_reference};
use super::mount::not_reserved;
use super::volume::{key_to_path, mode, required};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::read::{has, list, number, text};

/// The server names the volume, not the item.
pub(super) fn downward_items(source: &Value, path: &Path, errors: &mut Errors) {
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

/// Several sources in one directory.
pub(super) fn validate(source: &Value, path: &Path, errors: &mut Errors) {
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
