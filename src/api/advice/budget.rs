//! Budgets for disruptions.

use serde_json::{Value, json};

use super::{Edit, Finding, Release};
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
    let (field, enough) = match spec["maxUnavailable"].is_null() {
        true => ("minAvailable", json!(replicas - 1)),
        false => ("maxUnavailable", json!(1)),
    };
    found.push(Finding {
        field: format!("spec.{field}"),
        what: format!("Budget {} blocks every drain", text(&object["metadata"], "name")),
        consequence: format!(
            "It allows no disruption of its {replicas} pods, so a node that runs one of them can never be drained: \
             every eviction is refused."
        ),
        see: "Apply the chart and wait until every pod is ready.\n\
              Select the budget's object: status.disruptionsAllowed is 0."
            .into(),
        fix: "Leave room for one pod, for example maxUnavailable: 1.".into(),
        edits: if replicas > 1 { vec![Edit::set(object, &format!("spec.{field}"), enough)] } else { Vec::new() },
    });
}
