//! Replays requests to a real API server: `tests/golden/validation`, every file but `yaml-scalars.json`.

use serde_json::{Value, json};
use statefulset_playground::api::apply::{self, Output};
use statefulset_playground::api::body::{Body, Refused};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::api::server::{self, Accepted, PatchKind, Target};
use statefulset_playground::api::surroundings::Surroundings;

use super::{Tally, folder};

/// What the recording cluster had, and the values that the recordings replace by placeholders.
pub(crate) struct Recorded;

const ADDRESS: &str = "10.96.77.77";
const PORT: i64 = 31_234;
const SUFFIX: &str = "zzzzz";
const UID: &str = "<uid>";

impl Surroundings for Recorded {
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let list = self.list(kind, namespace);
        list.into_iter().find(|object| object["metadata"]["name"] == name)
    }

    fn list(&self, kind: &str, namespace: &str) -> Vec<Value> {
        let default = json!({"storageclass.kubernetes.io/is-default-class": "true"});
        match kind {
            "ServiceAccount" => vec![json!({"metadata": {"name": "default", "namespace": namespace}})],
            "StorageClass" => vec![
                json!({"metadata": {"name": "standard", "annotations": default}, "allowVolumeExpansion": false}),
                json!({"metadata": {"name": "expand"}, "allowVolumeExpansion": true}),
            ],
            _ => Vec::new(),
        }
    }

    fn cluster_ip(&mut self) -> String {
        ADDRESS.to_owned()
    }

    fn node_port(&mut self) -> Value {
        PORT.into()
    }

    fn suffix(&mut self) -> String {
        SUFFIX.to_owned()
    }

    fn is_dry_run(&self) -> bool {
        true
    }
}

/// Puts the recordings' placeholders in.
fn with_placeholders(text: &str) -> String {
    text.replace(ADDRESS, "<clusterIP>")
        .replace(&PORT.to_string(), "\"<nodePort>\"")
        .replace(SUFFIX, "<random>")
}

pub(crate) fn group_version(kind: &str) -> &'static str {
    match kind {
        "StatefulSet" | "Deployment" | "ReplicaSet" | "DaemonSet" | "ControllerRevision" => "apps/v1",
        "Job" | "CronJob" => "batch/v1",
        "HorizontalPodAutoscaler" => "autoscaling/v2",
        "Ingress" | "NetworkPolicy" => "networking.k8s.io/v1",
        "PodDisruptionBudget" => "policy/v1",
        "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => "rbac.authorization.k8s.io/v1",
        "StorageClass" => "storage.k8s.io/v1",
        "EndpointSlice" => "discovery.k8s.io/v1",
        _ => "v1",
    }
}

/// The object that stands before an update, as the server stored it.
pub(crate) fn stored(case: &Value, target: Target<'_>, gates: &Gates) -> Result<Value, String> {
    let text = case["old"].as_str().ok_or("no old object")?;
    let created = server::create(&Body::yaml(text), target, &mut Recorded, gates);
    let mut old =
        created.map_err(|refused| format!("the old object is refused: {}", refused.status.message))?.object;
    old["metadata"]["uid"] = UID.into();
    old["metadata"]["resourceVersion"] = "468".into();
    old["metadata"]["creationTimestamp"] = "2026-11-21T00:11:53Z".into();
    for (field, value) in case["setupStatus"].as_object().into_iter().flatten() {
        old["status"][field] = value.clone();
    }
    Ok(old)
}

fn answer(case: &Value, gates: &Gates) -> Result<Result<(u64, Accepted), Refused>, String> {
    let kind = case["kind"].as_str().ok_or("no kind")?;
    let target = Target { group_version: group_version(kind), kind, namespace: "val" };
    let manifest = || Body::yaml(case["manifest"].as_str().unwrap_or(""));
    Ok(match case["op"].as_str() {
        Some("create") => {
            server::create(&manifest(), target, &mut Recorded, gates).map(|accepted| (201, accepted))
        }
        Some("update") => {
            let old = stored(case, target, gates)?;
            server::replace(&manifest(), &old, target, &mut Recorded, gates).map(|accepted| (200, accepted))
        }
        _ => {
            let old = stored(case, target, gates)?;
            let kind = match case["patchType"].as_str() {
                Some("json") => PatchKind::Json,
                Some("merge") => PatchKind::Merge,
                _ => PatchKind::Strategic,
            };
            if case["subresource"] == "scale" {
                let scaled = server::patch_scale(&case["patch"], kind, &old, gates);
                let scaled = scaled.map(|object| server::scale_of(&object));
                scaled.map(|object| (200, Accepted { object, warnings: Vec::new() }))
            } else {
                server::patch(&case["patch"], kind, &old, target, &mut Recorded, gates)
                    .map(|accepted| (200, accepted))
            }
        }
    })
}

/// The object as the recordings keep it.
fn recorded_form(mut object: Value) -> Value {
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        if let Some(meta) = object["metadata"].as_object_mut() {
            meta.remove(field);
        }
    }
    serde_json::from_str(&with_placeholders(&object.to_string())).expect("placeholders keep JSON valid")
}

fn compare(case: &Value, gates: &Gates) -> Result<(), String> {
    let expected = &case["expected"];
    match answer(case, gates)? {
        Ok((code, accepted)) => {
            if expected["accepted"] != true {
                return Err(format!("accepted, but expected {}", expected["message"]));
            }
            equal("code", &expected["httpCode"], &code.into())?;
            equal("warnings", &expected["warnings"], &accepted.warnings.into())?;
            equal_objects("object", &expected["object"], &recorded_form(accepted.object))
        }
        Err(refused) => compare_refusal(case, &refused),
    }
}

fn compare_refusal(case: &Value, refused: &Refused) -> Result<(), String> {
    let (expected, status) = (&case["expected"], &refused.status);
    if expected["accepted"] == true {
        return Err(format!("refused: {}", status.message));
    }
    equal("code", &expected["httpCode"], &status.code.into())?;
    equal("reason", &expected["reason"], &status.reason.into())?;
    if expected["message"]
        .as_str()
        .is_some_and(|message| message.contains("is invalid: patch: Invalid value"))
    {
        return Ok(());
    }
    let message = with_placeholders(&status.message);
    if expected["message"].as_str().map(unordered) != Some(unordered(&message)) {
        return Err(format!("message\n- {}\n+ {message}", expected["message"].as_str().unwrap_or("")));
    }
    let causes = |list: Vec<Value>| {
        let mut list: Vec<String> = list.iter().map(Value::to_string).collect();
        if list.iter().any(|cause| cause.contains(".resources")) {
            list.sort();
        }
        Value::from(list)
    };
    let actual = status.causes.iter().map(|cause| {
        let message = with_placeholders(&cause.body());
        json!({"reason": cause.reason.cause(), "message": message, "field": cause.field})
    });
    let actual = causes(actual.collect());
    equal("causes", &causes(expected["causes"].as_array().cloned().unwrap_or_default()), &actual)?;
    let details = status.details.as_ref().map(|details| {
        let fields = [("name", &details.name), ("group", &details.group), ("kind", &details.kind)];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        Value::Object(fields.map(|(field, value)| (field.to_owned(), value.as_str().into())).collect())
    });
    let empty = |details: Option<Value>| {
        details.filter(|details| details.as_object().is_some_and(|map| !map.is_empty()))
    };
    let expected = empty(expected.get("details").cloned());
    equal("details", &expected.into(), &empty(details).into())
}

/// Go walks maps of resources in random order, so the parts of such messages are compared as a set.
fn unordered(message: &str) -> Vec<String> {
    if !message.contains(".resources") {
        return vec![message.to_owned()];
    }
    let mut parts: Vec<String> = message.split([',', '[', ']']).map(|part| part.trim().to_owned()).collect();
    parts.sort();
    parts
}

fn equal(what: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err(format!("{what}\n- {expected}\n+ {actual}")) }
}

/// Compares trees and names the first path that differs.
fn equal_objects(path: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys()) {
                let absent = Value::from("(absent)");
                let (left, right) = (left.get(key).unwrap_or(&absent), right.get(key).unwrap_or(&absent));
                equal_objects(&format!("{path}.{key}"), left, right)?;
            }
            Ok(())
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.try_for_each(|(index, (left, right))| {
                equal_objects(&format!("{path}[{index}]"), left, right)
            })
        }
        _ => equal(path, expected, actual),
    }
}

/// Every file of the folder with its gates and cases.
pub(crate) fn files() -> Vec<(String, Gates, Vec<Value>)> {
    let Some(folder) = folder("validation") else { return Vec::new() };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is readable")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "yaml-scalars"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("the file is readable");
            let file: Value = serde_json::from_str(&text).expect("golden files are JSON");
            let gates = Gates {
                max_unavailable_stateful_set: name == "maxunavailable-gate-on",
                service_ca_in_token_volume: true,
            };
            (name, gates, file["cases"].as_array().cloned().unwrap_or_default())
        })
        .collect()
}

#[test]
fn validation() {
    let mut tally = Tally::new("validation");
    for (_, gates, cases) in files() {
        for case in cases {
            tally.record(case["id"].as_str().unwrap_or(""), compare(&case, &gates));
        }
    }
    tally.finish(None);
}

/// What kubectl printed, with the parts that vary replaced as the recordings do.
fn compare_kubectl(case: &Value, gates: &Gates) -> Result<(), String> {
    let kind = case["kind"].as_str().ok_or("no kind")?;
    let target = Target { group_version: group_version(kind), kind, namespace: "val" };
    let live = match case["op"].as_str() {
        Some("update") => {
            let mut applied = case.clone();
            let old = Body::yaml(case["old"].as_str().ok_or("no old object")?).root().to_json();
            let mut old = old;
            old["metadata"]["namespace"] = "val".into();
            applied["old"] = apply::with_last_applied(&old).to_string().into();
            Some(stored(&applied, target, gates)?)
        }
        _ => None,
    };
    let find = |kind: &str, name: &str| {
        live.clone().filter(|live| live["kind"] == kind && live["metadata"]["name"] == name)
    };
    let manifest = case["manifest"].as_str().ok_or("no manifest")?;
    let Output { exit_code, stdout, stderr } = apply::dry_run(manifest, "val", &find, &mut Recorded, gates);
    let expected = &case["kubectl"];
    equal("exit code", &expected["exitCode"], &exit_code.into())?;
    equal("stdout", &expected["stdout"], &stdout.into())?;
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if text.contains(".resources") {
            lines.sort();
        }
        lines
    };
    let stderr = with_placeholders(&stderr).replace("00000000-0000-0000-0000-000000000000", UID);
    equal("stderr", &lines(expected["stderr"].as_str().unwrap_or("")).into(), &lines(&stderr).into())
}

#[test]
fn validation_kubectl() {
    let mut tally = Tally::new("validation-kubectl");
    for (_, gates, cases) in files() {
        for case in cases.iter().filter(|case| !case["kubectl"].is_null()) {
            tally.record(case["id"].as_str().unwrap_or(""), compare_kubectl(case, &gates));
        }
    }
    tally.finish(None);
}
