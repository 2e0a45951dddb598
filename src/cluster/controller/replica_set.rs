//! Keeps as many pods of one template as a ReplicaSet wants.
//!
//! Mirrors the ReplicaSet controller: adoption, burst creation, and which pods go first when there are too many.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::cluster::object::{
    Body, Key, Kind, Meta, Object, OwnerReference, Phase, Pod, PodStatus, PodTemplate, Selector,
};
use crate::cluster::store::NOBODY;
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, EventType, Status};
use crate::gather::sort_by;

const SOURCE: &str = "replicaset-controller";
/// Most pods that one sync creates or deletes.
const BURST: usize = 500;

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(set) = cluster.store.get(Kind::ReplicaSet, key).cloned() else { return Ok(()) };
    let pods = claim_pods(cluster, &set);
    let finished = |pod: &Object| pod.as_pod().is_some_and(Pod::is_finished);
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
    write_status(cluster, &set, &active, terminating.len());
    outcome
}

/// The pods that the set owns, after adopting and releasing.
fn claim_pods(cluster: &mut Cluster, set: &Object) -> Vec<Rc<Object>> {
    let selector = Selector::of(&set.spec()["selector"]);
    let owned: Vec<_> = cluster.store.owned(set.meta.uid, Kind::Pod).cloned().collect();
    let (kept, released): (Vec<_>, Vec<_>) =
        owned.into_iter().partition(|pod| selector.matches(&pod.meta.labels) || set.meta.is_terminating());
    let mut pods = kept;
    for pod in released {
        let mut pod = (*pod).clone();
        pod.meta.owners = pod.meta.owners.iter().filter(|owner| owner.uid != set.meta.uid).cloned().collect();
        cluster.write(pod);
    }
    if set.meta.is_terminating() {
        return pods;
    }
    let orphans: Vec<_> = cluster
        .store
        .owned(NOBODY, Kind::Pod)
        .filter(|pod| {
            pod.meta.namespace == set.meta.namespace
                && !pod.meta.is_terminating()
                && !pod.as_pod().is_some_and(Pod::is_finished)
                && selector.matches(&pod.meta.labels)
        })
        .cloned()
        .collect();
    for pod in orphans {
        let mut pod = (*pod).clone();
        let owner = OwnerReference::controller(Kind::ReplicaSet, &set.meta);
        pod.meta.owners = pod.meta.owners.iter().cloned().chain([owner]).collect();
        let key = pod.key();
        cluster.write(pod);
        pods.extend(cluster.store.get(Kind::Pod, &key).cloned());
    }
    pods
}

fn create(cluster: &mut Cluster, set: &Object, count: usize) -> Result<(), Status> {
    let template = PodTemplate::of(&set.spec()["template"]);
    for _ in 0..count {
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
        match cluster.create_object(Object { meta, body: Body::Pod(pod) }) {
            Ok(pod) => {
                let message = format!("Created pod: {}", pod.meta.name);
                cluster.event(set, EventType::Normal, "SuccessfulCreate", &message, SOURCE);
            }
            Err(error) => {
                let message = format!("Error creating: {error}");
                cluster.event(set, EventType::Warning, "FailedCreate", &message, SOURCE);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Deletes the pods that are missed least: without node, not running, not ready; then those beside many others of
/// the set, those ready for the shortest time, the youngest.
fn delete(cluster: &mut Cluster, set: &Object, active: &[Rc<Object>], count: usize) {
    let mates = |node: &Option<Rc<str>>| {
        active.iter().filter(|other| other.as_pod().is_some_and(|other| other.node == *node)).count()
    };
    let rank = |object: &Object| {
        let Some(pod) = object.as_pod() else { return Default::default() };
        let phase = match pod.status.phase {
            Phase::Pending => 0,
            Phase::Unknown => 1,
            _ => 2,
        };
        let ready_for = pod.status.condition("Ready").map_or(0, |ready| (cluster.now - ready.since).0);
        let restarts = pod.status.containers.iter().map(|container| container.restarts).max().unwrap_or(0);
        let cost = object.meta.annotations.get("controller.kubernetes.io/pod-deletion-cost");
        let cost = cost.and_then(|cost| cost.parse::<i64>().ok()).unwrap_or(0);
        (
            pod.node.is_some(),
            phase,
            pod.is_ready(),
            cost,
            (std::cmp::Reverse(mates(&pod.node)), if pod.is_ready() { ready_for } else { 0 }),
            std::cmp::Reverse(restarts),
            std::cmp::Reverse((object.meta.created, object.meta.uid)),
        )
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

fn write_status(cluster: &mut Cluster, set: &Object, active: &[Rc<Object>], terminating: usize) {
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
    if min_ready > 0 && available < ready {
        cluster.queue.add_at(Work::ReplicaSet(set.key()), cluster.now + Duration::seconds(min_ready));
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
