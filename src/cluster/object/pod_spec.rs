//! The part of a pod's `spec` that all pods of a template share.

use std::rc::Rc;

use serde_json::{Value, json};

use super::resources::Resources;
use super::selector::Selector;

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
