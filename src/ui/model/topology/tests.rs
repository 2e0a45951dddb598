use serde_json::json;

use super::*;

fn set(replicas: i64) -> Value {
    json!({"kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "serviceName": "web"}, "status": {"updateRevision": "web-b"}})
}

fn pod(name: &str, phase: &str, ready: &str) -> Value {
    json!({"kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": "1", "labels": {"controller-revision-hash": "web-a"},
            "ownerReferences": [{"kind": "StatefulSet", "name": "web", "controller": true}]},
        "spec": {"containers": [{}], "nodeName": "node"},
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]}})
}

fn claim(name: &str) -> Value {
    json!({"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "default"},
        "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}})
}

/// One line a set and slot.
fn check(objects: Vec<Value>, expected: &str) {
    let objects: Vec<Rc<Value>> = objects.into_iter().map(Rc::new).collect();
    let mut found = String::new();
    for set in topology(&objects, &Inside::default()).sets {
        found.push_str(&format!(
            "{} {}{:?}\n",
            set.name,
            if set.key.is_some() { "" } else { "deleted " },
            set.revisions
        ));
        for slot in &set.slots {
            let pod = slot.pod.as_ref().map_or("-".to_owned(), |pod| pod.phase.name().to_string());
            let name = slot.name.as_ref().map_or("-".to_owned(), |name| format!("{:?}", name.addresses));
            let claims: Vec<&str> = slot.claims.iter().map(|claim| claim.key.name.as_str()).collect();
            let wanted = if slot.wanted { "" } else { " unwanted" };
            found.push_str(&format!("  {}{wanted} {pod} {name} {}\n", slot.ordinal, claims.join(",")));
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn slots_hold_what_is_wanted_and_what_is_left() {
    let revision = |name: &str, number: i64| json!({"kind": "ControllerRevision", "metadata": {"name": name, "namespace": "default"}, "revision": number});
    check(
        vec![
            set(2),
            revision("web-a", 1),
            revision("web-b", 2),
            pod("web-0", "Running", "True"),
            claim("data-web-0"),
            claim("data-web-3"),
        ],
        "web [1, 2]\n  0 ready [] data-web-0\n  1 - [] \n  3 unwanted - [] data-web-3\n",
    );
}

#[test]
fn a_name_is_lit_while_its_endpoint_is_ready() {
    let service = json!({"kind": "Service", "metadata": {"name": "web", "namespace": "default"}, "spec": {"clusterIP": "None"}});
    let endpoint = |host: &str, ready: bool| json!({"hostname": host, "addresses": ["10.0.0.1"], "conditions": {"ready": ready}});
    let slice = json!({"kind": "EndpointSlice", "metadata": {"name": "web-x", "namespace": "default",
        "labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [endpoint("web-0", true), endpoint("web-1", false)]});
    check(vec![set(2), service, slice], "web []\n  0 - [\"10.0.0.1\"] \n  1 - [] \n");
}

#[test]
fn claims_and_orphans_of_a_deleted_set_keep_their_slots() {
    let mut orphan = pod("web-1", "Running", "False");
    orphan["metadata"]["ownerReferences"] = json!([]);
    orphan["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = json!("1");
    check(
        vec![orphan, claim("data-web-0")],
        "web deleted []\n  0 unwanted - - data-web-0\n  1 unwanted running - \n",
    );
    check(vec![claim("data-web-0")], "data-web deleted []\n  0 unwanted - - data-web-0\n");
}

#[test]
fn the_status_column_is_kubectls() {
    let status = |status: Value| {
        let mut object = pod("web-0", "Running", "False");
        object["status"]["containerStatuses"] = json!([status]);
        pod::view(&object, &set::Revisions::default(), &Inside::default())
    };
    let waiting = status(json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 4}));
    assert_eq!(
        (waiting.status.as_str(), waiting.phase, waiting.restarts),
        ("CrashLoopBackOff", Phase::Failed, 4)
    );
    let creating = status(json!({"state": {"waiting": {"reason": "ContainerCreating"}}}));
    assert_eq!((creating.status.as_str(), creating.phase), ("ContainerCreating", Phase::Running));
}
