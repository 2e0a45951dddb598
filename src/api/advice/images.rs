//! Images of a workload's containers.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::image;
use crate::api::read::{list, text};

/// The tag `latest` means another image tomorrow.
pub(super) fn moving_tags(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    if !matches!(text(object, "kind"), "StatefulSet" | "Deployment" | "DaemonSet" | "ReplicaSet") {
        return;
    }
    for field in ["initContainers", "containers"] {
        for (index, container) in list(&object["spec"]["template"]["spec"], field).iter().enumerate() {
            let image = text(container, "image");
            if image::tag(image) != Some("latest") {
                continue;
            }
            found.push(Finding {
                field: format!("spec.template.spec.{field}[{index}].image"),
                what: format!("Container {} runs the tag latest", text(container, "name")),
                consequence: format!(
                    "{image} names another image once the tag moves. Pods of one revision then run different \
                     software, and a rollback brings nothing back."
                ),
                see: "Apply the chart, then delete one pod: its revision is the same, although a new image would \
                      have been pulled.\n\
                      Change the tag in the registry alone: Upgrade finds nothing to do."
                    .into(),
                fix: "Name a fixed tag, or a digest.".into(),
                edits: Vec::new(),
            });
        }
    }
}
