//! Probe workers: one for each container and kind of probe, as the kubelet's prober runs them.
//!
//! Mirrors `pkg/kubelet/prober` of Kubernetes 1.36: a worker ticks with its probe's period from the moment its pod
//! was first synced; a container that is not ready gets a readiness probe out of turn at every sync, and the ticks
//! count from there on.

use std::rc::Rc;

use super::handler::Probe;
use super::pod_spec::{Millis, millis_of};

/// The kinds of probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProbeKind {
    Startup,
    Readiness,
    Liveness,
}

impl ProbeKind {
    /// As events name it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Readiness => "Readiness",
            ProbeKind::Liveness => "Liveness",
        }
    }

    /// What counts before the first result: not started, not ready, alive.
    fn initial(self) -> Option<bool> {
        match self {
            ProbeKind::Startup => None,
            ProbeKind::Readiness => Some(false),
            ProbeKind::Liveness => Some(true),
        }
    }
}

/// A probe under way.
#[derive(Debug, Clone)]
pub(crate) struct InFlight {
    pub until: Millis,
    /// The failure's output; `None` is success.
    pub failure: Option<String>,
}

/// One probe worker.
#[derive(Debug, Clone)]
pub(crate) struct ProbeWorker {
    pub container: Rc<str>,
    pub kind: ProbeKind,
    pub probe: Rc<Probe>,
    pub next_tick: Millis,
    /// A probe out of turn is asked for.
    pub is_triggered: bool,
    pub in_flight: Option<InFlight>,
    /// The run that the results are about.
    pub container_id: Rc<str>,
    /// The result that counts: `Some(true)` success, `Some(false)` failure.
    pub result: Option<bool>,
    last: bool,
    streak: u32,
    /// No more probes until the container is a new one.
    pub is_on_hold: bool,
    pub is_stopped: bool,
    /// The last probe changed nothing, and neither will those that follow, until something else happens.
    pub is_steady: bool,
}

impl ProbeWorker {
    /// A worker that probes for the first time at `now`.
    pub(crate) fn new(container: &str, kind: ProbeKind, probe: &Probe, now: Millis) -> ProbeWorker {
        ProbeWorker {
            container: container.into(),
            kind,
            probe: Rc::new(probe.clone()),
            next_tick: now,
            is_triggered: false,
            in_flight: None,
            container_id: Rc::default(),
            result: None,
            last: true,
            streak: 0,
            is_on_hold: false,
            is_stopped: false,
            is_steady: false,
        }
    }

    /// Takes it that all probes that were due up to `until` went like the last one.
    pub(crate) fn catch_up(&mut self, until: Millis) {
        let period = millis_of(self.probe.period).max(1);
        if let Some(late) = until.checked_sub(self.next_tick) {
            let passed = late / period + 1;
            self.next_tick += passed * period;
            self.streak = self.streak.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        }
    }

    /// When this worker next has something to do.
    pub(crate) fn next_time(&self, now: Millis) -> Option<Millis> {
        if self.is_stopped {
            return None;
        }
        match &self.in_flight {
            Some(probe) => Some(probe.until),
            None if self.is_triggered => Some(now),
            None => Some(self.next_tick),
        }
    }

    /// The result for the run `id`, if there is one.
    pub(crate) fn result_for(&self, id: &str) -> Option<bool> {
        if *self.container_id == *id { self.result } else { None }
    }

    /// Takes up a new run; true if it is one, whose initial result counts from now on.
    pub(crate) fn follow(&mut self, id: &str) -> bool {
        if *self.container_id == *id {
            return false;
        }
        self.container_id = id.into();
        self.result = self.kind.initial();
        self.is_on_hold = false;
        true
    }

    /// Sets the result; true if it changed.
    pub(crate) fn set(&mut self, result: bool) -> bool {
        self.result.replace(result) != Some(result)
    }

    /// Counts a probe's outcome against the thresholds; true if the result changed.
    pub(crate) fn count(&mut self, success: bool) -> bool {
        if self.last == success {
            self.streak += 1;
        } else {
            (self.last, self.streak) = (success, 1);
        }
        let threshold = if success { self.probe.success_threshold } else { self.probe.failure_threshold };
        if self.streak < threshold {
            return false;
        }
        let changed = self.set(success);
        if !success && self.kind != ProbeKind::Readiness {
            // The container will be killed: wait for its successor.
            self.is_on_hold = true;
            self.streak = 0;
        }
        changed
    }
}
