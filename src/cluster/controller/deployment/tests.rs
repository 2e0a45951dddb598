//! Deployments in the odd moments: what their ReplicaSets remember, and what they say when no pod can be made.

use serde_json::{Value, json};

use crate::cluster::dice::Dice;
use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, PatchType, PodReport, Settings};

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

/// One action on a Deployment, its ReplicaSets and pods; what it was.
fn act(dice: &mut Dice, cluster: &mut Cluster) -> String {
    let names = |kind: Kind| cluster.list(kind).map(|it| it.meta.name.to_string()).collect::<Vec<_>>();
    let (pod, set) = (dice.pick(&names(Kind::Pod)).cloned(), dice.pick(&names(Kind::ReplicaSet)).cloned());
    let (pod, set) = (pod.unwrap_or_default(), set.unwrap_or_default());
    let (draw, number) = (dice.below(16), dice.below(6));
    let change = |cluster: &mut Cluster, change: Value| {
        let done = cluster.patch(Kind::Deployment, "default", "d", PatchType::Strategic, &change);
        format!("{change} {}", done.is_ok())
    };
    match draw {
        0..=2 => change(cluster, image(&format!("i:{}", number % 3))),
        3 | 4 => {
            let done = cluster.scale(Kind::Deployment, "default", "d", 2 * number as i64);
            format!("scale {} {}", 2 * number, done.is_ok())
        }
        5 => change(cluster, json!({"spec": {"paused": number % 2 == 0}})),
        6 => {
            let strategy = match number {
                0 => json!({"type": "Recreate", "rollingUpdate": null}),
                1 => json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
                2 => {
                    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}})
                }
                _ => {
                    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}})
                }
            };
            change(cluster, json!({"spec": {"strategy": strategy}}))
        }
        7 => change(cluster, json!({"spec": {"minReadySeconds": 3 * (number % 2)}})),
        8 => change(cluster, json!({"spec": {"revisionHistoryLimit": number % 3}})),
        9 => {
            let done = cluster.scale(Kind::ReplicaSet, "default", &set, number as i64);
            format!("scale {set} {number} {}", done.is_ok())
        }
        10 => {
            let done = cluster.delete(Kind::Pod, "default", &pod, &DeleteOptions::default());
            format!("delete {pod} {}", done.is_ok())
        }
        11 => {
            let report = [PodReport::NotReady, PodReport::Failed, PodReport::ImagePullBackOff][number % 3];
            format!("{report:?} {pod} {}", cluster.report("default", &pod, report).is_ok())
        }
        12 => {
            serve(cluster);
            "serve".to_owned()
        }
        _ => {
            // It may have gone.
            let _ = cluster.report("default", &pod, PodReport::Ready);
            cluster.advance(Duration::seconds(number as i64));
            format!("ready {pod}, wait {number}")
        }
    }
}

/// What kubelets do: pods that are to go, go; those that are to run, run.
fn serve(cluster: &mut Cluster) {
    let pods: Vec<_> = cluster.list(Kind::Pod).cloned().collect();
    for pod in pods {
        // Either may fail for a pod that went with another one.
        let _ = match pod.meta.is_terminating() {
            true => cluster.finalize_pod("default", &pod.meta.name),
            false if pod.as_pod().is_some_and(|it| !it.is_ready() && !it.is_finished()) => {
                cluster.report("default", &pod.meta.name, PodReport::Ready)
            }
            false => Ok(()),
        };
        cluster.settle();
    }
}

/// Whatever is done to it, a Deployment that is left alone gets where it is wanted.
#[test]
fn come_to_rest_where_they_are_wanted() {
    for seed in 0..80 {
        let mut dice = Dice::new(seed);
        let mut world = cluster(json!({}));
        let mut log = Vec::new();
        for _ in 0..40 {
            log.push(act(&mut dice, &mut world));
            world.settle();
            let image = |set: &std::rc::Rc<crate::cluster::Object>| {
                set.spec()["template"]["spec"]["containers"][0]["image"].to_string()
            };
            let images: std::collections::BTreeSet<_> = world.list(Kind::ReplicaSet).map(image).collect();
            assert_eq!(
                images.len(),
                world.count(Kind::ReplicaSet),
                "seed {seed}: one of a template {log:#?}"
            );
        }
        patch(&mut world, &json!({"spec": {"paused": false}}));
        for _ in 0..60 {
            serve(&mut world);
            world.advance(Duration::seconds(4));
        }
        assert_eq!(world.overruns(), 0, "settling ends");
        let deployment = world.get(Kind::Deployment, "default", "d").expect("it is there");
        let (spec, status) = (deployment.spec(), deployment.status());
        let wanted = spec["replicas"].as_i64().unwrap_or(0);
        for field in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
            let count = status[field].as_i64().unwrap_or(0);
            assert_eq!(count, wanted, "seed {seed}: {field} {status}\n{:#?}\n{log:#?}", sets(&world));
        }
        let sizes: i64 =
            world.list(Kind::ReplicaSet).map(|set| set.spec()["replicas"].as_i64().unwrap_or(0)).sum();
        assert_eq!(sizes, wanted, "seed {seed}: {:#?}\n{log:#?}", sets(&world));
        let revisions = world.list(Kind::ReplicaSet).filter_map(|set| {
            set.meta.annotations.get("deployment.kubernetes.io/revision")?.parse::<u32>().ok()
        });
        let own = deployment.meta.annotations.get("deployment.kubernetes.io/revision");
        assert_eq!(own.map(|it| it.to_string()), revisions.max().map(|it| it.to_string()), "seed {seed}");
    }
}
