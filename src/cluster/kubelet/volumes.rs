//! What a pod needs from other objects before its containers can start: volumes and environment.

use std::rc::Rc;

use serde_json::Value;

use super::container_spec::{Container, EnvSource};
use super::pod_spec::PodSpec;
use super::pod_volume::VolumeSource;

/// What a pod takes from other objects. Asked at every probe: answers are borrowed, not made.
pub trait Lookup {
    /// The fields of a ConfigMap or a Secret, `data` among them.
    fn config(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value>;
    /// The volume that a claim is bound to.
    fn volume(&self, namespace: &str, claim: &str) -> Option<Rc<str>>;
}

/// What keeps the pod's volumes from being mounted: volume and error, in the order of the spec.
pub(crate) fn mount_errors(pod: &PodSpec, lookup: &dyn Lookup) -> Vec<(String, String)> {
    let errors = pod.volumes.iter().filter_map(|volume| {
        let error = source_error(&pod.namespace, &volume.source, lookup)?;
        Some((volume.name.clone(), error))
    });
    errors.collect()
}

fn source_error(namespace: &str, source: &VolumeSource, lookup: &dyn Lookup) -> Option<String> {
    let check = |kind: &str, word: &str, name: &str, optional: bool, items: &[(String, String)]| {
        let Some(object) = lookup.config(kind, namespace, name) else {
            // Every namespace gets this ConfigMap from a controller of its own, which is not simulated.
            let is_published = kind == "ConfigMap" && name == "kube-root-ca.crt";
            return (!optional && !is_published).then(|| format!("{word} \"{name}\" not found"));
        };
        let has = |key: &str| !object["data"][key].is_null() || !object["binaryData"][key].is_null();
        let missing = items.iter().find(|(key, _)| !has(key) && object["stringData"][key.as_str()].is_null());
        missing
            .filter(|_| !optional)
            .map(|(key, _)| format!("references non-existent {} key: {key}", key_word(kind)))
    };
    match source {
        VolumeSource::ConfigMap { name, optional, items } => {
            check("ConfigMap", "configmap", name, *optional, items)
        }
        VolumeSource::Secret { name, optional, items } => check("Secret", "secret", name, *optional, items),
        VolumeSource::Projected(sources) => sources.iter().find_map(|it| source_error(namespace, it, lookup)),
        _ => None,
    }
}

fn key_word(kind: &str) -> &'static str {
    if kind == "Secret" { "secret" } else { "config" }
}

/// What keeps a container from being configured: the first missing ConfigMap, Secret or key of its environment.
pub(crate) fn environment_error(pod: &PodSpec, container: &Container, lookup: &dyn Lookup) -> Option<String> {
    container.env_sources.iter().find_map(|source| {
        let EnvSource { kind, name, key, optional } = source;
        if *optional {
            return None;
        }
        let Some(object) = lookup.config(kind, &pod.namespace, name) else {
            return Some(format!("{} \"{name}\" not found", kind.to_ascii_lowercase()));
        };
        let key = key.as_ref()?;
        let is_there = ["data", "stringData"].iter().any(|field| !object[*field][key.as_str()].is_null());
        (!is_there).then(|| format!("couldn't find key {key} in {kind} {}/{name}", pod.namespace))
    })
}
