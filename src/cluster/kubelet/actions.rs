//! What a sync does to containers: which to kill and why, which to start (`computePodActions`).

use std::collections::VecDeque;

use super::container_spec::Container;
use super::pod_spec::{Millis, RestartPolicy, millis_of};
use super::prober::ProbeKind;
use super::runtime::RunState;
use super::sync::Step;
use super::worker::{PodWorker, Report};

impl PodWorker {
    /// Decides what to kill and what to start (`computePodActions`).
    pub(super) fn compute_actions(&mut self, reports: &mut Vec<Report>, now: Millis) {
        let mut starts = VecDeque::new();
        let mut kills: Vec<(String, String, Millis)> = Vec::new();
        let is_initialized = self.pod.containers.iter().any(|it| self.seen.newest(&it.name).is_some());
        let mut may_start = true;
        for container in &self.pod.init_containers {
            let newest = self.seen.newest(&container.name);
            if container.is_sidecar {
                match newest.map(|run| (&run.state, run.id.as_str())) {
                    Some((RunState::Running { .. }, id)) => {
                        if let Some(kill) = self.kill_reason(container, true, id) {
                            kills.push(kill);
                            starts.push_back(container.name.clone());
                        } else if self.probe_result(&container.name, ProbeKind::Startup, id) == Some(false) {
                            may_start = is_initialized;
                        }
                    }
                    _ => {
                        starts.push_back(container.name.clone());
                        may_start = is_initialized;
                    }
                }
            } else if !is_initialized {
                match newest.map(|run| &run.state) {
                    Some(RunState::Exited(end)) if end.exit_code == 0 => {}
                    Some(RunState::Exited(_)) if self.pod.restart_policy == RestartPolicy::Never => {
                        may_start = false
                    }
                    Some(RunState::Running { .. }) => may_start = false,
                    _ => {
                        starts.push_back(container.name.clone());
                        may_start = false;
                    }
                }
            }
            if !may_start {
                break;
            }
        }
        if may_start {
            for container in &self.pod.containers {
                let policy = self.pod.restart_policy;
                match self.seen.newest(&container.name).map(|run| (&run.state, run.id.as_str())) {
                    Some((RunState::Running { .. }, id)) => {
                        if let Some(kill) = self.kill_reason(container, false, id) {
                            kills.push(kill);
                            let has_changed = self
                                .seen
                                .newest(&container.name)
                                .is_some_and(|run| run.image != container.image);
                            if policy != RestartPolicy::Never || has_changed {
                                starts.push_back(container.name.clone());
                            }
                        }
                    }
                    Some((RunState::Exited(end), _)) => {
                        let again = match policy {
                            RestartPolicy::Always => true,
                            RestartPolicy::OnFailure => end.exit_code != 0,
                            RestartPolicy::Never => false,
                        };
                        if again {
                            starts.push_back(container.name.clone());
                        }
                    }
                    _ => starts.push_back(container.name.clone()),
                }
            }
        }
        self.plan.starts = starts;
        let mut until = now;
        for (container, message, grace) in kills {
            // One after the other, as the sync waits for each.
            until = self.kill_container(&container, &message, grace, until, reports, now).unwrap_or(until);
        }
        self.step = Step::Killing { until };
    }

    fn probe_result(&self, container: &str, kind: ProbeKind, id: &str) -> Option<bool> {
        let worker = self.probes.iter().find(|it| *it.container == *container && it.kind == kind)?;
        Some(worker.result_for(id).unwrap_or(false))
    }

    /// Why a running container is to be killed: its name, the message, the grace period.
    fn kill_reason(
        &self,
        container: &Container,
        is_init: bool,
        id: &str,
    ) -> Option<(String, String, Millis)> {
        let failed = |kind: ProbeKind| {
            self.probes.iter().any(|it| {
                *it.container == *container.name && it.kind == kind && it.result_for(id) == Some(false)
            })
        };
        let run = self.seen.newest(&container.name)?;
        let word = if is_init { "Init container" } else { "Container" };
        let (why, grace) = if run.image != container.image {
            ("definition changed", None)
        } else if failed(ProbeKind::Liveness) {
            ("failed liveness probe", container.liveness.as_ref().and_then(|it| it.grace))
        } else if failed(ProbeKind::Startup) {
            ("failed startup probe", container.startup.as_ref().and_then(|it| it.grace))
        } else {
            return None;
        };
        let again = is_init || self.pod.restart_policy != RestartPolicy::Never || why == "definition changed";
        let tail = if again { ", will be restarted" } else { "" };
        let message = format!("{word} {} {why}{tail}", container.name);
        Some((container.name.clone(), message, millis_of(grace.unwrap_or(self.pod.grace))))
    }
}
