//! Rules for Services.
//!
//! Mirrors `ValidateService` and its update.

use serde_json::Value;

use super::check::{self, one_of};
use super::{ip, metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::labels;
use crate::api::names;
use crate::api::read::{has, list, number, text};
use crate::api::service_address::is_external;

fn is_headless(service: &Value) -> bool {
    matches!(list(&service["spec"], "clusterIPs"), [only] if only == "None")
}

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_label, errors);
    body(object, errors);
}

fn body(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], spec_path());
    let kind = text(spec, "type");
    topology(object, errors);
    if list(spec, "ports").is_empty() && !is_headless(object) && kind != "ExternalName" {
        errors.push(FieldError::required(&path.child("ports"), ""));
    }
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(object) => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.push(FieldError::invalid(&path.child("clusterIPs").index(0), "None", detail));
        }
        "ExternalName" => external_name(spec, &path, errors),
        _ => {}
    }
    ports(spec, &path.child("ports"), errors);
    labels::validate(&spec["selector"], &path.child("selector"), errors);
    session_affinity(spec, &path, errors);
    if kind != "ExternalName" {
        cluster_ips(object, &path, errors);
    }
    for (index, address) in list(spec, "externalIPs").iter().filter_map(Value::as_str).enumerate() {
        let at = path.child("externalIPs").index(index);
        let before = errors.len();
        ip::validate(address, &at, errors);
        if errors.len() == before {
            ip::not_special(address, &at, errors);
        }
    }
    one_of(spec, "type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], &path, errors);
    node_ports(spec, &path.child("ports"), errors);
    load_balancer(object, &path, errors);
    traffic(spec, &path, errors);
}

/// The older annotation and the newer one may both be there if they agree.
fn topology(object: &Value, errors: &mut Errors) {
    let annotations = &object["metadata"]["annotations"];
    let (old, new) = ("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode");
    if has(annotations, old) && has(annotations, new) && annotations[old] != annotations[new] {
        let at = Path::new("metadata").child("annotations").key(new);
        let detail = format!("must match annotations[{old}] when both are specified");
        errors.push(FieldError::invalid(&at, &annotations[new], detail));
    }
}

fn external_name(spec: &Value, path: &Path, errors: &mut Errors) {
    for field in ["clusterIPs", "ipFamilies"] {
        if !list(spec, field).is_empty() {
            errors
                .push(FieldError::forbidden(&path.child(field), "may not be set for ExternalName services"));
        }
    }
    if has(spec, "ipFamilyPolicy") {
        errors.push(FieldError::forbidden(
            &path.child("ipFamilyPolicy"),
            "may not be set for ExternalName services",
        ));
    }
    let name = text(spec, "externalName");
    match name.strip_suffix('.').unwrap_or(name) {
        "" => errors.push(FieldError::required(&path.child("externalName"), "")),
        name => check::name(name, names::dns_subdomain, &path.child("externalName"), errors),
    }
}

fn ports(spec: &Value, path: &Path, errors: &mut Errors) {
    let ports = list(spec, "ports");
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let (at, name) = (path.index(index), text(port, "name"));
        if name.is_empty() {
            if ports.len() > 1 {
                errors.push(FieldError::required(&at.child("name"), ""));
            }
        } else {
            check::name(name, names::dns_label, &at.child("name"), errors);
            if seen.contains(&name) {
                errors.push(FieldError::duplicate(&at.child("name"), name));
            } else {
                seen.push(name);
            }
        }
        let value = number(port, "port");
        let complaints = names::port_number(value);
        errors.extend(
            complaints.into_iter().map(|detail| FieldError::invalid(&at.child("port"), value, detail)),
        );
        one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &at, errors);
        check::port(&port["targetPort"], &at.child("targetPort"), errors);
        if let Some(protocol) = port["appProtocol"].as_str() {
            check::name(protocol, labels::qualified_name, &at.child("appProtocol"), errors);
        }
    }
}

fn session_affinity(spec: &Value, path: &Path, errors: &mut Errors) {
    one_of(spec, "sessionAffinity", &["ClientIP", "None"], path, errors);
    let (config, at) = (&spec["sessionAffinityConfig"], path.child("sessionAffinityConfig"));
    match text(spec, "sessionAffinity") {
        "ClientIP" => {
            let detail = "when session affinity type is ClientIP";
            if config.is_null() {
                errors.push(FieldError::required(&at, detail));
            } else if !has(config, "clientIP") {
                errors.push(FieldError::required(&at.child("clientIP"), detail));
            } else {
                let at = at.at("clientIP.timeoutSeconds");
                let seconds = number(&config["clientIP"], "timeoutSeconds");
                if !(1..=86_400).contains(&seconds) {
                    errors.push(FieldError::invalid(
                        &at,
                        seconds,
                        "must be greater than 0 and less than 86400",
                    ));
                }
            }
        }
        "None" if !config.is_null() => {
            errors.push(FieldError::forbidden(&at, "must not be set when session affinity is None"));
        }
        _ => {}
    }
}

pub(super) fn cluster_ips(object: &Value, path: &Path, errors: &mut Errors) {
    let spec = &object["spec"];
    let (at, addresses) = (path.child("clusterIPs"), list(spec, "clusterIPs"));
    let first = text(spec, "clusterIP");
    if !first.is_empty() {
        if addresses.is_empty() {
            errors.push(FieldError::required(&at, ""));
        } else if addresses[0] != first {
            errors.push(FieldError::invalid(&at, &spec["clusterIPs"], "first value must match `clusterIP`"));
        }
    } else if !addresses.is_empty() {
        errors.push(FieldError::invalid(
            &at,
            &spec["clusterIPs"],
            "must be empty when `clusterIP` is not specified",
        ));
    }
    let families: Vec<_> = list(spec, "ipFamilies").iter().filter_map(Value::as_str).collect();
    for (index, family) in families.iter().enumerate() {
        let at = path.child("ipFamilies").index(index);
        if !matches!(*family, "IPv4" | "IPv6") {
            errors.push(FieldError::not_supported(&at, *family, &["IPv4", "IPv6"]));
        }
        if families[..index].contains(family) {
            errors.push(FieldError::duplicate(&at, *family));
        }
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    check::one_of_if_set(spec, "ipFamilyPolicy", &policies, path, errors);
    let before = errors.len();
    for (index, address) in addresses.iter().filter_map(Value::as_str).enumerate() {
        if index == 0 && address == "None" {
            if addresses.len() > 1 {
                let detail = "'None' must be the first and only value";
                errors.push(FieldError::invalid(&at, &spec["clusterIPs"], detail));
            }
            continue;
        }
        ip::validate(address, &at.index(index), errors);
    }
    let bad = errors.len() > before;
    if addresses.len() > 2 {
        errors.push(FieldError::invalid(&at, &spec["clusterIPs"], "may only hold up to 2 values"));
    }
    if bad || is_headless(object) {
        return;
    }
    let is_v6 = |address: &Value| address.as_str().is_some_and(|address| address.contains(':'));
    if addresses.len() > 1 && addresses.iter().all(is_v6) == addresses.iter().any(is_v6) {
        let detail = "may specify no more than one IP for each IP family";
        errors.push(FieldError::invalid(&at, &spec["clusterIPs"], detail));
    }
    for (index, (address, family)) in addresses.iter().zip(&families).enumerate() {
        if is_v6(address) != (*family == "IPv6") && matches!(*family, "IPv4" | "IPv6") {
            let detail = format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
            errors.push(FieldError::invalid(&at.index(index), address, detail));
        }
    }
}

fn node_ports(spec: &Value, path: &Path, errors: &mut Errors) {
    let ports = list(spec, "ports");
    for (index, port) in ports.iter().enumerate() {
        if text(spec, "type") == "ClusterIP" && number(port, "nodePort") != 0 {
            let detail = "may not be used when `type` is 'ClusterIP'";
            errors.push(FieldError::forbidden(&path.index(index).child("nodePort"), detail));
        }
    }
    let equal = |left: &Value, right: &Value, field: &str| {
        left["protocol"] == right["protocol"] && number(left, field) == number(right, field)
    };
    for (index, port) in ports.iter().enumerate() {
        let own = number(port, "nodePort");
        if own != 0 && ports[..index].iter().any(|other| equal(other, port, "nodePort")) {
            errors.push(FieldError::duplicate(&path.index(index).child("nodePort"), own));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        if ports[..index].iter().any(|other| equal(other, port, "port")) {
            let key =
                serde_json::json!({"protocol": port["protocol"], "port": port["port"], "targetPort": 0});
            errors.push(FieldError::duplicate(&path.index(index), Raw(print_compact(&key, "ServicePort"))));
        }
    }
}

fn load_balancer(object: &Value, path: &Path, errors: &mut Errors) {
    let spec = &object["spec"];
    let is_balancer = text(spec, "type") == "LoadBalancer";
    let detail = "may only be used when `type` is 'LoadBalancer'";
    let only_balancers = |at: &Path, errors: &mut Errors| {
        if !is_balancer {
            errors.push(FieldError::forbidden(at, detail));
        }
    };
    let ranges = list(spec, "loadBalancerSourceRanges");
    let annotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
    if !ranges.is_empty() {
        let at = path.child("LoadBalancerSourceRanges");
        only_balancers(&at, errors);
        for (index, range) in ranges.iter().filter_map(Value::as_str).enumerate() {
            ip::network(range.trim(), &at.index(index), errors);
        }
    } else if let Some(ranges) = object["metadata"]["annotations"][annotation].as_str() {
        let at = Path::new("metadata").child("annotations").key(annotation);
        only_balancers(&at, errors);
        for range in ranges.trim().split(',').filter(|_| !ranges.trim().is_empty()) {
            ip::network(range.trim(), &at, errors);
        }
    }
    if has(spec, "allocateLoadBalancerNodePorts") {
        only_balancers(&path.child("allocateLoadBalancerNodePorts"), errors);
    }
    if let Some(class) = spec["loadBalancerClass"].as_str() {
        let at = path.child("loadBalancerClass");
        only_balancers(&at, errors);
        if is_balancer {
            check::name(class, labels::qualified_name, &at, errors);
        }
    }
}

fn traffic(spec: &Value, path: &Path, errors: &mut Errors) {
    let policy = text(spec, "externalTrafficPolicy");
    if is_external(spec) {
        one_of(spec, "externalTrafficPolicy", &["Cluster", "Local"], path, errors);
    } else if !policy.is_empty() {
        let detail = "may only be set for externally-accessible services";
        errors.push(FieldError::invalid(&path.child("externalTrafficPolicy"), policy, detail));
    }
    let (port, at) = (number(spec, "healthCheckNodePort"), path.child("healthCheckNodePort"));
    if needs_health_check(spec) {
        let complaints = names::port_number(port);
        errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, port, detail)));
    } else if port != 0 {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.push(FieldError::invalid(&at, port, detail));
    }
    check::one_of_if_set(spec, "internalTrafficPolicy", &["Cluster", "Local"], path, errors);
    let distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    check::one_of_if_set(spec, "trafficDistribution", &distributions, path, errors);
}

fn needs_health_check(spec: &Value) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    let external = |object: &Value| text(&object["spec"], "type") == "ExternalName";
    if !external(new) && !external(old) {
        match (is_headless(new), is_headless(old)) {
            (true, true) => {}
            (false, false) => {
                addresses_change(&new["spec"], &old["spec"], errors);
                families_change(&new["spec"], &old["spec"], errors);
            }
            _ => addresses_change(&new["spec"], &old["spec"], errors),
        }
    }
    class_change(&new["spec"], &old["spec"], errors);
    let port = |object: &Value| number(&object["spec"], "healthCheckNodePort");
    if needs_health_check(&new["spec"]) && needs_health_check(&old["spec"]) && port(new) != port(old) {
        errors.push(FieldError::forbidden(&spec_path().child("healthCheckNodePort"), check::IMMUTABLE));
    }
    body(new, errors);
}

const FIXED: &str = "may not change once set";

/// A list as the messages quote it.
fn shown(spec: &Value, field: &str) -> Raw {
    Raw(spec[field].to_string())
}

fn addresses_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (now, before) = (list(new, "clusterIPs"), list(old, "clusterIPs"));
    let path = spec_path().child("clusterIPs");
    if now.len() == before.len() {
        for (index, _) in before.iter().enumerate().filter(|(index, address)| now[*index] != **address) {
            errors.push(FieldError::invalid(&path.index(index), shown(new, "clusterIPs"), FIXED));
        }
        return;
    }
    if now.is_empty() {
        let detail = "primary clusterIP can not be unset";
        errors.push(FieldError::invalid(&path.index(0), shown(new, "clusterIPs"), detail));
    } else if !before.is_empty() && now[0] != before[0] {
        errors.push(FieldError::invalid(&path.index(0), shown(new, "clusterIPs"), FIXED));
    }
    if before.len() > now.len() {
        released(new, now, "clusterIP", errors);
    }
}

/// Who gives one of two addresses or families back has to say that one is enough.
fn released(new: &Value, now: &[Value], what: &str, errors: &mut Errors) {
    if now.len() == 1 && text(new, "ipFamilyPolicy") != "SingleStack" {
        let detail = format!("must be set to 'SingleStack' when releasing the secondary {what}");
        let at = spec_path().child("ipFamilyPolicy");
        errors.push(FieldError::invalid(&at, &new["ipFamilyPolicy"], detail));
    }
}

fn families_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (now, before) = (list(new, "ipFamilies"), list(old, "ipFamilies"));
    let path = spec_path().child("ipFamilies").index(0);
    if now.len() == before.len() {
        for _ in before.iter().zip(now).filter(|(before, now)| before != now) {
            errors.push(FieldError::invalid(&path, shown(new, "ipFamilies"), FIXED));
        }
        return;
    }
    if before.len() > now.len() && list(new, "clusterIPs").is_empty() {
        let detail = "primary ipFamily can not be unset";
        errors.push(FieldError::invalid(&path, shown(new, "ipFamilies"), detail));
    }
    if !before.is_empty() && !now.is_empty() && now[0] != before[0] {
        // The server quotes the addresses here.
        errors.push(FieldError::invalid(&path, shown(new, "clusterIPs"), FIXED));
    }
    if before.len() > now.len() {
        released(new, now, "ipFamily", errors);
    }
}

fn class_change(new: &Value, old: &Value, errors: &mut Errors) {
    let balancer = |spec: &Value| text(spec, "type") == "LoadBalancer";
    if balancer(new) && balancer(old) && new["loadBalancerClass"] != old["loadBalancerClass"] {
        let at = spec_path().child("loadBalancerClass");
        errors.push(FieldError::invalid(&at, &new["loadBalancerClass"], "may not change once set"));
    }
}
