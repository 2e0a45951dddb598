//! Pods: a specification that many of them share, what tells each apart, and a status.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::meta::{Labels, labels_from};
use super::resources::Resources;
use super::selector::Selector;
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

/// A taint that a pod puts up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    key: Rc<str>,
    exists: bool,
    value: Rc<str>,
    effect: Rc<str>,
    /// For how long, in seconds; `None` for ever.
    pub seconds: Option<i64>,
}

impl Toleration {
    /// Whether it covers a taint.
    pub fn tolerates(&self, key: &str, value: &str, effect: &str) -> bool {
        (self.effect.is_empty() || &*self.effect == effect)
            && (self.key.is_empty() || &*self.key == key)
            && (self.exists || &*self.value == value)
    }

    fn of(value: &Value) -> Toleration {
        let text = |field: &str| value[field].as_str().unwrap_or("").into();
        Toleration {
            key: text("key"),
            exists: value["operator"] == "Exists",
            value: text("value"),
            effect: text("effect"),
            seconds: value["tolerationSeconds"].as_i64(),
        }
    }
}

/// A required rule of pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffinityTerm {
    /// The node label whose value the pods share, or must not.
    pub topology_key: Rc<str>,
    /// Which pods.
    pub selector: Selector,
    /// In which namespaces; empty for that of the pod.
    pub namespaces: Vec<Rc<str>>,
}

/// The part of a pod's specification that all pods of a template share.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSpec {
    /// All of it but `hostname`, `subdomain` and `nodeName`.
    pub value: Value,
    /// `terminationGracePeriodSeconds`.
    pub grace_seconds: i64,
    /// Tolerations, those of admission included.
    pub tolerations: Vec<Toleration>,
    /// Required pod affinity.
    pub affinity: Vec<AffinityTerm>,
    /// Required pod anti-affinity.
    pub anti_affinity: Vec<AffinityTerm>,
    /// Name and claim of each volume that a claim stands behind.
    pub claims: Vec<(Rc<str>, Rc<str>)>,
    /// Names of all volumes.
    pub volumes: Vec<Rc<str>>,
    /// What it asks of its node.
    pub requests: Resources,
    /// `qosClass`.
    pub qos_class: &'static str,
}

impl PodSpec {
    /// Reads a defaulted specification; adds what admission adds: the tolerations of DefaultTolerationSeconds, the
    /// service account, the priority.
    pub fn of(value: &Value) -> PodSpec {
        let mut value = value.clone();
        if let Some(spec) = value.as_object_mut() {
            for own in ["hostname", "subdomain", "nodeName"] {
                spec.remove(own);
            }
            for (field, content) in [
                ("serviceAccountName", json!("default")),
                ("serviceAccount", json!("default")),
                ("enableServiceLinks", json!(true)),
                ("preemptionPolicy", json!("PreemptLowerPriority")),
                ("priority", json!(0)),
            ] {
                spec.entry(field).or_insert(content);
            }
            let listed = spec.entry("tolerations").or_insert_with(|| json!([]));
            for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
                let listed = listed.as_array_mut();
                if let Some(listed) = listed
                    && !listed
                        .iter()
                        .any(|toleration| Toleration::of(toleration).tolerates(key, "", "NoExecute"))
                {
                    listed.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute",
                        "tolerationSeconds": 300}));
                }
            }
        }
        let list = |field: &str| value[field].as_array().map_or(&[][..], Vec::as_slice);
        let claims = list("volumes").iter().filter_map(|volume| {
            let claim = volume["persistentVolumeClaim"]["claimName"].as_str()?;
            Some((volume["name"].as_str()?.into(), claim.into()))
        });
        let volumes = list("volumes").iter().filter_map(|volume| volume["name"].as_str()).map(Rc::from);
        PodSpec {
            grace_seconds: value["terminationGracePeriodSeconds"].as_i64().unwrap_or(30),
            tolerations: list("tolerations").iter().map(Toleration::of).collect(),
            affinity: affinity_terms(&value["affinity"]["podAffinity"]),
            anti_affinity: affinity_terms(&value["affinity"]["podAntiAffinity"]),
            claims: claims.collect(),
            volumes: volumes.collect(),
            requests: Resources::of_pod(&value),
            qos_class: qos_class(&value),
            value,
        }
    }

    /// The containers.
    pub fn containers(&self) -> &[Value] {
        self.value["containers"].as_array().map_or(&[], Vec::as_slice)
    }
}

fn affinity_terms(value: &Value) -> Vec<AffinityTerm> {
    let terms = value["requiredDuringSchedulingIgnoredDuringExecution"].as_array();
    let term = |term: &Value| AffinityTerm {
        topology_key: term["topologyKey"].as_str().unwrap_or("").into(),
        selector: Selector::of(&term["labelSelector"]),
        namespaces: term["namespaces"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(Rc::from)
            .collect(),
    };
    terms.into_iter().flatten().map(term).collect()
}

/// `Guaranteed` if every container limits cpu and memory to what it requests, `BestEffort` if none says
/// anything, else `Burstable`.
fn qos_class(spec: &Value) -> &'static str {
    let containers =
        ["initContainers", "containers"].iter().filter_map(|list| spec[*list].as_array()).flatten();
    let (mut any, mut all) = (false, true);
    for container in containers {
        let resources = &container["resources"];
        for name in ["cpu", "memory"] {
            let (request, limit) = (&resources["requests"][name], &resources["limits"][name]);
            any |= !request.is_null() || !limit.is_null();
            all &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (any, all) {
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
        _ => "BestEffort",
    }
}

/// A pod template: `spec.template` of a workload.
#[derive(Clone, Debug, PartialEq)]
pub struct PodTemplate {
    /// As it stands in the workload.
    pub value: Value,
    /// Labels of its pods.
    pub labels: Labels,
    /// Annotations of its pods.
    pub annotations: Rc<Labels>,
    /// Specification of its pods.
    pub spec: Rc<PodSpec>,
    /// `spec.hostname`, for pods that are not given one.
    pub hostname: Option<Rc<str>>,
    /// `spec.subdomain`.
    pub subdomain: Option<Rc<str>>,
    /// `spec.nodeName`.
    pub node: Option<Rc<str>>,
}

impl PodTemplate {
    /// Reads a template.
    pub fn of(value: &Value) -> PodTemplate {
        PodTemplate {
            labels: labels_from(&value["metadata"]["labels"]),
            annotations: Rc::new(labels_from(&value["metadata"]["annotations"])),
            spec: Rc::new(PodSpec::of(&value["spec"])),
            hostname: value["spec"]["hostname"].as_str().map(Rc::from),
            subdomain: value["spec"]["subdomain"].as_str().map(Rc::from),
            node: value["spec"]["nodeName"].as_str().filter(|node| !node.is_empty()).map(Rc::from),
            value: value.clone(),
        }
    }
}

/// A pod, but for its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// What it shares with the other pods of its template.
    pub spec: Rc<PodSpec>,
    /// `spec.hostname`.
    pub hostname: Option<Rc<str>>,
    /// `spec.subdomain`.
    pub subdomain: Option<Rc<str>>,
    /// `spec.nodeName`: where it runs.
    pub node: Option<Rc<str>>,
    /// Name and claim of each volume that a claim stands behind.
    pub claims: Rc<[(Rc<str>, Rc<str>)]>,
    /// Status.
    pub status: Rc<PodStatus>,
}

impl Pod {
    /// Reads a pod from a defaulted object.
    pub(crate) fn of(spec: &Value) -> Pod {
        let text = |field: &str| spec[field].as_str().filter(|text| !text.is_empty()).map(Rc::from);
        let (hostname, subdomain, node) = (text("hostname"), text("subdomain"), text("nodeName"));
        let spec = Rc::new(PodSpec::of(spec));
        let status = Rc::new(PodStatus::pending(&spec));
        Pod { hostname, subdomain, node, claims: spec.claims.as_slice().into(), status, spec }
    }

    /// Whether its Ready condition is True.
    pub fn is_ready(&self) -> bool {
        self.status.is_true("Ready")
    }

    /// Whether it has ended for good.
    pub fn is_finished(&self) -> bool {
        matches!(self.status.phase, Phase::Failed | Phase::Succeeded)
    }

    /// Whether it runs and is ready.
    pub fn is_running_and_ready(&self) -> bool {
        self.status.phase == Phase::Running && self.is_ready()
    }

    /// Whether it is ready and has been for so many seconds.
    pub fn is_available(&self, min_ready_seconds: i64, now: Instant) -> bool {
        self.status.condition("Ready").is_some_and(|ready| {
            &*ready.status == "True" && (now - ready.since).0 >= min_ready_seconds.max(0) as u64 * 1000
        })
    }

    /// The specification as the API shows it.
    pub(crate) fn spec_value(&self) -> Value {
        let mut value = self.spec.value.clone();
        let texts = [("hostname", &self.hostname), ("subdomain", &self.subdomain), ("nodeName", &self.node)];
        for (field, text) in texts {
            if let Some(text) = text {
                value[field] = Value::from(&**text);
            }
        }
        if *self.claims != *self.spec.claims {
            let mut volumes: Vec<Value> = self
                .claims
                .iter()
                .map(|(volume, claim)| {
                    json!({"name": &**volume, "persistentVolumeClaim": {"claimName": &**claim}})
                })
                .collect();
            let own = value["volumes"].as_array().cloned().unwrap_or_default();
            let is_new = |volume: &Value| !self.claims.iter().any(|(name, _)| volume["name"] == **name);
            volumes.extend(own.into_iter().filter(is_new));
            value["volumes"] = Value::from(volumes);
        }
        value
    }

    /// The status as the API shows it.
    pub(crate) fn status_value(&self) -> Value {
        let status = &*self.status;
        let mut map = Map::new();
        map.insert("phase".into(), Value::from(status.phase.name()));
        let conditions = status.conditions.iter().map(|condition| {
            let mut value = json!({
                "type": &*condition.kind, "status": &*condition.status, "lastProbeTime": null,
                "lastTransitionTime": condition.since.to_string(),
            });
            for (field, text) in [("reason", &condition.reason), ("message", &condition.message)] {
                if !text.is_empty() {
                    value[field] = Value::from(&**text);
                }
            }
            value
        });
        if !status.conditions.is_empty() {
            map.insert("conditions".into(), conditions.collect());
        }
        for (field, text) in [("reason", &status.reason), ("message", &status.message)] {
            if !text.is_empty() {
                map.insert(field.into(), Value::from(&**text));
            }
        }
        if let Some(ip) = &status.ip {
            map.insert("podIP".into(), Value::from(&**ip));
            map.insert("podIPs".into(), json!([{"ip": &**ip}]));
        }
        if let Some(started) = status.started {
            map.insert("startTime".into(), Value::from(started.to_string()));
        }
        let lists =
            [("initContainerStatuses", &status.init_containers), ("containerStatuses", &status.containers)];
        for (field, list) in lists {
            if !list.is_empty() {
                map.insert(field.into(), list.iter().map(ContainerStatus::to_value).collect());
            }
        }
        map.insert("qosClass".into(), Value::from(status.qos_class));
        Value::Object(map)
    }
}

impl ContainerStatus {
    fn to_value(&self) -> Value {
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
