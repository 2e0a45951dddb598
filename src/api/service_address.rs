//! Addresses and node ports of Services.
//!
//! Mirrors `normalizeClusterIPs`, `patchAllocatedValues` and the allocators of the Service registry on a cluster with
//! IPv4 only, 10.96.0.0/16.

use serde_json::{Value, json};

use super::field::{Errors, FieldError, Path};
use super::read::{has, list, number, text};
use super::status::Status;
use super::surroundings::Surroundings;
use super::validate::address_fields;
use super::validate::ip::in_service_range;

fn is_headless(spec: &Value) -> bool {
    text(spec, "clusterIP") == "None"
}

fn needs_address(spec: &Value) -> bool {
    matches!(text(spec, "type"), "ClusterIP" | "NodePort" | "LoadBalancer")
}

fn needs_node_ports(spec: &Value) -> bool {
    text(spec, "type") == "NodePort"
        || (text(spec, "type") == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] != false)
}

/// `clusterIP` and the first of `clusterIPs` say the same.
pub(crate) fn normalize(service: &mut Value) {
    let spec = &mut service["spec"];
    if has(spec, "clusterIP") && list(spec, "clusterIPs").is_empty() {
        spec["clusterIPs"] = json!([spec["clusterIP"]]);
    } else if !has(spec, "clusterIP") && !list(spec, "clusterIPs").is_empty() {
        spec["clusterIP"] = spec["clusterIPs"][0].clone();
    }
}

/// A change that names no address or port keeps the old one.
pub(crate) fn keep(service: &mut Value, old: &Value) {
    let before = &old["spec"];
    let spec = &mut service["spec"];
    if needs_address(before) && needs_address(spec) {
        if !has(spec, "clusterIP") && has(before, "clusterIP") {
            spec["clusterIP"] = before["clusterIP"].clone();
        }
        if list(spec, "clusterIPs").is_empty()
            && spec["clusterIP"] == before["clusterIP"]
            && has(before, "clusterIPs")
        {
            spec["clusterIPs"] = before["clusterIPs"].clone();
        }
    }
    if needs_address(before) && needs_address(spec) {
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            if !has(spec, field) && has(before, field) {
                spec[field] = before[field].clone();
            }
        }
    }
    if needs_node_ports(before) && needs_node_ports(spec) {
        keep_node_ports(spec, before);
    }
    drop_for_type(spec, before);
    normalize_update(spec, before);
}

fn keep_node_ports(spec: &mut Value, before: &Value) {
    let taken: Vec<i64> = list(spec, "ports").iter().map(|port| number(port, "nodePort")).collect();
    let known: Vec<Value> = list(before, "ports").to_vec();
    for port in
        spec["ports"].as_array_mut().into_iter().flatten().filter(|port| number(port, "nodePort") == 0)
    {
        let same = known
            .iter()
            .find(|old| old["protocol"] == port["protocol"] && number(old, "port") == number(port, "port"));
        if let Some(old) =
            same.map(|old| number(old, "nodePort")).filter(|old| *old != 0 && !taken.contains(old))
        {
            port["nodePort"] = old.into();
        }
    }
}

/// A new type drops what only the old one had, unless the change names it.
fn drop_for_type(spec: &mut Value, before: &Value) {
    if needs_address(before) && !needs_address(spec) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if spec[field] == before[field]
                && let Some(map) = spec.as_object_mut()
            {
                map.remove(field);
            }
        }
    }
    if needs_node_ports(before) && !needs_node_ports(spec) {
        let old: Vec<i64> = list(before, "ports").iter().map(|port| number(port, "nodePort")).collect();
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            if old.contains(&number(port, "nodePort"))
                && let Some(map) = port.as_object_mut()
            {
                map.remove("nodePort");
            }
        }
    }
    let balancer = |spec: &Value| text(spec, "type") == "LoadBalancer";
    if balancer(before) && !balancer(spec) {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if spec[field] == before[field]
                && let Some(map) = spec.as_object_mut()
            {
                map.remove(field);
            }
        }
    }
}

fn normalize_update(spec: &mut Value, before: &Value) {
    let (now, was) = (text(spec, "clusterIP").to_owned(), text(before, "clusterIP").to_owned());
    let unchanged_list = spec["clusterIPs"] == before["clusterIPs"];
    if !now.is_empty() && list(spec, "clusterIPs").is_empty() {
        spec["clusterIPs"] = json!([now]);
    } else if now != was && unchanged_list {
        spec["clusterIPs"] = if now.is_empty() { Value::Null } else { json!([now]) };
    } else if now == was && !unchanged_list {
        match spec["clusterIPs"][0].as_str().map(str::to_owned) {
            Some(first) => spec["clusterIP"] = first.into(),
            None if !now.is_empty() => spec["clusterIPs"] = json!([now]),
            None => {}
        }
    }
}

/// Gives a Service its families, addresses and node ports.
///
/// # Errors
/// A family the cluster does not have, or an address outside its range.
pub(crate) fn allocate(service: &mut Value, world: &mut dyn Surroundings) -> Result<(), Status> {
    if !needs_address(&service["spec"]) {
        return Ok(());
    }
    let mut errors = Errors::new();
    address_fields(service, &mut errors);
    if errors.is_empty() {
        families(&mut service["spec"], &mut errors);
    }
    if errors.is_empty() {
        addresses(&mut service["spec"], world, &mut errors);
    }
    if !errors.is_empty() {
        return Err(Status::invalid("Service", "", text(&service["metadata"], "name"), errors));
    }
    if needs_node_ports(&service["spec"]) {
        node_ports(&mut service["spec"], world);
    }
    let spec = &mut service["spec"];
    if text(spec, "type") == "LoadBalancer"
        && text(spec, "externalTrafficPolicy") == "Local"
        && !has(spec, "healthCheckNodePort")
    {
        spec["healthCheckNodePort"] = world.node_port();
    }
    Ok(())
}

/// Ports of the same number, over different protocols, share a node port.
fn node_ports(spec: &mut Value, world: &mut dyn Surroundings) {
    let mut given: Vec<(i64, Value)> = list(spec, "ports")
        .iter()
        .filter(|port| has(port, "nodePort"))
        .map(|port| (number(port, "port"), port["nodePort"].clone()))
        .collect();
    for port in spec["ports"].as_array_mut().into_iter().flatten().filter(|port| !has(port, "nodePort")) {
        let own = number(port, "port");
        let known = given.iter().find(|(number, _)| *number == own).map(|(_, node_port)| node_port.clone());
        let node_port = known.unwrap_or_else(|| world.node_port());
        given.push((own, node_port.clone()));
        port["nodePort"] = node_port;
    }
}

fn families(spec: &mut Value, errors: &mut Errors) {
    let path = Path::new("spec");
    let selects = spec["selector"].as_object().is_some_and(|map| !map.is_empty());
    if is_headless(spec) && !selects {
        // Without a selector nobody knows which families the endpoints will have, so both are allowed.
        if !has(spec, "ipFamilyPolicy") {
            spec["ipFamilyPolicy"] = "RequireDualStack".into();
        }
        if list(spec, "ipFamilies").is_empty() {
            let single = text(spec, "ipFamilyPolicy") == "SingleStack";
            spec["ipFamilies"] = if single { json!(["IPv4"]) } else { json!(["IPv4", "IPv6"]) };
        }
        return;
    }
    let single = text(spec, "ipFamilyPolicy") == "SingleStack" || !has(spec, "ipFamilyPolicy");
    for (field, words) in [("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")] {
        if single && list(spec, field).len() == 2 {
            let detail = format!(
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple {words} are specified"
            );
            errors.push(FieldError::invalid(&path.child("ipFamilyPolicy"), "SingleStack", detail));
        }
    }
    let named = list(spec, "ipFamilies").len();
    for (index, address) in list(spec, "clusterIPs").iter().enumerate().skip(named) {
        if address.as_str().is_some_and(|address| address.contains(':')) {
            let at = path.child("clusterIPs").index(index);
            errors.push(FieldError::invalid(
                &at,
                &spec["clusterIPs"],
                "IPv6 is not configured on this cluster",
            ));
        }
    }
    if !errors.is_empty() {
        return;
    }
    if text(spec, "ipFamilyPolicy") == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid(&path.child("ipFamilyPolicy"), "RequireDualStack", detail));
    }
    for (index, family) in list(spec, "ipFamilies").iter().enumerate() {
        if family == "IPv6" {
            errors.push(FieldError::invalid(
                &path.child("ipFamilies").index(index),
                "IPv6",
                "not configured on this cluster",
            ));
        }
    }
    if !has(spec, "ipFamilyPolicy") {
        spec["ipFamilyPolicy"] = "SingleStack".into();
    }
    if list(spec, "ipFamilies").is_empty() {
        spec["ipFamilies"] = json!(["IPv4"]);
    }
}

fn addresses(spec: &mut Value, world: &mut dyn Surroundings, errors: &mut Errors) {
    if is_headless(spec) {
        return;
    }
    if !has(spec, "clusterIP") {
        let address = world.cluster_ip();
        spec["clusterIPs"] = json!([address]);
        spec["clusterIP"] = address.into();
        return;
    }
    let address = text(spec, "clusterIP");
    if !in_service_range(address) {
        let detail = format!(
            "failed to allocate IP {address}: the provided IP ({address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
        );
        errors.push(FieldError::invalid(&Path::new("spec").child("clusterIPs"), &spec["clusterIPs"], detail));
    }
}
