//! The turns of a pod's worker: in which order it does what is due.

use std::rc::Rc;

use super::pod_spec::Millis;
use super::worker::{Mode, PodWorker, Report, Surroundings, next_tick};

impl PodWorker {
    /// Stops the pod, from `at` on.
    pub(super) fn terminate(&mut self, at: Millis) {
        match self.mode {
            Mode::Active => {
                self.mode = Mode::Terminating;
                self.pending = Some(at);
            }
            Mode::Finished if !self.is_forgotten => self.remove_at = Some(at),
            _ => {}
        }
    }

    /// Whether the pod has come to its end, and nobody is about to say so.
    pub(super) fn waits_for_removal(&self) -> bool {
        self.mode == Mode::Finished && self.remove_at.is_none()
    }

    /// Whether the kubelet can forget the pod.
    pub(super) fn is_done(&self) -> bool {
        self.mode == Mode::Finished && self.is_forgotten
    }

    /// Does all that is due at `now`.
    pub(super) fn run(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) {
        // A moment holds few turns: each ends a step, a probe, or a look at the runtime.
        for _ in 0..1000 {
            if !self.run_once(around, reports, now) {
                break;
            }
        }
    }

    fn run_once(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) -> bool {
        if self.runtime.next_end().is_some_and(|at| at <= now)
            && !Rc::make_mut(&mut self.runtime).run_ends(now).is_empty()
        {
            self.note_change(now);
            return true;
        }
        if let Some(at) = self.later.iter().position(|it| it.0 <= now) {
            let (_, path, is_warning, reason, message) = self.later.remove(at);
            self.say(reports, path, is_warning, reason, message);
            return true;
        }
        if self.remove_at.is_some_and(|at| at <= now) {
            self.remove_at = None;
            reports.push(Report::Remove);
            return true;
        }
        let phase = around.machine.delays.relist_phase;
        if self.changed.is_some_and(|at| next_tick(at, phase) <= now) {
            self.changed = None;
            self.relisted = self.runtime.version;
            let was_waiting =
                self.pending.is_some_and(|at| at <= now) && self.is_idle() && self.mode != Mode::Finished;
            self.look();
            if was_waiting && !matches!(self.mode, Mode::Finished) {
                // The sync that waited for this look begins; the change that the look found asks for another.
                self.start_sync(around, reports, now);
            }
            if self.mode == Mode::Active {
                self.trigger(now);
            }
            return true;
        }
        if self.mode == Mode::Terminating && self.is_mounting() && self.pending.is_some_and(|at| at <= now) {
            // Waiting for volumes is the one thing that a deletion cuts short.
            self.end_sync(now);
            return true;
        }
        if self.advance_step(around, reports, now) {
            self.note_change(now);
            return true;
        }
        if self.requeue.is_some_and(|at| at <= now) {
            self.requeue = None;
            self.trigger(now);
            return true;
        }
        if self.mode == Mode::Active && self.pending.is_none() && self.deadline().is_some_and(|at| at == now)
        {
            self.trigger(now);
        }
        if self.is_idle() && self.pending.is_some_and(|at| at.max(self.gate(around.machine)) <= now) {
            if self.gate(around.machine) != 0 {
                self.look();
            }
            self.start_sync(around, reports, now);
            self.note_change(now);
            return true;
        }
        self.run_probes(around, reports, now)
    }

    fn start_sync(&mut self, around: &mut Surroundings<'_>, reports: &mut Vec<Report>, now: Millis) {
        self.pending = None;
        match self.mode {
            Mode::Active => self.begin_sync(around, reports, now),
            Mode::Terminated => self.report_end(around, reports, now),
            Mode::Terminating => self.begin_termination(reports, now),
            Mode::Finished => {}
        }
    }

    fn note_change(&mut self, now: Millis) {
        if self.runtime.version != self.relisted && self.changed.is_none() {
            self.changed = Some(now);
        }
    }
}
