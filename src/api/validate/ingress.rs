//! Rules for Ingresses.

use serde_json::Value;

use super::check;
use super::{metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{has, list, number, text};

const KINDS: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];

pub(super) fn create(object: &Value, errors: &mut Errors) {
    validate(object, errors);
    let annotation = "kubernetes.io/ingress.class";
    let (old, new) = (&object["metadata"]["annotations"][annotation], &object["spec"]["ingressClassName"]);
    if old.is_string() && new.is_string() && old != new {
        let at = Path::new("annotations").child(annotation);
        let detail = "must match `ingressClassName` when both are specified";
        errors.push(FieldError::invalid(&at, old, detail));
    }
}

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let (spec, path) = (&object["spec"], spec_path());
    if list(spec, "rules").is_empty() && !has(spec, "defaultBackend") {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid(&path, &Value::Null, detail));
    }
    if has(spec, "defaultBackend") {
        backend(&spec["defaultBackend"], &path.child("defaultBackend"), errors);
    }
    for (index, rule) in list(spec, "rules").iter().enumerate() {
        self::rule(rule, &path.child("rules").index(index), errors);
    }
    for (index, tls) in list(spec, "tls").iter().enumerate() {
        let at = path.child("tls").index(index);
        for (place, host) in list(tls, "hosts").iter().filter_map(Value::as_str).enumerate() {
            self::host(host, &at.child("hosts").index(place), errors);
        }
        if !text(tls, "secretName").is_empty() {
            check::name(text(tls, "secretName"), names::dns_subdomain, &at.child("secretName"), errors);
        }
    }
    if let Some(name) = spec["ingressClassName"].as_str() {
        check::name(name, names::dns_subdomain, &path.child("ingressClassName"), errors);
    }
}

fn host(host: &str, path: &Path, errors: &mut Errors) {
    let rule = if host.contains('*') { names::wildcard_subdomain } else { names::dns_subdomain };
    check::name(host, rule, path, errors);
}

fn rule(rule: &Value, path: &Path, errors: &mut Errors) {
    let name = text(rule, "host");
    if !name.is_empty() {
        if name.parse::<std::net::IpAddr>().is_ok() {
            let detail = "must be a DNS name, not an IP address";
            errors.push(FieldError::invalid(&path.child("host"), name, detail));
        }
        host(name, &path.child("host"), errors);
    }
    if !has(rule, "http") {
        return;
    }
    let at = path.child("http").child("paths");
    if list(&rule["http"], "paths").is_empty() {
        errors.push(FieldError::required(&at, ""));
    }
    for (index, entry) in list(&rule["http"], "paths").iter().enumerate() {
        self::path(entry, &at.index(index), errors);
    }
}

fn path(entry: &Value, at: &Path, errors: &mut Errors) {
    let Some(kind) = entry["pathType"].as_str() else {
        errors.push(FieldError::required(&at.child("pathType"), "pathType must be specified"));
        return;
    };
    let target = text(entry, "path");
    let path = at.child("path");
    match kind {
        "Exact" | "Prefix" => {
            if !target.starts_with('/') {
                errors.push(FieldError::invalid(&path, target, "must be an absolute path"));
            }
            for bad in ["//", "/./", "/../", "%2f", "%2F"].iter().filter(|bad| target.contains(**bad)) {
                errors.push(FieldError::invalid(&path, target, format!("must not contain '{bad}'")));
            }
            for bad in ["/..", "/."].iter().filter(|bad| target.ends_with(**bad)) {
                errors.push(FieldError::invalid(&path, target, format!("cannot end with '{bad}'")));
            }
        }
        "ImplementationSpecific" => {
            if !target.is_empty() && !target.starts_with('/') {
                errors.push(FieldError::invalid(&path, target, "must be an absolute path"));
            }
        }
        other => errors.push(FieldError::not_supported(&at.child("pathType"), other, &KINDS)),
    }
    backend(&entry["backend"], &at.child("backend"), errors);
}

fn backend(backend: &Value, path: &Path, errors: &mut Errors) {
    let (service, at) = (&backend["service"], path.child("service"));
    match (has(backend, "resource"), has(backend, "service")) {
        (true, true) => {
            errors.push(FieldError::invalid(path, "", "cannot set both resource and service backends"));
        }
        (false, true) => {
            if text(service, "name").is_empty() {
                errors.push(FieldError::required(&at.child("name"), ""));
            } else {
                check::name(text(service, "name"), names::dns_label, &at.child("name"), errors);
            }
            let (name, number) = (text(&service["port"], "name"), number(&service["port"], "number"));
            let at = at.child("port");
            if !name.is_empty() && number != 0 {
                errors.push(FieldError::invalid(path, "", "cannot set both port name & port number"));
            } else if !name.is_empty() {
                check::name(name, names::port_name, &at.child("name"), errors);
            } else if number != 0 {
                let complaints = names::port_number(number);
                let at = at.child("number");
                errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, number, detail)));
            } else {
                errors.push(FieldError::required(path, "port name or number is required"));
            }
        }
        (false, false) => {
            errors.push(FieldError::invalid(path, "", "resource or service backend is required"));
        }
        (true, false) => {
            let (resource, at) = (&backend["resource"], path.child("resource"));
            if let Some(group) = resource["apiGroup"].as_str() {
                check::name(group, names::dns_subdomain, &at.child("apiGroup"), errors);
            }
            for field in ["kind", "name"] {
                match text(resource, field) {
                    "" => errors.push(FieldError::required(&at.child(field), "")),
                    value => check::name(value, names::path_segment, &at.child(field), errors),
                }
            }
        }
    }
}
