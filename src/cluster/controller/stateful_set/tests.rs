//! Random walks: the indexed controller does what the plain one does, and both keep the rules of a StatefulSet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cluster::dice::Dice;
use crate::cluster::{
    Cluster, DeleteOptions, Duration, Kind, Object, PatchType, PodReport, Propagation, Settings,
};

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
    let revisions: Vec<_> =
        worlds[0].list(Kind::ControllerRevision).map(|revision| revision.meta.name.to_string()).collect();
    let pod = dice.pick(&pods).cloned().unwrap_or_default();
    let revision = dice.pick(&revisions).cloned().unwrap_or_default();
    let claim = dice.pick(&claims).cloned().unwrap_or_default();
    let (draw, number) = (dice.below(32), dice.below(6));
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
        21 | 22 => {
            let (kind, name) = match number {
                0 => (Kind::StatefulSet, "web"),
                1 => (Kind::PersistentVolumeClaim, &*claim),
                2 => (Kind::ControllerRevision, &*revision),
                _ => (Kind::Pod, &*pod),
            };
            let policy = dice.pick(&[Propagation::Background, Propagation::Orphan, Propagation::Foreground]);
            let grace = (kind == Kind::Pod && number == 5).then_some(0);
            let options = DeleteOptions { propagation: policy.copied(), grace_period_seconds: grace };
            for world in worlds.iter_mut() {
                let _ = world.delete(kind, "default", name, &options);
            }
            format!("delete {name} {options:?}")
        }
        23 => patch(worlds, Kind::StatefulSet, "web", json!({"spec": {"minReadySeconds": 2 * (number / 2)}})),
        24 => patch(worlds, Kind::StatefulSet, "web", json!({"spec": {"revisionHistoryLimit": number / 3}})),
        25 => {
            let strategy = match number {
                0 | 1 => json!({"type": "OnDelete", "rollingUpdate": null}),
                2 => json!({"type": "RollingUpdate", "rollingUpdate": null}),
                _ => json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "50%"}}),
            };
            patch(worlds, Kind::StatefulSet, "web", json!({"spec": {"updateStrategy": strategy}}))
        }
        26 => {
            let held = if number % 2 == 0 { json!(["example.com/hold"]) } else { json!([]) };
            patch(worlds, Kind::Pod, &pod, json!({"metadata": {"finalizers": held}}))
        }
        27 => {
            for world in worlds.iter_mut() {
                let _ = world.evict("default", &pod, &DeleteOptions::default());
            }
            format!("evict {pod}")
        }
        28 => {
            let mut foreign = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("web-{number}")},
                "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
            if number % 2 == 0 {
                foreign["metadata"]["labels"]["app"] = "web".into();
            }
            worlds.iter_mut().for_each(|world| drop(world.create(&foreign)));
            format!("create web-{number}")
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
fn exact(cluster: &Cluster) -> impl Iterator<Item = &std::rc::Rc<Object>> {
    Kind::all().flat_map(|kind| cluster.list(kind))
}

/// A world in a few lines, for whoever looks into a walk: the set's status, pods, claims, and events since a moment.
fn brief(cluster: &Cluster, since: u64) -> String {
    let mut text = String::new();
    for object in cluster.list(Kind::StatefulSet) {
        text += &format!(
            "  {} {} {}\n",
            object.meta.name,
            object.meta.is_terminating(),
            object.to_value()["status"]
        );
    }
    for object in cluster.list(Kind::Pod) {
        let Some(pod) = object.as_pod() else { continue };
        let owner = object.meta.controller().map_or("-", |owner| &*owner.kind);
        text += &format!(
            "  {} #{} {:?} ready {} terminating {} node {} {} {owner}\n",
            object.meta.name,
            object.meta.incarnation,
            pod.status.phase,
            pod.is_ready(),
            object.meta.is_terminating(),
            pod.node.is_some(),
            object.meta.label(super::REVISION_LABEL).unwrap_or("-"),
        );
    }
    for object in cluster.list(Kind::PersistentVolumeClaim) {
        let owners: Vec<_> = object.meta.owners.iter().map(|owner| format!("{}", owner.kind)).collect();
        text += &format!(
            "  {} #{} terminating {} {owners:?}\n",
            object.meta.name,
            object.meta.incarnation,
            object.meta.is_terminating()
        );
    }
    for event in cluster.events().filter(|event| event.last.0 >= since && event.source != "default-scheduler")
    {
        text += &format!("    {} {} x{}\n", event.object.name, event.message, event.count);
    }
    text
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
        // Adopted pods were made by somebody else.
        let is_made = |pod: &Object| pod.meta.label(super::REVISION_LABEL).is_some();
        if pod(ordinal).is_some_and(|pod| !before.contains(&pod.meta.uid.0) && is_made(pod)) {
            let early = (set.spec.start..ordinal).find(|below| !is_ready(*below));
            assert_eq!(early, None, "web-{ordinal} came before its turn");
        }
    }
}

#[test]
fn indexed_and_plain_controllers_agree() {
    // `WALK=7` shows one walk step by step (with `--nocapture`), `WALKS=500` plays more of them.
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let only = number("WALK");
    for seed in only.map_or(0..number("WALKS").unwrap_or(60), |seed| seed..seed + 1) {
        println!("seed {seed}");
        let mut dice = Dice::new(seed);
        let gate = dice.below(3) == 0;
        let mut worlds = [cluster(true, gate), cluster(false, gate), cluster(false, gate)];
        let manifest = set(&mut dice, gate);
        let mut log = vec![manifest["spec"].to_string()];
        let mut claims = BTreeMap::new();
        for step in 0..60 {
            if step == 0 || (dice.below(8) == 0 && worlds[0].count(Kind::StatefulSet) == 0) {
                let mut manifest = manifest.clone();
                let image = format!("i:{}", dice.below(3));
                manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
                worlds.iter_mut().for_each(|world| drop(world.create(&manifest)));
            }
            let before = worlds[1].list(Kind::Pod).map(|pod| pod.meta.uid.0).collect();
            let since = worlds[1].now().0;
            log.push(act(&mut dice, &mut worlds));
            worlds.iter_mut().for_each(Cluster::settle);
            if only.is_some() {
                println!("{}\n{}", log[log.len() - 1], brief(&worlds[1], since));
            }
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
