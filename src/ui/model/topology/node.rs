//! A node as its card and its lane show it.

use serde_json::Value;

use super::super::object::{ObjectKey, condition, label, list, text};
use super::Inside;

/// By this label a node tells its zone, and a volume where it can be used.
pub const ZONE: &str = "topology.kubernetes.io/zone";

/// A node as its card and its lane show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// Which node.
    pub key: ObjectKey,
    /// The STATUS column of `kubectl get nodes`.
    pub status: String,
    /// Whether it reports that it is ready.
    pub is_ready: bool,
    /// Whether it reports at all; the cluster notices later.
    pub is_silent: bool,
    /// Its zone; empty if it is in none.
    pub zone: String,
    /// Its taints, as `kubectl describe node` prints them.
    pub taints: Vec<String>,
    /// How many pods are on it.
    pub pods: usize,
    /// If it is being drained: what was refused at the last try.
    pub drain: Option<Vec<String>>,
}

/// The view of a Node with so many pods.
pub(super) fn view(node: &Value, pods: usize, inside: &Inside) -> NodeView {
    let name = text(node, "/metadata/name");
    let is_ready = condition(node, "Ready") == "True";
    let mut status = if is_ready { "Ready" } else { "NotReady" }.to_owned();
    if node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    NodeView {
        key: ObjectKey::of(node),
        status,
        is_ready,
        is_silent: inside.silent.contains(name),
        drain: inside.drains.get(name).cloned(),
        zone: label(node, ZONE).unwrap_or_default().to_owned(),
        taints: list(node, "/spec/taints").iter().map(taint).collect(),
        pods,
    }
}

/// A taint as kubectl writes it: `key=value:effect`.
pub fn taint(taint: &Value) -> String {
    let value = match text(taint, "/value") {
        "" => String::new(),
        value => format!("={value}"),
    };
    format!("{}{value}:{}", text(taint, "/key"), text(taint, "/effect"))
}

/// The zone that a PersistentVolume is tied to; `None` if it can be used anywhere.
pub(super) fn zone_of_volume(volume: &Value) -> Option<&str> {
    let terms = list(volume, "/spec/nodeAffinity/required/nodeSelectorTerms").iter();
    terms
        .flat_map(|term| list(term, "/matchExpressions"))
        .find(|expression| text(expression, "/key") == ZONE)
        .and_then(|expression| list(expression, "/values").first()?.as_str())
}
