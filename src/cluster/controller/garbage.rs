//! Deletes what has lost its owners, and carries out foreground and orphaning deletions.
//!
//! Mirrors `attemptToDeleteItem`, `processDeletingDependentsItem` and `orphanDependents` of the garbage collector.

use std::rc::Rc;

use crate::cluster::Cluster;
use crate::cluster::delete::{DeleteOptions, FOREGROUND, ORPHAN, Propagation};
use crate::cluster::object::{Key, Kind, Object, OwnerReference, Uid};

pub(crate) fn reconcile(cluster: &mut Cluster, kind: Kind, key: &Key, uid: Uid) {
    let Some(object) = cluster.store.get(kind, key).filter(|object| object.meta.uid == uid).cloned() else {
        return;
    };
    if object.meta.is_terminating() {
        if object.meta.has_finalizer(ORPHAN) {
            orphan_dependents(cluster, &object);
            return;
        }
        if object.meta.has_finalizer(FOREGROUND) {
            delete_dependents(cluster, &object);
        }
        return;
    }
    collect(cluster, &object);
}

/// Takes the object out of the owners of all its dependents, then lets it go.
fn orphan_dependents(cluster: &mut Cluster, owner: &Object) {
    for (kind, key) in cluster.store.dependents(owner.meta.uid) {
        keep_owners(cluster, kind, &key, |reference| reference.uid != owner.meta.uid);
    }
    finish(cluster, owner, ORPHAN);
}

/// Lets the object go if no dependent blocks it; else asks each that does to go.
fn delete_dependents(cluster: &mut Cluster, owner: &Object) {
    let blocking: Vec<_> = cluster
        .store
        .dependents(owner.meta.uid)
        .into_iter()
        .filter_map(|(kind, key)| cluster.store.get(kind, &key).cloned())
        .filter(|dependent| {
            let blocks = |reference: &OwnerReference| {
                reference.uid == owner.meta.uid && reference.block_owner_deletion == Some(true)
            };
            dependent.meta.owners.iter().any(blocks)
        })
        .collect();
    if blocking.is_empty() {
        finish(cluster, owner, FOREGROUND);
        return;
    }
    for dependent in blocking {
        if dependent.meta.is_terminating() {
            continue;
        }
        collect(cluster, &dependent);
    }
}

fn finish(cluster: &mut Cluster, object: &Object, finalizer: &str) {
    if let Some(current) = cluster.store.get(object.kind(), &object.key()) {
        let mut current = (**current).clone();
        current.meta.remove_finalizer(finalizer);
        cluster.write(current);
    }
}

/// Deletes an object without a living owner; takes dead owners out of one that has a living one.
fn collect(cluster: &mut Cluster, object: &Rc<Object>) {
    if object.meta.owners.is_empty() {
        return;
    }
    let living = |reference: &OwnerReference| {
        let owner = cluster.store.by_uid(reference.uid);
        owner.and_then(|(kind, key)| cluster.store.get(*kind, key))
    };
    let waits = |reference: &OwnerReference| {
        living(reference)
            .is_some_and(|owner| owner.meta.is_terminating() && owner.meta.has_finalizer(FOREGROUND))
    };
    let solid: Vec<_> = object
        .meta
        .owners
        .iter()
        .filter(|reference| living(reference).is_some() && !waits(reference))
        .map(|reference| reference.uid)
        .collect();
    let waiting = object.meta.owners.iter().any(waits);
    let (kind, key) = (object.kind(), object.key());
    if !solid.is_empty() {
        if solid.len() < object.meta.owners.len() {
            keep_owners(cluster, kind, &key, |reference| solid.contains(&reference.uid));
        }
        return;
    }
    let propagation = if (waiting && !cluster.store.dependents(object.meta.uid).is_empty())
        || object.meta.has_finalizer(FOREGROUND)
    {
        Propagation::Foreground
    } else if object.meta.has_finalizer(ORPHAN) {
        Propagation::Orphan
    } else {
        Propagation::Background
    };
    let options = DeleteOptions { propagation: Some(propagation), grace_period_seconds: None };
    // It was there a moment ago; should it be gone, there is nothing left to do.
    let _ = cluster.delete_object(kind, &key, &options);
}

fn keep_owners(cluster: &mut Cluster, kind: Kind, key: &Key, keep: impl Fn(&OwnerReference) -> bool) {
    if let Some(object) = cluster.store.get(kind, key) {
        let mut object = (**object).clone();
        object.meta.owners = object.meta.owners.iter().filter(|reference| keep(reference)).cloned().collect();
        cluster.write(object);
    }
}
