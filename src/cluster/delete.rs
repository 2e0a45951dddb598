//! Deleting objects: grace periods, finalizers, and when an object really goes.
//!
//! Mirrors `rest.BeforeDelete` and `registry.Store.Delete` of the API server.

use super::object::{Deletion, Key, Kind, Object};
use super::{Cluster, Duration, Status};

/// The finalizer of a foreground deletion.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of a deletion that leaves dependents alone.
pub(crate) const ORPHAN: &str = "orphan";

/// `propagationPolicy`: what a deletion does to what the object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// It goes after the object.
    Background,
    /// It goes before the object.
    Foreground,
    /// It stays, without owner.
    Orphan,
}

impl Propagation {
    /// The policy of a name as the API spells it.
    pub fn named(name: &str) -> Option<Propagation> {
        match name {
            "Background" => Some(Propagation::Background),
            "Foreground" => Some(Propagation::Foreground),
            "Orphan" => Some(Propagation::Orphan),
            _ => None,
        }
    }
}

/// Options of a deletion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// What happens to dependents; `None` leaves it to the kind, which is background for all kinds here.
    pub propagation: Option<Propagation>,
    /// Overrides the grace period of a pod, in seconds.
    pub grace_period_seconds: Option<i64>,
}

impl Cluster {
    /// Deletes an object. One with a grace period or finalizers stays, terminating.
    ///
    /// # Errors
    /// There is no such object.
    pub fn delete(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let key = self.get(kind, namespace, name)?.key();
        self.delete_object(kind, &key, options)
    }

    pub(crate) fn delete_object(
        &mut self,
        kind: Kind,
        key: &Key,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let Some(object) = self.store.get(kind, key) else { return Err(Status::not_found(kind, &key.name)) };
        let mut object = (**object).clone();
        if let Some(policy) = options.propagation {
            object.meta.remove_finalizer(ORPHAN);
            object.meta.remove_finalizer(FOREGROUND);
            match policy {
                Propagation::Background => {}
                Propagation::Foreground => object.meta.add_finalizer(FOREGROUND),
                Propagation::Orphan => object.meta.add_finalizer(ORPHAN),
            }
        }
        let grace = grace_period(&object, options);
        let already = object.meta.deletion;
        if grace == 0 && object.meta.finalizers.is_empty() {
            self.store.remove(kind, key);
            return Ok(());
        }
        if let Some(deletion) = already
            && grace >= deletion.grace
        {
            // A second deletion may shorten the grace period, not extend it.
            if self
                .store
                .get(kind, key)
                .is_some_and(|stored| stored.meta.finalizers != object.meta.finalizers)
            {
                self.write(object);
            }
            return Ok(());
        }
        object.meta.deletion =
            Some(Deletion { at: self.now + Duration::seconds(grace.cast_signed()), grace });
        if object.meta.generation > 0 && already.is_none() {
            object.meta.generation += 1;
        }
        self.write(object);
        Ok(())
    }

    /// Stores a later version of an object; one that was only held by a finalizer goes.
    pub(crate) fn write(&mut self, object: Object) {
        let may_go = object.meta.deletion.is_some_and(|deletion| deletion.grace == 0);
        if may_go && object.meta.finalizers.is_empty() {
            self.store.remove(object.kind(), &object.key());
        } else {
            self.store.write(object);
        }
    }
}

/// Seconds until the object may go: only pods that a kubelet runs have to be asked.
fn grace_period(object: &Object, options: &DeleteOptions) -> u64 {
    let Some(pod) = object.as_pod() else { return 0 };
    if pod.node.is_none() || pod.is_finished() {
        return 0;
    }
    let seconds = options.grace_period_seconds.unwrap_or(pod.spec.grace_seconds);
    // A negative grace period counts as the shortest.
    u64::try_from(seconds).unwrap_or(1)
}
