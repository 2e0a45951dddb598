//! Random walks over a cluster whose kubelets run the pods: what must hold at every moment, whatever is done.
//!
//! 1. At most one pod of a name runs, unless one was deleted without its kubelet's consent; then it is flagged.
//! 2. Under `OrderedReady` a pod is only made when all below it are ready.
//! 3. A claim's volume never changes its claim, and a claim only goes if somebody deleted it or a policy gave it an
//!    owner that went.
//! 4. An eviction never takes what a budget cannot spare.
//! 5. Settling always ends. 6. The same log gives the same world.

mod budgets;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Value, json};

use budgets::evict;

use super::controller::stateful_set::parent_and_ordinal;
use super::dice::Dice;
use super::object::{Object, Uid};
use super::workload::Fault;
use super::{Cluster, DeleteOptions, Duration, Kind, PatchType, Propagation, Status};

const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

fn set(dice: &mut Dice) -> Value {
    let policy = ["OrderedReady", "OrderedReady", "Parallel"][dice.below(3)];
    let retention = |dice: &mut Dice| ["Retain", "Delete"][dice.below(2)];
    let (scaled, deleted) = (retention(dice), retention(dice));
    let probe = json!({"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2});
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": dice.below(4), "selector": {"matchLabels": {"app": "web"}},
        "podManagementPolicy": policy, "minReadySeconds": ([0, 0, 5][dice.below(3)]),
        "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 5,
            "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                "tolerationSeconds": 10}],
            "containers": [{"name": "c", "image": "i:1", "readinessProbe": probe,
                "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}})
}

fn budget(dice: &mut Dice) -> Value {
    let mut spec = match dice.below(3) {
        0 => json!({"maxUnavailable": dice.below(2)}),
        1 => json!({"minAvailable": dice.below(3)}),
        _ => json!({"minAvailable": "50%", "unhealthyPodEvictionPolicy": "AlwaysAllow"}),
    };
    spec["selector"] = json!({"matchLabels": {"app": "web"}});
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec})
}

/// A pod that is or was there.
struct Known {
    name: Rc<str>,
    node: Option<Rc<str>>,
    /// Whether it went, or is to go, without its kubelet being asked.
    unasked: bool,
}

/// What the walk knows of the past.
#[derive(Default)]
struct Past {
    /// Every pod there ever was.
    pods: BTreeMap<Uid, Known>,
    /// The pods that were there at the moment before, and those of them that were ready.
    present: BTreeSet<Uid>,
    ready: BTreeSet<Rc<str>>,
    /// The claim of each volume.
    volumes: BTreeMap<Rc<str>, Uid>,
    /// The claims that were there at the moment before, and whether each was free to go.
    claims: BTreeMap<Uid, (Rc<str>, bool)>,
}

/// One action: what it is called, and what it does.
fn act(dice: &mut Dice, cluster: &mut Cluster, past: &mut Past, manifest: &Value) -> String {
    let names = |kind: Kind| cluster.list(kind).map(|it| it.meta.name.to_string()).collect::<Vec<_>>();
    let pod = dice.pick(&names(Kind::Pod)).cloned().unwrap_or_default();
    let claim = dice.pick(&names(Kind::PersistentVolumeClaim)).cloned().unwrap_or_default();
    let nodes = names(Kind::Node);
    let node = dice.pick(&nodes).cloned().unwrap_or_default();
    let (draw, number) = (dice.below(28), dice.below(6));
    let options = |propagation: Option<Propagation>, grace: Option<i64>| DeleteOptions {
        propagation,
        grace_period_seconds: grace,
    };
    let mut patch = |kind: Kind, name: &str, patch: Value| {
        // A refusal is an outcome like any other.
        let done = cluster.patch(kind, "default", name, PatchType::Merge, &patch).is_ok();
        format!("patch {name} {patch} {done}")
    };
    let spec = |spec: Value| json!({"spec": spec});
    let told = |what: &str, outcome: Result<(), Status>| format!("{what}: {}", outcome.is_ok());
    match draw {
        0..=2 => told(
            &format!("scale {number}"),
            cluster.scale(Kind::StatefulSet, "default", "web", number as i64),
        ),
        3 | 4 => {
            let image =
                if number == 5 { "web:does-not-exist".to_owned() } else { format!("i:{}", number / 2) };
            let mut container = manifest["spec"]["template"]["spec"]["containers"][0].clone();
            container["image"] = image.into();
            patch(Kind::StatefulSet, "web", spec(json!({"template": {"spec": {"containers": [container]}}})))
        }
        5 => {
            let strategy = match number {
                0 => json!({"type": "OnDelete", "rollingUpdate": null}),
                _ => json!({"type": "RollingUpdate", "rollingUpdate": {"partition": number / 2}}),
            };
            patch(Kind::StatefulSet, "web", spec(json!({"updateStrategy": strategy})))
        }
        6 => patch(Kind::StatefulSet, "web", spec(json!({"ordinals": {"start": number / 2}}))),
        7 => {
            let words = ["Retain", "Delete"];
            let policy = json!({"whenScaled": (words[number % 2]), "whenDeleted": (words[number / 3])});
            patch(Kind::StatefulSet, "web", spec(json!({"persistentVolumeClaimRetentionPolicy": policy})))
        }
        8 => {
            let label = ["statefulset.kubernetes.io/pod-name", "controller-revision-hash", "app"][number % 3];
            let value = if number > 3 { json!("web") } else { Value::Null };
            let labelled = patch(Kind::Pod, &pod, json!({"metadata": {"labels": {label: value}}}));
            // A budget does not notice that a pod leaves its selector.
            patch(Kind::PodDisruptionBudget, "web", json!({"metadata": {"labels": {"looked": pod}}}));
            labelled
        }
        9 => {
            let policy = [Propagation::Background, Propagation::Foreground, Propagation::Orphan][number % 3];
            told(
                "delete the set",
                cluster.delete(Kind::StatefulSet, "default", "web", &options(Some(policy), None)),
            )
        }
        10..=12 => {
            told(&format!("delete {pod}"), cluster.delete(Kind::Pod, "default", &pod, &options(None, None)))
        }
        13 => {
            if let Ok(object) = cluster.get(Kind::Pod, "default", &pod) {
                past.pods.entry(object.meta.uid).and_modify(|known| known.unasked = true);
            }
            let forced = options(None, Some(0));
            told(&format!("force-delete {pod}"), cluster.delete(Kind::Pod, "default", &pod, &forced))
        }
        14 => {
            if let Ok(object) = cluster.get(Kind::PersistentVolumeClaim, "default", &claim) {
                past.claims.insert(object.meta.uid, (object.meta.name.clone(), true));
            }
            let gone = cluster.delete(Kind::PersistentVolumeClaim, "default", &claim, &options(None, None));
            told(&format!("delete {claim}"), gone)
        }
        15 => evict(cluster, &pod),
        16 => told(&format!("lose {node}"), cluster.lose_node(&node)),
        17 | 18 => {
            let silent: Vec<_> = nodes.into_iter().filter(|node| cluster.is_silent(node)).collect();
            let node = dice.pick(&silent).cloned().unwrap_or_default();
            told(&format!("return {node}"), cluster.return_node(&node))
        }
        19 => told(&format!("cordon {node}"), cluster.cordon_node(&node, number % 2 == 0)),
        20 if number == 0 => {
            told(&format!("delete {node}"), cluster.delete(Kind::Node, "", &node, &options(None, None)))
        }
        20 => {
            let name = format!("node-{}", cluster.count(Kind::Node) + 10 * number);
            let zone = ["a", "b"][number % 2];
            let added = cluster.add_node(&name, &[("topology.kubernetes.io/zone", zone)]);
            told(&format!("add {name}"), added.map(|_| ()))
        }
        21 => match number % 2 {
            0 => told(&format!("taint {node}"), cluster.taint_node(&node, OUT_OF_SERVICE, "x", "NoExecute")),
            _ => told(&format!("untaint {node}"), cluster.untaint_node(&node, OUT_OF_SERVICE)),
        },
        22 => format!("crash {pod}: {}", cluster.crash("default", &pod, "c", 1)),
        23 => {
            let faults =
                [Some(Fault::NotReady), Some(Fault::CrashLoop), Some(Fault::IgnoresTerm), None, None, None];
            cluster.set_fault("default", &pod, faults[number]);
            format!("{pod} {:?}", faults[number])
        }
        24 => {
            let mut foreign = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("web-{number}")},
                "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
            if number % 2 == 0 {
                foreign["metadata"]["labels"]["app"] = "web".into();
            }
            told(&format!("create web-{number}"), cluster.create(&foreign).map(|_| ()))
        }
        _ => "wait".to_owned(),
    }
}

fn look(cluster: &Cluster, past: &mut Past) {
    assert_eq!(cluster.overruns(), 0, "settling ends");
    for pod in cluster.list(Kind::Pod) {
        let node = pod.as_pod().and_then(|pod| pod.node.clone());
        let name = pod.meta.name.clone();
        let known = past.pods.entry(pod.meta.uid);
        let known = known.or_insert_with(|| Known { name, node: None, unasked: false });
        known.node = node.or(known.node.take());
    }
    let present: BTreeSet<Uid> = cluster.list(Kind::Pod).map(|pod| pod.meta.uid).collect();
    for uid in past.present.difference(&present) {
        let Some(known) = past.pods.get_mut(uid) else { continue };
        let node = known.node.as_deref().unwrap_or("");
        known.unasked |= cluster.is_silent(node) || cluster.get(Kind::Node, "", node).is_err();
    }
    check_writers(cluster, past);
    check_order(cluster, past);
    check_claims(cluster, past);
    past.present = present;
    let is_ready = |pod: &&Rc<Object>| {
        !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_running_and_ready())
    };
    past.ready = cluster.list(Kind::Pod).filter(is_ready).map(|pod| pod.meta.name.clone()).collect();
}

fn check_writers(cluster: &Cluster, past: &Past) {
    let Some(automatic) = &cluster.automatic else { return };
    let mut running: BTreeMap<&str, Vec<Uid>> = BTreeMap::new();
    for (uid, known) in &past.pods {
        if automatic.kubelets.is_running(*uid) {
            running.entry(&known.name).or_default().push(*uid);
        }
    }
    let flagged = cluster.second_writers();
    for (name, uids) in running.iter().filter(|(_, uids)| uids.len() > 1) {
        let ghosts: Vec<_> = uids.iter().filter(|uid| cluster.by_uid(**uid).is_none()).collect();
        assert!(ghosts.len() + 1 >= uids.len(), "{name} runs more than once: {uids:?}");
        for uid in ghosts {
            assert!(past.pods[uid].unasked, "{name} ran on although nobody forced it: {uid}");
            assert!(flagged.iter().any(|writer| writer.uid == *uid), "{name}: {uid} is not flagged");
        }
    }
}

fn check_order(cluster: &Cluster, past: &Past) {
    let Ok(object) = cluster.get(Kind::StatefulSet, "default", "web") else { return };
    let Some(set) = object.as_stateful_set().filter(|set| !set.spec.is_parallel) else { return };
    for pod in cluster.store.owned(object.meta.uid, Kind::Pod) {
        let Some((_, ordinal)) = parent_and_ordinal(&pod.meta.name) else { continue };
        // Adopted pods were made by somebody else.
        let is_new =
            !past.present.contains(&pod.meta.uid) && pod.meta.label("controller-revision-hash").is_some();
        if !is_new || !set.spec.ordinals().contains(&ordinal) {
            continue;
        }
        for below in set.spec.start..ordinal {
            let name = format!("web-{below}");
            let is_ready = cluster.get(Kind::Pod, "default", &name).is_ok_and(|pod| {
                !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_running_and_ready())
            });
            assert!(
                is_ready || past.ready.contains(&*name),
                "{} came before {name} was ready",
                pod.meta.name
            );
        }
    }
}

fn check_claims(cluster: &Cluster, past: &mut Past) {
    let mut present = BTreeMap::new();
    for claim in cluster.list(Kind::PersistentVolumeClaim) {
        let uid = claim.meta.uid;
        if let Some(volume) = claim.as_claim().and_then(|claim| claim.volume.clone()) {
            let owner = past.volumes.entry(volume.clone()).or_insert(uid);
            assert_eq!(*owner, uid, "volume {volume} stays with its claim");
            assert!(cluster.get(Kind::PersistentVolume, "", &volume).is_ok(), "{volume} is there");
        }
        let freed = past.claims.get(&uid).is_some_and(|known| known.1);
        present.insert(uid, (claim.meta.name.clone(), freed || !claim.meta.owners.is_empty()));
    }
    // A pod that never ran may be condemned, given the claim and deleted before anybody looks.
    let set = cluster.get(Kind::StatefulSet, "default", "web");
    let scaling_deletes = set
        .ok()
        .and_then(|set| set.as_stateful_set())
        .is_some_and(|set| set.spec.when_scaled == super::Retention::Delete);
    for (uid, (name, may_go)) in &past.claims {
        assert!(*may_go || scaling_deletes || present.contains_key(uid), "{name} vanished");
    }
    past.claims = present;
}

/// Every object and every event, in full.
fn shown(cluster: &Cluster) -> String {
    let objects = Kind::all().flat_map(|kind| cluster.list(kind)).map(|object| object.to_value().to_string());
    let events = cluster.events().map(|event| format!("{event:?}"));
    objects.chain(events).collect::<Vec<_>>().join("\n")
}

/// Plays one walk; its log goes along with a failure.
fn walk(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let manifest = set(&mut dice);
    let mut cluster = Cluster::with_nodes(3);
    let mut past = Past::default();
    let mut log = vec![manifest["spec"].to_string()];
    for step in 0..50 {
        if step == 0 {
            cluster.create(&budget(&mut dice)).expect("a valid budget");
        }
        if step == 0 || (dice.below(6) == 0 && cluster.count(Kind::StatefulSet) == 0) {
            // It may be there still.
            let _ = cluster.create(&manifest);
        }
        log.push(act(&mut dice, &mut cluster, &mut past, &manifest));
        println!("{}", log[log.len() - 1]);
        cluster.settle();
        look(&cluster, &mut past);
        let end = cluster.now() + Duration::seconds([0, 1, 3, 20, 90][dice.below(5)]);
        while cluster.now() < end {
            cluster.advance_to_next_change(end);
            look(&cluster, &mut past);
        }
        for reason in cluster.reasons() {
            assert!(!reason.text.is_empty());
        }
    }
    shown(&cluster)
}

#[test]
fn hold_whatever_is_done() {
    for seed in 0..40 {
        println!("seed {seed}");
        let world = walk(seed);
        if seed < 4 {
            assert_eq!(world, walk(seed), "the same log, the same world");
        }
    }
}
