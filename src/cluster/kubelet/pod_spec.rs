//! The part of a Pod that a kubelet acts on, read once from the API object.
//!
//! Missing fields get the API server's defaults, so that an object that was never defaulted behaves the same.

use serde_json::Value;

use super::container_spec::{Container, read_container};
use super::pod_volume::{Volume, read_volume};
use crate::cluster::object::{Meta, Pod, Resources, Uid};

/// Milliseconds of virtual time since the world began.
pub type Millis = u64;

/// Seconds that somebody wrote down, in milliseconds; at most some ten thousand years, so that adding to them is safe.
pub(crate) fn millis_of(seconds: u64) -> Millis {
    seconds.min(1 << 38) * 1000
}

/// When a container is started again after it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Always.
    Always,
    /// After a failure only.
    OnFailure,
    /// Never.
    Never,
}

/// A pod as its kubelet reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct PodSpec {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: Uid,
    /// The node that it is bound to.
    pub node: String,
    /// Its generation.
    pub generation: u64,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
    /// When its containers are started again.
    pub restart_policy: RestartPolicy,
    /// Seconds.
    pub grace: u64,
    /// Seconds.
    pub active_deadline: Option<u64>,
    /// What it asks of the node.
    pub requests: Resources,
    /// Whether it uses the node's network.
    pub host_network: bool,
    /// Conditions that must be True for it to be Ready.
    pub readiness_gates: Vec<String>,
    /// Containers that run first, in order.
    pub init_containers: Vec<Container>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
}

impl PodSpec {
    /// Reads a Pod object. Fields of another type than the schema says count as missing.
    pub fn read(pod: &Value) -> PodSpec {
        PodSpec::read_parts(&pod["metadata"], &pod["spec"])
    }

    /// Reads what the pods of a template have in common.
    pub(super) fn of_template(spec: &Value) -> PodSpec {
        PodSpec::read_parts(&Value::Null, spec)
    }

    /// A pod of a template that was read before: the same as [`PodSpec::read`] gives for it.
    pub(super) fn of(meta: &Meta, pod: &Pod, template: &PodSpec) -> PodSpec {
        let mut of = template.clone();
        of.namespace = meta.namespace.to_string();
        of.name = meta.name.to_string();
        of.uid = meta.uid;
        of.node = pod.node.as_deref().unwrap_or_default().to_owned();
        of.generation = meta.generation.max(1);
        of.annotations =
            meta.annotations.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        if *pod.claims != *pod.spec.claims {
            of.volumes.retain(|volume| !pod.claims.iter().any(|(name, _)| **name == *volume.name));
            let claimed = pod.claims.iter().map(|(name, claim)| Volume::of_claim(name, claim));
            of.volumes.splice(0..0, claimed);
        }
        of
    }

    fn read_parts(metadata: &Value, spec: &Value) -> PodSpec {
        let restart_policy = match spec["restartPolicy"].as_str() {
            Some("Never") => RestartPolicy::Never,
            Some("OnFailure") => RestartPolicy::OnFailure,
            _ => RestartPolicy::Always,
        };
        PodSpec {
            namespace: metadata["namespace"].as_str().unwrap_or("default").to_string(),
            name: text(&metadata["name"]),
            uid: Uid::parse(metadata["uid"].as_str().unwrap_or_default()),
            node: text(&spec["nodeName"]),
            generation: metadata["generation"].as_u64().unwrap_or(1),
            annotations: text_map(&metadata["annotations"]),
            restart_policy,
            grace: spec["terminationGracePeriodSeconds"].as_i64().unwrap_or(30).max(1) as u64,
            active_deadline: spec["activeDeadlineSeconds"].as_u64(),
            requests: Resources::of_pod(spec),
            host_network: spec["hostNetwork"].as_bool().unwrap_or(false),
            readiness_gates: list(&spec["readinessGates"]).map(|gate| text(&gate["conditionType"])).collect(),
            init_containers: list(&spec["initContainers"]).map(|it| read_container(it, true)).collect(),
            containers: list(&spec["containers"]).map(|it| read_container(it, false)).collect(),
            volumes: list(&spec["volumes"]).map(read_volume).collect(),
        }
    }

    /// `name_namespace(uid)`, as the kubelet writes a pod in messages.
    pub fn label(&self) -> String {
        format!("{}_{}({})", self.name, self.namespace, self.uid)
    }

    /// All containers with whether each is an init container, init containers first.
    pub fn all_containers(&self) -> impl Iterator<Item = (bool, &Container)> {
        self.init_containers.iter().map(|it| (true, it)).chain(self.containers.iter().map(|it| (false, it)))
    }

    /// The container of that name and whether it is an init container.
    pub fn container(&self, name: &str) -> Option<(bool, &Container)> {
        self.all_containers().find(|(_, it)| it.name == name)
    }

    /// The restart policy that holds for a container: sidecars are always restarted, other init containers only
    /// after a failure unless the pod says `Never`.
    pub fn restart_policy_of(&self, is_init: bool, container: &Container) -> RestartPolicy {
        match (is_init, container.is_sidecar, self.restart_policy) {
            (true, true, _) => RestartPolicy::Always,
            (true, false, RestartPolicy::Always) => RestartPolicy::OnFailure,
            (_, _, policy) => policy,
        }
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    list(value).map(text).collect()
}

fn text_map(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::object::{Kind, Object};

    #[test]
    fn a_pod_of_a_known_template_reads_the_same() {
        let containers =
            json!([{"name": "c", "image": "i:1", "readinessProbe": {"httpGet": {"path": "/", "port": 80}}}]);
        for (metadata, spec) in [
            (json!({"name": "a", "namespace": "n"}), json!({"containers": containers})),
            (
                json!({"name": "web-0", "namespace": "n", "generation": 3, "annotations": {"b": "1", "a": ""}}),
                json!({"containers": containers, "hostname": "web-0", "subdomain": "web", "nodeName": "node-1",
                    "restartPolicy": "Never", "volumes": [{"name": "own", "emptyDir": {}},
                        {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}}]}),
            ),
        ] {
            let mut object = Object::from_value(Kind::Pod, &json!({"metadata": metadata, "spec": spec}));
            object.meta.uid = Uid(7);
            object.meta.generation = 2;
            for claims in
                [Vec::new(), vec![("data".into(), "data-web-5".into()), ("own".into(), "own-web-5".into())]]
            {
                if let crate::cluster::Body::Pod(pod) = &mut object.body {
                    pod.claims = claims.into();
                }
                let pod = object.as_pod().expect("it is a pod");
                let known = PodSpec::of(&object.meta, pod, &PodSpec::of_template(&pod.spec.value));
                assert_eq!(known, PodSpec::read(&object.to_value()));
            }
        }
    }
}
