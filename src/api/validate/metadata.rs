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
    let mut controller: Option<&Value> = None;
    for reference in references {
        if text(reference, "apiVersion").rsplit('/').next().is_none_or(str::is_empty) {
            let version = text(reference, "apiVersion");
            errors.push(FieldError::invalid(&path.child("apiVersion"), version, "version must not be empty"));
        }
        for field in ["kind", "name", "uid"] {
            if text(reference, field).is_empty() {
                errors.push(FieldError::invalid(&path.child(field), "", "must not be empty"));
            }
        }
        if flag(reference, "controller") {
            if let Some(first) = controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {}/{} and {}/{}",
                    text(first, "kind"),
                    text(first, "name"),
                    text(reference, "kind"),
                    text(reference, "name")
                );
                errors.push(FieldError::invalid(&path, Raw(shown_references(references)), detail));
            } else {
                controller = Some(reference);
            }
        }
    }
}

/// Owner references in the order of Go's fields.
fn shown_references(references: &[Value]) -> String {
    let shown: Vec<_> = references
        .iter()
        .map(|reference| {
            let fields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
            let parts: Vec<_> = fields
                .iter()
                .filter(|field| !reference[**field].is_null())
                .map(|field| format!("\"{field}\":{}", reference[*field]))
                .collect();
            format!("{{{}}}", parts.join(","))
        })
        .collect();
    format!("[{}]", shown.join(","))
}

fn finalizers(meta: &Value, path: &Path, errors: &mut Errors) {
    let finalizers = list(meta, "finalizers");
    let names: Vec<_> = finalizers.iter().filter_map(Value::as_str).collect();
    for finalizer in &names {
        check::name(finalizer, labels::qualified_name, &path.child("finalizers"), errors);
    }
    if names.contains(&"orphan") && names.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid(
            &path.child("finalizers"),
            Raw(Value::from(names.clone()).to_string()),
            detail,
        ));
    }
    for (index, finalizer) in names.iter().enumerate() {
        standard_finalizer(finalizer, &path.child("finalizers").index(index), errors);
    }
}

fn standard_finalizer(finalizer: &str, path: &Path, errors: &mut Errors) {
    if !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer) {
        let detail = "name is neither a standard finalizer name nor is it fully qualified";
        errors.push(FieldError::invalid(path, finalizer, detail));
    }
}

/// Rules for metadata that changes.
pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    update(new, old, errors);
    for (index, finalizer) in
        list(&new["metadata"], "finalizers").iter().filter_map(Value::as_str).enumerate()
    {
        standard_finalizer(finalizer, &Path::new("metadata").child("finalizers").index(index), errors);
    }
}

fn update(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old, path) = (&new["metadata"], &old["metadata"], Path::new("metadata"));
    if !old["deletionTimestamp"].is_null() {
        let before = list(old, "finalizers");
        let added: Vec<_> = list(new, "finalizers").iter().filter(|item| !before.contains(item)).collect();
        if !added.is_empty() {
            let names: Vec<_> = added.iter().map(|item| item.to_string()).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                names.join(", ")
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
    let (meta, path) = (&new["metadata"], Path::new("metadata"));
    if namespaced && text(meta, "namespace").is_empty() {
        errors.push(FieldError::required(&path.child("namespace"), ""));
    }
    shared(meta, &path, errors);
    for finalizer in list(meta, "finalizers").iter().filter_map(Value::as_str) {
        check::name(finalizer, labels::qualified_name, &path.child("finalizers"), errors);
    }
    update(new, old, errors);
}
