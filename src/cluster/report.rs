//! What kubelets report about pods: the door for a simulated kubelet, and for playing one by hand.

use std::rc::Rc;

use super::object::{Body, ContainerState, ContainerStatus, Key, Kind, Phase, Pod, PodStatus};
use super::{Cluster, Instant, Status};

/// A state of a pod that somebody who plays the kubelet reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodReport {
    /// Runs and is ready.
    Ready,
    /// Runs and is not ready.
    NotReady,
    /// Runs, and its container waits to be started again after a crash.
    CrashLoop,
    /// Its image cannot be pulled.
    ImagePullBackOff,
    /// All containers ended, not well.
    Failed,
    /// All containers ended well.
    Succeeded,
}

impl Cluster {
    /// Reports a pod's state, as its kubelet would. The first report gives the pod its address.
    ///
    /// # Errors
    /// There is no such pod.
    pub fn report(&mut self, namespace: &str, pod: &str, report: PodReport) -> Result<(), Status> {
        let now = self.now;
        self.update_pod_status(namespace, pod, |pod, status| set_state(pod, status, report, now))
    }

    /// Changes a pod's status as a kubelet does. A pod that has no address gets one.
    ///
    /// # Errors
    /// There is no such pod.
    pub fn update_pod_status(
        &mut self,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&Pod, &mut PodStatus),
    ) -> Result<(), Status> {
        let mut object = (**self.get(Kind::Pod, namespace, name)?).clone();
        if let Body::Pod(pod) = &mut object.body {
            let mut status = (*pod.status).clone();
            if status.ip.is_none() {
                self.addresses += 1;
                let (high, low) = (self.addresses / 250, self.addresses % 250 + 2);
                status.ip = Some(format!("10.244.{}.{low}", high % 250).into());
                status.started = Some(self.now);
            }
            change(pod, &mut status);
            pod.status = Rc::new(status);
        }
        self.write(object);
        Ok(())
    }

    /// A kubelet is done with a terminating pod: it goes. On one that is not terminating this is a deletion by force.
    ///
    /// # Errors
    /// There is no such pod.
    pub fn finalize_pod(&mut self, namespace: &str, name: &str) -> Result<(), Status> {
        let options =
            super::DeleteOptions { grace_period_seconds: Some(0), ..super::DeleteOptions::default() };
        let key: Key = self.get(Kind::Pod, namespace, name)?.key();
        self.delete_object(Kind::Pod, &key, &options)
    }
}

fn set_state(pod: &Pod, status: &mut PodStatus, report: PodReport, now: Instant) {
    let running = ContainerState::Running { since: now };
    let waiting = |reason: &str| ContainerState::Waiting { reason: reason.into(), message: Rc::default() };
    let ended = |exit_code: i32, reason: &str| ContainerState::Terminated {
        exit_code,
        reason: reason.into(),
        started: now,
        finished: now,
    };
    let (phase, ready, state) = match report {
        PodReport::Ready => (Phase::Running, true, running),
        PodReport::NotReady => (Phase::Running, false, running),
        PodReport::CrashLoop => (Phase::Running, false, waiting("CrashLoopBackOff")),
        PodReport::ImagePullBackOff => (Phase::Pending, false, waiting("ImagePullBackOff")),
        PodReport::Failed => (Phase::Failed, false, ended(1, "Error")),
        PodReport::Succeeded => (Phase::Succeeded, false, ended(0, "Completed")),
    };
    status.phase = phase;
    let is = |value: bool| if value { "True" } else { "False" };
    for (kind, value) in [
        ("ContainersReady", ready),
        ("Initialized", true),
        ("PodReadyToStartContainers", true),
        ("Ready", ready),
    ] {
        let reason = match (kind, value, report) {
            (_, false, PodReport::Succeeded) => "PodCompleted",
            (_, false, PodReport::Failed) => "PodFailed",
            (_, false, _) => "ContainersNotReady",
            _ => "",
        };
        status.set_condition(kind, is(value), reason, "", now);
    }
    let known = std::mem::take(&mut status.containers);
    let container = |container: &serde_json::Value| {
        let name: Rc<str> = container["name"].as_str().unwrap_or("").into();
        let before = known.iter().find(|status| status.name == name);
        ContainerStatus {
            image: container["image"].as_str().unwrap_or("").into(),
            ready,
            started: matches!(state, ContainerState::Running { .. }),
            restarts: before.map_or(0, |before| before.restarts) + u32::from(report == PodReport::CrashLoop),
            state: state.clone(),
            last_state: before.and_then(|before| before.last_state.clone()),
            name,
        }
    };
    status.containers = pod.spec.containers().iter().map(container).collect();
}
