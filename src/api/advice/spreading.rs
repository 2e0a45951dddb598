//! How replicas spread over nodes.

use serde_json::Value;

use super::{Finding, Release};
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
    found.push(Finding {
        field: "spec.template.spec".into(),
        consequence: format!(
            "Nothing keeps the {replicas} replicas apart: one node's failure can take all of them"
        ),
        see: "Stop the node that runs several of the pods.".into(),
        fix: "Add podAntiAffinity or a topologySpreadConstraint over kubernetes.io/hostname.".into(),
    });
}
