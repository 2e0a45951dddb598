//! Claim templates of a set.

use serde_json::{Value, json};

use super::{Edit, Finding, Release, data};
use crate::api::read::{entries, list, text};

/// Labels that change with every release of a chart.
const CHANGING: [&str; 5] = ["version", "app.kubernetes.io/version", "helm.sh/chart", "chart", "heritage"];

/// The claim templates of a set, each with its index and name; none of another object.
pub(super) fn templates(object: &Value) -> impl Iterator<Item = (usize, &Value, &str)> + Clone {
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

/// Whether some container of the set has the volume.
pub(super) fn is_mounted(object: &Value, volume: &str) -> bool {
    let pod = &object["spec"]["template"]["spec"];
    ["containers", "initContainers"].iter().flat_map(|field| list(pod, field)).any(|container| {
        ["volumeMounts", "volumeDevices"]
            .iter()
            .flat_map(|field| list(container, field))
            .any(|mount| text(mount, "name") == volume)
    })
}

/// No container mounts the claim.
pub(super) fn mounted_nowhere(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    for (index, _, name) in templates(object).filter(|(_, _, name)| !is_mounted(object, name)) {
        found.push(Finding {
            field: format!("spec.volumeClaimTemplates[{index}].metadata.name"),
            what: format!("Claim {name} is mounted nowhere"),
            consequence:
                "Each pod gets its claim and the storage is paid for, but what the app writes stays in the container \
                 and dies with it."
                    .into(),
            see: "Apply the chart and wait until the pods are ready.\n\
                  Look at the claims below the pods: they stay empty.\n\
                  Delete a pod: it comes back without its data."
                .into(),
            fix: format!("Mount {name} where the app writes, or remove the claim template."),
            edits: data::mount_of(object, release, name),
        });
    }
}

/// A volume of the template has the claim's name.
pub(super) fn shadows_a_volume(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    let volumes = list(&object["spec"]["template"]["spec"], "volumes");
    for (index, _, name) in templates(object) {
        let Some(place) = volumes.iter().position(|volume| text(volume, "name") == name) else { continue };
        let is_free = |wanted: &str| {
            templates(object).all(|(_, _, other)| other != wanted)
                && volumes.iter().all(|volume| text(volume, "name") != wanted)
        };
        let edits = if is_free("data") {
            let field = format!("spec.volumeClaimTemplates[{index}].metadata.name");
            vec![Edit::set(object, &field, json!("data"))]
        } else {
            Vec::new()
        };
        found.push(Finding {
            field: format!("spec.template.spec.volumes[{place}].name"),
            what: format!("A claim takes the place of volume {name}"),
            consequence: format!(
                "The claim template has the same name, so every pod gets its claim where the volume {name} was meant \
                 to be. The volume is never used."
            ),
            see: format!(
                "Apply the chart and select a pod.\n\
                 Open the whole object: under volumes, {name} is a persistentVolumeClaim."
            ),
            fix: "Give the claim template a name of its own, and mount it under that name.".into(),
            edits,
        });
    }
}

/// A label that changes while claim templates cannot.
pub(super) fn version_labels(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    for (index, template, name) in templates(object) {
        for (label, _) in
            entries(&template["metadata"], "labels").filter(|(label, _)| CHANGING.contains(label))
        {
            let field = format!("spec.volumeClaimTemplates[{index}].metadata.labels[{label}]");
            found.push(Finding {
                what: format!("Claim {name} carries the label {label}"),
                consequence:
                    "The label's value changes with releases, but claim templates cannot change: the server refuses \
                     every such upgrade."
                        .into(),
                see: "Apply the chart.\nChange the chart's version, and open Upgrade: the set is refused.".into(),
                fix: format!("Remove {label} from the claim template's labels."),
                edits: vec![Edit::remove(object, &field)],
                field,
            });
        }
    }
}
