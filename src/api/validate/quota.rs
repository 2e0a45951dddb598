//! Rules for LimitRanges and ResourceQuotas.
//!
//! Mirrors `ValidateLimitRange` and `ValidateResourceQuota`. The server walks the resources in random order; here they
//! are walked by name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check;
use super::{metadata, resources, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};

pub(super) fn limit_range(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let path = spec_path().child("limits");
    let mut kinds: Vec<&str> = Vec::new();
    for (index, item) in list(&object["spec"], "limits").iter().enumerate() {
        let (at, kind) = (path.index(index), text(item, "type"));
        limit_type(kind, &at.child("type"), errors);
        if kinds.contains(&kind) {
            errors.push(FieldError::duplicate(&at.child("type"), kind));
        }
        kinds.push(kind);
        limits(item, kind, &at, errors);
    }
}

fn limit_type(kind: &str, path: &Path, errors: &mut Errors) {
    let before = errors.len();
    check::name(kind, labels::qualified_name, path, errors);
    let known = ["Pod", "Container", "PersistentVolumeClaim"];
    if errors.len() == before && !kind.contains('/') && !known.contains(&kind) {
        errors.push(FieldError::invalid(path, kind, "must be a standard limit type or fully qualified"));
    }
}

fn limits(item: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let is_pod = kind == "Pod";
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        let at = path.child(field);
        if is_pod && field.starts_with("default") {
            if has(item, field) {
                errors.push(FieldError::forbidden(&at, "may not be specified when `type` is 'Pod'"));
            }
            continue;
        }
        if field == "maxLimitRequestRatio"
            && kind == "PersistentVolumeClaim"
            && !["min", "max"].iter().any(|bound| has(&item[*bound], "storage"))
        {
            let detail = "either minimum or maximum storage value is required, but neither was provided";
            errors.push(FieldError::required(&path.child("limits"), detail));
        }
        for (name, _) in entries(item, field) {
            if is_pod || kind == "Container" {
                resources::container_resource_name(name, &at.key(name), errors);
            } else {
                resources::resource_name(name, &at.key(name), errors);
            }
            names.insert(name);
        }
    }
    for name in names {
        bounds(item, name, is_pod, path, errors);
    }
}

/// Bounds and defaults of one resource have to fit one another.
fn bounds(item: &Value, name: &str, is_pod: bool, path: &Path, errors: &mut Errors) {
    let amount = |field: &str| {
        let hidden = is_pod && field.starts_with("default");
        item[field][name].as_str().filter(|_| !hidden).and_then(|text| Quantity::parse(text).ok())
    };
    // The lower and the upper field, their names, and the field that is complained about with the amount shown.
    for (low, high, low_words, high_words, blamed, shown) in [
        ("min", "max", "min value", "max value", "min", "min"),
        ("min", "defaultRequest", "min value", "default request value", "defaultRequest", "defaultRequest"),
        ("defaultRequest", "max", "default request value", "max value", "defaultRequest", "defaultRequest"),
        (
            "defaultRequest",
            "default",
            "default request value",
            "default limit value",
            "defaultRequest",
            "defaultRequest",
        ),
        ("min", "default", "min value", "default value", "default", "min"),
        ("default", "max", "default value", "max value", "default", "max"),
    ] {
        if let (Some(below), Some(above)) = (amount(low), amount(high))
            && below > above
        {
            let shown = if shown == low { below } else { above };
            let detail = format!("{low_words} {below} is greater than {high_words} {above}");
            let at = path.child(blamed).key(name);
            errors.push(FieldError::invalid(&at, &shown.to_string(), detail));
        }
    }
    ratio(
        amount("maxLimitRequestRatio"),
        amount("min"),
        amount("max"),
        &path.child("maxLimitRequestRatio").key(name),
        errors,
    );
    if let (Some(limit), Some(request)) = (amount("default"), amount("defaultRequest"))
        && !resources::may_overcommit(name)
        && limit != request
    {
        let detail = format!("default value {limit} must equal to defaultRequest value {request} in {name}");
        let at = path.child("defaultRequest").key(name);
        errors.push(FieldError::invalid(&at, &request.to_string(), detail));
    }
}

fn ratio(
    ratio: Option<Quantity>,
    min: Option<Quantity>,
    max: Option<Quantity>,
    path: &Path,
    errors: &mut Errors,
) {
    let Some(ratio) = ratio else { return };
    let shown = ratio.to_string();
    if ratio < Quantity::from_integer(1) {
        errors.push(FieldError::invalid(path, &shown, format!("ratio {shown} is less than 1")));
    }
    let (Some(min), Some(max)) = (min, max) else { return };
    let most = max.milli_value() as f64 / min.milli_value() as f64;
    if ratio.milli_value() as f64 / 1000.0 > most {
        let detail = format!("ratio {shown} is greater than max/min = {most:.6}");
        errors.push(FieldError::invalid(path, &shown, detail));
    }
}

pub(super) fn resource_quota(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    quota_spec(&object["spec"], errors);
}

fn quota_spec(spec: &Value, errors: &mut Errors) {
    let path = spec_path();
    for (name, amount) in entries(spec, "hard") {
        let at = path.child("hard").key(name);
        resources::quota_resource_name(name, &at, errors);
        resources::amount(name, amount.as_str().unwrap_or(""), &at, errors);
    }
    let scopes: Vec<_> = list(spec, "scopes").iter().filter_map(Value::as_str).collect();
    for scope in &scopes {
        for detail in scope_complaints(scope, spec) {
            errors.push(FieldError::invalid(&path.child("scopes"), &spec["scopes"], detail));
        }
    }
    conflicts(&scopes, spec, &path.child("scopes"), errors);
    let expressions = list(&spec["scopeSelector"], "matchExpressions");
    if has(spec, "scopeSelector") {
        let at = path.child("scopeSelector").child("matchExpressions");
        for expression in expressions {
            self::expression(expression, spec, &at, errors);
        }
        let scopes: Vec<_> = expressions.iter().map(|expression| text(expression, "scopeName")).collect();
        conflicts(&scopes, spec, &at, errors);
    }
}

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

/// A scope the server knows, and only resources that it can count in that scope.
fn scope_complaints(scope: &str, spec: &Value) -> Vec<&'static str> {
    let mut complaints = Vec::new();
    if !SCOPES.contains(&scope) {
        complaints.push("unsupported scope");
    }
    let compute = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    for (name, _) in entries(spec, "hard").filter(|(name, _)| resources::is_quota(name)) {
        let fits = match scope {
            "BestEffort" => name == "pods",
            "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
            scope if SCOPES.contains(&scope) => name == "pods" || compute.contains(&name),
            _ => true,
        };
        if !fits {
            complaints.push("unsupported scope applied to resource");
        }
    }
    complaints
}

fn conflicts(scopes: &[&str], spec: &Value, path: &Path, errors: &mut Errors) {
    for (left, right) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if scopes.contains(&left) && scopes.contains(&right) {
            errors.push(FieldError::invalid(path, &spec["scopes"], "conflicting scopes"));
        }
    }
}

fn expression(expression: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let (scope, operator) = (text(expression, "scopeName"), text(expression, "operator"));
    for detail in scope_complaints(scope, spec) {
        if detail == "unsupported scope" {
            errors.push(FieldError::invalid(&path.child("scopeName"), scope, detail));
        } else {
            errors.push(FieldError::invalid(path, &spec["scopeSelector"], detail));
        }
    }
    let only_exists = SCOPES.contains(&scope) && !matches!(scope, "PriorityClass" | "VolumeAttributesClass");
    if only_exists && operator != "Exists" {
        let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
        errors.push(FieldError::invalid(&path.child("operator"), operator, detail));
    }
    let at = path.child("values");
    match (operator, list(expression, "values").is_empty()) {
        ("In" | "NotIn", true) => {
            let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
            errors.push(FieldError::required(&at, detail));
        }
        ("Exists" | "DoesNotExist", false) => {
            let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
            errors.push(FieldError::invalid(&at, &expression["values"], detail));
        }
        ("In" | "NotIn" | "Exists" | "DoesNotExist", _) => {}
        _ => errors.push(FieldError::invalid(
            &path.child("operator"),
            operator,
            "not a valid selector operator",
        )),
    }
}

pub(super) fn resource_quota_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    quota_spec(&new["spec"], errors);
    let scopes = |object: &Value| {
        let mut scopes = list(&object["spec"], "scopes").iter().map(ToString::to_string).collect::<Vec<_>>();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    };
    if scopes(new) != scopes(old) {
        let at = spec_path().child("scopes");
        errors.push(FieldError::invalid(&at, &new["spec"]["scopes"], check::IMMUTABLE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(rule: fn(&Value, &mut Errors), spec: Value, expect: &[&str]) {
        let mut errors = Errors::new();
        rule(&json!({"metadata": {"name": "a", "namespace": "b"}, "spec": spec}), &mut errors);
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn limit_ranges() {
        let item = |item: Value, expect: &[&str]| check(limit_range, json!({"limits": [item]}), expect);
        item(json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "100m"}}), &[]);
        item(
            json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "2"}, "default": {"cpu": "3"}}),
            &[
                "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
                "spec.limits[0].default[cpu]: Invalid value: \"1\": default value 3 is greater than max value 1",
            ],
        );
        item(
            json!({"type": "Pod", "default": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "500m"}}),
            &[
                "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
                "spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: \"500m\": ratio 500m is less than 1",
            ],
        );
        item(
            json!({"type": "PersistentVolumeClaim"}),
            &[
                "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
            ],
        );
        item(
            json!({"type": "Node"}),
            &[
                "spec.limits[0].type: Invalid value: \"Node\": must be a standard limit type or fully qualified",
            ],
        );
        item(
            json!({"type": "Container", "max": {"storage": "1"}}),
            &[
                "spec.limits[0].max[storage]: Invalid value: \"storage\": must be a standard resource for containers",
            ],
        );
    }

    #[test]
    fn quotas() {
        check(
            resource_quota,
            json!({"hard": {"pods": "4", "requests.storage": "1Gi", "count/x.apps": "1"}}),
            &[],
        );
        check(
            resource_quota,
            json!({"hard": {"bananas": "1"}}),
            &[
                "spec.hard[bananas]: Invalid value: \"bananas\": must be a standard resource type or fully qualified",
                "spec.hard[bananas]: Invalid value: \"bananas\": must be a standard resource for quota",
            ],
        );
        check(
            resource_quota,
            json!({"hard": {"cpu": "1"}, "scopes": ["BestEffort"]}),
            &["spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource"],
        );
    }
}
