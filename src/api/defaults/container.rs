//! Defaults of containers and their probes.

use serde_json::{Map, Value};

use super::{items, map, set};
use crate::api::image;
use crate::api::quantity::Quantity;

pub(super) fn set_container(container: &mut Value) {
    let tag = image::tag(container["image"].as_str().unwrap_or(""));
    set(container, "imagePullPolicy", if tag == Some("latest") { "Always" } else { "IfNotPresent" });
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    for port in items(container, "ports") {
        set(port, "protocol", "TCP");
    }
    for variable in items(container, "env") {
        if let Some(reference) = variable.pointer_mut("/valueFrom/fieldRef") {
            set(reference, "apiVersion", "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            set_probe(probe);
        }
    }
    for hook in ["/lifecycle/postStart/httpGet", "/lifecycle/preStop/httpGet"] {
        if let Some(action) = container.pointer_mut(hook) {
            set_http_get(action);
        }
    }
    for list in ["/resources/requests", "/resources/limits"] {
        if let Some(list) = container.pointer_mut(list) {
            round_to_milli(list);
        }
    }
}

fn set_probe(probe: &mut Value) {
    set(probe, "timeoutSeconds", 1);
    set(probe, "periodSeconds", 10);
    set(probe, "successThreshold", 1);
    set(probe, "failureThreshold", 3);
    if let Some(action) = probe.get_mut("httpGet") {
        set_http_get(action);
    }
    if let Some(action) = probe.get_mut("grpc") {
        set(action, "service", "");
    }
}

fn set_http_get(action: &mut Value) {
    set(action, "path", "/");
    set(action, "scheme", "HTTP");
}

/// Amounts finer than a thousandth are rounded up.
pub(super) fn round_to_milli(list: &mut Value) {
    for amount in list.as_object_mut().into_iter().flat_map(Map::values_mut) {
        let Some(quantity) = amount.as_str().and_then(|text| Quantity::parse(text).ok()) else { continue };
        if !quantity.is_milli_integer() {
            *amount = format!("{}m", quantity.milli_value()).into();
        }
    }
}

/// A limit without a request is also the request; only pods get this, not templates.
pub(super) fn set_requests_from_limits(resources: &mut Value) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let requests = map(resources, "requests");
    for (name, limit) in limits {
        set(requests, &name, limit);
    }
}
