//! A change of `replicas`: all to the one ReplicaSet that counts, or in proportion during a rollout.

use std::cmp::Reverse;

use super::{MAXIMUM, Rollout, Sets, replicas, scale_set, status_count};
use crate::cluster::Cluster;
use crate::gather::sort_by_key;

pub(super) fn scale(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets) {
    let active: Vec<_> = sets.all().filter(|set| replicas(set) > 0).cloned().collect();
    let only = match active.as_slice() {
        [] => sets.new.clone().or_else(|| sets.old.last().cloned()),
        [one] => Some(one.clone()),
        _ => None,
    };
    if let Some(only) = only {
        // One that has this size already keeps the note of the size before.
        if replicas(&only) != rollout.replicas {
            scale_set(cluster, rollout, &only, rollout.replicas);
        }
        return;
    }
    if let Some(new) = &sets.new
        && is_saturated(rollout, new)
    {
        for set in sets.old.iter().filter(|set| replicas(set) > 0) {
            scale_set(cluster, rollout, set, 0);
        }
        return;
    }
    if !rollout.is_rolling() {
        return;
    }
    let allowed = if rollout.replicas > 0 { rollout.replicas + rollout.max_surge() } else { 0 };
    let total: i64 = active.iter().map(|set| replicas(set)).sum();
    let change = allowed - total;
    let mut sorted = active;
    if change > 0 {
        sort_by_key(&mut sorted, |set| (Reverse(replicas(set)), Reverse((set.meta.created, set.meta.uid))));
    } else {
        sort_by_key(&mut sorted, |set| (Reverse(replicas(set)), set.meta.created, set.meta.uid));
    }
    let mut sizes = Vec::new();
    let mut added = 0;
    for set in &sorted {
        let share = if change == 0 { 0 } else { share(rollout, set, change - added) };
        added += share;
        sizes.push(replicas(set) + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + change - added).max(0);
    }
    for (set, size) in sorted.iter().zip(sizes) {
        scale_set(cluster, rollout, set, size);
    }
}

fn is_saturated(rollout: &Rollout, set: &crate::cluster::Object) -> bool {
    let desired = set.meta.annotations.get(super::DESIRED).and_then(|text| text.parse::<i64>().ok());
    replicas(set) == rollout.replicas
        && desired == Some(rollout.replicas)
        && status_count(set, "availableReplicas") == rollout.replicas
}

/// What of a change falls to one ReplicaSet, by its part of the size before.
fn share(rollout: &Rollout, set: &crate::cluster::Object, left: i64) -> i64 {
    let size = replicas(set);
    if size == 0 || left == 0 {
        return 0;
    }
    let fraction = if rollout.replicas == 0 {
        -size
    } else {
        let now = rollout.replicas + rollout.max_surge();
        let before = set.meta.annotations.get(MAXIMUM).and_then(|text| text.parse::<i64>().ok());
        let before =
            before.unwrap_or_else(|| rollout.object.status()["replicas"].as_i64().unwrap_or(0)).max(1);
        // Rounded to the nearest, halves away from zero.
        (2 * size * now + before) / (2 * before) - size
    };
    if left > 0 { fraction.min(left) } else { fraction.max(left) }
}
