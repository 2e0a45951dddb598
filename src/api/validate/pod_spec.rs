//! Rules for a pod's spec, in pods and in templates.
//!
//! Mirrors `ValidatePodSpec` and `ValidatePodTemplateSpec`.

use serde_json::Value;

use super::check::{self, one_of};
use super::{affinity, container, resources, scheduling, security, volume};
use crate::api::field::{Errors, FieldError, Path};
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
    spec(&template["spec"], None, &path.child("spec"), options, errors);
    if has(&template["spec"], "ephemeralContainers") {
        let detail = "ephemeral containers not allowed in pod template";
        errors.push(FieldError::forbidden(&path.child("spec").child("ephemeralContainers"), detail));
    }
}

/// Rules for a template's labels and annotations.
pub(super) fn template_metadata(template: &Value, path: &Path, errors: &mut Errors) {
    labels::validate(&template["metadata"]["labels"], &path.child("labels"), errors);
    labels::validate_annotations(&template["metadata"]["annotations"], &path.child("annotations"), errors);
    annotations(&template["metadata"]["annotations"], &template["spec"], &path.child("annotations"), errors);
}

/// Rules for annotations that steer pods.
pub(super) fn annotations(annotations: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    security::seccomp_annotations(annotations, path, errors);
    security::app_armor_annotations(annotations, spec, path, errors);
    if let Some(cost) = annotations["controller.kubernetes.io/pod-deletion-cost"].as_str() {
        let plain = cost == "0" || (!cost.starts_with(['+', '0']) && !cost.starts_with("-0"));
        if !plain || cost.parse::<i32>().is_err() {
            let at = path.key("controller.kubernetes.io/pod-deletion-cost");
            errors.push(FieldError::invalid(&at, cost, "must be a 32bit integer"));
        }
    }
}

/// Rules for a pod's spec; `pod` is the whole pod if it is one.
pub(super) fn spec(spec: &Value, pod: Option<&Value>, path: &Path, options: Options, errors: &mut Errors) {
    let volumes = volume::validate(list(spec, "volumes"), pod, &path.child("volumes"), errors);
    resource_claims(spec, &path.child("resourceClaims"), errors);
    container::validate_all(spec, &volumes, path, errors);
    resources::pod_level(spec, &path.child("resources"), errors);
    host_network_ports(spec, path, options, errors);
    one_of(spec, "restartPolicy", &["Always", "OnFailure", "Never"], path, errors);
    one_of(spec, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], path, errors);
    labels::validate(&spec["nodeSelector"], &path.child("nodeSelector"), errors);
    security::pod(spec, &path.child("securityContext"), errors);
    affinity::validate(&spec["affinity"], &path.child("affinity"), errors);
    dns_config(spec, &path.child("dnsConfig"), errors);
    for (index, gate) in list(spec, "readinessGates").iter().enumerate() {
        let at = path.child("readinessGates").index(index).child("conditionType");
        check::name(text(gate, "conditionType"), labels::qualified_name, &at, errors);
    }
    scheduling_gates(spec, &path.child("schedulingGates"), errors);
    scheduling::spread_constraints(spec, &path.child("topologySpreadConstraints"), errors);
    security::host_users(spec, path, errors);
    names_of(spec, path, options, errors);
    scheduling::tolerations(list(spec, "tolerations"), &path.child("tolerations"), errors);
    host_aliases(spec, &path.child("hostAliases"), errors);
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
    check::one_of_if_set(spec, "preemptionPolicy", &["PreemptLowerPriority", "Never"], path, errors);
    resources::overhead(&spec["overhead"], &path.child("overhead"), errors);
    operating_system(spec, path, errors);
}

fn resource_claims(spec: &Value, path: &Path, errors: &mut Errors) {
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
    }
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

fn dns_config(spec: &Value, path: &Path, errors: &mut Errors) {
    let config = &spec["dnsConfig"];
    if text(spec, "dnsPolicy") == "None" {
        if config.is_null() {
            errors.push(FieldError::required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
            return;
        }
        if list(config, "nameservers").is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.push(FieldError::required(&path.child("nameservers"), detail));
            return;
        }
    }
    if list(config, "nameservers").len() > 3 {
        let detail = "must not have more than 3 nameservers";
        errors.push(FieldError::invalid(&path.child("nameservers"), &config["nameservers"], detail));
    }
    for (index, server) in list(config, "nameservers").iter().filter_map(Value::as_str).enumerate() {
        super::ip::validate(server, &path.child("nameservers").index(index), errors);
    }
    let searches: Vec<_> = list(config, "searches").iter().filter_map(Value::as_str).collect();
    if searches.len() > 32 {
        let detail = "must not have more than 32 search paths";
        errors.push(FieldError::invalid(&path.child("searches"), &config["searches"], detail));
    }
    if searches.join(" ").len() > 2048 {
        let detail = "must not have more than 2048 characters (including spaces) in the search list";
        errors.push(FieldError::invalid(&path.child("searches"), &config["searches"], detail));
    }
    for (index, search) in searches.iter().enumerate().filter(|(_, search)| **search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        let plain = search.replace('_', "a");
        if !names::dns_subdomain(&plain).is_empty() {
            check::name(search, names::dns_subdomain, &path.child("searches").index(index), errors);
        }
    }
    for (index, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            errors.push(FieldError::required(&path.child("options").index(index), "must not be empty"));
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

fn host_aliases(spec: &Value, path: &Path, errors: &mut Errors) {
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        super::ip::validate(text(alias, "ip"), &path.index(index).child("ip"), errors);
        for (place, host) in list(alias, "hostnames").iter().filter_map(Value::as_str).enumerate() {
            check::name(
                host,
                names::dns_subdomain,
                &path.index(index).child("hostnames").index(place),
                errors,
            );
        }
    }
}

fn operating_system(spec: &Value, path: &Path, errors: &mut Errors) {
    if !has(spec, "os") {
        return;
    }
    match text(&spec["os"], "name") {
        "" => errors.push(FieldError::required(&path.child("os").child("name"), "cannot be empty")),
        "linux" | "windows" => {}
        other => errors.push(FieldError::not_supported(&path.child("os"), other, &["linux", "windows"])),
    }
}
