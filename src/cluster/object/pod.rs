//! Pods: a specification that many of them share, what tells each apart, and a status.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::meta::{Labels, labels_from};
use super::pod_spec::PodSpec;
use super::pod_status::{ContainerStatus, Phase, PodStatus};
use crate::cluster::time::Instant;

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
