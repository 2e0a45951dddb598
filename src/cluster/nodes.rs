//! Nodes: adding, losing, getting back, cordoning, tainting.

use std::rc::Rc;

use serde_json::{Value, json};

use super::object::{Body, Kind, Object};
use super::work::Work;
use super::{Cluster, Instant, Status};

/// The taint of a node that is silent.
pub(crate) const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The taint by which an operator says that a node is shut down for good.
pub(crate) const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

impl Cluster {
    /// Adds a ready node.
    ///
    /// # Errors
    /// There is one of that name.
    pub fn add_node(&mut self, name: &str, labels: &[(&str, &str)]) -> Result<Rc<Object>, Status> {
        let mut all = serde_json::Map::new();
        for (key, value) in
            [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")]
        {
            all.insert(key.into(), value.into());
        }
        all.extend(labels.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))));
        let value = json!({"metadata": {"name": name, "labels": all}, "spec": {}, "status": {
            "capacity": {"cpu": "8", "memory": "16Gi", "pods": "110"},
            "allocatable": {"cpu": "8", "memory": "16Gi", "pods": "110"}}});
        let mut node = Object::from_value(Kind::Node, &value);
        set_ready(&mut node, "True", "KubeletReady", "kubelet is posting ready status", self.now);
        self.create_object(node)
    }

    /// A node stops reporting. What follows, follows as time passes.
    ///
    /// # Errors
    /// There is no such node.
    pub fn lose_node(&mut self, name: &str) -> Result<(), Status> {
        let key = self.get(Kind::Node, "", name)?.key();
        self.silent.entry(key.name.clone()).or_insert(self.now);
        self.connect_kubelet(name, true);
        self.queue.add(Work::Node(key));
        Ok(())
    }

    /// A node reports again.
    ///
    /// # Errors
    /// There is no such node.
    pub fn return_node(&mut self, name: &str) -> Result<(), Status> {
        let now = self.now;
        self.silent.remove(name);
        self.connect_kubelet(name, false);
        self.change_node(name, |node| {
            set_ready(node, "True", "KubeletReady", "kubelet is posting ready status", now);
        })
    }

    /// Whether a node reports.
    pub fn is_silent(&self, name: &str) -> bool {
        self.silent.contains_key(name)
    }

    /// Puts a taint on a node.
    ///
    /// # Errors
    /// There is no such node.
    pub fn taint_node(&mut self, name: &str, key: &str, value: &str, effect: &str) -> Result<(), Status> {
        let mut taint = json!({"key": key, "effect": effect});
        if !value.is_empty() {
            taint["value"] = value.into();
        }
        if effect == "NoExecute" {
            taint["timeAdded"] = self.now.to_string().into();
        }
        self.change_node(name, |node| {
            let mut taints = node.spec()["taints"].as_array().cloned().unwrap_or_default();
            taints.retain(|other| other["key"] != *key || other["effect"] != *effect);
            taints.push(taint);
            set_taints(node, taints);
        })
    }

    /// Takes the taints with a key off a node.
    ///
    /// # Errors
    /// There is no such node.
    pub fn untaint_node(&mut self, name: &str, key: &str) -> Result<(), Status> {
        self.change_node(name, |node| {
            let mut taints = node.spec()["taints"].as_array().cloned().unwrap_or_default();
            taints.retain(|taint| taint["key"] != *key);
            set_taints(node, taints);
        })
    }

    /// Marks a node unschedulable, or schedulable again.
    ///
    /// # Errors
    /// There is no such node.
    pub fn cordon_node(&mut self, name: &str, unschedulable: bool) -> Result<(), Status> {
        const TAINT: &str = "node.kubernetes.io/unschedulable";
        if unschedulable {
            self.taint_node(name, TAINT, "", "NoSchedule")?;
        } else {
            self.untaint_node(name, TAINT)?;
        }
        self.change_node(name, |node| {
            change_spec(node, |spec| {
                if unschedulable {
                    spec["unschedulable"] = true.into();
                } else if let Some(map) = spec.as_object_mut() {
                    map.remove("unschedulable");
                }
            });
        })
    }

    fn change_node(&mut self, name: &str, change: impl FnOnce(&mut Object)) -> Result<(), Status> {
        let mut node = (**self.get(Kind::Node, "", name)?).clone();
        change(&mut node);
        self.write(node);
        Ok(())
    }
}

fn change_spec(node: &mut Object, change: impl FnOnce(&mut Value)) {
    if let Body::Plain(plain) = &mut node.body {
        let mut fields = (*plain.fields).clone();
        change(&mut fields["spec"]);
        plain.fields = Rc::new(fields);
    }
}

/// Replaces a node's taints.
pub(crate) fn set_taints(node: &mut Object, taints: Vec<Value>) {
    change_spec(node, |spec| {
        if taints.is_empty() {
            if let Some(map) = spec.as_object_mut() {
                map.remove("taints");
            }
        } else {
            spec["taints"] = Value::from(taints);
        }
    });
}

/// Whether a node has a taint of that key.
pub(crate) fn has_taint(node: &Object, key: &str) -> bool {
    node.spec()["taints"].as_array().into_iter().flatten().any(|taint| taint["key"] == *key)
}

/// The status of a node's Ready condition.
pub(crate) fn ready_condition(node: &Object) -> Option<&str> {
    let conditions = node.status()["conditions"].as_array();
    let ready = conditions.into_iter().flatten().find(|condition| condition["type"] == "Ready");
    ready.and_then(|condition| condition["status"].as_str())
}

/// Whether a node's Ready condition is True.
pub(crate) fn is_ready(node: &Object) -> bool {
    ready_condition(node) == Some("True")
}

/// Sets a node's Ready condition.
pub(crate) fn set_ready(node: &mut Object, status: &str, reason: &str, message: &str, now: Instant) {
    if let Body::Plain(plain) = &mut node.body {
        let mut value = (*plain.status).clone();
        let condition = json!({"type": "Ready", "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now.to_string(), "lastTransitionTime": now.to_string()});
        value["conditions"] = Value::from(vec![condition]);
        plain.status = Rc::new(value);
    }
}
