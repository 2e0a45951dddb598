//! Which pods a Job counts, how often, and when each may go.
//!
//! Mirrors `trackJobStatusAndRemoveFinalizers` and the sync of orphan pods.

use std::rc::Rc;

use super::status::JobStatus;
use super::{FINALIZER, SOURCE, Sync, Verdict, index_of};
use crate::cluster::object::{Key, Kind, Object, Phase, Pod, Uid};
use crate::cluster::{Cluster, EventType, Status};

/// Lets a pod go that no unfinished Job counts.
pub(crate) fn release(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(pod) = cluster.store.get(Kind::Pod, key) else { return Ok(()) };
    if pod.meta.has_finalizer(FINALIZER) && !is_counted(cluster, pod) {
        let mut pod = (**pod).clone();
        pod.meta.remove_finalizer(FINALIZER);
        cluster.write(pod);
    }
    Ok(())
}

/// Whether a Job that is not finished has the pod, or something else that is no Job manages it.
pub(crate) fn is_counted(cluster: &Cluster, pod: &Object) -> bool {
    let Some(owner) = pod.meta.controller() else { return false };
    if &*owner.kind != Kind::Job.name() {
        return true;
    }
    let job = cluster.store.by_uid(owner.uid).and_then(|(kind, key)| cluster.store.get(*kind, key));
    job.is_some_and(|job| JobStatus::of(job.status()).finished_at().is_none())
}

/// Whether the pod has failed, or is on its way out without having succeeded.
pub(super) fn has_failed(object: &Object, only_ended: bool) -> bool {
    let phase = object.as_pod().map(|pod| pod.status.phase);
    phase == Some(Phase::Failed)
        || (!only_ended && object.meta.is_terminating() && phase != Some(Phase::Succeeded))
}

pub(super) fn has_succeeded(object: &Object) -> bool {
    object.as_pod().is_some_and(|pod| pod.status.phase == Phase::Succeeded)
}

/// How many of these pods are ready.
pub(super) fn count_ready(pods: &[Rc<Object>]) -> i64 {
    pods.iter().filter(|pod| pod.as_pod().is_some_and(Pod::is_ready)).count() as i64
}

impl Sync {
    /// Counts the pods that ended, lets them go, and closes the Job when nothing is left to wait for.
    pub(super) fn track(mut self, cluster: &mut Cluster, verdict: Option<Verdict>) {
        self.status.active = self.active.len() as i64;
        self.status.ready = Some(self.ready);
        self.status.terminating = Some(self.terminating);
        self.status.clean_uncounted(|uid| self.pods.iter().any(|pod| holds(pod, uid)));
        let only_ended = self.job.spec()["podReplacementPolicy"] == "Failed";
        let completions = self.job.spec()["completions"].as_i64();
        let failed_job = verdict.is_some_and(|verdict| !verdict.is_success);
        let mut counted = Vec::new();
        for pod in self.pods.iter().filter(|pod| pod.meta.has_finalizer(FINALIZER)) {
            let failed = has_failed(pod, only_ended);
            let may_go = self.job.meta.is_terminating() || verdict.is_some() || has_succeeded(pod) || failed;
            if !may_go {
                continue;
            }
            counted.push(pod.clone());
            let uid = pod.meta.uid.to_string();
            let valid =
                self.indexes.is_none() || index_of(pod).is_some_and(|index| Some(index) < completions);
            if has_succeeded(pod) && !self.status.uncounted_failed.contains(&uid) {
                if self.indexes.is_none() && !self.status.uncounted_succeeded.contains(&uid) {
                    self.status.uncounted_succeeded.push(uid);
                }
            } else if (failed || failed_job) && valid && !self.status.uncounted_failed.contains(&uid) {
                self.status.uncounted_failed.push(uid);
            }
        }
        if let Some(indexes) = &self.indexes {
            self.status.succeeded = indexes.len();
            self.status.completed_indexes = indexes.to_string();
        }
        if let Some(verdict) = verdict {
            let kind = if verdict.is_success { "SuccessCriteriaMet" } else { "FailureTarget" };
            self.status.ensure(kind, "True", verdict.reason, verdict.message, cluster.now);
        }
        cluster.job_failures.insert(self.job.meta.uid, self.failures);
        self.status.write(cluster, &self.job);
        for pod in &counted {
            if let Some(stored) = cluster.store.get(Kind::Pod, &pod.key()) {
                let mut stored = (**stored).clone();
                stored.meta.remove_finalizer(FINALIZER);
                cluster.write(stored);
            }
        }
        self.status.clean_uncounted(|uid| {
            let mut waiting =
                self.pods.iter().filter(|pod| !counted.iter().any(|it| it.meta.uid == pod.meta.uid));
            waiting.any(|pod| holds(pod, uid))
        });
        let verdict = verdict.filter(|_| self.terminating == 0);
        if let Some(verdict) = verdict {
            let kind = if verdict.is_success { "Complete" } else { "Failed" };
            self.status.ensure(kind, "True", verdict.reason, verdict.message, cluster.now);
            if verdict.is_success {
                self.status.completed = Some(cluster.now.to_string());
            }
        }
        self.status.write(cluster, &self.job);
        match verdict {
            Some(verdict) if verdict.is_success => {
                cluster.event(&self.job, EventType::Normal, "Completed", "Job completed", SOURCE);
            }
            Some(verdict) => {
                cluster.event(&self.job, EventType::Warning, verdict.reason, verdict.message, SOURCE);
            }
            None => {}
        }
    }
}

fn holds(pod: &Object, uid: &str) -> bool {
    pod.meta.has_finalizer(FINALIZER) && pod.meta.uid == Uid::parse(uid)
}
