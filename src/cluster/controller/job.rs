//! Runs the pods of a Job until enough of them succeeded or too many failed.
//!
//! Mirrors `syncJob`, `manageJob` and `trackJobStatusAndRemoveFinalizers` of the Job controller. Not simulated:
//! `podFailurePolicy`, `successPolicy`, `backoffLimitPerIndex`, `managedBy`.

mod indexes;
mod status;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::adoption::{claim_pods, worth};
use crate::cluster::object::{
    Body, Key, Kind, Meta, Object, OwnerReference, Phase, Pod, PodStatus, PodTemplate, Uid,
};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, EventType, Instant, Propagation, Status};
use crate::gather::sort_by_key;
use indexes::Indexes;
use status::JobStatus;

const SOURCE: &str = "job-controller";
/// Keeps a pod until the Job has counted how it ended.
pub(crate) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// Label and annotation of the pods of an indexed Job.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// News of pods wait this long, so that several are handled at once.
pub(crate) const BATCH: Duration = Duration(1000);
/// Most pods that one sync creates or deletes.
const BURST: usize = 500;
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
fn has_failed(object: &Object, only_ended: bool) -> bool {
    let phase = object.as_pod().map(|pod| pod.status.phase);
    phase == Some(Phase::Failed)
        || (!only_ended && object.meta.is_terminating() && phase != Some(Phase::Succeeded))
}

fn has_succeeded(object: &Object) -> bool {
    object.as_pod().is_some_and(|pod| pod.status.phase == Phase::Succeeded)
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

    /// Deletes pods that are active; those that keep their finalizer are counted when they have gone.
    fn delete(&mut self, cluster: &mut Cluster, pods: &[Rc<Object>], drops_finalizer: bool) {
        for pod in pods {
            if drops_finalizer && let Some(stored) = cluster.store.get(Kind::Pod, &pod.key()) {
                let mut stored = (**stored).clone();
                stored.meta.remove_finalizer(FINALIZER);
                cluster.write(stored);
            }
            if cluster.delete_object(Kind::Pod, &pod.key(), &DeleteOptions::default()).is_ok() {
                let message = format!("Deleted pod: {}", pod.meta.name);
                cluster.event(&self.job, EventType::Normal, "SuccessfulDelete", &message, SOURCE);
            }
            self.terminating += 1;
        }
        self.active.retain(|pod| !pods.iter().any(|gone| gone.meta.uid == pod.meta.uid));
        self.ready = count_ready(&self.active);
    }

    fn delete_all(&mut self, cluster: &mut Cluster) {
        let active = self.active.clone();
        self.delete(cluster, &active, false);
    }

    /// Creates pods that are missing or deletes those that are too many.
    fn manage(&mut self, cluster: &mut Cluster, suspended: bool) -> Result<(), Status> {
        let spec = self.job.spec().clone();
        if suspended {
            let active = self.active.clone();
            self.delete(cluster, &active, true);
            return Ok(());
        }
        let parallelism = spec["parallelism"].as_i64().unwrap_or(1);
        let have = self.active.len() as i64;
        let wanted = match spec["completions"].as_i64() {
            None if self.succeeded > 0 => have,
            None => parallelism,
            Some(completions) => (completions - self.succeeded).min(parallelism).max(0),
        };
        let surplus = self.surplus(cluster, usize::try_from(have - wanted).unwrap_or(0));
        if !surplus.is_empty() {
            self.delete(cluster, &surplus, true);
            return Ok(());
        }
        let leaving = if spec["podReplacementPolicy"] == "Failed" { self.terminating } else { 0 };
        let missing = usize::try_from(wanted - leaving - have).unwrap_or(0);
        if missing == 0 {
            return Ok(());
        }
        if let Some(until) = self.failures.wait_until().filter(|until| *until > cluster.now) {
            cluster.queue.add_at(Work::Job(self.job.key()), until);
            return Ok(());
        }
        self.create(cluster, missing.min(BURST))
    }

    /// The pods to delete: of an indexed Job those without an index of their own, then those that are missed least.
    fn surplus(&self, cluster: &Cluster, at_least: usize) -> Vec<Rc<Object>> {
        let mut left = self.active.clone();
        sort_by_key(&mut left, |pod| worth(cluster, pod, 0, 0));
        let mut gone = Vec::new();
        if self.indexes.is_some() {
            let completions = self.job.spec()["completions"].as_i64().unwrap_or(0);
            let mut seen = BTreeMap::new();
            // The best pod of an index stays.
            for pod in std::mem::take(&mut left).into_iter().rev() {
                match index_of(&pod).filter(|index| *index < completions) {
                    Some(index) if !seen.contains_key(&index) => {
                        seen.insert(index, ());
                        left.insert(0, pod);
                    }
                    _ => gone.push(pod),
                }
            }
        }
        let more = at_least.saturating_sub(gone.len());
        gone.extend(left.into_iter().take(more));
        gone.truncate(BURST);
        gone
    }

    fn create(&mut self, cluster: &mut Cluster, count: usize) -> Result<(), Status> {
        let template = self.job.spec()["template"].clone();
        let numbers: Vec<Option<i64>> = match &self.indexes {
            None => vec![None; count],
            Some(done) => {
                let taken: Vec<i64> = self.active.iter().filter_map(|pod| index_of(pod)).collect();
                let completions = self.job.spec()["completions"].as_i64().unwrap_or(0);
                let free = (0..completions).filter(|index| !done.contains(*index) && !taken.contains(index));
                free.take(count).map(Some).collect()
            }
        };
        let plain = PodTemplate::of(&template);
        for number in numbers {
            let pod = self.new_pod(cluster, &template, &plain, number);
            match cluster.create_object(pod) {
                Ok(pod) => {
                    let message = format!("Created pod: {}", pod.meta.name);
                    cluster.event(&self.job, EventType::Normal, "SuccessfulCreate", &message, SOURCE);
                    self.active.push(pod);
                }
                Err(error) => {
                    let message = format!("Error creating: {error}");
                    cluster.event(&self.job, EventType::Warning, "FailedCreate", &message, SOURCE);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn new_pod(
        &self,
        cluster: &mut Cluster,
        template: &Value,
        plain: &PodTemplate,
        number: Option<i64>,
    ) -> Object {
        let job = &self.job.meta;
        let suffix = cluster.suffix();
        let name = match number {
            None => format!("{}-{suffix}", job.name),
            Some(index) => format!("{}-{index}-{suffix}", job.name),
        };
        let mut meta = Meta::new(self.job.key().sibling(&name));
        let mut labels = plain.labels.clone();
        let mut annotations = (*plain.annotations).clone();
        let mut spec = plain.spec.clone();
        let mut hostname = plain.hostname.clone();
        if let Some(index) = number {
            let text: Rc<str> = index.to_string().into();
            labels.insert(INDEX.into(), text.clone());
            annotations.insert(INDEX.into(), text);
            hostname = Some(format!("{}-{index}", job.name).into());
            let mut value = template["spec"].clone();
            for list in ["initContainers", "containers"] {
                for container in value[list].as_array_mut().into_iter().flatten() {
                    add_index_variable(container);
                }
            }
            spec = Rc::new(crate::cluster::object::PodSpec::of(&value));
        }
        meta.labels = Rc::new(labels);
        meta.annotations = Rc::new(annotations);
        meta.owners = Rc::new([OwnerReference::controller(Kind::Job, job)]);
        meta.add_finalizer(FINALIZER);
        let pod = Pod {
            hostname,
            subdomain: plain.subdomain.clone(),
            node: plain.node.clone(),
            claims: spec.claims.as_slice().into(),
            status: Rc::new(PodStatus::pending(&spec)),
            spec,
        };
        Object { meta, body: Body::Pod(pod) }
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

    /// Counts the pods that ended, lets them go, and closes the Job when nothing is left to wait for.
    fn track(mut self, cluster: &mut Cluster, verdict: Option<Verdict>) {
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

fn count_ready(pods: &[Rc<Object>]) -> i64 {
    pods.iter().filter(|pod| pod.as_pod().is_some_and(Pod::is_ready)).count() as i64
}

fn index_of(pod: &Object) -> Option<i64> {
    pod.meta.annotations.get(INDEX)?.parse().ok().filter(|index| *index >= 0)
}

fn add_failures(known: Failures, successes: &[&Rc<Object>], failures: &[&Rc<Object>]) -> Failures {
    let last_success = successes.iter().map(|pod| ended_at(pod)).max();
    let kept = if last_success.is_some() { Failures::default() } else { known };
    let later =
        failures.iter().map(|pod| ended_at(pod)).filter(|at| last_success.is_none_or(|last| *at > last));
    later.fold(kept, |sum, at| Failures { count: sum.count + 1, last: sum.last.max(Some(at)) })
}

fn add_index_variable(container: &mut Value) {
    let known = container["env"]
        .as_array()
        .is_some_and(|env| env.iter().any(|variable| variable["name"] == "JOB_COMPLETION_INDEX"));
    if known {
        return;
    }
    let field = format!("metadata.labels['{INDEX}']");
    let variable = json!({"name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": field}}});
    match container["env"].as_array_mut() {
        Some(env) => env.push(variable),
        None => container["env"] = json!([variable]),
    }
}

/// What the API server adds to a Job that chooses its pods by itself: labels by which they are found.
pub(crate) fn set_selector(job: &mut Object, uid: Uid) {
    let name = job.meta.name.clone();
    let Body::Plain(plain) = &mut job.body else { return };
    if plain.fields["spec"]["manualSelector"] == true {
        return;
    }
    let uid = uid.to_string();
    let fields = Rc::make_mut(&mut plain.fields);
    let labels = &mut fields["spec"]["template"]["metadata"]["labels"];
    for (label, value) in [
        ("controller-uid", &*uid),
        ("batch.kubernetes.io/controller-uid", &*uid),
        ("job-name", &*name),
        ("batch.kubernetes.io/job-name", &*name),
    ] {
        labels[label] = value.into();
    }
    fields["spec"]["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
}

#[cfg(test)]
mod tests;
