//! Evicts pods from nodes whose `NoExecute` taints they do not tolerate, or no longer.
//!
//! Mirrors the taint-eviction controller.

use std::rc::Rc;

use crate::cluster::object::{Body, Key, Kind, Object};
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
    let work = Work::Evict(key.clone());
    if cluster.queue.planned(&work).is_some_and(|planned| evict_at.is_none_or(|at| at < planned)) {
        cancel(cluster, &object);
    }
    match evict_at {
        None => {}
        Some(at) if at > cluster.now => cluster.queue.add_at(work, at),
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

/// Takes back an eviction that was planned, as for a pod that is gone or a node that is back, and says so.
pub(crate) fn cancel(cluster: &mut Cluster, pod: &Object) {
    if cluster.queue.cancel(&Work::Evict(pod.key())) {
        let message = format!("Cancelling deletion of Pod {}/{}", pod.meta.namespace, pod.meta.name);
        cluster.event(pod, EventType::Normal, "TaintManagerEviction", &message, SOURCE);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::nodes::OUT_OF_SERVICE;
    use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, Settings};

    /// What is said of a pod on a node that is lost after 50 s, if something happens 100 s later.
    fn check(what: &str, happen: impl FnOnce(&mut Cluster), expected: &[&str]) {
        let mut cluster = Cluster::new(Settings::default());
        cluster.add_node("n", &[]).expect("the first node");
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "i"}]}});
        cluster.create(&pod).expect("a valid pod");
        cluster.settle();
        cluster.lose_node("n").expect("it is there");
        cluster.advance(Duration::seconds(150));
        happen(&mut cluster);
        cluster.advance(Duration::seconds(1000));
        let said = cluster.events().filter(|event| event.reason == "TaintManagerEviction");
        let said: Vec<_> = said.map(|event| &*event.message).collect();
        assert_eq!(said, expected, "{what}");
    }

    #[test]
    fn what_was_planned_is_taken_back() {
        let (marked, cancelled) =
            ("Marking for deletion Pod default/p", "Cancelling deletion of Pod default/p");
        check("nothing", |_| {}, &[marked]);
        check("it is back", |cluster| cluster.return_node("n").expect("it is there"), &[cancelled]);
        let force = |cluster: &mut Cluster| {
            let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            cluster.delete(Kind::Pod, "default", "p", &options).expect("it is there");
        };
        check("the pod is gone", force, &[cancelled]);
        let taint = |cluster: &mut Cluster| {
            cluster.taint_node("n", OUT_OF_SERVICE, "x", "NoExecute").expect("it is there");
        };
        check("out of service", taint, &[cancelled, marked]);
    }
}
