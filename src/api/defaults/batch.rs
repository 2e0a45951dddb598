//! Defaults of Jobs and CronJobs.

use serde_json::Value;

use super::{items, map, set, set_pod_template};

pub(super) fn job(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if labels.is_object() && object["metadata"]["labels"].is_null() {
        map(object, "metadata")["labels"] = labels;
    }
    let spec = map(object, "spec");
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    let unlimited = !spec["backoffLimitPerIndex"].is_null();
    set(spec, "backoffLimit", if unlimited { i64::from(i32::MAX) } else { 6 });
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    set(spec, "manualSelector", Value::Null);
    let by_policy = spec["podFailurePolicy"].is_object();
    set(spec, "podReplacementPolicy", if by_policy { "Failed" } else { "TerminatingOrFailed" });
    if let Some(policy) = spec.get_mut("podFailurePolicy") {
        for rule in items(policy, "rules") {
            for pattern in items(rule, "onPodConditions") {
                if pattern["status"] == "" {
                    pattern["status"] = "True".into();
                }
            }
        }
    }
    set_pod_template(map(spec, "template"));
}

pub(super) fn cron_job(object: &mut Value) {
    let spec = map(object, "spec");
    set(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    let template = map(map(spec, "jobTemplate"), "spec");
    set_pod_template(map(template, "template"));
}
