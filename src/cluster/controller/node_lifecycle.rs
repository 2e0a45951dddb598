//! Notices nodes that stopped reporting: Ready becomes Unknown, their pods are marked not ready, taints follow.
//!
//! Mirrors the node-lifecycle controller.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::cluster::nodes::{UNREACHABLE, is_ready, ready_condition, set_ready, set_taints};
use crate::cluster::object::{Body, Key, Kind};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, EventType, Status};

const SOURCE: &str = "node-controller";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(node) = cluster.store.get(Kind::Node, key).cloned() else { return Ok(()) };
    let silent_since = cluster.silent.get(&key.name).copied();
    match silent_since {
        Some(since) if ready_condition(&node) != Some("Unknown") => {
            let lost_at = since + cluster.settings.node_grace;
            if cluster.now < lost_at {
                cluster.queue.add_at(Work::Node(key.clone()), lost_at);
                return Ok(());
            }
            let mut lost = (*node).clone();
            set_ready(
                &mut lost,
                "Unknown",
                "NodeStatusUnknown",
                "Kubelet stopped posting node status.",
                cluster.now,
            );
            let mut taints = node.spec()["taints"].as_array().cloned().unwrap_or_default();
            taints.retain(|taint| taint["key"] != UNREACHABLE);
            for effect in ["NoSchedule", "NoExecute"] {
                taints.push(
                    json!({"key": UNREACHABLE, "effect": effect, "timeAdded": cluster.now.to_string()}),
                );
            }
            set_taints(&mut lost, taints);
            cluster.write(lost);
            mark_pods_not_ready(cluster, &key.name);
        }
        None if is_ready(&node) => {
            let mut taints = node.spec()["taints"].as_array().cloned().unwrap_or_default();
            let before = taints.len();
            taints.retain(|taint: &Value| taint["key"] != UNREACHABLE);
            if taints.len() != before {
                let mut back = (*node).clone();
                set_taints(&mut back, taints);
                cluster.write(back);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Ready pods of a lost node are not: nobody can tell.
fn mark_pods_not_ready(cluster: &mut Cluster, node: &str) {
    let pods: Vec<_> = cluster.store.pods_on(node).cloned().collect();
    for object in pods {
        if !object.as_pod().is_some_and(|pod| pod.is_ready()) {
            continue;
        }
        let mut marked = (*object).clone();
        if let Body::Pod(pod) = &mut marked.body {
            Rc::make_mut(&mut pod.status).set_condition("Ready", "False", "", "", cluster.now);
        }
        cluster.event(&object, EventType::Warning, "NodeNotReady", "Node is not ready", SOURCE);
        cluster.write(marked);
    }
}
