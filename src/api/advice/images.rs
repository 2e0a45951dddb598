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
            let name = text(container, "name");
            found.push(Finding {
                field: format!("spec.template.spec.{field}[{index}].image"),
                consequence: format!("The image {image} of container {name} has a moving tag: pods started on different days run different software under one revision"),
                see: "Delete one pod after the tag has moved: it comes back with the new image, the others keep the old.".into(),
                fix: "Name a fixed tag or a digest.".into(),
            });
        }
    }
}
