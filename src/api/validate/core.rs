//! Rules for Namespaces, Nodes, LimitRanges, ResourceQuotas and ControllerRevisions.

use serde_json::Value;

use super::check;
use super::{metadata, resources, scheduling, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, number, text};

pub(super) fn namespace(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_label, errors);
}

pub(super) fn node(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_subdomain, errors);
    scheduling::taints(list(&object["spec"], "taints"), &Path::new("metadata").child("taints"), errors);
}

pub(super) fn resource_quota(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    for (name, amount) in entries(&object["spec"], "hard") {
        resources::amount(name, amount.as_str().unwrap_or(""), &spec_path().child("hard").key(name), errors);
    }
}

pub(super) fn limit_range(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let path = spec_path().child("limits");
    let mut kinds: Vec<&str> = Vec::new();
    for (index, item) in list(&object["spec"], "limits").iter().enumerate() {
        let (at, kind) = (path.index(index), text(item, "type"));
        if kinds.contains(&kind) {
            errors.push(FieldError::duplicate(&at.child("type"), kind));
        }
        kinds.push(kind);
        if kind == "Pod" {
            for field in ["default", "defaultRequest"].iter().filter(|field| has(item, field)) {
                errors.push(FieldError::forbidden(
                    &at.child(field),
                    "may not be specified when `type` is 'Pod'",
                ));
            }
        }
        bounds(item, &at, errors);
    }
}

fn bounds(item: &Value, path: &Path, errors: &mut Errors) {
    let amount =
        |field: &str, name: &str| item[field][name].as_str().and_then(|text| Quantity::parse(text).ok());
    for (low, high, words) in [
        ("min", "max", "max value"),
        ("min", "defaultRequest", "default request value"),
        ("min", "default", "default value"),
        ("defaultRequest", "max", "max value"),
        ("defaultRequest", "default", "default limit value"),
        ("default", "max", "max value"),
    ] {
        for (name, _) in entries(item, low) {
            if let (Some(below), Some(above)) = (amount(low, name), amount(high, name))
                && below > above
            {
                let label = match low {
                    "min" => "min value",
                    "default" => "default value",
                    _ => "default request value",
                };
                let detail = format!("{label} {below} is greater than {words} {above}");
                errors.push(FieldError::invalid(&path.child(low).key(name), &below.to_string(), detail));
            }
        }
    }
}

pub(super) fn controller_revision(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    if !has(object, "data") {
        errors.push(FieldError::required(&Path::new("data"), "data is mandatory"));
    }
    let revision = number(object, "revision");
    if revision < 0 {
        errors.push(FieldError::invalid(&Path::new("revision"), revision, check::NEGATIVE));
    }
}

pub(super) fn controller_revision_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    controller_revision(new, errors);
    check::immutable(&new["data"], &old["data"], &Path::new("data"), errors);
}
