//! Pods: the service account and its token, priority, tolerations for sick nodes, the runtime.

use serde_json::{Value, json};

use super::limits;
use crate::api::gates::Gates;
use crate::api::read::{has, list, text};
use crate::api::status::Status;
use crate::api::surroundings::Surroundings;

/// Where containers find the token.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How long the token lives, in seconds: an hour and some, so that the kubelet renews it in time.
const TOKEN_SECONDS: i64 = 3607;
/// How long a pod stays on a node that is not ready, in seconds.
const SICK_NODE_SECONDS: i64 = 300;

pub(super) fn admit(pod: &mut Value, world: &mut dyn Surroundings, gates: &Gates) -> Result<(), Status> {
    limits::fill_pod(pod, world);
    service_account(pod, world, gates)?;
    priority(pod, world)?;
    tolerate_sick_nodes(pod);
    runtime_class(pod, world)
}

/// A pod runs in the way of a class, and that class says what running it costs.
fn runtime_class(pod: &mut Value, world: &dyn Surroundings) -> Result<(), Status> {
    let Some(name) = pod["spec"]["runtimeClassName"].as_str() else { return Ok(()) };
    match world.get("RuntimeClass", "", name) {
        Some(class) if has(&class["overhead"], "podFixed") => {
            pod["spec"]["overhead"] = class["overhead"]["podFixed"].clone();
            Ok(())
        }
        Some(_) => Ok(()),
        None => Err(forbidden(pod, &format!("pod rejected: RuntimeClass {name:?} not found"))),
    }
}

/// Only classes say what running a pod costs.
pub(super) fn check_overhead(pod: &Value) -> Result<(), Status> {
    let spec = &pod["spec"];
    if has(spec, "overhead") && !has(spec, "runtimeClassName") {
        let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
        return Err(forbidden(pod, why));
    }
    Ok(())
}

fn forbidden(pod: &Value, why: &str) -> Status {
    Status::forbidden("Pod", "", text(&pod["metadata"], "name"), why)
}

fn service_account(pod: &mut Value, world: &mut dyn Surroundings, gates: &Gates) -> Result<(), Status> {
    if text(&pod["spec"], "serviceAccountName").is_empty() {
        pod["spec"]["serviceAccountName"] = "default".into();
    }
    let name = text(&pod["spec"], "serviceAccountName").to_owned();
    pod["spec"]["serviceAccount"] = name.as_str().into();
    let namespace = text(&pod["metadata"], "namespace");
    let Some(account) = world.get("ServiceAccount", namespace, &name) else {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
        );
        return Err(forbidden(pod, &why));
    };
    let wants = |object: &Value| object["automountServiceAccountToken"].as_bool();
    if wants(&pod["spec"]).or(wants(&account)).unwrap_or(true) {
        mount_token(pod, world, gates);
    }
    if list(&pod["spec"], "imagePullSecrets").is_empty() && !list(&account, "imagePullSecrets").is_empty() {
        pod["spec"]["imagePullSecrets"] = account["imagePullSecrets"].clone();
    }
    Ok(())
}

fn mount_token(pod: &mut Value, world: &mut dyn Surroundings, gates: &Gates) {
    let spec = &mut pod["spec"];
    let present = list(spec, "volumes").iter().map(|volume| text(volume, "name"));
    let name = present.into_iter().find(|name| name.starts_with("kube-api-access-")).map(str::to_owned);
    let (name, is_new) = match name {
        Some(name) => (name, false),
        None => (format!("kube-api-access-{}", world.suffix()), true),
    };
    let mut is_used = false;
    for field in ["initContainers", "containers"] {
        for container in spec[field].as_array_mut().into_iter().flatten() {
            if list(container, "volumeMounts").iter().any(|mount| text(mount, "mountPath") == TOKEN_PATH) {
                continue;
            }
            is_used = true;
            let mount = json!({"name": name, "readOnly": true, "mountPath": TOKEN_PATH});
            push(container, "volumeMounts", mount);
        }
    }
    if is_used && is_new {
        push(spec, "volumes", token_volume(&name, gates));
    }
}

fn push(object: &mut Value, field: &str, item: Value) {
    match object[field].as_array_mut() {
        Some(items) => items.push(item),
        None => object[field] = json!([item]),
    }
}

fn token_volume(name: &str, gates: &Gates) -> Value {
    let config =
        |name: &str, key: &str| json!({"configMap": {"name": name, "items": [{"key": key, "path": key}]}});
    let namespace =
        json!({"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}});
    let mut sources = vec![
        json!({"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}}),
        config("kube-root-ca.crt", "ca.crt"),
        json!({"downwardAPI": {"items": [namespace]}}),
    ];
    if gates.service_ca_in_token_volume {
        sources.push(config("openshift-service-ca.crt", "service-ca.crt"));
    }
    json!({"name": name, "projected": {"sources": sources, "defaultMode": 420}})
}

fn tolerate_sick_nodes(pod: &mut Value) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = list(&pod["spec"], "tolerations").iter().any(|toleration| {
            matches!(
                text(toleration, "key"),
                "" | "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable"
            ) && (text(toleration, "key").is_empty() || text(toleration, "key") == key)
                && matches!(text(toleration, "effect"), "" | "NoExecute")
        });
        if !tolerated {
            let toleration = json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SICK_NODE_SECONDS,
            });
            push(&mut pod["spec"], "tolerations", toleration);
        }
    }
}

fn priority(pod: &mut Value, world: &dyn Surroundings) -> Result<(), Status> {
    let name = text(&pod["spec"], "priorityClassName").to_owned();
    let (value, policy) = match name.as_str() {
        "" => (0, "PreemptLowerPriority".to_owned()),
        "system-cluster-critical" => (2_000_000_000, "PreemptLowerPriority".to_owned()),
        "system-node-critical" => (2_000_001_000, "PreemptLowerPriority".to_owned()),
        _ => match world.get("PriorityClass", "", &name) {
            Some(class) => {
                let policy = class["preemptionPolicy"].as_str().unwrap_or("PreemptLowerPriority").to_owned();
                (class["value"].as_i64().unwrap_or(0), policy)
            }
            None => return Err(forbidden(pod, &format!("no PriorityClass with name {name} was found"))),
        },
    };
    if let Some(given) = pod["spec"]["priority"].as_i64().filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    if has(&pod["spec"], "preemptionPolicy") && text(&pod["spec"], "preemptionPolicy") != policy {
        let given = text(&pod["spec"], "preemptionPolicy");
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    pod["spec"]["priority"] = value.into();
    pod["spec"]["preemptionPolicy"] = policy.into();
    Ok(())
}
