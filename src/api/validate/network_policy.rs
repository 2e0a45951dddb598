//! Rules for NetworkPolicies.

use serde_json::Value;

use super::check::{self, one_of_if_set};
use super::{ip, metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, list, number, text};

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    spec(&object["spec"], errors);
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    spec(&new["spec"], errors);
}

fn spec(spec: &Value, errors: &mut Errors) {
    let path = spec_path();
    label_selector::validate(&spec["podSelector"], &path.child("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in list(spec, direction).iter().enumerate() {
            let at = path.child(direction).index(index);
            for (place, port) in list(rule, "ports").iter().enumerate() {
                self::port(port, &at.child("ports").index(place), errors);
            }
            for (place, peer) in list(rule, peers).iter().enumerate() {
                self::peer(peer, &at.child(peers).index(place), errors);
            }
        }
    }
    let kinds = list(spec, "policyTypes");
    if kinds.len() > 2 {
        let detail = "may not specify more than two policyTypes";
        errors.push(FieldError::invalid(&path.child("policyTypes"), &spec["policyTypes"], detail));
        return;
    }
    for (index, kind) in kinds.iter().filter_map(Value::as_str).enumerate() {
        if !matches!(kind, "Egress" | "Ingress") {
            let at = path.child("policyTypes").index(index);
            errors.push(FieldError::not_supported(&at, kind, &["Ingress", "Egress"]));
        }
    }
}

fn port(port: &Value, path: &Path, errors: &mut Errors) {
    one_of_if_set(port, "protocol", &["TCP", "UDP", "SCTP"], path, errors);
    let (end, at) = (port["endPort"].as_i64(), path.child("endPort"));
    if let Some(end) = end.filter(|_| port["port"].is_string()) {
        errors.push(FieldError::invalid(&at, end, "may not be specified when `port` is non-numeric"));
    }
    if has(port, "port") {
        check::port(&port["port"], &path.child("port"), errors);
    }
    let Some(end) = end else { return };
    if !has(port, "port") {
        errors.push(FieldError::invalid(&at, end, "may not be specified when `port` is not specified"));
    } else if port["port"].is_number() {
        if end < number(port, "port") {
            errors.push(FieldError::invalid(&at, end, "must be greater than or equal to `port`"));
        }
        errors
            .extend(names::port_number(end).into_iter().map(|detail| FieldError::invalid(&at, end, detail)));
    }
}

fn peer(peer: &Value, path: &Path, errors: &mut Errors) {
    let mut count = 0;
    for field in ["podSelector", "namespaceSelector"] {
        count += usize::from(has(peer, field));
        label_selector::validate(&peer[field], &path.child(field), errors);
    }
    if has(peer, "ipBlock") {
        block(&peer["ipBlock"], &path.child("ipBlock"), errors);
        if count > 0 {
            errors.push(FieldError::forbidden(path, "may not specify both ipBlock and another peer"));
        }
    } else if count == 0 {
        errors.push(FieldError::required(path, "must specify a peer"));
    }
}

fn block(block: &Value, path: &Path, errors: &mut Errors) {
    let range = text(block, "cidr");
    if range.is_empty() {
        errors.push(FieldError::required(&path.child("cidr"), ""));
        return;
    }
    ip::network(range, &path.child("cidr"), errors);
    let Some(outer) = ip::parse_network(range) else { return };
    for (index, inner) in list(block, "except").iter().filter_map(Value::as_str).enumerate() {
        let at = path.child("except").index(index);
        ip::network(inner, &at, errors);
        if let Some((address, length)) = ip::parse_network(inner)
            && !(ip::contains(outer, address) && length > outer.1)
        {
            errors.push(FieldError::invalid(&at, inner, "must be a strict subset of `cidr`"));
        }
    }
}
