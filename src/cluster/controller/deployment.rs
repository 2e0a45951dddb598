//! Brings a Deployment's ReplicaSets to its template, a few pods at a time.
//!
//! Mirrors the Deployment controller: `sync`, `rolloutRolling`, `rolloutRecreate`, `syncRolloutStatus`.

mod conditions;
mod replica_sets;
mod rolling;
mod scaling;

use std::rc::Rc;

use serde_json::Value;

use crate::api::IntOrString;
use crate::cluster::object::{Body, Key, Kind, Object, Pod};
use crate::cluster::{Cluster, DeleteOptions, EventType, Status};
use crate::gather::sort_by_key;

const SOURCE: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";

/// A Deployment as it was when the sync began.
struct Rollout {
    object: Rc<Object>,
    replicas: i64,
}

/// The ReplicaSets of a Deployment: the one of its template, and the others by age.
struct Sets {
    new: Option<Rc<Object>>,
    old: Vec<Rc<Object>>,
}

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(object) = cluster.store.get(Kind::Deployment, key).cloned() else { return Ok(()) };
    let rollout = Rollout { replicas: object.spec()["replicas"].as_i64().unwrap_or(1), object };
    replica_sets::claim(cluster, &rollout);
    if rollout.object.meta.is_terminating() {
        let sets = replica_sets::find(cluster, &rollout);
        conditions::write_status(cluster, &rollout, &sets, false);
        return Ok(());
    }
    conditions::note_pause(cluster, &rollout);
    let sets = replica_sets::find(cluster, &rollout);
    let paused = rollout.object.spec()["paused"] == true;
    if paused || is_scaling(&rollout, &sets) {
        let sets = replica_sets::sync_revision(cluster, &rollout, false);
        scaling::scale(cluster, &rollout, &sets);
        let sets = replica_sets::find(cluster, &rollout);
        if paused {
            clean_up(cluster, &rollout, &sets);
        }
        conditions::write_status(cluster, &rollout, &sets, false);
        return Ok(());
    }
    if rollout.object.spec()["strategy"]["type"] == "Recreate" {
        recreate(cluster, &rollout);
    } else {
        rolling::roll(cluster, &rollout);
    }
    Ok(())
}

/// Whether the number of replicas changed since the ReplicaSets were last scaled.
fn is_scaling(rollout: &Rollout, sets: &Sets) -> bool {
    sets.all().filter(|set| replicas(set) > 0).any(|set| {
        let desired = set.meta.annotations.get(DESIRED).and_then(|text| text.parse::<i64>().ok());
        desired.is_some_and(|desired| desired != rollout.replicas)
    })
}

/// All pods of the old template go before the first of the new one comes.
fn recreate(cluster: &mut Cluster, rollout: &Rollout) {
    let sets = replica_sets::sync_revision(cluster, rollout, false);
    let mut scaled = false;
    for set in sets.old.iter().filter(|set| replicas(set) > 0) {
        scale_set(cluster, rollout, set, 0);
        scaled = true;
    }
    let old_pods_live = || {
        sets.old.iter().any(|set| {
            cluster
                .store
                .owned(set.meta.uid, Kind::Pod)
                .any(|pod| !pod.as_pod().is_some_and(Pod::is_finished))
        })
    };
    if !scaled && !old_pods_live() {
        let sets = replica_sets::sync_revision(cluster, rollout, true);
        if let Some(new) = &sets.new
            && replicas(new) != rollout.replicas
        {
            scale_set(cluster, rollout, new, rollout.replicas);
        }
    }
    finish(cluster, rollout);
}

/// Ends a sync of a rollout: old ReplicaSets that are no longer needed go if it is complete; the status follows.
fn finish(cluster: &mut Cluster, rollout: &Rollout) {
    let sets = replica_sets::find(cluster, rollout);
    if conditions::is_complete(rollout, rollout.object.status()) {
        clean_up(cluster, rollout, &sets);
    }
    conditions::write_status(cluster, rollout, &sets, true);
}

fn clean_up(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets) {
    let limit = rollout.object.spec()["revisionHistoryLimit"].as_i64();
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { return };
    let mut unused: Vec<_> = sets.old.iter().filter(|set| !set.meta.is_terminating()).cloned().collect();
    let surplus = unused.len().saturating_sub(limit);
    sort_by_key(&mut unused, |set| revision(set));
    for set in unused.into_iter().take(surplus) {
        let count = |field: &str| set.status()[field].as_i64().unwrap_or(0);
        if count("replicas") == 0 && replicas(&set) == 0 {
            // Gone already is as good.
            let _ = cluster.delete_object(Kind::ReplicaSet, &set.key(), &DeleteOptions::default());
        }
    }
}

impl Sets {
    fn all(&self) -> impl Iterator<Item = &Rc<Object>> {
        self.old.iter().chain(&self.new)
    }
}

impl Rollout {
    fn strategy(&self, field: &str) -> Option<IntOrString> {
        IntOrString::of(&self.object.spec()["strategy"]["rollingUpdate"][field])
    }

    fn is_rolling(&self) -> bool {
        self.object.spec()["strategy"]["type"] != "Recreate"
    }

    fn max_surge(&self) -> i64 {
        if !self.is_rolling() {
            return 0;
        }
        self.strategy("maxSurge").and_then(|surge| surge.scaled(self.replicas, true)).unwrap_or(0)
    }

    /// How many pods may be away: at least one if there is no surge either, at most all.
    fn max_unavailable(&self) -> i64 {
        if !self.is_rolling() || self.replicas == 0 {
            return 0;
        }
        let away =
            self.strategy("maxUnavailable").and_then(|away| away.scaled(self.replicas, false)).unwrap_or(0);
        let away = if away == 0 && self.max_surge() == 0 { 1 } else { away };
        away.min(self.replicas)
    }
}

fn replicas(set: &Object) -> i64 {
    set.spec()["replicas"].as_i64().unwrap_or(1)
}

fn status_count(set: &Object, field: &str) -> i64 {
    set.status()[field].as_i64().unwrap_or(0)
}

fn revision(set: &Object) -> i64 {
    set.meta.annotations.get(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Scales a ReplicaSet and tells so.
fn scale_set(cluster: &mut Cluster, rollout: &Rollout, set: &Object, count: i64) {
    let Some(stored) = cluster.store.get(Kind::ReplicaSet, &set.key()) else { return };
    let before = replicas(stored);
    let mut stored = (**stored).clone();
    annotate_sizes(&mut stored, rollout);
    if let Body::Plain(plain) = &mut stored.body
        && before != count
    {
        let mut fields = (*plain.fields).clone();
        fields["spec"]["replicas"] = Value::from(count);
        plain.fields = Rc::new(fields);
        stored.meta.generation += 1;
    }
    if cluster.store.get(Kind::ReplicaSet, &set.key()).is_some_and(|known| **known == stored) {
        return;
    }
    cluster.write(stored);
    if before != count {
        let direction = if before < count { "up" } else { "down" };
        let message = format!("Scaled {direction} replica set {} from {before} to {count}", set.meta.name);
        cluster.event(&rollout.object, EventType::Normal, "ScalingReplicaSet", &message, SOURCE);
    }
}

fn annotate_sizes(set: &mut Object, rollout: &Rollout) {
    let mut annotations = (*set.meta.annotations).clone();
    annotations.insert(DESIRED.into(), rollout.replicas.to_string().into());
    annotations.insert(MAXIMUM.into(), (rollout.replicas + rollout.max_surge()).to_string().into());
    set.meta.annotations = Rc::new(annotations);
}

#[cfg(test)]
mod tests;
