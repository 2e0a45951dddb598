//! Rules for a pod's volumes.
//!
//! Mirrors `ValidateVolumes` and `validateVolumeSource`, including the spellings of their paths.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::container::Volumes;
use super::mount::{descending, no_backsteps, not_reserved};
use super::{claim, projected, volume_remote as remote};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
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
    if let Some(pod) = pod {
        own_claims(volumes, text(&pod["metadata"], "name"), path, errors);
    }
    good
}

/// The claims made for a pod's ephemeral volumes are used by those alone.
fn own_claims(volumes: &[Value], pod: &str, path: &Path, errors: &mut Errors) {
    let made = |claim: &str| {
        let volume = claim.strip_prefix(pod).and_then(|rest| rest.strip_prefix('-'));
        volumes.iter().any(|other| has(other, "ephemeral") && Some(text(other, "name")) == volume)
    };
    for (index, volume) in volumes.iter().enumerate() {
        let claim = text(&volume["persistentVolumeClaim"], "claimName");
        if !claim.is_empty() && made(claim) {
            let at = path.index(index).child("persistentVolumeClaim").child("claimName");
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            errors.push(FieldError::invalid(&at, claim, detail));
        }
    }
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
            "persistentVolumeClaim" => required(source, &["claimName"], &at, errors),
            "downwardAPI" => {
                mode(source, "defaultMode", &at, errors);
                projected::downward_items(source, &at, errors);
            }
            "projected" => projected::validate(source, &at, errors),
            "csi" => csi(source, &at, errors),
            "ephemeral" => ephemeral(volume, pod, path, errors),
            "image" => image(source, pod.is_some(), &at, errors),
            _ => remote::validate(field, source, &at, errors),
        }
    }
    if count == 0 {
        errors.push(FieldError::required(path, "must specify a volume type"));
    }
}

/// Texts or lists that may not be empty.
pub(super) fn required(source: &Value, fields: &[&str], path: &Path, errors: &mut Errors) {
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
            "must be between 1 and 255, inclusive",
        ));
    }
}

/// The permissions of a file.
pub(super) fn mode(source: &Value, field: &str, path: &Path, errors: &mut Errors) {
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

/// A key of a ConfigMap or Secret and the file it becomes.
pub(super) fn key_to_path(item: &Value, path: &Path, errors: &mut Errors) {
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

fn csi(source: &Value, path: &Path, errors: &mut Errors) {
    let (driver, at) = (text(source, "driver"), path.child("driver"));
    if driver.is_empty() {
        errors.push(FieldError::required(&at, ""));
    } else {
        if driver.len() > 63 {
            errors.push(FieldError::too_long(&at, 63));
        }
        let complaints = names::dns_subdomain(&driver.to_lowercase());
        errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, driver, detail)));
    }
    let reference = &source["nodePublishSecretRef"];
    match text(reference, "name") {
        _ if reference.is_null() => {}
        "" => errors.push(FieldError::required(&path.child("nodePublishSecretRef").child("name"), "")),
        name => check::name(name, names::dns_subdomain, &path.child("name"), errors),
    }
}

/// The reference may come later in templates, in pods it must be there.
fn image(source: &Value, is_pod: bool, path: &Path, errors: &mut Errors) {
    if is_pod {
        required(source, &["reference"], path, errors);
    }
    if !text(source, "pullPolicy").is_empty() {
        one_of_if_set(source, "pullPolicy", &["Always", "IfNotPresent", "Never"], path, errors);
    }
}

/// A claim's template has labels and annotations and no other metadata.
fn template_metadata(meta: &Value, path: &Path, errors: &mut Errors) {
    labels::validate_annotations(&meta["annotations"], &path.child("annotations"), errors);
    labels::validate(&meta["labels"], &path.child("labels"), errors);
    let others = meta
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(field, value)| !matches!(field.as_str(), "annotations" | "labels") && !value.is_null());
    for (field, _) in others {
        errors.push(FieldError::forbidden(&path.child(field), "cannot be set"));
    }
}

fn ephemeral(volume: &Value, pod: Option<&Value>, path: &Path, errors: &mut Errors) {
    let (template, at) =
        (&volume["ephemeral"]["volumeClaimTemplate"], path.child("ephemeral").child("volumeClaimTemplate"));
    if template.is_null() {
        errors.push(FieldError::required(&at, ""));
    } else {
        template_metadata(&template["metadata"], &at.child("metadata"), errors);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    fn check(volumes: Value, expected: &[&str]) {
        let pod = json!({"metadata": {"name": "p"}});
        let volumes = volumes.as_array().cloned().unwrap_or_default();
        let rule = |errors: &mut Errors| {
            validate(&volumes, Some(&pod), &Path::new("v"), errors);
        };
        finds(rule, expected);
    }

    #[test]
    fn drivers_and_images_have_names() {
        check(json!([{"name": "a", "csi": {"driver": "Some.Driver"}}]), &[]);
        check(
            json!([{"name": "a", "csi": {"driver": "a", "nodePublishSecretRef": {"name": "B"}}}]),
            &[&format!("v[0].csi.name: Invalid value: \"B\": {}", names::dns_subdomain("B").join(""))],
        );
        check(
            json!([{"name": "a", "image": {"pullPolicy": "Always"}}]),
            &["v[0].image.reference: Required value"],
        );
    }

    #[test]
    fn disks_have_parts_and_claims_have_owners() {
        check(
            json!([{"name": "a", "gcePersistentDisk": {"pdName": "d", "partition": 256}}]),
            &["v[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive"],
        );
        let template = json!({"metadata": {"name": "x"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem",
        }});
        check(
            json!([
                {"name": "a", "ephemeral": {"volumeClaimTemplate": template}},
                {"name": "b", "persistentVolumeClaim": {"claimName": "p-a"}},
            ]),
            &[
                "v[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
                "v[1].persistentVolumeClaim.claimName: Invalid value: \"p-a\": must not reference a PVC that gets created for an ephemeral volume",
            ],
        );
    }
}
