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
        what: "The autoscaler scales an OrderedReady set".into(),
        consequence:
            "The set adds one pod at a time and waits for each to be ready: the load is over before the pods are \
             there, and one pod that is not ready stops all scaling."
                .into(),
        see: "Apply the chart, break a pod with Fail readiness and scale the set up: no pod is added.".into(),
        fix: "Use podManagementPolicy: Parallel if the members can start in any order. A set that exists must be \
              deleted with --cascade=orphan first: the field cannot change."
            .into(),
        edits: Vec::new(),
    });
}
