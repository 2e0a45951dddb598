//! How a Job finds its pods when it does not choose them by hand: by labels made of its identity.
//!
//! Mirrors `generateSelector` of the Jobs' strategy and `validateGeneratedSelector`.

use serde_json::{Value, json};

use super::field::{Errors, FieldError, Path, Raw};
use super::label_selector;
use super::read::{has, text};

/// The label of the selector.
const UID: &str = "batch.kubernetes.io/controller-uid";
/// The labels of the pods, in the order of their rules; those without a prefix came first and stay.
const LABELS: [&str; 4] = [UID, "batch.kubernetes.io/job-name", "controller-uid", "job-name"];

fn value_of<'a>(label: &str, name: &'a str, uid: &'a str) -> &'a str {
    if label.ends_with("name") { name } else { uid }
}

/// Adds the selector and the labels to the spec of a new Job; what somebody set by hand is judged later.
pub(crate) fn generate(spec: &mut Value, name: &str, uid: &str) {
    if spec["manualSelector"] == true {
        return;
    }
    let missing = |map: &Value, label: &str| map[label].is_null();
    for label in LABELS {
        let labels = &mut spec["template"]["metadata"]["labels"];
        if missing(labels, label) {
            labels[label] = value_of(label, name, uid).into();
        }
    }
    if !spec["selector"].is_object() {
        spec["selector"] = json!({});
    }
    let chosen = &mut spec["selector"]["matchLabels"];
    if missing(chosen, UID) {
        chosen[UID] = uid.into();
    }
}

/// Whether the selector and the labels are those that the server makes. Jobs older than the labels with a prefix
/// need not have them.
pub(crate) fn validate(job: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, name, uid) = (&job["spec"], text(&job["metadata"], "name"), text(&job["metadata"], "uid"));
    if spec["manualSelector"] == true || spec["selector"].is_null() {
        return;
    }
    let is_older = old.is_some_and(|old| {
        let labels = &old["spec"]["template"]["metadata"]["labels"];
        LABELS[..2].iter().any(|label| !has(labels, label))
    });
    let (labels, path) = (&spec["template"]["metadata"]["labels"], Path::new("spec"));
    let mut expected = json!({});
    for label in LABELS.into_iter().skip(if is_older { 2 } else { 0 }) {
        let (wanted, at) = (value_of(label, name, uid), path.at("template.metadata.labels").key(label));
        expected[label] = wanted.into();
        let detail = format!("must be '{wanted}'");
        match labels[label].as_str() {
            None => errors.push(FieldError::required(&at, detail)),
            Some(found) if found != wanted => errors.push(FieldError::invalid(&at, labels, detail)),
            Some(_) => {}
        }
    }
    let selector = &spec["selector"];
    if label_selector::is_usable(selector) && !label_selector::matches(selector, &expected) {
        let shown = Raw(label_selector::shown(selector));
        errors.push(FieldError::invalid(&path.child("selector"), shown, "`selector` not auto-generated"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut spec: Value, expected: &[&str]) {
        generate(&mut spec, "sum", "7");
        let mut errors = Errors::new();
        validate(&json!({"metadata": {"name": "sum", "uid": "7"}, "spec": spec}), None, &mut errors);
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn made_of_name_and_uid() {
        let mut spec = json!({"template": {"metadata": {"labels": {"app": "a"}}}});
        generate(&mut spec, "sum", "7");
        assert_eq!(spec["selector"], json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "7"}}));
        let labels = &spec["template"]["metadata"]["labels"];
        assert_eq!(
            (&labels["app"], &labels["job-name"], &labels["controller-uid"]),
            (&json!("a"), &json!("sum"), &json!("7"))
        );
        let manual = json!({"manualSelector": true, "selector": {"matchLabels": {"a": "b"}}});
        let mut spec = manual.clone();
        generate(&mut spec, "sum", "7");
        assert_eq!(spec, manual);
    }

    #[test]
    fn nobody_sets_them_otherwise() {
        check(json!({}), &[]);
        check(
            json!({"selector": {"matchLabels": {"app": "a"}}}),
            &[
                "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"a\",\"batch.kubernetes.io/controller-uid\":\"7\"}}: `selector` not auto-generated",
            ],
        );
        check(
            json!({"template": {"metadata": {"labels": {"job-name": "x"}}}}),
            &[
                "spec.template.metadata.labels[job-name]: Invalid value: {\"batch.kubernetes.io/controller-uid\":\"7\",\"batch.kubernetes.io/job-name\":\"sum\",\"controller-uid\":\"7\",\"job-name\":\"x\"}: must be 'sum'",
            ],
        );
    }
}
