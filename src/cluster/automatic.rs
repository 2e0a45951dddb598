//! Pods that run by themselves: the kubelets of all nodes, tied to the objects of the cluster.
//!
//! A cluster is played by hand until [`Cluster::automate`]. From then on its kubelets learn of every change of a
//! pod, run it as virtual time passes, and report to the API server like any other client; what they cannot report
//! because their node is cut off reaches nobody.
//!
//! Invariants: kubelets change objects only as their reports say; nothing happens without time passing.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::container::Storage;
use super::kubelet::{
    ContainerStatus as Reported, Kubelets, Lookup, PodStatus as ReportedStatus, Report, State, Terminated,
    Told,
};
use super::object::{Body, ContainerState, ContainerStatus, Key, Kind, Phase, PodSpec, PodStatus, Uid};
use super::ordered_map::OrderedMap;
use super::store::{Change, Store};
use super::workload::{Fault, Machine};
use super::{Cluster, DeleteOptions, EventType, Instant};

/// The kubelets, what is on volumes, and what the kubelets were told.
#[derive(Clone, Debug)]
pub(crate) struct Automatic {
    pub(crate) kubelets: Kubelets,
    pub(crate) storage: Storage,
    /// What a kubelet knows of a pod: another specification or a deletion is news, a status is not.
    known: OrderedMap<Uid, (Rc<PodSpec>, Option<u64>)>,
    /// Pods that are gone, whose processes may still stop.
    leaving: BTreeSet<Uid>,
    /// How many visits Services have passed on.
    pub(crate) visits: u64,
}

/// Two pods of one name that run at the same time, after one of them was deleted by force: both may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondWriter {
    /// The identity that both have.
    pub pod: Key,
    /// The one whose object is gone.
    pub uid: Uid,
}

impl Lookup for Store {
    fn config(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        match &self.find(Kind::named(kind)?, namespace, name)?.body {
            Body::Plain(plain) => Some(&plain.fields),
            _ => None,
        }
    }

    fn volume(&self, namespace: &str, claim: &str) -> Option<Rc<str>> {
        self.find(Kind::PersistentVolumeClaim, namespace, claim)?.as_claim()?.volume.clone()
    }
}

impl Cluster {
    /// Lets kubelets run the pods from now on.
    pub fn automate(&mut self, machine: Machine) {
        self.automatic = Some(Rc::new(Automatic {
            kubelets: Kubelets::new(machine),
            storage: Storage::default(),
            known: OrderedMap::default(),
            leaving: BTreeSet::new(),
            visits: 0,
        }));
        let objects: Vec<_> = self.list(Kind::Node).chain(self.list(Kind::Pod)).cloned().collect();
        for object in objects {
            self.tell_kubelets(&Change { old: None, new: Some(object) });
        }
    }

    /// When something will happen by itself next, on a node or in the control plane; `None` if nothing will.
    pub fn next_event_time(&self) -> Option<Instant> {
        let kubelets = self.automatic.as_ref().and_then(|it| it.kubelets.next_time()).map(Instant);
        [self.next_timer(), kubelets].into_iter().flatten().min()
    }

    /// Lets the kubelets learn of a change.
    pub(crate) fn tell_kubelets(&mut self, change: &Change) {
        let Some(automatic) = &mut self.automatic else { return };
        let now = self.now.0;
        let Some(object) = change.new.as_ref().or(change.old.as_ref()) else { return };
        let uid = object.meta.uid;
        match (object.kind(), &change.new) {
            (Kind::Node, Some(node)) if change.old.is_none() => {
                Rc::make_mut(automatic).kubelets.observe_node(&node.to_value());
            }
            (Kind::PersistentVolume, None) => {
                Rc::make_mut(automatic).storage.forget_volume(&object.meta.name)
            }
            (Kind::Pod, None) => {
                let automatic = Rc::make_mut(automatic);
                if automatic.known.remove(&uid).is_some() {
                    automatic.leaving.insert(uid);
                    automatic.kubelets.forget(uid, now);
                }
            }
            (Kind::Pod, Some(object)) => {
                let Some(pod) = object.as_pod().filter(|pod| pod.node.is_some()) else { return };
                let grace = object.meta.deletion.map(|deletion| deletion.grace);
                let is_known = automatic
                    .known
                    .get(&uid)
                    .is_some_and(|(spec, known_grace)| Rc::ptr_eq(spec, &pod.spec) && *known_grace == grace);
                let has_gates = !pod.spec.value["readinessGates"].is_null();
                if !is_known || has_gates {
                    let automatic = Rc::make_mut(automatic);
                    automatic.known.insert(uid, (pod.spec.clone(), grace));
                    automatic.kubelets.observe(object, now);
                }
            }
            _ => {}
        }
    }

    /// Lets the kubelets do what is due up to `end`, as far as the control plane has no part in it, and applies what
    /// they report. Time passes to the last that was done.
    pub(crate) fn run_kubelets(&mut self, end: Instant) {
        let Some(mut automatic) = self.automatic.take() else { return };
        let told = if automatic.kubelets.next_time().is_some_and(|at| at <= end.0) {
            let store = &self.store;
            let own = Rc::make_mut(&mut automatic);
            let told = own.kubelets.run(end.0, store);
            self.now = self.now.max(Instant(own.kubelets.now()));
            for it in &told {
                own.serve(it, store, self.now.0);
            }
            let (leaving, kubelets, storage) = (&mut own.leaving, &own.kubelets, &mut own.storage);
            leaving.retain(|uid| {
                let is_there = kubelets.is_known(*uid);
                if !is_there {
                    storage.forget_pod(*uid);
                }
                is_there
            });
            told
        } else {
            Vec::new()
        };
        self.automatic = Some(automatic);
        for it in told {
            self.apply(it);
        }
    }

    fn apply(&mut self, told: Told) {
        let uid = told.pod.uid;
        let key = Key::new(&told.pod.namespace, &told.pod.name);
        let object = self.store.get(Kind::Pod, &key).filter(|it| it.meta.uid == uid).cloned();
        match (told.report, object) {
            (Report::Status(status), Some(object)) => {
                let mut object = (*object).clone();
                let Body::Pod(pod) = &mut object.body else { return };
                let mut changed = (*pod.status).clone();
                write_status(&status, &mut changed, self.now);
                if changed != *pod.status {
                    pod.status = Rc::new(changed);
                    self.write(object);
                }
            }
            (Report::Event(event), _) => {
                let kind = if event.is_warning { EventType::Warning } else { EventType::Normal };
                let about = (Kind::Pod, key, uid);
                self.events.record_about(
                    about,
                    &event.field_path,
                    kind,
                    event.reason,
                    &event.message,
                    "kubelet",
                    self.now,
                );
            }
            (Report::Remove, Some(_)) => {
                let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
                // A pod that is gone already is as good as removed.
                let _ = self.delete_object(Kind::Pod, &key, &options);
            }
            _ => {}
        }
    }

    /// Cuts a node's kubelet off, or connects it again.
    pub(crate) fn connect_kubelet(&mut self, node: &str, is_lost: bool) {
        let Some(automatic) = &mut self.automatic else { return };
        let automatic = Rc::make_mut(automatic);
        let told = automatic.kubelets.set_lost(node, is_lost);
        if is_lost {
            return;
        }
        // The kubelet lists its pods: what is gone is stopped, what is new or changed is taken up.
        for uid in automatic.kubelets.pods_of(node) {
            if self.store.by_uid(uid).is_none() {
                automatic.kubelets.forget(uid, self.now.0);
            }
        }
        for pod in self.store.pods_on(node) {
            automatic.kubelets.observe(pod, self.now.0);
        }
        for it in told {
            self.apply(it);
        }
    }

    /// Gives a pod's identity a fault, or takes it away. False if the cluster is played by hand.
    pub fn set_fault(&mut self, namespace: &str, pod: &str, fault: Option<Fault>) -> bool {
        let Some(automatic) = &mut self.automatic else { return false };
        Rc::make_mut(automatic).kubelets.set_fault(namespace, pod, fault, self.now.0);
        true
    }

    /// The fault of a pod's identity.
    pub fn fault(&self, namespace: &str, pod: &str) -> Option<Fault> {
        self.automatic.as_ref()?.kubelets.fault(namespace, pod)
    }

    /// Ends a container's process at once with an exit code (137: killed for memory). False if it does not run.
    pub fn crash(&mut self, namespace: &str, pod: &str, container: &str, code: i64) -> bool {
        let Some(uid) = self.store.find(Kind::Pod, namespace, pod).map(|it| it.meta.uid) else {
            return false;
        };
        let now = self.now.0;
        let Some(automatic) = &mut self.automatic else { return false };
        Rc::make_mut(automatic).kubelets.crash(uid, container, code, now)
    }

    /// Puts an image on a node, as if it had been pulled before.
    pub fn add_image(&mut self, node: &str, image: &str) {
        if let Some(automatic) = &mut self.automatic {
            Rc::make_mut(automatic).kubelets.add_image(node, image);
        }
    }

    /// Identities that two running pods have at this moment.
    pub fn second_writers(&self) -> Vec<SecondWriter> {
        let found = self.automatic.as_ref().map(|it| it.kubelets.second_writers()).unwrap_or_default();
        found
            .into_iter()
            .map(|pod| SecondWriter { pod: Key::new(&pod.namespace, &pod.name), uid: pod.uid })
            .collect()
    }
}

impl Automatic {
    /// What a report means for the containers' data: a probe on `/` is a visit, a new run has a new layer.
    fn serve(&mut self, told: &Told, store: &Store, now: u64) {
        match &told.report {
            Report::Served { container, path } if path == "/" => {
                self.visit(told.pod.uid, container, store, now);
            }
            Report::Regular { container, path, first, period } if path == "/" => {
                if let Some(site) = self.kubelets.site(told.pod.uid, container, store) {
                    self.storage.visit_regularly(&site, *first, *period);
                }
            }
            Report::Roused(until) => self.storage.end_visits(told.pod.uid, *until),
            Report::Started { container, attempt } => {
                self.storage.forget_layers(told.pod.uid, container, *attempt)
            }
            _ => {}
        }
    }

    /// One visit to a container's app at `now`; its new count.
    pub(crate) fn visit(&mut self, uid: Uid, container: &str, store: &Store, now: u64) -> Option<u64> {
        let site = self.kubelets.site(uid, container, store)?;
        self.storage.visit(&site, now)
    }
}

/// Takes a kubelet's status over.
fn write_status(reported: &ReportedStatus, status: &mut PodStatus, now: Instant) {
    status.phase = match reported.phase {
        super::kubelet::Phase::Pending => Phase::Pending,
        super::kubelet::Phase::Running => Phase::Running,
        super::kubelet::Phase::Succeeded => Phase::Succeeded,
        super::kubelet::Phase::Failed => Phase::Failed,
    };
    let text = |it: &Option<String>| it.as_deref().unwrap_or_default().into();
    status.reason = text(&reported.reason);
    status.message = text(&reported.message);
    status.ip = reported.pod_ip.as_deref().map(Rc::from);
    status.started = reported.start_time.map(Instant);
    for condition in &reported.conditions {
        let value = if condition.status { "True" } else { "False" };
        let message = condition.message.as_deref().unwrap_or_default();
        status.set_condition(&condition.kind, value, condition.reason.unwrap_or_default(), message, now);
    }
    status.init_containers = reported.init_containers.iter().map(container_status).collect();
    status.containers = reported.containers.iter().map(container_status).collect();
}

fn container_status(reported: &Reported) -> ContainerStatus {
    let state = match &reported.state {
        State::Waiting { reason, message } => ContainerState::Waiting {
            reason: reason.as_str().into(),
            message: message.as_deref().unwrap_or_default().into(),
        },
        State::Running { since } => ContainerState::Running { since: Instant(*since) },
        State::Terminated(end) => terminated(end),
    };
    ContainerStatus {
        name: reported.name.as_str().into(),
        image: reported.image.as_str().into(),
        ready: reported.ready,
        started: reported.started,
        restarts: reported.restart_count,
        state,
        last_state: reported.last.as_ref().map(terminated),
    }
}

fn terminated(end: &Terminated) -> ContainerState {
    ContainerState::Terminated {
        exit_code: i32::try_from(end.exit_code).unwrap_or(i32::MAX),
        reason: end.reason.as_str().into(),
        // A process that never ran has no times.
        started: Instant(end.started.unwrap_or_default()),
        finished: Instant(end.finished.unwrap_or_default()),
    }
}
