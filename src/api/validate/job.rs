//! Rules for Jobs.
//!
//! Mirrors `ValidateJob`, `validateJobSpec` and `ValidateJobUpdate`.

use serde_json::Value;

use super::check::{self, not_negative};
use super::pod_spec::{self, Options};
use super::{job_policy as policy, metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::names;
use crate::api::read::{entries, has, number, text};
use crate::api::{job_selector, label_selector};

/// Above so many completions, Jobs that count failures by index have tighter limits.
const MANY: i64 = 100_000;
/// The tighter limits.
const FEW: i64 = 10_000;

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    job(object, None, errors);
}

fn job(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let spec = &object["spec"];
    job_selector::validate(object, old, errors);
    whole_spec(spec, &spec_path(), errors);
    let completions = number(spec, "completions");
    if is_indexed(spec) && completions > 0 {
        let name = text(&object["metadata"], "name");
        let host = format!("{name}-{}", completions - 1);
        if !names::dns_label(&host).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {host}");
            errors.push(FieldError::invalid(&Path::new("metadata").child("name"), name, detail));
        }
    }
}

/// Whether every pod has a number.
pub(super) fn is_indexed(spec: &Value) -> bool {
    text(spec, "completionMode") == "Indexed"
}

/// Rules for the spec of a Job, not of a template for Jobs.
pub(super) fn whole_spec(job: &Value, path: &Path, errors: &mut Errors) {
    spec(job, path, errors);
    let (selector, at) = (&job["selector"], path.child("selector"));
    if selector.is_null() {
        errors.push(FieldError::required(&at, ""));
    }
    label_selector::validate(selector, &at, errors);
    let labels = &job["template"]["metadata"]["labels"];
    if label_selector::is_usable(selector) && !label_selector::matches(selector, labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(&path.at("template.metadata.labels"), labels, detail));
    }
}

/// Rules for the spec of a Job or of a template for Jobs.
pub(super) fn spec(spec: &Value, path: &Path, errors: &mut Errors) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        not_negative(spec, field, path, errors);
    }
    if has(spec, "maxFailedIndexes") && !has(spec, "backoffLimitPerIndex") {
        let detail = "when maxFailedIndexes is specified";
        errors.push(FieldError::required(&path.child("backoffLimitPerIndex"), detail));
    }
    if let Some(manager) = spec["managedBy"].as_str() {
        domain_path(manager, &path.child("managedBy"), errors);
    }
    completion_mode(spec, path, errors);
    if has(spec, "podFailurePolicy") {
        policy::failure(spec, &path.child("podFailurePolicy"), errors);
    }
    if has(spec, "successPolicy") {
        policy::success(spec, &path.child("successPolicy"), errors);
    }
    let replacements: &[&str] =
        if has(spec, "podFailurePolicy") { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    check::one_of_if_set(spec, "podReplacementPolicy", replacements, path, errors);
    let at = path.child("template");
    pod_spec::template(&spec["template"], &at, Options::default(), errors);
    restart_policy(spec, &at.at("spec.restartPolicy"), errors);
}

fn restart_policy(spec: &Value, path: &Path, errors: &mut Errors) {
    match text(&spec["template"]["spec"], "restartPolicy") {
        "" | "Always" => {
            errors.push(FieldError::required(path, "valid values: \"OnFailure\", \"Never\""));
        }
        "OnFailure" if has(spec, "podFailurePolicy") => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.push(FieldError::invalid(path, "OnFailure", detail));
        }
        "OnFailure" | "Never" => {}
        other => errors.push(FieldError::not_supported(path, other, &["OnFailure", "Never"])),
    }
}

fn completion_mode(spec: &Value, path: &Path, errors: &mut Errors) {
    check::one_of_if_set(spec, "completionMode", &["NonIndexed", "Indexed"], path, errors);
    if is_indexed(spec) {
        indexed(spec, path, errors);
    } else if matches!(text(spec, "completionMode"), "" | "NonIndexed") {
        for (field, value) in ["backoffLimitPerIndex", "maxFailedIndexes"].map(|field| (field, &spec[field]))
        {
            if !value.is_null() {
                errors.push(FieldError::invalid(
                    &path.child(field),
                    value,
                    "requires indexed completion mode",
                ));
            }
        }
    }
}

fn indexed(spec: &Value, path: &Path, errors: &mut Errors) {
    let (parallelism, completions) = (number(spec, "parallelism"), number(spec, "completions"));
    let failures = spec["maxFailedIndexes"].as_i64();
    let limit = |field: &str, value: i64, limit: i64, why: &str, errors: &mut Errors| {
        if value > limit {
            let detail = format!("must be less than or equal to {limit}{why}");
            errors.push(FieldError::invalid(&path.child(field), value, detail));
        }
    };
    if !has(spec, "completions") {
        errors.push(FieldError::required(&path.child("completions"), "when completion mode is Indexed"));
    }
    limit("parallelism", parallelism, MANY, " when completion mode is Indexed", errors);
    if let Some(failures) = failures {
        if has(spec, "completions") && failures > completions {
            let detail = "must be less than or equal to completions";
            errors.push(FieldError::invalid(&path.child("maxFailedIndexes"), failures, detail));
        }
        limit("maxFailedIndexes", failures, MANY, "", errors);
    }
    if completions <= MANY || !has(spec, "backoffLimitPerIndex") {
        return;
    }
    let why = format!(" when completions are above {MANY} and used with backoff limit per index");
    if failures.is_none() {
        let detail = format!("must be specified when completions is above {MANY}");
        errors.push(FieldError::required(&path.child("maxFailedIndexes"), detail));
    }
    limit("parallelism", parallelism, FEW, &why, errors);
    limit("maxFailedIndexes", failures.unwrap_or(0), FEW, &why, errors);
}

/// A domain and a path, as in `acme.io/foo`, of at most 63 bytes.
fn domain_path(text: &str, path: &Path, errors: &mut Errors) {
    const PATH: &str = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    match text.split_once('/') {
        _ if text.is_empty() => errors.push(FieldError::required(path, "")),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            check::name(domain, names::dns_subdomain, path, errors);
            if !rest.bytes().all(allowed) {
                errors.push(FieldError::invalid(path, rest, PATH));
            }
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            errors.push(FieldError::invalid(path, text, detail));
        }
    }
    if text.len() > 63 {
        errors.push(FieldError::too_long(path, 63));
    }
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    job(new, Some(old), errors);
    metadata::validate_update(new, old, errors);
    let (spec, before, path) = (&new["spec"], &old["spec"], spec_path());
    whole_spec(spec, &path, errors);
    let fixed = |field: &str, errors: &mut Errors| {
        if !check::same(&spec[field], &before[field]) {
            let shown = match field {
                "selector" if has(spec, field) => label_selector::shown(&spec[field]),
                "podFailurePolicy" => policy::shown(&spec[field], "PodFailurePolicy"),
                "successPolicy" => policy::shown(&spec[field], "SuccessPolicy"),
                _ => spec[field].to_string(),
            };
            errors.push(FieldError::invalid(&path.child(field), Raw(shown), check::IMMUTABLE));
        }
    };
    if !is_indexed(spec) {
        fixed("completions", errors);
    } else if has(spec, "completions")
        && spec["completions"] != before["completions"]
        && spec["completions"] != spec["parallelism"]
    {
        let detail = "can only be modified in tandem with spec.parallelism";
        errors.push(FieldError::invalid(&path.child("completions"), &spec["completions"], detail));
    }
    fixed("selector", errors);
    template_update(spec, before, &path, errors);
    for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"]
    {
        fixed(field, errors);
    }
}

/// The template is fixed, but for where pods run and what they ask for while the Job is suspended.
fn template_update(spec: &Value, before: &Value, path: &Path, errors: &mut Errors) {
    let (new, mut old) = (&spec["template"], before["template"].clone());
    let shown = |template: &Value| policy::shown(&template["spec"], "PodSpec");
    if before["suspend"] != true {
        if !check::same(new, &old) {
            let meta: Vec<_> =
                entries(new, "metadata").map(|(key, value)| format!("\"{key}\":{value},")).collect();
            let shown = Raw(format!("{{{}\"Spec\":{}}}", meta.join(""), shown(new)));
            errors.push(FieldError::invalid(&path.child("template"), shown, check::IMMUTABLE));
        }
        return;
    }
    for field in ["nodeSelector", "tolerations", "schedulingGates"] {
        old["spec"][field] = new["spec"][field].clone();
    }
    if has(&new["spec"], "affinity") || has(&old["spec"], "affinity") {
        old["spec"]["affinity"]["nodeAffinity"] = new["spec"]["affinity"]["nodeAffinity"].clone();
    }
    for field in ["containers", "initContainers"] {
        for (index, container) in old["spec"][field].as_array_mut().into_iter().flatten().enumerate() {
            let other = &new["spec"][field][index];
            if other["name"] == container["name"] {
                container["resources"] = other["resources"].clone();
            }
        }
    }
    if !check::same(&new["spec"], &old["spec"]) {
        let at = path.at("template.spec");
        errors.push(FieldError::invalid(&at, Raw(shown(new)), check::IMMUTABLE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn indexes_have_limits() {
        let check = |spec: Value, expected: &[&str]| {
            finds(|errors| completion_mode(&spec, &Path::new("spec"), errors), expected);
        };
        check(json!({"completionMode": "Indexed", "completions": 3, "parallelism": 2}), &[]);
        check(
            json!({"completionMode": "Indexed"}),
            &["spec.completions: Required value: when completion mode is Indexed"],
        );
        check(
            json!({"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "backoffLimitPerIndex": 1}),
            &[
                "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
                "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
            ],
        );
        check(
            json!({"completionMode": "NonIndexed", "backoffLimitPerIndex": 1}),
            &["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
        );
    }

    #[test]
    fn managers_have_domains() {
        let check = |text: &str, expected: &[&str]| {
            finds(|errors| domain_path(text, &Path::new("m"), errors), expected);
        };
        check("acme.io/foo", &[]);
        check(
            "foo",
            &["m: Invalid value: \"foo\": must be a domain-prefixed path (such as \"acme.io/foo\")"],
        );
    }

    #[test]
    fn templates_of_suspended_jobs_may_move() {
        let check = |suspend: bool, template: Value, expected: &[&str]| {
            let old = json!({"suspend": suspend, "template": {"spec": {"restartPolicy": "Never"}}});
            let new = json!({"template": template});
            finds(|errors| template_update(&new, &old, &Path::new("spec"), errors), expected);
        };
        check(false, json!({"spec": {"restartPolicy": "Never"}}), &[]);
        check(true, json!({"spec": {"restartPolicy": "Never", "nodeSelector": {"a": "b"}}}), &[]);
        let spec = json!({"restartPolicy": "OnFailure"});
        let shown = policy::shown(&spec, "PodSpec");
        check(
            true,
            json!({"spec": spec}),
            &[&format!("spec.template.spec: Invalid value: {shown}: field is immutable")],
        );
        check(
            false,
            json!({"metadata": {"labels": {"a": "b"}}, "spec": spec}),
            &[&format!(
                "spec.template: Invalid value: {{\"labels\":{{\"a\":\"b\"}},\"Spec\":{shown}}}: field is immutable"
            )],
        );
    }
}
