//! Rules for volumes that live on other machines.
//!
//! Mirrors the `validate…VolumeSource` functions of the storage systems that once were part of Kubernetes.

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::volume::required;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{entries, flag, has, list, number, text};

/// Which fields a source needs.
const NEEDED: [(&str, &[&str]); 10] = [
    ("glusterfs", &["endpoints", "path"]),
    ("azureFile", &["secretName", "shareName"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("cinder", &["volumeID"]),
    ("portworxVolume", &["volumeID"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("cephfs", &["monitors"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
];

/// Rules for the source in the field `kind` of a volume.
pub(super) fn validate(kind: &str, source: &Value, path: &Path, errors: &mut Errors) {
    if let Some((_, fields)) = NEEDED.iter().find(|(known, _)| *known == kind) {
        required(source, fields, path, errors);
    }
    match kind {
        "iscsi" => iscsi(source, path, errors),
        "fc" => fibre_channel(source, path, errors),
        "quobyte" => quobyte(source, path, errors),
        "flocker" => flocker(source, path, errors),
        "flexVolume" => flex(source, path, errors),
        "azureDisk" => azure_disk(source, path, errors),
        "storageos" => storage_os(source, path, errors),
        "cinder" => secret(source, path, errors),
        _ => {}
    }
}

fn secret(source: &Value, path: &Path, errors: &mut Errors) {
    if has(source, "secretRef") {
        required(&source["secretRef"], &["name"], &path.child("secretRef"), errors);
    }
}

fn iscsi(source: &Value, path: &Path, errors: &mut Errors) {
    required(source, &["targetPortal", "iqn"], path, errors);
    if !text(source, "iqn").is_empty() {
        iscsi_name(text(source, "iqn"), &path.child("iqn"), errors);
    }
    unit(number(source, "lun"), path, errors);
    if (flag(source, "chapAuthDiscovery") || flag(source, "chapAuthSession")) && !has(source, "secretRef") {
        errors.push(FieldError::required(&path.child("secretRef"), ""));
    }
    if let Some(name) = source["initiatorName"].as_str() {
        iscsi_name(name, &path.child("initiatorname"), errors);
    }
}

fn unit(number: i64, path: &Path, errors: &mut Errors) {
    let at = path.child("lun");
    let complaints = names::range(number, 0, 255);
    errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, number, detail)));
}

fn iscsi_name(name: &str, path: &Path, errors: &mut Errors) {
    let code = |length: usize| {
        name.len() == length + 4 && name.bytes().skip(4).all(|byte| byte.is_ascii_alphanumeric())
    };
    let fine = match name.get(..3) {
        Some("iqn") => is_qualified(name),
        Some("eui") => code(16),
        Some("naa") => code(32),
        _ => {
            let detail = "must be valid format starting with iqn, eui, or naa";
            errors.push(FieldError::invalid(path, name, detail));
            true
        }
    };
    if !fine {
        errors.push(FieldError::invalid(path, name, "must be valid format"));
    }
}

/// `iqn.`, a year and month, the reversed domain, and a name behind a colon.
fn is_qualified(name: &str) -> bool {
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let parts = name.strip_prefix("iqn.").and_then(|rest| {
        let (date, rest) = rest.split_once('.')?;
        let (domain, unit) = rest.split_once(':')?;
        let (year, month) = date.split_once('-')?;
        Some((year, month, domain, unit))
    });
    parts.is_some_and(|(year, month, domain, unit)| {
        let in_domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        digits(year, 4)
            && digits(month, 2)
            && !domain.is_empty()
            && domain.bytes().all(in_domain)
            && !unit.is_empty()
            && !unit.chars().any(|character| ",;*&$|".contains(character) || character.is_ascii_whitespace())
    })
}

fn fibre_channel(source: &Value, path: &Path, errors: &mut Errors) {
    let (names, ids) = (list(source, "targetWWNs"), list(source, "wwids"));
    let at = path.child("targetWWNs");
    if names.is_empty() && ids.is_empty() {
        let detail = "must specify either targetWWNs or wwids, but not both";
        errors.push(FieldError::required(&at, detail));
    }
    if names.is_empty() {
        return;
    }
    if !ids.is_empty() {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        errors.push(FieldError::invalid(&at, &source["targetWWNs"], detail));
    }
    match source["lun"].as_i64() {
        Some(number) => unit(number, path, errors),
        None => {
            let detail = "lun is required if targetWWNs is specified";
            errors.push(FieldError::required(&path.child("lun"), detail));
        }
    }
}

fn quobyte(source: &Value, path: &Path, errors: &mut Errors) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, at) = (text(source, "registry"), path.child("registry"));
    if registry.is_empty() {
        errors.push(FieldError::required(&at, PAIRS));
    } else if text(source, "tenant").len() > 64 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.push(FieldError::required(&path.child("tenant"), detail));
    } else {
        let is_pair = |pair: &str| match pair.rsplit_once(':') {
            Some((host, _)) => !host.contains(':') || (host.starts_with('[') && host.ends_with(']')),
            None => false,
        };
        for _ in registry.split(',').filter(|pair| !is_pair(pair)) {
            errors.push(FieldError::invalid(&at, registry, PAIRS));
        }
    }
    required(source, &["volume"], path, errors);
}

fn flocker(source: &Value, path: &Path, errors: &mut Errors) {
    let name = text(source, "datasetName");
    match (name.is_empty(), text(source, "datasetUUID").is_empty()) {
        (true, true) => {
            errors.push(FieldError::required(path, "one of datasetName and datasetUUID is required"));
        }
        (false, false) => {
            let detail = "datasetName and datasetUUID can not be specified simultaneously";
            errors.push(FieldError::invalid(path, "resource", detail));
        }
        _ => {}
    }
    if name.contains('/') {
        errors.push(FieldError::invalid(&path.child("datasetName"), name, "must not contain '/'"));
    }
}

fn flex(source: &Value, path: &Path, errors: &mut Errors) {
    required(source, &["driver"], path, errors);
    for (key, _) in entries(source, "options") {
        let namespace = key.split_once('/').map_or(key, |(namespace, _)| namespace);
        let namespace = format!(".{}", namespace.to_lowercase());
        if namespace.ends_with(".kubernetes.io") || namespace.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.push(FieldError::invalid(&path.child("options").key(key), key, detail));
        }
    }
}

fn azure_disk(source: &Value, path: &Path, errors: &mut Errors) {
    const MANAGED: &str =
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
    const BLOB: &str = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
    one_of_if_set(source, "cachingMode", &["None", "ReadOnly", "ReadWrite"], path, errors);
    one_of_if_set(source, "kind", &["Dedicated", "Managed", "Shared"], path, errors);
    let Some(kind) = source["kind"].as_str() else { return };
    let (start, form) = if kind == "Managed" { ("/subscriptions/", MANAGED) } else { ("https://", BLOB) };
    let address = text(source, "diskURI");
    if !address.starts_with(start) {
        errors.push(FieldError::not_supported(&path.child("diskURI"), address, &[form]));
    }
}

fn storage_os(source: &Value, path: &Path, errors: &mut Errors) {
    required(source, &["volumeName"], path, errors);
    for field in ["volumeName", "volumeNamespace"].iter().filter(|field| !text(source, field).is_empty()) {
        check::name(text(source, field), names::dns_label, &path.child(field), errors);
    }
    secret(source, path, errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: &str, source: Value, expected: &[&str]) {
        crate::api::validate::check::finds(
            |errors| validate(kind, &source, &Path::new("v"), errors),
            expected,
        );
    }

    #[test]
    fn targets_have_names_of_three_forms() {
        let iscsi = |name: &str| json!({"targetPortal": "1.2.3.4", "iqn": name});
        check("iscsi", iscsi("iqn.2015-02.example.com:test"), &[]);
        check("iscsi", iscsi("eui.0123456789ABCDEF"), &[]);
        check("iscsi", iscsi("naa.0123"), &["v.iqn: Invalid value: \"naa.0123\": must be valid format"]);
        check(
            "iscsi",
            iscsi("disk"),
            &["v.iqn: Invalid value: \"disk\": must be valid format starting with iqn, eui, or naa"],
        );
    }

    #[test]
    fn old_systems_have_their_rules() {
        check(
            "fc",
            json!({"targetWWNs": ["a"], "wwids": ["b"], "lun": 300}),
            &[
                "v.targetWWNs: Invalid value: [\"a\"]: targetWWNs and wwids can not be specified simultaneously",
                "v.lun: Invalid value: 300: must be between 0 and 255, inclusive",
            ],
        );
        check("flocker", json!({}), &["v: Required value: one of datasetName and datasetUUID is required"]);
        check(
            "flexVolume",
            json!({"driver": "d", "options": {"k8s.io/a": "b"}}),
            &[
                "v.options[k8s.io/a]: Invalid value: \"k8s.io/a\": kubernetes.io and k8s.io namespaces are reserved",
            ],
        );
        check(
            "cinder",
            json!({"secretRef": {}}),
            &["v.volumeID: Required value", "v.secretRef.name: Required value"],
        );
    }
}
