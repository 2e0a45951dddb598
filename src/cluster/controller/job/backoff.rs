//! How long a Job waits before it makes pods again after some have failed.

use std::rc::Rc;

use crate::cluster::object::Object;
use crate::cluster::{Duration, Instant};

/// First and longest wait after failures.
const BACKOFF: (u64, u64) = (10_000, 600_000);

/// What the controller remembers of a Job's failures since its last success.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failures {
    count: u32,
    last: Option<Instant>,
}

impl Failures {
    /// Until when no pod is made. Each failure doubles the wait.
    pub(crate) fn wait_until(self) -> Option<Instant> {
        let last = self.last.filter(|_| self.count > 0)?;
        let doubled = BACKOFF.0.saturating_mul(1 << (self.count - 1).min(20));
        Some(last + Duration(doubled.min(BACKOFF.1)))
    }
}

/// The failures known, with those of pods that ended since; a success makes those before it forgotten.
pub(super) fn add_failures(known: Failures, successes: &[&Rc<Object>], failures: &[&Rc<Object>]) -> Failures {
    let last_success = successes.iter().map(|pod| ended_at(pod)).max();
    let kept = if last_success.is_some() { Failures::default() } else { known };
    let later =
        failures.iter().map(|pod| ended_at(pod)).filter(|at| last_success.is_none_or(|last| *at > last));
    later.fold(kept, |sum, at| Failures { count: sum.count + 1, last: sum.last.max(Some(at)) })
}

/// When a pod ended, as far as it tells.
fn ended_at(object: &Object) -> Instant {
    use crate::cluster::object::ContainerState::Terminated;
    let containers = object.as_pod().map_or(&[][..], |pod| &pod.status.containers);
    let ends = containers.iter().filter_map(|container| match &container.state {
        Terminated { finished, .. } => Some(*finished),
        _ => None,
    });
    let deleted = object.meta.deletion.map(|deletion| deletion.at);
    ends.max().or(deleted).unwrap_or(object.meta.created)
}
