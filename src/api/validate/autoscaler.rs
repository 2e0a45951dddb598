//! Rules for HorizontalPodAutoscalers.

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::{metadata, resources, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{has, list, number, text};

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    spec(&object["spec"], &Value::Null, errors);
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    spec(&new["spec"], &old["spec"], errors);
}

/// What was accepted before the rule came stays accepted.
fn spec(spec: &Value, old: &Value, errors: &mut Errors) {
    let path = spec_path();
    let (low, high) = (number(spec, "minReplicas"), number(spec, "maxReplicas"));
    let least = i64::from(old["minReplicas"] != 0);
    if low < least {
        let detail = format!("must be greater than or equal to {least}");
        errors.push(FieldError::invalid(&path.child("minReplicas"), low, detail));
    }
    if high < 1 {
        errors.push(FieldError::invalid(&path.child("maxReplicas"), high, "must be greater than 0"));
    }
    if high < low {
        let detail = "must be greater than or equal to `minReplicas`";
        errors.push(FieldError::invalid(&path.child("maxReplicas"), high, detail));
    }
    reference(&spec["scaleTargetRef"], &path.child("scaleTargetRef"), errors);
    let metrics = list(spec, "metrics");
    for (index, metric) in metrics.iter().enumerate() {
        self::metric(metric, &path.child("metrics").index(index), errors);
    }
    if low == 0 && !metrics.iter().any(|metric| matches!(text(metric, "type"), "Object" | "External")) {
        let detail =
            "must specify at least one Object or External metric to support scaling to zero replicas";
        errors.push(FieldError::forbidden(&path.child("metrics"), detail));
    }
    for direction in ["scaleUp", "scaleDown"] {
        rules(&spec["behavior"][direction], &path.child("behavior").child(direction), errors);
    }
}

fn reference(reference: &Value, path: &Path, errors: &mut Errors) {
    for field in ["kind", "name"] {
        let value = text(reference, field);
        if value.is_empty() {
            errors.push(FieldError::required(&path.child(field), ""));
        } else {
            check::name(value, names::path_segment, &path.child(field), errors);
        }
    }
    let version = text(reference, "apiVersion");
    if version.matches('/').count() > 1 {
        let detail = format!("unexpected GroupVersion string: {version}");
        errors.push(FieldError::invalid(&path.child("apiVersion"), version, detail));
    }
}

/// The sources of metrics, in the order in which the server looks at them.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];
const KINDS: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];

fn metric(metric: &Value, path: &Path, errors: &mut Errors) {
    let (kind, at) = (text(metric, "type"), path.child("type"));
    if kind.is_empty() {
        errors.push(FieldError::required(&at, "must specify a metric source type"));
    }
    let is_known = KINDS.contains(&kind);
    if !is_known {
        errors.push(FieldError::not_supported(&at, kind, &KINDS));
    }
    let present = || SOURCES.iter().filter(|(_, field)| has(metric, field));
    if let Some((_, field)) = present().next() {
        source(field, &metric[*field], &path.child(field), errors);
    }
    match SOURCES.iter().find(|(known, _)| *known == kind) {
        Some((_, field)) if !has(metric, field) => {
            let detail = "must populate information for the given metric source";
            errors.push(FieldError::required(&path.child(field), detail));
        }
        Some(_) => {}
        None => errors.push(FieldError::not_supported(&at, kind, &KINDS)),
    }
    if present().count() > 1 {
        for (_, field) in present().filter(|(known, _)| *known != kind) {
            let detail = "must populate the given metric source only";
            errors.push(FieldError::forbidden(&path.child(field), detail));
        }
    }
}

fn source(kind: &str, source: &Value, path: &Path, errors: &mut Errors) {
    let at = path.child("target");
    let target = &source["target"];
    let required = |field: &str, detail: &str, errors: &mut Errors| {
        if !has(target, field) && !has(target, "averageValue") {
            let field = if field == "value" { "averageValue" } else { field };
            errors.push(FieldError::required(&at.child(field), detail));
        }
    };
    match kind {
        "object" => {
            reference(&source["describedObject"], &path.child("describedObject"), errors);
            identifier(source, path, errors);
            self::target(target, &at, errors);
            required("value", "must set either a target value or averageValue", errors);
        }
        "external" => {
            identifier(source, path, errors);
            self::target(target, &at, errors);
            required("value", "must set either a target value for metric or a per-pod target", errors);
            if has(target, "value") && has(target, "averageValue") {
                let detail = "may not set both a target value for metric and a per-pod target";
                errors.push(FieldError::forbidden(&at.child("value"), detail));
            }
        }
        "pods" => {
            identifier(source, path, errors);
            self::target(target, &at, errors);
            required("averageValue", "must specify a positive target averageValue", errors);
        }
        _ => {
            let (name, is_container) = (text(source, "name"), kind == "containerResource");
            if name.is_empty() {
                errors.push(FieldError::required(&path.child("name"), "must specify a resource name"));
            } else if is_container {
                resources::container_resource_name(name, &path.child("name"), errors);
            }
            if is_container {
                match text(source, "container") {
                    "" => errors
                        .push(FieldError::required(&path.child("container"), "must specify a container")),
                    name => check::name(name, names::dns_label, &path.child("container"), errors),
                }
            }
            self::target(target, &at, errors);
            let detail = "must set either a target raw value or a target utilization";
            required("averageUtilization", detail, errors);
            if has(target, "averageUtilization") && has(target, "averageValue") {
                let detail = "may not set both a target raw value and a target utilization";
                errors.push(FieldError::forbidden(&at.child("averageValue"), detail));
            }
        }
    }
}

fn identifier(source: &Value, path: &Path, errors: &mut Errors) {
    let at = path.child("metric").child("name");
    match text(&source["metric"], "name") {
        "" => errors.push(FieldError::required(&at, "must specify a metric name")),
        name => check::name(name, names::path_segment, &at, errors),
    }
}

fn target(target: &Value, path: &Path, errors: &mut Errors) {
    let kind = text(target, "type");
    if kind.is_empty() {
        errors.push(FieldError::required(&path.child("type"), "must specify a metric target type"));
    }
    if !["AverageValue", "Utilization", "Value"].contains(&kind) {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.push(FieldError::invalid(&path.child("type"), kind, detail));
    }
    for field in ["value", "averageValue"] {
        let amount = text(target, field);
        if Quantity::parse(amount).is_ok_and(|amount| amount <= Quantity::ZERO) {
            errors.push(FieldError::invalid(&path.child(field), amount, "must be positive"));
        }
    }
    if let Some(share) = target["averageUtilization"].as_i64().filter(|share| *share < 1) {
        errors.push(FieldError::invalid(&path.child("averageUtilization"), share, "must be greater than 0"));
    }
}

fn rules(rules: &Value, path: &Path, errors: &mut Errors) {
    if rules.is_null() {
        return;
    }
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        let at = path.child("stabilizationWindowSeconds");
        if seconds < 0 {
            errors.push(FieldError::invalid(&at, seconds, "must be greater than or equal to zero"));
        }
        if seconds > 3600 {
            errors.push(FieldError::invalid(&at, seconds, "must be less than or equal to 3600"));
        }
    }
    one_of_if_set(rules, "selectPolicy", &["Disabled", "Max", "Min"], path, errors);
    if list(rules, "policies").is_empty() {
        errors.push(FieldError::required(&path.child("policies"), "must specify at least one Policy"));
    }
    for (index, policy) in list(rules, "policies").iter().enumerate() {
        let at = path.child("policies").index(index);
        let kinds = ["Percent", "Pods"];
        if !kinds.contains(&text(policy, "type")) {
            errors.push(FieldError::not_supported(&at.child("type"), text(policy, "type"), &kinds));
        }
        for field in ["value", "periodSeconds"] {
            let value = number(policy, field);
            if value <= 0 {
                errors.push(FieldError::invalid(&at.child(field), value, "must be greater than zero"));
            }
        }
        let period = number(policy, "periodSeconds");
        if period > 1800 {
            let detail = "must be less than or equal to 1800";
            errors.push(FieldError::invalid(&at.child("periodSeconds"), period, detail));
        }
    }
    let tolerance = text(rules, "tolerance");
    if Quantity::parse(tolerance).is_ok_and(|tolerance| tolerance.is_negative()) {
        errors.push(FieldError::invalid(&path.child("tolerance"), tolerance, check::NEGATIVE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(metric: Value, expect: &[&str]) {
        let mut errors = Errors::new();
        self::metric(&metric, &Path::new("m"), &mut errors);
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expect, "{metric}");
    }

    #[test]
    fn metrics() {
        let target = json!({"type": "Utilization", "averageUtilization": 50});
        check(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}), &[]);
        check(
            json!({"type": "Resource", "resource": {"name": "cpu", "target": {}}}),
            &[
                "m.resource.target.type: Required value: must specify a metric target type",
                "m.resource.target.type: Invalid value: \"\": must be either Utilization, Value, or AverageValue",
                "m.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
            ],
        );
        check(
            json!({"type": "Pods"}),
            &["m.pods: Required value: must populate information for the given metric source"],
        );
        check(
            json!({"type": "Pods", "pods": {"metric": {"name": "x"}, "target": {"type": "AverageValue", "averageValue": "0"}},
                "resource": {"name": "cpu", "target": target}}),
            &[
                "m.pods.target.averageValue: Invalid value: \"0\": must be positive",
                "m.resource: Forbidden: must populate the given metric source only",
            ],
        );
    }
}
