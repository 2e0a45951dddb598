//! A rolling update: up with the new ReplicaSet as far as the surge allows, down with the old ones as far as
//! availability allows.

use super::{Rollout, Sets, finish, replica_sets, replicas, scale_set, status_count};
use crate::cluster::Cluster;

pub(super) fn roll(cluster: &mut Cluster, rollout: &Rollout) {
    let sets = replica_sets::sync_revision(cluster, rollout, true);
    let Some(new) = &sets.new else { return };
    let wanted = new_replicas(rollout, &sets);
    if replicas(new) != wanted {
        scale_set(cluster, rollout, new, wanted);
    } else {
        shrink_old(cluster, rollout, &sets);
    }
    finish(cluster, rollout);
}

/// How many pods the new ReplicaSet may have now.
pub(super) fn new_replicas(rollout: &Rollout, sets: &Sets) -> i64 {
    let have = sets.new.as_deref().map_or(0, replicas);
    if have > rollout.replicas || !rollout.is_rolling() {
        return rollout.replicas;
    }
    let total: i64 = sets.all().map(|set| replicas(set)).sum();
    let room = rollout.replicas + rollout.max_surge() - total;
    if room <= 0 { have } else { have + room.min(rollout.replicas - have) }
}

fn shrink_old(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets) {
    let Some(new) = &sets.new else { return };
    if sets.old.iter().all(|set| replicas(set) == 0) {
        return;
    }
    let total: i64 = sets.all().map(|set| replicas(set)).sum();
    let minimum = rollout.replicas - rollout.max_unavailable();
    let unavailable_new = replicas(new) - status_count(new, "availableReplicas");
    let most = total - minimum - unavailable_new;
    if most <= 0 {
        return;
    }
    // Unhealthy pods first: they serve nobody.
    let mut sizes: Vec<i64> = sets.old.iter().map(|set| replicas(set)).collect();
    let mut cleaned = 0;
    for (set, size) in sets.old.iter().zip(&mut sizes) {
        let unhealthy = (*size - status_count(set, "availableReplicas")).max(0);
        let step = unhealthy.min(most - cleaned).max(0);
        if *size > 0 && step > 0 {
            *size -= step;
            cleaned += step;
            scale_set(cluster, rollout, set, *size);
        }
    }
    let available: i64 = sets.all().map(|set| status_count(set, "availableReplicas")).sum();
    let mut left = available - minimum;
    for (set, size) in sets.old.iter().zip(&mut sizes) {
        let step = left.min(*size);
        if step > 0 {
            *size -= step;
            left -= step;
            scale_set(cluster, rollout, set, *size);
        }
    }
}
