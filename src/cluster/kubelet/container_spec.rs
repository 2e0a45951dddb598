//! A container of a pod, as its specification has it, with the API server's defaults.

use serde_json::Value;

use super::handler::{Handler, Probe, read_handler, read_probe};
use super::pod_spec::{list, text, texts};

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
}

pub(super) fn read_container(value: &Value, is_init: bool) -> Container {
    let image = text(&value["image"]);
    let pull_policy = match value["imagePullPolicy"].as_str() {
        Some("Always") => PullPolicy::Always,
        Some("Never") => PullPolicy::Never,
        Some("IfNotPresent") => PullPolicy::IfNotPresent,
        _ if super::images::tag(&image) == Some("latest") => PullPolicy::Always,
        _ => PullPolicy::IfNotPresent,
    };
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
        image,
    }
}

fn env_source(kind: &'static str, reference: &Value, key: Option<String>) -> EnvSource {
    let optional = reference["optional"].as_bool().unwrap_or(false);
    EnvSource { kind, name: text(&reference["name"]), key, optional }
}
