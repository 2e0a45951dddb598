//! Settling, which takes no time, and letting time pass.

use super::controller;
use super::work::Work;
use super::{Cluster, Duration, Instant};

/// Steps after which settling is cut short, for each object that exists and in any case.
const STEPS_PER_OBJECT: usize = 200;
const STEPS: usize = 20_000;

impl Cluster {
    /// Runs the controllers until none has anything to do at this moment.
    pub fn settle(&mut self) {
        let mut steps = 0;
        loop {
            self.inform();
            let Some(work) = self.queue.pop() else { return };
            steps += 1;
            if steps > STEPS && steps > STEPS_PER_OBJECT * self.store.len() {
                self.overruns += 1;
                self.queue.clear();
                return;
            }
            self.serve(work);
        }
    }

    fn serve(&mut self, work: Work) {
        let outcome = match &work {
            Work::Claim(key) => controller::volume::reconcile(self, key),
            Work::Schedule(key) => controller::scheduler::reconcile(self, key),
            Work::Evict(key) => controller::taint_eviction::reconcile(self, key),
            Work::StatefulSet(key) => controller::stateful_set::reconcile(self, key),
            Work::Deployment(key) => controller::deployment::reconcile(self, key),
            Work::ReplicaSet(key) => controller::replica_set::reconcile(self, key),
            Work::Job(key) => controller::job::reconcile(self, key),
            Work::Release(key) => controller::job::release(self, key),
            Work::CronJob(key) => controller::cron_job::reconcile(self, key),
            Work::Autoscale(key) => controller::autoscaler::reconcile(self, key),
            Work::Disruption(key) => controller::disruption::reconcile(self, key),
            Work::ClaimProtection(key) => controller::claim_protection::reconcile(self, key),
            Work::Node(key) => controller::node_lifecycle::reconcile(self, key),
            Work::CollectPods(key) => controller::pod_gc::reconcile(self, key),
            Work::Garbage(..) => {
                // The collector has many workers and its own view of the world: it comes to rest before other
                // controllers see what it did.
                let mut items = vec![work];
                while !items.is_empty() {
                    for item in items {
                        if let Work::Garbage(kind, key, uid) = item {
                            controller::garbage::reconcile(self, kind, &key, uid);
                        }
                    }
                    self.inform();
                    items = self.queue.pop_garbage();
                }
                return;
            }
        };
        match outcome {
            Ok(()) => self.queue.forget(&work),
            Err(_) => self.queue.retry(work, self.now),
        }
    }

    /// Lets time pass; whatever happens in it happens at its moment.
    pub fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.settle();
        while self.advance_to_next(end) {}
        self.now = end;
    }

    /// Lets time pass until an object changes or an event is written, at most to `limit`; whether one did.
    /// Kubelets look at their containers every second: most of these looks change nothing.
    pub fn advance_to_next_change(&mut self, limit: Instant) -> bool {
        let before = (self.resource_version(), self.events.written());
        self.settle();
        while (self.resource_version(), self.events.written()) == before {
            if !self.advance_to_next(limit) {
                self.now = self.now.max(limit);
                return false;
            }
        }
        true
    }

    /// When the control plane will do something by itself next, if it will.
    pub fn next_timer(&self) -> Option<Instant> {
        self.queue.next_timer()
    }

    /// Goes on to the next moment at which something happens, if that is not after `end`.
    fn advance_to_next(&mut self, end: Instant) -> bool {
        let Some(next) = self.next_event_time().filter(|next| *next <= end) else { return false };
        // Before its next timer the control plane only acts on what kubelets report.
        let alone = self.next_timer().map_or(end, |timer| end.min(Instant(timer.0.saturating_sub(1))));
        if next <= alone {
            self.run_kubelets(alone);
        } else {
            self.now = self.now.max(next);
            self.queue.fire(self.now);
            self.run_kubelets(self.now);
        }
        self.settle();
        true
    }
}
