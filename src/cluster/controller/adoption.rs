//! Which pods a ReplicaSet or a Job has: those it owns, those it adopts, not those it releases; and which of them it
//! misses least.
//!
//! Mirrors `PodControllerRefManager.ClaimPods` and `ActivePods` of the controllers' common code.

use std::cmp::Reverse;
use std::rc::Rc;

use crate::cluster::Cluster;
use crate::cluster::object::{Kind, Object, OwnerReference, Phase, Selector};
use crate::cluster::store::NOBODY;

/// The pods that the owner has, after adopting and releasing. Those adopted get the finalizer.
pub(super) fn claim_pods(
    cluster: &mut Cluster,
    owner: &Object,
    finalizer: Option<&str>,
    may_adopt: impl Fn(&Object) -> bool,
) -> Vec<Rc<Object>> {
    let selector = Selector::of(&owner.spec()["selector"]);
    let terminating = owner.meta.is_terminating();
    let owned = cluster.store.owned(owner.meta.uid, Kind::Pod);
    let owned = owned.filter(|pod| pod.meta.controller().is_some_and(|other| other.uid == owner.meta.uid));
    let (matching, others): (Vec<_>, Vec<_>) =
        owned.cloned().partition(|pod| selector.matches(&pod.meta.labels));
    let mut pods = matching;
    if terminating {
        return pods;
    }
    for pod in others {
        let mut pod = (*pod).clone();
        pod.meta.owners =
            pod.meta.owners.iter().filter(|other| other.uid != owner.meta.uid).cloned().collect();
        if let Some(finalizer) = finalizer {
            pod.meta.remove_finalizer(finalizer);
        }
        cluster.write(pod);
    }
    let orphans: Vec<_> = cluster
        .store
        .owned(NOBODY, Kind::Pod)
        .filter(|pod| {
            pod.meta.namespace == owner.meta.namespace
                && !pod.meta.is_terminating()
                && may_adopt(pod)
                && selector.matches(&pod.meta.labels)
        })
        .cloned()
        .collect();
    for pod in orphans {
        let mut pod = (*pod).clone();
        let reference = OwnerReference::controller(owner.kind(), &owner.meta);
        pod.meta.owners = pod.meta.owners.iter().cloned().chain([reference]).collect();
        if let Some(finalizer) = finalizer {
            pod.meta.add_finalizer(finalizer);
        }
        let key = pod.key();
        cluster.write(pod);
        pods.extend(cluster.store.get(Kind::Pod, &key).cloned());
    }
    pods
}

/// How much a pod would be missed: what compares less goes first. Without node, not running, not ready; then by the
/// deletion cost that `pod-deletion-cost` says (if it counts), beside many others of its owner, ready for the shortest
/// time, restarted most often, the youngest.
pub(super) fn worth(cluster: &Cluster, object: &Object, cost: i64, mates: usize) -> impl Ord + use<> {
    let pod = object.as_pod();
    let phase = pod.map_or(0, |pod| match pod.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        _ => 2,
    });
    let ready = pod.and_then(|pod| pod.status.condition("Ready")).filter(|ready| &*ready.status == "True");
    let containers = pod.map_or(&[][..], |pod| &pod.status.containers);
    (
        pod.is_some_and(|pod| pod.node.is_some()),
        phase,
        ready.is_some(),
        (cost, Reverse(mates)),
        ready.map_or(0, |ready| (cluster.now - ready.since).0),
        Reverse(containers.iter().map(|container| container.restarts).max().unwrap_or(0)),
        Reverse((object.meta.created, object.meta.uid)),
    )
}
