//! A bench for the kubelet alone: an API server that stores pods, binds them at once and does nothing else.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use statefulset_playground::cluster::kubelet::{Kubelets, Report, Told};
use statefulset_playground::cluster::pod_columns::pod_columns;
use statefulset_playground::yaml;

/// One entry of a timeline, recorded or replayed.
#[derive(Debug)]
pub(super) enum Entry {
    /// A version of a pod; `change` is ADDED, MODIFIED or DELETED.
    Pod { at: f64, name: String, change: String, columns: String, status: String },
    /// An event of the kubelet.
    Event { at: f64, object: String, text: String },
}

impl Entry {
    /// The pod that the entry is about.
    pub(super) fn pod(&self) -> Option<&str> {
        match self {
            Entry::Pod { name, .. } => Some(name),
            Entry::Event { object, .. } => object.strip_prefix("Pod/"),
        }
    }
}

/// The entries of a recording that the kubelet wrote or caused.
pub(super) fn read_timeline(golden: &Value) -> Vec<Entry> {
    let mut entries = Vec::new();
    for it in golden["timeline"].as_array().into_iter().flatten() {
        let at = it["t"].as_f64().unwrap_or_default();
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_string();
        match it["kind"].as_str() {
            Some("pod") => entries.push(Entry::Pod {
                at,
                name: text("name"),
                change: text("type"),
                columns: {
                    let column = |key: &str| it["columns"][key].as_str().unwrap_or_default();
                    let restarts = column("RESTARTS").split(' ').next().unwrap_or_default();
                    format!("{} {} {restarts}", column("READY"), column("STATUS"))
                },
                status: status_text(&it["status"]),
            }),
            Some("event") if text("source") == "kubelet" => entries.push(Entry::Event {
                at,
                object: text("object"),
                text: event_text(&text("type"), &text("reason"), &text("fieldPath"), &text("message")),
            }),
            _ => {}
        }
    }
    entries
}

fn event_text(kind: &str, reason: &str, field_path: &str, message: &str) -> String {
    // How long a pull took is a time.
    let message = match message.split_once(" in ").filter(|(head, _)| head.starts_with("Successfully pulled"))
    {
        Some((head, _)) => head,
        None => message,
    };
    format!("{kind} {reason} {field_path} {message}")
}

/// Conditions (type, status, reason) and containers (state's reason, exit code, restarts), one line each.
fn status_text(status: &Value) -> String {
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = list("conditions")
        .iter()
        .map(|it| format!("{} {} {}", it["type"], it["status"], it["reason"]))
        .collect();
    lines.sort();
    for key in ["initContainerStatuses", "containerStatuses"] {
        for it in list(key) {
            let state = it["state"].as_object().and_then(|map| map.iter().next());
            let (word, state) = state.map_or(("none", &Value::Null), |(word, state)| (word.as_str(), state));
            lines.push(format!(
                "{} {word} {} {} restarts {}",
                it["name"], state["reason"], state["exitCode"], it["restartCount"]
            ));
        }
    }
    lines.join("; ")
}

/// The API server and the kubelet.
pub(super) struct Bench {
    kubelets: Kubelets,
    objects: RefCell<BTreeMap<(String, String), Value>>,
    entries: Vec<Entry>,
    now: u64,
    created: u32,
}

impl Bench {
    /// Runs a recording's manifests and actions; what happened.
    pub(super) fn replay(golden: &Value) -> Result<Vec<Entry>, String> {
        let manifests = documents(golden["manifests"].as_str().unwrap_or_default());
        if manifests.iter().any(|it| it["kind"] == "StatefulSet") {
            return Err("needs the controllers".to_string());
        }
        let mut bench = Bench {
            kubelets: Kubelets::new(super::script::machine()),
            objects: RefCell::default(),
            entries: Vec::new(),
            now: 0,
            created: 0,
        };
        bench.kubelets.observe_node(&json!({"metadata": {"name": "<node>"}, "status": {"allocatable": {
            "cpu": "1", "memory": "3932160Ki", "pods": "110",
        }}}));
        // Whether an image was there is a matter of what ran before, which only the recording knows.
        for image in images_present(golden) {
            bench.kubelets.add_image("<node>", &image);
        }
        for manifest in manifests {
            bench.create(manifest);
        }
        for action in golden["timeline"].as_array().into_iter().flatten().filter(|it| it["kind"] == "action")
        {
            bench.run_until((action["t"].as_f64().unwrap_or_default() * 1000.0) as u64);
            bench.act(action)?;
        }
        bench.run_until(golden["duration"].as_u64().unwrap_or_default() * 1000);
        Ok(bench.entries)
    }

    fn act(&mut self, action: &Value) -> Result<(), String> {
        let name = action["name"].as_str().unwrap_or_default().to_string();
        match action["action"].as_str() {
            Some("describe") => {}
            Some("create") => {
                for manifest in documents(action["manifest"].as_str().unwrap_or_default()) {
                    self.create(manifest);
                }
            }
            Some("delete") => self.delete(&name, action["gracePeriodSeconds"].as_u64()),
            Some("evict") => self.delete(&name, None),
            Some("patch") => {
                let mut pod = self.pod(&name).ok_or("no such pod")?;
                merge(&mut pod, &action["patch"]);
                self.store(pod, "MODIFIED");
            }
            other => return Err(format!("unknown action {other:?}")),
        }
        Ok(())
    }

    fn create(&mut self, mut object: Value) {
        self.created += 1;
        object["metadata"]["uid"] = format!("uid-{}", self.created).into();
        object["metadata"]["namespace"] = "default".into();
        if object["kind"] != "Pod" {
            let key = (object["kind"].as_str().unwrap_or_default().to_string(), name_of(&object));
            self.objects.borrow_mut().insert(key, object);
            return;
        }
        object["status"] = json!({"phase": "Pending"});
        let is_bound = object["spec"]["nodeName"].is_string();
        self.store(object.clone(), "ADDED");
        if !is_bound {
            object["spec"]["nodeName"] = "<node>".into();
            object["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "True"}]);
            self.store(object, "MODIFIED");
        }
    }

    fn pod(&self, name: &str) -> Option<Value> {
        self.objects.borrow().get(&("Pod".to_string(), name.to_string())).cloned()
    }

    fn store(&mut self, pod: Value, change: &str) {
        self.show(&pod, change);
        self.kubelets.observe(&pod, self.now);
        self.objects.borrow_mut().insert(("Pod".to_string(), name_of(&pod)), pod);
    }

    fn show(&mut self, pod: &Value, change: &str) {
        let columns = pod_columns(pod);
        self.entries.push(Entry::Pod {
            at: self.now as f64 / 1000.0,
            name: name_of(pod),
            change: change.to_string(),
            columns: format!("{} {} {}", columns.ready_text(), columns.status, columns.restarts),
            status: status_text(&pod["status"]),
        });
    }

    fn delete(&mut self, name: &str, grace: Option<u64>) {
        let Some(mut pod) = self.pod(name) else { return };
        let spec_grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
        let has_ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let grace = if has_ended { 0 } else { grace.unwrap_or(spec_grace) };
        let old = pod["metadata"]["deletionGracePeriodSeconds"].as_u64();
        if old.is_some_and(|old| old <= grace) {
            return;
        }
        pod["metadata"]["deletionTimestamp"] = "T".into();
        pod["metadata"]["deletionGracePeriodSeconds"] = grace.into();
        if grace == 0 {
            self.show(&pod, "MODIFIED");
            self.remove(pod);
        } else {
            self.store(pod, "MODIFIED");
        }
    }

    fn remove(&mut self, pod: Value) {
        self.show(&pod, "DELETED");
        self.objects.borrow_mut().remove(&("Pod".to_string(), name_of(&pod)));
        self.kubelets.forget(pod["metadata"]["uid"].as_str().unwrap_or_default(), self.now);
    }

    fn run_until(&mut self, end: u64) {
        while let Some(at) = self.kubelets.next_time().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let told = {
                let objects = self.objects.borrow();
                let lookup = |kind: &str, _: &str, name: &str| {
                    objects.get(&(kind.to_string(), name.to_string())).cloned()
                };
                self.kubelets.run(self.now, &lookup)
            };
            for it in told {
                self.apply(it);
            }
        }
        self.now = end;
    }

    fn apply(&mut self, told: Told) {
        match told.report {
            Report::Event(event) => {
                let kind = if event.is_warning { "Warning" } else { "Normal" };
                let message = event.message.replace(&*told.uid, "<uid>");
                self.entries.push(Entry::Event {
                    at: self.now as f64 / 1000.0,
                    object: format!("Pod/{}", told.pod),
                    text: event_text(kind, event.reason, &event.field_path, &message),
                });
            }
            Report::Status(status) => {
                let Some(mut pod) = self.pod(&told.pod).filter(|it| it["metadata"]["uid"] == *told.uid)
                else {
                    return;
                };
                status.write_to(&mut pod["status"], &|at| format!("T+{:06}", at / 1000));
                self.store(pod, "MODIFIED");
            }
            Report::Remove => {
                if let Some(pod) = self.pod(&told.pod).filter(|it| it["metadata"]["uid"] == *told.uid) {
                    self.remove(pod);
                }
            }
            Report::Served { .. } | Report::Started { .. } => {}
        }
    }
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_string()
}

fn documents(text: &str) -> Vec<Value> {
    let parsed = yaml::parse(text);
    parsed.documents.iter().map(|it| it.root.to_json()).filter(|it| it.is_object()).collect()
}

/// Images that the recording says were on the node: the first word about them is not `Pulling`.
fn images_present(golden: &Value) -> Vec<String> {
    let mut first: BTreeMap<String, bool> = BTreeMap::new();
    for it in golden["timeline"].as_array().into_iter().flatten().filter(|it| it["kind"] == "event") {
        let message = it["message"].as_str().unwrap_or_default();
        let Some(image) = message.split('"').nth(1) else { continue };
        match it["reason"].as_str() {
            Some("Pulling") => _ = first.entry(image.to_string()).or_insert(false),
            Some("Pulled") => _ = first.entry(image.to_string()).or_insert(true),
            _ => {}
        }
    }
    first.into_iter().filter(|it| it.1).map(|it| it.0).collect()
}

/// A merge that knows one list: containers, by name.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(target), Value::Array(patch)) if patch.iter().all(|it| it["name"].is_string()) => {
            for value in patch {
                match target.iter_mut().find(|it| it["name"] == value["name"]) {
                    Some(old) => merge(old, value),
                    None => target.push(value.clone()),
                }
            }
        }
        (target, patch) => target.clone_from(patch),
    }
}
