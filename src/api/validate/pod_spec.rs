//! Rules for a pod's spec, in pods and in templates.
//!
//! Mirrors `ValidatePodSpec` and `ValidatePodTemplateSpec`.

use serde_json::Value;

use super::check::{self, one_of};
use super::{
    affinity, container, dns, env, pod_level, profiles, resources, scheduling, security, volume, windows,
};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::labels;
use crate::api::names;
use crate::api::read::{flag, has, list, number, text};

/// What differs between pods and the templates of other kinds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// The object is a pod, not something with a template.
    pub(super) is_pod: bool,
    /// The template's host name and subdomain are overwritten by the controller and not checked.
    pub(super) ignore_host_name: bool,
}

/// Rules for a pod template.
pub(super) fn template(template: &Value, path: &Path, options: Options, errors: &mut Errors) {
    template_metadata(template, path, errors);
    let (meta, at) = (&template["metadata"], path.child("spec"));
    spec(&template["spec"], None, &at, options, errors);
    profiles::agree(meta, &template["spec"], &at, errors);
    if has(&template["spec"], "ephemeralContainers") {
        let detail = "ephemeral containers not allowed in pod template";
        errors.push(FieldError::forbidden(&at.child("ephemeralContainers"), detail));
    }
}

/// Rules for a template's labels and annotations.
pub(super) fn template_metadata(template: &Value, path: &Path, errors: &mut Errors) {
    let (meta, at) = (&template["metadata"], path.child("annotations"));
    labels::validate(&meta["labels"], &path.child("labels"), errors);
    labels::validate_annotations(&meta["annotations"], &at, errors);
    annotations(meta, &template["spec"], &at, errors);
}

/// Rules for annotations that steer pods.
pub(super) fn annotations(meta: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    if let Some(mirror) =
        meta["annotations"][profiles::MIRROR].as_str().filter(|_| text(spec, "nodeName").is_empty())
    {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.push(FieldError::invalid(&path.key(profiles::MIRROR), mirror, detail));
    }
    if let Some(cost) = meta["annotations"][COST].as_str() {
        let starts_well = cost == "0" || cost.starts_with(['-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        if !starts_well || cost.parse::<i32>().is_err() {
            errors.push(FieldError::invalid(&path.key(COST), cost, "must be a 32bit integer"));
        }
    }
    profiles::seccomp(meta, path, errors);
    profiles::app_armor(meta, spec, path, errors);
}

/// Rules for a pod's spec; `pod` is the whole pod if it is one.
pub(super) fn spec(spec: &Value, pod: Option<&Value>, path: &Path, options: Options, errors: &mut Errors) {
    let volumes = volume::validate(list(spec, "volumes"), pod, &path.child("volumes"), errors);
    resource_claims(spec, &path.child("resourceClaims"), errors);
    container::validate_all(spec, &volumes, path, errors);
    pod_level::validate(spec, &path.child("resources"), errors);
    host_network_ports(spec, path, options, errors);
    one_of(spec, "restartPolicy", &["Always", "OnFailure", "Never"], path, errors);
    one_of(spec, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], path, errors);
    labels::validate(&spec["nodeSelector"], &path.child("nodeSelector"), errors);
    security::pod(spec, &path.child("securityContext"), errors);
    affinity::validate(&spec["affinity"], &path.child("affinity"), errors);
    dns::config(spec, &path.child("dnsConfig"), errors);
    for (index, gate) in list(spec, "readinessGates").iter().enumerate() {
        let at = path.child("readinessGates").index(index).child("conditionType");
        check::name(text(gate, "conditionType"), labels::qualified_name, &at, errors);
    }
    scheduling_gates(spec, &path.child("schedulingGates"), errors);
    scheduling::spread_constraints(spec, &path.child("topologySpreadConstraints"), errors);
    windows::host_process(spec, path, errors);
    security::host_users(spec, path, errors);
    host_name(spec, path, errors);
    names_of(spec, path, options, errors);
    scheduling::tolerations(list(spec, "tolerations"), &path.child("tolerations"), errors);
    dns::host_aliases(spec, &path.child("hostAliases"), errors);
    if !text(spec, "priorityClassName").is_empty() {
        check::name(
            text(spec, "priorityClassName"),
            names::dns_subdomain,
            &path.child("priorityClassName"),
            errors,
        );
    }
    if let Some(name) = spec["runtimeClassName"].as_str() {
        check::name(name, names::dns_subdomain, &path.child("runtimeClassName"), errors);
    }
    match spec["preemptionPolicy"].as_str() {
        Some("") => errors.push(FieldError::required(&path.child("preemptionPolicy"), "")),
        _ => check::one_of_if_set(spec, "preemptionPolicy", &["PreemptLowerPriority", "Never"], path, errors),
    }
    resources::overhead(&spec["overhead"], &path.child("overhead"), errors);
    windows::operating_system(spec, path, errors);
    env::file_volumes(spec, path, errors);
}

fn resource_claims(spec: &Value, path: &Path, errors: &mut Errors) {
    const SOURCES: [&str; 2] = ["resourceClaimName", "resourceClaimTemplateName"];
    let mut seen: Vec<&str> = Vec::new();
    for (index, claim) in list(spec, "resourceClaims").iter().enumerate() {
        let (at, name) = (path.index(index), text(claim, "name"));
        if name.is_empty() {
            errors.push(FieldError::required(&at.child("name"), ""));
        } else if seen.contains(&name) {
            errors.push(FieldError::duplicate(&at.child("name"), name));
        } else {
            check::name(name, names::dns_label, &at.child("name"), errors);
            seen.push(name);
        }
        let detail = match SOURCES.iter().filter(|source| has(claim, source)).count() {
            0 => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            1 => "",
            _ => "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
        };
        if !detail.is_empty() {
            errors.push(FieldError::invalid(&at, Raw(print_compact(claim, "PodResourceClaim")), detail));
        }
        for source in SOURCES {
            if let Some(name) = claim[source].as_str() {
                check::name(name, names::dns_subdomain, &at.child(source), errors);
            }
        }
    }
}

/// A host name in place of the one made from the pod's name.
fn host_name(spec: &Value, path: &Path, errors: &mut Errors) {
    let Some(name) = spec["hostnameOverride"].as_str() else { return };
    let at = path.child("hostnameOverride");
    for field in ["setHostnameAsFQDN", "hostNetwork"].iter().filter(|field| flag(spec, field)) {
        let detail = format!("may not be specified when {field} is true");
        errors.push(FieldError::forbidden(&at, detail));
    }
    if name.len() > 64 {
        errors.push(FieldError::too_long(&at, 64));
    }
    check::name(name, names::dns_subdomain, &at, errors);
}

fn host_network_ports(spec: &Value, path: &Path, options: Options, errors: &mut Errors) {
    if !flag(spec, "hostNetwork") {
        return;
    }
    for (index, container) in list(spec, "containers").iter().enumerate() {
        for (port_index, port) in list(container, "ports").iter().enumerate() {
            let (host, inner) = (number(port, "hostPort"), number(port, "containerPort"));
            if (options.is_pod || host != 0) && host != inner {
                let at =
                    path.child("containers").index(index).child("ports").index(port_index).child("hostPort");
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.push(FieldError::invalid(&at, host, detail));
            }
        }
    }
}

fn scheduling_gates(spec: &Value, path: &Path, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, gate) in list(spec, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        check::name(name, labels::qualified_name, &path.index(index), errors);
        if seen.contains(&name) {
            errors.push(FieldError::duplicate(&path.index(index), name));
        }
        seen.push(name);
    }
}

fn names_of(spec: &Value, path: &Path, options: Options, errors: &mut Errors) {
    for field in ["serviceAccountName", "nodeName"] {
        if !text(spec, field).is_empty() {
            check::name(text(spec, field), names::dns_subdomain, &path.child(field), errors);
        }
    }
    if let Some(seconds) = spec["activeDeadlineSeconds"].as_i64() {
        let complaints = names::range(seconds, 1, i64::from(i32::MAX));
        let at = path.child("activeDeadlineSeconds");
        errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, seconds, detail)));
    }
    for field in ["hostname", "subdomain"] {
        if !options.ignore_host_name && !text(spec, field).is_empty() {
            check::name(text(spec, field), names::dns_label, &path.child(field), errors);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn annotations_in_the_servers_order() {
        let check = |given: Value, expected: &[&str]| {
            let meta = json!({"annotations": given});
            finds(|errors| annotations(&meta, &json!({}), &Path::new("a"), errors), expected);
        };
        for (cost, fine) in
            [("0", true), ("-01", true), ("10", true), ("01", false), ("+1", false), ("x", false)]
        {
            let wrong = format!(
                "a[controller.kubernetes.io/pod-deletion-cost]: Invalid value: {cost:?}: must be a 32bit integer"
            );
            let expected: &[&str] = if fine { &[] } else { &[&wrong] };
            check(json!({"controller.kubernetes.io/pod-deletion-cost": cost}), expected);
        }
        check(
            json!({
                "container.apparmor.security.beta.kubernetes.io/a": "x",
                "kubernetes.io/config.mirror": "m",
                "seccomp.security.alpha.kubernetes.io/pod": "s",
            }),
            &[
                "a[kubernetes.io/config.mirror]: Invalid value: \"m\": must set spec.nodeName if mirror pod annotation is set",
                "a.seccomp.security.alpha.kubernetes.io/pod: Invalid value: \"s\": must be a valid seccomp profile",
                "a[container.apparmor.security.beta.kubernetes.io/a]: Invalid value: \"a\": container not found",
                "a[container.apparmor.security.beta.kubernetes.io/a]: Invalid value: \"x\": invalid AppArmor profile name: \"x\"",
            ],
        );
    }

    #[test]
    fn claims_have_one_source() {
        let check = |claim: Value, expected: &[&str]| {
            let spec = json!({"resourceClaims": [claim]});
            finds(|errors| resource_claims(&spec, &Path::new("c"), errors), expected);
        };
        check(json!({"name": "a", "resourceClaimName": "b"}), &[]);
        check(
            json!({"name": "a"}),
            &[
                "c[0]: Invalid value: {\"Name\":\"a\",\"ResourceClaimName\":null,\"ResourceClaimTemplateName\":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            ],
        );
    }

    #[test]
    fn host_names_are_overridden_alone() {
        let spec = json!({"hostnameOverride": "a", "hostNetwork": true, "setHostnameAsFQDN": true});
        finds(
            |errors| host_name(&spec, &Path::new("spec"), errors),
            &[
                "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
                "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
            ],
        );
    }
}
