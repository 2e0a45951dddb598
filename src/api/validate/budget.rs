//! Rules for PodDisruptionBudgets.

use serde_json::Value;

use super::check::{not_above_hundred_percent, one_of_if_set, positive_int_or_percent};
use super::{metadata, spec_path};
use crate::api::field::{Errors, FieldError, Raw};
use crate::api::internal::print_compact;
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::has;

/// The kind has no rule for names, so that the general one holds, which comes after the others.
pub(super) fn validate(object: &Value, errors: &mut Errors) {
    spec(object, errors);
    if errors.is_empty() {
        metadata::general(object, true, names::path_segment, errors);
    }
}

pub(super) fn spec(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], spec_path());
    if has(spec, "minAvailable") && has(spec, "maxUnavailable") {
        let shown = Raw(print_compact(spec, "PodDisruptionBudgetSpec"));
        errors.push(FieldError::invalid(&path, shown, "minAvailable and maxUnavailable cannot be both set"));
    }
    for field in ["minAvailable", "maxUnavailable"] {
        positive_int_or_percent(&spec[field], &path.child(field), errors);
        not_above_hundred_percent(&spec[field], &path.child(field), errors);
    }
    label_selector::validate(&spec["selector"], &path.child("selector"), errors);
    one_of_if_set(spec, "unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"], &path, errors);
}
