//! What the server accepts with a warning.
//!
//! Mirrors `WarningsOnCreate` and `WarningsOnUpdate` of the strategies.

use serde_json::Value;

use super::base64;
use super::field::Path;
use super::names;
use super::pod_warnings::{self, OLD_VOLUMES};
use super::quantity::Quantity;
use super::read::{has, list, number, text};
use super::validate::ip;

/// The warnings for an accepted object, new or in place of `old`. A change that leaves the spec alone brings no
/// warnings about the template, and names are warned about once.
pub fn warnings(object: &Value, old: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    let generation = |object: &Value| object["metadata"]["generation"].clone();
    let has_template =
        matches!(text(object, "kind"), "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" | "CronJob");
    let is_same = old.is_some_and(|old| generation(old) == generation(object));
    if has_template && is_same {
        return found;
    }
    let is_new = old.is_none();
    let spec = &object["spec"];
    match text(object, "kind") {
        "Pod" if is_new => {
            name(object, "this is used in the Pod's hostname", &mut found);
            pod_warnings::pod(object, &mut found);
        }
        "Deployment" | "ReplicaSet" | "Job" => {
            if is_new {
                name(object, "this is used in Pod names and hostnames", &mut found);
            }
            template(&spec["template"], &Path::new("spec").child("template"), &mut found);
            if text(object, "kind") == "Job" {
                job(spec, &Path::new("spec"), &mut found);
            }
        }
        "DaemonSet" => template(&spec["template"], &Path::new("spec").child("template"), &mut found),
        "CronJob" => {
            if is_new {
                name(object, "this is used in Pod names and hostnames", &mut found);
            }
            let (spec, path) = (&spec["jobTemplate"]["spec"], Path::new("spec").at("jobTemplate.spec"));
            template(&spec["template"], &path.child("template"), &mut found);
            job(spec, &path, &mut found);
        }
        "StatefulSet" => stateful_set(spec, is_new, is_same, &mut found),
        "Service" => service(object, &mut found),
        "PersistentVolumeClaim" => {
            beta_class(object, &mut found);
            claim(spec, &Path::new("spec"), &mut found);
        }
        "PersistentVolume" => volume(object, &mut found),
        "Ingress"
            if is_new
                && has(&object["metadata"]["annotations"], "kubernetes.io/ingress.class")
                && !has(spec, "ingressClassName") =>
        {
            found.push("annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead".to_owned());
        }
        "Endpoints" => {
            found.push(
                "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned(),
            );
            endpoints(object, &mut found);
        }
        "EndpointSlice" => slice(object, &mut found),
        "NetworkPolicy" => network_policy(spec, &mut found),
        "StorageClass" => topologies(object, &mut found),
        "Secret" if text(object, "type") == "kubernetes.io/tls" => found.extend(key_pair(&object["data"])),
        "ServiceAccount" => {
            let annotation = "kubernetes.io/enforce-mountable-secrets";
            let annotated = |object: &Value| has(&object["metadata"]["annotations"], annotation);
            if annotated(object) && !old.is_some_and(annotated) {
                found.push(format!("metadata.annotations[{annotation}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"));
            }
        }
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

/// Too many indexes for the server to remember which of them are done.
fn job(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let is_large = number(spec, "completions") > 100_000 && number(spec, "parallelism") > 10_000;
    if text(spec, "completionMode") == "Indexed" && is_large {
        found.push(format!("{path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail"));
    }
}

fn stateful_set(spec: &Value, is_new: bool, is_same: bool, found: &mut Vec<String>) {
    if !is_same {
        template(&spec["template"], &Path::new("spec").child("template"), found);
    }
    for (index, template) in list(spec, "volumeClaimTemplates").iter().enumerate() {
        let path = Path::new("spec").child("volumeClaimTemplates").index(index);
        // The server's path has no field for the spec when the set is new, and a misspelled one when it changes.
        let path = if is_new { path } else { path.child("Spec") };
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
    let path = Path::new("spec");
    let addresses = |field: &str, found: &mut Vec<String>| {
        for (index, address) in list(spec, field).iter().filter_map(Value::as_str).enumerate() {
            found.extend(ip::warning(address, &path.child(field).index(index)));
        }
    };
    addresses("clusterIPs", found);
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
    addresses("externalIPs", found);
    if has_external_ips && !is_headless && !is_external_name {
        found.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned(),
        );
    }
    found.extend(ip::warning(text(spec, "loadBalancerIP"), &path.child("loadBalancerIP")));
    addresses("loadBalancerSourceRanges", found);
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

fn endpoints(object: &Value, found: &mut Vec<String>) {
    for (index, subset) in list(object, "subsets").iter().enumerate() {
        for group in ["addresses", "notReadyAddresses"] {
            for (place, address) in list(subset, group).iter().enumerate() {
                let at = Path::new("subsets").index(index).child(group).index(place).child("ip");
                found.extend(ip::warning(text(address, "ip"), &at));
            }
        }
    }
}

fn slice(object: &Value, found: &mut Vec<String>) {
    match text(object, "addressType") {
        "FQDN" => found.push("addressType: FQDN endpoints are deprecated".to_owned()),
        _ => {
            for (index, endpoint) in list(object, "endpoints").iter().enumerate() {
                let path = Path::new("endpoints").index(index).child("addresses");
                let addresses = list(endpoint, "addresses").iter().filter_map(Value::as_str).enumerate();
                found.extend(addresses.filter_map(|(place, text)| ip::warning(text, &path.index(place))));
            }
        }
    }
}

fn network_policy(spec: &Value, found: &mut Vec<String>) {
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in list(spec, direction).iter().enumerate() {
            for (place, peer) in list(rule, peers).iter().enumerate() {
                let at = Path::new("spec").child(direction).index(index).child(peers).index(place);
                let (block, at) = (&peer["ipBlock"], at.child("ipBlock"));
                found.extend(ip::warning(text(block, "cidr"), &at.child("cidr")));
                for (number, range) in list(block, "except").iter().filter_map(Value::as_str).enumerate() {
                    found.extend(ip::warning(range, &at.child("except").index(number)));
                }
            }
        }
    }
}

fn topologies(object: &Value, found: &mut Vec<String>) {
    for (index, term) in list(object, "allowedTopologies").iter().enumerate() {
        let path = Path::new("allowedTopologies").index(index).child("matchLabelExpressions");
        for (place, expression) in list(term, "matchLabelExpressions").iter().enumerate() {
            let key = text(expression, "key");
            if let Some(words) = old_label(key) {
                found.push(format!("{}: {key} is {words}", path.index(place).child("key")));
            }
        }
    }
}

/// Why Go finds no certificate or no key for it in a TLS Secret. What is inside the blocks is not looked at.
fn key_pair(data: &Value) -> Option<String> {
    let blocks = |key: &str| pem_blocks(&base64::decode(text(data, key)).unwrap_or_default());
    let certificates = blocks("tls.crt");
    let shown = |blocks: &[String]| format!("[{}]", blocks.join(" "));
    if !certificates.iter().any(|kind| kind == "CERTIFICATE") {
        return Some(match certificates.as_slice() {
            [] => "tls: failed to find any PEM data in certificate input".to_owned(),
            [kind] if kind.ends_with("PRIVATE KEY") => "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned(),
            other => format!("tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: {}", shown(other)),
        });
    }
    let keys = blocks("tls.key");
    if keys.iter().any(|kind| kind == "PRIVATE KEY" || kind.ends_with(" PRIVATE KEY")) {
        return None;
    }
    Some(match keys.as_slice() {
        [] => "tls: failed to find any PEM data in key input".to_owned(),
        [kind] if kind == "CERTIFICATE" => {
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        other => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: {}",
            shown(other)
        ),
    })
}

/// The types of the PEM blocks in a text.
fn pem_blocks(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut kinds = Vec::new();
    let mut rest = text.as_ref();
    while let Some(start) = rest.find("-----BEGIN ") {
        let line = &rest[start + 11..];
        let Some((kind, body)) = line.split_once("-----") else { break };
        match body.split_once(&format!("-----END {kind}-----")) {
            Some((inner, behind)) if !kind.contains('\n') => {
                // Headers stand before an empty line.
                let inner = inner.rsplit("\n\n").next().unwrap_or(inner);
                let digits: String = inner.split_whitespace().collect();
                if base64::decode(&digits).is_some() {
                    kinds.push(kind.to_owned());
                }
                rest = behind;
            }
            _ => rest = line,
        }
    }
    kinds
}

fn volume(object: &Value, found: &mut Vec<String>) {
    beta_class(object, found);
    let annotation = "volume.beta.kubernetes.io/mount-options";
    if has(&object["metadata"]["annotations"], annotation) {
        found.push(format!(
            "metadata.annotations[{annotation}]: deprecated since v1.31; use \"mountOptions\" attribute instead"
        ));
    }
    if text(&object["spec"], "persistentVolumeReclaimPolicy") == "Recycle" {
        found.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
    }
    pod_warnings::volume_nodes(&object["spec"], &Path::new("spec"), found);
    let warned_of = |source: &str| !matches!(source, "flocker" | "quobyte") && has(&object["spec"], source);
    for (_, shown, words) in OLD_VOLUMES.iter().filter(|(source, _, _)| warned_of(source)) {
        found.push(format!("{}: {words}", Path::new("spec").child(shown)));
    }
}

fn claim(spec: &Value, path: &Path, found: &mut Vec<String>) {
    for list in ["requests", "limits"] {
        let amount = spec["resources"][list]["storage"].as_str().unwrap_or("");
        fraction(amount, &path.child("resources").child(list).key("storage"), found);
    }
}

/// Bytes come whole.
pub(super) fn fraction(amount: &str, path: &Path, found: &mut Vec<String>) {
    if Quantity::parse(amount).is_ok_and(|quantity| !quantity.is_integer()) {
        found.push(format!("{path}: fractional byte value \"{amount}\" is invalid, must be an integer"));
    }
}

fn template(template: &Value, path: &Path, found: &mut Vec<String>) {
    pod_warnings::template(template, path, found);
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

/// The newer name of a node's label.
pub(crate) fn new_label(key: &str) -> Option<&'static str> {
    old_label(key).and_then(|words| words.split('"').nth(1))
}

/// What to use in place of an old label.
pub(super) fn old_label(key: &str) -> Option<&'static str> {
    OLD_NODE_LABELS[..5].iter().find(|(old, _)| *old == key).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(object: Value, expect: &[&str]) {
        assert_eq!(warnings(&object, None), expect, "{object}");
    }

    #[test]
    fn key_pairs() {
        let pair = |certificate: &str, key: &str| {
            let data = json!({"tls.crt": base64::encode(certificate.as_bytes()), "tls.key": base64::encode(key.as_bytes())});
            json!({"kind": "Secret", "type": "kubernetes.io/tls", "data": data})
        };
        let pem = |kind: &str| format!("x\n-----BEGIN {kind}-----\nYQ==\n-----END {kind}-----\n");
        check(pair(&pem("CERTIFICATE"), &pem("RSA PRIVATE KEY")), &[]);
        check(pair("a", "a"), &["tls: failed to find any PEM data in certificate input"]);
        check(pair(&pem("CERTIFICATE"), ""), &["tls: failed to find any PEM data in key input"]);
        check(
            pair(&pem("CERTIFICATE"), &pem("CERTIFICATE")),
            &["tls: found a certificate rather than a key in the PEM for the private key"],
        );
    }

    #[test]
    fn addresses_in_other_forms() {
        check(
            json!({"kind": "Service", "spec": {"type": "ClusterIP", "sessionAffinity": "None", "clusterIPs": ["FD00::1"]}}),
            &[
                "spec.clusterIPs[0]: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")",
            ],
        );
        check(
            json!({"kind": "EndpointSlice", "addressType": "FQDN"}),
            &["addressType: FQDN endpoints are deprecated"],
        );
    }
}
