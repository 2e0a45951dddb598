//! One pod at its kubelet: what is known, what is under way, and when something happens next.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::backoff::Backoff;
use super::container_spec::Container;
use super::events::PodEvent;
use super::handler::Handler;
use super::node::Node;
use super::pod_spec::{Millis, PodSpec, millis_of};
use super::pod_status::PodStatus;
use super::prober::ProbeWorker;
use super::runtime::Runtime;
use super::status_generation::{self, Generated, Sources, StartErrors};
use super::sync::{Plan, Step};
use super::volumes::Lookup;
use crate::cluster::workload::{Answer, Fault, Machine, Program, Request, with_fault};

/// What a kubelet tells the API server, and what happens in containers.
#[derive(Debug, Clone)]
pub enum Report {
    /// The pod's status changed.
    Status(Rc<PodStatus>),
    /// An event.
    Event(PodEvent),
    /// The pod has stopped: delete it with grace period 0.
    Remove,
    /// A probe or a hook reached a container by HTTP, with success.
    Served {
        /// The container.
        container: Rc<str>,
        /// The path asked for.
        path: String,
    },
    /// From now on probes reach a container by HTTP, with success, at these times, until the pod is [`Report::Roused`].
    Regular {
        /// The container.
        container: Rc<str>,
        /// The path asked for.
        path: String,
        /// The first time.
        first: Millis,
        /// From one time to the next; at least 1.
        period: Millis,
    },
    /// What was regular ended; this was the last moment of it.
    Roused(Millis),
    /// A container was started: its file system's own layer begins anew.
    Started {
        /// The container.
        container: String,
        /// Which run of it.
        attempt: u32,
    },
}

impl Report {
    /// Whether it is about a container alone: the API server does not hear of it.
    pub(crate) fn is_local(&self) -> bool {
        !matches!(self, Report::Status(_) | Report::Event(_) | Report::Remove)
    }
}

/// Where the pod is in its life at the kubelet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Kept running.
    Active,
    /// Being stopped.
    Terminating,
    /// Stopped; its end is still to be reported.
    Terminated,
    /// Nothing more to do.
    Finished,
}

/// What a worker works with.
pub(crate) struct Surroundings<'a> {
    pub node: &'a mut Node,
    pub machine: &'a Machine,
    pub lookup: &'a dyn Lookup,
    pub fault: Option<Fault>,
}

/// One pod at its kubelet.
#[derive(Debug, Clone)]
pub(crate) struct PodWorker {
    /// Shared with earlier versions of the worker, like whatever below changes more seldom than the worker itself.
    pub pod: Rc<PodSpec>,
    pub mode: Mode,
    /// Its place in the order of arrival at all kubelets.
    pub arrival: u64,
    /// Seconds that the API object gives the pod to stop, once it is deleted.
    pub deletion_grace: Option<u64>,
    /// The API object is gone.
    pub is_forgotten: bool,
    pub gates_true: Vec<String>,
    /// What truly runs.
    pub runtime: Rc<Runtime>,
    /// What the kubelet saw when it last looked.
    pub seen: Rc<Runtime>,
    /// The version that the last regular look saw.
    pub(super) relisted: u64,
    /// When the runtime first changed after the last regular look.
    pub(super) changed: Option<Millis>,
    /// The kubelet looked at the runtime since the last sync ended.
    pub(super) has_looked: bool,
    pub(super) last_sync_end: Millis,
    pub(super) step: Step,
    pub(super) plan: Plan,
    /// A sync is asked for: since when.
    pub(super) pending: Option<Millis>,
    /// When the sync will be repeated.
    pub(super) requeue: Option<Millis>,
    pub status: Rc<PodStatus>,
    pub(super) start_errors: StartErrors,
    pub(super) probes: Vec<ProbeWorker>,
    pub(super) has_probes: bool,
    /// The probes go on without being run: see [`PodWorker::rest`].
    pub(super) is_resting: bool,
    pub(super) restarts: Backoff,
    pub(super) pulls: Backoff,
    /// The last pull failure by image.
    pub(super) pull_errors: BTreeMap<String, String>,
    /// Events that come later: time, field path, is a warning, reason, message.
    pub(super) later: Vec<(Millis, String, bool, &'static str, String)>,
    pub(super) is_mounted: bool,
    pub(super) remove_at: Option<Millis>,
    /// How often a retry was planned; varies the delays.
    pub(super) retries: u64,
    /// Admission was refused: status reason and message.
    pub(super) is_admitted: bool,
    /// Whether init containers had done their work when the pod began to end.
    pub(super) was_initialized: bool,
}

impl PodWorker {
    /// A pod that the kubelet hears of, and syncs for the first time at `first_sync`.
    pub(crate) fn new(pod: Rc<PodSpec>, first_sync: Millis, node: &Node) -> PodWorker {
        let mut status = PodStatus::pending(pod.generation);
        status.host_ip = Some(node.address());
        PodWorker {
            pod,
            mode: Mode::Active,
            arrival: 0,
            deletion_grace: None,
            is_forgotten: false,
            gates_true: Vec::new(),
            runtime: Rc::default(),
            seen: Rc::default(),
            relisted: 0,
            changed: None,
            has_looked: true,
            last_sync_end: 0,
            step: Step::Idle,
            plan: Plan::default(),
            pending: Some(first_sync),
            requeue: None,
            status: Rc::new(status),
            start_errors: StartErrors::new(),
            probes: Vec::new(),
            has_probes: false,
            is_resting: false,
            restarts: Backoff::default(),
            pulls: Backoff::default(),
            pull_errors: BTreeMap::new(),
            later: Vec::new(),
            is_mounted: false,
            remove_at: None,
            retries: 0,
            is_admitted: false,
            was_initialized: false,
        }
    }

    /// Asks for a sync at `at`.
    pub(crate) fn trigger(&mut self, at: Millis) {
        if self.mode != Mode::Finished {
            self.pending = Some(self.pending.map_or(at, |it| it.min(at)));
        }
    }

    /// When something happens next.
    pub(crate) fn next_time(&self, machine: &Machine, now: Millis) -> Option<Millis> {
        let sync = match self.is_idle() {
            true => self.pending.map(|at| at.max(self.gate(machine))),
            false => self.pending.filter(|_| self.mode == Mode::Terminating && self.is_mounting()),
        };
        let relist = self.changed.map(|at| next_tick(at, machine.delays.relist_phase));
        let others =
            [self.step.next_time(), sync, relist, self.requeue, self.remove_at, self.runtime.next_end()];
        let deadline = self.deadline().filter(|at| self.mode == Mode::Active && *at > now);
        let probes = self.probes.iter().filter(|_| !self.is_resting).filter_map(|it| it.next_time(now));
        let later = self.later.iter().map(|it| it.0);
        others.into_iter().flatten().chain(deadline).chain(probes).chain(later).min()
    }

    /// When the pod has been active for longer than it may.
    pub(super) fn deadline(&self) -> Option<Millis> {
        Some(self.status.start_time? + millis_of(self.pod.active_deadline?))
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.step, Step::Idle)
    }

    pub(super) fn is_mounting(&self) -> bool {
        matches!(self.step, Step::Mounting { .. } | Step::Mounted { .. })
    }

    /// When the next sync may begin: not before the kubelet looked at the runtime after the last one.
    pub(super) fn gate(&self, machine: &Machine) -> Millis {
        if self.has_looked { 0 } else { next_tick(self.last_sync_end, machine.delays.relist_phase) }
    }

    /// Says something about the pod or one of its containers.
    pub(super) fn say(
        &self,
        reports: &mut Vec<Report>,
        field_path: String,
        is_warning: bool,
        reason: &'static str,
        message: String,
    ) {
        reports.push(Report::Event(PodEvent { field_path, is_warning, reason, message }));
    }

    /// Says something about a container.
    pub(super) fn say_of(
        &self,
        reports: &mut Vec<Report>,
        container: &str,
        is_warning: bool,
        reason: &'static str,
        message: impl Into<String>,
    ) {
        let path = self.field_path(container);
        self.say(reports, path, is_warning, reason, message.into());
    }

    /// `spec.containers{NAME}` or `spec.initContainers{NAME}`.
    pub(super) fn field_path(&self, container: &str) -> String {
        let is_init = self.pod.init_containers.iter().any(|it| it.name == container);
        format!("spec.{}{{{container}}}", if is_init { "initContainers" } else { "containers" })
    }

    /// Reports a status if it differs from the last one.
    pub(super) fn publish(&mut self, status: PodStatus, reports: &mut Vec<Report>) {
        if status != *self.status {
            self.status = Rc::new(status);
            reports.push(Report::Status(self.status.clone()));
        }
    }

    /// Looks at the runtime.
    pub(super) fn look(&mut self) {
        self.seen = self.runtime.clone();
        self.has_looked = true;
    }

    /// Makes the status of what was last seen, asking for readiness probes where that is due.
    pub(super) fn generate(
        &mut self,
        is_terminal: bool,
        eviction: Option<(&str, &str)>,
        now: Millis,
    ) -> Generated {
        let probes = &mut self.probes;
        let mut asked: Vec<usize> = Vec::new();
        let generated = {
            let started = |name: &str, id: &str| {
                let worker =
                    probes.iter().find(|it| *it.container == *name && it.kind == super::ProbeKind::Startup);
                worker.is_none_or(|it| it.result_for(id) == Some(true))
            };
            let mut ready = |name: &str, id: &str| {
                let at = probes
                    .iter()
                    .position(|it| *it.container == *name && it.kind == super::ProbeKind::Readiness);
                let Some(at) = at else { return true };
                let is_ready = probes[at].result_for(id) == Some(true);
                if !is_ready {
                    asked.push(at);
                }
                is_ready
            };
            let sources = Sources {
                pod: &self.pod,
                seen: &self.seen,
                start_errors: &self.start_errors,
                old: &self.status,
                is_deleted: self.deletion_grace.is_some() || self.is_forgotten,
                is_terminal,
                eviction,
                gates_true: &self.gates_true,
                now,
            };
            status_generation::generate(&sources, &started, &mut ready)
        };
        for at in asked {
            probes[at].is_triggered = true;
        }
        generated
    }

    /// The program of a container, with the reader's fault.
    pub(super) fn program(&self, container: &Container, around: &Surroundings<'_>) -> Program {
        with_fault((around.machine.program)(&self.pod, container), around.fault)
    }

    /// Asks a running container.
    pub(super) fn ask(&self, container: &Container, handler: &Handler, now: Millis) -> Answer {
        let Some(run) = self.runtime.newest(&container.name) else {
            return Answer::failed("container not found");
        };
        let running_for = run.running_since().map_or(0, |since| now.saturating_sub(since));
        let pod_ip = self.runtime.sandbox.as_ref().map_or("", |it| it.ip.as_str());
        (run.program.respond)(&Request { handler, pod: &self.pod, container, running_for, pod_ip })
    }

    /// The delay before a failed sync is repeated, as a multiple of its base: 1 to 1.5 on a real node, near the
    /// middle of that here.
    pub(super) fn vary(&mut self, base: Millis) -> Millis {
        self.retries += 1;
        let seed = crate::cluster::workload::fingerprint(&format!("{}/{}", self.pod.name, self.retries));
        base + base * (19 + seed % 7) / 100
    }
}

/// The first tick of a clock that ticks every second at `phase` milliseconds, later than `after`.
pub(super) fn next_tick(after: Millis, phase: Millis) -> Millis {
    let base = after + 1;
    let offset = (phase + 1000 - base % 1000) % 1000;
    base + offset
}
