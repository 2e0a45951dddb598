//! Rules for pods.
//!
//! Mirrors `ValidatePodCreate` and `ValidatePodUpdate`.

use serde_json::Value;

use super::check::same;
use super::pod_spec::{self, Options};
use super::{container, gated, metadata, profiles, scheduling, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::internal;
use crate::api::names;
use crate::api::read::{has, list, text};

/// What a pod may still change, as the refusal lists it.
const MUTABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

pub(super) fn create(pod: &Value, errors: &mut Errors) {
    validate(pod, errors);
    let (spec, path) = (&pod["spec"], spec_path());
    if has(spec, "ephemeralContainers") {
        errors.push(FieldError::forbidden(&path.child("ephemeralContainers"), "cannot be set on create"));
    }
    if has(spec, "nodeName") && !list(spec, "schedulingGates").is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.push(FieldError::forbidden(&path.child("nodeName"), detail));
    }
    profiles::agree(&pod["metadata"], spec, &path, errors);
}

fn validate(pod: &Value, errors: &mut Errors) {
    metadata::validate(pod, true, names::dns_subdomain, errors);
    let at = Path::new("metadata").child("annotations");
    pod_spec::annotations(&pod["metadata"], &pod["spec"], &at, errors);
    let options = Options { is_pod: true, ignore_host_name: false };
    pod_spec::spec(&pod["spec"], Some(pod), &spec_path(), options, errors);
    for field in ["containers", "initContainers"] {
        for (index, container) in list(&pod["spec"], field).iter().enumerate() {
            container::image_padding(container, &spec_path().child(field).index(index), errors);
        }
    }
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    validate(new, errors);
    profiles::fixed(new, old, errors);
    let (spec, before, path) = (&new["spec"], &old["spec"], spec_path());
    for field in ["containers", "initContainers"] {
        if list(spec, field).len() != list(before, field).len() {
            errors.push(FieldError::forbidden(
                &path.child(field),
                "pod updates may not add or remove containers",
            ));
            return;
        }
        for (index, container) in list(spec, field).iter().enumerate() {
            let at = path.child(field).index(index);
            if text(container, "image").is_empty() {
                errors.push(FieldError::required(&at.child("image"), ""));
            }
            container::image_padding(container, &at, errors);
        }
    }
    if deadline(spec, before, &path.child("activeDeadlineSeconds"), errors) {
        return;
    }
    scheduling::only_added(
        list(spec, "tolerations"),
        list(before, "tolerations"),
        &path.child("tolerations"),
        errors,
    );
    let gates = list(before, "schedulingGates");
    for (index, gate) in
        list(spec, "schedulingGates").iter().enumerate().filter(|(_, gate)| !gates.contains(gate))
    {
        let detail =
            format!("only deletion is allowed, but found new scheduling gate '{}'", text(gate, "name"));
        errors.push(FieldError::forbidden(&path.child("schedulingGates").index(index).child("name"), detail));
    }
    let mut allowed = with_old_values(spec, before);
    gated::validate(spec, before, &mut allowed, &path, errors);
    if !same(&allowed, before) {
        let difference = internal::difference(before, &allowed, "PodSpec");
        let detail = format!("pod updates may not change fields other than {MUTABLE}\n{difference}");
        errors.push(FieldError::forbidden(&path, detail));
    }
}

/// A deadline may be set or shortened; true if nothing more is checked.
fn deadline(spec: &Value, before: &Value, path: &Path, errors: &mut Errors) -> bool {
    let old = before["activeDeadlineSeconds"].as_i64();
    match (spec["activeDeadlineSeconds"].as_i64(), old) {
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            let detail = format!("must be between 0 and {}, inclusive", i32::MAX);
            errors.push(FieldError::invalid(path, new, detail));
            true
        }
        (Some(new), Some(old)) if old < new => {
            errors.push(FieldError::invalid(path, new, "must be less than or equal to previous value"));
            true
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            errors.push(FieldError::invalid(path, &Value::Null, detail));
            false
        }
        _ => false,
    }
}

/// The new spec with the old values of what may change.
fn with_old_values(spec: &Value, before: &Value) -> Value {
    let mut allowed = spec.clone();
    for field in ["containers", "initContainers"] {
        for (index, container) in allowed[field].as_array_mut().into_iter().flatten().enumerate() {
            container["image"] = before[field][index]["image"].clone();
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        allowed[field] = before[field].clone();
    }
    let grace = |spec: &Value| spec["terminationGracePeriodSeconds"].as_i64();
    if grace(before).is_some_and(|grace| grace < 0) && grace(spec) == Some(1) {
        allowed["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"].clone();
    }
    allowed
}
