//! Warnings about affinities.

use serde_json::Value;

use super::{NO_SELECTOR, PREFERRED, REQUIRED};
use crate::api::field::Path;
use crate::api::labels;
use crate::api::read::{has, list, text};
use crate::api::warnings::old_label;

/// Old labels of nodes, and values no node can have where they are not refused.
pub(super) fn nodes(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let affinity = &spec["affinity"]["nodeAffinity"];
    if affinity.is_null() {
        return;
    }
    let path = path.child("affinity").child("nodeAffinity");
    for (index, one) in list(&affinity[REQUIRED], "nodeSelectorTerms").iter().enumerate() {
        term(one, false, &path.child(REQUIRED).child("nodeSelectorTerms").index(index), found);
    }
    for (index, one) in list(affinity, PREFERRED).iter().enumerate() {
        term(&one["preference"], true, &path.child(PREFERRED).index(index).child("preference"), found);
    }
}

/// Old labels of the nodes that reach a volume.
pub(in crate::api) fn volume_nodes(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let path = path.at("nodeAffinity.required.nodeSelectorTerms");
    for (index, one) in list(&spec["nodeAffinity"]["required"], "nodeSelectorTerms").iter().enumerate() {
        term(one, false, &path.index(index), found);
    }
}

fn term(term: &Value, is_preferred: bool, path: &Path, found: &mut Vec<String>) {
    for (index, expression) in list(term, "matchExpressions").iter().enumerate() {
        let (at, key) = (path.child("matchExpressions").index(index), text(expression, "key"));
        if let Some(words) = old_label(key) {
            found.push(format!("{}: {key} is {words}", at.child("key")));
        }
        if !is_preferred {
            continue;
        }
        for (place, value) in list(expression, "values").iter().filter_map(Value::as_str).enumerate() {
            for complaint in labels::label_value(value) {
                found.push(format!("{}: {value} is invalid, {complaint}", at.child("values").index(place)));
            }
        }
    }
}

/// Terms that match no pod.
pub(super) fn pods(spec: &Value, path: &Path, found: &mut Vec<String>) {
    for field in ["podAffinity", "podAntiAffinity"] {
        let affinity = &spec["affinity"][field];
        let path = path.child("affinity").child(field);
        for (index, term) in list(affinity, REQUIRED).iter().enumerate() {
            null_selector(term, &path.child(REQUIRED).index(index), found);
        }
        for (index, term) in list(affinity, PREFERRED).iter().enumerate() {
            let at = path.child(PREFERRED).index(index).child("podAffinityTerm");
            null_selector(&term["podAffinityTerm"], &at, found);
        }
    }
}

fn null_selector(term: &Value, path: &Path, found: &mut Vec<String>) {
    if !has(term, "labelSelector") {
        found.push(format!("{}: {NO_SELECTOR}", path.child("labelSelector")));
    }
}
