//! A node as its card shows it.

use serde_json::Value;

use super::super::object::{ObjectKey, condition, list, text};

/// A node as its card shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// Which node.
    pub key: ObjectKey,
    /// The STATUS column of `kubectl get nodes`.
    pub status: String,
    /// Whether it reports that it is ready.
    pub is_ready: bool,
    /// Keys of its taints.
    pub taints: Vec<String>,
    /// How many pods are on it.
    pub pods: usize,
}

/// The view of a Node with so many pods.
pub(super) fn view(node: &Value, pods: usize) -> NodeView {
    let is_ready = condition(node, "Ready") == "True";
    let mut status = if is_ready { "Ready" } else { "NotReady" }.to_owned();
    if node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    let taints = list(node, "/spec/taints").iter().map(|taint| text(taint, "/key").to_owned()).collect();
    NodeView { key: ObjectKey::of(node), status, is_ready, taints, pods }
}
