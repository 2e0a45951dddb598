//! Tells the controllers what changed: which write makes which of them look at what.
//!
//! Mirrors the event handlers that each controller registers with its informers; what a controller does not watch
//! does not wake it, which is why some worlds wait for a retry.

use std::rc::Rc;

use super::controller::{autoscaler, job, pod_gc, taint_eviction};
use super::delete::{FOREGROUND, ORPHAN};
use super::object::{Key, Kind, Object, OwnerReference};
use super::store::Change;
use super::work::Work;
use super::{Cluster, EventType};

impl Cluster {
    /// Hands all writes that were not handed out yet to the controllers.
    pub(crate) fn inform(&mut self) {
        loop {
            let changes = self.store.take_changes();
            if changes.is_empty() {
                return;
            }
            for change in changes {
                self.inform_of(&change);
            }
        }
    }

    fn inform_of(&mut self, change: &Change) {
        let Some(object) = change.new.as_ref().or(change.old.as_ref()) else { return };
        let key = object.key();
        match object.kind() {
            Kind::Pod => self.pod_changed(change, &key),
            Kind::StatefulSet => {
                if change.new.is_none() {
                    self.rosters.remove(&object.meta.uid);
                }
                self.queue.add(Work::StatefulSet(key));
            }
            Kind::Deployment => self.queue.add(Work::Deployment(key)),
            Kind::ReplicaSet => {
                self.wake_controllers(change, Kind::Deployment);
                self.queue.add(Work::ReplicaSet(key));
            }
            Kind::Job => self.job_changed(change, key),
            Kind::CronJob => self.queue.add(Work::CronJob(key)),
            Kind::HorizontalPodAutoscaler => match change.new {
                Some(_) => self.queue.add_at(Work::Autoscale(key), self.now + autoscaler::PERIOD),
                None => {
                    self.autoscalers.remove(&object.meta.uid);
                }
            },
            Kind::PersistentVolumeClaim => self.claim_changed(change, key),
            Kind::PersistentVolume => self.volume_changed(change),
            Kind::StorageClass => {
                let claims: Vec<_> =
                    self.store.list(Kind::PersistentVolumeClaim).map(|claim| claim.key()).collect();
                claims.into_iter().for_each(|claim| self.queue.add(Work::Claim(claim)));
            }
            Kind::Service => self.endpoints.service_changed(&self.store, change),
            Kind::PodDisruptionBudget => self.queue.add(Work::Disruption(key)),
            Kind::Node => self.node_changed(change, key),
            Kind::Namespace if change.old.is_none() => self.create_service_account(&key.name),
            _ => {}
        }
        self.collect_garbage(change);
        self.tell_kubelets(change);
    }

    fn pod_changed(&mut self, change: &Change, key: &Key) {
        self.endpoints.pod_changed(change);
        self.keep_rosters(change);
        for kind in [Kind::StatefulSet, Kind::ReplicaSet] {
            self.wake_controllers(change, kind);
        }
        let old = change.old.as_ref().and_then(|object| object.as_pod());
        let new = change.new.as_ref().and_then(|object| object.as_pod());
        let terminating = change.new.as_ref().is_some_and(|object| object.meta.is_terminating());
        match new {
            Some(new) if new.node.is_none() && !terminating => self.queue.add(Work::Schedule(key.clone())),
            Some(new) if old.is_none_or(|old| old.node.is_none()) && new.node.is_some() => {
                self.queue.add(Work::Evict(key.clone()));
            }
            _ => {}
        }
        let room_made = old.is_some_and(|old| old.node.is_some() && !old.is_finished())
            && new.is_none_or(|new| new.is_finished());
        if new.is_none() {
            self.unschedulable.remove(key);
            if let Some(old) = &change.old {
                taint_eviction::cancel(self, old);
            }
        }
        if room_made {
            self.reschedule();
        }
        if let Some(old) = old
            && (new.is_none() || room_made)
        {
            for (_, claim) in old.claims.iter() {
                self.queue.add(Work::ClaimProtection(key.sibling(claim)));
            }
        }
        if new.is_none()
            && let Some(owner) = change.old.as_ref().and_then(|old| old.meta.controller())
            && &*owner.kind == Kind::ReplicaSet.name()
            && let Some((_, replica_set)) = self.store.by_uid(owner.uid)
            && let Some(replica_set) = self.store.get(Kind::ReplicaSet, replica_set)
            && let Some(deployment) = replica_set.meta.controller()
        {
            // A Deployment that recreates waits for the last pod of the old template.
            self.queue.add(Work::Deployment(key.sibling(&deployment.name)));
        }
        self.job_pod_changed(change, key);
        self.wake_budget(change);
    }

    /// Wakes a Job's controller: at once if what is wanted changed, else after a moment, so that news come together.
    fn job_changed(&mut self, change: &Change, key: Key) {
        let Some(new) = &change.new else {
            let Some(old) = &change.old else { return };
            self.job_failures.remove(&old.meta.uid);
            for (kind, pod) in self.store.dependents(old.meta.uid) {
                if kind == Kind::Pod {
                    self.queue.add(Work::Release(pod));
                }
            }
            self.wake_cron_job(old);
            return;
        };
        let before = change.old.as_ref();
        match before.is_none_or(|before| before.meta.generation != new.meta.generation) {
            true => self.queue.add(Work::Job(key)),
            false => self.queue.add_at(Work::Job(key), self.now + job::BATCH),
        }
        if before.is_some_and(|before| before.status() != new.status()) {
            let new = new.clone();
            self.wake_cron_job(&new);
        }
    }

    fn wake_cron_job(&mut self, job: &Object) {
        if let Some(owner) = job.meta.controller()
            && &*owner.kind == Kind::CronJob.name()
        {
            self.queue.add(Work::CronJob(job.key().sibling(&owner.name)));
        }
    }

    /// Wakes the Jobs that have or had a pod; one that no Job counts any more is let go.
    fn job_pod_changed(&mut self, change: &Change, key: &Key) {
        for pod in [&change.old, &change.new].into_iter().flatten() {
            if let Some(owner) = pod.meta.controller()
                && &*owner.kind == Kind::Job.name()
            {
                let job = Work::Job(key.sibling(&owner.name));
                self.queue.add_at(job, self.now + job::BATCH);
            }
        }
        if let Some(pod) = &change.new
            && pod.meta.has_finalizer(job::FINALIZER)
            && !job::is_counted(self, pod)
        {
            self.queue.add(Work::Release(key.clone()));
        }
    }

    /// Takes a write to a pod over into the rosters of the sets that manage or managed it.
    fn keep_rosters(&mut self, change: &Change) {
        let set = |side: &Option<Rc<Object>>| {
            let owner = side.as_ref()?.meta.controller()?;
            (&*owner.kind == Kind::StatefulSet.name()).then(|| (owner.uid, owner.name.clone()))
        };
        let (before, after) = (set(&change.old), set(&change.new));
        if let Some((uid, name)) = &before
            && before != after
            && let Some(roster) = self.rosters.get_mut(uid)
        {
            roster.pod_changed(name, change.old.as_deref(), None);
        }
        if let Some((uid, name)) = &after
            && self.store.by_uid(*uid).is_some()
        {
            let old = change.old.as_deref().filter(|_| before == after);
            self.rosters.entry(*uid).or_default().pod_changed(name, old, change.new.as_ref());
        }
    }

    /// Wakes the budget that covers a pod: of several only the first, with a warning, as the real controller does.
    fn wake_budget(&mut self, change: &Change) {
        let Some(pod) = change.new.as_ref().or(change.old.as_ref()) else { return };
        let budgets = super::controller::disruption::budgets_of(self, pod);
        let Some(first) = budgets.first() else { return };
        if budgets.len() > 1 {
            let message = format!(
                "Pod {:?}/{:?} matches multiple PodDisruptionBudgets.  Chose {:?} arbitrarily.",
                pod.meta.namespace, pod.meta.name, first.meta.name
            );
            let pod = pod.clone();
            self.event(
                &pod,
                EventType::Warning,
                "MultiplePodDisruptionBudgets",
                &message,
                "controllermanager",
            );
        }
        let key = first.key();
        self.queue.add(Work::Disruption(key));
    }

    /// Every namespace has a service account for pods that name none.
    fn create_service_account(&mut self, namespace: &str) {
        let account = super::object::Meta::new(Key::new(namespace, "default"));
        let body = super::object::Plain {
            kind: Kind::ServiceAccount,
            fields: Rc::new(serde_json::json!({})),
            status: Rc::default(),
        };
        // If someone made one, that one serves.
        let _ = self.create_object(Object { meta: account, body: super::object::Body::Plain(body) });
    }

    /// Wakes the controllers of one kind that manage an object, managed it until now, or might adopt it.
    fn wake_controllers(&mut self, change: &Change, kind: Kind) {
        let old = change.old.as_ref().and_then(|object| object.meta.controller());
        let new = change.new.as_ref().and_then(|object| object.meta.controller());
        if old != new {
            self.wake_owner(old, kind);
        }
        let Some(object) = &change.new else { return };
        if new.is_some() {
            self.wake_owner(new, kind);
            return;
        }
        let changed =
            change.old.as_ref().is_none_or(|before| before.meta.labels != object.meta.labels || old != new);
        if !changed {
            return;
        }
        let may_adopt = |owner: &&Rc<Object>| match owner.as_stateful_set() {
            Some(set) => set.spec.selector.matches(&object.meta.labels),
            None => super::object::Selector::of(&owner.spec()["selector"]).matches(&object.meta.labels),
        };
        let owners = self.store.list_in(kind, &object.meta.namespace).filter(may_adopt);
        let keys: Vec<_> = owners.map(|owner| owner.key()).collect();
        keys.into_iter().for_each(|key| self.wake(kind, key));
    }

    fn wake_owner(&mut self, owner: Option<&OwnerReference>, kind: Kind) {
        let Some(owner) = owner.filter(|owner| &*owner.kind == kind.name()) else { return };
        if let Some((found, key)) = self.store.by_uid(owner.uid)
            && *found == kind
        {
            let key = key.clone();
            self.wake(kind, key);
        }
    }

    fn wake(&mut self, kind: Kind, key: Key) {
        match kind {
            Kind::StatefulSet => self.queue.add(Work::StatefulSet(key)),
            Kind::ReplicaSet => self.queue.add(Work::ReplicaSet(key)),
            Kind::Deployment => self.queue.add(Work::Deployment(key)),
            _ => {}
        }
    }

    fn claim_changed(&mut self, change: &Change, key: Key) {
        for pod in self.store.users_of_claim(&key) {
            if let Some(owner) = pod.meta.controller()
                && let Some(roster) = self.rosters.get_mut(&owner.uid)
            {
                roster.touch(&pod.meta.name);
            }
        }
        let users: Vec<_> = self
            .store
            .users_of_claim(&key)
            .filter(|pod| pod.as_pod().is_some_and(|pod| pod.node.is_none()))
            .map(|pod| pod.key())
            .collect();
        users.into_iter().for_each(|pod| self.queue.add(Work::Schedule(pod)));
        if let (Some(old), Some(new)) = (&change.old, &change.new) {
            super::controller::volume::announce_expansion(self, old, new);
        }
        match &change.new {
            Some(claim) if claim.meta.is_terminating() => self.queue.add(Work::ClaimProtection(key)),
            Some(_) => self.queue.add(Work::Claim(key)),
            None => {
                if let Some(old) = &change.old {
                    super::controller::volume::claim_removed(self, old);
                }
            }
        }
    }

    fn volume_changed(&mut self, change: &Change) {
        // A volume that is made for a claim names it: only others may be anybody's.
        if change.old.is_some()
            || change.new.as_ref().is_none_or(|volume| !volume.spec()["claimRef"]["uid"].is_null())
        {
            return;
        }
        let pending: Vec<_> = self
            .store
            .list(Kind::PersistentVolumeClaim)
            .filter(|claim| claim.as_claim().is_some_and(|claim| claim.volume.is_none()))
            .map(|claim| claim.key())
            .collect();
        pending.into_iter().for_each(|claim| self.queue.add(Work::Claim(claim)));
    }

    fn node_changed(&mut self, change: &Change, key: Key) {
        let taints = |side: &Option<Rc<Object>>| side.as_ref().map(|node| node.spec()["taints"].clone());
        if taints(&change.old) != taints(&change.new) {
            let pods: Vec<_> = self.store.pods_on(&key.name).map(|pod| pod.key()).collect();
            pods.into_iter().for_each(|pod| self.queue.add(Work::Evict(pod)));
        }
        pod_gc::node_changed(self, &key);
        if change.new.is_some() {
            self.queue.add(Work::Node(key));
            self.reschedule();
        }
    }

    /// Lets the scheduler try again what it could not place.
    pub(crate) fn reschedule(&mut self) {
        for pod in std::mem::take(&mut self.unschedulable) {
            self.queue.add(Work::Schedule(pod));
        }
    }

    /// Wakes the garbage collector: for an object whose owners are gone, for the dependents of one that went, for
    /// an owner that waited for it, and for one that is to be deleted in the foreground or orphaning.
    fn collect_garbage(&mut self, change: &Change) {
        if let Some(object) = &change.new {
            let before = change.old.as_ref();
            if before.is_none_or(|before| before.meta.owners != object.meta.owners)
                && object.meta.owners.iter().any(|owner| self.store.by_uid(owner.uid).is_none())
            {
                self.queue.add(Work::Garbage(object.kind(), object.key(), object.meta.uid));
            }
            if object.meta.is_terminating()
                && before.is_none_or(|before| {
                    !before.meta.is_terminating() || before.meta.finalizers != object.meta.finalizers
                })
                && (object.meta.has_finalizer(FOREGROUND) || object.meta.has_finalizer(ORPHAN))
            {
                self.queue.add(Work::Garbage(object.kind(), object.key(), object.meta.uid));
            }
        }
        let Some(old) = &change.old else { return };
        if change.new.is_none() {
            for (kind, key) in self.store.dependents(old.meta.uid) {
                if let Some(dependent) = self.store.get(kind, &key) {
                    let uid = dependent.meta.uid;
                    self.queue.add(Work::Garbage(kind, key, uid));
                }
            }
        }
        let released = change.new.as_ref().is_none_or(|new| new.meta.owners != old.meta.owners);
        if released {
            for owner in old.meta.owners.iter() {
                if let Some((kind, key)) = self.store.by_uid(owner.uid).cloned()
                    && self.store.get(kind, &key).is_some_and(|owner| owner.meta.has_finalizer(FOREGROUND))
                {
                    self.queue.add(Work::Garbage(kind, key, owner.uid));
                }
            }
        }
    }
}
