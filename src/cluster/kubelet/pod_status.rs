//! A pod's status as its kubelet reports it.

use super::pod_spec::Millis;

/// The phase of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not all containers have been started.
    Pending,
    /// At least one container runs, or will again.
    Running,
    /// All containers ended with exit code 0.
    Succeeded,
    /// All containers ended, one with a failure.
    Failed,
}

impl Phase {
    /// As written in `status.phase`.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
        }
    }

    /// Whether the pod has ended.
    pub fn is_terminal(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminated {
    /// Exit code.
    pub exit_code: i64,
    /// A word for why.
    pub reason: String,
    /// A sentence.
    pub message: Option<String>,
    /// When it started.
    pub started: Option<Millis>,
    /// When it ended.
    pub finished: Option<Millis>,
    /// The run's id.
    pub container_id: String,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Waiting {
        /// A word for why.
        reason: String,
        /// A sentence.
        message: Option<String>,
    },
    /// Runs.
    Running {
        /// Since when.
        since: Millis,
    },
    /// Ended.
    Terminated(Terminated),
}

/// One entry of `containerStatuses` or `initContainerStatuses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// As written.
    pub image: String,
    /// The image's full name; empty before it is there.
    pub image_id: String,
    /// The run's id.
    pub container_id: String,
    /// What it is doing.
    pub state: State,
    /// How the run before ended.
    pub last: Option<Terminated>,
    /// Whether it is ready.
    pub ready: bool,
    /// When it started.
    pub started: bool,
    /// How often it was restarted.
    pub restart_count: u32,
}

/// One condition of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its type.
    pub kind: String,
    /// Whether it is True.
    pub status: bool,
    /// A word for why.
    pub reason: Option<&'static str>,
    /// A sentence.
    pub message: Option<String>,
    /// When `status` last changed.
    pub since: Millis,
}

/// What the kubelet reports of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodStatus {
    /// Its generation.
    pub generation: u64,
    /// The phase.
    pub phase: Phase,
    /// A word for why.
    pub reason: Option<String>,
    /// A sentence.
    pub message: Option<String>,
    /// When the kubelet took it up.
    pub start_time: Option<Millis>,
    /// Its address.
    pub pod_ip: Option<String>,
    /// The node's address.
    pub host_ip: Option<String>,
    /// In the kubelet's order, without `PodScheduled`, which is the scheduler's.
    pub conditions: Vec<Condition>,
    /// Containers that run first, in order.
    pub init_containers: Vec<ContainerStatus>,
    /// Its containers.
    pub containers: Vec<ContainerStatus>,
}

impl PodStatus {
    /// The status of a pod that nothing has been done for.
    pub fn pending(generation: u64) -> PodStatus {
        PodStatus {
            generation,
            phase: Phase::Pending,
            reason: None,
            message: None,
            start_time: None,
            pod_ip: None,
            host_ip: None,
            conditions: Vec::new(),
            init_containers: Vec::new(),
            containers: Vec::new(),
        }
    }

    /// The condition of that type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|it| it.kind == kind)
    }

    /// Whether the pod is Ready.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|it| it.status)
    }

    /// Sets a condition, keeping the time of its last change if the status stays.
    pub fn set_condition(&mut self, mut condition: Condition) {
        match self.conditions.iter_mut().find(|it| it.kind == condition.kind) {
            Some(old) => {
                if old.status == condition.status {
                    condition.since = old.since;
                }
                *old = condition;
            }
            None => self.conditions.push(condition),
        }
    }
}
