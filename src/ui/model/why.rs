//! Why things are not where their specification wants them: what the cluster itself says, made ready to be read.
//!
//! In: [`Cluster::reasons`]. Out: the reasons by object, each with the few words that fit on a card. Nothing is
//! decided here.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::object::ObjectKey;
use crate::cluster::{Cluster, Key, Kind, Reason};

/// Why one object waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonView {
    /// What holds it, as in `min-ready-seconds`.
    pub gate: &'static str,
    /// The few words for a card; empty where the card says as much already.
    pub short: String,
    /// One sentence.
    pub text: String,
    /// What it waits for, if that is an object.
    pub waits_for: Option<ObjectKey>,
    /// The object and the field that set the gate, if a field does.
    pub field: Option<(ObjectKey, &'static str)>,
}

/// The reasons by the object that waits, which may be one that is yet to be made.
pub type Reasons = BTreeMap<ObjectKey, Vec<Rc<ReasonView>>>;

/// Why things wait in a cluster.
pub fn reasons(cluster: &Cluster) -> Reasons {
    let mut found = Reasons::new();
    for reason in cluster.reasons() {
        let key = key_of(reason.kind, &reason.object);
        found.entry(key).or_default().push(Rc::new(view(reason)));
    }
    found
}

fn key_of(kind: Kind, key: &Key) -> ObjectKey {
    let (namespace, name) = (key.namespace.to_string(), key.name.to_string());
    ObjectKey { kind: kind.name().to_owned(), namespace, name }
}

fn view(reason: Reason) -> ReasonView {
    let gate = reason.gate.name();
    let waits_for = reason.waits_for.map(|(kind, key)| key_of(kind, &key));
    let short = match (gate, &waits_for) {
        // The card's status says the same, or more.
        ("grace-period" | "starting" | "init" | "image" | "configuration" | "back-off" | "readiness", _) => {
            String::new()
        }
        ("partition", _) => "kept back by the partition".to_owned(),
        ("on-delete", _) => "old until you delete it".to_owned(),
        ("node-lost", Some(node)) => format!("{} does not answer", node.name),
        ("in-use", Some(user)) => format!("in use by {}", user.name),
        ("first-consumer", _) => "waits for its pod".to_owned(),
        ("provisioning", _) => "waits for its volume".to_owned(),
        ("resizing", _) => "waits to grow".to_owned(),
        ("unschedulable", None) => "no node takes it".to_owned(),
        ("name-taken", _) => "its name is taken".to_owned(),
        ("finalizer", _) => "held by a finalizer".to_owned(),
        ("dependents", _) => "waits for what it owns".to_owned(),
        ("metrics", _) => "no load to go by".to_owned(),
        ("limit", _) => "at its limit".to_owned(),
        ("stabilization", _) => "waits before it scales down".to_owned(),
        ("budget", _) => "lets no pod go".to_owned(),
        ("endpoints", None) => "selects no pod".to_owned(),
        ("load-balancer", _) => "waits for an address".to_owned(),
        (_, Some(other)) => format!("waits for {}", other.name),
        _ => gate.replace('-', " "),
    };
    let mut text = reason.text;
    if !text.ends_with('.') {
        text.push('.');
    }
    let field = reason.field.map(|(kind, key, field)| (key_of(kind, &key), field));
    ReasonView { gate, short, text, waits_for, field }
}

/// Reasons that many objects share, once each: the first of them and how many more there are.
pub fn grouped<'r>(reasons: impl Iterator<Item = &'r Rc<ReasonView>>) -> Vec<(Rc<ReasonView>, usize)> {
    let mut groups: Vec<(Rc<ReasonView>, usize)> = Vec::new();
    for reason in reasons {
        let same = |group: &&mut (Rc<ReasonView>, usize)| {
            let first = &group.0;
            (first.gate, &first.waits_for, &first.field) == (reason.gate, &reason.waits_for, &reason.field)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.1 += 1,
            None => groups.push((Rc::clone(reason), 0)),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::workload::Fault;
    use crate::cluster::{Duration, PatchType};

    fn web(spec: Value) -> Cluster {
        let mut cluster = Cluster::with_nodes(1);
        let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"serviceName": "web", "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{
                    "name": "app", "image": "registry.example/visits/app-python:1.0",
                    "ports": [{"name": "http", "containerPort": 8000}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}}}]}}}});
        if let (Some(own), Value::Object(more)) = (set["spec"].as_object_mut(), spec) {
            own.extend(more);
        }
        assert!(cluster.create(&set).is_ok(), "the manifest is valid");
        cluster
    }

    /// A line a reason: object, gate, card, object waited for, field.
    fn check(cluster: &Cluster, expected: &[&str]) {
        let lines: Vec<String> = reasons(cluster)
            .iter()
            .flat_map(|(key, found)| found.iter().map(move |reason| (key, reason)))
            .map(|(key, reason)| {
                let waits_for = reason.waits_for.as_ref().map_or("-", |key| key.name.as_str());
                let field = reason.field.as_ref().map_or("-", |(_, field)| field);
                format!("{} | {} | {} | {waits_for} | {field}", key.name, reason.gate, reason.short)
            })
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_unready_pod_holds_the_next_ordinal() {
        let mut cluster = web(json!({"replicas": 3}));
        cluster.set_fault("default", "web-0", Some(Fault::NotReady));
        cluster.advance(Duration::seconds(60));
        let found = reasons(&cluster);
        let held: Vec<&str> = found.keys().map(|key| key.name.as_str()).collect();
        assert!(held.contains(&"web-1"), "{held:?}");
        let reason = &found.iter().find(|(key, _)| key.name == "web-1").expect("a reason").1[0];
        assert_eq!((reason.gate, reason.short.as_str()), ("order", "waits for web-0"));
        assert!(reason.text.ends_with('.'), "{}", reason.text);
    }

    #[test]
    fn what_many_pods_share_is_told_once() {
        let mut cluster = web(json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}}));
        cluster.advance(Duration::seconds(120));
        check(&cluster, &[]);
        let change = json!({"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}});
        let patched = cluster.patch(Kind::StatefulSet, "default", "web", PatchType::Strategic, &change);
        assert!(patched.is_ok(), "the patch is valid");
        cluster.settle();
        let line = |ordinal: u32| {
            format!("web-{ordinal} | on-delete | old until you delete it | - | spec.updateStrategy.type")
        };
        check(&cluster, &[&line(0), &line(1), &line(2)]);
        let found = reasons(&cluster);
        let groups = grouped(found.values().flatten());
        assert_eq!(groups.iter().map(|(_, more)| *more).collect::<Vec<_>>(), [2]);
    }
}
