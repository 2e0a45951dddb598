//! Deleting objects: grace periods, finalizers, and when an object really goes.
//!
//! Mirrors `rest.BeforeDelete` and `registry.Store.Delete` of the API server.

use super::object::{Deletion, Key, Kind, Object};
use super::{Cluster, Duration, Instant, Status};

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
    /// What happens to dependents; `None` leaves it to the kind: Jobs orphan them, all others take them along in the
    /// background.
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
        let Some(stored) = self.store.get(kind, key) else {
            return Err(Status::not_found(kind, &key.name));
        };
        let grace = match graceful(stored, options, self.now) {
            Graceful::Pending => return Ok(()),
            Graceful::Within(deletion) => deletion,
            Graceful::Unsupported => Deletion { at: self.now, grace: 0 },
        };
        let mut object = (**stored).clone();
        let by_default = (kind == Kind::Job).then_some(Propagation::Orphan);
        let holds = object.meta.has_finalizer(ORPHAN) || object.meta.has_finalizer(FOREGROUND);
        if let Some(policy) = options.propagation.or(by_default.filter(|_| !holds)) {
            object.meta.remove_finalizer(ORPHAN);
            object.meta.remove_finalizer(FOREGROUND);
            match policy {
                Propagation::Background => {}
                Propagation::Foreground => object.meta.add_finalizer(FOREGROUND),
                Propagation::Orphan => object.meta.add_finalizer(ORPHAN),
            }
        }
        if grace.grace == 0 && object.meta.finalizers.is_empty() {
            self.store.remove(kind, key);
            return Ok(());
        }
        if object.meta.generation > 0 && object.meta.deletion.is_none() {
            object.meta.generation += 1;
        }
        object.meta.deletion = match object.meta.deletion {
            // It has to go already, and only waits for its finalizers.
            Some(known) if known.grace == 0 => Some(known),
            _ => Some(grace),
        };
        if object.meta != stored.meta {
            self.write(object);
        }
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

/// What a deletion does to the time an object has.
enum Graceful {
    /// It is being deleted already, and nothing about that changes.
    Pending,
    /// It has until then.
    Within(Deletion),
    /// It is never asked.
    Unsupported,
}

/// Only pods are asked to go; of them only those that a kubelet runs get time. A second deletion may shorten it.
fn graceful(object: &Object, options: &DeleteOptions, now: Instant) -> Graceful {
    let Some(pod) = object.as_pod() else { return Graceful::Unsupported };
    // A negative grace period counts as the shortest.
    let seconds = |seconds: i64| u64::try_from(seconds).unwrap_or(1);
    let span = |seconds: u64| Duration(seconds.saturating_mul(1000));
    match object.meta.deletion {
        Some(known) if known.grace > 0 => {
            let Some(grace) = options.grace_period_seconds.map(seconds).filter(|grace| *grace < known.grace)
            else {
                return Graceful::Pending;
            };
            let started = Instant(known.at.0.saturating_sub(span(known.grace).0));
            let at = started + span(grace);
            if at < now {
                Graceful::Within(Deletion { at: now, grace: grace.min(1) })
            } else {
                Graceful::Within(Deletion { at, grace })
            }
        }
        Some(_) => Graceful::Unsupported,
        None => {
            let asked = options.grace_period_seconds.unwrap_or(pod.spec.grace_seconds);
            let grace = if pod.node.is_none() || pod.is_finished() { 0 } else { seconds(asked) };
            Graceful::Within(Deletion { at: now + span(grace), grace })
        }
    }
}
