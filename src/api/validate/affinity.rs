//! Rules for affinities.
//!
//! Mirrors `validateAffinity`.

use serde_json::Value;

use super::check;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::label_selector;
use crate::api::labels;
use crate::api::names;
use crate::api::read::{entries, has, list, number, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn validate(affinity: &Value, path: &Path, errors: &mut Errors) {
    if has(affinity, "nodeAffinity") {
        node(&affinity["nodeAffinity"], &path.child("nodeAffinity"), errors);
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        pods(&affinity[field], &path.child(field), errors);
    }
}

fn node(affinity: &Value, path: &Path, errors: &mut Errors) {
    if has(affinity, REQUIRED) {
        node_selector(&affinity[REQUIRED], &path.child(REQUIRED), errors);
    }
    for (index, term) in list(affinity, PREFERRED).iter().enumerate() {
        let at = path.child(PREFERRED).index(index);
        weight(term, &at, errors);
        node_term(&term["preference"], false, &at.child("preference"), errors);
    }
}

/// A selector of nodes.
pub(super) fn node_selector(selector: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("nodeSelectorTerms");
    if list(selector, "nodeSelectorTerms").is_empty() {
        errors.push(FieldError::required(&path, "must have at least one node selector term"));
    }
    for (index, term) in list(selector, "nodeSelectorTerms").iter().enumerate() {
        node_term(term, true, &path.index(index), errors);
    }
}

fn node_term(term: &Value, strict: bool, path: &Path, errors: &mut Errors) {
    for (index, requirement) in list(term, "matchExpressions").iter().enumerate() {
        node_requirement(requirement, strict, &path.child("matchExpressions").index(index), errors);
    }
    for (index, requirement) in list(term, "matchFields").iter().enumerate() {
        node_field(requirement, &path.child("matchFields").index(index), errors);
    }
}

fn node_requirement(requirement: &Value, strict: bool, path: &Path, errors: &mut Errors) {
    let values: Vec<_> = list(requirement, "values").iter().filter_map(Value::as_str).collect();
    let at = path.child("values");
    match text(requirement, "operator") {
        "In" | "NotIn" if values.is_empty() => {
            errors.push(FieldError::required(&at, "must be specified when `operator` is 'In' or 'NotIn'"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(FieldError::forbidden(&at, detail));
        }
        "Gt" | "Lt" if values.len() != 1 => {
            errors.push(FieldError::required(
                &at,
                "must be specified single value when `operator` is 'Lt' or 'Gt'",
            ));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => {
            errors.push(FieldError::invalid(&path.child("operator"), other, "not a valid selector operator"))
        }
    }
    labels::validate_name(text(requirement, "key"), &path.child("key"), errors);
    for (index, value) in values.into_iter().enumerate().filter(|_| strict) {
        check::name(value, labels::label_value, &at.index(index), errors);
    }
}

fn node_field(requirement: &Value, path: &Path, errors: &mut Errors) {
    let values: Vec<_> = list(requirement, "values").iter().filter_map(Value::as_str).collect();
    match text(requirement, "operator") {
        "In" | "NotIn" => {
            if values.len() != 1 {
                let detail =
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                errors.push(FieldError::required(&path.child("values"), detail));
            }
        }
        other => {
            errors.push(FieldError::invalid(&path.child("operator"), other, "not a valid selector operator"))
        }
    }
    let key = text(requirement, "key");
    if key != "metadata.name" {
        errors.push(FieldError::invalid(&path.child("key"), key, "not a valid field selector key"));
        return;
    }
    for (index, value) in values.into_iter().enumerate() {
        check::name(value, names::dns_subdomain, &path.child("values").index(index), errors);
    }
}

fn weight(term: &Value, path: &Path, errors: &mut Errors) {
    let weight = number(term, "weight");
    if !(1..=100).contains(&weight) {
        errors.push(FieldError::invalid(&path.child("weight"), weight, "must be in the range 1-100"));
    }
}

fn pods(affinity: &Value, path: &Path, errors: &mut Errors) {
    for (index, term) in list(affinity, REQUIRED).iter().enumerate() {
        pod_term(term, &path.child(REQUIRED).index(index), errors);
    }
    for (index, term) in list(affinity, PREFERRED).iter().enumerate() {
        let at = path.child(PREFERRED).index(index);
        weight(term, &at, errors);
        pod_term(&term["podAffinityTerm"], &at.child("podAffinityTerm"), errors);
    }
}

fn pod_term(term: &Value, path: &Path, errors: &mut Errors) {
    for field in ["labelSelector", "namespaceSelector"] {
        label_selector::validate(&term[field], &path.child(field), errors);
    }
    for namespace in list(term, "namespaces").iter().filter_map(Value::as_str) {
        check::name(namespace, names::dns_label, &path.child("namespace"), errors);
    }
    label_keys(term, path, errors);
    let key = text(term, "topologyKey");
    if key.is_empty() {
        errors.push(FieldError::required(&path.child("topologyKey"), "can not be empty"));
    }
    labels::validate_name(key, &path.child("topologyKey"), errors);
}

/// Keys whose values are taken from the pod itself: only with a selector, and not twice.
pub(super) fn label_keys(holder: &Value, path: &Path, errors: &mut Errors) {
    let selector = &holder["labelSelector"];
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let (keys, at) = (list(holder, field), path.child(field));
        if !keys.is_empty() && selector.is_null() {
            errors.push(FieldError::forbidden(&at, "must not be specified when labelSelector is not set"));
            continue;
        }
        for (index, key) in keys.iter().filter_map(Value::as_str).enumerate() {
            labels::validate_name(key, &at.index(index), errors);
        }
    }
    let keys = list(holder, "matchLabelKeys");
    let mut selected: Vec<&str> = entries(selector, "matchLabels").map(|(key, _)| key).collect();
    for key in list(selector, "matchExpressions").iter().map(|expression| text(expression, "key")) {
        if let Some(index) = keys.iter().rposition(|other| other == key).filter(|_| selected.contains(&key)) {
            let detail = "exists in both matchLabelKeys and labelSelector";
            errors.push(FieldError::invalid(&path.index(index), key, detail));
        }
        selected.push(key);
    }
    let others = list(holder, "mismatchLabelKeys");
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| others.contains(key)) {
        let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
        errors.push(FieldError::invalid(&path.child("matchLabelKeys").index(index), key, detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(holder: Value, expected: &[&str]) {
        crate::api::validate::check::finds(|errors| label_keys(&holder, &Path::new("t"), errors), expected);
    }

    #[test]
    fn keys_of_the_pod_itself() {
        let expression = json!({"key": "a", "operator": "Exists"});
        check(json!({"matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "1"}}}), &[]);
        check(
            json!({"matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "1"}, "matchExpressions": [expression]}}),
            &["t[0]: Invalid value: \"a\": exists in both matchLabelKeys and labelSelector"],
        );
        check(
            json!({"matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"], "labelSelector": {}}),
            &[
                "t.matchLabelKeys[0]: Invalid value: \"a\": exists in both matchLabelKeys and mismatchLabelKeys",
            ],
        );
        check(
            json!({"mismatchLabelKeys": ["a"]}),
            &["t.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set"],
        );
    }
}
