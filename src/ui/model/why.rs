//! Why something is not where its spec wants it, in sentences that name the gate and the field that sets it.

use serde_json::Value;

use super::object::{ObjectKey, list, number, text};
use super::topology::{Phase, SetView, Slot};

/// What holds a set back; empty if nothing does.
pub fn gates(set: &SetView) -> Vec<String> {
    if set.key.is_none() || set.terminating {
        return Vec::new();
    }
    let mut found = Vec::new();
    let name = |slot: &Slot| format!("{}-{}", set.name, slot.ordinal);
    let is_ready = |slot: &Slot| slot.pod.as_ref().is_some_and(|pod| pod.phase == Phase::Ready);
    let ordered = set.policy == "OrderedReady";
    let first_unready = set.slots.iter().find(|slot| slot.wanted && !is_ready(slot));
    if let (true, Some(holder)) = (ordered, first_unready.filter(|slot| slot.pod.is_some())) {
        let state = holder.pod.as_ref().map(|pod| pod.status.clone()).unwrap_or_default();
        let held: Vec<String> = set
            .slots
            .iter()
            .filter(|slot| {
                (slot.wanted && slot.ordinal > holder.ordinal && slot.pod.is_none()) || is_surplus(slot)
            })
            .map(name)
            .collect();
        if let Some(next) = held.first() {
            let others = if held.len() > 1 { format!(" and {} more", held.len() - 1) } else { String::new() };
            let verb = if held.len() > 1 { "wait" } else { "waits" };
            found.push(format!(
                "{next}{others} {verb}: {} is not Running and Ready ({state}). Set by spec.podManagementPolicy: OrderedReady.",
                name(holder)
            ));
        }
    }
    found.extend(update_gate(set, &name));
    found
}

fn is_surplus(slot: &Slot) -> bool {
    !slot.wanted && slot.pod.as_ref().is_some_and(|pod| pod.phase != Phase::Terminating)
}

/// What holds an update back.
fn update_gate(set: &SetView, name: &dyn Fn(&Slot) -> String) -> Option<String> {
    let target = set.update_revision?;
    let outdated: Vec<&Slot> = set
        .slots
        .iter()
        .filter(|slot| {
            slot.pod.as_ref().is_some_and(|pod| pod.revision.is_some_and(|revision| revision != target))
        })
        .collect();
    let last = outdated.last()?;
    if set.strategy == "OnDelete" {
        return Some(format!(
            "{} of {} pods keep an old revision until you delete them. Set by spec.updateStrategy.type: OnDelete.",
            outdated.len(),
            set.slots.iter().filter(|slot| slot.pod.is_some()).count()
        ));
    }
    if i64::from(last.ordinal) < set.partition {
        return Some(format!(
            "Ordinals below {} keep their revision. Set by spec.updateStrategy.rollingUpdate.partition: {}.",
            set.partition, set.partition
        ));
    }
    let holder = set.slots.iter().rev().find(|slot| {
        slot.wanted
            && slot.ordinal > last.ordinal
            && slot.pod.as_ref().is_none_or(|pod| pod.phase != Phase::Ready)
    })?;
    Some(format!(
        "{} keeps its old revision: the update goes from the highest ordinal down and waits until {} is Running and Ready.",
        name(last),
        name(holder)
    ))
}

/// Why an object is in its state.
pub fn reasons(object: &Value) -> Vec<String> {
    let key = ObjectKey::of(object);
    let mut found = Vec::new();
    let terminating = object.pointer("/metadata/deletionTimestamp").is_some();
    match key.kind.as_str() {
        "Pod" => {
            if terminating {
                let grace = number(object, "/metadata/deletionGracePeriodSeconds").unwrap_or_default();
                found.push(format!(
                    "It was deleted. Its containers got SIGTERM and have {grace} s to end; then they are killed. Set by \
                     spec.terminationGracePeriodSeconds, or by the delete request."
                ));
            }
            let conditions = list(object, "/status/conditions").iter();
            for condition in conditions.filter(|condition| text(condition, "/status") == "False") {
                let message = text(condition, "/message");
                if !message.is_empty() && text(object, "/status/phase") != "Succeeded" {
                    found.push(format!("{}: {message}", text(condition, "/type")));
                }
            }
            for status in list(object, "/status/containerStatuses") {
                let (reason, message) =
                    (text(status, "/state/waiting/reason"), text(status, "/state/waiting/message"));
                if !reason.is_empty() && !message.is_empty() {
                    found.push(format!("{}: {reason}: {message}", text(status, "/name")));
                }
                let last = text(status, "/lastState/terminated/reason");
                if !last.is_empty() {
                    let code = number(status, "/lastState/terminated/exitCode").unwrap_or_default();
                    found.push(format!(
                        "{}: it ended before: {last}, exit code {code}.",
                        text(status, "/name")
                    ));
                }
            }
        }
        "PersistentVolumeClaim" => {
            let protected =
                list(object, "/metadata/finalizers").iter().any(|it| it == "kubernetes.io/pvc-protection");
            if terminating && protected {
                found.push(
                    "It was deleted, but a pod still uses it: the finalizer kubernetes.io/pvc-protection holds it until \
                     that pod is gone."
                        .to_owned(),
                );
            } else if text(object, "/status/phase") == "Pending" {
                found.push(
                    "It waits for a volume: the provisioner of its storage class makes one.".to_owned(),
                );
            }
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::json;

    use super::super::topology::{Inside, topology};
    use super::*;

    /// Pods: ordinal, whether it is Ready, revision.
    fn check(spec: Value, pods: &[(u32, bool, i64)], expected: &[&str]) {
        let revision = |number: i64| {
            json!({"kind": "ControllerRevision", "revision": number,
            "metadata": {"name": format!("web-{number}"), "namespace": "default"}})
        };
        let mut objects = vec![
            json!({"kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"}, "spec": spec,
                "status": {"updateRevision": "web-2"}}),
            revision(1),
            revision(2),
        ];
        for (ordinal, ready, revision) in pods {
            objects.push(json!({"kind": "Pod",
                "metadata": {"name": format!("web-{ordinal}"), "namespace": "default",
                    "labels": {"controller-revision-hash": format!("web-{revision}")},
                    "ownerReferences": [{"kind": "StatefulSet", "name": "web", "controller": true}]},
                "spec": {"nodeName": "node", "containers": [{}]},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if *ready { "True" } else { "False" }}]}}));
        }
        let objects: Vec<Rc<Value>> = objects.into_iter().map(Rc::new).collect();
        let topology = topology(&objects, &Inside::default());
        assert_eq!(gates(&topology.sets[0]), expected);
    }

    #[test]
    fn an_unready_pod_holds_the_next_ordinals() {
        let gate = "web-1 and 1 more wait: web-0 is not Running and Ready (Running). Set by spec.podManagementPolicy: OrderedReady.";
        check(json!({"replicas": 3}), &[(0, false, 2)], &[gate]);
        check(json!({"replicas": 3, "podManagementPolicy": "Parallel"}), &[(0, false, 2)], &[]);
        check(json!({"replicas": 1}), &[(0, true, 2)], &[]);
    }

    #[test]
    fn updates_name_what_holds_them() {
        let strategy = |strategy: Value| json!({"replicas": 2, "updateStrategy": strategy});
        check(
            strategy(json!({"type": "OnDelete"})),
            &[(0, true, 1), (1, true, 2)],
            &[
                "1 of 2 pods keep an old revision until you delete them. Set by spec.updateStrategy.type: OnDelete.",
            ],
        );
        check(
            strategy(json!({"rollingUpdate": {"partition": 1}})),
            &[(0, true, 1), (1, true, 2)],
            &["Ordinals below 1 keep their revision. Set by spec.updateStrategy.rollingUpdate.partition: 1."],
        );
        check(
            json!({"replicas": 2}),
            &[(0, true, 1), (1, false, 2)],
            &[
                "web-0 keeps its old revision: the update goes from the highest ordinal down and waits until web-1 is Running and Ready.",
            ],
        );
    }
}
