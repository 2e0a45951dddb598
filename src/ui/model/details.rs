//! The selected object: what it is, its state in a few facts, what belongs to it, and the commands that would show it.

mod facts;

use std::rc::Rc;

use serde_json::Value;

use super::moment::{EventView, Moment};
use super::object::{ObjectKey, label, list, text};
use super::why::ReasonView;

/// One fact about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What is so.
    pub value: String,
    /// The object that the value names, if it names one.
    pub link: Option<ObjectKey>,
}

/// What the drawer says about an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetailsView {
    /// What such an object is, in a sentence.
    pub about: &'static str,
    /// In the order to read.
    pub facts: Vec<Fact>,
    /// Why it is not where it should be.
    pub reasons: Vec<Rc<ReasonView>>,
    /// What the object says of itself, where it says more than the reasons: a condition or a container's state.
    pub notes: Vec<String>,
    /// Objects that belong to it and have no card of their own.
    pub related: Vec<ObjectKey>,
    /// Its events, the newest first.
    pub events: Vec<EventView>,
    /// What `kubectl` would be asked.
    pub commands: Vec<String>,
}

/// More related objects, or events, than this are not listed.
const MOST_LISTED: usize = 8;

/// The details of an object at a moment.
pub fn details(object: &Value, moment: &Moment) -> DetailsView {
    let key = ObjectKey::of(object);
    DetailsView {
        about: about(&key.kind),
        facts: facts::facts(object, &key),
        reasons: moment.waits.get(&key).cloned().unwrap_or_default(),
        notes: notes(object, &key),
        related: related(object, &key, moment),
        events: moment.events.iter().filter(|event| event.about == key).take(MOST_LISTED).cloned().collect(),
        commands: commands(object, &key),
    }
}

fn about(kind: &str) -> &'static str {
    match kind {
        "Pod" => {
            "Containers that run together on one node. It is never moved: its controller makes another one."
        }
        "StatefulSet" => "Pods with an identity each: a name by ordinal, a DNS name, claims of their own.",
        "Deployment" => "Pods that are all alike, replaced revision by revision by way of ReplicaSets.",
        "ReplicaSet" => "Keeps so many pods of one revision of a Deployment.",
        "Job" => "Runs pods until enough of them have succeeded.",
        "Service" => "A name and, unless headless, an address for the pods that its selector finds.",
        "EndpointSlice" => "The addresses behind a Service, and whether each is ready.",
        "PersistentVolumeClaim" => "Asks for a volume. It outlives the pods that use it.",
        "PersistentVolume" => "A piece of storage, bound to one claim.",
        "StorageClass" => "How volumes for claims are made, and what becomes of them.",
        "ControllerRevision" => "One state of a StatefulSet's pod template, kept to go back to.",
        "Node" => "A machine that runs pods. Its kubelet reports how they and it are.",
        "PodDisruptionBudget" => "How many of the pods that it selects must stay when others are evicted.",
        "HorizontalPodAutoscaler" => "Changes a workload's replicas so that a metric comes near its target.",
        "ConfigMap" => "Settings that pods read as files or variables.",
        "Secret" => "Settings that are not shown, read like those of a ConfigMap. Base64 is no encryption.",
        "ServiceAccount" => "The name under which a pod's programs speak to the API server.",
        _ => "",
    }
}

/// Conditions and container states that explain something and that no reason tells.
fn notes(object: &Value, key: &ObjectKey) -> Vec<String> {
    let mut found = Vec::new();
    let conditions = list(object, "/status/conditions").iter();
    let is_good_when_false =
        |kind: &str| kind.ends_with("Pressure") || kind == "NetworkUnavailable" || kind == "ScalingLimited";
    if text(object, "/status/phase") != "Succeeded" {
        for condition in conditions {
            let (kind, status, message) =
                (text(condition, "/type"), text(condition, "/status"), text(condition, "/message"));
            let bad = if is_good_when_false(kind) { "True" } else { "False" };
            if !message.is_empty()
                && (status == bad || status == "Unknown" || key.kind == "HorizontalPodAutoscaler")
            {
                found.push(format!("{kind} is {status}: {message}"));
            }
        }
    }
    if key.kind == "Pod" {
        for status in list(object, "/status/containerStatuses") {
            let name = text(status, "/name");
            let (reason, message) =
                (text(status, "/state/waiting/reason"), text(status, "/state/waiting/message"));
            if !reason.is_empty() && !message.is_empty() {
                found.push(format!("{name}: {reason}: {message}"));
            }
            let last = text(status, "/lastState/terminated/reason");
            if !last.is_empty() {
                let code = status.pointer("/lastState/terminated/exitCode").and_then(Value::as_i64);
                found.push(format!("{name} ended before: {last}, exit code {}", code.unwrap_or_default()));
            }
        }
    }
    found
}

/// What belongs to an object: what it owns, the slices of a Service, the pods of a claim or a node's.
fn related(object: &Value, key: &ObjectKey, moment: &Moment) -> Vec<ObjectKey> {
    let uid = text(object, "/metadata/uid");
    let belongs = |other: &Value| {
        let namespace = text(other, "/metadata/namespace");
        let kind = text(other, "/kind");
        let owned =
            || list(other, "/metadata/ownerReferences").iter().any(|owner| text(owner, "/uid") == uid);
        let claims = |pod: &Value, claim: &str| {
            list(pod, "/spec/volumes").iter().any(|it| text(it, "/persistentVolumeClaim/claimName") == claim)
        };
        match (key.kind.as_str(), kind) {
            ("Service", "EndpointSlice") => {
                namespace == key.namespace && label(other, "kubernetes.io/service-name") == Some(&key.name)
            }
            ("PersistentVolumeClaim", "Pod") => namespace == key.namespace && claims(other, &key.name),
            ("Node", "Pod") => text(other, "/spec/nodeName") == key.name,
            ("Pod", "PersistentVolumeClaim") => {
                namespace == key.namespace && claims(object, text(other, "/metadata/name"))
            }
            _ => !uid.is_empty() && owned(),
        }
    };
    moment
        .objects
        .iter()
        .filter(|other| belongs(other))
        .take(MOST_LISTED)
        .map(|it| ObjectKey::of(it))
        .collect()
}

fn commands(object: &Value, key: &ObjectKey) -> Vec<String> {
    let namespace = match key.namespace.as_str() {
        "" | "default" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    let full = key.kubectl_name();
    let (kind, name) = full.split_once('/').unwrap_or((&full, ""));
    let mut commands = vec![
        format!("kubectl get {kind} {name} -o wide{namespace}"),
        format!("kubectl describe {kind} {name}{namespace}"),
    ];
    match key.kind.as_str() {
        "StatefulSet" | "Deployment" => {
            commands.push(format!("kubectl rollout status {full}{namespace}"));
            commands.push(format!("kubectl rollout history {full}{namespace}"));
        }
        "Pod" => commands.push(format!("kubectl events --for {full}{namespace}")),
        "Service" => commands
            .push(format!("kubectl get endpointslices -l kubernetes.io/service-name={name}{namespace}")),
        "Node" => commands.push(format!("kubectl get pods -A --field-selector spec.nodeName={name}")),
        "PersistentVolumeClaim" => {
            let volume = text(object, "/spec/volumeName");
            if !volume.is_empty() {
                commands.push(format!("kubectl get pv {volume}"));
            }
        }
        "ControllerRevision" => {
            if let Some((owner, name)) = super::object::controller(object) {
                commands.push(format!("kubectl rollout history {}/{name}{namespace}", owner.to_lowercase()));
            }
        }
        _ => {}
    }
    commands
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moment(objects: Vec<Value>) -> Moment {
        Moment { objects: Rc::new(objects.into_iter().map(Rc::new).collect()), ..Moment::default() }
    }

    /// Facts, then related objects, then commands, a line each.
    fn check(object: Value, others: Vec<Value>, expected: &[&str]) {
        let view = details(&object, &moment(others));
        let mut lines: Vec<String> = view
            .facts
            .iter()
            .map(|fact| {
                let link =
                    fact.link.as_ref().map_or(String::new(), |key| format!(" -> {}", key.kubectl_name()));
                format!("{}: {}{link}", fact.name, fact.value)
            })
            .collect();
        lines.extend(view.related.iter().map(|key| format!("+ {}", key.kubectl_name())));
        lines.extend(view.notes.iter().map(|note| format!("! {note}")));
        assert_eq!(lines, expected);
        assert!(!view.about.is_empty() && !view.commands.is_empty());
    }

    #[test]
    fn nodes_tell_their_state_and_their_pods() {
        check(
            json!({"kind": "Node", "metadata": {"name": "n", "labels": {"topology.kubernetes.io/zone": "a"}},
                "spec": {"unschedulable": true, "taints": [{"key": "k", "effect": "NoSchedule"}]},
                "status": {"conditions": [{"type": "Ready", "status": "Unknown", "message": "Kubelet stopped posting node status."}],
                    "allocatable": {"cpu": "8", "memory": "16Gi", "pods": "110"}}}),
            vec![
                json!({"kind": "Pod", "metadata": {"name": "web-0", "namespace": "default"}, "spec": {"nodeName": "n"}}),
            ],
            &[
                "Ready: Unknown",
                "Schedulable: no: cordoned",
                "Zone: a",
                "Taint: k:NoSchedule",
                "Allocatable: 8 cpu, 16Gi memory, 110 pods",
                "+ pod/web-0",
                "! Ready is Unknown: Kubelet stopped posting node status.",
            ],
        );
    }

    #[test]
    fn volumes_slices_and_revisions_name_what_they_belong_to() {
        check(
            json!({"kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": {"capacity": {"storage": "1Gi"},
                "claimRef": {"namespace": "default", "name": "data-web-0"}, "persistentVolumeReclaimPolicy": "Delete"},
                "status": {"phase": "Bound"}}),
            Vec::new(),
            &[
                "Status: Bound",
                "Capacity: 1Gi",
                "Claim: data-web-0 -> pvc/data-web-0",
                "When released: Delete",
            ],
        );
        check(
            json!({"kind": "EndpointSlice", "metadata": {"name": "web-0", "namespace": "default",
                "labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [{"addresses": ["10.0.0.1"],
                "conditions": {"ready": false, "serving": true, "terminating": true},
                "targetRef": {"kind": "Pod", "name": "web-0"}}]}),
            Vec::new(),
            &[
                "Service: web -> service/web",
                "Endpoint: 10.0.0.1 web-0: not ready, serving, terminating -> pod/web-0",
            ],
        );
        check(
            json!({"kind": "ControllerRevision", "metadata": {"name": "web-1", "namespace": "default",
                "ownerReferences": [{"kind": "StatefulSet", "name": "web", "controller": true}]}, "revision": 3}),
            Vec::new(),
            &["Controlled by: StatefulSet/web -> sts/web", "Revision: 3"],
        );
    }
}
