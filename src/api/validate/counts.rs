//! Rules for the counts in the status that a controller reports.
//!
//! Mirrors `ValidateDeploymentStatusUpdate`, `ValidateReplicaSetStatusUpdate` and `ValidateDaemonSetStatusUpdate`.

use serde_json::Value;

use super::check::not_negative;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::read::number;

/// What each kind counts in its status, and by which count none of the rest may be exceeded.
const COUNTS: [(&str, &[&str], &[&str]); 3] = [
    (
        "Deployment",
        &[
            "observedGeneration",
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "terminatingReplicas",
            "unavailableReplicas",
            "collisionCount",
        ],
        &["updatedReplicas", "readyReplicas", "availableReplicas"],
    ),
    (
        "ReplicaSet",
        &[
            "replicas",
            "fullyLabeledReplicas",
            "readyReplicas",
            "availableReplicas",
            "terminatingReplicas",
            "observedGeneration",
        ],
        &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    ),
    (
        "DaemonSet",
        &[
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
            "observedGeneration",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberUnavailable",
            "collisionCount",
        ],
        &[],
    ),
];

/// Rules for the status that a controller reports.
pub(super) fn validate(kind: &str, new: &Value, old: &Value, errors: &mut Errors) {
    let Some((_, counts, bounded)) = COUNTS.iter().find(|(known, _, _)| *known == kind) else { return };
    let (status, path) = (&new["status"], Path::new("status"));
    for field in *counts {
        not_negative(status, field, &path, errors);
    }
    for field in *bounded {
        let value = number(status, field);
        if value > number(status, "replicas") {
            let detail = "cannot be greater than status.replicas";
            errors.push(FieldError::invalid(&path.child(field), value, detail));
        }
    }
    let available = number(status, "availableReplicas");
    if available > number(status, "readyReplicas") {
        let detail = "cannot be greater than readyReplicas";
        errors.push(FieldError::invalid(&path.child("availableReplicas"), available, detail));
    }
    collisions(status, &old["status"], &path, errors);
}

/// The count of name collisions only grows.
pub(super) fn collisions(status: &Value, before: &Value, path: &Path, errors: &mut Errors) {
    if let Some(old) = before["collisionCount"].as_i64()
        && number(status, "collisionCount") < old
    {
        let new = number(status, "collisionCount");
        errors.push(FieldError::invalid(&path.child("collisionCount"), new, "cannot be decremented"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn counts_stay_within_one_another() {
        let status = |new: Value| {
            move |errors: &mut Errors| {
                let old = json!({"status": {"collisionCount": 2}});
                validate("Deployment", &json!({"status": new}), &old, errors);
            }
        };
        finds(status(json!({"replicas": 2, "readyReplicas": 2, "collisionCount": 2})), &[]);
        finds(
            status(json!({"replicas": 1, "readyReplicas": 2, "availableReplicas": 3, "collisionCount": 1})),
            &[
                "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
                "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
                "status.collisionCount: Invalid value: 1: cannot be decremented",
            ],
        );
    }
}
