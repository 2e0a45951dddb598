//! Rules for amounts of resources.
//!
//! Mirrors `validateResourceRequirements` and `ValidateResourceQuantityValue`. The server walks these maps in random
//! order; here they are walked by name.

use serde_json::{Value, json};

use super::check::{self, NEGATIVE};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};

const COMPUTE: [&str; 9] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];
/// Resources that count objects, so that their amounts are whole.
const COUNTS: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

pub(super) fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// A resource that nodes advertise beyond the standard ones.
fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && labels::qualified_name(&format!("requests.{name}")).is_empty()
}

pub(super) fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

fn is_standard(name: &str) -> bool {
    COMPUTE.contains(&name)
        || COUNTS.contains(&name)
        || is_huge_page(name)
        || name.starts_with("requests.hugepages-")
        || matches!(name, "storage" | "requests.storage")
}

/// Whether a quota may bound a resource without a prefix.
pub(super) fn is_quota(name: &str) -> bool {
    (is_standard(name) && name != "storage") || name.starts_with("requests.hugepages-")
}

/// The name of any resource.
pub(super) fn resource_name(name: &str, path: &Path, errors: &mut Errors) {
    let before = errors.len();
    check::name(name, labels::qualified_name, path, errors);
    if errors.len() == before && !name.contains('/') && !is_standard(name) {
        errors.push(FieldError::invalid(path, name, "must be a standard resource type or fully qualified"));
    }
}

/// The name of a resource that a quota bounds.
pub(super) fn quota_resource_name(name: &str, path: &Path, errors: &mut Errors) {
    resource_name(name, path, errors);
    if !name.contains('/') && !is_quota(name) {
        errors.push(FieldError::invalid(path, name, "must be a standard resource for quota"));
    }
}

/// The name of a resource that a container has.
pub(super) fn container_resource_name(name: &str, path: &Path, errors: &mut Errors) {
    resource_name(name, path, errors);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(name) {
            errors.push(FieldError::invalid(path, name, "must be a standard resource for containers"));
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.push(FieldError::invalid(path, name, "doesn't follow extended resource name standard"));
    }
}

/// The resources that a whole pod can ask for.
pub(super) fn pod_resource_name(name: &str, path: &Path, errors: &mut Errors) {
    let before = errors.len();
    resource_name(name, path, errors);
    if errors.len() == before && !matches!(name, "cpu" | "memory") && !is_huge_page(name) {
        errors.push(FieldError::not_supported(path, name, &["cpu", "hugepages-", "memory"]));
    }
}

/// An amount that is not negative, and whole where the resource counts things.
pub(super) fn amount(name: &str, value: &str, path: &Path, errors: &mut Errors) {
    let Ok(quantity) = Quantity::parse(value) else { return };
    if quantity.is_negative() {
        errors.push(FieldError::invalid(path, value, NEGATIVE));
    }
    if (is_extended(name) || COUNTS.contains(&name)) && !quantity.is_integer() {
        errors.push(FieldError::invalid(path, value, "must be an integer"));
    }
}

/// Requests and limits of a container.
pub(super) fn container(requirements: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    validate(requirements, container_resource_name, path, errors);
    claims(requirements, spec, &path.child("claims"), errors);
}

pub(super) type NameRule = fn(&str, &Path, &mut Errors);

/// Rules for requests and limits whose names follow `rule`.
pub(super) fn validate(requirements: &Value, rule: NameRule, path: &Path, errors: &mut Errors) {
    let (limits, requests) = (path.child("limits"), path.child("requests"));
    let (mut has_compute, mut has_pages) = (false, false);
    for (name, value) in entries(requirements, "limits") {
        let at = limits.key(name);
        rule(name, &at, errors);
        one(name, value.as_str().unwrap_or(""), &at, errors);
        has_pages |= is_huge_page(name);
        has_compute |= matches!(name, "cpu" | "memory");
    }
    for (name, value) in entries(requirements, "requests") {
        let (at, value) = (requests.key(name), value.as_str().unwrap_or(""));
        rule(name, &at, errors);
        amount(name, value, &at, errors);
        let limit = requirements["limits"][name].as_str();
        match (Quantity::parse(value), limit.map(|limit| (limit, Quantity::parse(limit)))) {
            (Ok(request), Some((text, Ok(limit)))) => {
                if request != limit && !may_overcommit(name) {
                    let detail = format!("must be equal to {name} limit of {text}");
                    errors.push(FieldError::invalid(&requests, value, detail));
                } else if request > limit {
                    let detail = format!("must be less than or equal to {name} limit of {text}");
                    errors.push(FieldError::invalid(&requests, value, detail));
                }
            }
            (_, None) if !may_overcommit(name) => {
                errors.push(FieldError::required(
                    &limits,
                    "Limit must be set for non overcommitable resources",
                ));
            }
            _ => {}
        }
        pages(name, value, &at, errors);
        has_pages |= is_huge_page(name);
        has_compute |= matches!(name, "cpu" | "memory");
    }
    if has_pages && !has_compute {
        errors.push(FieldError::forbidden(path, "HugePages require cpu or memory"));
    }
}

fn one(name: &str, value: &str, path: &Path, errors: &mut Errors) {
    amount(name, value, path, errors);
    pages(name, value, path, errors);
}

/// Huge pages come whole.
fn pages(name: &str, value: &str, path: &Path, errors: &mut Errors) {
    let Some(size) = name.strip_prefix("hugepages-") else { return };
    let Ok(amount) = Quantity::parse(value) else { return };
    let size = Quantity::parse(size).ok().filter(Quantity::is_integer).map_or(0, |size| size.value());
    if size <= 0 || amount.value() % size != 0 {
        let detail = format!("{value} is not positive integer multiple of {name}");
        errors.push(FieldError::invalid(path, value, detail));
    }
}

fn claims(requirements: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    if !has(requirements, "claims") {
        return;
    }
    let mut known: Vec<_> = list(spec, "resourceClaims").iter().map(|claim| text(claim, "name")).collect();
    known.sort_unstable();
    known.dedup();
    let mut seen: Vec<String> = Vec::new();
    for (index, claim) in list(requirements, "claims").iter().enumerate() {
        let (at, name, request) = (path.index(index), text(claim, "name"), text(claim, "request"));
        if name.is_empty() {
            errors.push(FieldError::required(&at, ""));
            continue;
        }
        let mut key = name.to_owned();
        if !request.is_empty() {
            check::name(request, names::dns_label, &at.child("request"), errors);
            key = format!("{name}/{request}");
        }
        if seen.contains(&key) {
            errors.push(FieldError::duplicate(&at, &key));
        } else {
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut error = FieldError::not_found(&at, name);
            error.detail = "must be one of the names in pod.spec.resourceClaims".to_owned();
            error.detail.push_str(&if known.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", known.join(", "))
            });
            errors.push(error);
        }
    }
}

/// What running a pod costs beyond its containers.
pub(super) fn overhead(overhead: &Value, path: &Path, errors: &mut Errors) {
    if !overhead.is_null() {
        validate(&json!({"limits": overhead}), container_resource_name, path, errors);
    }
}

/// Whether a container restarts when its amounts change.
pub(super) fn resize_policy(container: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, policy) in list(container, "resizePolicy").iter().enumerate() {
        let (name, restart) = (text(policy, "resourceName"), text(policy, "restartPolicy"));
        if seen.contains(&name) {
            errors.push(FieldError::duplicate(&path.index(index), name));
        }
        seen.push(name);
        for (value, known) in [(name, ["cpu", "memory"]), (restart, ["NotRequired", "RestartContainer"])] {
            if value.is_empty() {
                errors.push(FieldError::required(path, ""));
            } else if !known.contains(&value) {
                errors.push(FieldError::not_supported(path, value, &known));
            }
        }
        if text(spec, "restartPolicy") == "Never" && restart != "NotRequired" {
            errors.push(FieldError::invalid(
                path,
                restart,
                "must be 'NotRequired' when `restartPolicy` is 'Never'",
            ));
        }
    }
}
