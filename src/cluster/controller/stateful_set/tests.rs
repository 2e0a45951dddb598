//! Random walks: the indexed controller does what the plain one does, and both keep the rules of a StatefulSet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cluster::dice::Dice;
use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, PatchType, PodReport, Propagation, Settings};

fn cluster(plain: bool, gate: bool) -> Cluster {
    let mut settings = Settings { plain_controllers: plain, ..Settings::default() };
    settings.gates.max_unavailable_stateful_set = gate;
    let mut cluster = Cluster::new(settings);
    for name in ["node-1", "node-2", "node-3"] {
        cluster.add_node(name, &[]).expect("the names differ");
    }
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p",
        "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"});
    cluster.create(&class).expect("a class");
    cluster.settle();
    cluster
}

fn set(dice: &mut Dice, gate: bool) -> Value {
    let strategy = match dice.below(5) {
        0 => json!({"type": "OnDelete"}),
        1 => json!({"type": "RollingUpdate"}),
        2 if gate => json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1 + dice.below(3)}}),
        _ => json!({"type": "RollingUpdate", "rollingUpdate": {"partition": dice.below(3)}}),
    };
    let retention = |dice: &mut Dice| ["Retain", "Delete"][dice.below(2)];
    let policy = ["OrderedReady", "Parallel"][dice.below(2)];
    let (scaled, deleted) = (retention(dice), retention(dice));
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": dice.below(5), "selector": {"matchLabels": {"app": "web"}},
        "podManagementPolicy": policy, "updateStrategy": strategy,
        "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 10,
            "containers": [{"name": "c", "image": "i:1", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}})
}

/// One action, drawn from what the first world looks like, done to all of them.
fn act(dice: &mut Dice, worlds: &mut [Cluster]) -> String {
    let pods: Vec<_> = worlds[0].list(Kind::Pod).map(|pod| pod.meta.name.to_string()).collect();
    let claims: Vec<_> =
        worlds[0].list(Kind::PersistentVolumeClaim).map(|claim| claim.meta.name.to_string()).collect();
    let pod = dice.pick(&pods).cloned().unwrap_or_default();
    let claim = dice.pick(&claims).cloned().unwrap_or_default();
    let (draw, number) = (dice.below(24), dice.below(6));
    let patch = |worlds: &mut [Cluster], kind, name: &str, patch: Value| {
        for world in worlds.iter_mut() {
            // What is refused is refused in all worlds.
            let _ = world.patch(kind, "default", name, PatchType::Merge, &patch);
        }
        format!("patch {name} {patch}")
    };
    let report = |worlds: &mut [Cluster], report| {
        for world in worlds.iter_mut() {
            let _ = world.report("default", &pod, report);
        }
        format!("{report:?} {pod}")
    };
    match draw {
        0..=6 => report(worlds, PodReport::Ready),
        7 => report(worlds, PodReport::NotReady),
        8 => report(worlds, PodReport::Failed),
        9 => report(worlds, PodReport::ImagePullBackOff),
        10..=14 => {
            let terminating: Vec<_> = worlds[0]
                .list(Kind::Pod)
                .filter(|pod| pod.meta.is_terminating())
                .map(|pod| pod.meta.name.to_string())
                .collect();
            for world in worlds.iter_mut() {
                for pod in &terminating {
                    let _ = world.finalize_pod("default", pod);
                }
            }
            format!("finalize {terminating:?}")
        }
        15 => {
            for world in worlds.iter_mut() {
                let _ = world.scale(Kind::StatefulSet, "default", "web", number as i64);
            }
            format!("scale {number}")
        }
        16 => {
            let template = json!([{"name": "c", "image": format!("i:{number}"),
                "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]);
            patch(
                worlds,
                Kind::StatefulSet,
                "web",
                json!({"spec": {"template": {"spec": {"containers": template}}}}),
            )
        }
        17 => {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": number / 2}});
            patch(worlds, Kind::StatefulSet, "web", json!({"spec": {"updateStrategy": strategy}}))
        }
        18 => patch(worlds, Kind::StatefulSet, "web", json!({"spec": {"ordinals": {"start": number / 2}}})),
        19 => {
            let words = ["Retain", "Delete"];
            let policy = json!({"whenScaled": (words[number % 2]), "whenDeleted": (words[number / 3])});
            patch(
                worlds,
                Kind::StatefulSet,
                "web",
                json!({"spec": {"persistentVolumeClaimRetentionPolicy": policy}}),
            )
        }
        20 => {
            let label = ["statefulset.kubernetes.io/pod-name", "controller-revision-hash", "app"][number % 3];
            patch(worlds, Kind::Pod, &pod, json!({"metadata": {"labels": {label: null}}}))
        }
        21 => {
            let policy = [None, Some(Propagation::Orphan), Some(Propagation::Foreground)][number % 3];
            let (kind, name) = match number {
                0 => (Kind::StatefulSet, "web"),
                1 => (Kind::PersistentVolumeClaim, &*claim),
                _ => (Kind::Pod, &*pod),
            };
            let options =
                DeleteOptions { propagation: policy.filter(|_| number == 0), grace_period_seconds: None };
            for world in worlds.iter_mut() {
                let _ = world.delete(kind, "default", name, &options);
            }
            format!("delete {name}")
        }
        _ => {
            for world in worlds.iter_mut() {
                world.advance(Duration::seconds(number as i64));
            }
            format!("wait {number}")
        }
    }
}

/// Everything a reader could see.
fn shown(cluster: &Cluster) -> String {
    let objects = Kind::all().flat_map(|kind| cluster.list(kind)).map(|object| {
        let mut value = object.to_value();
        // How often something was written is not what it is.
        value["metadata"]["resourceVersion"] = Value::Null;
        value["metadata"]["uid"] = Value::Null;
        value.to_string()
    });
    let events =
        cluster.events().map(|event| format!("{} {} x{}", event.object.name, event.message, event.count));
    let mut events: Vec<_> = events.collect();
    events.sort();
    objects.chain(events).collect::<Vec<_>>().join("\n")
}

/// Every object with its identity and version.
fn exact(cluster: &Cluster) -> impl Iterator<Item = &std::rc::Rc<crate::cluster::Object>> {
    Kind::all().flat_map(|kind| cluster.list(kind))
}

/// At most one live pod an ordinal, since force deletion takes the object along; and:
/// under order a pod is only made when all below it are ready; a volume stays with its claim.
fn check_rules(world: &Cluster, before: &BTreeSet<u64>, claims: &mut BTreeMap<String, u64>) {
    assert_eq!(world.overruns(), 0, "settling ends");
    for claim in world.list(Kind::PersistentVolumeClaim) {
        let volume = claim.as_claim().and_then(|claim| claim.volume.clone());
        if let Some(volume) = volume {
            let uid = claims.entry(volume.to_string()).or_insert(claim.meta.uid.0);
            assert_eq!(*uid, claim.meta.uid.0, "a volume stays with its claim");
        }
    }
    let Ok(set) = world.get(Kind::StatefulSet, "default", "web") else { return };
    let mut ordinals = BTreeSet::new();
    for pod in
        world.list(Kind::Pod).filter(|pod| pod.meta.controller().is_some_and(|it| it.uid == set.meta.uid))
    {
        let ordinal = super::parent_and_ordinal(&pod.meta.name).map(|(_, ordinal)| ordinal);
        assert!(ordinals.insert(ordinal), "{} has a twin", pod.meta.name);
    }
    let Some(set) = set.as_stateful_set().filter(|set| !set.spec.is_parallel) else { return };
    let pod = |ordinal: u32| world.get(Kind::Pod, "default", &format!("web-{ordinal}")).ok();
    let is_ready = |ordinal: u32| {
        pod(ordinal).is_some_and(|object| {
            !object.meta.is_terminating() && object.as_pod().is_some_and(|pod| pod.is_running_and_ready())
        })
    };
    for ordinal in set.spec.ordinals() {
        if pod(ordinal).is_some_and(|pod| !before.contains(&pod.meta.uid.0)) {
            let early = (set.spec.start..ordinal).find(|below| !is_ready(*below));
            assert_eq!(early, None, "web-{ordinal} came before its turn");
        }
    }
}

#[test]
fn indexed_and_plain_controllers_agree() {
    for seed in 0..60u64 {
        let mut dice = Dice::new(seed);
        let gate = dice.below(3) == 0;
        let mut worlds = [cluster(true, gate), cluster(false, gate), cluster(false, gate)];
        let manifest = set(&mut dice, gate);
        let mut log = vec![manifest["spec"].to_string()];
        let mut claims = BTreeMap::new();
        for step in 0..60 {
            if step == 0 || (dice.below(8) == 0 && worlds[0].count(Kind::StatefulSet) == 0) {
                worlds.iter_mut().for_each(|world| drop(world.create(&manifest)));
            }
            let before = worlds[1].list(Kind::Pod).map(|pod| pod.meta.uid.0).collect();
            log.push(act(&mut dice, &mut worlds));
            worlds.iter_mut().for_each(Cluster::settle);
            let (plain, indexed) = (shown(&worlds[0]), shown(&worlds[1]));
            if plain != indexed {
                let (left, right): (Vec<_>, Vec<_>) = (plain.lines().collect(), indexed.lines().collect());
                let place = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
                panic!("seed {seed}\n{}\n- {:?}\n+ {:?}", log.join("\n"), left.get(place), right.get(place));
            }
            assert!(exact(&worlds[1]).eq(exact(&worlds[2])), "seed {seed}: the same log, the same world");
            check_rules(&worlds[1], &before, &mut claims);
        }
    }
}
