//! One sync of a pod, step by step: status, volumes, sandbox, kills, starts (`SyncPod` of the kubelet and of its
//! container runtime manager).

use std::collections::VecDeque;
use std::rc::Rc;

use super::images::PullFailure;
use super::pod_spec::Millis;
use super::prober::{ProbeKind, ProbeWorker};
use super::volumes::mount_errors;
use super::worker::{Mode, PodWorker, Report, Surroundings, next_tick};

/// The longest wait between two tries to mount a volume.
const LONGEST_MOUNT_WAIT: Millis = 122_000;
/// A kubelet retries a failed sync after this, made longer by up to half.
const RETRY: Millis = 10_000;
/// A crash back-off that lasts longer is looked at in between, and a pod that is not ready as often.
const RESYNC: Millis = 60_000;

/// What a worker is in the middle of.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Idle,
    /// Waiting for volumes: when the next try is, and the wait after it.
    Mounting {
        began: Millis,
        next_try: Millis,
        wait: Millis,
    },
    /// All volumes are there; the kubelet notices at `until`.
    Mounted {
        until: Millis,
    },
    CreatingSandbox {
        until: Millis,
    },
    /// Killing containers inside a sync, up to `until`.
    Killing {
        until: Millis,
    },
    Starting(Stage),
    /// Containers stop because the pod ends.
    Stopping {
        until: Millis,
    },
    StoppingSandbox {
        until: Millis,
    },
}

/// How far the start of the first container in line is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    Next,
    Pulling { until: Millis, asked: Millis, began: Millis, outcome: Result<u64, PullFailure> },
    Creating { until: Millis },
    Launching { until: Millis },
    PostStart { until: Millis, failure: Option<String> },
    PostStartKill { until: Millis, failure: String },
}

impl Step {
    /// When the step is over.
    pub(super) fn next_time(&self) -> Option<Millis> {
        match self {
            Step::Idle => None,
            Step::Mounting { next_try, .. } => Some(*next_try),
            Step::Mounted { until }
            | Step::CreatingSandbox { until }
            | Step::Killing { until }
            | Step::Stopping { until }
            | Step::StoppingSandbox { until } => Some(*until),
            Step::Starting(stage) => Some(match stage {
                Stage::Next => 0,
                Stage::Pulling { until, .. }
                | Stage::Creating { until }
                | Stage::Launching { until }
                | Stage::PostStart { until, .. }
                | Stage::PostStartKill { until, .. } => *until,
            }),
        }
    }
}

/// What a sync is to do and how it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Containers to start, in order.
    pub(super) starts: VecDeque<String>,
    /// A start failed.
    pub(super) has_error: bool,
    /// The earliest end of a crash back-off that the sync ran into.
    pub(super) back_off_end: Option<Millis>,
    /// Something was started.
    pub(super) has_acted: bool,
}

impl PodWorker {
    /// Begins a sync of an active pod.
    pub(super) fn begin_sync(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        self.plan = Plan::default();
        if !self.is_admitted && !self.admit(around, reports, now) {
            return;
        }
        let too_long = self.deadline().is_some_and(|at| at <= now);
        let generated = self.generate_unless_late(too_long, false, reports, now);
        let is_over = generated.computed_phase.is_terminal();
        self.publish(generated.status, reports);
        if is_over {
            self.mode = Mode::Terminating;
            self.end_sync(now);
            self.trigger(now);
            return;
        }
        if self.is_mounted {
            self.after_mount(around, reports, now);
        } else {
            let first = now + around.machine.delays.volumes / 3;
            self.step = Step::Mounting { began: now, next_try: first, wait: 500 };
        }
    }

    /// Makes a status; a pod that is past its deadline is said to be, and counts as failed.
    pub(super) fn generate_unless_late(
        &mut self,
        too_long: bool,
        is_terminal: bool,
        reports: &mut Vec<Report>,
        now: Millis,
    ) -> super::status_generation::Generated {
        const TEXT: &str = "Pod was active on the node longer than the specified deadline";
        if too_long {
            self.say(reports, String::new(), false, "DeadlineExceeded", TEXT.to_string());
        }
        self.generate(is_terminal, too_long.then_some(("DeadlineExceeded", TEXT)), now)
    }

    /// Asks whether the node has room; if not the pod fails for good.
    fn admit(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) -> bool {
        self.is_admitted = true;
        let Some((reason, text)) = around.node.refusal(self.pod.requests) else {
            around.node.requests.insert(self.pod.uid, self.pod.requests);
            return true;
        };
        self.say(reports, String::new(), true, reason, text.clone());
        let mut status = (*self.status).clone();
        status.phase = super::pod_status::Phase::Failed;
        status.reason = Some(reason.to_string());
        status.message = Some(format!("Pod was rejected: {text}"));
        status.start_time = Some(now);
        status.host_ip = None;
        self.publish(status, reports);
        self.mode = Mode::Finished;
        self.pending = None;
        false
    }

    /// Goes on with what is under way at `now`; true if something moved.
    pub(super) fn advance_step(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) -> bool {
        if self.step.next_time().is_none_or(|at| at > now) {
            return false;
        }
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Idle => return false,
            Step::Mounting { began, next_try, wait } => {
                self.try_mount(around, reports, began, next_try, wait, now)
            }
            Step::Mounted { .. } => self.after_mount(around, reports, now),
            Step::CreatingSandbox { .. } => self.sandbox_created(around, reports, now),
            Step::Killing { .. } => self.step = Step::Starting(Stage::Next),
            Step::Starting(stage) => self.advance_start(stage, around, reports, now),
            Step::Stopping { .. } => self.containers_stopped(around, now),
            Step::StoppingSandbox { .. } => self.finish_termination(around, reports, now),
        }
        true
    }

    fn try_mount(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        began: Millis,
        tried: Millis,
        wait: Millis,
        now: Millis,
    ) {
        let errors = mount_errors(&self.pod, around.lookup);
        if errors.is_empty() {
            self.is_mounted = true;
            // The kubelet looks every `volumes` milliseconds whether all is mounted.
            let period = around.machine.delays.volumes.max(1);
            let until = began + (now - began).div_ceil(period).max(1) * period;
            self.step = Step::Mounted { until };
            return;
        }
        for (volume, error) in errors {
            let text = format!("MountVolume.SetUp failed for volume \"{volume}\" : {error}");
            self.say(reports, String::new(), true, "FailedMount", text);
        }
        self.step =
            Step::Mounting { began, next_try: tried + wait, wait: (wait * 2).min(LONGEST_MOUNT_WAIT) };
    }

    fn after_mount(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) {
        self.add_probes(now);
        let has_sandbox = self.seen.has_sandbox() && self.runtime.has_sandbox();
        if has_sandbox {
            self.compute_actions(reports, now);
            return;
        }
        if let Some(error) = (around.machine.sandbox_error)(&self.pod) {
            let text = format!("Failed to create pod sandbox: {error}");
            self.say(reports, String::new(), true, "FailedCreatePodSandBox", text);
            self.plan.has_error = true;
            self.complete_sync(around, now);
            return;
        }
        self.step = Step::CreatingSandbox { until: now + around.machine.delays.sandbox };
    }

    fn add_probes(&mut self, now: Millis) {
        if std::mem::replace(&mut self.has_probes, true) {
            return;
        }
        for (is_init, container) in self.pod.all_containers() {
            if is_init && !container.is_sidecar {
                continue;
            }
            let kinds = [
                (ProbeKind::Startup, &container.startup),
                (ProbeKind::Readiness, &container.readiness),
                (ProbeKind::Liveness, &container.liveness),
            ];
            for (kind, probe) in kinds {
                if let Some(probe) = probe {
                    self.probes.push(ProbeWorker::new(&container.name, kind, probe, now));
                }
            }
        }
    }

    fn sandbox_created(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) {
        let ip = (around.machine.pod_ip)(&self.pod).unwrap_or_else(|| {
            if self.pod.host_network { around.node.address() } else { around.node.take_address() }
        });
        Rc::make_mut(&mut self.runtime).start_sandbox(ip);
        // Told at once, before any container is started; the address follows with the next sync.
        let mut status = (*self.status).clone();
        if let Some(condition) =
            status.conditions.iter_mut().find(|it| it.kind == "PodReadyToStartContainers")
        {
            (condition.status, condition.since) = (true, now);
        }
        self.publish(status, reports);
        self.compute_actions(reports, now);
    }

    pub(super) fn complete_sync(&mut self, around: &mut Surroundings<'_>, now: Millis) {
        self.end_sync(now);
        let plan = std::mem::take(&mut self.plan);
        let phase = around.machine.delays.queue_phase;
        if plan.has_error {
            let wait = match plan.back_off_end {
                Some(end) => end.saturating_sub(now).min(RESYNC),
                None => RETRY,
            };
            let wait = self.vary(wait);
            self.requeue = Some(next_tick(now + wait - 1, phase));
            return;
        }
        let is_settled = self.status.is_ready() || self.status.phase.is_terminal();
        // The regular sync of a healthy pod changes nothing: left out, so that a quiet world stays quiet.
        self.requeue = (!is_settled).then(|| {
            let wait = self.vary(RESYNC);
            next_tick(now + wait, phase)
        });
        if plan.has_acted {
            // A sync that started something looks at the runtime at once, so the regular look finds nothing new.
            self.look();
            self.relisted = self.runtime.version;
            self.changed = None;
            self.trigger(now);
        }
    }

    pub(super) fn end_sync(&mut self, now: Millis) {
        self.step = Step::Idle;
        self.last_sync_end = now;
        self.has_looked = false;
    }
}

/// A duration as Go prints it, to the millisecond: `300ms`, `1.2s`, `1m20s`.
pub(crate) fn go_duration(duration: Millis) -> String {
    if duration == 0 {
        return "0s".to_string();
    }
    if duration < 1000 {
        return format!("{duration}ms");
    }
    let fraction = format!("{:03}", duration % 1000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let seconds = duration / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let tail = format!("{}{point}{fraction}s", seconds % 60);
    match (hours, minutes) {
        (0, 0) => tail,
        (0, _) => format!("{minutes}m{tail}"),
        _ => format!("{hours}h{minutes}m{tail}"),
    }
}
