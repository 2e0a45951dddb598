//! Who should own a claim, by the set's `persistentVolumeClaimRetentionPolicy`.
//!
//! Mirrors `isClaimOwnerUpToDate` and `updateClaimOwnerRefForSetAndPod`: what owns a claim takes it along when it is
//! garbage collected.

use std::rc::Rc;

use super::Sync;
use super::claims::PodIdentity;
use crate::cluster::object::{Kind, Meta, OwnerReference, Retention};

/// Who should own the claim.
#[derive(PartialEq, Eq)]
enum Owner {
    Nobody,
    Set,
    Pod,
}

fn wanted(sync: &Sync, pod: &PodIdentity<'_>) -> Owner {
    let is_condemned = !sync.spec.ordinals().contains(&pod.ordinal);
    match (sync.spec.when_scaled, sync.spec.when_deleted) {
        (Retention::Delete, _) if is_condemned => Owner::Pod,
        (_, Retention::Delete) => Owner::Set,
        _ => Owner::Nobody,
    }
}

fn names_set(owner: &OwnerReference, sync: &Sync) -> bool {
    &*owner.kind == Kind::StatefulSet.name()
        && &*owner.api_version == Kind::StatefulSet.api_version()
        && owner.name == sync.meta.name
}

fn names_pod(owner: &OwnerReference, pod: &str) -> bool {
    &*owner.kind == Kind::Pod.name() && &*owner.api_version == Kind::Pod.api_version() && &*owner.name == pod
}

fn is_pod(owner: &OwnerReference, pod: &PodIdentity<'_>) -> bool {
    pod.meta.is_some_and(|meta| meta.uid == owner.uid)
}

/// Whether a claim is owned by a pod of that name that is not the one that is to be created.
pub(super) fn stale_pod_owner(claim: &Meta, pod: &str) -> bool {
    claim.owners.iter().any(|owner| names_pod(owner, pod))
}

/// Whether something else manages the claim, so that the policy leaves it alone.
pub(super) fn has_unexpected_controller(claim: &Meta, sync: &Sync, pod: &PodIdentity<'_>) -> bool {
    if sync.spec.when_scaled == Retention::Retain && sync.spec.when_deleted == Retention::Retain {
        return false;
    }
    claim.owners.iter().any(|owner| {
        if names_set(owner, sync) {
            owner.uid != sync.meta.uid
        } else if names_pod(owner, pod.name) {
            !is_pod(owner, pod)
        } else {
            owner.is_controller()
        }
    })
}

/// Whether the claim has the owner it should have.
pub(super) fn is_up_to_date(claim: &Meta, sync: &Sync, pod: &PodIdentity<'_>) -> bool {
    if claim.owners.is_empty() {
        return wanted(sync, pod) == Owner::Nobody;
    }
    let stale = |owner: &OwnerReference| {
        (names_set(owner, sync) && owner.uid != sync.meta.uid)
            || (names_pod(owner, pod.name) && !is_pod(owner, pod))
    };
    if claim.owners.iter().any(stale) {
        // It belongs to a predecessor of the set or the pod, with which it may yet go.
        return true;
    }
    let owned_by_set = claim.owners.iter().any(|owner| owner.uid == sync.meta.uid);
    let owned_by_pod = claim.owners.iter().any(|owner| is_pod(owner, pod));
    if has_unexpected_controller(claim, sync, pod) {
        return !owned_by_set && !owned_by_pod;
    }
    let only_shares =
        |owner: &OwnerReference| (owner.uid == sync.meta.uid || is_pod(owner, pod)) && !owner.is_controller();
    if claim.owners.iter().any(only_shares) {
        return false;
    }
    let wanted = wanted(sync, pod);
    owned_by_set == (wanted == Owner::Set) && owned_by_pod == (wanted == Owner::Pod)
}

/// The owners the claim should have: others stay, set and pod by the policy.
pub(super) fn owners_for(claim: &Meta, sync: &Sync, pod: &PodIdentity<'_>) -> Rc<[OwnerReference]> {
    let others =
        claim.owners.iter().filter(|owner| !names_set(owner, sync) && !names_pod(owner, pod.name)).cloned();
    if has_unexpected_controller(claim, sync, pod) {
        return others.collect();
    }
    let own = match (wanted(sync, pod), pod.meta) {
        (Owner::Set, _) => Some(OwnerReference::controller(Kind::StatefulSet, &sync.meta)),
        (Owner::Pod, Some(meta)) => Some(OwnerReference::controller(Kind::Pod, meta)),
        _ => None,
    };
    others.chain(own).collect()
}
