//! Computes how many pods a PodDisruptionBudget lets go.
//!
//! Mirrors the disruption controller.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::api::IntOrString;
use crate::cluster::object::{Body, Key, Kind, Object, Selector, Uid};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, Duration, EventType, Instant, Status};

const SOURCE: &str = "controllermanager";
/// After this time an evicted pod that is not being deleted counts again.
const DELETION_TIMEOUT: Duration = Duration(120_000);

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(budget) = cluster.store.get(Kind::PodDisruptionBudget, key).cloned() else { return Ok(()) };
    let pods = selected(cluster, &budget);
    if pods.is_empty() {
        cluster.event(&budget, EventType::Normal, "NoPods", "No matching pods found", SOURCE);
    }
    let expectation = expectation(cluster, budget.spec(), &pods);
    if let Ok((.., true)) = expectation {
        warn_of_unmanaged(cluster, &budget);
    }
    let (disrupted, recheck) = disrupted_pods(cluster, &budget, &pods);
    let mut status = match expectation {
        Ok((expected, desired, _)) => {
            let is_healthy = |pod: &&Rc<Object>| {
                !pod.meta.is_terminating()
                    && disrupted[&*pod.meta.name].is_null()
                    && pod.as_pod().is_some_and(|pod| pod.is_ready())
            };
            let healthy = pods.iter().filter(is_healthy).count() as i64;
            let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
            let (reason, fulfilled) =
                if allowed > 0 { ("SufficientPods", "True") } else { ("InsufficientPods", "False") };
            let mut status = json!({"observedGeneration": budget.meta.generation, "disruptionsAllowed": allowed,
                "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected});
            set_allowed(&mut status, &budget, fulfilled, reason, "", cluster.now);
            status
        }
        Err(message) => {
            let event = format!("Failed to calculate the number of expected pods: {message}");
            cluster.event(&budget, EventType::Warning, "CalculateExpectedPodCountFailed", &event, SOURCE);
            let mut status = if budget.status().is_null() { json!({}) } else { budget.status().clone() };
            status["observedGeneration"] = budget.meta.generation.into();
            status["disruptionsAllowed"] = 0.into();
            set_allowed(&mut status, &budget, "False", "SyncFailed", &message, cluster.now);
            status
        }
    };
    if disrupted.as_object().is_some_and(|disrupted| !disrupted.is_empty()) {
        status["disruptedPods"] = disrupted;
    }
    if let Some(at) = recheck {
        cluster.queue.add_at(Work::Disruption(key.clone()), at);
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

/// Sets the condition DisruptionAllowed, the only one; its time changes with its status.
fn set_allowed(status: &mut Value, budget: &Object, value: &str, reason: &str, message: &str, now: Instant) {
    let known = &budget.status()["conditions"][0];
    let since = match known["status"] == *value {
        true => known["lastTransitionTime"].clone(),
        false => now.to_string().into(),
    };
    status["conditions"] = json!([{"type": "DisruptionAllowed", "status": value, "reason": reason,
        "message": message, "observedGeneration": budget.meta.generation, "lastTransitionTime": since}]);
}

/// Says that pods without a controller keep a budget that counts by shares or by what is wanted from being right.
fn warn_of_unmanaged(cluster: &mut Cluster, budget: &Object) {
    let message = format!(
        "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status \
         of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods \
         please set \".spec.minAvailable\" field of the PDB to an integer value.",
        printed(&budget.spec()["selector"])
    );
    cluster.event(budget, EventType::Warning, "UnmanagedPods", &message, SOURCE);
}

/// A selector as Go prints the API's type.
fn printed(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let labels: String = labels.map(|(key, value)| format!("{key}: {},", text(value))).collect();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    let expressions: String = expressions
        .map(|expression| {
            let values: Vec<_> = expression["values"].as_array().into_iter().flatten().map(text).collect();
            let (key, operator) = (text(&expression["key"]), text(&expression["operator"]));
            let values = values.join(" ");
            format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},\
         MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

/// How many pods there should be, how many of them must be healthy, and whether there are pods without a controller
/// where that matters.
fn expectation(cluster: &Cluster, spec: &Value, pods: &[Rc<Object>]) -> Result<(i64, i64, bool), String> {
    let unmanaged = pods.iter().any(|pod| pod.meta.controller().is_none());
    if let Some(limit) = IntOrString::of(&spec["maxUnavailable"]) {
        let expected = expected_scale(cluster, pods)?;
        return Ok((expected, (expected - limit.scaled(expected, true).unwrap_or(0)).max(0), unmanaged));
    }
    match IntOrString::of(&spec["minAvailable"]) {
        Some(IntOrString::Int(number)) => Ok((pods.len() as i64, i64::from(number), false)),
        Some(share) => {
            let expected = expected_scale(cluster, pods)?;
            Ok((expected, share.scaled(expected, true).unwrap_or(0), unmanaged))
        }
        None => Ok((pods.len() as i64, 0, false)),
    }
}

/// The pods that were evicted and are not being deleted yet, with the time of their eviction, and when the first of
/// them is given up.
fn disrupted_pods(cluster: &mut Cluster, budget: &Object, pods: &[Rc<Object>]) -> (Value, Option<Instant>) {
    let mut kept = json!({});
    let mut recheck: Option<Instant> = None;
    for pod in pods.iter().filter(|pod| !pod.meta.is_terminating()) {
        let time = &budget.status()["disruptedPods"][&*pod.meta.name];
        let Some(evicted) = time.as_str().and_then(Instant::parse) else { continue };
        let due = evicted + DELETION_TIMEOUT;
        if due < cluster.now {
            let (namespace, message) = (&budget.meta.namespace, "Pod was expected by PDB");
            // The namespace stands twice, where the name was meant.
            let message = format!("{message} {namespace}/{namespace} to be deleted but it wasn't");
            cluster.event(pod, EventType::Warning, "NotDeleted", &message, SOURCE);
        } else {
            kept[&*pod.meta.name] = time.clone();
            recheck = recheck.into_iter().chain([due + Duration(1)]).min();
        }
    }
    (kept, recheck)
}

fn selected(cluster: &Cluster, budget: &Object) -> Vec<Rc<Object>> {
    let selector = Selector::of(&budget.spec()["selector"]);
    let pods = cluster.store.list_in(Kind::Pod, &budget.meta.namespace);
    pods.filter(|pod| selector.matches(&pod.meta.labels)).cloned().collect()
}

/// How many pods the controllers of these pods want in all.
fn expected_scale(cluster: &Cluster, pods: &[Rc<Object>]) -> Result<i64, String> {
    let mut scales: BTreeMap<Uid, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = pod.meta.controller() else { continue };
        if scales.contains_key(&owner.uid) {
            continue;
        }
        let find = |uid: Uid| {
            let (kind, key) = cluster.store.by_uid(uid)?;
            cluster.store.get(*kind, key)
        };
        let unknown = || format!("found no controllers for pod \"{}\"", pod.meta.name);
        let mut object = find(owner.uid).ok_or_else(unknown)?;
        if object.kind() == Kind::ReplicaSet
            && let Some(parent) = object.meta.controller().filter(|parent| &*parent.kind == "Deployment")
        {
            object = find(parent.uid).ok_or_else(unknown)?;
        }
        let replicas = match (object.as_stateful_set(), object.kind()) {
            (Some(set), _) => i64::from(set.spec.replicas),
            (None, Kind::ReplicaSet | Kind::Deployment) => object.spec()["replicas"].as_i64().unwrap_or(1),
            (None, kind) => {
                return Err(format!(
                    "{} does not implement the scale subresource",
                    kind.qualified_resource()
                ));
            }
        };
        scales.insert(object.meta.uid, replicas);
    }
    Ok(scales.values().sum())
}

/// The budgets that cover a pod, by name.
pub(crate) fn budgets_of(cluster: &Cluster, pod: &Object) -> Vec<Rc<Object>> {
    let budgets = cluster.store.list_in(Kind::PodDisruptionBudget, &pod.meta.namespace);
    budgets
        .filter(|budget| Selector::of(&budget.spec()["selector"]).matches(&pod.meta.labels))
        .cloned()
        .collect()
}
