//! Why a pod has no node, is not ready, or is still there.

use std::rc::Rc;

use serde_json::Value;

use super::{Gate, Reason, Why};
use crate::cluster::Cluster;
use crate::cluster::object::{ClaimPhase, ContainerState, ContainerStatus, Key, Kind, Object, Pod};

/// A part of the scheduler's message, and the field of the pod that it is about.
const SCHEDULING_FIELDS: &[(&str, &str)] = &[
    ("Insufficient", "spec.containers[*].resources.requests"),
    ("node affinity/selector", "spec.affinity.nodeAffinity"),
    ("anti-affinity", "spec.affinity.podAntiAffinity"),
    ("pod affinity", "spec.affinity.podAffinity"),
    ("untolerated taint", "spec.tolerations"),
];

/// What a waiting container's reason comes to, and the field that is to blame.
const WAITING: &[(&str, Gate, &str)] = &[
    ("ErrImagePull", Gate::Image, "image"),
    ("ImagePullBackOff", Gate::Image, "image"),
    ("InvalidImageName", Gate::Image, "image"),
    ("ErrImageNeverPull", Gate::Image, "imagePullPolicy"),
    ("CreateContainerConfigError", Gate::Configuration, "env"),
    ("CreateContainerError", Gate::Configuration, "command"),
    ("RunContainerError", Gate::Configuration, "command"),
    ("PostStartHookError", Gate::Configuration, "lifecycle"),
    ("CrashLoopBackOff", Gate::BackOff, "command"),
];

/// The path of a container's field, for containers and init containers.
fn path(field: &str, is_init: bool) -> &'static str {
    const PATHS: &[(&str, &str, &str)] = &[
        ("image", "spec.containers[*].image", "spec.initContainers[*].image"),
        ("imagePullPolicy", "spec.containers[*].imagePullPolicy", "spec.initContainers[*].imagePullPolicy"),
        ("env", "spec.containers[*].env", "spec.initContainers[*].env"),
        ("command", "spec.containers[*].command", "spec.initContainers[*].command"),
        ("lifecycle", "spec.containers[*].lifecycle", "spec.initContainers[*].lifecycle"),
    ];
    let row = PATHS.iter().find(|row| row.0 == field);
    row.map_or("spec.containers", |row| if is_init { row.2 } else { row.1 })
}

impl Cluster {
    pub(super) fn pod_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let pod = object.as_pod()?;
        if object.meta.is_terminating() {
            return self.terminating_reason(object, pod);
        }
        if pod.is_finished() {
            return None;
        }
        let Some(node) = &pod.node else { return self.unscheduled_reason(object, pod) };
        if pod.is_ready() {
            return None;
        }
        let name = &object.meta.name;
        if self.is_silent(node) {
            let text = format!("{name} is not Ready: {node} does not answer");
            return Some(
                Why::new(object, Gate::NodeLost, text).waits_for(Kind::Node, Key::new("", node)).reason,
            );
        }
        let reason = self.container_reason(object, pod).or_else(|| {
            let is_new = pod.status.containers.is_empty();
            is_new.then(|| self.missing_reason(object, pod).map(|why| why.reason)).flatten()
        });
        Some(reason.unwrap_or_else(|| {
            let text = format!("{name} waits for its node to make its containers");
            Why::new(object, Gate::Starting, text).waits_for(Kind::Node, Key::new("", node)).reason
        }))
    }

    fn terminating_reason(&self, object: &Object, pod: &Pod) -> Option<Reason> {
        let name = &object.meta.name;
        if let Some(node) = pod.node.as_deref().filter(|node| self.missing_nodes.contains_key(*node)) {
            let text = format!("{name} stays until the pod garbage collector is sure that {node} is gone");
            return Some(Why::new(object, Gate::NodeLost, text).reason);
        }
        if let Some(node) = pod.node.as_deref().filter(|node| self.is_silent(node)) {
            let text = format!("{name} stays Terminating: {node} does not answer");
            return Some(
                Why::new(object, Gate::NodeLost, text).waits_for(Kind::Node, Key::new("", node)).reason,
            );
        }
        if object.meta.deletion.is_some_and(|deletion| deletion.grace == 0) {
            return self.deletion_reason(object);
        }
        let text = format!("{name} has its grace period to stop");
        let field = "spec.terminationGracePeriodSeconds";
        Some(Why::new(object, Gate::GracePeriod, text).set_by_own(field).reason)
    }

    fn unscheduled_reason(&self, object: &Object, pod: &Pod) -> Option<Reason> {
        let spec = &pod.spec.value;
        if let Some(scheduler) = spec["schedulerName"].as_str().filter(|name| *name != "default-scheduler") {
            let text = format!("{} waits for a node: there is no scheduler {scheduler}", object.meta.name);
            let why = Why::new(object, Gate::Unschedulable, text);
            return Some(why.set_by_own("spec.schedulerName").reason);
        }
        if let Some(gate) = spec["schedulingGates"][0]["name"].as_str() {
            let text = format!(
                "{} waits for a node until its scheduling gate {gate} is taken off",
                object.meta.name
            );
            let why = Why::new(object, Gate::Unschedulable, text);
            return Some(why.set_by_own("spec.schedulingGates").reason);
        }
        let scheduled =
            pod.status.condition("PodScheduled").filter(|condition| &*condition.status == "False")?;
        let name = &object.meta.name;
        let is_bound = |key: &Key| {
            self.store.get(Kind::PersistentVolumeClaim, key).is_some_and(|claim| {
                !claim.meta.is_terminating()
                    && claim.as_claim().is_some_and(|claim| claim.phase == ClaimPhase::Bound)
            })
        };
        let mut claims = pod.claims.iter().map(|(_, claim)| object.key().sibling(claim));
        if let Some(claim) = claims.find(|claim| !is_bound(claim)) {
            let is_there = self.store.get(Kind::PersistentVolumeClaim, &claim).is_some();
            let what = if is_there { "bound" } else { "there" };
            let text = format!("{name} waits for a node until {} is {what}", claim.name);
            let why = Why::new(object, Gate::ClaimUnbound, text);
            return Some(why.waits_for(Kind::PersistentVolumeClaim, claim).set_by_own("spec.volumes").reason);
        }
        let message = scheduled.message.split(". ").next().unwrap_or("").trim_end_matches('.');
        let why = Why::new(object, Gate::Unschedulable, format!("{name} waits for a node: {message}"));
        let field = SCHEDULING_FIELDS.iter().find(|(part, _)| message.contains(part));
        Some(match field {
            Some((_, field)) => why.set_by_own(field).reason,
            None => self.placed_elsewhere(object, pod, message, why).reason,
        })
    }

    /// What keeps a pod from its nodes if no field of its own does: a volume that is somewhere else, or a cordon.
    fn placed_elsewhere(&self, object: &Object, pod: &Pod, message: &str, why: Why) -> Why {
        if message.contains("PersistentVolume's node affinity") {
            let claims = pod.claims.iter().map(|(_, claim)| object.key().sibling(claim));
            let mut volumes = claims.filter_map(|claim| {
                let claim = self.store.get(Kind::PersistentVolumeClaim, &claim)?.as_claim()?;
                self.store.find(Kind::PersistentVolume, "", claim.volume.as_deref()?)
            });
            if let Some(volume) = volumes.find(|volume| !volume.spec()["nodeAffinity"].is_null()) {
                let key = volume.key();
                return why.waits_for(Kind::PersistentVolume, key.clone()).set_by(
                    Kind::PersistentVolume,
                    key,
                    "spec.nodeAffinity",
                );
            }
        }
        let mut nodes = self.store.list(Kind::Node);
        match nodes.find(|node| message.contains("unschedulable") && node.spec()["unschedulable"] == true) {
            Some(node) => {
                why.waits_for(Kind::Node, node.key()).set_by(Kind::Node, node.key(), "spec.unschedulable")
            }
            None => why,
        }
    }

    /// Why a container of a pod with a node is not ready: of init containers, then of containers, the first.
    fn container_reason(&self, object: &Object, pod: &Pod) -> Option<Reason> {
        let name = &object.meta.name;
        // A sidecar is done with its part when it is ready.
        let is_done = |status: &ContainerStatus| {
            matches!(status.state, ContainerState::Terminated { exit_code: 0, .. })
                || (status.started && status.ready)
        };
        let init = pod.status.init_containers.iter().find(|status| !is_done(status));
        let containers = pod.status.containers.iter().find(|status| !status.ready);
        if let Some(status) = init.or(containers) {
            let why = self.state_reason(object, pod, status, init.is_some())?;
            return Some(why.reason);
        }
        let gates = pod.spec.value["readinessGates"].as_array()?;
        let mut gates = gates.iter().filter_map(|gate| gate["conditionType"].as_str());
        let open = gates.find(|gate| !pod.status.is_true(gate))?;
        let text = format!("{name} is not Ready: its readiness gate {open} is not True");
        Some(Why::new(object, Gate::Readiness, text).set_by_own("spec.readinessGates").reason)
    }

    fn state_reason(
        &self,
        object: &Object,
        pod: &Pod,
        status: &ContainerStatus,
        is_init: bool,
    ) -> Option<Why> {
        let (name, container) = (&object.meta.name, &status.name);
        let why = |gate, text, field| Some(Why::new(object, gate, text).set_by_own(field));
        match &status.state {
            ContainerState::Waiting { reason, .. } => {
                let lacks = ["ContainerCreating", "PodInitializing", "CreateContainerConfigError"];
                if lacks.contains(&&**reason)
                    && let Some(why) = self.missing_reason(object, pod)
                {
                    return Some(why);
                }
                let Some((_, gate, field)) = WAITING.iter().find(|(known, _, _)| *known == &**reason) else {
                    let text = format!("{name} waits until container {container} is made ({reason})");
                    return Some(Why::new(object, Gate::Starting, text));
                };
                let said = match gate {
                    Gate::Image => format!("the image {} cannot be pulled ({reason})", status.image),
                    Gate::BackOff => "it ends again and again, and waits before its next start".to_owned(),
                    _ => format!("it cannot be made ({reason})"),
                };
                why(*gate, format!("{name} waits for container {container}: {said}"), path(field, is_init))
            }
            ContainerState::Terminated { exit_code, .. } => {
                let text = format!(
                    "{name} waits for container {container}: it ended with exit code {exit_code} and is to be started \
                     again"
                );
                why(Gate::BackOff, text, "spec.restartPolicy")
            }
            ContainerState::Running { .. } if is_init => {
                let text = format!("{name} waits until its init container {container} ends");
                why(Gate::Init, text, "spec.initContainers")
            }
            ContainerState::Running { .. } => {
                let mut specs = pod.spec.containers().iter();
                let spec = specs.find(|spec| spec["name"] == **container)?;
                let (probe, field) = match !status.started && !spec["startupProbe"].is_null() {
                    true => ("startup", "spec.containers[*].startupProbe"),
                    false => ("readiness", "spec.containers[*].readinessProbe"),
                };
                let text =
                    format!("{name} runs, but the {probe} probe of container {container} does not succeed");
                if !spec["startupProbe"].is_null() || !spec["readinessProbe"].is_null() {
                    return why(Gate::Readiness, text, field);
                }
                let text = format!("{name} runs, but container {container} is not ready");
                Some(Why::new(object, Gate::Readiness, text))
            }
        }
    }

    fn missing_reason(&self, object: &Object, pod: &Pod) -> Option<Why> {
        let (kind, key, field) = self.missing_source(object, pod)?;
        let text = format!("{} waits until the {} {} is there", object.meta.name, kind.name(), key.name);
        Some(Why::new(object, Gate::Configuration, text).set_by_own(field).waits_for(kind, key))
    }

    /// The first ConfigMap or Secret that a pod cannot do without and that is not there, and where the pod names it.
    fn missing_source(&self, object: &Object, pod: &Pod) -> Option<(Kind, Key, &'static str)> {
        let spec = &pod.spec.value;
        let mut named = Vec::new();
        for volume in list(spec, "volumes") {
            named.extend(sources(volume, ["configMap", "secret"], "secretName", "spec.volumes"));
            for source in list(&volume["projected"], "sources") {
                named.extend(sources(source, ["configMap", "secret"], "name", "spec.volumes"));
            }
        }
        for (containers, field) in
            [("initContainers", "spec.initContainers[*].env"), ("containers", "spec.containers[*].env")]
        {
            for container in list(spec, containers) {
                for variable in list(container, "env") {
                    let from = &variable["valueFrom"];
                    named.extend(sources(from, ["configMapKeyRef", "secretKeyRef"], "name", field));
                }
                for from in list(container, "envFrom") {
                    named.extend(sources(from, ["configMapRef", "secretRef"], "name", field));
                }
            }
        }
        named.into_iter().find_map(|(kind, reference, name, field)| {
            // What every namespace is given is not for a reader to make.
            let named = reference[name].as_str().filter(|name| *name != "kube-root-ca.crt")?;
            let key = object.key().sibling(named);
            let is_missing = reference["optional"] != true && self.store.get(kind, &key).is_none();
            is_missing.then_some((kind, key, field))
        })
    }
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

/// What names a ConfigMap or a Secret: its kind, the reference, the field with the name, and the pod's field.
type Source<'a> = (Kind, &'a Value, &'static str, &'static str);

fn sources<'a>(
    holder: &'a Value,
    [config_map, secret]: [&str; 2],
    secret_name: &'static str,
    field: &'static str,
) -> [Source<'a>; 2] {
    [
        (Kind::ConfigMap, &holder[config_map], "name", field),
        (Kind::Secret, &holder[secret], secret_name, field),
    ]
}
