//! Rules for Namespaces, Nodes, ControllerRevisions and Events.

use serde_json::Value;

use super::check;
use super::{ip, metadata, resources, scheduling, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::read::{entries, has, list, text};

pub(super) fn namespace(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_label, errors);
    let path = spec_path().child("finalizers");
    for finalizer in list(&object["spec"], "finalizers").iter().filter_map(Value::as_str) {
        check::name(finalizer, labels::qualified_name, &path, errors);
    }
}

pub(super) fn node(object: &Value, errors: &mut Errors) {
    metadata::validate(object, false, names::dns_subdomain, errors);
    let spec = &object["spec"];
    taints(spec, errors);
    amounts(object, errors);
    let path = spec_path().child("podCIDRs");
    let ranges = list(spec, "podCIDRs");
    for (index, range) in ranges.iter().filter_map(Value::as_str).enumerate() {
        ip::network(range, &path.index(index), errors);
    }
    let is_v6 = |range: &Value| range.as_str().is_some_and(|range| range.contains(':'));
    if ranges.len() > 1 && (ranges.len() > 2 || ranges.iter().all(is_v6) == ranges.iter().any(is_v6)) {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.push(FieldError::invalid(&path, &spec["podCIDRs"], detail));
    }
}

fn taints(spec: &Value, errors: &mut Errors) {
    scheduling::taints(list(spec, "taints"), &Path::new("metadata").child("taints"), errors);
}

fn amounts(node: &Value, errors: &mut Errors) {
    for field in ["capacity", "allocatable"] {
        for (name, amount) in entries(&node["status"], field) {
            let at = Path::new("status").child(field).child(name);
            resources::amount(name, amount.as_str().unwrap_or(""), &at, errors);
        }
    }
}

/// A node keeps its address ranges and its provider's name once it has them.
pub(super) fn node_update(new: &Value, old: &Value, errors: &mut Errors) {
    node(new, errors);
    metadata::validate_update(new, old, errors);
    amounts(new, errors);
    let (now, before) = (&new["spec"], &old["spec"]);
    let (ranges, earlier) = (list(now, "podCIDRs"), list(before, "podCIDRs"));
    let changed = if ranges.len() == earlier.len() {
        ranges.iter().zip(earlier).filter(|(range, earlier)| range != earlier).count()
    } else {
        usize::from(!earlier.is_empty())
    };
    for _ in 0..changed {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        errors.push(FieldError::forbidden(&spec_path().child("podCIDRs"), detail));
    }
    if has(before, "providerID") && now["providerID"] != before["providerID"] {
        let detail = "node updates may not change providerID except from \"\" to valid";
        errors.push(FieldError::forbidden(&spec_path().child("providerID"), detail));
    }
    taints(now, errors);
}

pub(super) fn controller_revision(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    revision(object, errors);
    let detail = match &object["data"] {
        Value::Null => "data is mandatory",
        Value::Object(_) => return,
        _ => "data must be a valid JSON object",
    };
    errors.push(FieldError::required(&Path::new("data"), detail));
}

fn revision(object: &Value, errors: &mut Errors) {
    check::not_negative(object, "revision", &Path::default(), errors);
}

pub(super) fn controller_revision_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    metadata::validate(new, true, names::dns_subdomain, errors);
    revision(new, errors);
    check::immutable(&new["data"], &old["data"], &Path::new("data"), errors);
}

/// An Event lives in the namespace of what it is about; what has none is written of in `default`.
pub(super) fn event(object: &Value, errors: &mut Errors) {
    let (own, about) = (text(&object["metadata"], "namespace"), text(&object["involvedObject"], "namespace"));
    let fits = if about.is_empty() { matches!(own, "" | "default") } else { own == about };
    if !fits {
        let at = Path::new("involvedObject").child("namespace");
        errors.push(FieldError::invalid(&at, about, "does not match event.namespace"));
    }
    check::name(own, names::dns_subdomain, &Path::new("namespace"), errors);
    if errors.is_empty() {
        metadata::general(object, true, names::path_segment, errors);
    }
}
