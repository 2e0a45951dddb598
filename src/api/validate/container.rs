//! Rules for containers of all sorts.
//!
//! Mirrors `validateContainers`, `validateInitContainers` and `validateEphemeralContainers`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{self, one_of};
use super::{env, mount, probe, resources, security};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{flag, has, list, number, text};

/// A pod's volumes by name.
pub(super) type Volumes<'a> = BTreeMap<&'a str, &'a Value>;

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
        restart_policy(container, &at, errors);
    }
    host_ports(containers, path, errors);
}

fn init(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let mut names: Vec<&str> =
        list(spec, "containers").iter().map(|container| text(container, "name")).collect();
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, spec, volumes, &at, errors);
        restart_policy(container, &at, errors);
        let name = text(container, "name");
        if names.contains(&name) {
            errors.push(FieldError::duplicate(&at.child("name"), name));
        } else if !name.is_empty() {
            names.push(name);
        }
        host_ports(std::slice::from_ref(container), path, errors);
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

/// What an ephemeral container may set.
const EPHEMERAL_FIELDS: [&str; 17] = [
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "env",
    "envFrom",
    "volumeMounts",
    "volumeDevices",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "targetContainerName",
];

fn ephemeral(spec: &Value, volumes: &Volumes<'_>, path: &Path, errors: &mut Errors) {
    let others: Vec<&str> = ["containers", "initContainers"]
        .iter()
        .flat_map(|field| list(spec, field).iter().map(|container| text(container, "name")))
        .collect();
    let mut names = others.clone();
    for (index, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, spec, volumes, &at, errors);
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
        for (field, value) in container.as_object().into_iter().flatten() {
            let empty = value.as_object().is_some_and(|map| map.is_empty());
            if !EPHEMERAL_FIELDS.contains(&field.as_str()) && !empty {
                errors.push(FieldError::forbidden(
                    &at.child(field),
                    "cannot be set for an Ephemeral Container",
                ));
            }
        }
    }
}

fn restart_policy(container: &Value, path: &Path, errors: &mut Errors) {
    check::one_of_if_set(container, "restartPolicy", &["Always", "OnFailure", "Never"], path, errors);
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
    ports(container, &path.child("ports"), errors);
    env::validate(container, spec, path, errors);
    mount::mounts(container, volumes, &path.child("volumeMounts"), errors);
    mount::devices(container, volumes, &path.child("volumeDevices"), errors);
    one_of(container, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], path, errors);
    resources::container(&container["resources"], spec, &path.child("resources"), errors);
    resources::resize_policy(container, spec, &path.child("resizePolicy"), errors);
    security::container(container, spec, &path.child("securityContext"), errors);
}

fn ports(container: &Value, path: &Path, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let (at, name) = (path.index(index), text(port, "name"));
        if !name.is_empty() {
            let complaints = names::port_name(name);
            if !complaints.is_empty() {
                let at = at.child("name");
                errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, name, detail)));
            } else if seen.contains(&name) {
                errors.push(FieldError::duplicate(&at.child("name"), name));
            } else {
                seen.push(name);
            }
        }
        if number(port, "containerPort") == 0 {
            errors.push(FieldError::required(&at.child("containerPort"), ""));
        }
        for field in ["containerPort", "hostPort"] {
            let value = number(port, field);
            if value != 0 {
                let at = at.child(field);
                let complaints = names::port_number(value);
                errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, value, detail)));
            }
        }
        one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &at, errors);
    }
}

/// A port of the node can be taken once.
fn host_ports(containers: &[Value], path: &Path, errors: &mut Errors) {
    let mut taken: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (place, port) in list(container, "ports").iter().enumerate() {
            let number = number(port, "hostPort");
            if number == 0 {
                continue;
            }
            let key = format!("{}/{}/{number}", text(port, "protocol"), text(port, "hostIP"));
            if taken.contains(&key) {
                let at = path.index(index).child("ports").index(place).child("hostPort");
                errors.push(FieldError::duplicate(&at, &key));
            } else {
                taken.push(key);
            }
        }
    }
}

/// Whether a container runs privileged.
pub(super) fn is_privileged(container: &Value) -> bool {
    flag(&container["securityContext"], "privileged")
}
