//! What may change in a pod that waits for scheduling gates: where it may run, as long as that only gets narrower.
//!
//! Mirrors `validateNodeSelectorMutation` and `validateNodeAffinityMutation`.

use serde_json::Value;

use super::check::same;
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::read::{entries, has, list};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Checks a pod's node selector and node affinity against the old ones; `allowed` gets the old ones where they may
/// change, so that they do not count as a change.
pub(super) fn validate(spec: &Value, before: &Value, allowed: &mut Value, path: &Path, errors: &mut Errors) {
    if list(before, "schedulingGates").is_empty() {
        return;
    }
    if entries(before, "nodeSelector").any(|(key, value)| spec["nodeSelector"].get(key) != Some(value)) {
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.push(FieldError::invalid(&path.child("nodeSelector"), &spec["nodeSelector"], detail));
    }
    let (new, old) = (&spec["affinity"]["nodeAffinity"], &before["affinity"]["nodeAffinity"]);
    affinity(new, old, &path.child("affinity").child("nodeAffinity"), errors);
    allowed["nodeSelector"] = before["nodeSelector"].clone();
    let others = ["podAffinity", "podAntiAffinity"].iter().any(|field| has(&spec["affinity"], field));
    if has(before, "affinity") || others {
        allowed["affinity"]["nodeAffinity"] = old.clone();
    } else {
        allowed["affinity"] = Value::Null;
    }
}

fn affinity(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    let terms = |affinity: &Value| list(&affinity[REQUIRED], "nodeSelectorTerms").to_vec();
    let (new, old) = (terms(new), terms(old));
    let path = path.child(REQUIRED).child("nodeSelectorTerms");
    let shown = |term: &Value| print_compact(term, "NodeSelectorTerm");
    if !old.is_empty() && old.len() != new.len() {
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        let new: Vec<_> = new.iter().map(shown).collect();
        let new = if new.is_empty() { "null".to_owned() } else { format!("[{}]", new.join(",")) };
        errors.push(FieldError::invalid(&path, Raw(new), detail));
        return;
    }
    for (index, (new, old)) in new.iter().zip(&old).enumerate() {
        if !only_adds(new, old) {
            let detail = "only additions are allowed (no mutations or deletions)";
            errors.push(FieldError::invalid(&path.index(index), Raw(shown(new)), detail));
        }
    }
}

/// A term that matches nothing stays so; what others ask for stays in front.
fn only_adds(new: &Value, old: &Value) -> bool {
    let fields = ["matchExpressions", "matchFields"];
    let is_empty = |term: &Value| fields.iter().all(|field| list(term, field).is_empty());
    let keeps = |field: &&str| {
        let (new, old) = (list(new, field), list(old, field));
        new.get(..old.len()).is_some_and(|kept| kept.iter().zip(old).all(|(new, old)| same(new, old)))
    };
    (!is_empty(old) || is_empty(new)) && fields.iter().all(keeps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    fn check(new: Value, old: Value, expected: &[&str]) {
        let old = json!({"schedulingGates": [{"name": "g"}], "nodeSelector": {"a": "1"}, "affinity": old});
        let mut allowed = new.clone();
        finds(|errors| validate(&new, &old, &mut allowed, &Path::new("spec"), errors), expected);
        assert!(same(&allowed["affinity"], &old["affinity"]), "{allowed}");
    }

    #[test]
    fn gated_pods_may_run_in_fewer_places() {
        let affinity = |keys: &[&str]| {
            let requirements: Vec<_> =
                keys.iter().map(|key| json!({"key": key, "operator": "Exists"})).collect();
            json!({"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": requirements}]}}})
        };
        let spec = |affinity: Value| json!({"nodeSelector": {"a": "1", "b": "2"}, "affinity": affinity});
        check(spec(affinity(&["x", "y"])), affinity(&["x"]), &[]);
        check(spec(affinity(&["x"])), Value::Null, &[]);
        check(
            json!({"affinity": affinity(&["y"])}),
            affinity(&["x"]),
            &[
                "spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no mutations or deletions)",
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: {\"MatchExpressions\":[{\"Key\":\"y\",\"Operator\":\"Exists\",\"Values\":null}],\"MatchFields\":null}: only additions are allowed (no mutations or deletions)",
            ],
        );
    }
}
