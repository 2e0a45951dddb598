//! Rules for fields of the pod that a container can read, in variables and in files.
//!
//! Mirrors `validateObjectFieldSelector` and `validateContainerResourceFieldSelector`.

use serde_json::Value;

use super::check;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::quantity::Quantity;
use crate::api::read::text;

/// Fields of the pod that a file can take.
pub(super) const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Amounts of a container that can be read.
const AMOUNTS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
/// Fields for which the server knows a label at all.
const KNOWN_FIELDS: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// A reference to a field of the pod.
pub(super) fn field_reference(reference: &Value, allowed: &[&str], path: &Path, errors: &mut Errors) {
    for field in ["apiVersion", "fieldPath"] {
        if text(reference, field).is_empty() {
            errors.push(FieldError::required(&path.child(field), ""));
            return;
        }
    }
    let whole = text(reference, "fieldPath");
    let (field, subscript) = match whole.strip_suffix("']").and_then(|rest| rest.split_once("['")) {
        Some((field, subscript)) => (field, Some(subscript)),
        None => (whole, None),
    };
    let known = match subscript {
        Some(_) => ["metadata.annotations", "metadata.labels"].contains(&field),
        None => KNOWN_FIELDS.contains(&field) || field == "spec.host",
    };
    let version = text(reference, "apiVersion");
    if version != "v1" {
        let detail = format!("error converting fieldPath: unsupported pod version: {version}");
        errors.push(FieldError::invalid(&path.child("fieldPath"), whole, detail));
    } else if !known {
        let detail = if subscript.is_some() {
            format!("error converting fieldPath: field label does not support subscript: {whole}")
        } else {
            format!("error converting fieldPath: field label not supported: {whole}")
        };
        errors.push(FieldError::invalid(&path.child("fieldPath"), whole, detail));
    } else if let Some(subscript) = subscript {
        let subscript =
            if field == "metadata.annotations" { subscript.to_lowercase() } else { subscript.to_owned() };
        check::name(&subscript, labels::qualified_name, path, errors);
    } else if !allowed.contains(&field) {
        errors.push(FieldError::not_supported(&path.child("fieldPath"), field, allowed));
    }
}

/// A reference to a request or limit of a container.
pub(super) fn amount_reference(reference: &Value, in_volume: bool, path: &Path, errors: &mut Errors) {
    let amount = text(reference, "resource");
    let huge = amount.starts_with("requests.hugepages-") || amount.starts_with("limits.hugepages-");
    if in_volume && text(reference, "containerName").is_empty() {
        errors.push(FieldError::required(&path.child("containerName"), ""));
    } else if amount.is_empty() {
        errors.push(FieldError::required(&path.child("resource"), ""));
    } else if !AMOUNTS.contains(&amount) && !huge {
        errors.push(FieldError::not_supported(&path.child("resource"), amount, &AMOUNTS));
    }
    divisor(reference, amount, path, errors);
}

fn divisor(reference: &Value, amount: &str, path: &Path, errors: &mut Errors) {
    const SIZES: &str = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    let divisor = text(reference, "divisor");
    if Quantity::parse(divisor).is_ok_and(|divisor| divisor.is_zero()) || divisor.is_empty() {
        return;
    }
    let resource = ["limits.", "requests."].iter().find_map(|prefix| amount.strip_prefix(prefix));
    let (fine, detail) = match resource.unwrap_or("") {
        "cpu" => (
            matches!(divisor, "1" | "1m"),
            "only divisor's values 1m and 1 are supported with the cpu resource".to_owned(),
        ),
        "memory" => (
            is_size(divisor),
            format!("only divisor's values {SIZES} are supported with the memory resource"),
        ),
        "ephemeral-storage" => (
            is_size(divisor),
            format!("only divisor's values {SIZES} are supported with the local ephemeral storage resource"),
        ),
        other if other.starts_with("hugepages-") => (
            is_size(divisor),
            format!("only divisor's values {SIZES} are supported with the hugepages resource"),
        ),
        _ => return,
    };
    if !fine {
        errors.push(FieldError::invalid(&path.child("divisor"), amount, detail));
    }
}

fn is_size(divisor: &str) -> bool {
    let units = ["", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    divisor.strip_prefix('1').is_some_and(|unit| units.contains(&unit))
}
