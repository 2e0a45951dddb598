//! Rules for containers of all sorts.
//!
//! Mirrors `validateContainers`, `validateInitContainers` and `validateEphemeralContainers`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{self, one_of};
use super::{env, mount, port, probe, resources, restart, security};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{flag, has, list, text};

/// A pod's volumes by name.
pub(super) type Volumes<'a> = BTreeMap<&'a str, &'a Value>;

/// Every container of a pod's spec with its path: those that start first come first.
pub(crate) fn every<'a>(spec: &'a Value, path: &Path) -> impl Iterator<Item = (&'a Value, Path)> + use<'a> {
    let fields = ["initContainers", "containers", "ephemeralContainers"];
    fields.map(|field| (field, path.child(field))).into_iter().flat_map(|(field, path)| {
        list(spec, field).iter().enumerate().map(move |(index, container)| (container, path.index(index)))
    })
}

/// Rules for every container of a pod's spec.
pub(super) fn validate_all(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    regular(spec, volumes, &path.child("containers"), errors);
    init(spec, volumes, &path.child("initContainers"), errors);
    ephemeral(spec, volumes, &path.child("ephemeralContainers"), errors);
}

fn regular(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let containers = list(spec, "containers");
    if containers.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = path.index(index);
        common(container, spec, volumes, &at, errors);
        let name = text(container, "name");
        if names.contains(&name) {
            errors.push(FieldError::duplicate(&at.child("name"), name));
        } else {
            names.push(name);
        }
        lifecycle_and_probes(container, spec, &at, errors);
        restart::validate(container, &at, errors);
    }
    port::host(containers, path, errors);
}

fn init(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let mut names: Vec<&str> =
        list(spec, "containers").iter().map(|container| text(container, "name")).collect();
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, spec, volumes, &at, errors);
        restart::validate(container, &at, errors);
        let name = text(container, "name");
        if names.contains(&name) {
            errors.push(FieldError::duplicate(&at.child("name"), name));
        } else if !name.is_empty() {
            names.push(name);
        }
        port::host(std::slice::from_ref(container), path, errors);
        if text(container, "restartPolicy") == "Always" {
            lifecycle_and_probes(container, spec, &at, errors);
            continue;
        }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if has(container, field) {
                let detail = "may not be set for init containers without restartPolicy=Always";
                errors.push(FieldError::forbidden(&at.child(field), detail));
            }
        }
    }
}

/// What an ephemeral container may not set, in the order in which the server's type has the fields.
const NOT_EPHEMERAL: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

fn ephemeral(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    const DETAIL: &str = "cannot be set for an Ephemeral Container";
    let others: Vec<&str> = ["containers", "initContainers"]
        .iter()
        .flat_map(|field| list(spec, field).iter().map(|container| text(container, "name")))
        .collect();
    let mut names = others.clone();
    for (index, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, spec, volumes, &at, errors);
        image_padding(container, &at, errors);
        let name = text(container, "name");
        if names.contains(&name) {
            errors.push(FieldError::duplicate(&at.child("name"), name));
        } else {
            names.push(name);
        }
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !others.contains(&target) {
            errors.push(FieldError::not_found(&at.child("targetContainerName"), target));
        }
        let is_set = |field: &&&str| {
            let value = &container[**field];
            !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty())
        };
        for field in NOT_EPHEMERAL.iter().filter(is_set) {
            errors.push(FieldError::forbidden(&at.child(field), DETAIL));
        }
        for (place, mount) in list(container, "volumeMounts").iter().enumerate() {
            let at = at.child("volumeMounts").index(place);
            for field in ["subPath", "subPathExpr"].iter().filter(|field| !text(mount, field).is_empty()) {
                errors.push(FieldError::forbidden(&at.child(field), DETAIL));
            }
        }
    }
}

/// An image without blanks around it; templates may have them.
pub(super) fn image_padding(container: &Value, path: &Path, errors: &mut Errors) {
    let image = text(container, "image");
    if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        errors.push(FieldError::invalid(&path.child("image"), image, detail));
    }
}

fn lifecycle_and_probes(container: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let grace = spec["terminationGracePeriodSeconds"].as_i64();
    for hook in ["postStart", "preStop"] {
        let handler = &container["lifecycle"][hook];
        if !handler.is_null() {
            probe::handler(handler, grace, &path.child("lifecycle").child(hook), errors);
        }
    }
    for kind in probe::Kind::ALL {
        probe::validate(container, kind, grace, path, errors);
    }
}

fn common(container: &Value, spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.push(FieldError::required(&path.child("name"), ""));
    } else {
        check::name(name, names::dns_label, &path.child("name"), errors);
    }
    if text(container, "image").is_empty() {
        errors.push(FieldError::required(&path.child("image"), ""));
    }
    one_of(container, "terminationMessagePolicy", &["File", "FallbackToLogsOnError"], path, errors);
    port::validate(container, &path.child("ports"), errors);
    env::validate(container, path, errors);
    mount::mounts(container, volumes, &path.child("volumeMounts"), errors);
    mount::devices(container, volumes, &path.child("volumeDevices"), errors);
    one_of(container, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], path, errors);
    resources::container(&container["resources"], spec, &path.child("resources"), errors);
    resources::resize_policy(container, spec, &path.child("resizePolicy"), errors);
    security::container(container, spec, &path.child("securityContext"), errors);
}

/// Whether a container runs privileged.
pub(super) fn is_privileged(container: &Value) -> bool {
    flag(&container["securityContext"], "privileged")
}
