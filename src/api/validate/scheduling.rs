//! Rules for tolerations, taints and spread constraints.
//!
//! Mirrors `ValidateTolerations`, `validateTopologySpreadConstraints` and `validateOnlyAddedTolerations`.

use serde_json::Value;

use super::affinity::label_keys;
use super::check::{NOT_POSITIVE, one_of, one_of_if_set};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::label_selector;
use crate::api::labels;
use crate::api::read::{has, list, number, text};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn tolerations(tolerations: &[Value], path: &Path, errors: &mut Errors) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let at = path.index(index);
        let (key, operator) = (text(toleration, "key"), text(toleration, "operator"));
        let (value, effect) = (text(toleration, "value"), text(toleration, "effect"));
        if key.is_empty() {
            if operator != "Exists" {
                let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                errors.push(FieldError::invalid(&at.child("operator"), operator, detail));
            }
        } else {
            labels::validate_name(key, &at.child("key"), errors);
        }
        if has(toleration, "tolerationSeconds") && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.push(FieldError::invalid(&at.child("effect"), effect, detail));
        }
        match operator {
            "" | "Equal" => {
                let complaints = labels::label_value(value);
                if !complaints.is_empty() {
                    errors.push(FieldError::invalid(&at.child("operator"), value, complaints.join(";")));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    let detail = "value must be empty when `operator` is 'Exists'";
                    errors.push(FieldError::invalid(&at.child("operator"), value, detail));
                }
            }
            // The comparisons are behind a closed gate, but listed.
            other => {
                let known = ["Equal", "Exists", "Lt", "Gt"];
                let shown = if matches!(other, "Lt" | "Gt") { &known[..] } else { &known[..2] };
                errors.push(FieldError::not_supported(&at.child("operator"), other, shown));
            }
        }
        if !effect.is_empty() && !EFFECTS.contains(&effect) {
            errors.push(FieldError::not_supported(&at.child("effect"), effect, &EFFECTS));
        }
    }
}

/// A pod's tolerations may only get more; the seconds of one may change.
pub(super) fn only_added(new: &[Value], old: &[Value], path: &Path, errors: &mut Errors) {
    let without_seconds = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(map) = toleration.as_object_mut() {
            map.remove("tolerationSeconds");
        }
        toleration
    };
    let kept = |old: &Value| new.iter().any(|new| without_seconds(new) == without_seconds(old));
    if !old.iter().all(kept) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        errors.push(FieldError::forbidden(path, detail));
        return;
    }
    tolerations(new, path, errors);
}

pub(super) fn spread_constraints(spec: &Value, path: &Path, errors: &mut Errors) {
    let constraints = list(spec, "topologySpreadConstraints");
    for (index, constraint) in constraints.iter().enumerate() {
        let at = path.index(index);
        let skew = number(constraint, "maxSkew");
        if skew <= 0 {
            errors.push(FieldError::invalid(&at.child("maxSkew"), skew, NOT_POSITIVE));
        }
        let (key, action) = (text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable"));
        if key.is_empty() {
            errors.push(FieldError::required(&at.child("topologyKey"), "can not be empty"));
        }
        if action.is_empty() {
            let actions = ["DoNotSchedule", "ScheduleAnyway"];
            errors.push(FieldError::not_supported(&at.child("whenUnsatisfiable"), action, &actions));
        } else {
            one_of(constraint, "whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"], &at, errors);
        }
        let repeats =
            |other: &Value| text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action;
        if constraints[index + 1..].iter().any(repeats) {
            let shown = format!("{{{key}, {action}}}");
            errors.push(FieldError::duplicate(&at.child("{topologyKey, whenUnsatisfiable}"), &shown));
        }
        if let Some(domains) = constraint["minDomains"].as_i64() {
            if domains <= 0 {
                errors.push(FieldError::invalid(&at.child("minDomains"), domains, NOT_POSITIVE));
            }
            if action != "DoNotSchedule" {
                let detail =
                    format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                errors.push(FieldError::invalid(&at.child("minDomains"), domains, detail));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            one_of_if_set(constraint, field, &["Honor", "Ignore"], &at, errors);
        }
        label_keys(constraint, &at, errors);
        label_selector::validate(&constraint["labelSelector"], &at.child("labelSelector"), errors);
    }
}

/// Taints of a node.
pub(super) fn taints(taints: &[Value], path: &Path, errors: &mut Errors) {
    for (index, taint) in taints.iter().enumerate() {
        let at = path.index(index);
        labels::validate_name(text(taint, "key"), &at.child("key"), errors);
        let complaints = labels::label_value(text(taint, "value"));
        if !complaints.is_empty() {
            errors.push(FieldError::invalid(&at.child("value"), text(taint, "value"), complaints.join(";")));
        }
        match text(taint, "effect") {
            "" => errors.push(FieldError::required(&at.child("effect"), "")),
            effect if !EFFECTS.contains(&effect) => {
                errors.push(FieldError::not_supported(&at.child("effect"), effect, &EFFECTS));
            }
            _ => {}
        }
        let same = |other: &Value| ["key", "effect"].iter().all(|field| other[*field] == taint[*field]);
        if taints[..index].iter().any(same) {
            let mut error = FieldError::duplicate(&at, Raw(print_compact(taint, "Taint")));
            error.detail = "taints must be unique by key and effect pair".to_owned();
            errors.push(error);
        }
    }
}
