//! How updates roll out.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::read::{number, text};

/// Pods below the partition keep the old revision.
pub(super) fn partition_hides_update(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let spec = &object["spec"];
    let partition = number(&spec["updateStrategy"]["rollingUpdate"], "partition");
    let start = number(&spec["ordinals"], "start");
    if text(object, "kind") != "StatefulSet" || partition <= start {
        return;
    }
    let end = start + number(spec, "replicas");
    let consequence = if partition >= end {
        format!("With partition {partition} an update reaches no pod at all: every ordinal is below it")
    } else {
        format!(
            "With partition {partition} an update reaches only the ordinals from {partition}; the others stay old, even when they restart"
        )
    };
    found.push(Finding {
        field: "spec.updateStrategy.rollingUpdate.partition".into(),
        consequence,
        see: "Change the image and watch which pods restart.".into(),
        fix: "Lower the partition step by step to roll out, and set it to 0 when done.".into(),
    });
}
