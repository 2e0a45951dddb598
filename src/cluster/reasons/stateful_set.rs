//! Why the pods of a StatefulSet are not made, deleted or replaced.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Gate, Reason, Why};
use crate::cluster::controller::stateful_set::parent_and_ordinal;
use crate::cluster::object::{Key, Kind, Object, StatefulSet, UpdateStrategy};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, MAX_PODS};

/// Of how many pods that are missing a set tells.
const MOST_MISSING: usize = 100;

const POLICY: &str = "spec.podManagementPolicy";

/// A set and its pods by ordinal.
struct View<'a> {
    cluster: &'a Cluster,
    object: &'a Rc<Object>,
    set: &'a StatefulSet,
    pods: BTreeMap<u32, &'a Rc<Object>>,
    /// The lowest ordinal that should exist and is not available.
    blocked: Option<u32>,
}

impl Cluster {
    pub(super) fn set_reasons(&self, object: &Rc<Object>, reasons: &mut Vec<Reason>) {
        let Some(set) = object.as_stateful_set() else { return };
        if object.meta.is_terminating() {
            reasons.extend(self.deletion_reason(object));
            return;
        }
        let mut pods = BTreeMap::new();
        for pod in self.store.owned(object.meta.uid, Kind::Pod) {
            if let Some((_, ordinal)) = parent_and_ordinal(&pod.meta.name) {
                pods.insert(ordinal, pod);
            }
        }
        let mut view = View { cluster: self, object, set, pods, blocked: None };
        view.blocked = view.ordinals().find(|ordinal| !view.is_available(*ordinal));
        view.missing(reasons);
        view.ended_or_young(reasons);
        view.condemned(reasons);
        view.outdated(reasons);
        let retry = self.retry_reason(object, &Work::StatefulSet(object.key()));
        reasons.extend(retry);
    }
}

impl View<'_> {
    fn ordinals(&self) -> std::ops::Range<u32> {
        let all = self.set.spec.ordinals();
        all.start..all.end.min(all.start.saturating_add(MAX_PODS))
    }

    fn name(&self, ordinal: u32) -> String {
        format!("{}-{ordinal}", self.object.meta.name)
    }

    fn key(&self, ordinal: u32) -> Key {
        self.object.key().sibling(&self.name(ordinal))
    }

    fn is_available(&self, ordinal: u32) -> bool {
        self.pods.get(&ordinal).is_some_and(|pod| {
            !pod.meta.is_terminating()
                && pod.as_pod().is_some_and(|pod| {
                    pod.is_running_and_ready()
                        && pod.is_available(self.set.spec.min_ready_seconds, self.cluster.now)
                })
        })
    }

    /// Whether a pod only has to stay ready for long enough.
    fn is_only_young(&self, ordinal: u32) -> bool {
        !self.is_available(ordinal)
            && self.pods.get(&ordinal).is_some_and(|pod| {
                !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_running_and_ready())
            })
    }

    /// What has to happen to a pod, in words that follow its name.
    fn lack(&self, ordinal: u32) -> String {
        match self.pods.get(&ordinal) {
            None => "is Running and Ready".to_owned(),
            Some(pod) if pod.meta.is_terminating() => "is gone and back".to_owned(),
            Some(_) if self.is_only_young(ordinal) => {
                format!("has been Ready for {} s", self.set.spec.min_ready_seconds)
            }
            Some(_) => "is Running and Ready".to_owned(),
        }
    }

    /// That one pod waits for another one of the set.
    fn behind(&self, ordinal: u32, other: u32, what: &str, end: &str) -> Why {
        let (gate, field) = match self.is_only_young(other) {
            true => (Gate::MinReadySeconds, "spec.minReadySeconds"),
            false => (Gate::Order, POLICY),
        };
        let text = format!("{} waits{what} until {} {end}", self.name(ordinal), self.name(other));
        Why::of(Kind::Pod, self.key(ordinal), gate, text).waits_for(Kind::Pod, self.key(other)).set_by(
            Kind::StatefulSet,
            self.object.key(),
            field,
        )
    }

    fn missing(&self, reasons: &mut Vec<Reason>) {
        let missing = self.ordinals().filter(|ordinal| !self.pods.contains_key(ordinal));
        for ordinal in missing.take(MOST_MISSING) {
            let before = self.blocked.filter(|blocked| *blocked < ordinal && !self.set.spec.is_parallel);
            match before {
                Some(before) => {
                    reasons.push(self.behind(ordinal, before, "", &self.lack(before)).reason);
                }
                None => reasons.extend(self.missing_reason(ordinal)),
            }
        }
    }

    /// Why a pod is not made although no other one is in its way.
    fn missing_reason(&self, ordinal: u32) -> Option<Reason> {
        let (name, key, store) = (self.name(ordinal), self.key(ordinal), &self.cluster.store);
        let why = |gate, text| Why::of(Kind::Pod, key.clone(), gate, text);
        if store.get(Kind::Pod, &key).is_some() {
            let text = format!("{name} waits: its name is taken by a pod that is not the set's");
            return Some(why(Gate::NameTaken, text).waits_for(Kind::Pod, key.clone()).reason);
        }
        for template in &self.set.spec.claims {
            let claim = key.sibling(&format!("{}-{name}", template.name));
            let Some(claim) = store.get(Kind::PersistentVolumeClaim, &claim) else { continue };
            let by_pod = claim.meta.owners.iter().any(|owner| &*owner.kind == "Pod" && *owner.name == *name);
            let (gate, text) = if claim.meta.is_terminating() {
                let text = format!("{name} waits until {}, which is being deleted, is gone", claim.meta.name);
                (Gate::ClaimTerminating, text)
            } else if by_pod {
                let text = format!("{name} waits: {} still belongs to the pod before it", claim.meta.name);
                (Gate::StaleClaim, text)
            } else {
                continue;
            };
            let why = why(gate, text).waits_for(Kind::PersistentVolumeClaim, claim.key());
            let field = "spec.persistentVolumeClaimRetentionPolicy.whenScaled";
            return Some(match by_pod {
                true => why.set_by(Kind::StatefulSet, self.object.key(), field).reason,
                false => why.reason,
            });
        }
        let at = self.cluster.queue.retry_of(&Work::StatefulSet(self.object.key()))?;
        let failure = self.cluster.last_warning(self.object).map_or(String::new(), |it| format!(": {it}"));
        let text = format!("{name} could not be made; its controller tries again at {at}{failure}");
        Some(why(Gate::Retry, text).refused(self.object, &failure).reason)
    }

    /// Why pods that ended are not made anew, and why pods that are ready do not count as available.
    fn ended_or_young(&self, reasons: &mut Vec<Reason>) {
        let range = self.set.spec.ordinals();
        for (ordinal, pod) in self.pods.range(range) {
            let is_left = !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_finished());
            let before = self.blocked.filter(|blocked| blocked < ordinal && !self.set.spec.is_parallel);
            if let Some(before) = before.filter(|_| is_left) {
                reasons.push(self.behind(*ordinal, before, " to be made anew", &self.lack(before)).reason);
            } else if self.is_only_young(*ordinal) {
                let wait = self.set.spec.min_ready_seconds;
                let text =
                    format!("{} is Ready, but not available before {wait} s of it", self.name(*ordinal));
                let why = Why::of(Kind::Pod, self.key(*ordinal), Gate::MinReadySeconds, text);
                let field = "spec.minReadySeconds";
                reasons.push(why.set_by(Kind::StatefulSet, self.object.key(), field).reason);
            }
        }
    }

    /// Why pods outside the range are still there.
    fn condemned(&self, reasons: &mut Vec<Reason>) {
        if self.set.spec.is_parallel {
            return;
        }
        let range = self.set.spec.ordinals();
        let condemned: Vec<u32> =
            self.pods.keys().copied().filter(|ordinal| !range.contains(ordinal)).collect();
        let Some(last) = condemned.last().copied() else { return };
        let lowest_unready = condemned.iter().copied().find(|ordinal| !self.is_available(*ordinal));
        for ordinal in condemned {
            if self.pods.get(&ordinal).is_some_and(|pod| pod.meta.is_terminating()) {
                continue;
            }
            let why = match (self.blocked, lowest_unready) {
                (Some(blocked), _) => self.behind(ordinal, blocked, " to be deleted", &self.lack(blocked)),
                (None, _) if ordinal < last => self.behind(ordinal, last, " to be deleted", "is gone"),
                // The lowest pod that is not ready is in the way of the highest, and the other way round.
                (None, Some(lower)) if lower < ordinal && !self.is_available(ordinal) => {
                    self.behind(ordinal, lower, " to be deleted", &self.lack(lower))
                }
                _ => continue,
            };
            reasons.push(why.reason);
        }
    }

    /// Why pods are not at the update's revision.
    fn outdated(&self, reasons: &mut Vec<Reason>) {
        let (spec, update) = (&self.set.spec, &self.set.status.update_revision);
        let ordered = !spec.is_parallel;
        let gate_is_on = self.cluster.settings.gates.max_unavailable_stateful_set;
        let mut above: Option<u32> = None;
        for ordinal in self.ordinals().rev() {
            let unavailable = !self.is_available(ordinal);
            let Some(pod) = self.pods.get(&ordinal) else {
                above = above.or(Some(ordinal));
                continue;
            };
            let is_outdated =
                pod.meta.label("controller-revision-hash") != Some(update) && !pod.meta.is_terminating();
            if !is_outdated {
                above = above.or(unavailable.then_some(ordinal));
                continue;
            }
            let name = self.name(ordinal);
            let index = i64::from(ordinal - spec.start);
            let own = |gate, field, text| {
                let why = Why::of(Kind::Pod, self.key(ordinal), gate, text);
                why.set_by(Kind::StatefulSet, self.object.key(), field)
            };
            let holder = match ordered {
                true => self.blocked,
                false if gate_is_on => self.blocked,
                false => above,
            };
            let why = match (&spec.update, holder) {
                (UpdateStrategy::OnDelete, _) => {
                    let text = format!("{name} keeps its revision until it is deleted");
                    own(Gate::OnDelete, "spec.updateStrategy.type", text)
                }
                (UpdateStrategy::RollingUpdate(Some(rolling)), _) if index < rolling.partition => {
                    let text =
                        format!("{name} keeps its revision: it is below the partition {}", rolling.partition);
                    own(Gate::Partition, "spec.updateStrategy.rollingUpdate.partition", text)
                }
                (_, Some(holder)) if holder == ordinal => {
                    let text = format!(
                        "{name} is not replaced: nothing is updated until every pod is Running and Ready, and it is \
                         not itself; delete it to go on"
                    );
                    own(Gate::Unavailable, POLICY, text).waits_for(Kind::Pod, self.key(ordinal))
                }
                (_, Some(holder)) => {
                    let text = format!(
                        "{name} waits to be updated until {} {}",
                        self.name(holder),
                        self.lack(holder)
                    );
                    let (gate, field) = match (self.is_only_young(holder), gate_is_on) {
                        (true, _) => (Gate::MinReadySeconds, "spec.minReadySeconds"),
                        // Under order nothing is updated while a lower pod is unavailable.
                        (false, _) if ordered && holder < ordinal => (Gate::Unavailable, POLICY),
                        (false, true) => {
                            (Gate::Unavailable, "spec.updateStrategy.rollingUpdate.maxUnavailable")
                        }
                        (false, false) => (Gate::Unavailable, "spec.updateStrategy.type"),
                    };
                    own(gate, field, text).waits_for(Kind::Pod, self.key(holder))
                }
                (_, None) => continue,
            };
            above = above.or(unavailable.then_some(ordinal));
            reasons.push(why.reason);
        }
    }
}
