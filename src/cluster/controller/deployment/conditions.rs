//! The status of a Deployment and its conditions Available and Progressing.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{Rollout, Sets, replicas, status_count};
use crate::cluster::object::{Body, Kind};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, Duration, Instant};

/// A deadline that counts as none.
const NO_DEADLINE: i64 = i32::MAX as i64;

fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].as_array().into_iter().flatten().find(|condition| condition["type"] == *kind)
}

/// The reason of one of the Deployment's conditions.
pub(super) fn reason<'a>(rollout: &'a Rollout, kind: &str) -> Option<&'a str> {
    condition(rollout.object.status(), kind).and_then(|condition| condition["reason"].as_str())
}

/// Whether a status says that all pods are of the new template and available.
pub(super) fn is_complete(rollout: &Rollout, status: &Value) -> bool {
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    count("updatedReplicas") == rollout.replicas
        && count("replicas") == rollout.replicas
        && count("availableReplicas") == rollout.replicas
        && status["observedGeneration"].as_u64().unwrap_or(0) >= rollout.object.meta.generation
}

/// Puts a condition in; times only change with status and reason, the transition time with the status alone.
fn set_condition(
    status: &mut Value,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
    now: Instant,
    renew: bool,
) {
    let known = condition(status, kind).cloned();
    if !renew && known.as_ref().is_some_and(|known| known["status"] == *value && known["reason"] == *reason) {
        return;
    }
    let since =
        known.filter(|known| known["status"] == *value).map(|known| known["lastTransitionTime"].clone());
    let new = json!({"type": kind, "status": value, "reason": reason, "message": message,
        "lastUpdateTime": now.to_string(), "lastTransitionTime": since.unwrap_or_else(|| now.to_string().into())});
    let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    conditions.retain(|condition| condition["type"] != *kind);
    conditions.push(new);
    status["conditions"] = Value::from(conditions);
}

/// Notes that the Deployment was paused or resumed, unless it has run out of time before.
pub(super) fn note_pause(cluster: &mut Cluster, rollout: &Rollout) {
    let known = reason(rollout, "Progressing").unwrap_or("");
    let paused = rollout.object.spec()["paused"] == true;
    let (reason, message) = match (paused, known) {
        (_, "ProgressDeadlineExceeded") | (true, "DeploymentPaused") => return,
        (true, _) => ("DeploymentPaused", "Deployment is paused"),
        (false, "DeploymentPaused") => ("DeploymentResumed", "Deployment is resumed"),
        (false, _) => return,
    };
    note(cluster, rollout, "Unknown", reason, message);
}

/// Sets the Progressing condition of the stored Deployment to True.
pub(super) fn set_progressing(cluster: &mut Cluster, rollout: &Rollout, reason: &str, message: &str) {
    note(cluster, rollout, "True", reason, message);
}

fn note(cluster: &mut Cluster, rollout: &Rollout, value: &str, reason: &str, message: &str) {
    if !has_deadline(rollout) {
        return;
    }
    let Some(stored) = cluster.store.get(Kind::Deployment, &rollout.object.key()) else { return };
    let mut stored = (**stored).clone();
    if let Body::Plain(plain) = &mut stored.body {
        let mut status = if plain.status.is_null() { json!({}) } else { (*plain.status).clone() };
        set_condition(&mut status, "Progressing", value, reason, message, cluster.now, false);
        plain.status = Rc::new(status);
    }
    cluster.write(stored);
}

fn has_deadline(rollout: &Rollout) -> bool {
    rollout.object.spec()["progressDeadlineSeconds"].as_i64().is_some_and(|deadline| deadline != NO_DEADLINE)
}

/// Computes and writes the status; `rolling` says whether progress is judged too.
pub(super) fn write_status(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets, rolling: bool) {
    let key = rollout.object.key();
    let Some(stored) = cluster.store.get(Kind::Deployment, &key).cloned() else { return };
    let old = if stored.status().is_null() { json!({}) } else { stored.status().clone() };
    let mut status = counts(rollout, sets, &old);
    let available = status["availableReplicas"].as_i64().unwrap_or(0);
    let (value, reason, message) = if available >= rollout.replicas - rollout.max_unavailable() {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    set_condition(&mut status, "Available", value, reason, message, cluster.now, false);
    if rolling {
        judge_progress(cluster, rollout, sets, &old, &mut status);
        pass_failure_on(sets, &mut status, cluster.now);
    }
    if status == old {
        return;
    }
    let mut stored = (*stored).clone();
    if let Body::Plain(plain) = &mut stored.body {
        plain.status = Rc::new(status);
    }
    cluster.write(stored);
}

/// A ReplicaSet that cannot make its pods makes the Deployment say so, the new one first.
fn pass_failure_on(sets: &Sets, status: &mut Value, now: Instant) {
    const FAILURE: &str = "ReplicaFailure";
    let mut failures = sets.new.iter().chain(&sets.old).filter_map(|set| condition(set.status(), FAILURE));
    let text = |failure: &Value, field: &str| failure[field].as_str().unwrap_or("").to_owned();
    if let Some(failure) = failures.next() {
        let (reason, message) = (text(failure, "reason"), text(failure, "message"));
        set_condition(status, FAILURE, "True", &reason, &message, now, false);
    } else if let Some(conditions) = status["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != *FAILURE);
    }
}

fn counts(rollout: &Rollout, sets: &Sets, old: &Value) -> Value {
    let sum = |field: &str| sets.all().map(|set| status_count(set, field)).sum::<i64>();
    let available = sum("availableReplicas");
    let wanted: i64 = sets.all().map(|set| replicas(set)).sum();
    let updated = sets.new.as_deref().map_or(0, |new| status_count(new, "replicas"));
    let mut status = json!({"observedGeneration": rollout.object.meta.generation,
        "terminatingReplicas": sum("terminatingReplicas")});
    for (field, count) in [
        ("replicas", sum("replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", sum("readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (wanted - available).max(0)),
    ] {
        if count > 0 {
            status[field] = Value::from(count);
        }
    }
    if !old["conditions"].is_null() {
        status["conditions"] = old["conditions"].clone();
    }
    status
}

fn judge_progress(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets, old: &Value, status: &mut Value) {
    if !has_deadline(rollout) {
        return;
    }
    let known = condition(old, "Progressing").cloned();
    let was_complete = known.as_ref().is_some_and(|known| known["reason"] == "NewReplicaSetAvailable");
    let count = |status: &Value, field: &str| status[field].as_i64().unwrap_or(0);
    if was_complete && count(status, "replicas") == count(status, "updatedReplicas") {
        return;
    }
    let subject = match &sets.new {
        Some(new) => format!("ReplicaSet \"{}\"", new.meta.name),
        None => format!("Deployment \"{}\"", rollout.object.meta.name),
    };
    let more = |field: &str| count(status, field) > count(old, field);
    let outdated = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
    let progressing = more("updatedReplicas")
        || outdated(status) < outdated(old)
        || more("readyReplicas")
        || more("availableReplicas");
    let deadline = rollout.object.spec()["progressDeadlineSeconds"].as_i64().unwrap_or(600);
    if is_complete(rollout, status) {
        let message = format!("{subject} has successfully progressed.");
        set_condition(status, "Progressing", "True", "NewReplicaSetAvailable", &message, cluster.now, false);
    } else if progressing {
        let message = format!("{subject} is progressing.");
        set_condition(status, "Progressing", "True", "ReplicaSetUpdated", &message, cluster.now, true);
    } else if let Some(known) = known
        && !was_complete
        && known["reason"] != "ProgressDeadlineExceeded"
    {
        let from = known["lastUpdateTime"].as_str().and_then(Instant::parse).unwrap_or(cluster.now);
        let due = from + Duration::seconds(deadline);
        if due < cluster.now {
            let message = format!("{subject} has timed out progressing.");
            set_condition(
                status,
                "Progressing",
                "False",
                "ProgressDeadlineExceeded",
                &message,
                cluster.now,
                false,
            );
        } else {
            cluster.queue.add_at(Work::Deployment(rollout.object.key()), due + Duration::seconds(1));
        }
    }
}
