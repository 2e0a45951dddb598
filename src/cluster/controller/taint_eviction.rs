//! Evicts pods from nodes whose `NoExecute` taints they do not tolerate, or no longer.
//!
//! Mirrors the taint-eviction controller.

use std::rc::Rc;

use crate::cluster::object::{Body, Key, Kind};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, Duration, EventType, Instant, Status};

const SOURCE: &str = "taint-eviction-controller";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(object) = cluster.store.get(Kind::Pod, key).cloned() else { return Ok(()) };
    let Some(pod) = object.as_pod() else { return Ok(()) };
    let Some(node) = pod.node.as_deref().and_then(|node| cluster.store.find(Kind::Node, "", node)) else {
        return Ok(());
    };
    let mut evict_at: Option<Instant> = None;
    for taint in node.spec()["taints"].as_array().into_iter().flatten() {
        if taint["effect"] != "NoExecute" {
            continue;
        }
        let text = |field: &str| taint[field].as_str().unwrap_or("");
        let added = Instant::parse(text("timeAdded")).unwrap_or(cluster.now);
        let tolerating = pod
            .spec
            .tolerations
            .iter()
            .filter(|toleration| toleration.tolerates(text("key"), text("value"), "NoExecute"));
        let mut tolerated = false;
        let mut seconds: Option<i64> = None;
        for toleration in tolerating {
            tolerated = true;
            if let Some(limit) = toleration.seconds {
                seconds = Some(seconds.map_or(limit, |other| other.min(limit)));
            }
        }
        let at = match (tolerated, seconds) {
            (false, _) => Some(cluster.now),
            (true, Some(limit)) => Some(added + Duration::seconds(limit)),
            (true, None) => None,
        };
        evict_at = evict_at.into_iter().chain(at).min();
    }
    match evict_at {
        None => {}
        Some(at) if at > cluster.now => cluster.queue.add_at(Work::Evict(key.clone()), at),
        Some(_) => {
            let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
            cluster.event(&object, EventType::Normal, "TaintManagerEviction", &message, SOURCE);
            let mut marked = (*object).clone();
            if let Body::Pod(pod) = &mut marked.body {
                let message = "Taint manager: deleting due to NoExecute taint";
                let status = Rc::make_mut(&mut pod.status);
                status.set_condition(
                    "DisruptionTarget",
                    "True",
                    "DeletionByTaintManager",
                    message,
                    cluster.now,
                );
            }
            cluster.write(marked);
            cluster.delete_object(Kind::Pod, key, &DeleteOptions::default())?;
        }
    }
    Ok(())
}
