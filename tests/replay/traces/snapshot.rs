//! Shows a simulated cluster as the snapshots of the traces show the real one, and compares both.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use statefulset_playground::cluster::{Event, EventType, Kind, Object};

use super::player::Player;

/// Fields that only some traces recorded: compared where the recording has them.
const SOMETIMES: &[&str] = &[
    "onLostNode",
    "conditions",
    "statusReason",
    "storageClassName",
    "capacity",
    "selectedNode",
    "allocatedResources",
];

/// Compares code, reason, message and causes of an answer.
pub(crate) fn compare_response(expected: &Value, actual: &Value) -> Result<(), String> {
    // A message that prints a whole object holds times and versions: the README asks for code and reason alone.
    let prints_object = expected["message"].as_str().is_some_and(|text| text.contains("resourceVersion"));
    let fields: &[&str] =
        if prints_object { &["code", "reason"] } else { &["code", "reason", "message", "causes"] };
    for &field in fields {
        let (want, got) = (&expected[field], &actual[field]);
        if want != got && !want.is_null() {
            return Err(format!("response {field}\n- {want}\n+ {got}"));
        }
    }
    Ok(())
}

/// Compares all parts of a snapshot; the first that differs is shown item by item.
pub(crate) fn compare(expected: &Value, player: &mut Player, racy_events: bool) -> Result<(), String> {
    learn_names(player);
    let events = new_events(player);
    for (part, want) in expected.as_object().into_iter().flatten() {
        let have = match part.as_str() {
            "statefulsets" => all(player, Kind::StatefulSet, stateful_set),
            "pods" => all(player, Kind::Pod, pod),
            "pvcs" => all(player, Kind::PersistentVolumeClaim, claim),
            "controllerrevisions" => all(player, Kind::ControllerRevision, revision),
            "deployments" => all(player, Kind::Deployment, deployment),
            "replicasets" => all(player, Kind::ReplicaSet, replica_set),
            "poddisruptionbudgets" => all(player, Kind::PodDisruptionBudget, budget),
            "endpointslices" => slices(player),
            "newEvents" if !racy_events => events.clone(),
            "lostNode" => vec![lost_node(player)],
            _ => continue,
        };
        let want: Vec<Value> = want.as_array().cloned().unwrap_or_else(|| vec![want.clone()]);
        let want: Vec<Value> = want.iter().map(|item| anonymous(item.clone())).collect();
        compare_items(part, want, have.into_iter().map(anonymous).collect())?;
    }
    Ok(())
}

/// Replaces the number of a Deployment's pod, since its pods are interchangeable.
fn anonymous(value: Value) -> Value {
    match value {
        Value::String(mut text) => {
            // The name of the volume with the service account's token ends at random.
            if let Some(place) = text.find("kube-api-access-") {
                let start = place + "kube-api-access-".len();
                text.replace_range(start..(start + 5).min(text.len()), "*****");
            }
            let mut out = String::new();
            for (place, part) in text.split("-rs").enumerate() {
                if place > 0 {
                    out.push_str("-rs");
                    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
                    let rest = part[digits..].strip_prefix('-').filter(|_| digits > 0);
                    if let Some(rest) =
                        rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '*'))
                    {
                        out.push_str(&part[..digits]);
                        out.push_str("-*");
                        out.push_str(rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '*'));
                        continue;
                    }
                }
                out.push_str(part);
            }
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(anonymous).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, anonymous(value))).collect())
        }
        other => other,
    }
}

fn compare_items(part: &str, want: Vec<Value>, mut have: Vec<Value>) -> Result<(), String> {
    // Which of many alike were combined depends on what came first, so their texts are not compared.
    let is_combined = |item: &Value| {
        let message = item["message"].as_str();
        message.is_some_and(|message| message.starts_with("(combined from similar events)"))
    };
    let mut missing = Vec::new();
    have.retain(|item| !is_combined(item));
    for want in want.into_iter().filter(|item| !is_combined(item)) {
        match have.iter().position(|have| matches(&want, have)) {
            Some(place) => {
                have.remove(place);
            }
            None => missing.push(want),
        }
    }
    if missing.is_empty() && have.is_empty() {
        return Ok(());
    }
    let mut text = part.to_owned();
    for (sign, items) in [('-', missing), ('+', have)] {
        for item in items.iter().take(3) {
            let mut line = item.to_string();
            if let Some((end, _)) = line.char_indices().nth(1200) {
                line.truncate(end);
            }
            text.push_str(&format!("\n{sign} {line}"));
        }
    }
    Err(text)
}

/// Whether an item is as recorded; what the recording does not have may be left out.
fn matches(want: &Value, have: &Value) -> bool {
    let (Some(want), Some(have)) = (want.as_object(), have.as_object()) else { return want == have };
    let varies = want.get("count").is_some_and(|count| count == "varies");
    let same = |key: &String, value: &Value| (varies && key == "count") || have.get(key) == Some(value);
    want.iter().all(|(key, value)| same(key, value))
        && have.keys().all(|key| {
            want.contains_key(key) || SOMETIMES.contains(&key.as_str()) || (varies && key == "count")
        })
}

fn learn_names(player: &mut Player) {
    let Player { cluster, names, .. } = player;
    for (kind, tag) in [(Kind::ControllerRevision, "rev"), (Kind::ReplicaSet, "rs")] {
        let mut objects: Vec<_> = cluster.list(kind).collect();
        objects.sort_by_key(|object| object.meta.uid);
        for object in objects {
            let name = object.meta.name.to_string();
            if names.contains_key(&name) {
                continue;
            }
            let owner = name.rsplit_once('-').map_or("", |(owner, _)| owner).to_owned();
            let prefix = format!("{owner}-{tag}");
            let number = 1 + names.values().filter(|known| known.starts_with(&prefix)).count();
            names.insert(name, format!("{prefix}{number}"));
        }
    }
}

impl Player {
    /// A text with the real names in it replaced by the normalised ones.
    fn normal(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (real, normal) in &self.names {
            if text.contains(real.as_str()) {
                text = text.replace(real.as_str(), normal);
            }
        }
        // What is left of a pod's name behind its ReplicaSet's is random.
        if let Some(place) = text.find("-rs")
            && let Some(end) = text[place + 3..].find('-')
            && text[place + 3..place + 3 + end].bytes().all(|byte| byte.is_ascii_digit())
            && text[place + 4 + end..].bytes().take(5).all(|byte| byte.is_ascii_alphanumeric())
        {
            text.replace_range(place + 4 + end.., "*");
        }
        text
    }
}

fn all(player: &Player, kind: Kind, show: fn(&Player, &Object) -> Value) -> Vec<Value> {
    let objects = player.cluster.list(kind).filter(|object| &*object.meta.namespace == "default");
    objects.map(|object| show(player, object)).collect()
}

fn owners(player: &Player, object: &Object) -> Value {
    let owner = |owner: &statefulset_playground::cluster::OwnerReference| {
        json!({"kind": &*owner.kind, "name": player.normal(&owner.name), "controller": owner.controller,
            "blockOwnerDeletion": owner.block_owner_deletion})
    };
    object.meta.owners.iter().map(owner).collect()
}

fn kept(from: &Value, fields: &[&str]) -> Value {
    let kept = fields.iter().filter(|field| !from[**field].is_null());
    Value::Object(kept.map(|field| ((*field).to_owned(), from[*field].clone())).collect::<Map<_, _>>())
}

fn stateful_set(player: &Player, object: &Object) -> Value {
    let value = object.to_value();
    let fields = [
        "replicas",
        "podManagementPolicy",
        "updateStrategy",
        "persistentVolumeClaimRetentionPolicy",
        "revisionHistoryLimit",
        "minReadySeconds",
        "ordinals",
    ];
    let mut status = value["status"].clone();
    for field in ["currentRevision", "updateRevision"] {
        if let Some(name) = status[field].as_str() {
            status[field] = Value::from(player.normal(name));
        }
    }
    json!({
        "name": &*object.meta.name, "incarnation": object.meta.incarnation, "generation": object.meta.generation,
        "terminating": object.meta.is_terminating(),
        "finalizers": object.meta.finalizers.iter().map(|name| &**name).collect::<Vec<_>>(),
        "spec": kept(&value["spec"], &fields), "status": status,
    })
}

fn pod(player: &Player, object: &Object) -> Value {
    let value = object.to_value();
    let pod = object.as_pod().expect("a pod");
    let labels: BTreeMap<String, String> =
        object.meta.labels.iter().map(|(key, label)| (key.to_string(), label.to_string())).collect();
    let revision = labels.get("controller-revision-hash").map(|name| player.normal(name));
    let set = object.meta.controller().map(|owner| player.normal(&owner.name)).unwrap_or_default();
    let shown = |(key, label): (&String, &String)| match key.as_str() {
        "pod-template-hash" => (key.clone(), format!("<{set}>")),
        _ => (key.clone(), player.normal(label)),
    };
    let claims: BTreeMap<_, _> = pod.claims.iter().map(|(volume, claim)| (&**volume, &**claim)).collect();
    let images: BTreeMap<_, _> = pod
        .spec
        .containers()
        .iter()
        .map(|container| (container["name"].as_str(), container["image"].as_str()))
        .map(|(name, image)| (name.unwrap_or(""), image))
        .collect();
    let mut shown = json!({
        "name": player.normal(&object.meta.name), "incarnation": object.meta.incarnation,
        "phase": value["status"]["phase"], "ready": pod.is_ready(), "terminating": object.meta.is_terminating(),
        "scheduled": pod.node.is_some(), "revision": revision,
        "labels": labels.iter().map(shown).collect::<BTreeMap<_, _>>(), "hostname": value["spec"]["hostname"],
        "subdomain": value["spec"]["subdomain"], "claims": claims, "images": images,
        "ownerReferences": owners(player, object),
    });
    if let Some(deletion) = object.meta.deletion {
        shown["deletionGracePeriodSeconds"] = deletion.grace.into();
    }
    let statuses = value["status"]["containerStatuses"].as_array().into_iter().flatten();
    if let Some(reason) = statuses.filter_map(|status| status["state"]["waiting"]["reason"].as_str()).next() {
        shown["waitingReason"] = reason.into();
    }
    shown["onLostNode"] = (player.lost.is_some() && pod.node.as_deref() == player.lost.as_deref()).into();
    let condition = |condition: &Value| {
        let mut shown = kept(condition, &["type", "status", "reason"]);
        // The hand-played kubelet of the recording gives no reasons.
        if shown["type"] != "DisruptionTarget" {
            shown.as_object_mut().map(|map| map.remove("reason"));
        }
        shown
    };
    let conditions = value["status"]["conditions"].as_array().into_iter().flatten();
    shown["conditions"] = conditions.map(condition).collect();
    shown
}

fn claim(player: &Player, object: &Object) -> Value {
    let value = object.to_value();
    json!({
        "name": &*object.meta.name, "incarnation": object.meta.incarnation, "phase": value["status"]["phase"],
        "terminating": object.meta.is_terminating(), "labels": value["metadata"].get("labels").cloned().unwrap_or_else(|| json!({})),
        "ownerReferences": owners(player, object), "storageRequest": value["spec"]["resources"]["requests"]["storage"],
        "finalizers": object.meta.finalizers.iter().map(|name| &**name).collect::<Vec<_>>(),
        "storageClassName": value["spec"]["storageClassName"], "capacity": value["status"]["capacity"]["storage"],
        "selectedNode": object.meta.annotations.contains_key("volume.kubernetes.io/selected-node"),
    })
}

fn revision(player: &Player, object: &Object) -> Value {
    json!({"name": player.normal(&object.meta.name), "revision": object.to_value()["revision"],
        "ownerReferences": owners(player, object)})
}

fn deployment(player: &Player, object: &Object) -> Value {
    let value = object.to_value();
    let mut status = value["status"].clone();
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    status.as_object_mut().map(|map| map.remove("conditions"));
    let mut conditions: Vec<_> = conditions
        .iter()
        .map(|condition| {
            let mut shown = kept(condition, &["type", "status", "reason", "message"]);
            shown["message"] = player.normal(shown["message"].as_str().unwrap_or("")).into();
            shown
        })
        .collect();
    conditions.sort_by_key(|condition| condition["type"].to_string());
    json!({"name": &*object.meta.name, "generation": object.meta.generation,
        "spec": kept(&value["spec"], &["replicas", "strategy"]),
        "revision": value["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "status": status, "conditions": conditions})
}

fn replica_set(player: &Player, object: &Object) -> Value {
    let value = object.to_value();
    json!({"name": player.normal(&object.meta.name),
        "revision": value["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "spec": kept(&value["spec"], &["replicas"]), "status": value["status"],
        "ownerReferences": owners(player, object)})
}

fn budget(_: &Player, object: &Object) -> Value {
    let value = object.to_value();
    let fields = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];
    json!({"name": &*object.meta.name, "spec": value["spec"], "status": kept(&value["status"], &fields)})
}

fn slices(player: &Player) -> Vec<Value> {
    let mut shown: BTreeMap<String, Value> = BTreeMap::new();
    for slice in player.cluster.endpoint_slices() {
        let ports: Vec<_> = slice
            .ports
            .iter()
            .map(|port| json!({"name": &*port.name, "protocol": &*port.protocol, "port": port.port}))
            .collect();
        let entry = shown.entry(slice.service.name.to_string()).or_insert_with(|| {
            json!({"service": &*slice.service.name, "headless": slice.headless, "addressType": "IPv4",
                "ports": ports, "endpoints": []})
        });
        for endpoint in &slice.endpoints {
            let mut value = json!({"pod": player.normal(&endpoint.pod), "conditions": {"ready": endpoint.ready,
                "serving": endpoint.serving, "terminating": endpoint.terminating}});
            if let Some(hostname) = &endpoint.hostname {
                value["hostname"] = Value::from(&**hostname);
            }
            entry["endpoints"].as_array_mut().expect("made above").push(value);
        }
    }
    shown.into_values().collect()
}

fn lost_node(player: &Player) -> Value {
    let Some(name) = &player.lost else { return Value::Null };
    let Ok(node) = player.cluster.get(Kind::Node, "", name) else { return Value::Null };
    let value = node.to_value();
    let ready = &value["status"]["conditions"][0];
    let taints = value["spec"]["taints"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let mut taints: Vec<_> =
        taints.map(|taint| format!("{}:{}", text(&taint["key"]), text(&taint["effect"]))).collect();
    taints.sort();
    json!({"ready": ready["status"], "reason": ready["reason"], "taints": taints})
}

/// What the recording calls infrastructure, and does not compare.
const INFRASTRUCTURE: &[&str] = &[
    "Scheduled",
    "FailedScheduling",
    "ExternalProvisioning",
    "ProvisioningSucceeded",
    "ProvisioningFailed",
    "WaitForFirstConsumer",
    "FailedBinding",
];

/// The events that are new, or happened again, since the last snapshot.
fn new_events(player: &mut Player) -> Vec<Value> {
    let mut shown = Vec::new();
    let events: Vec<_> = player.cluster.events().cloned().collect();
    for event in events {
        let before = player.counts.insert(event.id, event.count).unwrap_or(0);
        let rise = event.count - before;
        if rise > 0 && !INFRASTRUCTURE.contains(&event.reason) {
            shown.push(show_event(player, &event, rise));
        }
    }
    shown
}

fn show_event(player: &Player, event: &Event, rise: u32) -> Value {
    let mut value = json!({"type": event.event_type.name(), "reason": event.reason,
        "message": player.normal(&event.message),
        "involvedObject": {"kind": event.kind.name(), "name": player.normal(&event.object.name)},
        "source": event.source});
    if rise > 1 {
        value["count"] = if event.event_type == EventType::Warning { "varies".into() } else { rise.into() };
    }
    value
}
