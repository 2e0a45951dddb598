//! The Service that gives a set's pods their names.

use serde_json::{Value, json};

use super::{Edit, Finding, Release};
use crate::api::label_selector;
use crate::api::read::{entries, list, text};

fn service_name(object: &Value) -> Option<&str> {
    (text(object, "kind") == "StatefulSet").then(|| text(&object["spec"], "serviceName"))
}

/// A headless Service that selects the set's pods.
fn headless(object: &Value, name: &str) -> Value {
    let ports: Vec<Value> = list(&object["spec"]["template"]["spec"], "containers")
        .iter()
        .flat_map(|container| list(container, "ports"))
        .filter(|port| !text(port, "name").is_empty())
        .map(|port| json!({"name": port["name"], "port": port["containerPort"], "targetPort": port["name"]}))
        .collect();
    let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"clusterIP": "None", "selector": object["spec"]["selector"]["matchLabels"]}});
    if !ports.is_empty() {
        service["spec"]["ports"] = Value::Array(ports);
    }
    service
}

/// No Service has the name that the set gives.
pub(super) fn missing(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    let set = text(&object["metadata"], "name");
    if name.is_empty() {
        let name = format!("{set}-headless");
        found.push(Finding {
            field: "spec.serviceName".into(),
            what: "The set names no governing Service".into(),
            consequence: "Its pods get no DNS names of their own, so members cannot find each other by name."
                .into(),
            see: "Apply the chart: the picture shows no name beside the pods.\n\
                  Looking a pod's name up from another pod gives NXDOMAIN."
                .into(),
            fix: "Add a headless Service and name it in spec.serviceName. The field cannot change later."
                .into(),
            edits: vec![
                Edit::set(object, "spec.serviceName", name.as_str().into()),
                Edit::Add(headless(object, &name)),
            ],
        });
    } else if release.find("Service", name, object).is_none() {
        found.push(Finding {
            field: "spec.serviceName".into(),
            what: format!("Service {name} is missing"),
            consequence: format!(
                "The set's serviceName points at it, and nobody makes it by itself. The pods run all the same, but \
                 {set}-0.{name} and the other names do not resolve, unless the Service exists already."
            ),
            see: format!(
                "Apply the chart and wait until the pods are ready.\n\
                 Look at their names in the picture: {set}-0.{name} stays dark."
            ),
            fix: format!("Add a headless Service {name} that selects the set's pods."),
            edits: vec![Edit::Add(headless(object, name))],
        });
    }
}

/// The Service has an address of its own.
pub(super) fn not_headless(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    let Some(service) = release.find("Service", name, object) else { return };
    if text(&service["spec"], "clusterIP") == "None" {
        return;
    }
    let edits = match text(&service["spec"], "type") {
        "" | "ClusterIP" => vec![Edit::set(service, "spec.clusterIP", json!("None"))],
        _ => Vec::new(),
    };
    found.push(Finding {
        field: "spec.serviceName".into(),
        what: format!("Governing Service {name} is not headless"),
        consequence:
            "Its own name resolves to one address that spreads requests over all pods. A client that asks for the \
             members gets no list of them."
                .into(),
        see: format!(
            "Apply the chart and wait until the pods are ready.\n\
             Look at Service {name}: it has one cluster IP, whichever pods are ready."
        ),
        fix: format!(
            "Set clusterIP: None on {name}, or add a headless Service beside it. A Service that exists must be \
             deleted first: the field cannot change."
        ),
        edits,
    });
}

/// The Service selects pods that are not the set's.
pub(super) fn selects_other_pods(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let Some(name) = service_name(object) else { return };
    let Some(service) = release.find("Service", name, object) else { return };
    let selector = &service["spec"]["selector"];
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    if !selector.is_object() || label_selector::matches_map(selector, labels) {
        return;
    }
    let edits = entries(&service["spec"], "selector")
        .filter(|(key, value)| labels.get(key) != Some(value))
        .map(|(key, _)| {
            let field = format!("spec.selector[{key}]");
            match labels.get(key) {
                Some(label) => Edit::set(service, &field, label.clone()),
                None => Edit::remove(service, &field),
            }
        });
    found.push(Finding {
        field: "spec.serviceName".into(),
        what: format!("Service {name} selects other pods"),
        consequence:
            "Its selector does not match the labels of the set's pods, so their names do not resolve.".into(),
        see: format!(
            "Apply the chart and wait until the pods are ready.\n\
             Look at Service {name}: it has no endpoint, and the pods' names stay dark."
        ),
        fix: format!("Give {name} the labels of the set's template as selector."),
        edits: edits.collect(),
    });
}
