//! What the server accepts with a warning.
//!
//! Mirrors `WarningsOnCreate` of the strategies and `GetWarningsForPodTemplate`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::field::Path;
use super::names;
use super::quantity::Quantity;
use super::read::{entries, has, list, number, text};

/// The warnings for an accepted object, new or in place of `old`. A change that leaves the spec alone brings no
/// warnings about the template, and names are warned about once.
pub fn warnings(object: &Value, old: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    let generation = |object: &Value| object["metadata"]["generation"].clone();
    let has_template = matches!(
        text(object, "kind"),
        "StatefulSet" | "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" | "CronJob"
    );
    if has_template && old.is_some_and(|old| generation(old) == generation(object)) {
        return found;
    }
    let is_new = old.is_none();
    let spec = &object["spec"];
    match text(object, "kind") {
        "Pod" => {
            if is_new {
                name(object, "this is used in the Pod's hostname", &mut found);
            }
            pod(spec, &object["metadata"], &Path::new("spec"), &Path::new("metadata"), &mut found);
        }
        "Deployment" | "ReplicaSet" | "Job" => {
            if is_new {
                name(object, "this is used in Pod names and hostnames", &mut found);
            }
            template(&spec["template"], &Path::new("spec").child("template"), &mut found);
        }
        "DaemonSet" => template(&spec["template"], &Path::new("spec").child("template"), &mut found),
        "CronJob" => {
            if is_new {
                name(object, "this is used in Pod names and hostnames", &mut found);
            }
            let path = Path::new("spec").at("jobTemplate.spec.template");
            template(&spec["jobTemplate"]["spec"]["template"], &path, &mut found);
        }
        "StatefulSet" => stateful_set(spec, &mut found),
        "Service" => service(object, &mut found),
        "PersistentVolumeClaim" => {
            beta_class(object, &mut found);
            claim(spec, &Path::new("spec"), &mut found);
        }
        "PersistentVolume" => volume(object, &mut found),
        "Ingress" if has(&object["metadata"]["annotations"], "kubernetes.io/ingress.class") => {
            found.push("annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead".to_owned());
        }
        "Endpoints" => found
            .push("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned()),
        _ => {}
    }
    found
}

fn name(object: &Value, why: &str, found: &mut Vec<String>) {
    let complaints = names::dns_label(text(&object["metadata"], "name"));
    if !complaints.is_empty() {
        found.push(format!(
            "metadata.name: {why}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            complaints.join(" ")
        ));
    }
}

fn stateful_set(spec: &Value, found: &mut Vec<String>) {
    template(&spec["template"], &Path::new("spec").child("template"), found);
    for (index, template) in list(spec, "volumeClaimTemplates").iter().enumerate() {
        let path = Path::new("spec").child("volumeClaimTemplates").index(index);
        claim(&template["spec"], &path, found);
    }
    if number(spec, "revisionHistoryLimit") < 0 {
        found.push("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended".to_owned());
    }
}

fn service(object: &Value, found: &mut Vec<String>) {
    let spec = &object["spec"];
    let hints = "service.kubernetes.io/topology-aware-hints";
    if has(&object["metadata"]["annotations"], hints) {
        let mode = "service.kubernetes.io/topology-mode";
        found.push(format!("annotation {hints} is deprecated, please use {mode} instead"));
    }
    let is_external_name = text(spec, "type") == "ExternalName";
    let is_headless = text(spec, "type") == "ClusterIP" && text(spec, "clusterIP") == "None";
    let has_external_ips = !list(spec, "externalIPs").is_empty();
    if is_headless {
        if has(spec, "loadBalancerIP") {
            found.push("spec.loadBalancerIP is ignored for headless services".to_owned());
        }
        if has_external_ips {
            found.push("spec.externalIPs is ignored for headless services".to_owned());
        }
        if text(spec, "sessionAffinity") != "None" {
            found.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
    }
    if has_external_ips && !is_headless && !is_external_name {
        found.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned(),
        );
    }
    if has_external_ips && is_external_name {
        found.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !is_external_name && has(spec, "externalName") {
        found.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    if text(spec, "trafficDistribution") == "PreferClose" {
        found.push(
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_owned(),
        );
    }
}

fn beta_class(object: &Value, found: &mut Vec<String>) {
    let annotation = "volume.beta.kubernetes.io/storage-class";
    if has(&object["metadata"]["annotations"], annotation) {
        found.push(format!(
            "metadata.annotations[{annotation}]: deprecated since v1.8; use \"storageClassName\" attribute instead"
        ));
    }
}

fn volume(object: &Value, found: &mut Vec<String>) {
    beta_class(object, found);
    if text(&object["spec"], "persistentVolumeReclaimPolicy") == "Recycle" {
        found.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
    }
}

fn claim(spec: &Value, path: &Path, found: &mut Vec<String>) {
    for list in ["requests", "limits"] {
        let amount = spec["resources"][list]["storage"].as_str().unwrap_or("");
        fraction(amount, &path.child("resources").child(list).key("storage"), found);
    }
}

fn fraction(amount: &str, path: &Path, found: &mut Vec<String>) {
    if Quantity::parse(amount).is_ok_and(|quantity| !quantity.is_integer()) {
        found.push(format!("{path}: fractional byte value \"{amount}\" is invalid, must be an integer"));
    }
}

fn template(template: &Value, path: &Path, found: &mut Vec<String>) {
    pod(&template["spec"], &template["metadata"], &path.child("spec"), &path.child("metadata"), found);
}

/// Labels of nodes with newer names.
const OLD_NODE_LABELS: [(&str, &str); 6] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

fn old_label(key: &str) -> Option<&'static str> {
    OLD_NODE_LABELS[..5].iter().find(|(old, _)| *old == key).map(|(_, words)| *words)
}

fn pod(spec: &Value, meta: &Value, path: &Path, meta_path: &Path, found: &mut Vec<String>) {
    for (key, _) in entries(spec, "nodeSelector") {
        if let Some(words) = old_label(key) {
            found.push(format!("{}: {words}", path.child("nodeSelector").key(key)));
        }
    }
    node_affinity(spec, path, found);
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let at = path.child("topologySpreadConstraints").index(index);
        if let Some(words) = old_label(text(constraint, "topologyKey")) {
            let key = text(constraint, "topologyKey");
            found.push(format!("{}: {key} is {words}", at.child("topologyKey")));
        }
        if !has(constraint, "labelSelector") {
            found.push(format!(
                "{}: a null labelSelector results in matching no pod",
                at.child("labelSelector")
            ));
        }
    }
    annotations(meta, meta_path, found);
    volumes(spec, path, found);
    repeated(spec, path, found);
    for name in ["memory", "ephemeral-storage"] {
        fraction(text(&spec["overhead"], name), &path.child("overhead").key(name), found);
    }
    let fields = ["initContainers", "containers", "ephemeralContainers"];
    for field in fields {
        for (index, container) in list(spec, field).iter().enumerate() {
            self::container(container, &path.child(field).index(index), found);
        }
    }
    ports(spec, path, found);
    if number(spec, "terminationGracePeriodSeconds") < 0 {
        found.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            path.child("terminationGracePeriodSeconds")
        ));
    }
    pod_affinity(spec, path, found);
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

fn annotations(meta: &Value, path: &Path, found: &mut Vec<String>) {
    for (key, _) in entries(meta, "annotations") {
        let at = path.child("annotations").key(key);
        if key.starts_with("container.apparmor.security.beta.kubernetes.io/") {
            found.push(format!("{at}: deprecated since v1.30; use the \"appArmorProfile\" field instead"));
        } else if key == "scheduler.alpha.kubernetes.io/critical-pod" {
            found
                .push(format!("{at}: non-functional in v1.16+; use the \"priorityClassName\" field instead"));
        } else if key == "seccomp.security.alpha.kubernetes.io/pod"
            || key.starts_with("container.seccomp.security.alpha.kubernetes.io/")
        {
            found.push(format!("{at}: non-functional in v1.27+; use the \"seccompProfile\" field instead"));
        }
    }
}

fn volumes(spec: &Value, path: &Path, found: &mut Vec<String>) {
    const OLD: [(&str, &str); 9] = [
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "deprecated in v1.11"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ];
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let at = path.child("volumes").index(index);
        for (source, words) in OLD.iter().filter(|(source, _)| has(volume, source)) {
            found.push(format!("{}: {words}", at.child(source)));
        }
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

/// Ports that stand twice among all containers, or that hide one another.
fn ports(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let mut seen: BTreeMap<(i64, &str), Vec<(Path, &Value)>> = BTreeMap::new();
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        for (index, container) in list(spec, field).iter().enumerate() {
            for (place, port) in list(container, "ports").iter().enumerate() {
                let at = path.child(field).index(index).child("ports").index(place);
                let same = seen.entry((number(port, "containerPort"), text(port, "protocol"))).or_default();
                for (earlier, other) in same.iter() {
                    if let Some(words) = clash(port, other) {
                        found.push(format!("{at}: {words} port definition with {earlier}"));
                    }
                }
                same.push((at, port));
            }
        }
    }
}

/// How two ports of the same number get in each other's way.
fn clash(port: &Value, other: &Value) -> Option<&'static str> {
    let same = |field: &str| port[field] == other[field];
    let unset = |port: &Value| !has(port, "hostPort");
    if same("hostPort") && same("hostIP") {
        Some("duplicate")
    } else if unset(port) || unset(other) {
        Some("overlapping")
    } else if same("hostPort") && has(port, "hostIP") != has(other, "hostIP") {
        Some("dangerously ambiguous")
    } else {
        None
    }
}

fn node_affinity(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let affinity = &spec["affinity"]["nodeAffinity"];
    let path = path.child("affinity").child("nodeAffinity");
    let mut terms: Vec<(Path, &Value)> = Vec::new();
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in list(&affinity[required], "nodeSelectorTerms").iter().enumerate() {
        terms.push((path.child(required).child("nodeSelectorTerms").index(index), term));
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in list(affinity, preferred).iter().enumerate() {
        terms.push((path.child(preferred).index(index).child("preference"), &term["preference"]));
    }
    for (at, term) in terms {
        for (index, expression) in list(term, "matchExpressions").iter().enumerate() {
            if let Some(words) = old_label(text(expression, "key")) {
                let key = text(expression, "key");
                found.push(format!(
                    "{}: {key} is {words}",
                    at.child("matchExpressions").index(index).child("key")
                ));
            }
        }
    }
}

fn pod_affinity(spec: &Value, path: &Path, found: &mut Vec<String>) {
    for field in ["podAffinity", "podAntiAffinity"] {
        let path = path.child("affinity").child(field);
        let affinity = &spec["affinity"][field];
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        for (index, term) in list(affinity, required).iter().enumerate() {
            null_selector(term, &path.child(required).index(index), found);
        }
        for (index, term) in list(affinity, preferred).iter().enumerate() {
            let at = path.child(preferred).index(index).child("podAffinityTerm");
            null_selector(&term["podAffinityTerm"], &at, found);
        }
    }
}

fn null_selector(term: &Value, path: &Path, found: &mut Vec<String>) {
    if !has(term, "labelSelector") {
        found.push(format!(
            "{}: a null labelSelector results in matching no pod",
            path.child("labelSelector")
        ));
    }
}
