//! Rules for environment variables and for fields of the pod that a container can read.
//!
//! Mirrors `ValidateEnv`, `ValidateEnvFrom` and `validateObjectFieldSelector`.

use serde_json::Value;

use super::check;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{has, list, text};

/// Fields of the pod that a variable can take.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
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

pub(super) fn validate(container: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    for (index, variable) in list(container, "env").iter().enumerate() {
        let at = path.child("env").index(index);
        let name = text(variable, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&at.child("name"), ""));
        } else {
            check::name(name, names::variable, &at.child("name"), errors);
        }
        value_from(variable, spec, &at.child("valueFrom"), errors);
    }
    from(container, &path.child("envFrom"), errors);
}

fn value_from(variable: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let source = &variable["valueFrom"];
    if source.is_null() {
        return;
    }
    let mut count = 0;
    for field in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let reference = &source[field];
        if reference.is_null() {
            continue;
        }
        count += 1;
        let at = path.child(field);
        match field {
            "fieldRef" => field_reference(reference, &VARIABLE_FIELDS, &at, errors),
            "resourceFieldRef" => amount_reference(reference, false, &at, errors),
            "fileKeyRef" => file_key(reference, spec, &at, errors),
            _ => key(reference, &at, errors),
        }
    }
    if count == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.push(FieldError::invalid(path, "", detail));
    } else if !text(variable, "value").is_empty() {
        errors.push(FieldError::invalid(path, "", "may not be specified when `value` is not empty"));
    } else if count > 1 {
        errors.push(FieldError::invalid(path, "", "may not have more than one field specified at a time"));
    }
}

fn key(reference: &Value, path: &Path, errors: &mut Errors) {
    check::name(text(reference, "name"), names::dns_subdomain, &path.child("name"), errors);
    if text(reference, "key").is_empty() {
        errors.push(FieldError::required(&path.child("key"), ""));
    } else {
        check::name(text(reference, "key"), names::config_key, &path.child("key"), errors);
    }
}

fn file_key(reference: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    for field in ["key", "volumeName", "path"] {
        if text(reference, field).is_empty() {
            errors.push(FieldError::required(&path.child(field), ""));
        }
    }
    let name = text(reference, "volumeName");
    if !name.is_empty() && !list(spec, "volumes").iter().any(|volume| text(volume, "name") == name) {
        errors.push(FieldError::not_found(&path.child("volumeName"), name));
    }
}

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
    let (fine, detail) = match amount.split_once('.').map_or("", |(_, resource)| resource) {
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

fn from(container: &Value, path: &Path, errors: &mut Errors) {
    for (index, source) in list(container, "envFrom").iter().enumerate() {
        let at = path.index(index);
        if !text(source, "prefix").is_empty() {
            check::name(text(source, "prefix"), names::variable, &at.child("prefix"), errors);
        }
        let mut count = 0;
        for field in ["configMapRef", "secretRef"].iter().filter(|field| has(source, field)) {
            count += 1;
            let name = text(&source[*field], "name");
            if name.is_empty() {
                errors.push(FieldError::required(&at.child(field).child("name"), ""));
            } else {
                check::name(
                    &names::mask_trailing_dash(name),
                    names::dns_subdomain,
                    &at.child(field).child("name"),
                    errors,
                );
            }
        }
        if count == 0 {
            errors.push(FieldError::invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if count > 1 {
            errors.push(FieldError::invalid(
                path,
                "",
                "may not have more than one field specified at a time",
            ));
        }
    }
}
