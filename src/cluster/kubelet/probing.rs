//! Runs a pod's probes when they are due and acts on what they find.

use std::rc::Rc;

use super::container_spec::Container;
use super::handler::Handler;
use super::pod_spec::{Millis, millis_of};
use super::pod_status::{PodStatus, State};
use super::prober::{InFlight, ProbeKind};
use super::status_generation::set_ready;
use super::worker::{PodWorker, Report, Surroundings};
use crate::cluster::workload::{Answer, Fault, resolve_port};

impl PodWorker {
    /// Runs the probes that are due at `now`; true if any was.
    pub(super) fn run_probes(
        &mut self,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) -> bool {
        let mut did_any = false;
        let mut at = 0;
        while at < self.probes.len() {
            let is_due = self.probes[at].next_time(now).is_some_and(|due| due <= now);
            if is_due {
                did_any = true;
                self.run_probe(at, around, reports, now);
            }
            // A probe's result can end the list.
            at += 1;
        }
        did_any
    }

    fn run_probe(
        &mut self,
        at: usize,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        self.probes[at].is_steady = false;
        if let Some(probe) = self.probes[at].in_flight.take() {
            self.take_result(at, probe.failure, reports, now);
            return;
        }
        let period = millis_of(self.probes[at].probe.period);
        let was_triggered = std::mem::take(&mut self.probes[at].is_triggered);
        if was_triggered {
            self.probes[at].next_tick = now + period;
        } else {
            self.probes[at].next_tick += period;
        }
        if self.status.phase.is_terminal() {
            self.probes[at].is_stopped = true;
            return;
        }
        let (name, probe) = (Rc::clone(&self.probes[at].container), Rc::clone(&self.probes[at].probe));
        let status = Rc::clone(&self.status);
        let Some((id, is_running)) = published(&status, &name).filter(|(id, _)| !id.is_empty()) else {
            return;
        };
        if self.probes[at].follow(id) {
            let kind = self.probes[at].kind;
            if kind == ProbeKind::Readiness {
                self.set_result_in_status(at, reports, now);
                self.trigger(now);
            }
        }
        if self.probes[at].is_on_hold {
            return;
        }
        if !is_running {
            if self.probes[at].set(false) {
                self.act_on_result(at, reports, now);
            }
            return;
        }
        let Some(run) = self.runtime.newest(&name) else { return };
        // A run that ended since the last look cannot answer any more, but still is the one asked.
        let since = match (&run.state, run.exited().and_then(|it| it.started)) {
            (_, Some(started)) => started,
            _ => run.running_since().unwrap_or(now),
        };
        if now.saturating_sub(since) < millis_of(self.probes[at].probe.initial_delay) {
            return;
        }
        let startup_done = self
            .probes
            .iter()
            .find(|it| it.container == name && it.kind == ProbeKind::Startup)
            .is_none_or(|it| it.result_for(id) == Some(true));
        if (self.probes[at].kind == ProbeKind::Startup) == startup_done {
            self.probes[at].is_steady = startup_done;
            return;
        }
        let pod = Rc::clone(&self.pod);
        let Some((_, container)) = pod.container(&name) else { return };
        let mut answer = self.ask(container, &probe.handler, now);
        match around.fault {
            Some(Fault::NotReady) if self.probes[at].kind == ProbeKind::Readiness => {
                answer = Answer::failed(unready_text(&probe.handler));
            }
            Some(Fault::Hang) => answer = Answer::after(Millis::MAX / 4, None),
            _ => {}
        }
        if self.runtime.newest(&name).is_some_and(|run| !run.is_running()) {
            let Some(refusal) = refusal(self, container, &probe.handler) else {
                let kind = self.probes[at].kind.label();
                let text = format!("{kind} probe errored and resulted in unknown state: {EXEC_ERROR}");
                self.say_of(reports, &name, true, "Unhealthy", text);
                return;
            };
            answer = Answer::failed(refusal);
        }
        let timeout = millis_of(probe.timeout);
        if answer.takes >= timeout && answer.takes > 0 {
            let failure = timeout_text(self, container, &probe.handler, probe.timeout);
            answer = Answer::after(timeout, Some(failure));
        }
        if answer.failure.is_none()
            && let Handler::Http { path, .. } = &probe.handler
        {
            reports.push(Report::Served { container: name, path: path.clone() });
        }
        if answer.takes == 0 {
            let was_good = self.probes[at].result == Some(true);
            self.take_result(at, answer.failure, reports, now);
            let is_good = self.probes[at].result == Some(true);
            self.probes[at].is_steady = answer.lasts && around.fault.is_none() && was_good && is_good;
        } else {
            self.probes[at].in_flight = Some(InFlight { until: now + answer.takes, failure: answer.failure });
        }
    }

    fn take_result(&mut self, at: usize, failure: Option<String>, reports: &mut Vec<Report>, now: Millis) {
        let (name, kind) = (Rc::clone(&self.probes[at].container), self.probes[at].kind);
        let success = failure.is_none();
        if let Some(output) = failure {
            let text = format!("{} probe failed: {output}", kind.label());
            self.say_of(reports, &name, true, "Unhealthy", text);
        }
        if self.probes[at].count(success) {
            self.act_on_result(at, reports, now);
        }
    }

    /// A result changed: the status says so at once, and a sync follows.
    fn act_on_result(&mut self, at: usize, reports: &mut Vec<Report>, now: Millis) {
        let (kind, result) = (self.probes[at].kind, self.probes[at].result);
        match kind {
            ProbeKind::Readiness | ProbeKind::Startup => self.set_result_in_status(at, reports, now),
            ProbeKind::Liveness if result == Some(true) => return,
            ProbeKind::Liveness => {}
        }
        self.trigger(now);
    }

    fn set_result_in_status(&mut self, at: usize, reports: &mut Vec<Report>, now: Millis) {
        let worker = &self.probes[at];
        let (kind, value) = (worker.kind, worker.result == Some(true));
        let mut status = (*self.status).clone();
        let found = status
            .init_containers
            .iter_mut()
            .chain(&mut status.containers)
            .find(|it| *it.name == *worker.container && *it.container_id == *worker.container_id);
        let Some(container) = found else { return };
        if kind == ProbeKind::Startup {
            container.started = value;
            // Whether the container is ready is for the sync that follows.
        } else {
            container.ready = value && container.started;
        }
        set_ready(&mut status, &self.pod, &self.gates_true, now);
        self.publish(status, reports);
    }
}

/// The id of a container in a published status, and whether it runs there.
fn published<'a>(status: &'a PodStatus, container: &str) -> Option<(&'a str, bool)> {
    let mut statuses = status.init_containers.iter().chain(&status.containers);
    let found = statuses.find(|it| it.name == container)?;
    Some((found.container_id.as_str(), matches!(found.state, State::Running { .. })))
}

fn address(worker: &PodWorker, container: &Container, handler: &Handler) -> Option<(String, u64)> {
    let (host, port) = match handler {
        Handler::Http { host, port, .. } | Handler::Tcp { host, port } => (host.clone(), port),
        Handler::Grpc { port } => (None, port),
        Handler::Exec(_) | Handler::Sleep(_) => return None,
    };
    let ip = || worker.runtime.sandbox.as_ref().map(|it| it.ip.clone()).unwrap_or_default();
    Some((host.unwrap_or_else(ip), resolve_port(container, port).unwrap_or_default()))
}

fn url(worker: &PodWorker, container: &Container, handler: &Handler) -> String {
    let (host, port) = address(worker, container, handler).unwrap_or_default();
    match handler {
        Handler::Http { scheme, path, .. } => format!("{scheme}://{host}:{port}{path}"),
        _ => format!("{host}:{port}"),
    }
}

/// What containerd says to a command for a container that has ended. The probe could not be made, so it does not count.
const EXEC_ERROR: &str =
    "rpc error: code = Unknown desc = failed to exec in container: container is in CONTAINER_EXITED state";

/// What a probe says of a process that is gone; `None` if it cannot even be made.
fn refusal(worker: &PodWorker, container: &Container, handler: &Handler) -> Option<String> {
    let (host, port) = address(worker, container, handler)?;
    let dial = format!("dial tcp {host}:{port}: connect: connection refused");
    Some(match handler {
        Handler::Http { .. } => format!("Get \"{}\": {dial}", url(worker, container, handler)),
        _ => dial,
    })
}

/// What a probe says when no answer comes in time.
fn timeout_text(worker: &PodWorker, container: &Container, handler: &Handler, timeout: u64) -> String {
    match handler {
        Handler::Exec(words) => {
            format!("command timed out: \"{}\" timed out after {timeout}s", words.join(" "))
        }
        Handler::Http { .. } => format!(
            "Get \"{}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            url(worker, container, handler)
        ),
        Handler::Grpc { .. } => format!(
            "timeout: failed to connect service \"{}\" within {timeout}s: context deadline exceeded",
            url(worker, container, handler)
        ),
        _ => format!("dial tcp {}: i/o timeout", url(worker, container, handler)),
    }
}

fn unready_text(handler: &Handler) -> String {
    match handler {
        Handler::Http { .. } => "HTTP probe failed with statuscode: 503".to_string(),
        _ => "not ready\n".to_string(),
    }
}
