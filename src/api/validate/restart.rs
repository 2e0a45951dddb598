//! Rules for a container's own restart policy.
//!
//! Mirrors `validateContainerRestartPolicy`.

use serde_json::Value;

use super::check::one_of_if_set;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::read::{has, list, text};

/// A policy, and rules that come before it.
pub(super) fn validate(container: &Value, path: &Path, errors: &mut Errors) {
    const MOST_RULES: usize = 20;
    let (rules, at) = (list(container, "restartPolicyRules"), path.child("restartPolicyRules"));
    if !has(container, "restartPolicy") && !rules.is_empty() {
        let detail = "must specify restartPolicy when restart rules are used";
        errors.push(FieldError::required(&path.child("restartPolicy"), detail));
    }
    one_of_if_set(container, "restartPolicy", &["Always", "Never", "OnFailure"], path, errors);
    if rules.len() > MOST_RULES {
        errors.push(FieldError::too_long(&at, MOST_RULES));
    }
    for (index, one) in rules.iter().enumerate() {
        rule(one, &at.index(index), errors);
    }
}

fn rule(rule: &Value, path: &Path, errors: &mut Errors) {
    const MOST_CODES: usize = 255;
    let action = text(rule, "action");
    if !matches!(action, "Restart" | "RestartAllContainers") {
        errors.push(FieldError::not_supported(&path.child("action"), action, &["Restart"]));
    }
    let (codes, at) = (&rule["exitCodes"], path.child("exitCodes"));
    if codes.is_null() {
        errors.push(FieldError::required(&at, "must be specified"));
        return;
    }
    if !matches!(text(codes, "operator"), "In" | "NotIn") {
        let value = text(codes, "operator");
        errors.push(FieldError::not_supported(&at.child("operator"), value, &["In", "NotIn"]));
    }
    if list(codes, "values").len() > MOST_CODES {
        errors.push(FieldError::too_long(&at.child("values"), MOST_CODES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(container: Value, expected: &[&str]) {
        crate::api::validate::check::finds(|errors| validate(&container, &Path::new("c"), errors), expected);
    }

    #[test]
    fn rules_need_a_policy() {
        let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}});
        check(json!({"restartPolicy": "Never", "restartPolicyRules": [rule]}), &[]);
        check(
            json!({"restartPolicyRules": [rule]}),
            &["c.restartPolicy: Required value: must specify restartPolicy when restart rules are used"],
        );
        check(
            json!({"restartPolicy": "never", "restartPolicyRules": [{"action": "Stop"}]}),
            &[
                "c.restartPolicy: Unsupported value: \"never\": supported values: \"Always\", \"Never\", \"OnFailure\"",
                "c.restartPolicyRules[0].action: Unsupported value: \"Stop\": supported values: \"Restart\"",
                "c.restartPolicyRules[0].exitCodes: Required value: must be specified",
            ],
        );
    }
}
