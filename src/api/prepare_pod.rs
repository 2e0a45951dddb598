//! What the server sets in pods and in the templates of pods before it validates.
//!
//! Mirrors `DropDisabledPodFields` and what the strategy of pods does to a new pod.

use serde_json::{Value, json};

use super::field::Path;
use super::read::{has, list, text};
use super::validate::APP_ARMOR;

/// Where the spec of an object's pods stands.
fn spec_of(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("/spec"),
        "PodTemplate" => Some("/template/spec"),
        "StatefulSet" | "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" => Some("/spec/template/spec"),
        "CronJob" => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// Drops fields of closed gates unless the old object has them: `ContainerStopSignals`, `GenericWorkload`,
/// `ClusterTrustBundleProjection` and `PodCertificateRequest`.
pub(super) fn drop_closed_gates(object: &mut Value, old: Option<&Value>) {
    let Some(path) = spec_of(text(object, "kind")) else { return };
    let before = old.and_then(|old| old.pointer(path)).unwrap_or(&Value::Null);
    let Some(spec) = object.pointer_mut(path).and_then(Value::as_object_mut) else { return };
    if !has(before, "schedulingGroup") {
        spec.remove("schedulingGroup");
    }
    let containers = ["initContainers", "containers", "ephemeralContainers"];
    if !containers.iter().flat_map(|field| list(before, field)).any(|it| has(&it["lifecycle"], "stopSignal"))
    {
        for field in containers {
            for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
                drop_stop_signal(container);
            }
        }
    }
    for kind in ["clusterTrustBundle", "podCertificate"] {
        let sources = |volume: &Value| list(&volume["projected"], "sources").iter().any(|it| has(it, kind));
        if list(before, "volumes").iter().any(sources) {
            continue;
        }
        for volume in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
            let sources = volume.pointer_mut("/projected/sources").and_then(Value::as_array_mut);
            for source in sources.into_iter().flatten().filter_map(Value::as_object_mut) {
                source.remove(kind);
            }
        }
    }
}

fn drop_stop_signal(container: &mut Value) {
    let Some(lifecycle) = container.get_mut("lifecycle").and_then(Value::as_object_mut) else { return };
    if lifecycle.remove("stopSignal").is_some()
        && lifecycle.is_empty()
        && let Some(container) = container.as_object_mut()
    {
        container.remove("lifecycle");
    }
}

/// Sets what a new pod has from its start, and tells what the server warns of on the way.
pub(super) fn create(pod: &mut Value, warned: &mut Vec<String>) {
    app_armor(pod, warned);
    if !list(&pod["spec"], "schedulingGates").is_empty() {
        pod["status"]["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
    }
    let labels = pod["metadata"]["labels"].clone();
    if !labels.is_object() {
        return;
    }
    for term in items(pod, "/spec/topologySpreadConstraints") {
        select_own(term, &labels, &[("matchLabelKeys", "In")]);
    }
    let both = [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")];
    for path in ["/spec/affinity/podAffinity", "/spec/affinity/podAntiAffinity"] {
        for term in items(pod, &format!("{path}/requiredDuringSchedulingIgnoredDuringExecution")) {
            select_own(term, &labels, &both);
        }
        for term in items(pod, &format!("{path}/preferredDuringSchedulingIgnoredDuringExecution")) {
            select_own(&mut term["podAffinityTerm"], &labels, &both);
        }
    }
}

/// AppArmor profiles of annotations become fields of containers that have none.
fn app_armor(pod: &mut Value, warned: &mut Vec<String>) {
    let annotations = pod["metadata"]["annotations"].clone();
    if annotations.is_null() || pod["spec"]["os"]["name"] == "windows" {
        return;
    }
    let of_pod = pod["spec"]["securityContext"]["appArmorProfile"].clone();
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        for container in pod["spec"][field].as_array_mut().into_iter().flatten() {
            let key = format!("{APP_ARMOR}{}", text(container, "name"));
            let Some(annotation) = annotations[&key].as_str() else { continue };
            if has(&container["securityContext"], "appArmorProfile") {
                continue;
            }
            let profile = profile(annotation);
            if profile.as_ref() == Some(&of_pod) {
                continue;
            }
            let at = Path::new("metadata").child("annotations").key(&key);
            warned.push(format!("{at}: deprecated since v1.30; use the \"appArmorProfile\" field instead"));
            if let Some(profile) = profile {
                container["securityContext"]["appArmorProfile"] = profile;
            }
        }
    }
}

/// The profile that an annotation names, if a field could name it too.
fn profile(annotation: &str) -> Option<Value> {
    match (annotation, annotation.strip_prefix("localhost/")) {
        ("unconfined", _) => Some(json!({"type": "Unconfined"})),
        ("runtime/default", _) => Some(json!({"type": "RuntimeDefault"})),
        (_, Some(name)) if !name.is_empty() && name.trim() == name && name.len() <= 4095 => {
            Some(json!({"type": "Localhost", "localhostProfile": name}))
        }
        _ => None,
    }
}

fn items<'a>(object: &'a mut Value, path: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    object.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Turns keys whose values are the pod's own into expressions of the selector.
fn select_own(term: &mut Value, labels: &Value, keys: &[(&str, &str)]) {
    if !has(term, "labelSelector") {
        return;
    }
    for (field, operator) in keys {
        for key in list(term, field).to_vec().iter().filter_map(Value::as_str) {
            let Some(value) = labels.get(key) else { continue };
            let expression = json!({"key": key, "operator": operator, "values": [value]});
            match term["labelSelector"]["matchExpressions"].as_array_mut() {
                Some(expressions) => expressions.push(expression),
                None => term["labelSelector"]["matchExpressions"] = json!([expression]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_gates_drop_their_fields() {
        let spec =
            |lifecycle: Value| json!({"kind": "Pod", "spec": {"containers": [{"lifecycle": lifecycle}]}});
        let mut pod = spec(json!({"stopSignal": "SIGINT"}));
        drop_closed_gates(&mut pod, None);
        assert_eq!(pod, json!({"kind": "Pod", "spec": {"containers": [{}]}}));
        let old = spec(json!({"stopSignal": "SIGINT"}));
        let mut pod = old.clone();
        drop_closed_gates(&mut pod, Some(&old));
        assert_eq!(pod, old);
    }

    #[test]
    fn gated_pods_wait_and_select_like_themselves() {
        let constraint = json!({"matchLabelKeys": ["a", "b"], "labelSelector": {}});
        let spec = json!({"schedulingGates": [{"name": "g"}], "topologySpreadConstraints": [constraint]});
        let mut pod = json!({"metadata": {"labels": {"a": "1"}}, "spec": spec});
        create(&mut pod, &mut Vec::new());
        assert_eq!(pod["status"]["conditions"][0]["reason"], "SchedulingGated");
        assert_eq!(
            pod["spec"]["topologySpreadConstraints"][0]["labelSelector"],
            json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]})
        );
    }

    #[test]
    fn annotated_profiles_become_fields() {
        let check = |annotation: &str, of_pod: Value, expected: Value, warnings: usize| {
            let annotations = json!({"container.apparmor.security.beta.kubernetes.io/a": annotation});
            let spec = json!({"containers": [{"name": "a"}], "securityContext": {"appArmorProfile": of_pod}});
            let mut pod = json!({"metadata": {"annotations": annotations}, "spec": spec});
            let mut warned = Vec::new();
            create(&mut pod, &mut warned);
            let found = &pod["spec"]["containers"][0]["securityContext"]["appArmorProfile"];
            assert_eq!((found, warned.len()), (&expected, warnings), "{annotation}");
        };
        check("runtime/default", Value::Null, json!({"type": "RuntimeDefault"}), 1);
        check("runtime/default", json!({"type": "RuntimeDefault"}), Value::Null, 0);
        check("localhost/a", Value::Null, json!({"type": "Localhost", "localhostProfile": "a"}), 1);
        check("localhost/", Value::Null, Value::Null, 1);
    }
}
