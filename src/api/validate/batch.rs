//! Rules for Jobs and CronJobs.

use serde_json::Value;

use super::check::{self, not_negative, one_of, one_of_if_set};
use super::pod_spec::{self, Options};
use super::{metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, text};

pub(super) fn job(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let (spec, path) = (&object["spec"], spec_path());
    job_spec(spec, &path, errors);
    label_selector::validate(&spec["selector"], &path.child("selector"), errors);
}

fn job_spec(spec: &Value, path: &Path, errors: &mut Errors) {
    let counts = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for field in counts {
        not_negative(spec, field, path, errors);
    }
    one_of_if_set(spec, "completionMode", &["NonIndexed", "Indexed"], path, errors);
    if text(spec, "completionMode") == "Indexed" && !has(spec, "completions") {
        let detail = "when completion mode is Indexed";
        errors.push(FieldError::required(&path.child("completions"), detail));
    }
    one_of_if_set(spec, "podReplacementPolicy", &["Failed", "TerminatingOrFailed"], path, errors);
    let at = path.child("template");
    pod_spec::template(&spec["template"], &at, Options::default(), errors);
    let at = at.child("spec").child("restartPolicy");
    match text(&spec["template"]["spec"], "restartPolicy") {
        "OnFailure" | "Never" => {}
        "Always" => errors.push(FieldError::required(&at, "valid values: \"OnFailure\", \"Never\"")),
        other => errors.push(FieldError::not_supported(&at, other, &["OnFailure", "Never"])),
    }
}

pub(super) fn job_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    let (spec, before, path) = (&new["spec"], &old["spec"], spec_path());
    job_spec(spec, &path, errors);
    for field in
        ["completionMode", "selector", "template", "backoffLimitPerIndex", "managedBy", "podFailurePolicy"]
    {
        check::immutable(&spec[field], &before[field], &path.child(field), errors);
    }
    let indexed = text(spec, "completionMode") == "Indexed";
    if spec["completions"] != before["completions"] && !indexed {
        check::immutable(&spec["completions"], &before["completions"], &path.child("completions"), errors);
    }
}

pub(super) fn cron_job(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    if text(&object["metadata"], "name").len() > 52 {
        let detail = "must be no more than 52 characters";
        let name = text(&object["metadata"], "name");
        errors.push(FieldError::invalid(&Path::new("metadata").child("name"), name, detail));
    }
    let (spec, path) = (&object["spec"], spec_path());
    schedule(text(spec, "schedule"), &path.child("schedule"), errors);
    not_negative(spec, "startingDeadlineSeconds", &path, errors);
    one_of(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"], &path, errors);
    let at = path.child("jobTemplate").child("spec");
    let template = &spec["jobTemplate"]["spec"];
    if has(template, "manualSelector") && template["manualSelector"] == true {
        errors.push(FieldError::not_supported(&at.child("manualSelector"), true, &["nil", "false"]));
    }
    job_spec(template, &at, errors);
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        not_negative(spec, field, &path, errors);
    }
}

fn schedule(schedule: &str, path: &Path, errors: &mut Errors) {
    if schedule.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    let fields = schedule.split_whitespace().count();
    if !schedule.starts_with('@') && fields != 5 {
        let detail = format!(
            "expected exactly 5 fields, found {fields}: [{}]",
            schedule.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        errors.push(FieldError::invalid(path, schedule, detail));
    }
}
