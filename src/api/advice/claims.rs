//! Claim templates of a set.

use serde_json::Value;

use super::{Finding, Release};
use crate::api::read::{entries, list, text};

/// Labels that change with every release of a chart.
const CHANGING: [&str; 5] = ["version", "app.kubernetes.io/version", "helm.sh/chart", "chart", "heritage"];

fn templates(object: &Value) -> impl Iterator<Item = (usize, &Value, &str)> {
    let templates = if text(object, "kind") == "StatefulSet" {
        list(&object["spec"], "volumeClaimTemplates")
    } else {
        &[]
    };
    templates
        .iter()
        .enumerate()
        .map(|(index, template)| (index, template, text(&template["metadata"], "name")))
}

/// No container mounts the claim.
pub(super) fn mounted_nowhere(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let pod = &object["spec"]["template"]["spec"];
    let mounts = |name: &str| {
        ["containers", "initContainers"].iter().flat_map(|field| list(pod, field)).any(|container| {
            ["volumeMounts", "volumeDevices"]
                .iter()
                .flat_map(|field| list(container, field))
                .any(|mount| text(mount, "name") == name)
        })
    };
    for (index, _, name) in templates(object).filter(|(_, _, name)| !mounts(name)) {
        found.push(Finding {
            field: format!("spec.volumeClaimTemplates[{index}].metadata.name"),
            consequence: format!("Claim {name} is mounted nowhere: storage is paid for, and the data still dies with the container"),
            see: "Write a file, delete the pod, and look for the file when the pod is back.".into(),
            fix: format!("Mount {name} in a container, or remove the claim template."),
        });
    }
}

/// A volume of the template has the claim's name.
pub(super) fn shadows_a_volume(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let volumes = list(&object["spec"]["template"]["spec"], "volumes");
    for (_, _, name) in templates(object) {
        let Some(place) = volumes.iter().position(|volume| text(volume, "name") == name) else { continue };
        found.push(Finding {
            field: format!("spec.template.spec.volumes[{place}].name"),
            consequence: format!(
                "Volume {name} is never used: the claim of the same name takes its place in every pod"
            ),
            see: format!("Look at a pod of the set: its volume {name} is the claim."),
            fix: "Give the volume or the claim template another name.".into(),
        });
    }
}

/// A label that changes while claim templates cannot.
pub(super) fn version_labels(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    for (index, template, name) in templates(object) {
        for (label, _) in
            entries(&template["metadata"], "labels").filter(|(label, _)| CHANGING.contains(label))
        {
            found.push(Finding {
                field: format!("spec.volumeClaimTemplates[{index}].metadata.labels"),
                consequence: format!("The label {label} of claim {name} changes with releases, and the server refuses every such upgrade"),
                see: "Change the label's value and apply: updates to claim templates are forbidden.".into(),
                fix: format!("Remove {label} from the claim template's labels."),
            });
        }
    }
}
