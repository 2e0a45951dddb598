//! The part of a Pod that a kubelet acts on, read once from the API object.
//!
//! Missing fields get the API server's defaults, so that an object that was never defaulted behaves the same.

use serde_json::Value;

use crate::cluster::object::Uid;

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

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// Always.
    Always,
    /// Unless the node has it.
    IfNotPresent,
    /// Never.
    Never,
}

/// What a probe or a lifecycle hook does.
#[derive(Debug, Clone, PartialEq)]
pub enum Handler {
    /// A command in the container: program and arguments.
    Exec(Vec<String>),
    /// An HTTP GET.
    Http {
        /// `http` or `https`.
        scheme: String,
        /// The pod's own address if not given.
        host: Option<String>,
        /// The port.
        port: Port,
        /// With a slash at the start.
        path: String,
    },
    /// A TCP connection.
    Tcp {
        /// The pod's own address if not given.
        host: Option<String>,
        /// The port.
        port: Port,
    },
    /// A gRPC health check.
    Grpc {
        /// The port.
        port: Port,
    },
    /// Seconds; hooks only.
    Sleep(u64),
}

/// A port by number or by its name in the container's `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// By number.
    Number(u64),
    /// By name.
    Name(String),
}

/// A probe; times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What it does.
    pub handler: Handler,
    /// From the container's start to the first probe.
    pub initial_delay: u64,
    /// From one probe to the next.
    pub period: u64,
    /// After which a probe counts as failed.
    pub timeout: u64,
    /// Successes in a row that count as success.
    pub success_threshold: u32,
    /// Failures in a row that count as failure.
    pub failure_threshold: u32,
    /// Overrides the pod's grace period when this probe has the container killed.
    pub grace: Option<u64>,
}

/// Where an environment variable comes from that is not written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvSource {
    /// `ConfigMap` or `Secret`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The key asked for; `None` for `envFrom`, which takes all.
    pub key: Option<String>,
    /// Whether it may be missing.
    pub optional: bool,
}

/// One place where a volume appears in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name.
    pub volume: String,
    /// Where it appears in the container; may be relative.
    pub path: String,
    /// The file or directory of the volume that appears; empty for all of it.
    pub sub_path: String,
    /// Whether it cannot be written.
    pub read_only: bool,
}

/// One container of a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// As written.
    pub image: String,
    /// When the image is pulled.
    pub pull_policy: PullPolicy,
    /// The entry point, if not the image's own.
    pub command: Vec<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables with a value written out; those from elsewhere have an empty one.
    pub env: Vec<(String, String)>,
    /// Where the other variables come from.
    pub env_sources: Vec<EnvSource>,
    /// Names and numbers of declared ports.
    pub ports: Vec<(String, u64)>,
    /// Where volumes appear.
    pub mounts: Vec<Mount>,
    /// The startup probe.
    pub startup: Option<Probe>,
    /// The readiness probe.
    pub readiness: Option<Probe>,
    /// The liveness probe.
    pub liveness: Option<Probe>,
    /// Runs after the start.
    pub post_start: Option<Handler>,
    /// Runs before SIGTERM.
    pub pre_stop: Option<Handler>,
    /// An init container with `restartPolicy: Always`.
    pub is_sidecar: bool,
    /// Requested cpu in thousandths of a core.
    pub cpu_request: u64,
    /// Requested memory in bytes.
    pub memory_request: u64,
}

/// What a volume of a pod holds.
#[derive(Debug, Clone, PartialEq)]
pub enum VolumeSource {
    /// A PersistentVolumeClaim.
    Claim {
        /// The claim's name.
        name: String,
    },
    /// A directory that lives as long as the pod.
    EmptyDir,
    /// A ConfigMap; `items` are keys and their paths.
    ConfigMap {
        /// The ConfigMap's name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
        /// Keys and their paths; empty for all keys.
        items: Vec<(String, String)>,
    },
    /// A Secret; `items` are keys and their paths.
    Secret {
        /// The Secret's name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
        /// Keys and their paths; empty for all keys.
        items: Vec<(String, String)>,
    },
    /// Several sources in one directory.
    Projected(Vec<VolumeSource>),
    /// A path of the node.
    HostPath(String),
    /// Anything else.
    Other,
}

/// A volume of a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub source: VolumeSource,
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
        let metadata = &pod["metadata"];
        let spec = &pod["spec"];
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

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).map(text).collect()
}

fn text_map(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), text(value))).collect()
}

fn read_container(value: &Value, is_init: bool) -> Container {
    let image = text(&value["image"]);
    let pull_policy = match value["imagePullPolicy"].as_str() {
        Some("Always") => PullPolicy::Always,
        Some("Never") => PullPolicy::Never,
        Some("IfNotPresent") => PullPolicy::IfNotPresent,
        _ if super::images::tag(&image) == Some("latest") => PullPolicy::Always,
        _ => PullPolicy::IfNotPresent,
    };
    let requests = &value["resources"]["requests"];
    let limits = &value["resources"]["limits"];
    let quantity = |key: &str| if requests[key].is_null() { &limits[key] } else { &requests[key] };
    let mut env_sources = Vec::new();
    for source in list(&value["envFrom"]) {
        for (kind, field) in [("ConfigMap", "configMapRef"), ("Secret", "secretRef")] {
            if source[field].is_object() {
                env_sources.push(env_source(kind, &source[field], None));
            }
        }
    }
    for variable in list(&value["env"]) {
        for (kind, field) in [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")] {
            let reference = &variable["valueFrom"][field];
            if reference.is_object() {
                env_sources.push(env_source(kind, reference, Some(text(&reference["key"]))));
            }
        }
    }
    Container {
        name: text(&value["name"]),
        pull_policy,
        command: texts(&value["command"]),
        args: texts(&value["args"]),
        env: list(&value["env"]).map(|it| (text(&it["name"]), text(&it["value"]))).collect(),
        env_sources,
        ports: list(&value["ports"])
            .map(|it| (text(&it["name"]), it["containerPort"].as_u64().unwrap_or_default()))
            .collect(),
        mounts: list(&value["volumeMounts"])
            .map(|it| Mount {
                volume: text(&it["name"]),
                path: text(&it["mountPath"]),
                sub_path: text(&it["subPath"]),
                read_only: it["readOnly"].as_bool().unwrap_or(false),
            })
            .collect(),
        startup: read_probe(&value["startupProbe"]),
        readiness: read_probe(&value["readinessProbe"]),
        liveness: read_probe(&value["livenessProbe"]),
        post_start: read_handler(&value["lifecycle"]["postStart"]),
        pre_stop: read_handler(&value["lifecycle"]["preStop"]),
        is_sidecar: is_init && value["restartPolicy"].as_str() == Some("Always"),
        cpu_request: quantity_milli(quantity("cpu")),
        memory_request: quantity_milli(quantity("memory")) / 1000,
        image,
    }
}

fn env_source(kind: &'static str, reference: &Value, key: Option<String>) -> EnvSource {
    let optional = reference["optional"].as_bool().unwrap_or(false);
    EnvSource { kind, name: text(&reference["name"]), key, optional }
}

fn read_probe(value: &Value) -> Option<Probe> {
    let handler = read_handler(value)?;
    let number = |key: &str, default: u64| value[key].as_u64().filter(|it| *it > 0).unwrap_or(default);
    Some(Probe {
        handler,
        initial_delay: number("initialDelaySeconds", 0),
        period: number("periodSeconds", 10),
        timeout: number("timeoutSeconds", 1),
        success_threshold: number("successThreshold", 1) as u32,
        failure_threshold: number("failureThreshold", 3) as u32,
        grace: value["terminationGracePeriodSeconds"].as_u64(),
    })
}

fn read_handler(value: &Value) -> Option<Handler> {
    let port = |it: &Value| match it.as_u64() {
        Some(number) => Port::Number(number),
        None => Port::Name(text(it)),
    };
    let host = |it: &Value| it["host"].as_str().filter(|it| !it.is_empty()).map(str::to_string);
    if value["exec"].is_object() {
        return Some(Handler::Exec(texts(&value["exec"]["command"])));
    }
    let http = &value["httpGet"];
    if http.is_object() {
        let path = text(&http["path"]);
        return Some(Handler::Http {
            scheme: http["scheme"].as_str().unwrap_or("HTTP").to_ascii_lowercase(),
            host: host(http),
            port: port(&http["port"]),
            path: if path.starts_with('/') { path } else { format!("/{path}") },
        });
    }
    if value["tcpSocket"].is_object() {
        return Some(Handler::Tcp {
            host: host(&value["tcpSocket"]),
            port: port(&value["tcpSocket"]["port"]),
        });
    }
    if value["grpc"].is_object() {
        return Some(Handler::Grpc { port: port(&value["grpc"]["port"]) });
    }
    value["sleep"]["seconds"].as_u64().map(Handler::Sleep)
}

fn read_volume(value: &Value) -> Volume {
    Volume { name: text(&value["name"]), source: read_volume_source(value) }
}

fn read_volume_source(value: &Value) -> VolumeSource {
    let items =
        |it: &Value| list(&it["items"]).map(|item| (text(&item["key"]), text(&item["path"]))).collect();
    let optional = |it: &Value| it["optional"].as_bool().unwrap_or(false);
    if let Some(name) = value["persistentVolumeClaim"]["claimName"].as_str() {
        return VolumeSource::Claim { name: name.to_string() };
    }
    let config = &value["configMap"];
    if config.is_object() {
        return VolumeSource::ConfigMap {
            name: text(&config["name"]),
            optional: optional(config),
            items: items(config),
        };
    }
    let secret = &value["secret"];
    if secret.is_object() {
        // A projected source says `name`, a volume says `secretName`.
        let name = secret["secretName"].as_str().or(secret["name"].as_str()).unwrap_or_default().to_string();
        return VolumeSource::Secret { name, optional: optional(secret), items: items(secret) };
    }
    if value["projected"].is_object() {
        return VolumeSource::Projected(
            list(&value["projected"]["sources"]).map(read_volume_source).collect(),
        );
    }
    if let Some(path) = value["hostPath"]["path"].as_str() {
        return VolumeSource::HostPath(path.to_string());
    }
    let known = value.as_object().map(|map| map.len()).unwrap_or_default();
    // A volume with no source at all is an emptyDir.
    if value["emptyDir"].is_object() || known <= 1 { VolumeSource::EmptyDir } else { VolumeSource::Other }
}

/// A quantity in thousandths; 0 for what is not a quantity.
fn quantity_milli(value: &Value) -> u64 {
    let Some(text) = value.as_str() else { return value.as_f64().map_or(0, |it| (it * 1000.0) as u64) };
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let factor = match suffix {
        "m" => 1.0,
        "k" => 1e6,
        "M" => 1e9,
        "G" => 1e12,
        "T" => 1e15,
        "Ki" => 1024e3,
        "Mi" => 1024f64.powi(2) * 1e3,
        "Gi" => 1024f64.powi(3) * 1e3,
        "Ti" => 1024f64.powi(4) * 1e3,
        _ => 1e3,
    };
    number.parse::<f64>().map_or(0, |it| (it * factor) as u64)
}

/// A quantity in thousandths, for the node's capacity.
pub(crate) fn capacity_milli(value: &Value) -> u64 {
    quantity_milli(value)
}
