//! Rules for StatefulSets.
//!
//! Mirrors `ValidateStatefulSet` and its update.

use serde_json::{Value, json};

use super::check::{
    self, NEGATIVE, int_or_percent, not_above_hundred_percent, not_negative, positive_int_or_percent, same,
};
use super::pod_spec::{self, Options};
use super::{claim, counts, metadata, spec_path, workload};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::gates::Gates;
use crate::api::internal::print_compact;
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, list, number, text};

/// Fields of the spec that may change.
const MUTABLE: [&str; 7] = [
    "replicas",
    "template",
    "updateStrategy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
];

pub(super) fn validate(object: &Value, gates: &Gates, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_label, errors);
    spec(&object["spec"], true, gates, &spec_path(), errors);
}

pub(super) fn validate_update(new: &Value, old: &Value, gates: &Gates, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    spec(&new["spec"], false, gates, &spec_path(), errors);
    let fixed = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            map.retain(|field, _| !MUTABLE.contains(&field.as_str()));
        }
        spec
    };
    if !same(&fixed(new), &fixed(old)) {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        errors.push(FieldError::forbidden(&spec_path(), detail));
    }
}

/// Rules for the status that a controller reports.
pub(super) fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let (status, path) = (&new["status"], Path::new("status"));
    let counts = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
    for field in counts.into_iter().chain(["observedGeneration", "collisionCount"]) {
        not_negative(status, field, &path, errors);
    }
    for field in &counts[1..] {
        let value = number(status, field);
        if value > number(status, "replicas") {
            errors.push(FieldError::invalid(
                &path.child(field),
                value,
                "cannot be greater than status.replicas",
            ));
        }
    }
    let available = number(status, "availableReplicas");
    if available > number(status, "readyReplicas") {
        let detail = "cannot be greater than status.readyReplicas";
        errors.push(FieldError::invalid(&path.child("availableReplicas"), available, detail));
    }
    counts::collisions(status, &old["status"], &path, errors);
}

/// What cannot change is looked at in new sets only.
fn spec(spec: &Value, is_new: bool, gates: &Gates, path: &Path, errors: &mut Errors) {
    pod_management(spec, path, errors);
    update_strategy(spec, gates, &path.child("updateStrategy"), errors);
    retention(
        &spec["persistentVolumeClaimRetentionPolicy"],
        &path.child("persistentVolumeClaimRetentionPolicy"),
        errors,
    );
    for (index, template) in list(spec, "volumeClaimTemplates").iter().enumerate().filter(|_| is_new) {
        claim::spec(
            &template["spec"],
            &path.child("volumeClaimTemplates").index(index).child("spec"),
            errors,
        );
    }
    not_negative(spec, "replicas", path, errors);
    not_negative(spec, "minReadySeconds", path, errors);
    let start = number(&spec["ordinals"], "start");
    if start < 0 {
        errors.push(FieldError::invalid(&path.child("ordinals.start"), start, NEGATIVE));
    }
    if is_new && !text(spec, "serviceName").is_empty() {
        check::name(text(spec, "serviceName"), names::dns_label, &path.child("serviceName"), errors);
    }
    selector_and_template(spec, path, errors);
}

fn pod_management(spec: &Value, path: &Path, errors: &mut Errors) {
    let policy = text(spec, "podManagementPolicy");
    if !matches!(policy, "OrderedReady" | "Parallel") {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        errors.push(FieldError::invalid(&path.child("podManagementPolicy"), policy, detail));
    }
}

fn update_strategy(spec: &Value, gates: &Gates, path: &Path, errors: &mut Errors) {
    let strategy = &spec["updateStrategy"];
    let (rolling, at) = (&strategy["rollingUpdate"], path.child("rollingUpdate"));
    match text(strategy, "type") {
        "OnDelete" => {
            if !rolling.is_null() {
                let shown = print_compact(rolling, "RollingUpdateStatefulSetStrategy");
                errors.push(FieldError::invalid(
                    &at,
                    Raw(shown),
                    "only allowed for updateStrategy 'RollingUpdate'",
                ));
            }
        }
        "RollingUpdate" => {
            not_negative(rolling, "partition", &at, errors);
            if gates.max_unavailable_stateful_set && has(rolling, "maxUnavailable") {
                max_unavailable(&rolling["maxUnavailable"], &at.child("maxUnavailable"), errors);
            }
        }
        _ => {
            let shown = print_compact(strategy, "StatefulSetUpdateStrategy");
            errors.push(FieldError::invalid(path, Raw(shown), "must be 'RollingUpdate' or 'OnDelete'"));
        }
    }
}

fn max_unavailable(value: &Value, path: &Path, errors: &mut Errors) {
    positive_int_or_percent(value, path, errors);
    if int_or_percent(value) == 0 {
        errors.push(FieldError::invalid(path, value, "cannot be 0"));
    }
    not_above_hundred_percent(value, path, errors);
}

fn retention(policy: &Value, path: &Path, errors: &mut Errors) {
    for field in ["whenDeleted", "whenScaled"] {
        let value = text(policy, field);
        if !matches!(value, "Retain" | "Delete") {
            errors.push(FieldError::not_supported(&path.child(field), value, &["Retain", "Delete"]));
        }
    }
}

fn selector_and_template(spec: &Value, path: &Path, errors: &mut Errors) {
    let selector = &spec["selector"];
    let at = path.child("selector");
    if selector.is_null() {
        errors.push(FieldError::required(&at, ""));
    } else {
        label_selector::validate(selector, &at, errors);
        if label_selector::is_empty(selector) {
            let shown = Raw(label_selector::shown(selector));
            errors.push(FieldError::invalid(&at, shown, "empty selector is invalid for statefulset"));
        }
    }
    let path = path.child("template");
    if !selector.is_null() && !label_selector::is_usable(selector) {
        errors.push(FieldError::invalid(&at, Raw(label_selector::shown(selector)), ""));
    } else {
        workload::selector_matches(selector, &spec["template"], &path, errors);
        template(spec, &path, errors);
    }
    let spec = &spec["template"]["spec"];
    if text(spec, "restartPolicy") != "Always" {
        let at = path.child("spec").child("restartPolicy");
        errors.push(FieldError::not_supported(&at, text(spec, "restartPolicy"), &["Always"]));
    }
    if has(spec, "activeDeadlineSeconds") {
        let at = path.child("spec").child("activeDeadlineSeconds");
        errors.push(FieldError::forbidden(&at, "activeDeadlineSeconds in StatefulSet is not Supported"));
    }
}

/// The template is checked with the claims as its first volumes, as the controller will build it; volumes of the
/// template with a claim's name are overridden.
fn template(spec: &Value, path: &Path, errors: &mut Errors) {
    let mut template = spec["template"].clone();
    let mut volumes: Vec<Value> = Vec::new();
    for claim in list(spec, "volumeClaimTemplates") {
        let name = text(&claim["metadata"], "name");
        if !volumes.iter().any(|volume| volume["name"] == name) {
            volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
        }
    }
    let claims = volumes.len();
    for volume in list(&template["spec"], "volumes") {
        if !volumes[..claims].iter().any(|claim| claim["name"] == volume["name"]) {
            volumes.push(volume.clone());
        }
    }
    if !volumes.is_empty() {
        template["spec"]["volumes"] = Value::Array(volumes);
    }
    let options = Options { is_pod: false, ignore_host_name: true };
    // The set's own rules look at labels and annotations once more than the template's.
    pod_spec::template(&template, path, options, errors);
    pod_spec::template_metadata(&template, path, errors);
}
