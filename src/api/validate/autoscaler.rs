//! Rules for HorizontalPodAutoscalers.

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::{metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{has, list, number, text};

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let (spec, path) = (&object["spec"], spec_path());
    let (low, high) = (number(spec, "minReplicas"), number(spec, "maxReplicas"));
    if low < 1 {
        let detail = "must be greater than or equal to 1";
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
    for (index, metric) in list(spec, "metrics").iter().enumerate() {
        self::metric(metric, &path.child("metrics").index(index), errors);
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
}

fn metric(metric: &Value, path: &Path, errors: &mut Errors) {
    let sources = [
        ("ContainerResource", "containerResource"),
        ("External", "external"),
        ("Object", "object"),
        ("Pods", "pods"),
        ("Resource", "resource"),
    ];
    let kind = text(metric, "type");
    if kind.is_empty() {
        errors.push(FieldError::required(&path.child("type"), "must specify a metric source type"));
        return;
    }
    let Some((_, source)) = sources.iter().find(|(known, _)| *known == kind) else {
        let known: Vec<_> = sources.iter().map(|(known, _)| *known).collect();
        errors.push(FieldError::not_supported(&path.child("type"), kind, &known));
        return;
    };
    for (_, other) in sources.iter().filter(|(_, other)| other != source && has(metric, other)) {
        let detail = "must populate the given metric source only";
        errors.push(FieldError::forbidden(&path.child(other), detail));
    }
    if !has(metric, source) {
        let detail = "must populate information for the given metric source";
        errors.push(FieldError::required(&path.child(source), detail));
        return;
    }
    let (source, path) = (&metric[*source], path.child(source));
    if matches!(kind, "Resource" | "ContainerResource") && text(source, "name").is_empty() {
        errors.push(FieldError::required(&path.child("name"), "must specify a resource name"));
    }
    target(&source["target"], &path.child("target"), errors);
}

fn target(target: &Value, path: &Path, errors: &mut Errors) {
    let kinds = ["AverageValue", "Utilization", "Value"];
    match text(target, "type") {
        "" => errors.push(FieldError::required(&path.child("type"), "must specify a metric target type")),
        kind if !kinds.contains(&kind) => errors.push(FieldError::invalid(
            &path.child("type"),
            kind,
            "must be either Utilization, Value, or AverageValue",
        )),
        _ => {}
    }
    if let Some(share) = target["averageUtilization"].as_i64().filter(|share| *share < 1) {
        errors.push(FieldError::invalid(&path.child("averageUtilization"), share, "must be greater than 0"));
    }
    if ["averageUtilization", "averageValue", "value"].iter().all(|field| !has(target, field)) {
        let detail = "must set either a target raw value or a target utilization";
        errors.push(FieldError::required(&path.child("averageUtilization"), detail));
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
        if !matches!(text(policy, "type"), "Percent" | "Pods") {
            errors.push(FieldError::not_supported(
                &at.child("type"),
                text(policy, "type"),
                &["Percent", "Pods"],
            ));
        }
        for field in ["value", "periodSeconds"] {
            let value = number(policy, field);
            if value <= 0 {
                errors.push(FieldError::invalid(&at.child(field), value, "must be greater than zero"));
            }
        }
        let period = number(policy, "periodSeconds");
        if period > 1800 {
            errors.push(FieldError::invalid(
                &at.child("periodSeconds"),
                period,
                "must be less than or equal to 1800",
            ));
        }
    }
}
