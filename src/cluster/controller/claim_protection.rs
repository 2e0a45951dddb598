//! Lets a deleted claim go once no pod that has a node uses it.
//!
//! Mirrors the pvc-protection controller; admission puts the finalizer on each claim.

use crate::cluster::object::{Key, Kind};
use crate::cluster::{Cluster, Status};

/// The finalizer that holds a claim while it is in use.
pub(crate) const FINALIZER: &str = "kubernetes.io/pvc-protection";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(claim) = cluster.store.get(Kind::PersistentVolumeClaim, key) else { return Ok(()) };
    if !claim.meta.is_terminating() || !claim.meta.has_finalizer(FINALIZER) {
        return Ok(());
    }
    let is_used = cluster.store.users_of_claim(key).any(|pod| {
        // A pod without node cannot start any more: the kubelet refuses a claim that is being deleted.
        pod.as_pod().is_some_and(|pod| pod.node.is_some())
    });
    if !is_used {
        let mut claim = (**claim).clone();
        claim.meta.remove_finalizer(FINALIZER);
        cluster.write(claim);
    }
    Ok(())
}
