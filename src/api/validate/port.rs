//! Rules for the ports of containers.
//!
//! Mirrors `validateContainerPorts` and `checkHostPortConflicts`.

use serde_json::Value;

use super::check::one_of;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{list, number, text};

/// The ports of one container.
pub(super) fn validate(container: &Value, path: &Path, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let (at, name) = (path.index(index), text(port, "name"));
        if !name.is_empty() {
            let complaints = names::port_name(name);
            if !complaints.is_empty() {
                let at = at.child("name");
                errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, name, detail)));
            } else if seen.contains(&name) {
                errors.push(FieldError::duplicate(&at.child("name"), name));
            } else {
                seen.push(name);
            }
        }
        if number(port, "containerPort") == 0 {
            errors.push(FieldError::required(&at.child("containerPort"), ""));
        }
        for field in ["containerPort", "hostPort"] {
            let value = number(port, field);
            if value != 0 {
                let at = at.child(field);
                let complaints = names::port_number(value);
                errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(&at, value, detail)));
            }
        }
        one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &at, errors);
    }
}

/// A port of the node can be taken once.
pub(super) fn host(containers: &[Value], path: &Path, errors: &mut Errors) {
    let mut taken: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (place, port) in list(container, "ports").iter().enumerate() {
            let number = number(port, "hostPort");
            if number == 0 {
                continue;
            }
            let key = format!("{}/{}/{number}", text(port, "protocol"), text(port, "hostIP"));
            if taken.contains(&key) {
                let at = path.index(index).child("ports").index(place).child("hostPort");
                errors.push(FieldError::duplicate(&at, &key));
            } else {
                taken.push(key);
            }
        }
    }
}
