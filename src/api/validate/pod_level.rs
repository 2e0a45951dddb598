//! Rules for the requests and limits of a whole pod.
//!
//! Mirrors `validatePodResources` and `validatePodResourceConsistency`.

use serde_json::Value;

use super::resources::{is_huge_page, pod_resource_name, validate as requirements};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};

/// The pod's own amounts, which hold for all of its containers together.
pub(super) fn validate(spec: &Value, path: &Path, errors: &mut Errors) {
    let own = &spec["resources"];
    if own.is_null() {
        return;
    }
    if text(&spec["os"], "name") == "windows" {
        errors.push(FieldError::forbidden(path, "may not be set for a windows pod"));
        return;
    }
    if has(own, "claims") {
        let detail = "claims may not be set for Resources at pod-level";
        errors.push(FieldError::forbidden(&path.child("claims"), detail));
    }
    requirements(own, pod_resource_name, path, errors);
    for field in ["requests", "limits"] {
        for (name, amount) in
            entries(own, field).filter(|(name, _)| field == "requests" || is_huge_page(name))
        {
            let (amount, sum) = (amount.as_str().unwrap_or(""), aggregate(spec, field, name));
            if Quantity::parse(amount).is_ok_and(|amount| sum > amount) {
                let detail = format!("must be greater than or equal to aggregate container {field} of {sum}");
                errors.push(FieldError::invalid(&path.child(field).key(name), amount, detail));
            }
        }
    }
    for (index, container) in list(spec, "containers").iter().enumerate() {
        for (name, limit) in entries(&container["resources"], "limits") {
            let Some(whole) = own["limits"][name].as_str() else { continue };
            let limit = limit.as_str().unwrap_or("");
            if let (Ok(part), Ok(all)) = (Quantity::parse(limit), Quantity::parse(whole))
                && part > all
            {
                let at = path.child("containers").index(index).key(name).child("limits");
                let detail = format!("must be less than or equal to pod limits of {whole}");
                errors.push(FieldError::invalid(&at, limit, detail));
            }
        }
    }
}

/// What the containers need at most at one time: those that run side by side together, or one that runs before them
/// with the sidecars that have started by then.
pub(crate) fn aggregate(spec: &Value, field: &str, name: &str) -> Quantity {
    let amount = |container: &Value| {
        let amount = container["resources"][field][name].as_str();
        amount.and_then(|text| Quantity::parse(text).ok()).unwrap_or(Quantity::ZERO)
    };
    let beside = list(spec, "containers").iter().map(amount).fold(Quantity::ZERO, Quantity::plus);
    let (mut sidecars, mut peak) = (Quantity::ZERO, Quantity::ZERO);
    for container in list(spec, "initContainers") {
        let now = sidecars.plus(amount(container));
        if text(container, "restartPolicy") == "Always" {
            sidecars = now;
        }
        peak = peak.max(now);
    }
    beside.plus(sidecars).max(peak)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(spec: Value, expected: &[&str]) {
        crate::api::validate::check::finds(|errors| validate(&spec, &Path::new("r"), errors), expected);
    }

    #[test]
    fn containers_fit_into_the_pod() {
        let cpu = |amount: &str| json!({"requests": {"cpu": amount}, "limits": {"cpu": amount}});
        let spec = |whole: Value, init: Value| {
            json!({"resources": whole, "initContainers": [init],
                "containers": [{"resources": cpu("1")}, {"resources": cpu("2")}]})
        };
        check(spec(cpu("3"), json!({})), &[]);
        check(
            spec(cpu("3"), json!({"resources": cpu("1"), "restartPolicy": "Always"})),
            &[
                "r.requests[cpu]: Invalid value: \"3\": must be greater than or equal to aggregate container requests of 4",
            ],
        );
        check(
            spec(cpu("3"), json!({"resources": cpu("5")})),
            &[
                "r.requests[cpu]: Invalid value: \"3\": must be greater than or equal to aggregate container requests of 5",
            ],
        );
        check(
            spec(json!({"limits": {"cpu": "1"}, "claims": []}), json!({})),
            &[
                "r.claims: Forbidden: claims may not be set for Resources at pod-level",
                "r.containers[1][cpu].limits: Invalid value: \"2\": must be less than or equal to pod limits of 1",
            ],
        );
        check(
            json!({"os": {"name": "windows"}, "resources": cpu("1")}),
            &["r: Forbidden: may not be set for a windows pod"],
        );
    }
}
