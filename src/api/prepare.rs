//! What the server sets itself before it validates: status, generation, fields of closed feature gates.
//!
//! Mirrors `PrepareForCreate` and `PrepareForUpdate` of the registries' strategies.

use serde_json::{Value, json};

use super::gates::Gates;
use super::job_selector;
use super::prepare_pod;
use super::quantity::Quantity;
use super::read::{entries, has, list, text};
use super::service_address;
use super::validate::same;

/// Kinds whose generation counts changes of the spec.
const GENERATIONS: [&str; 10] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "StatefulSet",
];

/// Prepares a new object, which will have the uid. Returns what the server warns of on the way.
pub(crate) fn create(object: &mut Value, uid: &str, gates: &Gates) -> Vec<String> {
    let mut warned = Vec::new();
    let kind = text(object, "kind").to_owned();
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
    ] {
        if let Some(meta) = object["metadata"].as_object_mut() {
            meta.remove(field);
        }
    }
    match GENERATIONS.contains(&kind.as_str()) {
        true => object["metadata"]["generation"] = 1.into(),
        false if matches!(kind.as_str(), "Service" | "HorizontalPodAutoscaler") => {
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("generation");
            }
        }
        false => {}
    }
    if let Some(map) = object.as_object_mut()
        && map.contains_key("status")
    {
        map.insert("status".to_owned(), json!({}));
    }
    prepare_pod::drop_closed_gates(object, None);
    match kind.as_str() {
        "StatefulSet" => drop_closed_gates(object, None, gates),
        "ServiceAccount" => names_only(object),
        "Pod" => {
            object["status"] = json!({"phase": "Pending", "qosClass": quality_of_service(&object["spec"])});
            prepare_pod::create(object, &mut warned);
        }
        "PersistentVolumeClaim" => {
            object["status"] = json!({"phase": "Pending"});
            drop_data_sources(&mut object["spec"], None);
            link_data_sources(&mut object["spec"]);
        }
        "PersistentVolume" => object["status"] = json!({"phase": "Pending"}),
        "Namespace" => {
            object["status"] = json!({"phase": "Active"});
            object["spec"] = json!({"finalizers": ["kubernetes"]});
        }
        "Job" => {
            let name = text(&object["metadata"], "name").to_owned();
            job_selector::generate(&mut object["spec"], &name, uid);
        }
        _ => {}
    }
    object["metadata"]["uid"] = uid.into();
    warned
}

/// Prepares a changed object: its status is the old one's, its generation follows the spec.
pub(crate) fn update(new: &mut Value, old: &Value, gates: &Gates) {
    let kind = text(new, "kind").to_owned();
    if has(old, "status") && !matches!(kind.as_str(), "Endpoints" | "EndpointSlice") {
        new["status"] = old["status"].clone();
    }
    for field in [
        "uid",
        "creationTimestamp",
        "resourceVersion",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        let before = &old["metadata"][field];
        // Who sets one of these is told later that it does not change.
        let keeps_own = match field {
            "uid" | "deletionGracePeriodSeconds" => has(&new["metadata"], field),
            "deletionTimestamp" => before.is_null(),
            _ => false,
        };
        if !keeps_own {
            if before.is_null() {
                if let Some(meta) = new["metadata"].as_object_mut() {
                    meta.remove(field);
                }
            } else {
                new["metadata"][field] = before.clone();
            }
        }
    }
    prepare_pod::drop_closed_gates(new, Some(old));
    match kind.as_str() {
        "StatefulSet" => drop_closed_gates(new, Some(old), gates),
        "ServiceAccount" => names_only(new),
        "PersistentVolumeClaim" => {
            drop_data_sources(&mut new["spec"], Some(old));
            link_data_sources(&mut new["spec"]);
        }
        "Namespace" => new["spec"] = old["spec"].clone(),
        "Service" => {
            service_address::drop_for_type(&mut new["spec"], &old["spec"]);
            if new["spec"]["type"] != "LoadBalancer" && has(&new["status"], "loadBalancer") {
                new["status"]["loadBalancer"] = json!({});
            }
        }
        _ => {}
    }
    if GENERATIONS.contains(&kind.as_str()) {
        let annotated =
            kind == "Deployment" && !same(&new["metadata"]["annotations"], &old["metadata"]["annotations"]);
        if annotated || !same(&new["spec"], &old["spec"]) {
            let before = old["metadata"]["generation"].as_i64().unwrap_or(0);
            new["metadata"]["generation"] = (before + 1).into();
        }
    }
}

/// Of the Secrets that an account refers to, the server keeps the names.
fn names_only(account: &mut Value) {
    for secret in account.get_mut("secrets").and_then(Value::as_array_mut).into_iter().flatten() {
        *secret = json!({"name": secret["name"]});
    }
}

/// Fields of closed gates are dropped unless the old object has them.
fn drop_closed_gates(object: &mut Value, old: Option<&Value>, gates: &Gates) {
    let path = "/spec/updateStrategy/rollingUpdate/maxUnavailable";
    let in_use = old.is_some_and(|old| old.pointer(path).is_some());
    if !gates.max_unavailable_stateful_set
        && !in_use
        && let Some(rolling) =
            object.pointer_mut("/spec/updateStrategy/rollingUpdate").and_then(Value::as_object_mut)
    {
        rolling.remove("maxUnavailable");
    }
}

/// A claim asks for other sources than claims and snapshots through `dataSourceRef` only, and not in other namespaces.
fn drop_data_sources(spec: &mut Value, old: Option<&Value>) {
    let in_use = |field: &str| old.is_some_and(|old| has(&old["spec"], field));
    let Some(map) = spec.as_object_mut() else { return };
    let elsewhere = map.get("dataSourceRef").is_some_and(|source| !text(source, "namespace").is_empty());
    if elsewhere && !in_use("dataSourceRef") {
        map.remove("dataSourceRef");
    }
    let known = map.get("dataSource").is_some_and(|source| {
        matches!(
            (text(source, "apiGroup"), text(source, "kind")),
            ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
        )
    });
    if !known && !map.contains_key("dataSourceRef") && !in_use("dataSource") {
        map.remove("dataSource");
    }
}

/// `dataSource` and `dataSourceRef` say the same when only one of them was given.
fn link_data_sources(spec: &mut Value) {
    if has(spec, "dataSource") && !has(spec, "dataSourceRef") {
        spec["dataSourceRef"] = spec["dataSource"].clone();
    } else if has(spec, "dataSourceRef") && !has(spec, "dataSource") {
        spec["dataSource"] = spec["dataSourceRef"].clone();
    }
}

/// How the node treats a pod when memory runs short: `Guaranteed`, `Burstable` or `BestEffort`.
pub fn quality_of_service(spec: &Value) -> &'static str {
    let positive = |amount: &Value| {
        amount.as_str().and_then(|text| Quantity::parse(text).ok()).filter(|amount| *amount > Quantity::ZERO)
    };
    let mut any = false;
    let mut guaranteed = true;
    for container in ["containers", "initContainers"].iter().flat_map(|field| list(spec, field)) {
        let resources = &container["resources"];
        for name in ["cpu", "memory"] {
            let (request, limit) =
                (positive(&resources["requests"][name]), positive(&resources["limits"][name]));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request == limit || request.is_none());
        }
    }
    for field in ["requests", "limits"] {
        any |= entries(&spec["resources"], field).any(|(_, amount)| positive(amount).is_some());
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
