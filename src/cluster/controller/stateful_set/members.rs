//! Which pods belong to a set: those it owns, those it adopts, not those it releases.
//!
//! Mirrors `getPodsForStatefulSet` and `PodControllerRefManager.ClaimPods`.

use std::rc::Rc;

use super::parent_and_ordinal;
use crate::cluster::Cluster;
use crate::cluster::object::{Kind, Object, OwnerReference};
use crate::cluster::store::NOBODY;

/// The set's pods, after adopting and releasing.
pub(super) fn claim(cluster: &mut Cluster, set: &Object) -> Vec<Rc<Object>> {
    let Some(spec) = set.as_stateful_set().map(|set| set.spec.clone()) else { return Vec::new() };
    let is_member = |pod: &Object| {
        spec.selector.matches(&pod.meta.labels)
            && parent_and_ordinal(&pod.meta.name).is_some_and(|(parent, _)| *parent == *set.meta.name)
    };
    let mut pods = Vec::new();
    let mut released = Vec::new();
    for pod in cluster.store.owned(set.meta.uid, Kind::Pod) {
        if pod.meta.controller().is_none_or(|owner| owner.uid != set.meta.uid) {
            continue;
        }
        if is_member(pod) {
            pods.push(pod.clone());
        } else if !set.meta.is_terminating() {
            released.push(pod.clone());
        }
    }
    let adopted: Vec<_> = cluster
        .store
        .owned(NOBODY, Kind::Pod)
        .filter(|pod| {
            pod.meta.namespace == set.meta.namespace && !pod.meta.is_terminating() && is_member(pod)
        })
        .filter(|_| !set.meta.is_terminating())
        .cloned()
        .collect();
    for pod in released {
        let mut pod = (*pod).clone();
        pod.meta.owners = pod.meta.owners.iter().filter(|owner| owner.uid != set.meta.uid).cloned().collect();
        cluster.write(pod);
    }
    for pod in adopted {
        let mut pod = (*pod).clone();
        let owner = OwnerReference::controller(Kind::StatefulSet, &set.meta);
        pod.meta.owners = pod.meta.owners.iter().cloned().chain([owner]).collect();
        let key = pod.key();
        cluster.write(pod);
        pods.extend(cluster.store.get(Kind::Pod, &key).cloned());
    }
    pods
}
