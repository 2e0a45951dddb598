//! Warnings about ports that hide one another.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::field::Path;
use crate::api::read::{has, list, number, text};
use crate::api::validate::every;

/// Ports that stand twice among all containers, by number or by name.
pub(super) fn validate(spec: &Value, path: &Path, found: &mut Vec<String>) {
    let mut by_number: BTreeMap<(i64, &str), Vec<(Path, &Value)>> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Path> = BTreeMap::new();
    let mut of_names = Vec::new();
    for (container, at) in every(spec, path) {
        for (place, port) in list(container, "ports").iter().enumerate() {
            let at = at.child("ports").index(place);
            if has(port, "hostIP") && !has(port, "hostPort") {
                found.push(format!("{at}: hostIP set without hostPort: {}", shown(port)));
            }
            let name = text(port, "name");
            match by_name.get(name) {
                _ if name.is_empty() => {}
                Some(other) => of_names.push(format!(
                    "{at}: duplicate port name {name:?} with {other}, services and probes that select ports by name will use {other}"
                )),
                None => {
                    by_name.insert(name, at.clone());
                }
            }
            let same = by_number.entry((number(port, "containerPort"), text(port, "protocol"))).or_default();
            for (earlier, other) in same.iter() {
                if let Some(words) = clash(port, other) {
                    found.push(format!("{at}: {words} port definition with {earlier}"));
                }
            }
            same.push((at, port));
        }
    }
    found.append(&mut of_names);
}

/// A port as Go prints the struct.
fn shown(port: &Value) -> String {
    format!(
        "{{Name:{} HostPort:{} ContainerPort:{} Protocol:{} HostIP:{}}}",
        text(port, "name"),
        number(port, "hostPort"),
        number(port, "containerPort"),
        text(port, "protocol"),
        text(port, "hostIP")
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(ports: [Value; 2], expected: &[&str]) {
        let [init, main] = ports;
        let spec = json!({"initContainers": [{"ports": [init]}], "containers": [{"ports": [main]}]});
        let mut found = Vec::new();
        validate(&spec, &Path::new("spec"), &mut found);
        assert_eq!(found, expected);
    }

    #[test]
    fn ports_hide_one_another() {
        let port =
            |name: &str, number: i64| json!({"name": name, "containerPort": number, "protocol": "TCP"});
        check([port("a", 1), port("b", 2)], &[]);
        check(
            [port("a", 1), port("a", 1)],
            &[
                "spec.containers[0].ports[0]: duplicate port definition with spec.initContainers[0].ports[0]",
                "spec.containers[0].ports[0]: duplicate port name \"a\" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]",
            ],
        );
        check(
            [json!({"containerPort": 80, "protocol": "UDP", "hostIP": "10.0.0.1"}), port("b", 2)],
            &[
                "spec.initContainers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:UDP HostIP:10.0.0.1}",
            ],
        );
    }
}
