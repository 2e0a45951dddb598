//! Why things wait: for each object that is not where its specification wants it, the gate that holds it, what it
//! waits for, and the field that sets the gate.
//!
//! In: a cluster at rest. Out: [`Reason`]s, in order of kind and name. Nothing is decided here: these are the
//! conditions under which the controllers stop, told in words.

mod claim;
mod pod;
mod service;
mod stateful_set;
#[cfg(test)]
mod tests;
mod workload;

use std::rc::Rc;

use super::Cluster;
use super::delete::{FOREGROUND, ORPHAN};
use super::object::{Key, Kind, Object};
use super::work::Work;
use crate::gather::sort_by;

/// A table of gates: variant, name, what it is.
macro_rules! gates {
    ($($(#[$doc:meta])* $gate:ident, $name:literal;)*) => {
        /// What holds an object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Gate { $($(#[$doc])* $gate,)* }

        impl Gate {
            /// The name, in kebab case, as in `min-ready-seconds`. Names are never changed.
            pub fn name(self) -> &'static str {
                match self { $(Gate::$gate => $name,)* }
            }
        }
    };
}

gates! {
    /// Under `OrderedReady` a pod waits for those below it, or above it when it is to go.
    Order, "order";
    /// A pod is ready but not for long enough.
    MinReadySeconds, "min-ready-seconds";
    /// A rolling update waits for a pod that is unavailable.
    Unavailable, "unavailable";
    /// Pods below the partition keep their revision.
    Partition, "partition";
    /// Pods are updated when somebody deletes them.
    OnDelete, "on-delete";
    /// A pod's name is taken by one that is not the set's.
    NameTaken, "name-taken";
    /// A claim still belongs to the pod's predecessor.
    StaleClaim, "stale-claim";
    /// A claim is being deleted.
    ClaimTerminating, "claim-terminating";
    /// A controller failed and waits before it tries again.
    Retry, "retry";
    /// A quota leaves no room for another object.
    Quota, "quota";
    /// Somebody paused it.
    Paused, "paused";
    /// Somebody suspended it.
    Suspended, "suspended";
    /// A rolling update of a Deployment may have no more pods at once, or no fewer.
    Surge, "surge";
    /// A roll-out has made no progress for as long as it may.
    ProgressDeadline, "progress-deadline";
    /// A pod cannot be placed.
    Unschedulable, "unschedulable";
    /// A pod cannot be placed before its claim is bound.
    ClaimUnbound, "claim-unbound";
    /// A pod's containers are being made.
    Starting, "starting";
    /// A pod's init containers have not ended.
    Init, "init";
    /// An image cannot be pulled.
    Image, "image";
    /// A container cannot be made as its specification stands.
    Configuration, "configuration";
    /// A container that ended waits before it is started again.
    BackOff, "back-off";
    /// A container runs and is not ready.
    Readiness, "readiness";
    /// A pod's kubelet has not finished it yet.
    GracePeriod, "grace-period";
    /// A pod's node is silent, so nobody finishes it.
    NodeLost, "node-lost";
    /// A finalizer holds an object that is being deleted.
    Finalizer, "finalizer";
    /// A claim waits for a pod that uses it.
    FirstConsumer, "first-consumer";
    /// A claim waits for a volume.
    Provisioning, "provisioning";
    /// A claim waits to grow.
    Resizing, "resizing";
    /// A claim is held by the pods that use it.
    InUse, "in-use";
    /// An object is held by what it owns.
    Dependents, "dependents";
    /// A Job waits for its pods to end.
    Completions, "completions";
    /// An autoscaler has no load to go by.
    Metrics, "metrics";
    /// An autoscaler wants more or fewer pods than it may have.
    Limit, "limit";
    /// An autoscaler waits before it takes pods away.
    Stabilization, "stabilization";
    /// A budget lets no pod go.
    Budget, "budget";
    /// A Service has no pod to send anything to.
    Endpoints, "endpoints";
    /// A Service waits for an address that something outside of the cluster gives.
    LoadBalancer, "load-balancer";
}

/// Why one object waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Kind of the object that waits.
    pub kind: Kind,
    /// The object that waits; it may be one that is yet to be made.
    pub object: Key,
    /// What holds it.
    pub gate: Gate,
    /// What it waits for, if that is an object.
    pub waits_for: Option<(Kind, Key)>,
    /// The object and the field that set the gate, if a field does.
    pub field: Option<(Kind, Key, &'static str)>,
    /// The same as one sentence in our words, without full stop, that begins with the object's name.
    pub text: String,
}

/// Builds a reason step by step.
struct Why {
    reason: Reason,
}

impl Why {
    fn new(object: &Object, gate: Gate, text: String) -> Why {
        Why::of(object.kind(), object.key(), gate, text)
    }

    /// Of an object that may not exist.
    fn of(kind: Kind, object: Key, gate: Gate, text: String) -> Why {
        Why { reason: Reason { kind, object, gate, waits_for: None, field: None, text } }
    }

    fn waits_for(mut self, kind: Kind, key: Key) -> Why {
        self.reason.waits_for = Some((kind, key));
        self
    }

    fn set_by(mut self, kind: Kind, key: Key, field: &'static str) -> Why {
        self.reason.field = Some((kind, key, field));
        self
    }

    /// The field is the object's own.
    fn set_by_own(self, field: &'static str) -> Why {
        let (kind, key) = (self.reason.kind, self.reason.object.clone());
        self.set_by(kind, key, field)
    }

    /// What a controller was told when it failed: a quota is a gate of its own. `about` is in the quota's namespace.
    fn refused(mut self, about: &Object, failure: &str) -> Why {
        let quota = failure.split_once("exceeded quota: ").and_then(|(_, rest)| rest.split(',').next());
        let Some(quota) = quota else { return self };
        self.reason.gate = Gate::Quota;
        let key = about.key().sibling(quota);
        self.waits_for(Kind::ResourceQuota, key.clone()).set_by(Kind::ResourceQuota, key, "spec.hard")
    }

    /// The same reason for an object that waits because this one does.
    fn passed_on(reason: &Reason, object: &Object) -> Why {
        let text = format!("{} waits: {}", object.meta.name, reason.text);
        let mut why = Why::new(object, reason.gate, text);
        why.reason.waits_for = Some((reason.kind, reason.object.clone()));
        why.reason.field.clone_from(&reason.field);
        why
    }
}

impl Cluster {
    /// Why things wait, in order of kind and name.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for kind in Kind::all() {
            for object in self.store.list(kind) {
                self.add_reasons(object, &mut reasons);
            }
        }
        sorted(reasons)
    }

    /// Why one object waits; also for a pod that is yet to be made.
    pub fn reasons_for(&self, kind: Kind, namespace: &str, name: &str) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Ok(object) = self.get(kind, namespace, name) {
            self.add_reasons(object, &mut reasons);
        }
        // What holds a pod of a set is found by looking at the set.
        if kind == Kind::Pod
            && let Some((set, _)) = name.rsplit_once('-')
            && let Some(set) = self.store.find(Kind::StatefulSet, namespace, set)
        {
            self.set_reasons(set, &mut reasons);
        }
        let is_same = |reason: &Reason| {
            reason.kind == kind && &*reason.object.namespace == namespace && &*reason.object.name == name
        };
        reasons.retain(is_same);
        sorted(reasons)
    }

    fn add_reasons(&self, object: &Rc<Object>, reasons: &mut Vec<Reason>) {
        match object.kind() {
            Kind::StatefulSet => self.set_reasons(object, reasons),
            Kind::Pod => reasons.extend(self.pod_reason(object)),
            Kind::PersistentVolumeClaim => reasons.extend(self.claim_reason(object)),
            _ if object.meta.is_terminating() => reasons.extend(self.deletion_reason(object)),
            Kind::Deployment => reasons.extend(self.deployment_reasons(object)),
            Kind::ReplicaSet => reasons.extend(self.replica_set_reason(object)),
            Kind::Job => reasons.extend(self.job_reason(object)),
            Kind::CronJob => reasons.extend(self.cron_job_reason(object)),
            Kind::HorizontalPodAutoscaler => reasons.extend(self.autoscaler_reasons(object)),
            Kind::PodDisruptionBudget => reasons.extend(self.budget_reason(object)),
            Kind::Node => reasons.extend(self.node_reason(object)),
            Kind::Service => reasons.extend(self.service_reason(object)),
            _ => {}
        }
    }

    /// Why an object that was deleted is still there.
    fn deletion_reason(&self, object: &Object) -> Option<Reason> {
        let name = &object.meta.name;
        if object.meta.has_finalizer(FOREGROUND) {
            let blocking = self.store.dependents(object.meta.uid).into_iter().find(|(kind, key)| {
                let dependent = self.store.get(*kind, key);
                dependent.is_some_and(|dependent| {
                    let owners = dependent.meta.owners.iter();
                    let mut own = owners.filter(|owner| owner.uid == object.meta.uid);
                    own.any(|owner| owner.block_owner_deletion == Some(true))
                })
            });
            let text = format!("{name} waits until everything that it owns is gone");
            let why = Why::new(object, Gate::Dependents, text).set_by_own("metadata.finalizers");
            return Some(match blocking {
                Some((kind, key)) => why.waits_for(kind, key).reason,
                None => why.reason,
            });
        }
        let finalizer = object.meta.finalizers.iter().find(|finalizer| &***finalizer != ORPHAN)?;
        let text = format!("{name} stays until its finalizer {finalizer} is taken off");
        Some(Why::new(object, Gate::Finalizer, text).set_by_own("metadata.finalizers").reason)
    }

    /// What the last warning about an object says, without its full stop.
    fn last_warning(&self, object: &Object) -> Option<&str> {
        let is_warning = |event: &&Rc<super::Event>| {
            event.uid == object.meta.uid && event.event_type == super::EventType::Warning
        };
        let message = &*self.events.iter().rev().find(is_warning)?.message;
        let message = message.strip_prefix("(combined from similar events): ").unwrap_or(message);
        Some(message.trim_end_matches('.'))
    }

    /// That a controller failed and waits before it tries again.
    fn retry_reason(&self, object: &Object, work: &Work) -> Option<Reason> {
        let at = self.queue.retry_of(work)?;
        let wait = (at - self.now).0;
        let wait = if wait < 1000 { format!("{wait} ms") } else { format!("{} s", wait / 1000) };
        let failure = self.last_warning(object).map_or(String::new(), |failure| format!(": {failure}"));
        let text =
            format!("{} waits: its controller failed and tries again in {wait}{failure}", object.meta.name);
        Some(Why::new(object, Gate::Retry, text).refused(object, &failure).reason)
    }
}

fn sorted(mut reasons: Vec<Reason>) -> Vec<Reason> {
    sort_by(&mut reasons, |left, right| {
        (left.kind, &left.object, left.gate).cmp(&(right.kind, &right.object, right.gate))
    });
    reasons
}
