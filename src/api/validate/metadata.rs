//! Rules for an object's metadata.
//!
//! Mirrors `ValidateObjectMeta` and `ValidateObjectMetaUpdate`.

use serde_json::Value;

use super::check::{self, not_negative};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::labels;
use crate::api::names::{self, Complaints};
use crate::api::read::{flag, list, text};

/// Finalizers without a prefix that the server knows.
const STANDARD_FINALIZERS: [&str; 4] = ["kubernetes", "orphan", "foregroundDeletion", "foreground"];

/// Which names a kind takes.
pub(super) type NameRule = fn(&str) -> Complaints;

/// Rules for metadata of a new object.
pub(super) fn validate(object: &Value, namespaced: bool, rule: NameRule, errors: &mut Errors) {
    general(object, namespaced, rule, errors);
    standard_finalizers(object, errors);
}

/// Rules for the metadata of any kind, which know nothing of the kind but which names it takes.
pub(super) fn general(object: &Value, namespaced: bool, rule: NameRule, errors: &mut Errors) {
    let (meta, path) = (&object["metadata"], Path::new("metadata"));
    let generated = text(meta, "generateName");
    if !generated.is_empty() {
        let complaints = rule(&names::mask_trailing_dash(generated));
        let at = path.child("generateName");
        errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, generated, detail)));
    }
    let name = text(meta, "name");
    if name.is_empty() {
        errors.push(FieldError::required(&path.child("name"), "name or generateName is required"));
    } else {
        check::name(name, rule, &path.child("name"), errors);
    }
    let namespace = text(meta, "namespace");
    if namespaced && namespace.is_empty() {
        errors.push(FieldError::required(&path.child("namespace"), ""));
    } else if namespaced {
        check::name(namespace, names::dns_label, &path.child("namespace"), errors);
    } else if !namespace.is_empty() {
        errors.push(FieldError::forbidden(&path.child("namespace"), "not allowed on this type"));
    }
    not_negative(meta, "generation", &path, errors);
    shared(meta, &path, errors);
    finalizers(meta, &path, errors);
}

fn shared(meta: &Value, path: &Path, errors: &mut Errors) {
    labels::validate(&meta["labels"], &path.child("labels"), errors);
    labels::validate_annotations(&meta["annotations"], &path.child("annotations"), errors);
    owner_references(meta, path, errors);
}

fn owner_references(meta: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("ownerReferences");
    let references = list(meta, "ownerReferences");
    let mut controller = String::new();
    for reference in references {
        let version = text(reference, "apiVersion");
        if version.matches('/').count() > 1 || version.ends_with('/') || version.is_empty() {
            errors.push(FieldError::invalid(&path.child("apiVersion"), version, "version must not be empty"));
        }
        for field in ["kind", "name", "uid"] {
            if text(reference, field).is_empty() {
                errors.push(FieldError::invalid(&path.child(field), "", "must not be empty"));
            }
        }
        if version == "v1" && text(reference, "kind") == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.push(FieldError::invalid(&path, Raw(shown_reference(reference)), detail));
        }
        if flag(reference, "controller") {
            let own = format!("{}/{}", text(reference, "kind"), text(reference, "name"));
            if controller.is_empty() {
                controller = own;
            } else {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {own}"
                );
                let shown: Vec<_> = references.iter().map(shown_reference).collect();
                errors.push(FieldError::invalid(&path, Raw(format!("[{}]", shown.join(","))), detail));
            }
        }
    }
}

/// An owner reference in the order of Go's fields.
fn shown_reference(reference: &Value) -> String {
    let fields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let parts: Vec<_> = fields
        .iter()
        .filter(|field| !reference[**field].is_null())
        .map(|field| format!("\"{field}\":{}", reference[*field]))
        .collect();
    format!("{{{}}}", parts.join(","))
}

fn finalizers(meta: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("finalizers");
    let names: Vec<_> = list(meta, "finalizers").iter().filter_map(Value::as_str).collect();
    for finalizer in &names {
        check::name(finalizer, labels::qualified_name, &path, errors);
    }
    if names.contains(&"orphan") && names.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid(&path, &meta["finalizers"], detail));
    }
}

fn standard_finalizers(object: &Value, errors: &mut Errors) {
    let path = Path::new("metadata").child("finalizers");
    let names = list(&object["metadata"], "finalizers").iter().filter_map(Value::as_str);
    for (index, name) in names.enumerate() {
        if !name.contains('/') && !STANDARD_FINALIZERS.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(FieldError::invalid(&path.index(index), name, detail));
        }
    }
}

/// Rules for metadata that changes.
pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    update(new, old, errors);
    standard_finalizers(new, errors);
}

fn update(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old, path) = (&new["metadata"], &old["metadata"], Path::new("metadata"));
    if !old["deletionTimestamp"].is_null() {
        let before = list(old, "finalizers");
        let added = list(new, "finalizers").iter().filter(|item| !before.contains(item));
        let mut added: Vec<_> = added.map(ToString::to_string).collect();
        added.sort_unstable();
        added.dedup();
        if !added.is_empty() {
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            errors.push(FieldError::forbidden(&path.child("finalizers"), detail));
        }
    }
    for field in
        ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        check::immutable(&new[field], &old[field], &path.child(field), errors);
    }
    shared(new, &path, errors);
}

/// What the server checks of every kind's metadata when it changes, before the kind's own rules.
pub(super) fn validate_common_update(new: &Value, old: &Value, namespaced: bool, errors: &mut Errors) {
    general(new, namespaced, names::path_segment, errors);
    update(new, old, errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(meta: Value, expect: &[&str]) {
        let mut errors = Errors::new();
        validate(&json!({"metadata": meta}), true, names::dns_subdomain, &mut errors);
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn new_metadata() {
        check(json!({"name": "a", "namespace": "b"}), &[]);
        check(
            json!({"namespace": "b", "generation": -1}),
            &[
                "metadata.name: Required value: name or generateName is required",
                "metadata.generation: Invalid value: -1: must be greater than or equal to 0",
            ],
        );
        check(
            json!({"name": "a", "namespace": "b", "finalizers": ["orphan", "foregroundDeletion", "x"]}),
            &[
                "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\",\"x\"]: finalizer orphan and foregroundDeletion cannot be both set",
                "metadata.finalizers[2]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified",
            ],
        );
        check(
            json!({"name": "a", "namespace": "b", "ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "e"}]}),
            &[
                "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty",
                "metadata.ownerReferences: Invalid value: {\"apiVersion\":\"v1\",\"kind\":\"Event\",\"name\":\"e\"}: /v1, Kind=Event is disallowed from being an owner",
            ],
        );
    }
}
