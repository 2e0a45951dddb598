//! Starts a Job each time a CronJob's schedule says so.
//!
//! Mirrors `syncCronJob` of the CronJob controller. Not simulated: `timeZone`, which counts as UTC.

mod schedule;

use std::rc::Rc;

use serde_json::{Value, json};

use crate::cluster::object::{Body, Key, Kind, Meta, Object, OwnerReference, Plain, labels_from};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, EventType, Instant, Propagation, Status};
use crate::gather::sort_by_key;
use schedule::Schedule;

const SOURCE: &str = "cronjob-controller";
/// The annotation that tells for when a Job was scheduled.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(cron) = cluster.store.get(Kind::CronJob, key).cloned() else { return Ok(()) };
    let spec = cron.spec().clone();
    let mut status = if cron.status().is_null() { json!({}) } else { cron.status().clone() };
    let jobs: Vec<_> = cluster.store.owned(cron.meta.uid, Kind::Job).cloned().collect();
    note_finished(cluster, &cron, &jobs, &mut status);
    clean_up(cluster, &cron, &jobs);
    if !cron.meta.is_terminating() && spec["suspend"] != true {
        start_due(cluster, &cron, &mut status)?;
    }
    write_status(cluster, &cron, status);
    Ok(())
}

fn verdict_of(job: &Object) -> Option<&'static str> {
    let conditions = job.status()["conditions"].as_array();
    let holds = |kind: &str| {
        conditions.is_some_and(|all| all.iter().any(|it| it["type"] == *kind && it["status"] == "True"))
    };
    ["Complete", "Failed"].into_iter().find(|kind| holds(kind))
}

/// Takes Jobs that ended or are gone off the list of active ones.
fn note_finished(cluster: &mut Cluster, cron: &Object, jobs: &[Rc<Object>], status: &mut Value) {
    let mut active = status["active"].as_array().cloned().unwrap_or_default();
    active.retain(|entry| {
        let job = jobs.iter().find(|job| entry["uid"] == job.meta.uid.to_string());
        let Some(job) = job else { return false };
        let Some(verdict) = verdict_of(job) else { return true };
        let message = format!("Saw completed job: {}, condition: {verdict}", job.meta.name);
        cluster.event(cron, EventType::Normal, "SawCompletedJob", &message, SOURCE);
        if verdict == "Complete" {
            status["lastSuccessfulTime"] = job.status()["completionTime"].clone();
        }
        false
    });
    set_active(status, active);
}

fn set_active(status: &mut Value, active: Vec<Value>) {
    if !active.is_empty() {
        status["active"] = Value::from(active);
    } else if let Some(status) = status.as_object_mut() {
        status.remove("active");
    }
}

/// Deletes the oldest finished Jobs beyond the limits.
fn clean_up(cluster: &mut Cluster, cron: &Object, jobs: &[Rc<Object>]) {
    for (verdict, field) in [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")]
    {
        let Some(limit) = cron.spec()[field].as_u64() else { continue };
        let mut ended: Vec<_> = jobs.iter().filter(|job| verdict_of(job) == Some(verdict)).cloned().collect();
        sort_by_key(&mut ended, |job| (job.meta.created, job.meta.uid));
        let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        ended.truncate(surplus);
        ended.iter().for_each(|job| delete(cluster, cron, job));
    }
}

fn delete(cluster: &mut Cluster, cron: &Object, job: &Object) {
    let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    if cluster.delete_object(Kind::Job, &job.key(), &options).is_ok() {
        let message = format!("Deleted job {}", job.meta.name);
        cluster.event(cron, EventType::Normal, "SuccessfulDelete", &message, SOURCE);
    }
}

/// Starts the Job of the last time that has passed, if it was not started, and asks to be woken at the next.
fn start_due(cluster: &mut Cluster, cron: &Object, status: &mut Value) -> Result<(), Status> {
    let spec = cron.spec();
    let text = spec["schedule"].as_str().unwrap_or("");
    let Some(schedule) = Schedule::parse(text) else {
        let message = format!("unparseable schedule: {text:?}");
        cluster.event(cron, EventType::Warning, "UnparseableSchedule", &message, SOURCE);
        return Ok(());
    };
    let last = status["lastScheduleTime"].as_str().and_then(Instant::parse);
    let mut next = schedule.next(last.unwrap_or(cron.meta.created));
    // Of the times that were missed only the last counts.
    let mut due = None;
    for _ in 0..1000 {
        match next.filter(|next| *next <= cluster.now) {
            Some(at) => (due, next) = (Some(at), schedule.next(at)),
            None => break,
        }
    }
    if let Some(next) = next {
        cluster.queue.add_at(Work::CronJob(cron.key()), next.max(cluster.now));
    }
    let Some(at) = due else { return Ok(()) };
    let deadline = spec["startingDeadlineSeconds"].as_i64();
    if deadline.is_some_and(|deadline| (cluster.now - at).0 as i64 > deadline.saturating_mul(1000)) {
        let message = format!("Missed scheduled time to start a job: {at}");
        cluster.event(cron, EventType::Warning, "MissSchedule", &message, SOURCE);
        return Ok(());
    }
    let active = status["active"].as_array().cloned().unwrap_or_default();
    match spec["concurrencyPolicy"].as_str() {
        Some("Forbid") if !active.is_empty() => {
            let message =
                "Not starting job because prior execution is running and concurrency policy is Forbid";
            cluster.event(cron, EventType::Normal, "JobAlreadyActive", message, SOURCE);
            return Ok(());
        }
        Some("Replace") => {
            for entry in &active {
                let name = entry["name"].as_str().unwrap_or("");
                let found = cluster.store.find(Kind::Job, &cron.meta.namespace, name).cloned();
                found.iter().for_each(|job| delete(cluster, cron, job));
            }
            set_active(status, Vec::new());
        }
        _ => {}
    }
    let job = new_job(cron, at);
    status["lastScheduleTime"] = at.to_string().into();
    match cluster.create_object(job) {
        Ok(job) => {
            let message = format!("Created job {}", job.meta.name);
            cluster.event(cron, EventType::Normal, "SuccessfulCreate", &message, SOURCE);
            let mut active = status["active"].as_array().cloned().unwrap_or_default();
            active.push(json!({"apiVersion": "batch/v1", "kind": "Job", "name": &*job.meta.name,
                "namespace": &*job.meta.namespace, "uid": job.meta.uid.to_string(),
                "resourceVersion": job.meta.resource_version.to_string()}));
            set_active(status, active);
            Ok(())
        }
        Err(error) if error.reason == "AlreadyExists" => Ok(()),
        Err(error) => {
            let message = format!("Error creating job: {error}");
            cluster.event(cron, EventType::Warning, "FailedCreate", &message, SOURCE);
            Err(error)
        }
    }
}

/// The Job of a time: its name ends with the minutes since 1970.
fn new_job(cron: &Object, at: Instant) -> Object {
    let template = &cron.spec()["jobTemplate"];
    let name = format!("{}-{}", cron.meta.name, schedule::minute_of(at));
    let mut meta = Meta::new(cron.key().sibling(&name));
    meta.labels = Rc::new(labels_from(&template["metadata"]["labels"]));
    let mut annotations = labels_from(&template["metadata"]["annotations"]);
    annotations.insert(SCHEDULED.into(), at.to_string().into());
    meta.annotations = Rc::new(annotations);
    meta.owners = Rc::new([OwnerReference::controller(Kind::CronJob, &cron.meta)]);
    let mut value =
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": template["spec"]});
    crate::api::defaults::apply(&mut value, &crate::api::gates::Gates::default());
    let fields = json!({"spec": value["spec"]});
    Object {
        meta,
        body: Body::Plain(Plain { kind: Kind::Job, fields: Rc::new(fields), status: Rc::default() }),
    }
}

fn write_status(cluster: &mut Cluster, cron: &Object, status: Value) {
    let Some(stored) = cluster.store.get(Kind::CronJob, &cron.key()) else { return };
    if *stored.status() == status || (stored.status().is_null() && status == json!({})) {
        return;
    }
    let mut stored = (**stored).clone();
    if let Body::Plain(plain) = &mut stored.body {
        plain.status = Rc::new(status);
    }
    cluster.write(stored);
}
