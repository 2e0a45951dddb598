//! Rules for Endpoints and EndpointSlices.

use serde_json::Value;

use super::check::{self, one_of, same};
use super::{ip, metadata};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::labels;
use crate::api::names;
use crate::api::read::{list, number, text};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Endpoints, new or in place of `old`; subsets that do not change are not looked at again.
pub(super) fn endpoints(object: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    if !old.is_null() && same(&old["subsets"], &object["subsets"]) {
        return;
    }
    for (index, subset) in list(object, "subsets").iter().enumerate() {
        let path = Path::new("subsets").index(index);
        let groups = ["addresses", "notReadyAddresses"];
        if groups.iter().all(|group| list(subset, group).is_empty()) {
            let detail = "must specify `addresses` or `notReadyAddresses`";
            errors.push(FieldError::required(&path, detail));
        }
        for group in groups {
            for (place, address) in list(subset, group).iter().enumerate() {
                self::address(address, &path.child(group).index(place), errors);
            }
        }
        let ports = list(subset, "ports");
        for (place, port) in ports.iter().enumerate() {
            let at = path.child("ports").index(place);
            match text(port, "name") {
                "" if ports.len() > 1 => errors.push(FieldError::required(&at.child("name"), "")),
                "" => {}
                name => check::name(name, names::dns_label, &at.child("name"), errors),
            }
            let value = number(port, "port");
            let complaints = names::port_number(value).into_iter();
            errors.extend(complaints.map(|detail| FieldError::invalid(&at.child("port"), value, detail)));
            protocol(port, &at, errors);
        }
    }
}

fn address(address: &Value, path: &Path, errors: &mut Errors) {
    let at = path.child("ip");
    ip::validate(text(address, "ip"), &at, errors);
    optional_name(address, "hostname", names::dns_label, path, errors);
    optional_name(address, "nodeName", names::dns_subdomain, path, errors);
    ip::endpoint(text(address, "ip"), &at, errors);
}

fn optional_name(
    object: &Value,
    field: &str,
    rule: fn(&str) -> names::Complaints,
    path: &Path,
    errors: &mut Errors,
) {
    if let Some(name) = object[field].as_str() {
        check::name(name, rule, &path.child(field), errors);
    }
}

fn protocol(port: &Value, path: &Path, errors: &mut Errors) {
    one_of(port, "protocol", &PROTOCOLS, path, errors);
    optional_name(port, "appProtocol", labels::qualified_name, path, errors);
}

/// An EndpointSlice, new or in place of `old`; endpoints that do not change are not looked at again.
pub(super) fn slice(object: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let kind = text(object, "addressType");
    match kind {
        "" => errors.push(FieldError::required(&Path::new("addressType"), "")),
        _ => one_of(object, "addressType", &["FQDN", "IPv4", "IPv6"], &Path::default(), errors),
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(object, "ports").iter().enumerate() {
        let (path, name) = (Path::new("ports").index(index), text(port, "name"));
        if !name.is_empty() {
            check::name(name, names::dns_label, &path.child("name"), errors);
        }
        if seen.contains(&name) {
            errors.push(FieldError::duplicate(&path.child("name"), name));
        }
        seen.push(name);
        protocol(port, &path, errors);
    }
    if !old.is_null() && same(&old["endpoints"], &object["endpoints"]) {
        return;
    }
    for (index, endpoint) in list(object, "endpoints").iter().enumerate() {
        let path = Path::new("endpoints").index(index);
        let addresses = list(endpoint, "addresses");
        if addresses.is_empty() {
            let detail = "must contain at least 1 address";
            errors.push(FieldError::required(&path.child("addresses"), detail));
        }
        for (place, address) in addresses.iter().filter_map(Value::as_str).enumerate() {
            slice_address(address, kind, &path.child("addresses").index(place), errors);
        }
        optional_name(endpoint, "nodeName", names::dns_subdomain, &path, errors);
        labels::validate(&endpoint["deprecatedTopology"], &path.child("deprecatedTopology"), errors);
        optional_name(endpoint, "hostname", names::dns_label, &path, errors);
    }
}

fn slice_address(address: &str, kind: &str, path: &Path, errors: &mut Errors) {
    let before = errors.len();
    match kind {
        "IPv4" | "IPv6" => {
            ip::validate(address, path, errors);
            if errors.len() == before {
                if address.contains(':') != (kind == "IPv6") {
                    errors.push(FieldError::invalid(path, address, format!("must be an {kind} address")));
                }
                ip::not_special(address, path, errors);
            }
        }
        "FQDN" => {
            let name = address.strip_suffix('.').unwrap_or(address);
            if address.is_empty() {
                errors.push(FieldError::required(path, ""));
                return;
            }
            check::name(name, names::dns_subdomain, path, errors);
            if errors.len() == before && name.split('.').count() < 3 {
                let detail = "should be a domain with at least three segments separated by dots";
                errors.push(FieldError::invalid(path, name, detail));
            }
        }
        _ => {}
    }
}

pub(super) fn slice_update(new: &Value, old: &Value, errors: &mut Errors) {
    slice(new, old, errors);
    check::immutable(&new["addressType"], &old["addressType"], &Path::new("addressType"), errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_refused() {
        let mut errors = Errors::new();
        let meta = json!({"name": "a", "namespace": "b"});
        let subset = json!({"addresses": [{"ip": "127.0.0.1"}, {"ip": "x"}], "ports": [{"port": 0, "protocol": "TCP"}]});
        endpoints(&json!({"metadata": meta, "subsets": [subset, {}]}), &Value::Null, &mut errors);
        let endpoint = json!({"addresses": ["10.0.0.1", "fd00::1"]});
        let object = json!({"metadata": meta, "addressType": "IPv4", "endpoints": [endpoint]});
        slice(&object, &Value::Null, &mut errors);
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "subsets[0].addresses[0].ip: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
                "subsets[0].addresses[1].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "subsets[0].addresses[1].ip: Invalid value: \"x\": must be a valid IP address",
                "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`",
                "endpoints[0].addresses[1]: Invalid value: \"fd00::1\": must be an IPv4 address",
            ]
        );
    }
}
