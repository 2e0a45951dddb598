//! Removes pods that no kubelet will ever finish: those of a node that is gone, and those that are terminating on a
//! node that is not ready and tainted out-of-service.
//!
//! Mirrors the pod garbage collector: it looks every 20 s, and gives a node that is gone 40 s to come back.

use std::rc::Rc;

use crate::cluster::nodes::{OUT_OF_SERVICE, has_taint, is_ready};
use crate::cluster::object::{Body, Key, Kind, Object, Phase};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, Instant, Status};

/// How often the collector looks, in milliseconds.
const PERIOD: u64 = 20_000;
/// How long a node must have been gone.
const QUARANTINE: Duration = Duration(40_000);

/// A node changed or went: from now on the collector has, or has not, to see to its pods.
pub(crate) fn node_changed(cluster: &mut Cluster, node: &Key) {
    match cluster.store.get(Kind::Node, node) {
        Some(_) => cluster.missing_nodes.remove(&node.name),
        None => cluster.missing_nodes.insert(node.name.clone(), next_look(cluster.now) + QUARANTINE),
    };
    plan(cluster, node);
}

fn next_look(now: Instant) -> Instant {
    Instant((now.0 / PERIOD + 1) * PERIOD)
}

fn is_out_of_service(node: &Object) -> bool {
    has_taint(node, OUT_OF_SERVICE) && !is_ready(node)
}

/// The next look, if there is anything to see.
fn plan(cluster: &mut Cluster, node: &Key) {
    let look = match cluster.store.get(Kind::Node, node) {
        Some(known) if !is_out_of_service(known) => return,
        Some(_) => next_look(cluster.now),
        None => {
            cluster.missing_nodes.get(&node.name).copied().unwrap_or(cluster.now).max(next_look(cluster.now))
        }
    };
    if cluster.store.pods_on(&node.name).next().is_some() {
        cluster.queue.add_at(Work::CollectPods(node.clone()), look);
    } else {
        cluster.missing_nodes.remove(&node.name);
    }
}

pub(crate) fn reconcile(cluster: &mut Cluster, node: &Key) -> Result<(), Status> {
    let pods: Vec<_> = cluster.store.pods_on(&node.name).cloned().collect();
    match cluster.store.get(Kind::Node, node) {
        None if cluster.missing_nodes.get(&node.name).is_some_and(|until| *until <= cluster.now) => {
            for pod in pods {
                remove(cluster, &pod, "PodGC: node no longer exists");
            }
        }
        Some(known) if is_out_of_service(known) => {
            for pod in pods.iter().filter(|pod| pod.meta.is_terminating()) {
                remove(cluster, pod, "PodGC: node is out of service");
            }
        }
        _ => {}
    }
    plan(cluster, node);
    Ok(())
}

fn remove(cluster: &mut Cluster, pod: &Rc<Object>, message: &str) {
    let mut failed = (**pod).clone();
    if let Body::Pod(pod) = &mut failed.body {
        let status = Rc::make_mut(&mut pod.status);
        status.set_condition("DisruptionTarget", "True", "DeletionByPodGC", message, cluster.now);
        if !matches!(status.phase, Phase::Failed | Phase::Succeeded) {
            status.phase = Phase::Failed;
        }
    }
    let key = failed.key();
    cluster.write(failed);
    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    // Whoever removed it first did what had to be done.
    let _ = cluster.delete_object(Kind::Pod, &key, &options);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::Settings;

    /// A pod on a node to which something happens at 5 s; how many seconds after the start the pod is gone.
    fn check(what: &str, happen: impl FnOnce(&mut Cluster), expected: Option<u64>) {
        let mut cluster = Cluster::new(Settings::default());
        cluster.add_node("n", &[]).expect("the first node");
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "i"}]}});
        cluster.create(&pod).expect("a valid pod");
        cluster.advance(Duration::seconds(5));
        happen(&mut cluster);
        let is_gone = |cluster: &Cluster| cluster.get(Kind::Pod, "default", "p").is_err();
        let mut gone = None;
        for _ in 0..200 {
            cluster.settle();
            gone = gone.or(is_gone(&cluster).then_some(cluster.now().0 / 1000));
            cluster.advance(Duration::seconds(1));
        }
        assert_eq!(gone, expected, "{what}");
    }

    #[test]
    fn looks_every_twenty_seconds_and_gives_a_node_time_to_come_back() {
        let delete = |cluster: &mut Cluster| {
            cluster.delete(Kind::Node, "", "n", &DeleteOptions::default()).expect("it is there");
        };
        check("deleted", delete, Some(60));
        check(
            "deleted and back",
            |cluster| {
                delete(cluster);
                cluster.advance(Duration::seconds(30));
                cluster.add_node("n", &[]).expect("there is none");
            },
            None,
        );
        let tainted = |cluster: &mut Cluster| {
            cluster.taint_node("n", OUT_OF_SERVICE, "x", "NoExecute").expect("it is there");
        };
        check("out of service, but ready", tainted, None);
        check(
            "lost, then out of service",
            |cluster| {
                cluster.lose_node("n").expect("it is there");
                cluster.advance(Duration::seconds(60));
                tainted(cluster);
            },
            Some(80),
        );
    }
}
