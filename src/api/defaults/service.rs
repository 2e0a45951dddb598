//! Defaults of Services.

use serde_json::{Value, json};

use super::{items, map, set};

/// How long a client stays with its pod, in seconds: three hours.
const AFFINITY_TIMEOUT: i64 = 10_800;

pub(super) fn service(object: &mut Value) {
    let spec = map(object, "spec");
    set(spec, "sessionAffinity", "None");
    if spec["sessionAffinity"] == "None" {
        spec["sessionAffinityConfig"] = Value::Null;
    }
    if spec["sessionAffinity"] == "ClientIP" {
        let config = &mut spec["sessionAffinityConfig"];
        if config["clientIP"]["timeoutSeconds"].is_null() {
            *config = json!({"clientIP": {"timeoutSeconds": AFFINITY_TIMEOUT}});
        }
    }
    set(spec, "type", "ClusterIP");
    for port in items(spec, "ports") {
        set(port, "protocol", "TCP");
        let target = &port["targetPort"];
        if target.is_null() || *target == 0 || *target == "" {
            port["targetPort"] = port["port"].clone();
        }
    }
    let kind = spec["type"].as_str().unwrap_or("").to_owned();
    let external_ips = spec["externalIPs"].as_array().is_some_and(|list| !list.is_empty());
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && external_ips) {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        set(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
    let ingress = object.pointer_mut("/status/loadBalancer/ingress").and_then(Value::as_array_mut);
    for address in ingress.into_iter().flatten().filter(|address| address["ip"].is_string()) {
        set(address, "ipMode", "VIP");
    }
}
