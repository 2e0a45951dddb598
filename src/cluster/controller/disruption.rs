//! Computes how many pods a PodDisruptionBudget lets go.
//!
//! Mirrors the disruption controller.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::json;

use crate::api::IntOrString;
use crate::cluster::object::{Body, Key, Kind, Object, Selector, Uid};
use crate::cluster::{Cluster, EventType, Status};

const SOURCE: &str = "controllermanager";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(budget) = cluster.store.get(Kind::PodDisruptionBudget, key).cloned() else { return Ok(()) };
    let pods = selected(cluster, &budget);
    if pods.is_empty() {
        cluster.event(&budget, EventType::Normal, "NoPods", "No matching pods found", SOURCE);
    }
    let spec = budget.spec();
    let (expected, desired) = if let Some(limit) = IntOrString::of(&spec["maxUnavailable"]) {
        let expected = expected_scale(cluster, &pods);
        (expected, (expected - limit.scaled(expected, true).unwrap_or(0)).max(0))
    } else {
        match IntOrString::of(&spec["minAvailable"]) {
            Some(IntOrString::Int(number)) => (pods.len() as i64, i64::from(number)),
            Some(share) => {
                let expected = expected_scale(cluster, &pods);
                (expected, share.scaled(expected, true).unwrap_or(0))
            }
            None => (pods.len() as i64, 0),
        }
    };
    let healthy = pods
        .iter()
        .filter(|pod| !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_ready()))
        .count() as i64;
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    let (reason, fulfilled) =
        if allowed > 0 { ("SufficientPods", "True") } else { ("InsufficientPods", "False") };
    let mut status = json!({
        "observedGeneration": budget.meta.generation, "disruptionsAllowed": allowed, "currentHealthy": healthy,
        "desiredHealthy": desired, "expectedPods": expected,
        "conditions": [{"type": "DisruptionAllowed", "status": fulfilled, "reason": reason, "message": "",
            "observedGeneration": budget.meta.generation, "lastTransitionTime": cluster.now.to_string()}],
    });
    let known = &budget.status()["conditions"][0];
    if known["status"] == fulfilled {
        status["conditions"][0]["lastTransitionTime"] = known["lastTransitionTime"].clone();
    }
    if *budget.status() != status {
        let mut budget = (*budget).clone();
        if let Body::Plain(plain) = &mut budget.body {
            plain.status = Rc::new(status);
        }
        cluster.store.write(budget);
    }
    Ok(())
}

fn selected(cluster: &Cluster, budget: &Object) -> Vec<Rc<Object>> {
    let selector = Selector::of(&budget.spec()["selector"]);
    let pods = cluster.store.list_in(Kind::Pod, &budget.meta.namespace);
    pods.filter(|pod| selector.matches(&pod.meta.labels)).cloned().collect()
}

/// How many pods the controllers of these pods want in all.
fn expected_scale(cluster: &Cluster, pods: &[Rc<Object>]) -> i64 {
    let mut scales: BTreeMap<Uid, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = pod.meta.controller() else { continue };
        let Some((kind, key)) = cluster.store.by_uid(owner.uid) else { continue };
        let Some(mut object) = cluster.store.get(*kind, key) else { continue };
        if let Some(parent) = object.meta.controller()
            && let Some((kind, key)) = cluster.store.by_uid(parent.uid)
            && let Some(deployment) = cluster.store.get(*kind, key)
        {
            object = deployment;
        }
        let replicas = match object.as_stateful_set() {
            Some(set) => i64::from(set.spec.replicas),
            None => object.spec()["replicas"].as_i64().unwrap_or(1),
        };
        scales.insert(object.meta.uid, replicas);
    }
    scales.values().sum()
}

/// The budgets that cover a pod, by name.
pub(crate) fn budgets_of(cluster: &Cluster, pod: &Object) -> Vec<Rc<Object>> {
    let budgets = cluster.store.list_in(Kind::PodDisruptionBudget, &pod.meta.namespace);
    budgets
        .filter(|budget| Selector::of(&budget.spec()["selector"]).matches(&pod.meta.labels))
        .cloned()
        .collect()
}
