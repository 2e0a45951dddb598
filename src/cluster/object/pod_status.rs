//! What a pod's `status` says: phase, conditions, containers.

use std::rc::Rc;

use serde_json::{Value, json};

use super::pod_spec::PodSpec;
use crate::cluster::time::Instant;

/// `status.phase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Accepted, not all containers started yet.
    Pending,
    /// On a node, containers started.
    Running,
    /// All containers ended well and stay ended.
    Succeeded,
    /// All containers ended, one not well.
    Failed,
    /// The node does not say.
    Unknown,
}

impl Phase {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
            Phase::Unknown => "Unknown",
        }
    }
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `type`, as in `Ready`.
    pub kind: Rc<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Rc<str>,
    /// Machine-readable cause, may be empty.
    pub reason: Rc<str>,
    /// Cause in words, may be empty.
    pub message: Rc<str>,
    /// When `status` last changed.
    pub since: Instant,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Not started.
    Waiting {
        /// Such as `ContainerCreating` or `CrashLoopBackOff`.
        reason: Rc<str>,
        /// Cause in words, may be empty.
        message: Rc<str>,
    },
    /// Runs.
    Running {
        /// Since when.
        since: Instant,
    },
    /// Ended.
    Terminated {
        /// Exit code.
        exit_code: i32,
        /// Such as `Completed`, `Error` or `OOMKilled`.
        reason: Rc<str>,
        /// When it started.
        started: Instant,
        /// When it ended.
        finished: Instant,
    },
}

/// One entry of `status.containerStatuses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Name of the container.
    pub name: Rc<str>,
    /// Its image.
    pub image: Rc<str>,
    /// Whether its readiness probe succeeds.
    pub ready: bool,
    /// Whether its startup probe succeeded, or it has none and runs.
    pub started: bool,
    /// How often it was started again.
    pub restarts: u32,
    /// What it does.
    pub state: ContainerState,
    /// How its previous run ended.
    pub last_state: Option<ContainerState>,
}

/// `status` of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStatus {
    /// Phase.
    pub phase: Phase,
    /// Conditions, in order of type.
    pub conditions: Vec<Condition>,
    /// Why the pod is in this state, such as `Evicted`; may be empty.
    pub reason: Rc<str>,
    /// The same in words; may be empty.
    pub message: Rc<str>,
    /// Its address; the kubelet's first report sets it.
    pub ip: Option<Rc<str>>,
    /// When the kubelet took it.
    pub started: Option<Instant>,
    /// Init containers.
    pub init_containers: Vec<ContainerStatus>,
    /// Containers.
    pub containers: Vec<ContainerStatus>,
    /// `qosClass`.
    pub qos_class: &'static str,
}

impl PodStatus {
    /// The status of a pod that was just created.
    pub(crate) fn pending(spec: &PodSpec) -> PodStatus {
        PodStatus {
            phase: Phase::Pending,
            conditions: Vec::new(),
            reason: Rc::default(),
            message: Rc::default(),
            ip: None,
            started: None,
            init_containers: Vec::new(),
            containers: Vec::new(),
            qos_class: spec.qos_class,
        }
    }

    /// The condition of a type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| &*condition.kind == kind)
    }

    /// Whether the condition of a type is `True`.
    pub fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| &*condition.status == "True")
    }

    /// Sets a condition; its time only changes with its status.
    pub fn set_condition(&mut self, kind: &str, status: &str, reason: &str, message: &str, now: Instant) {
        match self.conditions.binary_search_by(|condition| (*condition.kind).cmp(kind)) {
            Ok(place) => {
                let condition = &mut self.conditions[place];
                if &*condition.status != status {
                    condition.status = status.into();
                    condition.since = now;
                }
                for (text, value) in [(&mut condition.reason, reason), (&mut condition.message, message)] {
                    if &**text != value {
                        *text = value.into();
                    }
                }
            }
            Err(place) => {
                let condition = Condition {
                    kind: kind.into(),
                    status: status.into(),
                    reason: reason.into(),
                    message: message.into(),
                    since: now,
                };
                self.conditions.insert(place, condition);
            }
        }
    }
}

impl ContainerStatus {
    pub(super) fn to_value(&self) -> Value {
        json!({
            "name": &*self.name, "image": &*self.image, "imageID": "", "ready": self.ready,
            "started": self.started, "restartCount": self.restarts, "state": self.state.to_value(),
            "lastState": self.last_state.as_ref().map_or_else(|| json!({}), ContainerState::to_value),
        })
    }
}

impl ContainerState {
    fn to_value(&self) -> Value {
        match self {
            ContainerState::Waiting { reason, message } if message.is_empty() => {
                json!({"waiting": {"reason": &**reason}})
            }
            ContainerState::Waiting { reason, message } => {
                json!({"waiting": {"reason": &**reason, "message": &**message}})
            }
            ContainerState::Running { since } => json!({"running": {"startedAt": since.to_string()}}),
            ContainerState::Terminated { exit_code, reason, started, finished } => json!({"terminated": {
                "exitCode": exit_code, "reason": &**reason,
                "startedAt": started.to_string(), "finishedAt": finished.to_string(),
            }}),
        }
    }
}
