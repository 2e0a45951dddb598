//! Deployments in the odd moments: what their ReplicaSets remember, and what they say when no pod can be made.

use serde_json::{Value, json};

use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, PatchType, Settings};

fn cluster(more: Value) -> Cluster {
    let mut cluster = Cluster::new(Settings::default());
    cluster.add_node("node-1", &[]).expect("a node");
    cluster.settle();
    if more["account"] == false {
        let options = DeleteOptions::default();
        cluster.delete(Kind::ServiceAccount, "default", "default", &options).expect("an account");
    }
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "annotations": {"note": "one"}}, "spec": {"replicas": 4,
            "selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
                "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}});
    cluster.create(&deployment).expect("a valid Deployment");
    cluster.advance(Duration(2));
    cluster
}

fn patch(cluster: &mut Cluster, change: &Value) {
    cluster.patch(Kind::Deployment, "default", "d", PatchType::Strategic, change).expect("a valid change");
    cluster.advance(Duration(2));
}

fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}

/// Image, size, and the annotations that tell of revisions, of each ReplicaSet in order of age.
fn sets(cluster: &Cluster) -> Vec<String> {
    let mut sets: Vec<_> = cluster.list(Kind::ReplicaSet).collect();
    sets.sort_by_key(|set| set.meta.uid);
    let line = |set: &&std::rc::Rc<crate::cluster::Object>| {
        let note = |name: &str| set.meta.annotations.get(name).map_or("-", |text| text).to_owned();
        format!(
            "{} x{} revision {} before {} note {}",
            set.spec()["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or(""),
            set.spec()["replicas"],
            note("deployment.kubernetes.io/revision"),
            note("deployment.kubernetes.io/revision-history"),
            note("note"),
        )
    };
    sets.iter().map(line).collect()
}

#[test]
fn replica_sets_remember_the_revisions_that_they_had() {
    let mut world = cluster(json!({}));
    for tag in ["i:2", "i:1", "i:2"] {
        patch(&mut world, &image(tag));
    }
    patch(&mut world, &json!({"metadata": {"annotations": {"note": "two"}}}));
    assert_eq!(sets(&world), ["i:1 x3 revision 3 before 1 note one", "i:2 x2 revision 4 before 2 note two"],);
}

#[test]
fn a_pod_that_cannot_be_made_is_told_up_to_the_deployment() {
    let world = cluster(json!({"account": false}));
    for kind in [Kind::ReplicaSet, Kind::Deployment] {
        let object = world.list(kind).next().expect("it was made");
        let conditions = object.status()["conditions"].as_array().cloned().unwrap_or_default();
        let failure = conditions.iter().find(|it| it["type"] == "ReplicaFailure").expect("a failure");
        assert_eq!((&failure["status"], &failure["reason"]), (&json!("True"), &json!("FailedCreate")));
        let message = failure["message"].as_str().unwrap_or("");
        assert!(message.contains("error looking up service account default/default"), "{message}");
    }
}
