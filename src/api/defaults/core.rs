//! Defaults of Secrets, Namespaces, LimitRanges and endpoints.

use serde_json::{Map, Value};

use super::{items, map, set};
use crate::api::base64;

/// `stringData` is written over `data` and goes away.
pub(super) fn secret(object: &mut Value) {
    set(object, "type", "Opaque");
    let Some(plain) = object.get_mut("stringData").map(Value::take) else { return };
    let data = map(object, "data");
    for (key, text) in plain.as_object().into_iter().flatten() {
        data[key] = base64::encode(text.as_str().unwrap_or("").as_bytes()).into();
    }
}

pub(super) fn namespace(object: &mut Value) {
    set(map(object, "status"), "phase", "Active");
    if let Some(name) = object["metadata"]["name"].as_str().map(str::to_owned) {
        map(map(object, "metadata"), "labels")["kubernetes.io/metadata.name"] = name.into();
    }
}

/// A container limit without a default takes the maximum as default, and requests follow.
pub(super) fn limit_range(object: &mut Value) {
    for item in items(map(object, "spec"), "limits").filter(|item| item["type"] == "Container") {
        fill(item, "default", "max");
        fill(item, "defaultRequest", "default");
        fill(item, "defaultRequest", "min");
    }
}

fn fill(item: &mut Value, field: &str, from: &str) {
    let source: Map<String, Value> = item.get(from).and_then(Value::as_object).cloned().unwrap_or_default();
    if source.is_empty() {
        return;
    }
    let target = map(item, field);
    for (name, amount) in source {
        set(target, &name, amount);
    }
}

pub(super) fn endpoints(object: &mut Value) {
    for subset in items(object, "subsets") {
        for port in items(subset, "ports") {
            set(port, "protocol", "TCP");
        }
    }
}

pub(super) fn endpoint_slice(object: &mut Value) {
    for port in items(object, "ports") {
        set(port, "name", "");
        set(port, "protocol", "TCP");
    }
}
