//! What the controllers have to look at, now or later.
//!
//! Mirrors the work queues of client-go: an item waits at most once; one that failed comes back after a delay that
//! doubles from 5 ms to 1000 s until it succeeds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::object::{Key, Kind, Uid};
use super::time::{Duration, Instant};

/// First delay of an item that failed, in milliseconds.
const BASE_DELAY: u64 = 5;
/// Longest delay, in milliseconds.
const MAX_DELAY: u64 = 1_000_000;

/// One thing to look at. The order of the variants is the order in which a settling cluster serves them: volumes
/// and the scheduler first, the garbage collector last, as the slower ones come last on a real cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// A claim to bind, provision or expand.
    Claim(Key),
    /// A pod to place.
    Schedule(Key),
    /// A pod on a node with taints.
    Evict(Key),
    /// A set to bring to its specification.
    StatefulSet(Key),
    /// The same of a Deployment.
    Deployment(Key),
    /// The same of a ReplicaSet.
    ReplicaSet(Key),
    /// A Job to run.
    Job(Key),
    /// A pod that may hold the finalizer of a Job that is gone.
    Release(Key),
    /// A schedule of Jobs.
    CronJob(Key),
    /// A workload to scale by its load.
    Autoscale(Key),
    /// A budget to compute.
    Disruption(Key),
    /// A claim that is to vanish once nothing uses it.
    ClaimProtection(Key),
    /// A node whose heartbeats may have stopped.
    Node(Key),
    /// Pods of a node that is gone or out of service.
    CollectPods(Key),
    /// An object whose owners may be gone.
    Garbage(Kind, Key, Uid),
}

const LANES: usize = 15;

impl Work {
    fn lane(&self) -> usize {
        match self {
            Work::Claim(_) => 0,
            Work::Schedule(_) => 1,
            Work::Evict(_) => 2,
            Work::StatefulSet(_) => 3,
            Work::Deployment(_) => 4,
            Work::ReplicaSet(_) => 5,
            Work::Job(_) => 6,
            Work::Release(_) => 7,
            Work::CronJob(_) => 8,
            Work::Autoscale(_) => 9,
            Work::Disruption(_) => 10,
            Work::ClaimProtection(_) => 11,
            Work::Node(_) => 12,
            Work::CollectPods(_) => 13,
            Work::Garbage(..) => 14,
        }
    }
}

/// Items to serve now, items to serve later, and how often items failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkQueue {
    lanes: [VecDeque<Work>; LANES],
    waiting: BTreeSet<Work>,
    later: BTreeMap<Work, Instant>,
    timers: BTreeSet<(Instant, Work)>,
    failures: BTreeMap<Work, u32>,
}

impl WorkQueue {
    /// An item to serve now.
    pub(crate) fn add(&mut self, work: Work) {
        if self.waiting.insert(work.clone()) {
            self.lanes[work.lane()].push_back(work);
        }
    }

    /// An item to serve at a moment, or earlier if it was to be served earlier.
    pub(crate) fn add_at(&mut self, work: Work, at: Instant) {
        match self.later.get(&work) {
            Some(earlier) if *earlier <= at => return,
            Some(later) => {
                self.timers.remove(&(*later, work.clone()));
            }
            None => {}
        }
        self.later.insert(work.clone(), at);
        self.timers.insert((at, work));
    }

    /// When an item is to be served, if that is later.
    pub(crate) fn planned(&self, work: &Work) -> Option<Instant> {
        self.later.get(work).copied()
    }

    /// Takes back an item that was to be served later; whether there was one.
    pub(crate) fn cancel(&mut self, work: &Work) -> bool {
        let planned = self.later.remove(work);
        planned.is_some_and(|at| self.timers.remove(&(at, work.clone())))
    }

    /// An item that failed.
    pub(crate) fn retry(&mut self, work: Work, now: Instant) {
        let failures = self.failures.entry(work.clone()).or_insert(0);
        let delay = BASE_DELAY.saturating_mul(1 << (*failures).min(30)).min(MAX_DELAY);
        *failures += 1;
        self.add_at(work, now + Duration::millis(delay));
    }

    /// An item that succeeded.
    pub(crate) fn forget(&mut self, work: &Work) {
        if !self.failures.is_empty() {
            self.failures.remove(work);
        }
    }

    /// When an item that failed comes back.
    pub(crate) fn retry_of(&self, work: &Work) -> Option<Instant> {
        self.failures.get(work)?;
        self.later.get(work).copied()
    }

    /// The next item to serve now.
    pub(crate) fn pop(&mut self) -> Option<Work> {
        let work = self.lanes.iter_mut().find_map(VecDeque::pop_front)?;
        self.waiting.remove(&work);
        Some(work)
    }

    /// All the items of the next item's lane.
    pub(crate) fn pop_garbage(&mut self) -> Vec<Work> {
        let items: Vec<_> = self.lanes[LANES - 1].drain(..).collect();
        for item in &items {
            self.waiting.remove(item);
        }
        items
    }

    /// Forgets what was to be served now.
    pub(crate) fn clear(&mut self) {
        self.lanes.iter_mut().for_each(VecDeque::clear);
        self.waiting.clear();
    }

    /// When the next item is to be served, if that is known.
    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Makes the items that are due by `now` ready.
    pub(crate) fn fire(&mut self, now: Instant) {
        while let Some((at, _)) = self.timers.first()
            && *at <= now
        {
            if let Some((_, work)) = self.timers.pop_first() {
                self.later.remove(&work);
                self.add(work);
            }
        }
    }
}
