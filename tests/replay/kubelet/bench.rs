//! Runs a recording's scenario on a simulated cluster and writes down what a watch would have shown.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use statefulset_playground::cluster::pod_columns::pod_columns;
use statefulset_playground::cluster::{Cluster, DeleteOptions, Instant, Kind, Object, PatchType, Settings};
use statefulset_playground::yaml;

/// The node's name; recordings write `<node>`.
const NODE: &str = "hollow-node";
/// How many events of one type about one pod a kubelet sends before it holds back.
const BURST: u32 = 25;

/// One entry of a timeline, recorded or replayed.
#[derive(Debug)]
pub(super) enum Entry {
    /// A version of a pod; `change` is ADDED, MODIFIED or DELETED.
    Pod { at: f64, name: String, change: String, columns: String, status: String },
    /// An event.
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

/// The entries of a recording that are about pods.
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
            Some("event") => entries.push(Entry::Event {
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

/// A cluster with one node, and what was seen of its pods.
pub(super) struct Bench {
    cluster: Cluster,
    entries: Vec<Entry>,
    pods: BTreeMap<String, Rc<Object>>,
    /// How often each event was seen.
    counts: BTreeMap<u64, u32>,
    /// How many events of a pod were seen, by type.
    sent: BTreeMap<(String, &'static str), u32>,
}

impl Bench {
    /// Runs a recording's manifests and actions; what happened.
    pub(super) fn replay(golden: &Value) -> Result<Vec<Entry>, String> {
        let mut cluster = Cluster::new(Settings::default());
        cluster.add_node_with(NODE, "1", "3932160Ki", 110).map_err(|it| it.message)?;
        cluster.automate(super::script::machine());
        // Whether an image was there is a matter of what ran before, which only the recording knows.
        for image in images_present(golden) {
            cluster.add_image(NODE, &image);
        }
        cluster.settle();
        let mut bench = Bench {
            cluster,
            entries: Vec::new(),
            pods: BTreeMap::new(),
            counts: BTreeMap::new(),
            sent: BTreeMap::new(),
        };
        for manifest in documents(&golden["manifests"].as_str().unwrap_or_default().replace("<node>", NODE)) {
            bench.create(manifest)?;
        }
        for action in golden["timeline"].as_array().into_iter().flatten().filter(|it| it["kind"] == "action")
        {
            bench.run_until((action["t"].as_f64().unwrap_or_default() * 1000.0) as u64);
            bench.act(action)?;
            bench.look();
        }
        bench.run_until((golden["duration"].as_f64().unwrap_or_default() * 1000.0) as u64);
        Ok(bench.entries)
    }

    fn act(&mut self, action: &Value) -> Result<(), String> {
        let name = action["name"].as_str().unwrap_or_default();
        let kind = Kind::named(action["object"].as_str().unwrap_or("StatefulSet")).ok_or("unknown kind")?;
        let options = DeleteOptions {
            grace_period_seconds: action["gracePeriodSeconds"].as_i64(),
            ..DeleteOptions::default()
        };
        match action["action"].as_str() {
            Some("describe") => {}
            Some("create") => {
                for manifest in documents(action["manifest"].as_str().unwrap_or_default()) {
                    self.create(manifest)?;
                }
            }
            Some("delete") => {
                self.cluster.delete(kind, "default", name, &options).map_err(|it| it.message)?
            }
            // A refusal is an answer, too.
            Some("evict") => _ = self.cluster.evict("default", name, &options),
            Some("scale") => {
                let replicas = action["replicas"].as_i64().unwrap_or_default();
                self.cluster.scale(kind, "default", name, replicas).map_err(|it| it.message)?;
            }
            Some("patch") => {
                let patch = &action["patch"];
                self.cluster
                    .patch(kind, "default", name, PatchType::Strategic, patch)
                    .map_err(|it| it.message)?;
            }
            other => return Err(format!("unknown action {other:?}")),
        }
        self.cluster.settle();
        Ok(())
    }

    fn create(&mut self, mut object: Value) -> Result<(), String> {
        if object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = "default".into();
        }
        self.cluster.create(&object).map_err(|it| it.message)?;
        self.look();
        Ok(())
    }

    fn run_until(&mut self, end: u64) {
        self.cluster.settle();
        self.look();
        while let Some(at) = self.cluster.next_event_time().filter(|at| at.0 <= end) {
            let now = self.cluster.now();
            self.cluster.advance(at - now);
            self.look();
        }
        let now = self.cluster.now();
        self.cluster.advance(Instant(end) - now);
    }

    /// Notes what changed since the last look.
    fn look(&mut self) {
        let now: BTreeMap<String, Rc<Object>> =
            self.cluster.list(Kind::Pod).map(|it| (it.meta.name.to_string(), it.clone())).collect();
        let before = std::mem::take(&mut self.pods);
        for (name, pod) in &before {
            if now.get(name).is_none_or(|it| it.meta.uid != pod.meta.uid) {
                self.show(pod, "DELETED");
            }
        }
        for (name, pod) in &now {
            match before.get(name).filter(|it| it.meta.uid == pod.meta.uid) {
                Some(old) if Rc::ptr_eq(old, pod) => {}
                Some(_) => self.show(pod, "MODIFIED"),
                None => self.show(pod, "ADDED"),
            }
        }
        self.pods = now;
        let at = self.cluster.now().0 as f64 / 1000.0;
        let mut seen = Vec::new();
        for event in self.cluster.events() {
            let known = self.counts.entry(event.id).or_insert(0);
            if event.kind == Kind::Pod && event.count > *known {
                let message = event.message.replace(&event.uid.to_string(), "<uid>").replace(NODE, "<node>");
                let sent = self.sent.entry((event.uid.to_string(), event.event_type.name())).or_insert(0);
                // A count may rise by two in a moment. Later it jumps over what was held back.
                let rise = if *sent < BURST { event.count - *known } else { 1 };
                *sent += rise;
                for _ in 0..rise {
                    seen.push(Entry::Event {
                        at,
                        object: format!("Pod/{}", event.object.name),
                        text: event_text(event.event_type.name(), event.reason, &event.field_path, &message),
                    });
                }
            }
            *known = event.count;
        }
        self.entries.extend(seen);
    }

    fn show(&mut self, pod: &Object, change: &str) {
        let value = pod.to_value();
        let columns = pod_columns(&value);
        self.entries.push(Entry::Pod {
            at: self.cluster.now().0 as f64 / 1000.0,
            name: pod.meta.name.to_string(),
            change: change.to_string(),
            columns: format!("{} {} {}", columns.ready_text(), columns.status, columns.restarts),
            status: status_text(&value["status"]),
        });
    }
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
