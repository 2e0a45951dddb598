//! Jobs from their start to their end, pods played by hand.

use serde_json::{Value, json};

use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, PatchType, PodReport, Propagation, Settings};

/// A cluster with one Job `task` of a specification, its template aside.
fn cluster(mut spec: Value, restart: &str) -> Cluster {
    let mut cluster = Cluster::new(Settings::default());
    cluster.add_node("node-1", &[]).expect("a node");
    spec["template"] =
        json!({"spec": {"restartPolicy": restart, "containers": [{"name": "c", "image": "i:1"}]}});
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "task"}, "spec": spec});
    cluster.create(&job).expect("a valid Job");
    wait(&mut cluster, 3);
    cluster
}

fn wait(cluster: &mut Cluster, seconds: i64) {
    cluster.advance(Duration::seconds(seconds));
}

fn pods(cluster: &Cluster) -> Vec<String> {
    let live = |pod: &&std::rc::Rc<crate::cluster::Object>| {
        !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| !pod.is_finished())
    };
    cluster.list(Kind::Pod).filter(live).map(|pod| pod.meta.name.to_string()).collect()
}

fn report(cluster: &mut Cluster, report: PodReport) {
    for pod in pods(cluster) {
        cluster.report("default", &pod, report).expect("the pod exists");
    }
    wait(cluster, 3);
}

fn finalize(cluster: &mut Cluster) {
    let terminating: Vec<_> =
        cluster.list(Kind::Pod).filter(|pod| pod.meta.is_terminating()).cloned().collect();
    for pod in terminating {
        cluster.finalize_pod("default", &pod.meta.name).expect("the pod exists");
    }
    wait(cluster, 3);
}

/// Counts, conditions that are True, and the reasons of the Job's events, as one line.
fn state(cluster: &Cluster) -> String {
    let Ok(job) = cluster.get(Kind::Job, "default", "task") else { return "gone".to_owned() };
    let status = job.status();
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let conditions: Vec<_> = conditions
        .filter(|condition| condition["status"] == "True")
        .filter_map(|condition| condition["type"].as_str())
        .collect();
    let uncounted = &status["uncountedTerminatedPods"];
    assert_eq!(*uncounted, json!({}), "at rest every pod is counted");
    format!(
        "active {} succeeded {} failed {} ready {} terminating {} [{}]",
        count("active"),
        count("succeeded"),
        count("failed"),
        count("ready"),
        count("terminating"),
        conditions.join(" ")
    )
}

fn events(cluster: &Cluster) -> Vec<&'static str> {
    cluster.events().filter(|event| event.kind == Kind::Job).map(|event| event.reason).collect()
}

#[test]
fn a_job_runs_to_completion() {
    let mut cluster = cluster(json!({"completions": 3, "parallelism": 2}), "Never");
    assert_eq!(state(&cluster), "active 2 succeeded 0 failed 0 ready 0 terminating 0 []");
    report(&mut cluster, PodReport::Ready);
    assert_eq!(state(&cluster), "active 2 succeeded 0 failed 0 ready 2 terminating 0 []");
    report(&mut cluster, PodReport::Succeeded);
    assert_eq!(state(&cluster), "active 1 succeeded 2 failed 0 ready 0 terminating 0 []");
    report(&mut cluster, PodReport::Succeeded);
    let done = "active 0 succeeded 3 failed 0 ready 0 terminating 0 [SuccessCriteriaMet Complete]";
    assert_eq!(state(&cluster), done);
    assert_eq!(events(&cluster), ["SuccessfulCreate", "SuccessfulCreate", "SuccessfulCreate", "Completed"]);
    assert!(cluster.list(Kind::Pod).all(|pod| !pod.meta.has_finalizer(super::FINALIZER)));
    let pod = cluster.list(Kind::Pod).next().expect("pods stay");
    assert_eq!(pod.meta.label("job-name"), Some("task"));
    assert_eq!(pod.meta.label("batch.kubernetes.io/job-name"), Some("task"));
}

#[test]
fn failures_are_retried_with_growing_delays_up_to_the_limit() {
    let mut cluster = cluster(json!({"backoffLimit": 2}), "Never");
    report(&mut cluster, PodReport::Failed);
    assert_eq!(pods(&cluster).len(), 0, "the first retry waits ten seconds");
    wait(&mut cluster, 8);
    assert_eq!(pods(&cluster).len(), 1);
    report(&mut cluster, PodReport::Failed);
    wait(&mut cluster, 12);
    assert_eq!(pods(&cluster).len(), 0, "the second twenty");
    wait(&mut cluster, 8);
    report(&mut cluster, PodReport::Failed);
    let failed = "active 0 succeeded 0 failed 3 ready 0 terminating 0 [FailureTarget Failed]";
    assert_eq!(state(&cluster), failed);
    assert_eq!(events(&cluster).last(), Some(&"BackoffLimitExceeded"));
}

#[test]
fn restarts_of_containers_count_with_on_failure() {
    let mut cluster = cluster(json!({"backoffLimit": 1}), "OnFailure");
    report(&mut cluster, PodReport::CrashLoop);
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 1 ready 0 terminating 1 [FailureTarget]");
    finalize(&mut cluster);
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 1 ready 0 terminating 0 [FailureTarget Failed]");
}

#[test]
fn a_deadline_ends_the_job_once_its_pods_are_gone() {
    let mut cluster = cluster(json!({"activeDeadlineSeconds": 20, "parallelism": 2}), "Never");
    report(&mut cluster, PodReport::Ready);
    wait(&mut cluster, 20);
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 2 ready 0 terminating 2 [FailureTarget]");
    finalize(&mut cluster);
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 2 ready 0 terminating 0 [FailureTarget Failed]");
    assert_eq!(events(&cluster).last(), Some(&"DeadlineExceeded"));
}

#[test]
fn a_suspended_job_has_no_pods_until_it_is_resumed() {
    let mut cluster = cluster(json!({"suspend": true}), "Never");
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 0 ready 0 terminating 0 [Suspended]");
    let resume = json!({"spec": {"suspend": false}});
    cluster.patch(Kind::Job, "default", "task", PatchType::Merge, &resume).expect("a valid patch");
    wait(&mut cluster, 3);
    assert_eq!(state(&cluster), "active 1 succeeded 0 failed 0 ready 0 terminating 0 []");
    assert_eq!(events(&cluster), ["Suspended", "SuccessfulCreate", "Resumed"]);
    let suspend = json!({"spec": {"suspend": true}});
    cluster.patch(Kind::Job, "default", "task", PatchType::Merge, &suspend).expect("a valid patch");
    wait(&mut cluster, 3);
    assert_eq!(state(&cluster), "active 0 succeeded 0 failed 0 ready 0 terminating 1 [Suspended]");
}

#[test]
fn an_indexed_job_makes_one_success_an_index() {
    let mut cluster =
        cluster(json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}), "Never");
    let names = pods(&cluster);
    assert!(names[1].starts_with("task-1-"), "{names:?}");
    cluster.report("default", &names[1], PodReport::Succeeded).expect("a pod");
    cluster.report("default", &names[2], PodReport::Failed).expect("a pod");
    wait(&mut cluster, 15);
    let job = cluster.get(Kind::Job, "default", "task").expect("the Job");
    assert_eq!(job.status()["completedIndexes"], "1");
    assert_eq!(state(&cluster), "active 2 succeeded 1 failed 1 ready 0 terminating 0 []");
    let index = |pod: &str| {
        let pod = cluster.get(Kind::Pod, "default", pod).expect("a pod");
        let value = pod.to_value();
        (value["spec"]["hostname"].clone(), value["spec"]["containers"][0]["env"][0]["name"].clone())
    };
    assert_eq!(index(&pods(&cluster)[1]), (json!("task-2"), json!("JOB_COMPLETION_INDEX")));
    report(&mut cluster, PodReport::Succeeded);
    let done = "active 0 succeeded 3 failed 1 ready 0 terminating 0 [SuccessCriteriaMet Complete]";
    assert_eq!(state(&cluster), done);
}

#[test]
fn a_finished_job_expires_and_a_deleted_one_orphans_by_default() {
    let mut first = cluster(json!({"ttlSecondsAfterFinished": 30}), "Never");
    report(&mut first, PodReport::Succeeded);
    wait(&mut first, 60);
    assert_eq!((state(&first), first.count(Kind::Pod)), ("gone".to_owned(), 0));
    for (propagation, pods) in [(None, 1), (Some(Propagation::Background), 0)] {
        let mut second = cluster(json!({}), "Never");
        report(&mut second, PodReport::Ready);
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        second.delete(Kind::Job, "default", "task", &options).expect("deleted");
        wait(&mut second, 3);
        finalize(&mut second);
        assert_eq!((state(&second), second.count(Kind::Pod)), ("gone".to_owned(), pods));
        assert!(second.list(Kind::Pod).all(|pod| pod.meta.finalizers.is_empty()));
    }
}

#[test]
fn a_cron_job_starts_jobs_and_keeps_the_last_ones() {
    let mut cluster = Cluster::new(Settings::default());
    cluster.add_node("node-1", &[]).expect("a node");
    let template = json!({"spec": {"template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "c", "image": "i:1"}]}}}});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"}, "spec": {
        "schedule": "* * * * *", "successfulJobsHistoryLimit": 2, "concurrencyPolicy": "Forbid",
        "jobTemplate": template}});
    cluster.create(&cron).expect("a valid CronJob");
    wait(&mut cluster, 130);
    assert_eq!(cluster.count(Kind::Job), 1, "the second is forbidden while the first runs");
    for _ in 0..4 {
        report(&mut cluster, PodReport::Succeeded);
        wait(&mut cluster, 60);
    }
    let names: Vec<_> = cluster.list(Kind::Job).map(|job| job.meta.name.to_string()).collect();
    assert_eq!(names.len(), 3, "two that are done and the one that runs: {names:?}");
    let cron = cluster.get(Kind::CronJob, "default", "tick").expect("the CronJob");
    assert!(cron.status()["lastSuccessfulTime"].is_string());
    let reasons: Vec<_> =
        cluster.events().filter(|event| event.kind == Kind::CronJob).map(|event| event.reason).collect();
    for reason in ["SuccessfulCreate", "SawCompletedJob", "JobAlreadyActive", "SuccessfulDelete"] {
        assert!(reasons.contains(&reason), "{reason} {reasons:?}");
    }
}
