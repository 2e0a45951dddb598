//! The selected object in a few facts, and the commands that would show it.

use serde_json::Value;

use super::object::{ObjectKey, condition, controller, label, list, number, text};

/// What the drawer says about an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetailsView {
    /// Name and value, in the order to read.
    pub facts: Vec<(&'static str, String)>,
    /// What `kubectl` would be asked.
    pub commands: Vec<String>,
}

/// The details of an object.
pub fn details(object: &Value) -> DetailsView {
    let key = ObjectKey::of(object);
    let mut facts = Vec::new();
    let mut add = |name: &'static str, value: String| {
        if !value.is_empty() {
            facts.push((name, value));
        }
    };
    let of = |pointer: &str| text(object, pointer).to_owned();
    let count = |pointer: &str| number(object, pointer).map(|number| number.to_string()).unwrap_or_default();
    if let Some((kind, name)) = controller(object) {
        add("Controlled by", format!("{kind}/{name}"));
    }
    match key.kind.as_str() {
        "Pod" => {
            add("Phase", of("/status/phase"));
            add("Ready", condition(object, "Ready").to_owned());
            add("Node", of("/spec/nodeName"));
            add("Address", of("/status/podIP"));
            add("Revision", label(object, "controller-revision-hash").unwrap_or_default().to_owned());
            for status in list(object, "/status/containerStatuses") {
                add("Container", container(status));
            }
            add(
                "Grace period",
                match number(object, "/metadata/deletionGracePeriodSeconds") {
                    Some(seconds) => format!("{seconds}s"),
                    None => String::new(),
                },
            );
        }
        "StatefulSet" => {
            add(
                "Replicas",
                format!(
                    "{} asked for, {} made, {} ready, {} updated",
                    number(object, "/spec/replicas").unwrap_or(1),
                    number(object, "/status/replicas").unwrap_or_default(),
                    number(object, "/status/readyReplicas").unwrap_or_default(),
                    number(object, "/status/updatedReplicas").unwrap_or_default(),
                ),
            );
            add("Pod management", of("/spec/podManagementPolicy"));
            add("Update strategy", of("/spec/updateStrategy/type"));
            add("Partition", count("/spec/updateStrategy/rollingUpdate/partition"));
            add("Min ready", count("/spec/minReadySeconds"));
            add("Governing Service", of("/spec/serviceName"));
            add("Claims when deleted", of("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted"));
            add("Claims when scaled", of("/spec/persistentVolumeClaimRetentionPolicy/whenScaled"));
            add("Current revision", of("/status/currentRevision"));
            add("Update revision", of("/status/updateRevision"));
        }
        "PersistentVolumeClaim" => {
            add("Status", of("/status/phase"));
            add("Asks for", of("/spec/resources/requests/storage"));
            add("Holds", of("/status/capacity/storage"));
            add("Volume", of("/spec/volumeName"));
            add("Storage class", of("/spec/storageClassName"));
            let modes: Vec<&str> =
                list(object, "/spec/accessModes").iter().filter_map(Value::as_str).collect();
            add("Access", modes.join(", "));
            let finalizers: Vec<&str> =
                list(object, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
            add("Finalizers", finalizers.join(", "));
        }
        "Service" => {
            add("Type", of("/spec/type"));
            add("Cluster address", of("/spec/clusterIP"));
            let selector = object.pointer("/spec/selector").and_then(Value::as_object);
            let pairs: Vec<String> = selector
                .into_iter()
                .flatten()
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
                .collect();
            add("Selects", pairs.join(", "));
        }
        _ => {}
    }
    DetailsView { facts, commands: commands(&key) }
}

fn container(status: &Value) -> String {
    let name = text(status, "/name");
    let state = ["waiting", "running", "terminated"]
        .into_iter()
        .find(|state| status.pointer(&format!("/state/{state}")).is_some())
        .unwrap_or("not started");
    let reason = text(status, &format!("/state/{state}/reason"));
    let restarts = number(status, "/restartCount").unwrap_or_default();
    let mut words = format!("{name}: {state}");
    if !reason.is_empty() {
        words.push_str(&format!(" ({reason})"));
    }
    if restarts > 0 {
        words.push_str(&format!(", {restarts} restarts"));
    }
    words
}

fn commands(key: &ObjectKey) -> Vec<String> {
    let namespace = match key.namespace.as_str() {
        "" | "default" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    let (short, name) =
        key.kubectl_name().split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap_or_default();
    let mut commands = vec![
        format!("kubectl get {short} {name} -o wide{namespace}"),
        format!("kubectl describe {short} {name}{namespace}"),
    ];
    if key.kind == "StatefulSet" {
        commands.push(format!("kubectl rollout status {short}/{name}{namespace}"));
    }
    commands
}
