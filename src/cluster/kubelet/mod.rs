//! The kubelets of all nodes: they run pods on virtual time and report what happens.
//!
//! In go Pod objects ([`Kubelets::observe`]), out come [`Told`] reports: statuses, events, removals. The kubelets
//! change no object themselves; who drives them applies the reports. A pod's kubelet is a [`worker::PodWorker`]:
//! it looks at the container runtime once a second, syncs a pod when something changed, and retries what failed,
//! as the real one does, because what `kubectl get pods` shows, and when, follows from that rhythm.
//!
//! Mirrors: the kubelet of Kubernetes 1.36 (`tests/golden/kubelet`). Left out: the regular sync of a healthy pod
//! (nothing comes of it), node pressure, in-place resizing, ephemeral containers. The probes of a pod that is well are
//! not run one by one: what they come to follows from the time, see the module `rest`.
//!
//! Invariants: no clock but the one passed in; the same calls give the same reports; a pod is worked on by uid, so
//! a force-deleted pod stops beside its successor of the same name.

mod actions;
mod backoff;
mod container_spec;
mod events;
mod handler;
mod images;
mod node;
mod pod_spec;
mod pod_status;
mod pod_volume;
mod prober;
mod probing;
mod rest;
mod runtime;
mod start;
mod status_generation;
mod sync;
mod termination;
#[cfg(test)]
mod tests;
mod turn;
mod volumes;
mod worker;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

pub use container_spec::{Container, EnvSource, Mount, PullPolicy};
pub use events::PodEvent;
pub use handler::{Handler, Port, Probe};
pub(crate) use images::is_never_pushed;
pub use images::{Pull, PullFailure};
use node::Node;
pub(crate) use pod_spec::millis_of;
pub use pod_spec::{Millis, PodSpec, RestartPolicy};
pub use pod_status::{Condition, ContainerStatus, Phase, PodStatus, State, Terminated};
pub use pod_volume::{Volume, VolumeSource};
use prober::ProbeKind;
pub use volumes::Lookup;
pub use worker::Report;
use worker::{PodWorker, Surroundings};

use super::container::Site;
use super::object::{self, Object, Resources, Uid};
use super::ordered_map::OrderedMap;
use super::workload::{Fault, Machine};

/// A report and the pod that it is about.
#[derive(Debug, Clone)]
pub struct Told {
    /// The pod.
    pub pod: Rc<PodSpec>,
    /// What is told.
    pub report: Report,
}

/// So many templates are remembered: more are seldom in use at a time.
const MOST_TEMPLATES: usize = 8;
/// More reports than this are handed over before more is done, so that they do not pile up.
const MOST_TOLD: usize = 1000;

/// The kubelets of all nodes.
#[derive(Debug, Clone)]
pub struct Kubelets {
    machine: Machine,
    nodes: BTreeMap<String, Node>,
    workers: OrderedMap<Uid, Rc<PodWorker>>,
    /// When each worker is due, in order of arrival; `planned` is the same by worker.
    due: OrderedMap<(Millis, u64, Uid), ()>,
    planned: OrderedMap<Uid, Millis>,
    /// How many pods have arrived.
    arrivals: u64,
    /// By namespace and name: a fault belongs to the identity and outlives the pod.
    faults: BTreeMap<(String, String), Fault>,
    /// What the templates of pods come to, those that were read last.
    templates: Vec<(Rc<object::PodSpec>, Rc<PodSpec>)>,
    /// Reports of pods that were roused from outside, for the next run.
    unsaid: Vec<Told>,
    now: Millis,
}

impl Kubelets {
    /// Kubelets without nodes.
    pub fn new(machine: Machine) -> Kubelets {
        Kubelets {
            machine,
            nodes: BTreeMap::new(),
            workers: OrderedMap::default(),
            due: OrderedMap::default(),
            planned: OrderedMap::default(),
            arrivals: 0,
            faults: BTreeMap::new(),
            templates: Vec::new(),
            unsaid: Vec::new(),
            now: 0,
        }
    }

    /// Takes notice of a Node object: its room for pods.
    pub fn observe_node(&mut self, object: &Value) {
        let Some(name) = object["metadata"]["name"].as_str() else { return };
        let allocatable = &object["status"]["allocatable"];
        let node = self.node(name);
        node.capacity = allocatable.is_object().then(|| Resources::room(allocatable));
    }

    fn node(&mut self, name: &str) -> &mut Node {
        let index = self.nodes.len() as u32;
        self.nodes.entry(name.to_string()).or_insert_with(|| Node::new(index))
    }

    /// Puts an image on a node, as if it had been pulled.
    pub fn add_image(&mut self, node: &str, image: &str) {
        self.node(node).images.insert(images::full_name(image));
    }

    /// Takes notice of a Pod object as it is now. Pods without a node, and pods of lost nodes, are passed over.
    pub fn observe(&mut self, object: &Object, now: Millis) {
        let Some(observed) = object.as_pod() else { return };
        let node_name = observed.node.as_deref().unwrap_or_default();
        if node_name.is_empty() || self.node(node_name).is_lost {
            return;
        }
        let pod = PodSpec::of(&object.meta, observed, &self.template(&observed.spec));
        let uid = pod.uid;
        let deletion = object.meta.deletion.map(|deletion| deletion.grace);
        let at = now + self.machine.delays.watch;
        let gates_true: Vec<String> =
            pod.readiness_gates.iter().filter(|kind| observed.status.is_true(kind)).cloned().collect();
        if !self.workers.contains(&uid) {
            if observed.is_finished() && deletion.is_none() {
                return;
            }
            let mut worker = PodWorker::new(Rc::new(pod.clone()), at, &self.nodes[node_name]);
            self.arrivals += 1;
            worker.arrival = self.arrivals;
            self.workers.insert(uid, Rc::new(worker));
        }
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let spec_changed = *worker.pod != pod;
        // A pod that ended while its node was cut off is still to be removed.
        let newly_deleted =
            deletion.is_some() && (worker.deletion_grace.is_none() || worker.waits_for_removal());
        if spec_changed || newly_deleted || worker.gates_true != gates_true {
            let worker = roused(worker, now, &mut self.unsaid);
            if worker.gates_true != gates_true {
                worker.gates_true = gates_true;
                worker.trigger(at);
            }
            if spec_changed {
                let only_metadata = worker.pod.containers == pod.containers;
                worker.pod = Rc::new(pod);
                if !only_metadata {
                    worker.trigger(at);
                }
            }
            if newly_deleted {
                worker.deletion_grace = deletion;
                worker.terminate(at);
            }
        }
        self.plan(uid, now);
    }

    /// What a template comes to; read once for the pods that share it.
    fn template(&mut self, spec: &Rc<object::PodSpec>) -> Rc<PodSpec> {
        if let Some((_, read)) = self.templates.iter().find(|(known, _)| Rc::ptr_eq(known, spec)) {
            return read.clone();
        }
        let read = Rc::new(PodSpec::of_template(&spec.value));
        if self.templates.len() == MOST_TEMPLATES {
            self.templates.remove(0);
        }
        self.templates.push((spec.clone(), read.clone()));
        read
    }

    /// Takes notice that a Pod object is gone: what still runs of it is stopped.
    pub fn forget(&mut self, uid: Uid, now: Millis) {
        let watch = self.machine.delays.watch;
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        if self.nodes.get(&worker.pod.node).is_some_and(|it| it.is_lost) {
            // Nobody can tell the kubelet: it goes on as before.
            Rc::make_mut(worker).is_forgotten = true;
            return;
        }
        let worker = roused(worker, now, &mut self.unsaid);
        worker.is_forgotten = true;
        worker.deletion_grace.get_or_insert(0);
        worker.remove_at = None;
        worker.terminate(now + watch);
        if worker.is_done() {
            self.drop_worker(uid);
        } else {
            self.plan(uid, now);
        }
    }

    fn drop_worker(&mut self, uid: Uid) {
        self.unplan(uid);
        self.workers.remove(&uid);
    }

    /// When something happens next; `None` if nothing will.
    pub fn next_time(&self) -> Option<Millis> {
        self.due.first().map(|((at, ..), ())| *at)
    }

    /// Runs what is due up to `end`, in order of time, until there is news for the API server: then all that is due
    /// at that moment, and no more. What happens in containers alone is no news.
    pub fn run(&mut self, end: Millis, lookup: &dyn Lookup) -> Vec<Told> {
        let mut told = std::mem::take(&mut self.unsaid);
        let mut has_news = false;
        // Each turn moves a worker on; the limit only guards against a worker that never comes to rest.
        let mut turns = 0;
        while let Some((at, _, uid)) = self.due.first().map(|(due, ())| *due).filter(|(at, ..)| *at <= end) {
            if if has_news { at > self.now } else { told.len() >= MOST_TOLD } {
                break;
            }
            turns += 1;
            if turns > 1_000_000 {
                break;
            }
            self.now = self.now.max(at);
            self.unplan(uid);
            let before = told.len();
            self.run_worker(uid, self.now, lookup, &mut told);
            has_news |= told[before..].iter().any(|it| !it.report.is_local());
        }
        told
    }

    /// When something last happened.
    pub fn now(&self) -> Millis {
        self.now
    }

    fn run_worker(&mut self, uid: Uid, now: Millis, lookup: &dyn Lookup, told: &mut Vec<Told>) {
        let Some(worker) = self.workers.get_mut(&uid).map(Rc::make_mut) else { return };
        let pod = Rc::clone(&worker.pod);
        let fault = fault_of(&self.faults, &pod.namespace, &pod.name);
        // A worker's node was taken notice of before the worker was made.
        let Some(node) = self.nodes.get_mut(&pod.node) else { return };
        let is_lost = node.is_lost;
        let mut around = Surroundings { node, machine: &self.machine, lookup, fault };
        // A probe that is due at this very moment takes its turn after what else is.
        let mut reports: Vec<Report> = worker.rouse(now.saturating_sub(1)).into_iter().collect();
        worker.run(&mut around, &mut reports, now);
        worker.rest(&self.machine, now, &mut reports);
        let is_done = worker.is_done();
        let is_forgotten = worker.is_forgotten;
        for report in reports {
            if report.is_local() || (!is_lost && (!is_forgotten || matches!(report, Report::Event(_)))) {
                told.push(Told { pod: Rc::clone(&pod), report });
            }
        }
        if is_done {
            self.drop_worker(uid);
        } else {
            self.plan(uid, now + 1);
        }
    }

    /// Writes down when a worker is due, not before `earliest`.
    fn plan(&mut self, uid: Uid, earliest: Millis) {
        self.unplan(uid);
        let Some(worker) = self.workers.get(&uid) else { return };
        if let Some(at) = worker.next_time(&self.machine, self.now.max(earliest)) {
            let at = at.max(earliest);
            let arrival = worker.arrival;
            self.due.insert((at, arrival, uid), ());
            self.planned.insert(uid, at);
        }
    }

    fn unplan(&mut self, uid: Uid) {
        let Some(at) = self.planned.remove(&uid) else { return };
        if let Some(worker) = self.workers.get(&uid) {
            self.due.remove(&(at, worker.arrival, uid));
        }
    }

    /// Cuts a node off, or connects it again. Afterwards its pods must be observed anew; returned are the statuses
    /// that the kubelet has to report since, and the uids of pods that it still runs.
    pub fn set_lost(&mut self, node: &str, is_lost: bool) -> Vec<Told> {
        self.node(node).is_lost = is_lost;
        if is_lost {
            return Vec::new();
        }
        let workers = self.workers.values().filter(|it| it.pod.node == node && !it.is_forgotten);
        workers
            .map(|worker| Told { pod: Rc::clone(&worker.pod), report: Report::Status(worker.status.clone()) })
            .collect()
    }

    /// The uids of pods that a node runs, for [`Kubelets::forget`] after the node came back.
    pub fn pods_of(&self, node: &str) -> Vec<Uid> {
        self.workers.iter().filter(|(_, it)| it.pod.node == node).map(|(uid, _)| *uid).collect()
    }

    /// Gives a pod's identity a fault, or takes it away. It holds for processes that start from now on; how probes
    /// are answered changes at once.
    pub fn set_fault(&mut self, namespace: &str, pod: &str, fault: Option<Fault>, now: Millis) {
        let has_identity = |it: &PodWorker| it.pod.namespace == namespace && it.pod.name == pod;
        let uids: Vec<Uid> =
            self.workers.iter().filter(|(_, it)| has_identity(it)).map(|(uid, _)| *uid).collect();
        for uid in uids {
            if let Some(worker) = self.workers.get_mut(&uid) {
                roused(worker, now, &mut self.unsaid);
                self.plan(uid, now);
            }
        }
        let identity = (namespace.to_string(), pod.to_string());
        match fault {
            Some(fault) => self.faults.insert(identity, fault),
            None => self.faults.remove(&identity),
        };
    }

    /// The fault of a pod's identity.
    pub fn fault(&self, namespace: &str, pod: &str) -> Option<Fault> {
        fault_of(&self.faults, namespace, pod)
    }

    /// Ends a container's process now, as `kill` from inside would. False if it does not run.
    pub fn crash(&mut self, uid: Uid, container: &str, code: i64, now: Millis) -> bool {
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let worker = roused(worker, now, &mut self.unsaid);
        let Some(run) =
            Rc::make_mut(&mut worker.runtime).newest_mut(container).filter(|run| run.is_running())
        else {
            return false;
        };
        let reason = (code == 137).then(|| "OOMKilled".to_string());
        run.end = Some((now, code, reason));
        self.plan(uid, now);
        true
    }

    /// Whether a kubelet still has to do with a pod.
    pub fn is_known(&self, uid: Uid) -> bool {
        self.workers.contains(&uid)
    }

    /// A pod's container as seen from inside; `None` if it never ran.
    pub fn site<'a>(&'a self, uid: Uid, container: &str, lookup: &'a dyn Lookup) -> Option<Site<'a>> {
        let worker = self.workers.get(&uid)?;
        let (_, spec) = worker.pod.container(container)?;
        let attempt = worker.runtime.newest(container)?.attempt;
        Some(Site { pod: &worker.pod, container: spec, attempt, lookup })
    }

    /// Whether a pod's processes run at this moment, whatever its object says.
    pub fn is_running(&self, uid: Uid) -> bool {
        self.workers.get(&uid).is_some_and(|it| it.runtime.is_anything_running())
    }

    /// The containers of a pod with the attempt of their newest run and whether it runs.
    pub fn containers_of(&self, uid: Uid) -> Vec<(String, u32, bool)> {
        let Some(worker) = self.workers.get(&uid) else { return Vec::new() };
        let runs = worker.runtime.runs.iter().filter_map(|(name, runs)| {
            let run = runs.first()?;
            Some((name.clone(), run.attempt, run.is_running()))
        });
        runs.collect()
    }

    /// Pods whose processes run though another pod of the same name runs as well, or their object is gone: two
    /// writers for one identity. Those that should not be there.
    pub fn second_writers(&self) -> Vec<Rc<PodSpec>> {
        let mut by_name: BTreeMap<(&str, &str), Vec<&PodWorker>> = BTreeMap::new();
        for worker in self.workers.values().filter(|it| it.runtime.is_anything_running()) {
            by_name.entry((&worker.pod.namespace, &worker.pod.name)).or_default().push(worker);
        }
        let twins = by_name.into_values().filter(|it| it.len() > 1).flatten();
        twins.filter(|it| it.is_forgotten).map(|it| Rc::clone(&it.pod)).collect()
    }
}

/// A worker to be changed at `now` from outside, after its rest if it had one.
fn roused<'a>(worker: &'a mut Rc<PodWorker>, now: Millis, unsaid: &mut Vec<Told>) -> &'a mut PodWorker {
    let worker = Rc::make_mut(worker);
    if let Some(report) = worker.rouse(now) {
        unsaid.push(Told { pod: Rc::clone(&worker.pod), report });
    }
    worker
}

/// The fault of a pod's identity. Mostly there is none at all: then no name is copied to ask.
fn fault_of(faults: &BTreeMap<(String, String), Fault>, namespace: &str, pod: &str) -> Option<Fault> {
    if faults.is_empty() {
        return None;
    }
    faults.get(&(namespace.to_string(), pod.to_string())).copied()
}
