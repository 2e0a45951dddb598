//! Rules for volumes and storage classes.

use serde_json::Value;

use super::check::{self, NOT_POSITIVE, one_of, one_of_if_set, same};
use super::mount::no_backsteps;
use super::{affinity, claim, metadata, spec_path, volume as pod_volume};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal;
use crate::api::labels;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};
use crate::api::warnings::new_label;

/// Sources in the order in which the server looks for a second one, with the field its complaint names.
const SOURCES: [(&str, &str); 22] = [
    ("hostPath", "hostPath"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("nfs", "nfs"),
    ("rbd", "rbd"),
    ("quobyte", "quobyte"),
    ("cephfs", "cephFS"),
    ("iscsi", "iscsi"),
    ("cinder", "cinder"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("scaleIO", "scaleIO"),
    ("local", "local"),
    ("storageos", "storageos"),
    ("csi", "csi"),
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
    if let Some(class) = spec["volumeAttributesClassName"].as_str() {
        let at = path.child("volumeAttributesClassName");
        match class {
            "" => errors.push(FieldError::required(&at, "an empty string is disallowed")),
            class => check::name(class, names::dns_subdomain, &at, errors),
        }
        if !has(spec, "csi") {
            let detail = "has to be specified when using volumeAttributesClassName";
            errors.push(FieldError::required(&path.child("csi"), detail));
        }
    }
}

fn capacity(spec: &Value, path: &Path, errors: &mut Errors) {
    let capacity = &spec["capacity"];
    if capacity.is_null() {
        errors.push(FieldError::required(path, ""));
    }
    if !has(capacity, "storage") || entries(spec, "capacity").count() > 1 {
        errors.push(FieldError::not_supported(path, capacity, &["storage"]));
    }
    for (name, amount) in entries(spec, "capacity") {
        let (at, amount) = (path.key(name), amount.as_str().unwrap_or(""));
        let Ok(quantity) = Quantity::parse(amount) else { continue };
        if quantity.value() < 0 {
            errors.push(FieldError::invalid(&at, quantity.value(), "must be a valid resource quantity"));
        }
        if quantity <= Quantity::ZERO {
            errors.push(FieldError::invalid(&at, amount, NOT_POSITIVE));
        }
    }
}

fn sources(spec: &Value, path: &Path, errors: &mut Errors) {
    let mut present = SOURCES.iter().filter(|(field, _)| has(spec, field));
    match present.next() {
        None => errors.push(FieldError::required(path, "must specify a volume type")),
        Some((field, _)) => source(field, spec, path, errors),
    }
    for (_, shown) in present {
        errors.push(FieldError::forbidden(&path.child(shown), "may not specify more than 1 volume type"));
    }
    let recycled = text(spec, "persistentVolumeReclaimPolicy") == "Recycle";
    let target = text(&spec["hostPath"], "path");
    if recycled && target.starts_with('/') && target.split('/').all(|part| matches!(part, "" | ".")) {
        let detail = "may not be 'recycle' for a hostPath mount of '/'";
        errors.push(FieldError::forbidden(&path.child("persistentVolumeReclaimPolicy"), detail));
    }
}

fn source(field: &str, spec: &Value, path: &Path, errors: &mut Errors) {
    let (source, at) = (&spec[field], path.child(field));
    match field {
        "hostPath" => pod_volume::host_path(source, &at, errors),
        "nfs" => pod_volume::nfs(source, &at, errors),
        "local" => {
            match text(source, "path") {
                "" => errors.push(FieldError::required(&at.child("path"), "")),
                target => no_backsteps(target, &at.child("path"), errors),
            }
            if !has(spec, "nodeAffinity") {
                let detail = "Local volume requires node affinity";
                errors.push(FieldError::required(&path.child("nodeAffinity"), detail));
            }
        }
        "csi" => csi(source, &at, errors),
        _ => {}
    }
}

fn csi(source: &Value, path: &Path, errors: &mut Errors) {
    let (driver, at) = (text(source, "driver"), path.child("driver"));
    if driver.is_empty() {
        errors.push(FieldError::required(&at, ""));
    }
    if driver.len() > 63 {
        errors.push(FieldError::too_long(&at, 63));
    }
    let complaints = names::dns_subdomain(&driver.to_lowercase()).into_iter();
    errors.extend(complaints.map(|detail| FieldError::invalid(&at, driver, detail)));
    if text(source, "volumeHandle").is_empty() {
        errors.push(FieldError::required(&path.child("volumeHandle"), ""));
    }
    for field in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        for part in ["name", "namespace"] {
            if has(source, field) && text(&source[field], part).is_empty() {
                errors.push(FieldError::required(&path.child(field).child(part), ""));
            }
        }
    }
}

pub(super) fn volume_update(new: &Value, old: &Value, errors: &mut Errors) {
    volume(new, errors);
    volume(new, errors);
    let (now, before) = (&new["spec"], &old["spec"]);
    let mut asked = now.clone();
    let late = "controllerExpandSecretRef";
    if !has(&before["csi"], late)
        && has(before, "csi")
        && let Some(csi) = asked["csi"].as_object_mut()
    {
        csi.remove(late);
    }
    if SOURCES.iter().any(|(field, _)| !same(&asked[*field], &before[*field])) {
        let difference = internal::difference(before, &asked, "PersistentVolumeSource");
        let detail = format!("spec.persistentvolumesource is immutable after creation\n{difference}");
        errors.push(FieldError::forbidden(&spec_path().child("persistentvolumesource"), detail));
    }
    check::immutable(&now["volumeMode"], &before["volumeMode"], &Path::new("volumeMode"), errors);
    let affinity = &now["nodeAffinity"];
    if has(before, "nodeAffinity")
        && !same(&with_new_labels(affinity, affinity), &with_new_labels(&before["nodeAffinity"], affinity))
    {
        let shown = match affinity {
            Value::Null => "null".to_owned(),
            affinity => internal::print_compact(affinity, "VolumeNodeAffinity"),
        };
        let detail = "field is immutable, except for updating from beta label to GA";
        errors.push(FieldError::invalid(&Path::new("nodeAffinity"), Raw(shown), detail));
    }
    let class = "volumeAttributesClassName";
    if has(before, class) && !has(now, class) {
        let detail = "update from non-nil value to nil is forbidden";
        errors.push(FieldError::forbidden(&spec_path().child(class), detail));
    }
}

/// An affinity whose old labels of nodes have the new names where `now` uses these.
fn with_new_labels(affinity: &Value, now: &Value) -> Value {
    let mut renamed = affinity.clone();
    let terms = |affinity: &Value| list(&affinity["required"], "nodeSelectorTerms").to_vec();
    let current = terms(now);
    for (index, term) in
        renamed["required"]["nodeSelectorTerms"].as_array_mut().into_iter().flatten().enumerate()
    {
        for (place, expression) in term["matchExpressions"].as_array_mut().into_iter().flatten().enumerate() {
            let wanted = current.get(index).and_then(|term| list(term, "matchExpressions").get(place));
            let wanted = wanted.map_or("", |expression| text(expression, "key"));
            if new_label(text(expression, "key")) == Some(wanted) {
                expression["key"] = wanted.into();
            }
        }
    }
    renamed
}

pub(super) fn class(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_subdomain, errors);
    let provisioner = text(object, "provisioner");
    if provisioner.is_empty() {
        errors.push(FieldError::required(&Path::new("provisioner"), provisioner));
    } else {
        check::name(&provisioner.to_lowercase(), labels::qualified_name, &Path::new("provisioner"), errors);
    }
    parameters(object, errors);
    let root = Path::default();
    one_of_if_set(object, "reclaimPolicy", &["Delete", "Retain"], &root, errors);
    one_of(object, "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"], &root, errors);
    topologies(list(object, "allowedTopologies"), errors);
}

/// How many parameters a class may have, and how many bytes they may be in all.
const MAX_PARAMETERS: usize = 512;
const MAX_PARAMETER_BYTES: usize = 256 * 1024;

fn parameters(object: &Value, errors: &mut Errors) {
    let path = Path::new("parameters");
    if entries(object, "parameters").count() > MAX_PARAMETERS {
        errors.push(FieldError::too_long(&path, MAX_PARAMETERS));
        return;
    }
    let mut bytes = 0;
    for (key, value) in entries(object, "parameters") {
        if key.is_empty() {
            errors.push(FieldError::invalid(&path, key, "field can not be empty."));
        }
        bytes += key.len() + value.as_str().map_or(0, str::len);
    }
    if bytes > MAX_PARAMETER_BYTES {
        errors.push(FieldError::too_long(&path, MAX_PARAMETER_BYTES));
    }
}

fn topologies(terms: &[Value], errors: &mut Errors) {
    for (index, term) in terms.iter().enumerate() {
        let path = Path::new("allowedTopologies").index(index).child("matchLabelExpressions");
        let expressions = list(term, "matchLabelExpressions");
        for (place, expression) in expressions.iter().enumerate() {
            let (at, key) = (path.index(place), text(expression, "key"));
            let values = list(expression, "values");
            if values.is_empty() {
                errors.push(FieldError::required(&at.child("values"), ""));
            }
            for (number, value) in values.iter().enumerate() {
                if values[..number].contains(value) {
                    errors.push(FieldError::duplicate(&at.child("values").index(number), value));
                }
            }
            labels::validate_name(key, &at.child("key"), errors);
            if expressions[..place].iter().any(|other| text(other, "key") == key) {
                errors.push(FieldError::duplicate(&at.child("key"), key));
            }
        }
        let sorted = |term: &Value| {
            let mut parts: Vec<_> =
                list(term, "matchLabelExpressions").iter().map(ToString::to_string).collect();
            parts.sort_unstable();
            parts
        };
        if terms[..index].iter().any(|other| sorted(other) == sorted(term)) {
            errors.push(FieldError::duplicate(&path, ""));
        }
    }
}

pub(super) fn class_update(new: &Value, old: &Value, errors: &mut Errors) {
    class(new, errors);
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(errors: &Errors) -> Vec<String> {
        errors.iter().map(ToString::to_string).collect()
    }

    fn check(spec: Value, expect: &[&str]) {
        let mut errors = Errors::new();
        volume(&json!({"metadata": {"name": "a"}, "spec": spec}), &mut errors);
        assert_eq!(shown(&errors), expect);
    }

    #[test]
    fn volumes() {
        check(
            json!({"accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, "csi": {}}),
            &[
                "spec.capacity: Required value",
                "spec.capacity: Unsupported value: null: supported values: \"storage\"",
                "spec.csi: Forbidden: may not specify more than 1 volume type",
            ],
        );
        check(
            json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "-1"}, "local": {"path": "/x"}}),
            &[
                "spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
                "spec.capacity[storage]: Invalid value: \"-1\": must be greater than zero",
                "spec.nodeAffinity: Required value: Local volume requires node affinity",
            ],
        );
    }

    #[test]
    fn a_source_stays() {
        let object = |path: &str| {
            json!({"metadata": {"name": "a"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1"}, "hostPath": {"path": path, "type": ""},
            }})
        };
        let mut errors = Errors::new();
        volume_update(&object("/y"), &object("/x"), &mut errors);
        assert_eq!(
            shown(&errors),
            [
                "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ -2,7 +2,7 @@\n  \"GCEPersistentDisk\": null,\n  \"AWSElasticBlockStore\": null,\n  \"HostPath\": {\n-  \"Path\": \"/x\",\n+  \"Path\": \"/y\",\n   \"Type\": \"\"\n  },\n  \"Glusterfs\": null,\n"
            ]
        );
    }

    #[test]
    fn topologies_of_a_class() {
        let mut errors = Errors::new();
        let term = json!({"matchLabelExpressions": [{"key": "zone", "values": ["a", "a"]}, {"key": "zone"}]});
        topologies(&[term.clone(), term], &mut errors);
        assert_eq!(
            shown(&errors)[..4],
            [
                "allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: \"a\"",
                "allowedTopologies[0].matchLabelExpressions[1].values: Required value",
                "allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: \"zone\"",
                "allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: \"a\"",
            ]
        );
    }
}
