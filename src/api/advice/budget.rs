//! Budgets for disruptions.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::int_or_string::IntOrString;
use crate::api::label_selector;
use crate::api::read::{number, text};

/// The budget leaves no pod that may go.
pub(super) fn blocks_every_drain(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    if text(object, "kind") != "PodDisruptionBudget" {
        return;
    }
    let spec = &object["spec"];
    let replicas: i64 = ["StatefulSet", "Deployment", "ReplicaSet"]
        .iter()
        .flat_map(|kind| release.of_kind(kind, object))
        .filter(|workload| {
            label_selector::matches(&spec["selector"], &workload["spec"]["template"]["metadata"]["labels"])
        })
        .map(|workload| number(&workload["spec"], "replicas"))
        .sum();
    let scaled = |field: &str| IntOrString::of(&spec[field]).and_then(|value| value.scaled(replicas, true));
    let allowed = scaled("maxUnavailable").or(scaled("minAvailable").map(|least| replicas - least));
    if replicas == 0 || allowed.is_none_or(|allowed| allowed > 0) {
        return;
    }
    let field = if spec["maxUnavailable"].is_null() { "minAvailable" } else { "maxUnavailable" };
    found.push(Finding {
        field: format!("spec.{field}"),
        consequence: format!("This budget allows no disruption of its {replicas} pods: no node that runs one can ever be drained"),
        see: "Drain a node: the eviction is refused again and again.".into(),
        fix: "Leave room for at least one pod, for example maxUnavailable: 1.".into(),
    });
}
