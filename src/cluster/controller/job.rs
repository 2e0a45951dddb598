//! Runs the pods of a Job until enough of them succeeded or too many failed.
//!
//! Mirrors `syncJob` of the Job controller. Not simulated: `podFailurePolicy`, `successPolicy`,
//! `backoffLimitPerIndex`, `managedBy`.

mod backoff;
mod indexes;
mod pods;
mod status;
mod tracking;

use std::rc::Rc;

use super::adoption::claim_pods;
use crate::api::job_selector;
use crate::cluster::object::{Body, Key, Kind, Object, Phase, Pod, Uid};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, EventType, Instant, Propagation, Status};
pub(crate) use backoff::Failures;
use backoff::add_failures;
use indexes::Indexes;
use status::JobStatus;
use tracking::{count_ready, has_failed, has_succeeded};
pub(crate) use tracking::{is_counted, release};

const SOURCE: &str = "job-controller";
/// Keeps a pod until the Job has counted how it ended.
pub(crate) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// Label and annotation of the pods of an indexed Job.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// News of pods wait this long, so that several are handled at once.
pub(crate) const BATCH: Duration = Duration(1000);
/// One sync.
struct Sync {
    job: Rc<Object>,
    status: JobStatus,
    pods: Vec<Rc<Object>>,
    active: Vec<Rc<Object>>,
    /// How many pods have ended, those included that are not in the status yet.
    succeeded: i64,
    failed: i64,
    ready: i64,
    terminating: i64,
    /// The indexes that have a pod that succeeded; `None` if the Job is not indexed.
    indexes: Option<Indexes>,
    failures: Failures,
}

/// The verdict on a Job: type, reason, message of its last condition.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Verdict {
    is_success: bool,
    reason: &'static str,
    message: &'static str,
}

const COMPLETE: Verdict = Verdict {
    is_success: true,
    reason: "CompletionsReached",
    message: "Reached expected number of succeeded pods",
};
const BACKOFF_LIMIT: Verdict = Verdict {
    is_success: false,
    reason: "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
};
const DEADLINE: Verdict = Verdict {
    is_success: false,
    reason: "DeadlineExceeded",
    message: "Job was active longer than specified deadline",
};

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(job) = cluster.store.get(Kind::Job, key).cloned() else { return Ok(()) };
    let status = JobStatus::of(job.status());
    if let Some(finished) = status.finished_at() {
        cluster.job_failures.remove(&job.meta.uid);
        expire(cluster, &job, finished);
        return Ok(());
    }
    let pods = claim_pods(cluster, &job, Some(FINALIZER), |_| true);
    let mut sync = Sync::new(cluster, job, status, pods);
    let spec = sync.job.spec().clone();
    let suspended = spec["suspend"] == true;
    if sync.status.started.is_none() && !suspended {
        sync.status.started = Some(cluster.now.to_string());
    }
    let mut verdict = sync.status.verdict().or_else(|| sync.judge(cluster, suspended));
    let mut outcome = Ok(());
    if verdict.is_some() {
        sync.delete_all(cluster);
    } else {
        let manages = !sync.job.meta.is_terminating();
        if manages {
            outcome = sync.manage(cluster, suspended);
        }
        let completions = spec["completions"].as_i64();
        let enough = completions.map_or(sync.succeeded > 0, |wanted| sync.succeeded >= wanted);
        if enough && sync.active.is_empty() {
            verdict = Some(COMPLETE);
        } else if manages {
            sync.tell_suspension(cluster, suspended);
        }
    }
    sync.track(cluster, verdict);
    outcome
}

/// Deletes a finished Job when its time is over, its pods first.
fn expire(cluster: &mut Cluster, job: &Object, finished: Instant) {
    let Some(seconds) = job.spec()["ttlSecondsAfterFinished"].as_i64() else { return };
    let at = finished + Duration::seconds(seconds);
    if at > cluster.now {
        cluster.queue.add_at(Work::Job(job.key()), at);
    } else if !job.meta.is_terminating() {
        let options =
            DeleteOptions { propagation: Some(Propagation::Foreground), ..DeleteOptions::default() };
        // Gone already is as good.
        let _ = cluster.delete_object(Kind::Job, &job.key(), &options);
    }
}

impl Sync {
    fn new(cluster: &mut Cluster, job: Rc<Object>, status: JobStatus, pods: Vec<Rc<Object>>) -> Sync {
        let only_ended = job.spec()["podReplacementPolicy"] == "Failed";
        let completions = job.spec()["completions"].as_i64();
        let is_indexed = job.spec()["completionMode"] == "Indexed";
        let counts = |pod: &&Rc<Object>| {
            pod.meta.has_finalizer(FINALIZER)
                && (!is_indexed || index_of(pod).is_some_and(|index| Some(index) < completions))
        };
        let not_in = |listed: &[String], pod: &Object| !listed.contains(&pod.meta.uid.to_string());
        let new_successes: Vec<_> = pods
            .iter()
            .filter(counts)
            .filter(|pod| has_succeeded(pod) && not_in(&status.uncounted_succeeded, pod))
            .collect();
        let new_failures: Vec<_> = pods
            .iter()
            .filter(counts)
            .filter(|pod| has_failed(pod, only_ended) && not_in(&status.uncounted_failed, pod))
            .collect();
        let known = cluster.job_failures.get(&job.meta.uid).copied().unwrap_or_default();
        let failures = add_failures(known, &new_successes, &new_failures);
        let mut succeeded =
            status.succeeded + new_successes.len() as i64 + status.uncounted_succeeded.len() as i64;
        let failed = status.failed + new_failures.len() as i64 + status.uncounted_failed.len() as i64;
        let indexes = is_indexed.then(|| {
            let mut indexes = Indexes::parse(&status.completed_indexes, completions.unwrap_or(0));
            new_successes.iter().filter_map(|pod| index_of(pod)).for_each(|index| indexes.insert(index));
            indexes
        });
        if let Some(indexes) = &indexes {
            succeeded = indexes.len();
        }
        let is_finished = |pod: &Object| pod.as_pod().is_some_and(Pod::is_finished);
        let active: Vec<_> =
            pods.iter().filter(|pod| !is_finished(pod) && !pod.meta.is_terminating()).cloned().collect();
        let terminating =
            pods.iter().filter(|pod| !is_finished(pod) && pod.meta.is_terminating()).count() as i64;
        let ready = count_ready(&active);
        Sync { job, status, pods, active, succeeded, failed, ready, terminating, indexes, failures }
    }

    /// Whether the Job has failed.
    fn judge(&self, cluster: &mut Cluster, suspended: bool) -> Option<Verdict> {
        let spec = self.job.spec();
        let limit = spec["backoffLimit"].as_i64().unwrap_or(6);
        if self.failed > limit || self.has_restarted_too_often(limit) {
            return Some(BACKOFF_LIMIT);
        }
        let deadline = spec["activeDeadlineSeconds"].as_i64().filter(|_| !suspended)?;
        let started = self.status.started.as_deref().and_then(Instant::parse)?;
        let at = started + Duration::seconds(deadline);
        if cluster.now >= at {
            return Some(DEADLINE);
        }
        cluster.queue.add_at(Work::Job(self.job.key()), at);
        None
    }

    /// With `restartPolicy: OnFailure` the restarts of containers count as failures.
    fn has_restarted_too_often(&self, limit: i64) -> bool {
        if self.job.spec()["template"]["spec"]["restartPolicy"] != "OnFailure" {
            return false;
        }
        let pods = self.pods.iter().filter_map(|pod| pod.as_pod());
        let live = pods.filter(|pod| matches!(pod.status.phase, Phase::Running | Phase::Pending));
        let containers = live.flat_map(|pod| pod.status.init_containers.iter().chain(&pod.status.containers));
        let restarts: i64 = containers.map(|container| i64::from(container.restarts)).sum();
        if limit == 0 { restarts > 0 } else { restarts >= limit }
    }

    /// Notes that the Job is suspended, or no longer.
    fn tell_suspension(&mut self, cluster: &mut Cluster, suspended: bool) {
        let (value, reason, message, event) = match suspended {
            true => ("True", "JobSuspended", "Job suspended", "Suspended"),
            false => ("False", "JobResumed", "Job resumed", "Resumed"),
        };
        if self.status.ensure("Suspended", value, reason, message, cluster.now) {
            cluster.event(&self.job, EventType::Normal, event, message, SOURCE);
            if !suspended {
                self.status.started = Some(cluster.now.to_string());
            }
        }
    }
}

fn index_of(pod: &Object) -> Option<i64> {
    pod.meta.annotations.get(INDEX)?.parse().ok().filter(|index| *index >= 0)
}

/// What the API server adds to a Job that chooses its pods by itself: labels by which they are found.
pub(crate) fn set_selector(job: &mut Object, uid: Uid) {
    let Body::Plain(plain) = &mut job.body else { return };
    job_selector::generate(&mut Rc::make_mut(&mut plain.fields)["spec"], &job.meta.name, &uid.to_string());
}

#[cfg(test)]
mod tests;
