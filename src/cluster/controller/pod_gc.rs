//! Removes pods that no kubelet will ever finish: those of a node that is gone, and those that are terminating on a
//! node that is not ready and tainted out-of-service.
//!
//! Mirrors the pod garbage collector.

use std::rc::Rc;

use crate::cluster::nodes::OUT_OF_SERVICE;
use crate::cluster::object::{Body, Key, Kind, Object, Phase};
use crate::cluster::{Cluster, DeleteOptions, Status};

pub(crate) fn reconcile(cluster: &mut Cluster, node: &Key) -> Result<(), Status> {
    let pods: Vec<_> = cluster.store.pods_on(&node.name).cloned().collect();
    match cluster.store.get(Kind::Node, node).cloned() {
        None => {
            for pod in pods {
                remove(cluster, &pod, "PodGC: node no longer exists");
            }
        }
        Some(node)
            if crate::cluster::nodes::has_taint(&node, OUT_OF_SERVICE)
                && !crate::cluster::nodes::is_ready(&node) =>
        {
            for pod in pods.iter().filter(|pod| pod.meta.is_terminating()) {
                remove(cluster, pod, "PodGC: node is out of service");
            }
        }
        Some(_) => {}
    }
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
