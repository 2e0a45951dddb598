//! Makes a pod's status of what the kubelet last saw at the runtime (`generateAPIPodStatus` of the kubelet).

use std::collections::BTreeMap;

use super::container_spec::Container;
use super::pod_spec::{Millis, PodSpec, RestartPolicy};
use super::pod_status::{Condition, ContainerStatus, Phase, PodStatus, State, Terminated};
use super::runtime::{RunState, Runtime};

/// Why containers did not start in the last sync: reason and message by container.
pub(crate) type StartErrors = BTreeMap<String, (String, Option<String>)>;

/// What a status is made of.
pub(crate) struct Sources<'a> {
    pub pod: &'a PodSpec,
    /// The runtime as the kubelet last saw it.
    pub seen: &'a Runtime,
    pub start_errors: &'a StartErrors,
    pub old: &'a PodStatus,
    pub is_deleted: bool,
    /// All containers have ended for good.
    pub is_terminal: bool,
    /// The pod must end: reason and message.
    pub eviction: Option<(&'a str, &'a str)>,
    /// Readiness gates whose condition is True.
    pub gates_true: &'a [String],
    pub now: Millis,
}

/// A status and the phase that the containers alone would give, which shows that a pod is done before it is
/// reported so.
pub(crate) struct Generated {
    pub status: PodStatus,
    pub computed_phase: Phase,
}

/// Whether a container that does not run is to be started (again).
pub(crate) fn should_restart(sources: &Sources<'_>, is_init: bool, container: &Container) -> bool {
    if sources.is_deleted {
        return false;
    }
    let Some(run) = sources.seen.newest(&container.name) else { return true };
    match &run.state {
        RunState::Running { .. } => false,
        RunState::Created => true,
        RunState::Exited(end) => match sources.pod.restart_policy_of(is_init, container) {
            RestartPolicy::Never => false,
            RestartPolicy::OnFailure => end.exit_code != 0,
            RestartPolicy::Always => true,
        },
    }
}

/// Makes the status. `ready` and `started` say what the probes know of a running container: its name and id in,
/// the answer out.
pub(crate) fn generate(
    sources: &Sources<'_>,
    started: &dyn Fn(&str, &str) -> bool,
    ready: &mut dyn FnMut(&str, &str) -> bool,
) -> Generated {
    let pod = sources.pod;
    let has_init = pod.init_containers.iter().any(|it| !it.is_sidecar);
    let was_initialized = sources.old.condition("Initialized").is_some_and(|it| it.status);
    let waiting = if has_init && !was_initialized { "PodInitializing" } else { "ContainerCreating" };
    let mut init_containers = Vec::new();
    let mut containers = Vec::new();
    for (is_init, container) in pod.all_containers() {
        let waiting = if is_init || !pod.init_containers.is_empty() { "PodInitializing" } else { waiting };
        let mut status = container_status(sources, is_init, container, waiting);
        if let State::Running { .. } = status.state {
            status.started = started(&container.name, &status.container_id);
            status.ready = if is_init && !container.is_sidecar {
                false
            } else {
                status.started && ready(&container.name, &status.container_id)
            };
        } else if is_init && !container.is_sidecar {
            status.ready = matches!(&status.state, State::Terminated(end) if end.exit_code == 0);
        }
        if is_init { &mut init_containers } else { &mut containers }.push(status);
    }
    let mut phase = phase(pod, &init_containers, &containers, sources.is_terminal);
    let mut reason = sources.old.reason.clone();
    let mut message = sources.old.message.clone();
    if let Some((why, text)) = sources.eviction {
        phase = Phase::Failed;
        (reason, message) = (Some(why.to_string()), Some(text.to_string()));
    }
    if sources.old.phase.is_terminal() {
        phase = sources.old.phase;
    }
    let mut status = PodStatus {
        generation: pod.generation,
        phase,
        reason,
        message,
        start_time: sources.old.start_time.or(Some(sources.now)),
        pod_ip: sources.seen.sandbox.as_ref().map(|it| it.ip.clone()).or(sources.old.pod_ip.clone()),
        host_ip: sources.old.host_ip.clone(),
        conditions: sources.old.conditions.clone(),
        init_containers,
        containers,
    };
    set_condition(
        &mut status,
        "PodReadyToStartContainers",
        sources.seen.has_sandbox(),
        None,
        None,
        sources.now,
    );
    set_initialized(&mut status, pod, sources.now);
    set_ready(&mut status, pod, sources.gates_true, sources.now);
    let computed_phase = phase;
    if phase.is_terminal() && !sources.is_terminal && !sources.old.phase.is_terminal() {
        // Not told while containers may still run.
        status.phase = sources.old.phase;
        status.reason.clone_from(&sources.old.reason);
        status.message.clone_from(&sources.old.message);
    }
    Generated { status, computed_phase }
}

fn container_status(
    sources: &Sources<'_>,
    is_init: bool,
    container: &Container,
    waiting: &str,
) -> ContainerStatus {
    let old = sources
        .old
        .init_containers
        .iter()
        .chain(&sources.old.containers)
        .find(|it| it.name == container.name);
    let mut status = ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: String::new(),
        container_id: String::new(),
        state: State::Waiting { reason: waiting.to_string(), message: None },
        last: None,
        ready: false,
        started: false,
        restart_count: 0,
    };
    if let Some(run) = sources.seen.newest(&container.name) {
        status.image.clone_from(&run.image);
        status.image_id = super::images::full_name(&run.image);
        status.container_id.clone_from(&run.id);
        status.restart_count = run.attempt;
        let previous = sources.seen.runs[&container.name].get(1).and_then(|it| it.exited()).cloned();
        status.last =
            previous.or_else(|| old.and_then(|it| it.last.clone()).filter(|it| it.container_id != run.id));
        match &run.state {
            RunState::Running { since } => status.state = State::Running { since: *since },
            RunState::Exited(end) => status.state = State::Terminated(end.clone()),
            RunState::Created => {}
        }
    } else if let Some(old) = old
        && let State::Terminated(_) = old.state
    {
        status = old.clone();
        status.ready = false;
    }
    if should_restart(sources, is_init, container)
        && let Some((reason, message)) = sources.start_errors.get(&container.name)
    {
        if let State::Terminated(end) = &status.state {
            status.last = Some(end.clone());
        }
        status.state = State::Waiting { reason: reason.clone(), message: message.clone() };
    }
    status
}

/// The phase that the containers' states give (`getPhase` of the kubelet).
fn phase(
    pod: &PodSpec,
    init: &[ContainerStatus],
    containers: &[ContainerStatus],
    is_terminal: bool,
) -> Phase {
    let (mut initializing, mut init_failed) = (0, 0);
    for (status, container) in init.iter().zip(&pod.init_containers) {
        if container.is_sidecar {
            // A sidecar that has not started yet holds initialization up.
            if !status.started && status.last.is_none() && !matches!(status.state, State::Terminated(_)) {
                initializing += 1;
            }
            continue;
        }
        let end = match &status.state {
            State::Terminated(end) => Some(end),
            State::Waiting { .. } => status.last.as_ref(),
            State::Running { .. } => None,
        };
        match end {
            Some(end) if end.exit_code != 0 => init_failed += 1,
            Some(_) => {}
            None => initializing += 1,
        }
    }
    let (mut running, mut waiting, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for status in containers {
        match (&status.state, &status.last) {
            (State::Running { .. }, _) => running += 1,
            (State::Terminated(end), _) => {
                stopped += 1;
                succeeded += usize::from(end.exit_code == 0);
            }
            (State::Waiting { .. }, Some(_)) => stopped += 1,
            (State::Waiting { .. }, None) => waiting += 1,
        }
    }
    if init_failed > 0 && pod.restart_policy == RestartPolicy::Never {
        return Phase::Failed;
    }
    if initializing > 0 || waiting > 0 {
        Phase::Pending
    } else if running > 0 {
        Phase::Running
    } else if stopped > 0 {
        match pod.restart_policy {
            _ if is_terminal && stopped == succeeded => Phase::Succeeded,
            _ if is_terminal => Phase::Failed,
            RestartPolicy::Always => Phase::Running,
            _ if stopped == succeeded => Phase::Succeeded,
            RestartPolicy::Never => Phase::Failed,
            RestartPolicy::OnFailure => Phase::Running,
        }
    } else {
        Phase::Pending
    }
}

fn set_condition(
    status: &mut PodStatus,
    kind: &str,
    value: bool,
    reason: Option<&'static str>,
    message: Option<String>,
    now: Millis,
) {
    status.set_condition(Condition { kind: kind.to_string(), status: value, reason, message, since: now });
}

fn set_initialized(status: &mut PodStatus, pod: &PodSpec, now: Millis) {
    let is_done = |(status, container): (&ContainerStatus, &Container)| {
        if container.is_sidecar { status.started } else { status.ready }
    };
    let open: Vec<&str> = status
        .init_containers
        .iter()
        .zip(&pod.init_containers)
        .filter(|pair| !is_done(*pair))
        .map(|(status, _)| status.name.as_str())
        .collect();
    // Sidecars that are started again later do not undo initialization.
    let was = status.condition("Initialized").is_some_and(|it| it.status)
        && status
            .init_containers
            .iter()
            .zip(&pod.init_containers)
            .all(|(it, spec)| spec.is_sidecar || it.ready);
    if status.phase == Phase::Succeeded {
        set_condition(status, "Initialized", true, Some("PodCompleted"), None, now);
    } else if open.is_empty() || was {
        set_condition(status, "Initialized", true, None, None, now);
    } else {
        let message = format!("containers with incomplete status: [{}]", open.join(" "));
        set_condition(status, "Initialized", false, Some("ContainersNotInitialized"), Some(message), now);
    }
}

/// Sets Ready and ContainersReady from the containers' readiness.
pub(crate) fn set_ready(status: &mut PodStatus, pod: &PodSpec, gates_true: &[String], now: Millis) {
    let sidecars = status.init_containers.iter().zip(&pod.init_containers).filter(|(_, it)| it.is_sidecar);
    let open: Vec<&str> = sidecars
        .map(|(status, _)| status)
        .chain(&status.containers)
        .filter(|it| !it.ready)
        .map(|it| it.name.as_str())
        .collect();
    let not_ready = format!("containers with unready status: [{}]", open.join(" "));
    let (containers_ready, reason, message) = match status.phase {
        Phase::Succeeded => (false, Some("PodCompleted"), None),
        Phase::Failed => (false, Some("PodFailed"), None),
        _ if !open.is_empty() => (false, Some("ContainersNotReady"), Some(not_ready)),
        _ => (true, None, None),
    };
    let closed_gates: Vec<String> = pod
        .readiness_gates
        .iter()
        .filter(|gate| !gates_true.contains(gate))
        .map(|gate| format!("corresponding condition of pod readiness gate \"{gate}\" does not exist."))
        .collect();
    if containers_ready && !closed_gates.is_empty() {
        set_condition(
            status,
            "Ready",
            false,
            Some("ReadinessGatesNotReady"),
            Some(closed_gates.join(", ")),
            now,
        );
    } else {
        set_condition(status, "Ready", containers_ready, reason, message.clone(), now);
    }
    set_condition(status, "ContainersReady", containers_ready, reason, message, now);
}

/// Whether there is a sign in a status that the pod's own containers were started, or could have been
/// (`hasPodInitialized` of the kubelet).
pub(crate) fn is_initialized(status: &PodStatus, pod: &PodSpec) -> bool {
    let succeeded = |end: &Terminated| end.exit_code == 0;
    let (Some(last), Some(container)) = (status.init_containers.last(), pod.init_containers.last()) else {
        return pod.init_containers.is_empty();
    };
    status.containers.iter().any(|it| it.last.is_some() || !matches!(it.state, State::Waiting { .. }))
        || match &last.state {
            State::Running { .. } if container.is_sidecar => last.started,
            _ if container.is_sidecar => false,
            State::Terminated(end) => succeeded(end),
            _ => last.last.as_ref().is_some_and(succeeded),
        }
}

/// Ends every container in a status that the runtime does not know any more, and the pod with them. Containers whose
/// turn never came go on waiting.
pub(crate) fn finish(status: &mut PodStatus, was_initialized: bool) {
    let was_tried = |it: &ContainerStatus| it.last.is_some() || !matches!(it.state, State::Waiting { .. });
    let tried = status.init_containers.iter().rposition(was_tried).map_or(1, |at| at + 1);
    let own: &mut [ContainerStatus] = if was_initialized { &mut status.containers } else { &mut [] };
    for container in status.init_containers.iter_mut().take(tried).chain(own) {
        if matches!(container.state, State::Terminated(_)) {
            continue;
        }
        container.state = State::Terminated(Terminated {
            exit_code: 137,
            reason: "ContainerStatusUnknown".to_string(),
            message: Some("The container could not be located when the pod was terminated".to_string()),
            started: None,
            finished: None,
            container_id: String::new(),
        });
        (container.ready, container.started) = (false, false);
    }
    if !status.phase.is_terminal() {
        status.phase = Phase::Failed;
    }
}
