//! The end of a pod: hooks, SIGTERM, SIGKILL, the last status (`SyncTerminatingPod` and `SyncTerminatedPod`).

use std::rc::Rc;

use super::pod_spec::{Millis, millis_of};
use super::prober::ProbeKind;
use super::status_generation;
use super::sync::Step;
use super::worker::{Mode, PodWorker, Report, Surroundings};

/// A container gets at least this long after SIGTERM, whatever a hook has used up.
const SHORTEST_GRACE: Millis = 2000;

impl PodWorker {
    /// Begins to stop everything.
    pub(super) fn begin_termination(&mut self, reports: &mut Vec<Report>, now: Millis) {
        self.was_initialized = status_generation::is_initialized(&self.status, &self.pod);
        let too_long = self.deadline().is_some_and(|at| at <= now) && self.deletion_grace.is_none();
        let generated = self.generate_unless_late(too_long, false, reports, now);
        self.publish(generated.status, reports);
        for probe in &mut self.probes {
            if probe.kind != ProbeKind::Readiness {
                probe.is_stopped = true;
            }
        }
        let grace = millis_of(self.deletion_grace.unwrap_or(self.pod.grace));
        let mut until = now;
        let names = |sidecars: bool| -> Vec<String> {
            self.pod
                .all_containers()
                .filter(|(_, it)| it.is_sidecar == sidecars)
                .map(|(_, it)| it.name.clone())
                .collect()
        };
        let (main, sidecars) = (names(false), names(true));
        let mut ends = now;
        for name in main {
            let message = format!("Stopping container {name}");
            ends = ends.max(self.kill_container(&name, &message, grace, now, reports, now).unwrap_or(now));
        }
        until = until.max(ends);
        // Sidecars stop after the others, last one first, with what is left of the grace period.
        for name in sidecars.into_iter().rev() {
            let left = grace.saturating_sub(until - now);
            let message = format!("Stopping container {name}");
            until = self.kill_container(&name, &message, left, until, reports, now).unwrap_or(until);
        }
        self.step = Step::Stopping { until };
    }

    /// Runs a container's preStop hook, then stops it, from `from` on. The time when its process will have ended;
    /// `None` if it does not run.
    pub(super) fn kill_container(
        &mut self,
        name: &str,
        message: &str,
        grace: Millis,
        from: Millis,
        reports: &mut Vec<Report>,
        now: Millis,
    ) -> Option<Millis> {
        if !self.runtime.newest(name)?.is_running() {
            return None;
        }
        let path = self.field_path(name);
        self.say_at(reports, from, path.clone(), false, "Killing", message.to_string(), now);
        let container = self.pod.container(name).map(|(_, it)| it.clone())?;
        let mut hook_time = 0;
        if let Some(hook) = container.pre_stop.as_ref().filter(|_| grace > 0) {
            let answer = self.ask(&container, hook, from);
            hook_time = answer.takes.min(grace);
            if answer.failure.is_some() && answer.takes <= grace {
                let text = "PreStopHook failed".to_string();
                self.say_at(reports, from + hook_time, path, true, "FailedPreStopHook", text, now);
            }
        }
        let left = (grace - hook_time).max(SHORTEST_GRACE);
        Rc::make_mut(&mut self.runtime).stop(name, from + hook_time, left)
    }

    #[allow(clippy::too_many_arguments)] // an event and when it is due
    fn say_at(
        &mut self,
        reports: &mut Vec<Report>,
        at: Millis,
        path: String,
        is_warning: bool,
        reason: &'static str,
        message: String,
        now: Millis,
    ) {
        if at <= now {
            self.say(reports, path, is_warning, reason, message);
        } else {
            self.later.push((at, path, is_warning, reason, message));
        }
    }

    pub(super) fn containers_stopped(&mut self, around: &mut Surroundings<'_>, now: Millis) {
        self.step = Step::StoppingSandbox { until: now + around.machine.delays.stop_sandbox };
    }

    /// The pod's processes and sandbox are gone: reports how they ended.
    pub(super) fn finish_termination(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        if self.runtime.sandbox.is_some() {
            Rc::make_mut(&mut self.runtime).stop_sandbox();
        }
        self.probes.clear();
        self.later.retain(|it| it.0 <= now);
        self.look();
        // Looked at for this status only: the next sync still waits for the regular look.
        self.end_sync(now);
        around.node.requests.remove(&self.pod.uid);
        let too_long = self.deadline().is_some_and(|at| at <= now) && self.deletion_grace.is_none();
        let generated = self.generate_unless_late(too_long, true, reports, now);
        self.publish(generated.status, reports);
        self.mode = Mode::Terminated;
        self.requeue = None;
        self.pending = Some(now);
    }

    /// The last word on a stopped pod.
    pub(super) fn report_end(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        let too_long = self.deadline().is_some_and(|at| at <= now) && self.deletion_grace.is_none();
        if too_long {
            let _ = self.generate_unless_late(true, true, reports, now);
        }
        let mut status = (*self.status).clone();
        status_generation::finish(&mut status, self.was_initialized);
        self.publish(status, reports);
        self.mode = Mode::Finished;
        self.pending = None;
        self.changed = None;
        self.relisted = self.runtime.version;
        self.end_sync(now);
        if self.deletion_grace.is_some() && !self.is_forgotten {
            self.remove_at = Some(now + around.machine.delays.remove);
        }
    }
}
