//! The state of an object in a few facts, by kind.

use serde_json::Value;

use super::super::object::{ObjectKey, condition, controller, label, list, number, text};
use super::super::topology::{ZONE, taint, targets};
use super::Fact;

/// The facts so far.
struct Facts<'o> {
    object: &'o Value,
    namespace: &'o str,
    found: Vec<Fact>,
}

impl Facts<'_> {
    /// Adds a fact, unless there is nothing to say.
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.found.push(Fact { name, value, link: None });
        }
    }

    /// Adds the text or number of a field.
    fn field(&mut self, name: &'static str, pointer: &str) {
        let value = match self.object.pointer(pointer) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        self.add(name, value);
    }

    /// Adds the name of another object.
    fn link(&mut self, name: &'static str, kind: &str, namespace: &str, to: &str) {
        if !to.is_empty() {
            let key =
                ObjectKey { kind: kind.to_owned(), namespace: namespace.to_owned(), name: to.to_owned() };
            self.found.push(Fact { name, value: to.to_owned(), link: Some(key) });
        }
    }

    fn count(&self, pointer: &str) -> i64 {
        number(self.object, pointer).unwrap_or_default()
    }
}

/// The facts about an object, in the order to read.
pub(super) fn facts(object: &Value, key: &ObjectKey) -> Vec<Fact> {
    let mut facts = Facts { object, namespace: &key.namespace, found: Vec::new() };
    if let Some((kind, name)) = controller(object) {
        facts.link("Controlled by", kind, &key.namespace, name);
        if let Some(fact) = facts.found.last_mut() {
            fact.value = format!("{kind}/{name}");
        }
    }
    match key.kind.as_str() {
        "Pod" => pod(&mut facts),
        "StatefulSet" => stateful_set(&mut facts),
        "Deployment" | "ReplicaSet" => replicated(&mut facts),
        "Job" => {
            facts.field("Completions", "/spec/completions");
            facts.field("Succeeded", "/status/succeeded");
            facts.field("Failed", "/status/failed");
            facts.field("Back-off limit", "/spec/backoffLimit");
        }
        "PersistentVolumeClaim" => claim(&mut facts),
        "PersistentVolume" => {
            facts.field("Status", "/status/phase");
            facts.field("Capacity", "/spec/capacity/storage");
            let (namespace, name) =
                (text(object, "/spec/claimRef/namespace"), text(object, "/spec/claimRef/name"));
            facts.link("Claim", "PersistentVolumeClaim", namespace, name);
            facts.link("Storage class", "StorageClass", "", text(object, "/spec/storageClassName"));
            facts.field("When released", "/spec/persistentVolumeReclaimPolicy");
            let expressions = "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions";
            for expression in list(object, expressions) {
                facts.add(
                    "Usable where",
                    format!("{} is {}", text(expression, "/key"), texts(expression, "/values")),
                );
            }
        }
        "StorageClass" => {
            facts.field("Provisioner", "/provisioner");
            facts.field("When released", "/reclaimPolicy");
            facts.field("Binds", "/volumeBindingMode");
            facts.field("Can grow", "/allowVolumeExpansion");
        }
        "Service" => service(&mut facts),
        "EndpointSlice" => endpoints(&mut facts),
        "ControllerRevision" => facts.field("Revision", "/revision"),
        "Node" => node(&mut facts),
        "PodDisruptionBudget" => {
            facts.field("At least available", "/spec/minAvailable");
            facts.field("At most unavailable", "/spec/maxUnavailable");
            facts.add("Selects", pairs(object, "/spec/selector/matchLabels"));
            facts.add("Disruptions allowed", facts.count("/status/disruptionsAllowed").to_string());
            let healthy = format!(
                "{} of {} pods, {} needed",
                facts.count("/status/currentHealthy"),
                facts.count("/status/expectedPods"),
                facts.count("/status/desiredHealthy")
            );
            facts.add("Healthy", healthy);
        }
        "HorizontalPodAutoscaler" => {
            let (kind, name) =
                (text(object, "/spec/scaleTargetRef/kind"), text(object, "/spec/scaleTargetRef/name"));
            facts.link("Scales", kind, &key.namespace, name);
            facts.add("Load, now/wanted", targets(object));
            let bounds = format!(
                "{} to {}",
                number(object, "/spec/minReplicas").unwrap_or(1),
                facts.count("/spec/maxReplicas")
            );
            facts.add("Replicas may be", bounds);
            facts.field("Replicas", "/status/currentReplicas");
            facts.field("Wants", "/status/desiredReplicas");
        }
        "ConfigMap" | "Secret" => {
            let keys = object.pointer("/data").and_then(Value::as_object);
            let keys: Vec<&str> = keys.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            facts.add("Keys", keys.join(", "));
        }
        _ => {}
    }
    facts.found
}

fn pod(facts: &mut Facts<'_>) {
    let object = facts.object;
    facts.field("Phase", "/status/phase");
    facts.add("Ready", condition(object, "Ready"));
    facts.link("Node", "Node", "", text(object, "/spec/nodeName"));
    facts.field("Address", "/status/podIP");
    let revision = label(object, "controller-revision-hash").unwrap_or_default();
    facts.link("Revision", "ControllerRevision", facts.namespace, revision);
    for (name, pointer) in
        [("Init container", "/status/initContainerStatuses"), ("Container", "/status/containerStatuses")]
    {
        for status in list(object, pointer) {
            facts.add(name, container(status));
        }
    }
    if let Some(seconds) = number(object, "/metadata/deletionGracePeriodSeconds") {
        facts.add("Grace period", format!("{seconds}s"));
    }
}

fn stateful_set(facts: &mut Facts<'_>) {
    let object = facts.object;
    let replicas = format!(
        "{} asked for, {} made, {} ready, {} updated",
        number(object, "/spec/replicas").unwrap_or(1),
        facts.count("/status/replicas"),
        facts.count("/status/readyReplicas"),
        facts.count("/status/updatedReplicas"),
    );
    facts.add("Replicas", replicas);
    facts.field("Pod management", "/spec/podManagementPolicy");
    facts.field("Update strategy", "/spec/updateStrategy/type");
    facts.field("Partition", "/spec/updateStrategy/rollingUpdate/partition");
    facts.field("Min ready seconds", "/spec/minReadySeconds");
    facts.field("First ordinal", "/spec/ordinals/start");
    facts.link("Governing Service", "Service", facts.namespace, text(object, "/spec/serviceName"));
    facts.field("Claims when deleted", "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted");
    facts.field("Claims when scaled", "/spec/persistentVolumeClaimRetentionPolicy/whenScaled");
    let (namespace, status) = (facts.namespace, |pointer| text(object, pointer));
    facts.link("Current revision", "ControllerRevision", namespace, status("/status/currentRevision"));
    facts.link("Update revision", "ControllerRevision", namespace, status("/status/updateRevision"));
}

fn replicated(facts: &mut Facts<'_>) {
    let replicas = format!(
        "{} asked for, {} made, {} ready",
        number(facts.object, "/spec/replicas").unwrap_or(1),
        facts.count("/status/replicas"),
        facts.count("/status/readyReplicas"),
    );
    facts.add("Replicas", replicas);
    facts.field("Strategy", "/spec/strategy/type");
    facts.field("Most surge", "/spec/strategy/rollingUpdate/maxSurge");
    facts.field("Most unavailable", "/spec/strategy/rollingUpdate/maxUnavailable");
    facts.field("Progress deadline", "/spec/progressDeadlineSeconds");
}

fn claim(facts: &mut Facts<'_>) {
    let object = facts.object;
    facts.field("Status", "/status/phase");
    facts.field("Asks for", "/spec/resources/requests/storage");
    facts.field("Has", "/status/capacity/storage");
    facts.link("Volume", "PersistentVolume", "", text(object, "/spec/volumeName"));
    facts.link("Storage class", "StorageClass", "", text(object, "/spec/storageClassName"));
    facts.add("Access", texts(object, "/spec/accessModes"));
    facts.add("Finalizers", texts(object, "/metadata/finalizers"));
}

fn service(facts: &mut Facts<'_>) {
    let object = facts.object;
    facts.field("Type", "/spec/type");
    facts.field("Cluster address", "/spec/clusterIP");
    facts.add("Selects", pairs(object, "/spec/selector"));
    if object.pointer("/spec/publishNotReadyAddresses").and_then(Value::as_bool) == Some(true) {
        facts.add("Publishes", "addresses that are not ready too");
    }
}

fn endpoints(facts: &mut Facts<'_>) {
    let object = facts.object;
    let service = label(object, "kubernetes.io/service-name").unwrap_or_default();
    facts.link("Service", "Service", facts.namespace, service);
    for endpoint in list(object, "/endpoints").iter().take(super::MOST_LISTED) {
        let holds = |name: &str| endpoint.pointer(&format!("/conditions/{name}")).and_then(Value::as_bool);
        let mut words = vec![if holds("ready") == Some(false) { "not ready" } else { "ready" }];
        if holds("serving") == Some(true) && holds("ready") == Some(false) {
            words.push("serving");
        }
        if holds("terminating") == Some(true) {
            words.push("terminating");
        }
        let pod = text(endpoint, "/targetRef/name");
        facts.link("Endpoint", "Pod", facts.namespace, pod);
        if let Some(fact) = facts.found.last_mut() {
            fact.value = format!("{} {pod}: {}", texts(endpoint, "/addresses"), words.join(", "));
        }
    }
    let more = list(object, "/endpoints").len().saturating_sub(super::MOST_LISTED);
    if more > 0 {
        facts.add("Endpoints", format!("and {more} more"));
    }
}

fn node(facts: &mut Facts<'_>) {
    let object = facts.object;
    facts.add("Ready", condition(object, "Ready"));
    if object.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        facts.add("Schedulable", "no: cordoned");
    }
    facts.add("Zone", label(object, ZONE).unwrap_or_default());
    for found in list(object, "/spec/taints") {
        facts.add("Taint", taint(found));
    }
    let room = |name: &str| text(object, &format!("/status/allocatable/{name}")).to_owned();
    facts
        .add("Allocatable", format!("{} cpu, {} memory, {} pods", room("cpu"), room("memory"), room("pods")));
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
        words.push_str(&format!(", {restarts} restart{}", if restarts == 1 { "" } else { "s" }));
    }
    words
}

/// The texts of a list, with commas.
fn texts(object: &Value, pointer: &str) -> String {
    list(object, pointer).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// The entries of a map of texts: `app=web, tier=front`.
fn pairs(object: &Value, pointer: &str) -> String {
    let map = object.pointer(pointer).and_then(Value::as_object);
    let pairs: Vec<String> = map
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.join(", ")
}
