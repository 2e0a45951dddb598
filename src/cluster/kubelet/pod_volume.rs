//! The volumes of a pod, as its specification has them.

use serde_json::Value;

use super::pod_spec::{list, text};

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

impl Volume {
    /// A volume that a claim stands behind.
    pub(super) fn of_claim(name: &str, claim: &str) -> Volume {
        Volume { name: name.to_owned(), source: VolumeSource::Claim { name: claim.to_owned() } }
    }
}

pub(super) fn read_volume(value: &Value) -> Volume {
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
