//! What the server accepts of a pod or a pod template with a warning.
//!
//! In: a pod or a template and where it stands. Out: warnings in the server's order. Mirrors
//! `warningsForPodSpecAndMeta`.

mod affinity;
mod paths;
mod ports;

pub(super) use affinity::volume_nodes;

use serde_json::Value;

use super::field::Path;
use super::read::{entries, has, list, number, text};
use super::validate::{APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, every, ip};
use super::warnings::{fraction, old_label};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// Warnings about a pod.
pub(super) fn pod(pod: &Value, found: &mut Vec<String>) {
    spec(&pod["spec"], &pod["metadata"], &Path::default(), false, found);
}

/// Warnings about a template at `path`.
pub(super) fn template(template: &Value, path: &Path, found: &mut Vec<String>) {
    spec(&template["spec"], &template["metadata"], path, true, found);
}

fn spec(spec: &Value, meta: &Value, path: &Path, is_template: bool, found: &mut Vec<String>) {
    let (path, annotations) = (path.child("spec"), path.child("metadata").child("annotations"));
    for (key, _) in entries(spec, "nodeSelector") {
        if let Some(words) = old_label(key) {
            found.push(format!("{}: {words}", path.child("nodeSelector").key(key)));
        }
    }
    affinity::nodes(spec, &path, found);
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let at = path.child("topologySpreadConstraints").index(index);
        if let Some(words) = old_label(text(constraint, "topologyKey")) {
            let key = text(constraint, "topologyKey");
            found.push(format!("{}: {key} is {words}", at.child("topologyKey")));
        }
        if !has(constraint, "labelSelector") {
            found.push(format!("{}: {NO_SELECTOR}", at.child("labelSelector")));
        }
    }
    old_annotations(meta, &annotations, found);
    volumes(spec, &path, found);
    paths::overlapping(list(spec, "volumes"), found);
    repeated(spec, &path, found);
    for name in ["memory", "ephemeral-storage"] {
        fraction(text(&spec["overhead"], name), &path.child("overhead").key(name), found);
    }
    if !has(&spec["securityContext"], "seccompProfile") && has(&meta["annotations"], SECCOMP_POD) {
        found.push(old_seccomp(&annotations.key(SECCOMP_POD)));
    }
    for (container, at) in every(spec, &path) {
        profiles(container, spec, meta, &annotations, is_template, found);
        self::container(container, &at, found);
    }
    ports::validate(spec, &path, found);
    if number(spec, "terminationGracePeriodSeconds") < 0 {
        found.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            path.child("terminationGracePeriodSeconds")
        ));
    }
    affinity::pods(spec, &path, found);
    let at = path.child("dnsConfig").child("nameservers");
    let servers = list(&spec["dnsConfig"], "nameservers").iter().filter_map(Value::as_str).enumerate();
    found.extend(servers.filter_map(|(index, address)| ip::warning(address, &at.index(index))));
    let at = path.child("hostAliases");
    let aliases = list(spec, "hostAliases").iter().enumerate();
    found.extend(aliases.filter_map(|(index, it)| ip::warning(text(it, "ip"), &at.index(index).child("ip"))));
}

fn old_annotations(meta: &Value, path: &Path, found: &mut Vec<String>) {
    const OLD: [(&str, &str, &str); 3] = [
        ("scheduler.alpha.kubernetes.io/critical-pod", "1.16", "priorityClassName"),
        ("security.alpha.kubernetes.io/sysctls", "1.11", "sysctls"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "1.11", "sysctls"),
    ];
    for (key, version, field) in OLD.iter().filter(|(key, _, _)| has(&meta["annotations"], key)) {
        let at = path.key(key);
        found.push(format!("{at}: non-functional in v{version}+; use the \"{field}\" field instead"));
    }
}

fn old_seccomp(at: &Path) -> String {
    format!("{at}: non-functional in v1.27+; use the \"seccompProfile\" field instead")
}

/// Annotations for a container where fields say nothing. For pods AppArmor's become fields.
fn profiles(
    container: &Value,
    spec: &Value,
    meta: &Value,
    path: &Path,
    is_template: bool,
    found: &mut Vec<String>,
) {
    if meta["annotations"].is_null() {
        return;
    }
    let name = text(container, "name");
    let annotated = |prefix: &str| {
        let key = format!("{prefix}{name}");
        has(&meta["annotations"], &key).then(|| path.key(&key))
    };
    let own = &container["securityContext"];
    if let Some(at) = annotated(SECCOMP_CONTAINER).filter(|_| !has(own, "seccompProfile")) {
        found.push(old_seccomp(&at));
    }
    let is_set = has(own, "appArmorProfile") || has(&spec["securityContext"], "appArmorProfile");
    if let Some(at) = annotated(APP_ARMOR).filter(|_| is_template && !is_set) {
        found.push(format!("{at}: deprecated since v1.30; use the \"appArmorProfile\" field instead"));
    }
}

/// Volumes that no node can mount any more, as a volume has them, in the server's spelling.
pub(super) const OLD_VOLUMES: [(&str, &str, &str); 9] = [
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

fn volumes(spec: &Value, path: &Path, found: &mut Vec<String>) {
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let at = path.child("volumes").index(index);
        let resources = &volume["ephemeral"]["volumeClaimTemplate"]["spec"]["resources"];
        for (source, shown, words) in OLD_VOLUMES {
            if source == "cephfs" && !resources.is_null() {
                let at = at.at("ephemeral.volumeClaimTemplate.spec.resources");
                for field in ["requests", "limits"] {
                    fraction(text(&resources[field], "storage"), &at.child(field).key("storage"), found);
                }
            }
            if has(volume, source) {
                found.push(format!("{}: {words}", at.child(shown)));
            }
        }
    }
}

/// Addresses and secrets that stand twice.
fn repeated(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let aliases = list(spec, "hostAliases");
    for (index, alias) in aliases.iter().enumerate() {
        let ip = text(alias, "ip");
        if aliases[..index].iter().any(|other| text(other, "ip") == ip) {
            let at = path.child("hostAliases").index(index).child("ip");
            found.push(format!("{at}: duplicate ip {ip:?}"));
        }
    }
    let secrets = list(spec, "imagePullSecrets");
    let at = |index: usize| path.child("imagePullSecrets").index(index).child("name");
    for (index, secret) in secrets.iter().enumerate() {
        let name = text(secret, "name");
        if secrets[..index].iter().any(|other| text(other, "name") == name) {
            found.push(format!("{}: duplicate name {name:?}", at(index)));
        }
    }
    for (index, _) in secrets.iter().enumerate().filter(|(_, secret)| text(secret, "name").is_empty()) {
        found.push(format!("{}: invalid empty name \"\"", at(index)));
    }
}

fn container(container: &Value, path: &Path, found: &mut Vec<String>) {
    for name in ["memory", "ephemeral-storage"] {
        for field in ["limits", "requests"] {
            let amount = container["resources"][field][name].as_str().unwrap_or("");
            fraction(amount, &path.child("resources").child(field).key(name), found);
        }
    }
    let variables = list(container, "env");
    for (index, variable) in variables.iter().enumerate() {
        let name = text(variable, "name");
        let earlier = variables[..index].iter().any(|other| text(other, "name") == name);
        let (value, itself) = (text(variable, "value"), format!("$({name})"));
        if earlier && (has(variable, "valueFrom") || value == itself || !value.contains(&itself)) {
            let at = path.child("env").index(index);
            found.push(format!(
                "{at}: hides previous definition of {name:?}, which may be dropped when using apply"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(spec: Value, annotations: Value, expected: &[&str]) {
        let mut found = Vec::new();
        template(
            &json!({"metadata": {"annotations": annotations}, "spec": spec}),
            &Path::new("t"),
            &mut found,
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn annotations_that_fields_replaced() {
        let annotations = json!({
            "container.apparmor.security.beta.kubernetes.io/a": "unconfined",
            "container.apparmor.security.beta.kubernetes.io/b": "unconfined",
            "security.alpha.kubernetes.io/sysctls": "",
            "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        });
        let set = json!({"appArmorProfile": {"type": "Unconfined"}});
        check(
            json!({"containers": [{"name": "a"}, {"name": "b", "securityContext": set}]}),
            annotations,
            &[
                "t.metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the \"sysctls\" field instead",
                "t.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the \"seccompProfile\" field instead",
                "t.metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; use the \"appArmorProfile\" field instead",
            ],
        );
    }

    #[test]
    fn volumes_without_a_future() {
        let resources = json!({"requests": {"storage": "500m"}});
        let claim = json!({"volumeClaimTemplate": {"spec": {"resources": resources}}});
        check(
            json!({"volumes": [{"name": "a", "gitRepo": {}}, {"name": "b", "storageos": {}}, {"name": "c", "ephemeral": claim}]}),
            Value::Null,
            &[
                "t.spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
                "t.spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+",
                "t.spec.volumes[2].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value \"500m\" is invalid, must be an integer",
            ],
        );
    }
}
