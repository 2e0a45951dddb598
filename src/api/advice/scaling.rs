//! Autoscalers over sets.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::read::text;

/// An ordered set follows its autoscaler one ready pod at a time.
pub(super) fn ordered_ready(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let target = &object["spec"]["scaleTargetRef"];
    if text(object, "kind") != "HorizontalPodAutoscaler" || text(target, "kind") != "StatefulSet" {
        return;
    }
    let Some(set) = release.find("StatefulSet", text(target, "name"), object) else { return };
    if text(&set["spec"], "podManagementPolicy") == "Parallel" {
        return;
    }
    found.push(Finding {
        field: "spec.scaleTargetRef".into(),
        consequence: "The set scales one pod at a time and waits for each to be ready, so the autoscaler's load peak is over before the pods are there".into(),
        see: "Let one pod fail its readiness probe while the autoscaler asks for more: nothing is added.".into(),
        fix: "Use podManagementPolicy: Parallel if the application can start its members in any order.".into(),
    });
}
