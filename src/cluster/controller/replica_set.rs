//! Keeps as many pods of one template as a ReplicaSet wants.
//!
//! Mirrors the ReplicaSet controller: adoption, burst creation, and which pods go first when there are too many.

use std::rc::Rc;

use serde_json::{Value, json};

use super::adoption::{claim_pods, worth};
use super::slow_start::slow_start;
use crate::cluster::object::{Body, Key, Kind, Meta, Object, OwnerReference, Pod, PodStatus, PodTemplate};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, EventType, Status};
use crate::gather::sort_by;

const SOURCE: &str = "replicaset-controller";
/// Most pods that one sync creates or deletes.
const BURST: usize = 500;

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(set) = cluster.store.get(Kind::ReplicaSet, key).cloned() else { return Ok(()) };
    let finished = |pod: &Object| pod.as_pod().is_some_and(Pod::is_finished);
    let pods = claim_pods(cluster, &set, None, |pod| !finished(pod));
    let (terminating, rest): (Vec<_>, Vec<_>) =
        pods.into_iter().filter(|pod| !finished(pod)).partition(|pod| pod.meta.is_terminating());
    let active = rest;
    let wanted = usize::try_from(set.spec()["replicas"].as_i64().unwrap_or(1)).unwrap_or(0);
    let mut outcome = Ok(());
    if !set.meta.is_terminating() {
        if active.len() < wanted {
            outcome = create(cluster, &set, (wanted - active.len()).min(BURST));
        } else if active.len() > wanted {
            delete(cluster, &set, &active, (active.len() - wanted).min(BURST));
        }
    }
    write_status(cluster, &set, &active, terminating.len(), outcome.as_ref().err());
    outcome
}

fn create(cluster: &mut Cluster, set: &Object, count: usize) -> Result<(), Status> {
    let template = PodTemplate::of(&set.spec()["template"]);
    slow_start(&vec![(); count], |()| create_one(cluster, set, &template))
}

fn create_one(cluster: &mut Cluster, set: &Object, template: &PodTemplate) -> Result<(), Status> {
    let name = format!("{}-{}", set.meta.name, cluster.suffix());
    let mut meta = Meta::new(set.key().sibling(&name));
    meta.labels = Rc::new(template.labels.clone());
    meta.annotations = template.annotations.clone();
    meta.owners = Rc::new([OwnerReference::controller(Kind::ReplicaSet, &set.meta)]);
    let pod = Pod {
        hostname: template.hostname.clone(),
        subdomain: template.subdomain.clone(),
        node: template.node.clone(),
        claims: template.spec.claims.as_slice().into(),
        status: Rc::new(PodStatus::pending(&template.spec)),
        spec: template.spec.clone(),
    };
    match cluster.create_from_template(Object { meta, body: Body::Pod(pod) }) {
        Ok(pod) => {
            let message = format!("Created pod: {}", pod.meta.name);
            cluster.event(set, EventType::Normal, "SuccessfulCreate", &message, SOURCE);
            Ok(())
        }
        Err(error) => {
            let message = format!("Error creating: {error}");
            cluster.event(set, EventType::Warning, "FailedCreate", &message, SOURCE);
            Err(error)
        }
    }
}

/// Deletes the pods that are missed least.
fn delete(cluster: &mut Cluster, set: &Object, active: &[Rc<Object>], count: usize) {
    let related = related_pods(cluster, set, active);
    let mates = |node: &Option<Rc<str>>| {
        related.iter().filter(|other| other.as_pod().is_some_and(|other| other.node == *node)).count()
    };
    let rank = |object: &Object| {
        let cost = object.meta.annotations.get("controller.kubernetes.io/pod-deletion-cost");
        let cost = cost.and_then(|cost| cost.parse::<i64>().ok()).unwrap_or(0);
        worth(cluster, object, cost, object.as_pod().map_or(0, |pod| mates(&pod.node)))
    };
    let mut ranked: Vec<_> = active.iter().map(|pod| (rank(pod), pod.clone())).collect();
    sort_by(&mut ranked, |left, right| left.0.cmp(&right.0));
    for (_, pod) in ranked.into_iter().take(count) {
        if cluster.delete_object(Kind::Pod, &pod.key(), &DeleteOptions::default()).is_ok() {
            let message = format!("Deleted pod: {}", pod.meta.name);
            cluster.event(set, EventType::Normal, "SuccessfulDelete", &message, SOURCE);
        }
    }
}

/// The active pods of all ReplicaSets of the same owner.
fn related_pods(cluster: &Cluster, set: &Object, active: &[Rc<Object>]) -> Vec<Rc<Object>> {
    let Some(owner) = set.meta.controller() else { return active.to_vec() };
    let sets = cluster.store.owned(owner.uid, Kind::ReplicaSet);
    let pods = sets.flat_map(|set| cluster.store.owned(set.meta.uid, Kind::Pod));
    let is_active =
        |pod: &&Rc<Object>| !pod.meta.is_terminating() && !pod.as_pod().is_some_and(Pod::is_finished);
    pods.filter(is_active).cloned().collect()
}

fn write_status(
    cluster: &mut Cluster,
    set: &Object,
    active: &[Rc<Object>],
    terminating: usize,
    failure: Option<&Status>,
) {
    let template = crate::cluster::object::labels_from(&set.spec()["template"]["metadata"]["labels"]);
    let min_ready = set.spec()["minReadySeconds"].as_i64().unwrap_or(0);
    let pods = || active.iter().filter_map(|object| Some((object, object.as_pod()?)));
    let labelled = pods()
        .filter(|(object, _)| template.iter().all(|(key, value)| object.meta.labels.get(key) == Some(value)))
        .count();
    let ready = pods().filter(|(_, pod)| pod.is_ready()).count();
    let available = pods().filter(|(_, pod)| pod.is_available(min_ready, cluster.now)).count();
    let mut status = json!({"replicas": active.len(), "terminatingReplicas": terminating,
        "observedGeneration": set.meta.generation});
    for (field, count) in
        [("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available)]
    {
        if count > 0 {
            status[field] = Value::from(count);
        }
    }
    // Once said, it stays as it is until nothing fails any more.
    let known = &set.status()["conditions"];
    match failure {
        Some(_) if !known.is_null() => status["conditions"] = known.clone(),
        Some(error) => {
            status["conditions"] = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                "message": error.to_string(), "lastTransitionTime": cluster.now.to_string()}]);
        }
        None => {}
    }
    let wait = Duration::seconds(min_ready);
    let ready_since =
        pods().filter_map(|(_, pod)| pod.status.condition("Ready")).filter(|it| &*it.status == "True");
    let due = ready_since.map(|ready| ready.since + wait).filter(|due| *due > cluster.now).min();
    if let Some(due) = due {
        cluster.queue.add_at(Work::ReplicaSet(set.key()), due);
    }
    if *set.status() == status {
        return;
    }
    let Some(stored) = cluster.store.get(Kind::ReplicaSet, &set.key()) else { return };
    let mut stored = (**stored).clone();
    if let Body::Plain(plain) = &mut stored.body {
        plain.status = Rc::new(status);
    }
    cluster.write(stored);
}
