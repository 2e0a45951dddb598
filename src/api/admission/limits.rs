//! LimitRanges: default requests and limits, and bounds on both.
//!
//! Mirrors the LimitRanger plugin, which fills in before the kind's rules and checks after them.

use serde_json::{Value, json};

use crate::api::quantity::Quantity;
use crate::api::read::{entries, list, text};
use crate::api::status::Status;
use crate::api::surroundings::Surroundings;
use crate::api::validate::aggregate;

/// The kind of bounds on claims, which have no limits.
const CLAIM: &str = "PersistentVolumeClaim";

fn ranges(object: &Value, world: &dyn Surroundings) -> Vec<Value> {
    world.list("LimitRange", text(&object["metadata"], "namespace"))
}

fn items<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    list(&range["spec"], "limits").iter().filter(move |item| text(item, "type") == kind)
}

/// Fills in what the namespace's LimitRanges say for containers that say nothing, and notes it down.
pub(super) fn fill_pod(pod: &mut Value, world: &dyn Surroundings) {
    for range in ranges(pod, world) {
        let mut notes = Vec::new();
        for (field, what) in [("containers", "container"), ("initContainers", "init container")] {
            for container in pod["spec"][field].as_array_mut().into_iter().flatten() {
                fill(container, &range, what, &mut notes);
            }
        }
        if !notes.is_empty() {
            let note = format!("LimitRanger plugin set: {}", notes.join("; "));
            pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"] = note.into();
        }
    }
}

fn fill(container: &mut Value, range: &Value, what: &str, notes: &mut Vec<String>) {
    for (target, source, word) in [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
    {
        let mut names: Vec<&str> = Vec::new();
        for (name, amount) in items(range, "Container").flat_map(|item| entries(item, source)) {
            let resources = &mut container["resources"];
            if resources[target][name].is_null() {
                resources[target][name] = amount.clone();
                names.push(name);
            }
        }
        names.sort_unstable();
        if !names.is_empty() {
            notes.push(format!("{} {word} for {what} {}", names.join(", "), text(container, "name")));
        }
    }
}

/// Checks the bounds for the containers of a pod and for all of them together.
pub(super) fn check_pod(pod: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    for range in ranges(pod, world) {
        let mut complaints = Vec::new();
        for item in list(&range["spec"], "limits") {
            match text(item, "type") {
                "Container" => {
                    let fields = ["containers", "initContainers"];
                    for container in fields.iter().flat_map(|field| list(&pod["spec"], field)) {
                        check(item, &container["resources"], "Container", &mut complaints);
                    }
                }
                "Pod" => check(item, &whole(&pod["spec"]), "Pod", &mut complaints),
                _ => {}
            }
        }
        refuse("Pod", pod, complaints)?;
    }
    Ok(())
}

/// Checks the bounds for claims.
pub(super) fn check_claim(claim: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    for range in ranges(claim, world) {
        let mut complaints = Vec::new();
        for item in items(&range, CLAIM) {
            check(item, &claim["spec"]["resources"], CLAIM, &mut complaints);
        }
        refuse(CLAIM, claim, complaints)?;
    }
    Ok(())
}

fn refuse(kind: &str, object: &Value, complaints: Vec<String>) -> Result<(), Status> {
    let name = text(&object["metadata"], "name");
    let mut different: Vec<&str> = Vec::new();
    for complaint in &complaints {
        if !different.contains(&complaint.as_str()) {
            different.push(complaint);
        }
    }
    match different.as_slice() {
        [] => Ok(()),
        [one] => Err(Status::forbidden(kind, "", name, one)),
        several => Err(Status::forbidden(kind, "", name, &format!("[{}]", several.join(", ")))),
    }
}

/// What a pod asks for as a whole: its own amounts, or those of its containers.
pub(super) fn whole(spec: &Value) -> Value {
    let mut total = json!({});
    for field in ["requests", "limits"] {
        let containers = ["containers", "initContainers"].iter().flat_map(|part| list(spec, part));
        for (name, _) in containers.flat_map(|container| entries(&container["resources"], field)) {
            if total[field][name].is_null() {
                total[field][name] = aggregate(spec, field, name).to_string().into();
            }
        }
        for (name, amount) in entries(&spec["resources"], field) {
            total[field][name] = amount.clone();
        }
    }
    total
}

fn amount(text: &Value) -> Option<Quantity> {
    text.as_str().and_then(|text| Quantity::parse(text).ok())
}

fn check(item: &Value, resources: &Value, kind: &str, complaints: &mut Vec<String>) {
    let bounds = ["min", "max", "maxLimitRequestRatio"].into_iter();
    for (word, name, bound) in
        bounds.flat_map(|word| entries(item, word).map(move |(name, bound)| (word, name, bound)))
    {
        let Some(bound) = amount(bound) else { continue };
        let request = amount(&resources["requests"][name]);
        let limit = amount(&resources["limits"][name]).filter(|_| kind != CLAIM);
        complaints.extend(
            match word {
                "min" => below(request, limit, bound),
                "max" if kind == CLAIM => above(request, "request", None, bound),
                "max" => above(limit, "limit", request, bound),
                _ => ratio(request, limit, bound)
                    .map(|why| format!("{name} max limit to request ratio per {kind} is {bound}, but {why}")),
            }
            .map(|why| match word {
                "min" => format!("minimum {name} usage per {kind} is {bound}{why}"),
                "max" => format!("maximum {name} usage per {kind} is {bound}{why}"),
                _ => why,
            }),
        );
    }
}

fn below(request: Option<Quantity>, limit: Option<Quantity>, bound: Quantity) -> Option<String> {
    match (request, limit) {
        (None, _) => Some(".  No request is specified".to_owned()),
        (Some(request), _) if request < bound => Some(format!(", but request is {request}")),
        (_, Some(limit)) if limit < bound => Some(format!(", but limit is {limit}")),
        _ => None,
    }
}

fn above(first: Option<Quantity>, word: &str, request: Option<Quantity>, bound: Quantity) -> Option<String> {
    match (first, request) {
        (None, _) => Some(format!(".  No {word} is specified")),
        (Some(first), _) if first > bound => Some(format!(", but {word} is {first}")),
        (_, Some(request)) if request > bound => Some(format!(", but request is {request}")),
        _ => None,
    }
}

fn ratio(request: Option<Quantity>, limit: Option<Quantity>, bound: Quantity) -> Option<String> {
    let Some(request) = request.filter(|request| !request.is_zero()) else {
        return Some("no request is specified or request is 0".to_owned());
    };
    let Some(limit) = limit.filter(|limit| !limit.is_zero()) else {
        return Some("no limit is specified or limit is 0".to_owned());
    };
    let ratio = limit.milli_value() as f64 / request.milli_value() as f64;
    (ratio * 1000.0 > bound.milli_value() as f64).then(|| format!("provided ratio is {ratio:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_item(item: Value, resources: Value, expected: &[&str]) {
        let mut complaints = Vec::new();
        check(&item, &resources, "Container", &mut complaints);
        assert_eq!(complaints, expected);
    }

    #[test]
    fn amounts_stay_within_bounds() {
        let of = |request: &str, limit: &str| json!({"requests": {"cpu": request}, "limits": {"cpu": limit}});
        let item = json!({"min": {"cpu": "100m"}, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "4"}});
        check_item(item.clone(), of("500m", "1"), &[]);
        check_item(
            item.clone(),
            of("50m", "1"),
            &[
                "minimum cpu usage per Container is 100m, but request is 50m",
                "cpu max limit to request ratio per Container is 4, but provided ratio is 20.000000",
            ],
        );
        check_item(item.clone(), of("1", "3"), &["maximum cpu usage per Container is 2, but limit is 3"]);
        check_item(
            item,
            json!({}),
            &[
                "minimum cpu usage per Container is 100m.  No request is specified",
                "maximum cpu usage per Container is 2.  No limit is specified",
                "cpu max limit to request ratio per Container is 4, but no request is specified or request is 0",
            ],
        );
    }

    #[test]
    fn what_is_filled_in_is_noted_down() {
        let item = json!({"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"memory": "1Gi", "cpu": "1"}});
        let range = json!({"spec": {"limits": [item]}});
        let mut container = json!({"name": "a", "resources": {"requests": {"cpu": "2"}}});
        let mut notes = Vec::new();
        fill(&mut container, &range, "container", &mut notes);
        assert_eq!(notes, ["memory request for container a", "cpu limit for container a"]);
        assert_eq!(container["resources"]["requests"], json!({"cpu": "2", "memory": "1Gi"}));
    }
}
