//! A pod as its card shows it.

use std::rc::Rc;

use serde_json::Value;

use super::super::object::{ObjectKey, condition, label, list, number, split_ordinal, text};
use super::super::why::ReasonView;
use super::Inside;
use super::set::Revisions;

/// What a pod is about, in the few states that look different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// No node yet.
    Pending,
    /// On a node, its containers not all started.
    Starting,
    /// Running, but not Ready.
    Running,
    /// Running and Ready.
    Ready,
    /// Asked to go.
    Terminating,
    /// Done.
    Succeeded,
    /// Failing or failed.
    Failed,
}

impl Phase {
    /// The name under which CSS knows it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pending => "pending",
            Phase::Starting => "starting",
            Phase::Running => "running",
            Phase::Ready => "ready",
            Phase::Terminating => "terminating",
            Phase::Succeeded => "succeeded",
            Phase::Failed => "failed",
        }
    }
}

/// A pod as its card shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodView {
    /// Which pod.
    pub key: ObjectKey,
    /// Which incarnation: a pod that comes back under its name is another pod.
    pub uid: String,
    /// Its ordinal, if it has one.
    pub ordinal: Option<u32>,
    /// What it is about.
    pub phase: Phase,
    /// The STATUS column of `kubectl get pods`.
    pub status: String,
    /// Containers that are ready, of how many.
    pub ready: (usize, usize),
    /// Restarts of its containers.
    pub restarts: i64,
    /// Its node, empty while it has none.
    pub node: String,
    /// Its address, empty while it has none.
    pub address: String,
    /// The number of its revision, of its set's history.
    pub revision: Option<i64>,
    /// What its app has counted, if it is one that counts.
    pub visits: Option<u64>,
    /// What goes wrong in it because the reader asked for it; empty if nothing does.
    pub fault: &'static str,
    /// Whether a second running pod has its identity.
    pub has_twin: bool,
    /// The hook that it runs for, as its chart names it: `pre-install`.
    pub hook: String,
    /// Why it is not where it should be.
    pub wait: Option<Rc<ReasonView>>,
}

/// The view of a Pod.
pub(super) fn view(pod: &Value, revisions: &Revisions, inside: &Inside) -> PodView {
    let key = ObjectKey::of(pod);
    let place = (key.namespace.clone(), key.name.clone());
    let statuses = list(pod, "/status/containerStatuses");
    let status = status_column(pod);
    let terminating = pod.pointer("/metadata/deletionTimestamp").is_some();
    let phase = match text(pod, "/status/phase") {
        _ if terminating => Phase::Terminating,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        _ if is_failing(&status) => Phase::Failed,
        "Running" if condition(pod, "Ready") == "True" => Phase::Ready,
        "Running" => Phase::Running,
        _ if text(pod, "/spec/nodeName").is_empty() => Phase::Pending,
        _ => Phase::Starting,
    };
    let all = list(pod, "/spec/containers").len();
    PodView {
        uid: text(pod, "/metadata/uid").to_owned(),
        ordinal: split_ordinal(&key.name).map(|(_, ordinal)| ordinal),
        phase,
        status,
        ready: (
            statuses
                .iter()
                .filter(|status| status.get("ready").and_then(Value::as_bool) == Some(true))
                .count(),
            all,
        ),
        restarts: statuses.iter().filter_map(|status| number(status, "/restartCount")).sum(),
        node: text(pod, "/spec/nodeName").to_owned(),
        address: text(pod, "/status/podIP").to_owned(),
        revision: label(pod, "controller-revision-hash")
            .and_then(|name| revisions.number(&key.namespace, name)),
        visits: inside.visits.get(&place).copied(),
        fault: inside.faults.get(&place).copied().unwrap_or_default(),
        has_twin: inside.twins.contains(&place),
        hook: pod
            .pointer("/metadata/annotations")
            .and_then(|annotations| annotations.get("helm.sh/hook"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        // The first that says more than the status does.
        wait: inside
            .waits
            .get(&key)
            .and_then(|found| found.iter().find(|reason| !reason.short.is_empty()).cloned()),
        key,
    }
}

fn is_failing(status: &str) -> bool {
    status.starts_with("Init:") && is_failing(&status[5..])
        || ["BackOff", "Error", "Err", "OOMKilled", "Evicted", "InvalidImageName"]
            .iter()
            .any(|word| status.contains(word))
}

/// The STATUS column, by the rules of kubectl's printer for pods.
fn status_column(pod: &Value) -> String {
    let mut status = match text(pod, "/status/reason") {
        "" => text(pod, "/status/phase"),
        reason => reason,
    }
    .to_owned();
    if status.is_empty() {
        status.push_str("Pending");
    }
    let init_count = list(pod, "/spec/initContainers").len();
    let mut initializing = false;
    for (index, container) in list(pod, "/status/initContainerStatuses").iter().enumerate() {
        let terminated = container.pointer("/state/terminated");
        if terminated.is_some_and(|state| number(state, "/exitCode") == Some(0)) {
            continue;
        }
        initializing = true;
        status = match (terminated, text(container, "/state/waiting/reason")) {
            (Some(state), _) if !text(state, "/reason").is_empty() => {
                format!("Init:{}", text(state, "/reason"))
            }
            (Some(state), _) => format!("Init:ExitCode:{}", number(state, "/exitCode").unwrap_or_default()),
            (None, reason) if !reason.is_empty() && reason != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{index}/{init_count}"),
        };
        break;
    }
    if !initializing {
        let mut has_running = false;
        for container in list(pod, "/status/containerStatuses").iter().rev() {
            let waiting = text(container, "/state/waiting/reason");
            let terminated = container.pointer("/state/terminated");
            if !waiting.is_empty() {
                status = waiting.to_owned();
            } else if let Some(state) = terminated {
                status = match text(state, "/reason") {
                    "" => format!("ExitCode:{}", number(state, "/exitCode").unwrap_or_default()),
                    reason => reason.to_owned(),
                };
            } else if container.get("ready").and_then(Value::as_bool) == Some(true) {
                has_running = true;
            }
        }
        if status == "Completed" && has_running {
            status = if condition(pod, "Ready") == "True" { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        status = if text(pod, "/status/reason") == "NodeLost" { "Unknown" } else { "Terminating" }.to_owned();
    }
    status
}
