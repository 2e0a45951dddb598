//! How replicas spread over nodes.

use serde_json::{Value, json};

use super::{Edit, Finding, Release};
use crate::api::read::{has, list, number, text};

/// Nothing keeps the replicas off the same node.
pub(super) fn all_on_one_node(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let (spec, pod) = (&object["spec"], &object["spec"]["template"]["spec"]);
    let replicas = number(spec, "replicas");
    let spreads =
        has(&pod["affinity"], "podAntiAffinity") || !list(pod, "topologySpreadConstraints").is_empty();
    if text(object, "kind") != "StatefulSet" || replicas < 2 || spreads {
        return;
    }
    let apart = json!([{"weight": 100, "podAffinityTerm":
        {"labelSelector": {"matchLabels": spec["selector"]["matchLabels"]}, "topologyKey": "kubernetes.io/hostname"}}]);
    let edit = match has(pod, "affinity") {
        false => Edit::set(
            object,
            "spec.template.spec.affinity",
            json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": apart}}),
        ),
        true => Edit::set(
            object,
            "spec.template.spec.affinity.podAntiAffinity",
            json!({"preferredDuringSchedulingIgnoredDuringExecution": apart}),
        ),
    };
    found.push(Finding {
        field: "spec.template.spec".into(),
        what: format!("Nothing keeps the {replicas} replicas apart"),
        consequence:
            "The scheduler may place all of them on one node, whose failure then takes every member at once."
                .into(),
        see: "Apply the chart and look at the node on each pod's card.\n\
              Select a node with several pods and lose it: they all go."
            .into(),
        fix: "Ask for podAntiAffinity or a topologySpreadConstraint over kubernetes.io/hostname.".into(),
        edits: vec![edit],
    });
}
