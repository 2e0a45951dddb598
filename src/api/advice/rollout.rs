//! How updates roll out.

use serde_json::{Value, json};

use super::{Edit, Finding, Release};
use crate::api::read::{number, text};

/// Pods below the partition keep the old revision.
pub(super) fn partition_hides_update(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let spec = &object["spec"];
    let partition = number(&spec["updateStrategy"]["rollingUpdate"], "partition");
    let start = number(&spec["ordinals"], "start");
    if text(object, "kind") != "StatefulSet" || partition <= start {
        return;
    }
    let reach = if partition >= start + number(spec, "replicas") {
        "reaches no pod at all: every ordinal is below it".to_owned()
    } else {
        format!("reaches only the ordinals from {partition}: the others stay old, even when they restart")
    };
    let field = "spec.updateStrategy.rollingUpdate.partition";
    found.push(Finding {
        field: field.into(),
        what: format!("Partition {partition} holds the next update back"),
        consequence: format!("An update {reach}."),
        see: "Apply the chart, change the image's tag and open Upgrade: it says which pods restart and which stay."
            .into(),
        fix: "Lower the partition step by step while you roll out, and leave it at 0.".into(),
        edits: vec![Edit::set(object, field, json!(0))],
    });
}
