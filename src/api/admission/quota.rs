//! ResourceQuotas: what a namespace may hold and ask for in all.
//!
//! Mirrors the ResourceQuota plugin and its evaluators. What is used is counted from the objects themselves, as the
//! quota controller does; overhead of pods is not counted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::limits;
use crate::api::prepare::quality_of_service;
use crate::api::quantity::Quantity;
use crate::api::read::{entries, has, list, text};
use crate::api::status::{Status, qualified, resource};
use crate::api::surroundings::Surroundings;

type Usage = BTreeMap<String, Quantity>;

/// What a quota asks containers to name if it limits it.
const TO_NAME: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
/// What else of pods can be limited by name.
const OF_PODS: [&str; 5] =
    ["count/pods", "ephemeral-storage", "limits.ephemeral-storage", "pods", "requests.ephemeral-storage"];

/// Refuses a new object that the quotas of its namespace leave no room for.
///
/// # Errors
/// The first quota that does not allow it.
pub(crate) fn check(object: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    let (kind, meta) = (text(object, "kind"), &object["metadata"]);
    let mut quotas = world.list("ResourceQuota", text(meta, "namespace"));
    quotas.retain(|quota| {
        in_scope(quota, object) && entries(&quota["spec"], "hard").any(|(name, _)| is_of(kind, name))
    });
    let group = text(object, "apiVersion").split_once('/').map_or("", |(group, _)| group);
    let forbid = |why: String| Err(Status::forbidden(kind, group, text(meta, "name"), &why));
    for quota in &quotas {
        let name = text(&quota["metadata"], "name");
        let missing = if kind == "Pod" { unnamed(quota, object) } else { Vec::new() };
        if !missing.is_empty() {
            return forbid(format!("failed quota: {name}: must specify {}", missing.join("; ")));
        }
    }
    let wanted = usage(object);
    for quota in &quotas {
        let mut used = Usage::new();
        for other in world.list(kind, text(meta, "namespace")).iter().filter(|other| in_scope(quota, other)) {
            for (name, amount) in usage(other) {
                let sum = used.get(&name).map_or(amount, |sum| sum.plus(amount));
                used.insert(name, sum);
            }
        }
        let mut exceeded = [const { Vec::new() }; 3];
        for (name, hard) in entries(&quota["spec"], "hard") {
            let Some(amount) = wanted.get(name).filter(|amount| !amount.is_zero()) else { continue };
            let before = used.get(name).copied().unwrap_or(Quantity::ZERO);
            let limit = parsed(hard);
            if before.plus(*amount) > limit {
                for (shown, amount) in exceeded.iter_mut().zip([*amount, before, limit]) {
                    shown.push(format!("{name}={amount}"));
                }
            }
        }
        let [requested, used, limited] = exceeded.map(|parts| parts.join(","));
        if !requested.is_empty() {
            let name = text(&quota["metadata"], "name");
            return forbid(format!(
                "exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limited}"
            ));
        }
    }
    Ok(())
}

fn parsed(amount: &Value) -> Quantity {
    amount.as_str().and_then(|text| Quantity::parse(text).ok()).unwrap_or(Quantity::ZERO)
}

/// Whether objects of a kind count for a limit of that name.
fn is_of(kind: &str, name: &str) -> bool {
    match kind {
        "Pod" => {
            let plain = name.strip_prefix("requests.").unwrap_or(name);
            TO_NAME.contains(&name)
                || OF_PODS.contains(&name)
                || plain.starts_with("hugepages-")
                || (plain != name && plain.contains('/') && !plain.contains("kubernetes.io/"))
        }
        "PersistentVolumeClaim" if name == "requests.storage" || name.contains(CLASS) => true,
        "Service" if name.starts_with("services.") => true,
        _ => {
            name == resource(kind)
                || name
                    .strip_prefix("count/")
                    .is_some_and(|name| name.split('.').next() == Some(&resource(kind)))
        }
    }
}

/// What each container leaves unnamed of what a quota limits, as the server lists it.
fn unnamed(quota: &Value, pod: &Value) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, _) in entries(&quota["spec"], "hard").filter(|(name, _)| TO_NAME.contains(name)) {
        let (field, plain) = match name.split_once('.') {
            Some((field, plain)) => (field, plain),
            None => ("requests", name),
        };
        let containers = ["containers", "initContainers"].iter().flat_map(|part| list(&pod["spec"], part));
        let without = containers.filter(|container| !has(&container["resources"][field], plain));
        let mut names: Vec<_> = without.map(|container| text(container, "name")).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            missing.push(format!("{name} for: {}", names.join(",")));
        }
    }
    missing
}

/// The part of a limit's name between a storage class and what is limited of it.
const CLASS: &str = ".storageclass.storage.k8s.io/";

/// What one object uses, by the names that quotas have for it.
fn usage(object: &Value) -> Usage {
    let (kind, spec) = (text(object, "kind"), &object["spec"]);
    let group = text(object, "apiVersion").split_once('/').map_or("", |(group, _)| group);
    let one = Quantity::from_integer(1);
    let mut used = Usage::new();
    used.insert(format!("count/{}", qualified(&resource(kind), group)), one);
    match kind {
        "Pod" if matches!(text(&object["status"], "phase"), "Succeeded" | "Failed") => {}
        "Pod" => {
            used.insert("pods".to_owned(), one);
            compute(&limits::whole(spec), &mut used);
        }
        "PersistentVolumeClaim" => {
            let size = parsed(&spec["resources"]["requests"]["storage"]);
            let class = text(spec, "storageClassName");
            for (name, amount) in [("persistentvolumeclaims", one), ("requests.storage", size)] {
                used.insert(name.to_owned(), amount);
                if !class.is_empty() {
                    used.insert(format!("{class}{CLASS}{name}"), amount);
                }
            }
        }
        "Service" => {
            used.insert("services".to_owned(), one);
            let (kind, ports) = (text(spec, "type"), list(spec, "ports"));
            let all = kind == "NodePort" || spec["allocateLoadBalancerNodePorts"] != false;
            let open = ports.iter().filter(|port| all || has(port, "nodePort")).count();
            if matches!(kind, "NodePort" | "LoadBalancer") {
                used.insert("services.nodeports".to_owned(), Quantity::from_integer(open as i64));
            }
            if kind == "LoadBalancer" {
                used.insert("services.loadbalancers".to_owned(), one);
            }
        }
        _ if group.is_empty() => {
            used.insert(resource(kind), one);
        }
        _ => {}
    }
    used
}

fn compute(resources: &Value, used: &mut Usage) {
    for field in ["requests", "limits"] {
        for (name, amount) in entries(resources, field) {
            let (amount, is_plain) = (parsed(amount), matches!(name, "cpu" | "memory" | "ephemeral-storage"));
            if is_plain || field == "requests" {
                used.insert(format!("{field}.{name}"), amount);
            }
            if field == "requests" && (is_plain || name.starts_with("hugepages-")) {
                used.insert(name.to_owned(), amount);
            }
        }
    }
}

/// Whether a quota counts an object: all of its scopes are those of the object, and only pods have scopes.
fn in_scope(quota: &Value, object: &Value) -> bool {
    let (spec, pod) = (&quota["spec"], &object["spec"]);
    let class = text(pod, "priorityClassName");
    let is = |scope: &str, operator: &str, values: &[Value]| {
        let listed = values.iter().any(|value| value == class);
        object["kind"] == "Pod"
            && match scope {
                "Terminating" => pod["activeDeadlineSeconds"].is_number(),
                "NotTerminating" => !pod["activeDeadlineSeconds"].is_number(),
                "BestEffort" => quality_of_service(pod) == "BestEffort",
                "NotBestEffort" => quality_of_service(pod) != "BestEffort",
                "PriorityClass" => match operator {
                    "In" => !class.is_empty() && listed,
                    "NotIn" => class.is_empty() || !listed,
                    "DoesNotExist" => class.is_empty(),
                    _ => !class.is_empty(),
                },
                _ => false,
            }
    };
    list(spec, "scopes").iter().all(|scope| is(scope.as_str().unwrap_or(""), "Exists", &[]))
        && list(&spec["scopeSelector"], "matchExpressions")
            .iter()
            .all(|one| is(text(one, "scopeName"), text(one, "operator"), list(one, "values")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::surroundings::Bare;
    use serde_json::json;

    /// A namespace with quotas and pods.
    struct Namespace(Vec<Value>);

    impl Surroundings for Namespace {
        fn get(&self, _kind: &str, _namespace: &str, _name: &str) -> Option<Value> {
            None
        }
        fn list(&self, kind: &str, _namespace: &str) -> Vec<Value> {
            self.0.iter().filter(|object| object["kind"] == kind).cloned().collect()
        }
        fn cluster_ip(&mut self) -> String {
            Bare::default().cluster_ip()
        }
        fn node_port(&mut self) -> Value {
            Bare::default().node_port()
        }
        fn suffix(&mut self) -> String {
            Bare::default().suffix()
        }
    }

    fn pod(requests: Value) -> Value {
        let container = json!({"name": "a", "resources": {"requests": requests}});
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "spec": {"containers": [container]}})
    }

    fn check_pod(quota: Value, requests: Value, expected: &str) {
        let quota = json!({"kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": quota});
        let there = Namespace(vec![quota, pod(json!({"cpu": "500m", "memory": "1Gi"}))]);
        let message = check(&pod(requests), &there).err().map(|status| status.message).unwrap_or_default();
        assert_eq!(message.trim_start_matches("pods \"web-1\" is forbidden: "), expected);
    }

    #[test]
    fn pods_share_what_there_is() {
        let cpu = json!({"cpu": "500m"});
        check_pod(json!({"hard": {"pods": "2", "requests.cpu": "1"}}), cpu.clone(), "");
        check_pod(
            json!({"hard": {"pods": "1", "requests.cpu": "900m"}}),
            cpu.clone(),
            "exceeded quota: small, requested: pods=1,requests.cpu=500m, used: pods=1,requests.cpu=500m, limited: pods=1,requests.cpu=900m",
        );
        check_pod(
            json!({"hard": {"limits.memory": "1Gi", "requests.memory": "1Gi"}}),
            cpu.clone(),
            "failed quota: small: must specify limits.memory for: a; requests.memory for: a",
        );
        check_pod(json!({"hard": {"pods": "1"}, "scopes": ["BestEffort"]}), cpu.clone(), "");
        check_pod(json!({"hard": {"configmaps": "0", "count/jobs.batch": "0"}}), cpu, "");
    }

    #[test]
    fn every_kind_has_its_names() {
        let names = |object: Value| usage(&object).into_keys().collect::<Vec<_>>().join(" ");
        let claim = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "spec": {"storageClassName": "fast"}});
        assert_eq!(
            names(claim),
            "count/persistentvolumeclaims fast.storageclass.storage.k8s.io/persistentvolumeclaims fast.storageclass.storage.k8s.io/requests.storage persistentvolumeclaims requests.storage"
        );
        assert_eq!(names(json!({"kind": "ConfigMap", "apiVersion": "v1"})), "configmaps count/configmaps");
        assert_eq!(names(json!({"kind": "StatefulSet", "apiVersion": "apps/v1"})), "count/statefulsets.apps");
    }
}
