//! What truly runs on a node for one pod, as a container runtime keeps it: sandbox, containers, their ends.

use std::collections::BTreeMap;

use super::pod_spec::Millis;
use super::pod_status::Terminated;
use crate::cluster::object::Uid;
use crate::cluster::workload::{Program, fingerprint};

/// A pod's sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sandbox {
    pub is_ready: bool,
    pub ip: String,
}

/// Where one run of a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunState {
    Created,
    Running { since: Millis },
    Exited(Terminated),
}

/// One run of a container: every restart makes a new one.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub id: String,
    pub image: String,
    /// How often the container was restarted before.
    pub attempt: u32,
    pub state: RunState,
    pub program: Program,
    /// When and how it will end: exit code and the runtime's reason.
    pub end: Option<(Millis, i64, Option<String>)>,
}

impl Run {
    /// Whether the process runs.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, RunState::Running { .. })
    }

    /// How it ended, if it did.
    pub(crate) fn exited(&self) -> Option<&Terminated> {
        match &self.state {
            RunState::Exited(end) => Some(end),
            _ => None,
        }
    }

    /// Since when it runs.
    pub(crate) fn running_since(&self) -> Option<Millis> {
        match self.state {
            RunState::Running { since } => Some(since),
            _ => None,
        }
    }

    /// Ends the process now.
    pub(crate) fn exit(&mut self, code: i64, reason: Option<String>, now: Millis) {
        let usual = if code == 0 { "Completed" } else { "Error" };
        self.state = RunState::Exited(Terminated {
            exit_code: code,
            reason: reason.unwrap_or_else(|| usual.to_string()),
            message: None,
            started: self.running_since(),
            finished: Some(now),
            container_id: self.id.clone(),
        });
        self.end = None;
    }
}

/// Everything of one pod at the runtime.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runtime {
    pub sandbox: Option<Sandbox>,
    /// Newest run first; only the newest two are kept.
    pub runs: BTreeMap<String, Vec<Run>>,
    /// Rises with every change that the kubelet can notice.
    pub version: u64,
}

impl Runtime {
    /// The newest run of a container.
    pub(crate) fn newest(&self, container: &str) -> Option<&Run> {
        self.runs.get(container).and_then(|runs| runs.first())
    }

    /// The newest run of a container, to change; counts as a change.
    pub(crate) fn newest_mut(&mut self, container: &str) -> Option<&mut Run> {
        self.version += 1;
        self.runs.get_mut(container).and_then(|runs| runs.first_mut())
    }

    /// The newest ended run of a container.
    pub(crate) fn last_exit(&self, container: &str) -> Option<&Terminated> {
        self.runs.get(container)?.iter().find_map(Run::exited)
    }

    /// Whether the sandbox is up.
    pub(crate) fn has_sandbox(&self) -> bool {
        self.sandbox.as_ref().is_some_and(|it| it.is_ready)
    }

    /// Whether any process runs.
    pub(crate) fn is_anything_running(&self) -> bool {
        self.runs.values().flatten().any(Run::is_running)
    }

    /// Adds a created run of a container.
    pub(crate) fn create(&mut self, uid: Uid, container: &str, image: &str, program: Program) {
        let attempt = self.newest(container).map_or(0, |run| run.attempt + 1);
        let run = Run {
            id: container_id(uid, container, attempt),
            image: image.to_string(),
            attempt,
            state: RunState::Created,
            program,
            end: None,
        };
        let runs = self.runs.entry(container.to_string()).or_default();
        runs.insert(0, run);
        runs.truncate(2);
        self.version += 1;
    }

    /// Starts the newest run's process and plans its end.
    pub(crate) fn start(&mut self, container: &str, now: Millis) {
        let Some(run) = self.newest_mut(container) else { return };
        run.state = RunState::Running { since: now };
        let attempt = run.attempt;
        run.end = run
            .program
            .exit
            .as_ref()
            .filter(|it| it.first_starts.is_none_or(|limit| attempt < limit))
            .map(|exit| (now + exit.after, exit.code, exit.reason.clone()));
    }

    /// Sends SIGTERM at `term` and SIGKILL `grace` later, and says when the process will have ended.
    pub(crate) fn stop(&mut self, container: &str, term: Millis, grace: Millis) -> Option<Millis> {
        let run = self.runs.get_mut(container).and_then(|runs| runs.first_mut())?;
        if !run.is_running() {
            return None;
        }
        let (at, code) = if run.program.stop < grace {
            (term + run.program.stop, run.program.stop_code)
        } else {
            (term + grace, 137)
        };
        match &run.end {
            Some((end, ..)) if *end <= at => Some(*end),
            _ => {
                run.end = Some((at, code, None));
                Some(at)
            }
        }
    }

    /// Starts the pod's sandbox with an address.
    pub(crate) fn start_sandbox(&mut self, ip: String) {
        self.sandbox = Some(Sandbox { is_ready: true, ip });
        self.version += 1;
    }

    /// Stops the pod's sandbox, if there is one.
    pub(crate) fn stop_sandbox(&mut self) {
        if let Some(sandbox) = &mut self.sandbox {
            sandbox.is_ready = false;
            self.version += 1;
        }
    }

    /// The next moment a process ends by what is known now.
    pub(crate) fn next_end(&self) -> Option<Millis> {
        self.runs.values().filter_map(|runs| runs.first()?.end.as_ref()).map(|(at, ..)| *at).min()
    }

    /// Ends the processes whose time has come; the names of their containers.
    pub(crate) fn run_ends(&mut self, now: Millis) -> Vec<String> {
        let mut ended = Vec::new();
        for (name, runs) in &mut self.runs {
            if let Some(run) = runs.first_mut()
                && let Some((at, code, reason)) = run.end.clone().filter(|(at, ..)| *at <= now)
            {
                run.exit(code, reason, at);
                ended.push(name.clone());
            }
        }
        self.version += ended.len() as u64;
        ended
    }
}

/// A container id that looks like containerd's and depends on pod, container and attempt alone.
fn container_id(uid: Uid, container: &str, attempt: u32) -> String {
    let mut id = String::from("containerd://");
    for part in 0..4 {
        id.push_str(&format!("{:016x}", fingerprint(&format!("{part}/{uid}/{container}/{attempt}"))));
    }
    id
}
