//! Rules for Deployments and ReplicaSets, and for changes of what selects pods.
//!
//! Mirrors `ValidateDeployment`, `ValidateReplicaSet` and the updates of these and of DaemonSets.

use serde_json::Value;

use super::check::{self, int_or_percent, not_above_hundred_percent, not_negative, positive_int_or_percent};
use super::pod_spec::{self, Options};
use super::{daemon_set, metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, number, text};

pub(super) fn deployment(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    deployment_spec(&object["spec"], &spec_path(), errors);
}

fn deployment_spec(spec: &Value, path: &Path, errors: &mut Errors) {
    not_negative(spec, "replicas", path, errors);
    let usable = selector(spec, "deployment", path, errors);
    if usable {
        template(spec, "ReplicaSet", path, errors);
    } else {
        let shown = Raw(label_selector::shown(&spec["selector"]));
        errors.push(FieldError::invalid(&path.child("selector"), shown, "invalid label selector"));
    }
    strategy(&spec["strategy"], &path.child("strategy"), errors);
    not_negative(spec, "minReadySeconds", path, errors);
    not_negative(spec, "revisionHistoryLimit", path, errors);
    if let Some(deadline) = spec["progressDeadlineSeconds"].as_i64() {
        not_negative(spec, "progressDeadlineSeconds", path, errors);
        if deadline <= number(spec, "minReadySeconds") {
            let at = path.child("progressDeadlineSeconds");
            errors.push(FieldError::invalid(&at, deadline, "must be greater than minReadySeconds"));
        }
    }
}

/// Checks a selector and tells whether it can be used.
fn selector(spec: &Value, of: &str, path: &Path, errors: &mut Errors) -> bool {
    let (selector, at) = (&spec["selector"], path.child("selector"));
    if selector.is_null() {
        errors.push(FieldError::required(&at, ""));
        return true;
    }
    label_selector::validate(selector, &at, errors);
    if label_selector::is_empty(selector) {
        let detail = format!("empty selector is invalid for {of}");
        errors.push(FieldError::invalid(&at, Raw(label_selector::shown(selector)), detail));
    }
    label_selector::is_usable(selector)
}

/// The template's labels must match the selector.
pub(super) fn selector_matches(selector: &Value, template: &Value, path: &Path, errors: &mut Errors) {
    let labels = &template["metadata"]["labels"];
    let empty = !selector.is_null() && label_selector::is_empty(selector);
    if !empty && !label_selector::matches(selector, labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(&path.child("metadata").child("labels"), labels, detail));
    }
}

fn template(spec: &Value, of: &str, path: &Path, errors: &mut Errors) {
    let path = path.child("template");
    selector_matches(&spec["selector"], &spec["template"], &path, errors);
    pod_spec::template(&spec["template"], &path, Options::default(), errors);
    let pod = &spec["template"]["spec"];
    let policy = text(pod, "restartPolicy");
    if policy != "Always" {
        errors.push(FieldError::not_supported(
            &path.child("spec").child("restartPolicy"),
            policy,
            &["Always"],
        ));
    }
    if has(pod, "activeDeadlineSeconds") {
        let detail = format!("activeDeadlineSeconds in {of} is not Supported");
        errors.push(FieldError::forbidden(&path.child("spec").child("activeDeadlineSeconds"), detail));
    }
}

fn strategy(strategy: &Value, path: &Path, errors: &mut Errors) {
    let (rolling, at) = (&strategy["rollingUpdate"], path.child("rollingUpdate"));
    match text(strategy, "type") {
        "Recreate" => {
            if !rolling.is_null() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                errors.push(FieldError::forbidden(&at, detail));
            }
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
            let unavailable_path = at.child("maxUnavailable");
            positive_int_or_percent(unavailable, &unavailable_path, errors);
            positive_int_or_percent(surge, &at.child("maxSurge"), errors);
            if int_or_percent(unavailable) == 0 && int_or_percent(surge) == 0 {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.push(FieldError::invalid(&unavailable_path, unavailable, detail));
            }
            not_above_hundred_percent(unavailable, &unavailable_path, errors);
        }
        _ => {
            let shown = Raw(print_compact(strategy, "DeploymentStrategy"));
            errors.push(FieldError::not_supported(path, shown, &["Recreate", "RollingUpdate"]));
        }
    }
}

pub(super) fn replica_set(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    replica_set_spec(&object["spec"], &spec_path(), errors);
}

fn replica_set_spec(spec: &Value, path: &Path, errors: &mut Errors) {
    not_negative(spec, "replicas", path, errors);
    not_negative(spec, "minReadySeconds", path, errors);
    if selector(spec, "deployment", path, errors) {
        template(spec, "ReplicaSet", path, errors);
    } else {
        let shown = Raw(label_selector::shown(&spec["selector"]));
        errors.push(FieldError::invalid(&path.child("selector"), shown, "invalid label selector"));
    }
}

/// Selectors never change.
pub(super) fn validate_update(kind: &str, new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    let (spec, path) = (&new["spec"], spec_path());
    match kind {
        "Deployment" => deployment_spec(spec, &path, errors),
        "ReplicaSet" => replica_set_spec(spec, &path, errors),
        _ => {}
    }
    if !check::same(&spec["selector"], &old["spec"]["selector"]) {
        let shown = Raw(if has(spec, "selector") {
            label_selector::shown(&spec["selector"])
        } else {
            "null".to_owned()
        });
        errors.push(FieldError::invalid(&path.child("selector"), shown, check::IMMUTABLE));
    }
    if kind == "DaemonSet" {
        daemon_set::spec(spec, &path, errors);
    }
}
