//! Why things wait: for each object that is not where its specification wants it, the gate that holds it, what it
//! waits for, and the field that sets the gate.
//!
//! In: a cluster at rest. Out: [`Reason`]s, in order of kind and name. Nothing is decided here: these are the
//! conditions under which the controllers stop, told in words.

use std::rc::Rc;

use super::Cluster;
use super::controller::volume::waits_for_consumer;
use super::object::{ClaimPhase, Key, Kind, Object, StatefulSet, UpdateStrategy};
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
    /// Somebody paused it.
    Paused, "paused";
    /// Somebody suspended it.
    Suspended, "suspended";
    /// A rolling update of a Deployment may have no more pods at once, or no fewer.
    Surge, "surge";
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

impl Cluster {
    /// Why things wait, in order of kind and name.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for object in self.store.list(Kind::StatefulSet) {
            self.set_reasons(object, &mut reasons);
        }
        for object in self.store.list(Kind::Pod) {
            reasons.extend(self.pod_reason(object));
        }
        for object in self.store.list(Kind::PersistentVolumeClaim) {
            reasons.extend(self.claim_reason(object));
        }
        sort_by(&mut reasons, |left, right| {
            (left.kind, &left.object, left.gate).cmp(&(right.kind, &right.object, right.gate))
        });
        reasons
    }

    /// Why one object waits; also for a pod that is yet to be made.
    pub fn reasons_for(&self, kind: Kind, namespace: &str, name: &str) -> Vec<Reason> {
        let same = |reason: &Reason| {
            reason.kind == kind && &*reason.object.namespace == namespace && &*reason.object.name == name
        };
        self.reasons().into_iter().filter(same).collect()
    }

    fn set_reasons(&self, object: &Rc<Object>, reasons: &mut Vec<Reason>) {
        let Some(set) = object.as_stateful_set() else { return };
        if object.meta.is_terminating() {
            if !self.store.dependents(object.meta.uid).is_empty() {
                let text = format!("{} waits until everything it owns is gone", object.meta.name);
                reasons.push(plain(object, Gate::Dependents, None, text));
            }
            return;
        }
        let pod = |ordinal: u32| {
            self.store.find(Kind::Pod, &object.meta.namespace, &format!("{}-{ordinal}", object.meta.name))
        };
        let ordinals = set.spec.ordinals();
        let ordinals = ordinals.start..ordinals.end.min(ordinals.start.saturating_add(super::MAX_PODS));
        let blocked =
            ordinals.clone().find(|ordinal| pod(*ordinal).is_none_or(|pod| !self.is_available(set, pod)));
        if let Some(ordinal) = ordinals.clone().find(|ordinal| pod(*ordinal).is_none()) {
            reasons.extend(self.missing_reason(object, set, ordinal, blocked.and_then(pod)));
        }
        let above = (blocked.is_some() && !set.spec.is_parallel).then(|| blocked.and_then(pod)).flatten();
        for condemned in self.store.owned(object.meta.uid, Kind::Pod) {
            let ordinal =
                condemned.meta.name.rsplit('-').next().and_then(|number| number.parse::<u32>().ok());
            let Some(ordinal) = ordinal.filter(|ordinal| !set.spec.ordinals().contains(ordinal)) else {
                continue;
            };
            if condemned.meta.is_terminating() {
                continue;
            }
            let higher = self.store.owned(object.meta.uid, Kind::Pod).filter(|other| {
                let number = other.meta.name.rsplit('-').next().and_then(|number| number.parse::<u32>().ok());
                number.is_some_and(|number| number > ordinal)
            });
            if let Some(holder) = above.or_else(|| higher.last()).filter(|_| !set.spec.is_parallel) {
                let text = format!(
                    "{} waits to be deleted until {} {}",
                    condemned.meta.name,
                    holder.meta.name,
                    self.lack(set, holder)
                );
                let mut reason = plain(condemned, Gate::Order, Some((Kind::Pod, holder.key())), text);
                reason.field = Some((Kind::StatefulSet, object.key(), "spec.podManagementPolicy"));
                reasons.push(reason);
            }
        }
        self.update_reasons(object, set, reasons);
    }

    fn is_available(&self, set: &StatefulSet, pod: &Object) -> bool {
        !pod.meta.is_terminating()
            && pod.as_pod().is_some_and(|pod| {
                pod.is_running_and_ready() && pod.is_available(set.spec.min_ready_seconds, self.now)
            })
    }

    /// What a pod lacks, in words that follow its name.
    fn lack(&self, set: &StatefulSet, pod: &Object) -> String {
        match pod.as_pod() {
            _ if pod.meta.is_terminating() => "is gone".to_owned(),
            Some(body) if !body.is_running_and_ready() => "is Running and Ready".to_owned(),
            Some(_) if !self.is_available(set, pod) => {
                format!("has been Ready for {} s", set.spec.min_ready_seconds)
            }
            _ => "is gone".to_owned(),
        }
    }

    /// Why the pod of an ordinal is not there.
    fn missing_reason(
        &self,
        object: &Object,
        set: &StatefulSet,
        ordinal: u32,
        blocker: Option<&Rc<Object>>,
    ) -> Option<Reason> {
        let name = format!("{}-{ordinal}", object.meta.name);
        let key = object.key().sibling(&name);
        let reason = |gate, waits_for, field: Option<&'static str>, text| Reason {
            kind: Kind::Pod,
            object: key.clone(),
            gate,
            waits_for,
            field: field.map(|field| (Kind::StatefulSet, object.key(), field)),
            text,
        };
        if let Some(blocker) = blocker.filter(|_| !set.spec.is_parallel) {
            let ready = blocker.as_pod().is_some_and(|pod| pod.is_running_and_ready())
                && !blocker.meta.is_terminating();
            let (gate, field) = match ready {
                true => (Gate::MinReadySeconds, "spec.minReadySeconds"),
                false => (Gate::Order, "spec.podManagementPolicy"),
            };
            let text = format!("{name} waits until {} {}", blocker.meta.name, self.lack(set, blocker));
            return Some(reason(gate, Some((Kind::Pod, blocker.key())), Some(field), text));
        }
        if let Some(other) = self.store.get(Kind::Pod, &key) {
            let text = format!("{name} waits: the name is taken by a pod that is not the set's");
            return Some(reason(Gate::NameTaken, Some((Kind::Pod, other.key())), None, text));
        }
        for template in &set.spec.claims {
            let claim = key.sibling(&format!("{}-{name}", template.name));
            let Some(claim) = self.store.get(Kind::PersistentVolumeClaim, &claim) else { continue };
            let waits_for = Some((Kind::PersistentVolumeClaim, claim.key()));
            if claim.meta.is_terminating() {
                let text = format!("{name} waits until {}, which is being deleted, is gone", claim.meta.name);
                return Some(reason(Gate::ClaimTerminating, waits_for, None, text));
            }
            if claim.meta.owners.iter().any(|owner| &*owner.kind == "Pod" && *owner.name == *name) {
                let text = format!("{name} waits: {} still belongs to the pod before it", claim.meta.name);
                let field = "spec.persistentVolumeClaimRetentionPolicy.whenScaled";
                return Some(reason(Gate::StaleClaim, waits_for, Some(field), text));
            }
        }
        None
    }

    /// Why pods are not at the update's revision.
    fn update_reasons(&self, object: &Rc<Object>, set: &StatefulSet, reasons: &mut Vec<Reason>) {
        let update = &set.status.update_revision;
        let mut unavailable: Option<Rc<Object>> = None;
        let ordinals = set.spec.ordinals();
        let ordinals = ordinals.start..ordinals.end.min(ordinals.start.saturating_add(super::MAX_PODS));
        for ordinal in ordinals.rev() {
            let name = format!("{}-{ordinal}", object.meta.name);
            let Some(pod) = self.store.find(Kind::Pod, &object.meta.namespace, &name) else { continue };
            let outdated =
                pod.meta.label("controller-revision-hash") != Some(update) && !pod.meta.is_terminating();
            let index = i64::from(ordinal - set.spec.start);
            let (gate, field, waits_for, text) = match (&set.spec.update, &unavailable) {
                _ if !outdated => {
                    if !self.is_available(set, pod) {
                        unavailable.get_or_insert_with(|| pod.clone());
                    }
                    continue;
                }
                (UpdateStrategy::OnDelete, _) => {
                    let text = format!("{name} keeps its revision until it is deleted");
                    (Gate::OnDelete, "spec.updateStrategy.type", None, text)
                }
                (UpdateStrategy::RollingUpdate(Some(rolling)), _) if index < rolling.partition => {
                    let text =
                        format!("{name} keeps its revision: it is below the partition {}", rolling.partition);
                    (Gate::Partition, "spec.updateStrategy.rollingUpdate.partition", None, text)
                }
                (_, Some(other)) => {
                    let text = format!(
                        "{name} waits to be updated until {} {}",
                        other.meta.name,
                        self.lack(set, other)
                    );
                    (Gate::Unavailable, "spec.updateStrategy", Some((Kind::Pod, other.key())), text)
                }
                (_, None) => continue,
            };
            let mut reason = plain(pod, gate, waits_for, text);
            reason.field = Some((Kind::StatefulSet, object.key(), field));
            reasons.push(reason);
        }
    }

    fn pod_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let pod = object.as_pod()?;
        let name = &object.meta.name;
        if object.meta.is_terminating() {
            let node = pod.node.as_deref()?;
            if self.is_silent(node) {
                let text = format!("{name} stays Terminating: {node} does not answer");
                return Some(plain(object, Gate::NodeLost, Some((Kind::Node, Key::new("", node))), text));
            }
            let mut reason =
                plain(object, Gate::GracePeriod, None, format!("{name} has its grace period to stop"));
            reason.field = Some((Kind::Pod, object.key(), "spec.terminationGracePeriodSeconds"));
            return Some(reason);
        }
        let scheduled = pod.status.condition("PodScheduled")?;
        if &*scheduled.status != "False" {
            return None;
        }
        let blocking = pod.claims.iter().map(|(_, claim)| object.key().sibling(claim)).find(|claim| {
            self.store.get(Kind::PersistentVolumeClaim, claim).is_none_or(|claim| {
                claim.meta.is_terminating()
                    || claim.as_claim().is_some_and(|claim| claim.phase != ClaimPhase::Bound)
            })
        });
        let waits_for = blocking.map(|claim| (Kind::PersistentVolumeClaim, claim));
        Some(plain(object, Gate::Unschedulable, waits_for, scheduled.message.to_string()))
    }

    fn claim_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let claim = object.as_claim()?;
        let (name, key) = (&object.meta.name, object.key());
        if object.meta.is_terminating() {
            let user = self
                .store
                .users_of_claim(&key)
                .find(|pod| pod.as_pod().is_some_and(|pod| pod.node.is_some()))?;
            let text = format!("{name} stays until {}, which uses it, is gone", user.meta.name);
            return Some(plain(object, Gate::InUse, Some((Kind::Pod, user.key())), text));
        }
        if claim.phase != ClaimPhase::Pending {
            return None;
        }
        let class = self.store.find(Kind::StorageClass, "", claim.class.as_deref().unwrap_or(""));
        match class {
            Some(class)
                if waits_for_consumer(class)
                    && !object.meta.annotations.contains_key(super::controller::volume::SELECTED_NODE) =>
            {
                let text = format!("{name} waits for a pod that uses it to be scheduled");
                let mut reason = plain(object, Gate::FirstConsumer, None, text);
                reason.field = Some((Kind::StorageClass, class.key(), "volumeBindingMode"));
                Some(reason)
            }
            Some(class) => {
                let text = format!(
                    "{name} waits for a volume from {}",
                    class.field("provisioner").as_str().unwrap_or("its provisioner")
                );
                Some(plain(object, Gate::Provisioning, Some((Kind::StorageClass, class.key())), text))
            }
            None => {
                let text = format!("{name} waits for a volume: it has no storage class that exists");
                let mut reason = plain(object, Gate::Provisioning, None, text);
                reason.field = Some((Kind::PersistentVolumeClaim, key, "spec.storageClassName"));
                Some(reason)
            }
        }
    }
}

fn plain(object: &Object, gate: Gate, waits_for: Option<(Kind, Key)>, text: String) -> Reason {
    Reason { kind: object.kind(), object: object.key(), gate, waits_for, field: None, text }
}
