//! Rules for Roles and their bindings.

use serde_json::Value;

use super::check;
use super::metadata;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{list, text};

const GROUP: &str = "rbac.authorization.k8s.io";

fn is_namespaced(object: &Value) -> bool {
    !text(object, "kind").starts_with("Cluster")
}

pub(super) fn role(object: &Value, errors: &mut Errors) {
    metadata::validate(object, is_namespaced(object), names::path_segment, errors);
    for (index, rule) in list(object, "rules").iter().enumerate() {
        self::rule(rule, is_namespaced(object), &Path::new("rules").index(index), errors);
    }
    let aggregation = &object["aggregationRule"];
    if !aggregation.is_null() {
        let at = Path::new("aggregationRule").child("clusterRoleSelectors");
        if list(aggregation, "clusterRoleSelectors").is_empty() {
            errors.push(FieldError::required(
                &at,
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            ));
        }
        for (index, selector) in list(aggregation, "clusterRoleSelectors").iter().enumerate() {
            label_selector::validate(selector, &at.index(index), errors);
        }
    }
}

fn rule(rule: &Value, namespaced: bool, path: &Path, errors: &mut Errors) {
    let empty = |field: &str| list(rule, field).is_empty();
    if empty("verbs") {
        errors.push(FieldError::required(&path.child("verbs"), "verbs must contain at least one value"));
    }
    if !empty("nonResourceURLs") {
        let at = path.child("nonResourceURLs");
        if namespaced {
            let detail = "namespaced rules cannot apply to non-resource URLs";
            errors.push(FieldError::invalid(&at, &rule["nonResourceURLs"], detail));
        }
        if !empty("apiGroups") || !empty("resources") || !empty("resourceNames") {
            let detail = "rules cannot apply to both regular resources and non-resource URLs";
            errors.push(FieldError::invalid(&at, &rule["nonResourceURLs"], detail));
        }
        return;
    }
    if empty("apiGroups") {
        let detail = "resource rules must supply at least one api group";
        errors.push(FieldError::required(&path.child("apiGroups"), detail));
    }
    if empty("resources") {
        let detail = "resource rules must supply at least one resource";
        errors.push(FieldError::required(&path.child("resources"), detail));
    }
}

pub(super) fn binding(object: &Value, errors: &mut Errors) {
    let namespaced = is_namespaced(object);
    metadata::validate(object, namespaced, names::path_segment, errors);
    let (role, path) = (&object["roleRef"], Path::new("roleRef"));
    if text(role, "apiGroup") != GROUP {
        errors.push(FieldError::not_supported(&path.child("apiGroup"), text(role, "apiGroup"), &[GROUP]));
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text(role, "kind")) {
        errors.push(FieldError::not_supported(&path.child("kind"), text(role, "kind"), kinds));
    }
    match text(role, "name") {
        "" => errors.push(FieldError::required(&path.child("name"), "")),
        name => check::name(name, names::path_segment, &path.child("name"), errors),
    }
    for (index, subject) in list(object, "subjects").iter().enumerate() {
        self::subject(subject, namespaced, &Path::new("subjects").index(index), errors);
    }
}

fn subject(subject: &Value, namespaced: bool, path: &Path, errors: &mut Errors) {
    let (name, group) = (text(subject, "name"), text(subject, "apiGroup"));
    if name.is_empty() {
        errors.push(FieldError::required(&path.child("name"), ""));
    }
    match text(subject, "kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                check::name(name, names::dns_subdomain, &path.child("name"), errors);
            }
            if !group.is_empty() {
                errors.push(FieldError::not_supported(&path.child("apiGroup"), group, &[""]));
            }
            if !namespaced && text(subject, "namespace").is_empty() {
                errors.push(FieldError::required(&path.child("namespace"), ""));
            }
        }
        kind @ ("User" | "Group") => {
            if name.is_empty() {
                let detail = format!("{} name cannot be empty", kind.to_lowercase());
                errors.push(FieldError::invalid(&path.child("name"), "", detail));
            }
            if group != GROUP {
                errors.push(FieldError::not_supported(&path.child("apiGroup"), group, &[GROUP]));
            }
        }
        other => {
            let kinds = ["ServiceAccount", "User", "Group"];
            errors.push(FieldError::not_supported(&path.child("kind"), other, &kinds));
        }
    }
}

pub(super) fn binding_update(new: &Value, old: &Value, errors: &mut Errors) {
    binding(new, errors);
    metadata::validate_update(new, old, errors);
    if new["roleRef"] != old["roleRef"] {
        errors.push(FieldError::invalid(&Path::new("roleRef"), &new["roleRef"], "cannot change roleRef"));
    }
}
