//! Addresses and node ports of Services.
//!
//! Mirrors the Service registry (`normalizeClusterIPs`, `patchAllocatedValues`, `dropTypeDependentFields`) and its
//! allocators on a cluster with IPv4 only: 10.96.0.0/16, and node ports 30000 to 32767. What they refuse is all the
//! server says, for they run before the rules.

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
    text(spec, "type") != "ExternalName"
}

fn is_balancer(spec: &Value) -> bool {
    text(spec, "type") == "LoadBalancer"
}

fn has_node_ports(spec: &Value) -> bool {
    is_balancer(spec) || text(spec, "type") == "NodePort"
}

fn needs_health_check(spec: &Value) -> bool {
    is_balancer(spec) && text(spec, "externalTrafficPolicy") == "Local"
}

/// Whether clients outside the cluster reach the Service.
pub(crate) fn is_external(spec: &Value) -> bool {
    has_node_ports(spec) || (text(spec, "type") == "ClusterIP" && !list(spec, "externalIPs").is_empty())
}

fn remove(map: &mut Value, field: &str) {
    if let Some(map) = map.as_object_mut() {
        map.remove(field);
    }
}

fn ports(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten()
}

/// Gives a new Service its families, addresses and node ports.
///
/// # Errors
/// A family the cluster does not have, an address or port outside its range or in use.
pub(crate) fn create(service: &mut Value, world: &mut dyn Surroundings) -> Result<(), Status> {
    let spec = &mut service["spec"];
    if has(spec, "clusterIP") && list(spec, "clusterIPs").is_empty() {
        spec["clusterIPs"] = json!([spec["clusterIP"]]);
    }
    allocate(service, &Value::Null, world)
}

/// Keeps what a changed Service was given before, and gives it what it lacks.
///
/// # Errors
/// The same as for a new Service.
pub(crate) fn update(service: &mut Value, old: &Value, world: &mut dyn Surroundings) -> Result<(), Status> {
    let (spec, before) = (&mut service["spec"], &old["spec"]);
    let both = needs_address(before) && needs_address(spec);
    if both && !has(spec, "clusterIP") && has(before, "clusterIP") {
        spec["clusterIP"] = before["clusterIP"].clone();
    }
    if list(spec, "clusterIPs").is_empty()
        && has(before, "clusterIPs")
        && (both || spec["clusterIP"] == before["clusterIP"])
    {
        spec["clusterIPs"] = before["clusterIPs"].clone();
    }
    if has_node_ports(before) && has_node_ports(spec) {
        keep_node_ports(spec, before);
    }
    if needs_health_check(before) && needs_health_check(spec) && !has(spec, "healthCheckNodePort") {
        spec["healthCheckNodePort"] = before["healthCheckNodePort"].clone();
    }
    // Who changes one of the two fields means both.
    if spec["clusterIP"] != before["clusterIP"] && spec["clusterIPs"] == before["clusterIPs"] {
        let own = spec["clusterIP"].clone();
        spec["clusterIPs"] = if own.is_null() { Value::Null } else { json!([own]) };
    }
    allocate(service, before, world)
}

/// Ports keep their node ports by name, unless another port asks for them.
fn keep_node_ports(spec: &mut Value, before: &Value) {
    let of =
        |spec: &Value| list(spec, "ports").iter().map(|port| number(port, "nodePort")).collect::<Vec<_>>();
    let (asked, given) = (of(spec), of(before));
    for port in ports(spec).filter(|port| !has(port, "nodePort")) {
        let known = list(before, "ports").iter().rev().find(|old| text(old, "name") == text(port, "name"));
        let known = known.map_or(0, |old| number(old, "nodePort"));
        if known != 0 && !(asked.contains(&known) && given.contains(&known)) {
            port["nodePort"] = known.into();
        }
    }
}

/// A new type drops what only the old one had, unless the change names it.
pub(crate) fn drop_for_type(spec: &mut Value, before: &Value) {
    let mut dropped: Vec<&[&str]> = Vec::new();
    if needs_address(before) && !needs_address(spec) {
        dropped.extend([&["clusterIP", "clusterIPs"][..], &["ipFamilies"], &["ipFamilyPolicy"]]);
    }
    if needs_health_check(before) && !needs_health_check(spec) {
        dropped.push(&["healthCheckNodePort"]);
    }
    if is_balancer(before) && !is_balancer(spec) {
        dropped.extend([&["allocateLoadBalancerNodePorts"][..], &["loadBalancerClass"]]);
    }
    if is_external(before) && !is_external(spec) {
        dropped.push(&["externalTrafficPolicy"]);
    }
    for fields in dropped {
        if fields.iter().all(|field| spec[*field] == before[*field]) {
            fields.iter().for_each(|field| remove(spec, field));
        }
    }
    let known = |port: &Value| {
        !has(port, "nodePort") || list(before, "ports").iter().any(|old| old["nodePort"] == port["nodePort"])
    };
    if has_node_ports(before) && !has_node_ports(spec) && list(spec, "ports").iter().all(known) {
        ports(spec).for_each(|port| remove(port, "nodePort"));
    }
}

/// Tells the specifications of the namespace's other Services; most Services never ask.
type Others<'a> = dyn Fn(&dyn Surroundings) -> Vec<Value> + 'a;

fn allocate(service: &mut Value, before: &Value, world: &mut dyn Surroundings) -> Result<(), Status> {
    let mut errors = Errors::new();
    let namespace = text(&service["metadata"], "namespace").to_owned();
    let name = service["metadata"]["name"].clone();
    let others = |world: &dyn Surroundings| -> Vec<Value> {
        let others = world.list("Service", &namespace).into_iter();
        let others = others.filter(|other| other["metadata"]["name"] != name);
        others.map(|mut other| other["spec"].take()).collect()
    };
    if needs_address(&service["spec"]) {
        families(service, before, &mut errors);
        if errors.is_empty() && (before.is_null() || !needs_address(before)) {
            addresses(&mut service["spec"], &others, world, &mut errors);
        }
    }
    if errors.is_empty() && has_node_ports(&service["spec"]) {
        node_ports(&mut service["spec"], before, &others, world, &mut errors);
    }
    if !errors.is_empty() {
        return Err(Status::invalid("Service", "", text(&service["metadata"], "name"), errors));
    }
    let spec = &mut service["spec"];
    if needs_health_check(spec) && !has(spec, "healthCheckNodePort") {
        spec["healthCheckNodePort"] = world.node_port();
    }
    Ok(())
}

/// Settles policy and families; the cluster has IPv4 alone.
fn families(service: &mut Value, before: &Value, errors: &mut Errors) {
    let path = Path::new("spec");
    let spec = &mut service["spec"];
    let is_open = is_headless(spec) && spec["selector"].as_object().is_none_or(|map| map.is_empty());
    if !has(spec, "ipFamilyPolicy") {
        // Without a selector nobody knows which families the endpoints will have, so both are allowed.
        let fresh = if is_open { "RequireDualStack" } else { "SingleStack" };
        let kept = before["ipFamilyPolicy"].as_str().unwrap_or(fresh);
        spec["ipFamilyPolicy"] = kept.into();
    }
    address_fields(service, errors);
    if !errors.is_empty() {
        return;
    }
    let spec = &mut service["spec"];
    let single = text(spec, "ipFamilyPolicy") == "SingleStack";
    for (field, words) in [("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")] {
        if single && !before.is_null() && spec[field] == before[field] {
            if let Some(items) = spec[field].as_array_mut() {
                items.truncate(1);
            }
        } else if single && list(spec, field).len() == 2 {
            let detail = format!(
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple {words} are specified"
            );
            errors.push(FieldError::invalid(&path.child("ipFamilyPolicy"), "SingleStack", detail));
        }
    }
    let mut named = list(spec, "ipFamilies").to_vec();
    for (index, address) in list(spec, "clusterIPs").iter().enumerate().skip(named.len()) {
        match address.as_str() {
            Some(address) if address.contains(':') => errors.push(FieldError::invalid(
                &path.child("clusterIPs").index(index),
                &spec["clusterIPs"],
                "IPv6 is not configured on this cluster",
            )),
            Some(address) if address != "None" => named.push("IPv4".into()),
            _ => {}
        }
    }
    if !errors.is_empty() {
        return;
    }
    if named.is_empty() {
        named.push("IPv4".into());
    }
    if is_open {
        if named.len() < 2 && !single {
            let other = if named[0] == "IPv4" { "IPv6" } else { "IPv4" };
            named.push(other.into());
        }
    } else {
        if text(spec, "ipFamilyPolicy") == "RequireDualStack" {
            let detail = "this cluster is not configured for dual-stack services";
            errors.push(FieldError::invalid(&path.child("ipFamilyPolicy"), "RequireDualStack", detail));
        }
        for (index, _) in named.iter().enumerate().filter(|(_, family)| **family == "IPv6") {
            let at = path.child("ipFamilies").index(index);
            errors.push(FieldError::invalid(&at, "IPv6", "not configured on this cluster"));
        }
    }
    spec["ipFamilies"] = named.into();
}

fn addresses(spec: &mut Value, others: &Others<'_>, world: &mut dyn Surroundings, errors: &mut Errors) {
    if is_headless(spec) {
        return;
    }
    let address = text(spec, "clusterIP");
    if address.is_empty() {
        let address = world.cluster_ip();
        spec["clusterIPs"] = json!([address]);
        spec["clusterIP"] = address.into();
        return;
    }
    let why = if !in_service_range(address) {
        format!(
            "the provided IP ({address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
        )
    } else if others(world).iter().any(|other| text(other, "clusterIP") == address) {
        "provided IP is already allocated".to_owned()
    } else {
        return;
    };
    let detail = format!("failed to allocate IP {address}: {why}");
    errors.push(FieldError::invalid(&Path::new("spec").child("clusterIPs"), &spec["clusterIPs"], detail));
}

/// Ports of the same number, over different protocols, share a node port.
fn node_ports(
    spec: &mut Value,
    before: &Value,
    others: &Others<'_>,
    world: &mut dyn Surroundings,
    errors: &mut Errors,
) {
    let others = others(world);
    let taken = |node_port: &Value| {
        let mut ports = others.iter().flat_map(|other| list(other, "ports"));
        ports.any(|port| port["nodePort"] == *node_port)
    };
    let path = Path::new("spec").child("ports");
    let wanted = list(spec, "ports").to_vec();
    let automatic = !is_balancer(spec) || spec["allocateLoadBalancerNodePorts"] != false;
    // A dry run hands nothing out, so it does not look at the range either.
    let dry_run = world.is_dry_run();
    let mut shared: Vec<(Value, Value)> = Vec::new();
    let mut allocated: Vec<Value> = Vec::new();
    for (index, port) in ports(spec).enumerate() {
        let own = port["nodePort"].clone();
        if own.is_null() && !automatic {
            continue;
        }
        let known = shared.iter().find(|(number, _)| *number == port["port"]).map(|(_, given)| given.clone());
        let asked = match (&own, &known) {
            (Value::Null, Some(known)) => known.clone(),
            (Value::Null, None) => {
                let twin =
                    wanted.iter().find(|other| other["port"] == port["port"] && has(other, "nodePort"));
                twin.map_or_else(|| world.node_port(), |twin| twin["nodePort"].clone())
            }
            _ => own.clone(),
        };
        let is_old = list(before, "ports").iter().any(|old| old["nodePort"] == asked);
        if !own.is_null() && known.as_ref() != Some(&own) && !is_old {
            let why = if allocated.contains(&asked) || taken(&asked) {
                "provided port is already allocated"
            } else if !dry_run && !(30_000..=32_767).contains(&asked.as_i64().unwrap_or(0)) {
                "provided port is not in the valid range. The range of valid ports is 30000-32767"
            } else {
                ""
            };
            if !why.is_empty() {
                errors.push(FieldError::invalid(&path.index(index).child("nodePort"), &own, why));
                return;
            }
        }
        allocated.push(asked.clone());
        if known.is_none() {
            shared.push((port["port"].clone(), asked.clone()));
        }
        port["nodePort"] = asked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::surroundings::Bare;

    fn check(spec: Value, before: Value, expect: &str) {
        let mut service = json!({"metadata": {"name": "web"}, "spec": spec});
        let answer = match &before {
            Value::Null => create(&mut service, &mut Bare::default()),
            before => {
                let answer = update(&mut service, &json!({"spec": before}), &mut Bare::default());
                drop_for_type(&mut service["spec"], before);
                answer
            }
        };
        let spec = &service["spec"];
        let ports: Vec<_> = list(spec, "ports").iter().map(|port| number(port, "nodePort")).collect();
        let shown = match answer {
            Ok(()) => format!("{} {} {ports:?}", spec["clusterIPs"], spec["ipFamilies"]),
            Err(status) => status.causes[0].to_string(),
        };
        assert_eq!(shown, expect, "{spec}");
    }

    #[test]
    fn new_services() {
        let new = |spec: Value, expect: &str| check(spec, Value::Null, expect);
        new(json!({"type": "ClusterIP", "selector": {"a": "b"}}), r#"["10.96.0.2"] ["IPv4"] []"#);
        new(json!({"type": "ClusterIP", "clusterIP": "None"}), r#"["None"] ["IPv4","IPv6"] []"#);
        new(
            json!({"type": "ClusterIP", "clusterIPs": ["None"]}),
            r#"spec.clusterIPs: Invalid value: ["None"]: must be empty when `clusterIP` is not specified"#,
        );
        new(
            json!({"type": "ClusterIP", "clusterIP": "10.96.0.0"}),
            r#"spec.clusterIPs: Invalid value: ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/16"#,
        );
        new(
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}),
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
        );
        new(
            json!({"type": "NodePort", "clusterIP": "10.96.0.9", "ports": [
                {"port": 53, "nodePort": 30053, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"},
            ]}),
            r#"["10.96.0.9"] ["IPv4"] [30053, 30053]"#,
        );
        new(
            json!({"type": "NodePort", "ports": [{"port": 1, "nodePort": 30053}, {"port": 2, "nodePort": 30053}]}),
            "spec.ports[1].nodePort: Invalid value: 30053: provided port is already allocated",
        );
    }

    #[test]
    fn changed_services() {
        let before = json!({
            "type": "NodePort", "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"],
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "a", "port": 80, "nodePort": 30080}],
        });
        let change = |spec: Value, expect: &str| check(spec, before.clone(), expect);
        change(
            json!({"type": "NodePort", "ports": [{"name": "a", "port": 81}]}),
            r#"["10.96.0.9"] ["IPv4"] [30080]"#,
        );
        change(
            json!({"type": "ClusterIP", "ports": [{"name": "a", "port": 80, "nodePort": 30080}]}),
            r#"["10.96.0.9"] ["IPv4"] [0]"#,
        );
        change(
            json!({"type": "ClusterIP", "ports": [{"name": "a", "port": 80, "nodePort": 30081}]}),
            r#"["10.96.0.9"] ["IPv4"] [30081]"#,
        );
        change(
            json!({"type": "ExternalName", "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"]}),
            "null null []",
        );
    }
}
