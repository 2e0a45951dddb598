//! Workloads other than StatefulSets: Deployments with their ReplicaSets, Jobs, and pods of controllers that nothing
//! else is known of.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::super::object::{self, ObjectKey, number, text};
use super::pod::PodView;
use crate::gather::sort_by_key;

/// Pods that one owner made: a ReplicaSet of a Deployment, or the workload itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The ReplicaSet; `None` if the workload owns the pods itself.
    pub key: Option<ObjectKey>,
    /// The ReplicaSet's revision; 0 if there is none.
    pub revision: i64,
    /// Replicas asked for.
    pub replicas: i64,
    /// Its pods.
    pub pods: Vec<Rc<PodView>>,
}

/// A workload.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadView {
    /// Which workload.
    pub key: ObjectKey,
    /// Whether the object is there: pods may outlive it.
    pub exists: bool,
    /// Whether it can be scaled.
    pub replicas: Option<i64>,
    /// What it says of itself, in a few words each: `2/3 ready`, `RollingUpdate`.
    pub facts: Vec<String>,
    /// Its pods, the latest ReplicaSet first.
    pub parts: Vec<Part>,
}

/// Workloads by kind and name, with their pods.
pub(super) fn workloads(objects: &[Rc<Value>], pods: Vec<(ObjectKey, Rc<PodView>)>) -> Vec<Rc<WorkloadView>> {
    let mut by_owner: BTreeMap<ObjectKey, Vec<Rc<PodView>>> = BTreeMap::new();
    for (owner, pod) in pods {
        by_owner.entry(owner).or_default().push(pod);
    }
    let mut found: BTreeMap<ObjectKey, WorkloadView> = BTreeMap::new();
    for object in objects {
        if matches!(text(object, "/kind"), "Deployment" | "Job" | "DaemonSet" | "CronJob") {
            let view = view(object);
            found.insert(view.key.clone(), view);
        }
    }
    for object in objects.iter().filter(|object| text(object, "/kind") == "ReplicaSet") {
        let key = ObjectKey::of(object);
        let mut part = Part {
            revision: object
                .pointer("/metadata/annotations")
                .and_then(|all| all.get("deployment.kubernetes.io/revision"))
                .and_then(|text| text.as_str()?.parse().ok())
                .unwrap_or_default(),
            replicas: number(object, "/spec/replicas").unwrap_or(1),
            pods: by_owner.remove(&key).unwrap_or_default(),
            key: Some(key.clone()),
        };
        let owner = object::controller(object).map(|(kind, name)| ObjectKey {
            kind: kind.to_owned(),
            namespace: key.namespace.clone(),
            name: name.to_owned(),
        });
        match owner.and_then(|owner| found.get_mut(&owner)) {
            // A ReplicaSet of an earlier revision that holds no pod is history.
            Some(deployment) if part.replicas > 0 || !part.pods.is_empty() => deployment.parts.push(part),
            Some(_) => {}
            None => {
                part.key = None;
                let mut alone = view(object);
                alone.parts.push(part);
                found.insert(key, alone);
            }
        }
    }
    for (owner, pods) in by_owner {
        let part = Part { key: None, revision: 0, replicas: pods.len() as i64, pods };
        let missing = || WorkloadView {
            key: owner.clone(),
            exists: false,
            replicas: None,
            facts: Vec::new(),
            parts: Vec::new(),
        };
        found.entry(owner.clone()).or_insert_with(missing).parts.push(part);
    }
    let by_revision = |mut workload: WorkloadView| {
        sort_by_key(&mut workload.parts, |part| std::cmp::Reverse(part.revision));
        Rc::new(workload)
    };
    found.into_values().map(by_revision).collect()
}

fn view(object: &Value) -> WorkloadView {
    let key = ObjectKey::of(object);
    let count = |pointer: &str| number(object, pointer).unwrap_or_default();
    let mut facts = Vec::new();
    let mut replicas = None;
    match key.kind.as_str() {
        "Deployment" | "ReplicaSet" => {
            let wanted = number(object, "/spec/replicas").unwrap_or(1);
            replicas = Some(wanted);
            facts.push(format!("{}/{wanted} ready", count("/status/readyReplicas")));
            if key.kind == "Deployment" {
                facts.push(match text(object, "/spec/strategy/type") {
                    "" => "RollingUpdate".to_owned(),
                    strategy => strategy.to_owned(),
                });
            }
            if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
                facts.push("paused".to_owned());
            }
        }
        "Job" => {
            let wanted = number(object, "/spec/completions").unwrap_or(1);
            facts.push(format!("{}/{wanted} completions", count("/status/succeeded")));
            let failed = count("/status/failed");
            if failed > 0 {
                facts.push(format!("{failed} failed"));
            }
        }
        _ => {}
    }
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        facts.push("Terminating".to_owned());
    }
    WorkloadView { key, exists: true, replicas, facts, parts: Vec::new() }
}
