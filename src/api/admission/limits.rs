//! LimitRanges: default requests and limits, and bounds on both.
//!
//! Mirrors the LimitRanger plugin.

use serde_json::Value;

use crate::api::quantity::Quantity;
use crate::api::read::{entries, list, text};
use crate::api::status::Status;
use crate::api::surroundings::Surroundings;

/// Fills in what the namespace's LimitRanges say for containers that say nothing, then checks the bounds.
pub(super) fn admit_pod(pod: &mut Value, world: &dyn Surroundings) -> Result<(), Status> {
    let ranges = world.list("LimitRange", text(&pod["metadata"], "namespace"));
    for range in &ranges {
        for item in list(&range["spec"], "limits").iter().filter(|item| text(item, "type") == "Container") {
            fill(pod, item);
        }
    }
    let mut complaints = Vec::new();
    for range in &ranges {
        for item in list(&range["spec"], "limits") {
            match text(item, "type") {
                "Container" => {
                    for container in
                        ["containers", "initContainers"].iter().flat_map(|field| list(&pod["spec"], field))
                    {
                        check(item, &container["resources"], "Container", &mut complaints);
                    }
                }
                "Pod" => check(item, &sum(pod), "Pod", &mut complaints),
                _ => {}
            }
        }
    }
    refuse("Pod", pod, complaints)
}

/// Checks the bounds for claims.
pub(super) fn admit_claim(claim: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    let mut complaints = Vec::new();
    for range in world.list("LimitRange", text(&claim["metadata"], "namespace")) {
        let items = list(&range["spec"], "limits").iter();
        for item in items.filter(|item| text(item, "type") == "PersistentVolumeClaim") {
            check(item, &claim["spec"]["resources"], "PersistentVolumeClaim", &mut complaints);
        }
    }
    refuse("PersistentVolumeClaim", claim, complaints)
}

fn refuse(kind: &str, object: &Value, complaints: Vec<String>) -> Result<(), Status> {
    let name = text(&object["metadata"], "name");
    match complaints.len() {
        0 => Ok(()),
        1 => Err(Status::forbidden(kind, "", name, &complaints[0])),
        _ => Err(Status::forbidden(kind, "", name, &format!("[{}]", complaints.join(", ")))),
    }
}

fn fill(pod: &mut Value, item: &Value) {
    for field in ["containers", "initContainers"] {
        for container in pod["spec"][field].as_array_mut().into_iter().flatten() {
            for (target, source) in [("limits", "default"), ("requests", "defaultRequest")] {
                for (name, amount) in entries(item, source) {
                    let resources = &mut container["resources"];
                    if resources[target][name].is_null() {
                        resources[target][name] = amount.clone();
                    }
                }
            }
        }
    }
}

fn sum(pod: &Value) -> Value {
    let mut total = serde_json::json!({});
    for field in ["requests", "limits"] {
        for container in list(&pod["spec"], "containers") {
            for (name, amount) in entries(&container["resources"], field) {
                let parse = |value: &Value| value.as_str().and_then(|text| Quantity::parse(text).ok());
                let more = parse(&total[field][name])
                    .unwrap_or(Quantity::ZERO)
                    .plus(parse(amount).unwrap_or(Quantity::ZERO));
                total[field][name] = more.to_string().into();
            }
        }
    }
    total
}

fn check(item: &Value, resources: &Value, kind: &str, complaints: &mut Vec<String>) {
    let amount =
        |list: &str, name: &str| resources[list][name].as_str().and_then(|text| Quantity::parse(text).ok());
    for (name, least) in entries(item, "min") {
        let Some(bound) = least.as_str().and_then(|text| Quantity::parse(text).ok()) else { continue };
        match amount("requests", name) {
            None => complaints
                .push(format!("minimum {name} usage per {kind} is {bound}.  No request is specified")),
            Some(request) if request < bound => {
                complaints
                    .push(format!("minimum {name} usage per {kind} is {bound}, but request is {request}"));
            }
            _ => {}
        }
    }
    for (name, most) in entries(item, "max") {
        let Some(bound) = most.as_str().and_then(|text| Quantity::parse(text).ok()) else { continue };
        let claim = kind == "PersistentVolumeClaim";
        match (amount(if claim { "requests" } else { "limits" }, name), amount("requests", name)) {
            (None, _) => {
                complaints.push(format!("maximum {name} usage per {kind} is {bound}.  No limit is specified"))
            }
            (Some(limit), _) if limit > bound => {
                let word = if claim { "request" } else { "limit" };
                complaints.push(format!("maximum {name} usage per {kind} is {bound}, but {word} is {limit}"));
            }
            _ => {}
        }
    }
}
