//! Rules for how a Job fails and succeeds.
//!
//! Mirrors `validatePodFailurePolicy` and `validateSuccessPolicy`.

use serde_json::Value;

use super::check::{self, not_negative};
use super::job::is_indexed;
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::labels;
use crate::api::read::{has, list, number, text};

const MOST_RULES: usize = 20;
const MOST_CODES: usize = 255;

/// A value as the server's internal type prints it, absent ones too.
pub(super) fn shown(value: &Value, kind: &str) -> String {
    if value.is_null() { "null".to_owned() } else { print_compact(value, kind) }
}

/// What a pod's failure means for the Job.
pub(super) fn failure(spec: &Value, path: &Path, errors: &mut Errors) {
    let (rules, path) = (list(&spec["podFailurePolicy"], "rules"), path.child("rules"));
    at_most(rules.len(), MOST_RULES, &path, errors);
    for (index, rule) in rules.iter().enumerate() {
        failure_rule(rule, spec, &path.index(index), errors);
    }
}

fn at_most(count: usize, limit: usize, path: &Path, errors: &mut Errors) {
    if count > limit {
        errors.push(FieldError::too_many(path, count, limit));
    }
}

fn one_of(holder: &Value, field: &str, known: &[&str], path: &Path, errors: &mut Errors) {
    if text(holder, field).is_empty() {
        let known: Vec<_> = known.iter().map(|value| format!("{value:?}")).collect();
        let detail = format!("valid values: [{}]", known.join(" "));
        errors.push(FieldError::required(&path.child(field), detail));
    } else {
        check::one_of(holder, field, known, path, errors);
    }
}

fn failure_rule(rule: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    one_of(rule, "action", &["Count", "FailIndex", "FailJob", "Ignore"], path, errors);
    if text(rule, "action") == "FailIndex" && !has(spec, "backoffLimitPerIndex") {
        let detail = "requires the backoffLimitPerIndex to be set";
        errors.push(FieldError::invalid(&path.child("action"), "FailIndex", detail));
    }
    let conditions = list(rule, "onPodConditions");
    if has(rule, "onExitCodes") {
        exit_codes(&rule["onExitCodes"], &spec["template"]["spec"], &path.child("onExitCodes"), errors);
    }
    let at = path.child("onPodConditions");
    at_most(conditions.len(), MOST_RULES, &at, errors);
    for (index, pattern) in conditions.iter().enumerate() {
        let at = at.index(index);
        check::name(text(pattern, "type"), labels::qualified_name, &at.child("type"), errors);
        one_of(pattern, "status", &["False", "True", "Unknown"], &at, errors);
    }
    let detail = match (has(rule, "onExitCodes"), !conditions.is_empty()) {
        (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    errors.push(FieldError::invalid(path, Raw(String::new()), detail));
}

fn exit_codes(codes: &Value, pod: &Value, path: &Path, errors: &mut Errors) {
    one_of(codes, "operator", &["In", "NotIn"], path, errors);
    if let Some(name) = codes["containerName"].as_str() {
        let mut known = ["containers", "initContainers"].iter().flat_map(|field| list(pod, field));
        if !known.any(|container| text(container, "name") == name) {
            let detail = "must be one of the container or initContainer names in the pod template";
            errors.push(FieldError::invalid(&path.child("containerName"), name, detail));
        }
    }
    let at = path.child("values");
    let values: Vec<_> = list(codes, "values").iter().filter_map(Value::as_i64).collect();
    if values.is_empty() {
        errors.push(FieldError::invalid(&at, &codes["values"], "at least one value is required"));
    }
    at_most(values.len(), MOST_CODES, &at, errors);
    for (index, value) in values.iter().enumerate() {
        if *value == 0 && text(codes, "operator") == "In" {
            errors.push(FieldError::invalid(&at.index(index), 0, "must not be 0 for the In operator"));
        }
        if values[..index].contains(value) {
            errors.push(FieldError::duplicate(&at.index(index), *value));
        }
    }
    if !values.is_sorted() {
        errors.push(FieldError::invalid(&at, &codes["values"], "must be ordered"));
    }
}

/// Which pods must succeed for the Job to succeed.
pub(super) fn success(spec: &Value, path: &Path, errors: &mut Errors) {
    let policy = &spec["successPolicy"];
    if !is_indexed(spec) {
        let shown = Raw(shown(policy, "SuccessPolicy"));
        errors.push(FieldError::invalid(path, shown, "requires indexed completion mode"));
        return;
    }
    let (rules, path) = (list(policy, "rules"), path.child("rules"));
    if rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.push(FieldError::required(&path, detail));
    }
    at_most(rules.len(), MOST_RULES, &path, errors);
    for (index, rule) in rules.iter().enumerate() {
        success_rule(rule, number(spec, "completions"), &path.index(index), errors);
    }
}

fn success_rule(rule: &Value, completions: i64, path: &Path, errors: &mut Errors) {
    const MOST_BYTES: usize = 64 * 1024;
    let (indexes, at) = (rule["succeededIndexes"].as_str(), path.child("succeededIndexes"));
    if indexes.is_none() && !has(rule, "succeededCount") {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        errors.push(FieldError::required(path, detail));
    }
    let mut listed = 0;
    if let Some(indexes) = indexes {
        if indexes.len() > MOST_BYTES {
            errors.push(FieldError::too_long(&at, MOST_BYTES));
        }
        match count(indexes, completions) {
            Ok(count) => listed = count,
            Err(why) => {
                let detail = format!("error parsing succeededIndexes: {why}");
                errors.push(FieldError::invalid(&at, indexes, detail));
            }
        }
    }
    let Some(wanted) = rule["succeededCount"].as_i64() else { return };
    not_negative(rule, "succeededCount", path, errors);
    let at = path.child("succeededCount");
    if wanted > completions {
        let detail =
            format!("must be less than or equal to {completions} (the number of specified completions)");
        errors.push(FieldError::invalid(&at, wanted, detail));
    }
    if indexes.is_some() && wanted > listed {
        let detail = format!(
            "must be less than or equal to {listed} (the number of indexes in the specified succeededIndexes field)"
        );
        errors.push(FieldError::invalid(&at, wanted, detail));
    }
}

/// How many indexes a list like `0,2-4` has; why it is none.
fn count(indexes: &str, completions: i64) -> Result<i64, String> {
    let (mut last, mut total) = (None, 0);
    if indexes.is_empty() {
        return Ok(0);
    }
    for interval in indexes.split(',') {
        let limits: Vec<_> = interval.split('-').collect();
        if limits.len() > 2 {
            return Err(format!(
                "the fragment {interval:?} violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        let number = |text: &str| {
            let value = text.parse::<i32>().map(i64::from);
            let value = value.map_err(|_| format!("cannot convert string to integer for index: {text:?}"))?;
            if value >= completions {
                return Err(format!("too large index: {text:?}"));
            }
            Ok(value)
        };
        let first = number(limits[0])?;
        if last.is_some_and(|last| last >= first) {
            let last = last.unwrap_or(0);
            return Err(format!("non-increasing order, previous: {last}, current: {first}"));
        }
        let end = if limits.len() == 2 { number(limits[1])? } else { first };
        if limits.len() == 2 && first >= end {
            return Err(format!("non-increasing order, previous: {first}, current: {end}"));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn failures_have_one_cause() {
        let check = |rule: Value, expected: &[&str]| {
            let spec = json!({"template": {"spec": {"containers": [{"name": "a"}]}}});
            finds(|errors| failure_rule(&rule, &spec, &Path::new("r"), errors), expected);
        };
        let codes = |values: Value| json!({"operator": "In", "containerName": "a", "values": values});
        check(json!({"action": "Ignore", "onExitCodes": codes(json!([1, 2]))}), &[]);
        check(
            json!({"onPodConditions": [{"type": "Ready", "status": "Maybe"}]}),
            &[
                "r.action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]",
                "r.onPodConditions[0].status: Unsupported value: \"Maybe\": supported values: \"False\", \"True\", \"Unknown\"",
            ],
        );
        check(
            json!({"action": "FailIndex", "onExitCodes": codes(json!([2, 0, 2]))}),
            &[
                "r.action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set",
                "r.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
                "r.onExitCodes.values[2]: Duplicate value: 2",
                "r.onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
            ],
        );
        check(
            json!({"action": "Count"}),
            &["r: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
        );
    }

    #[test]
    fn indexes_are_counted() {
        assert_eq!(count("0,2-4", 5), Ok(4));
        assert_eq!(count("0,5", 5), Err("too large index: \"5\"".to_owned()));
        assert_eq!(count("2,1", 5), Err("non-increasing order, previous: 2, current: 1".to_owned()));
    }
}
