//! Rules for how a pod resolves names.
//!
//! Mirrors `validatePodDNSConfig` and `ValidateHostAliases`.

use serde_json::Value;

use super::check;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{list, text};

/// What `/etc/resolv.conf` of the pod says.
pub(super) fn config(spec: &Value, path: &Path, errors: &mut Errors) {
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

/// Lines of `/etc/hosts`.
pub(super) fn host_aliases(spec: &Value, path: &Path, errors: &mut Errors) {
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
