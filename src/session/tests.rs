//! Random sessions: a log gives one world, however it is played; stored logs that nobody could have written do no harm.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Action, Entry, HookEvent, HookManifest, Limit, NodeChange, Replay, Session, StoredSession, World,
};
use crate::cluster::workload::Fault;
use crate::cluster::{Duration, Instant, Kind};

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn seeded(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn manifest(replicas: usize, policy: &str, image: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: web, namespace: default}}
spec: {{clusterIP: None, selector: {{app: web}}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: web, namespace: default}}
spec:
  serviceName: web
  replicas: {replicas}
  podManagementPolicy: {policy}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: app
        image: {image}
        ports: [{{name: http, containerPort: 8000}}]
        readinessProbe: {{httpGet: {{path: /, port: http}}}}
        volumeMounts: [{{name: data, mountPath: /app/data}}]
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

fn apply(replicas: usize, policy: &str, image: &str) -> Action {
    let hook = HookManifest {
        manifest: "{apiVersion: v1, kind: Pod, metadata: {name: greet, namespace: default}, spec: \
            {restartPolicy: Never, containers: [{name: c, image: busybox, command: [echo, hi]}]}}"
            .to_owned(),
        events: vec![HookEvent::PreUpgrade],
        weight: 0,
        delete_policies: Vec::new(),
    };
    Action::Apply {
        release: "lab".to_owned(),
        namespace: "default".to_owned(),
        manifest: manifest(replicas, policy, image),
        hooks: vec![hook],
        force_conflicts: false,
    }
}

/// One thing that a reader might do.
fn random_action(dice: &mut Dice) -> Action {
    let namespace = "default".to_owned();
    let pod = format!("web-{}", dice.below(3));
    match dice.below(15) {
        0 => apply(dice.below(4), "Parallel", "registry.example/visits/app-python:2.0"),
        1 | 2 => Action::Scale {
            kind: "StatefulSet".to_owned(),
            namespace,
            name: "web".to_owned(),
            replicas: dice.below(5) as i32,
        },
        3 | 4 => Action::Delete {
            kind: "Pod".to_owned(),
            namespace,
            name: pod,
            grace_period_seconds: [None, Some(0), Some(3)][dice.below(3)],
            propagation: None,
        },
        5 => Action::Patch {
            kind: "StatefulSet".to_owned(),
            namespace,
            name: "web".to_owned(),
            patch: json!({"spec": {"template": {"metadata": {"annotations": {"turn": dice.below(9).to_string()}}}}}),
        },
        6 => Action::Fault { namespace, pod, fault: [None, Some(Fault::CrashLoop)][dice.below(2)] },
        7 => Action::Crash { namespace, pod, container: "app".to_owned() },
        8 => {
            let change = [NodeChange::Lose, NodeChange::Return, NodeChange::Cordon, NodeChange::Uncordon];
            Action::Node { name: "minikube-m02".to_owned(), change: change[dice.below(4)] }
        }
        9 => Action::Evict { namespace, pod },
        10 => Action::Node { name: "minikube-m02".to_owned(), change: NodeChange::Drain },
        11 if dice.below(4) == 0 => {
            Action::AddNode { name: "minikube-m03".to_owned(), zone: Some("b".to_owned()) }
        }
        12 if dice.below(4) == 0 => Action::Uninstall { release: "lab".to_owned() },
        _ => Action::Visit { namespace, service: "web".to_owned() },
    }
}

/// A session of random actions with random pauses.
fn random_session(seed: u64) -> Session {
    let mut dice = Dice::seeded(seed);
    let mut session = Session::new(2);
    let policy = ["OrderedReady", "Parallel"][dice.below(2)];
    session.act(apply(3, policy, "registry.example/visits/app-python:1.0"));
    session.advance(Duration::seconds(30));
    for _ in 0..24 {
        session.act(random_action(&mut dice));
        session.advance(Duration::millis(dice.below(20_000) as u64));
    }
    session
}

/// Everything a reader could see.
fn shown(world: &World) -> String {
    let cluster = &world.cluster;
    let mut lines = vec![world.now().to_string()];
    lines.extend(Kind::all().flat_map(|kind| cluster.list(kind)).map(|object| object.to_value().to_string()));
    lines.extend(cluster.events().map(|event| format!("{event:?}")));
    lines.extend(
        cluster
            .list(Kind::PersistentVolumeClaim)
            .map(|claim| format!("{:?}", cluster.claim_content(&claim.meta.namespace, &claim.meta.name))),
    );
    lines.extend(world.releases().map(|release| format!("{release:?}")));
    lines.push(format!("{:?}", cluster.second_writers()));
    lines.join("\n")
}

fn assert_same(what: &str, left: &str, right: &str) {
    let difference = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    assert!(left == right, "{what}: {difference:?}");
}

/// Plays a log anew, time in slices of at most `slice` milliseconds.
fn replay(log: &[Entry], end: Instant, slice: u64) -> Session {
    let mut session = Session::new(2);
    let wait = |session: &mut Session, until: Instant| {
        while session.now() < until {
            session.advance(Duration::millis((until - session.now()).0.min(slice)));
        }
    };
    for entry in log {
        wait(&mut session, entry.at);
        session.act(entry.action.clone());
    }
    wait(&mut session, end);
    session
}

#[test]
fn a_log_gives_one_world_in_slices_and_from_storage() {
    for seed in 0..6 {
        let session = random_session(seed);
        let world = shown(session.world());
        assert_eq!(session.world().cluster.overruns(), 0, "settling ends");
        let whole = replay(session.log(), session.end(), u64::MAX);
        assert_same("in one go", &world, &shown(whole.world()));
        let sliced = replay(session.log(), session.end(), 700 + seed * 333);
        assert_same("in slices", &world, &shown(sliced.world()));
        assert_eq!(session.moments(), sliced.moments(), "moments are those of the world, not of the slices");
        let text = serde_json::to_string(&session.store()).expect("a log is plain data");
        let stored: StoredSession = serde_json::from_str(&text).expect("what was stored can be read");
        let mut pieces = Replay::new(stored.clone());
        while !pieces.advance(1 + seed as usize * 5) {}
        assert_same("in pieces", &world, &shown(pieces.finish().world()));
        let restored = Session::restore_from(stored);
        assert_same("from storage", &world, &shown(restored.world()));
        assert_eq!(session.moments(), restored.moments(), "a restored session has the same timeline");
    }
}

#[test]
fn a_moment_is_the_same_from_wherever_it_is_reached() {
    for seed in 6..10 {
        let mut dice = Dice::seeded(seed);
        let mut session = random_session(seed);
        let (end, last) = (session.now(), shown(session.world()));
        let mut seen: BTreeMap<usize, String> = BTreeMap::new();
        let count = session.moments().len();
        for turn in 0..40 {
            // Few moments, so that each is reached several ways.
            let moment = (count / 7 * dice.below(7) + dice.below(2)).min(count - 1);
            match turn % 3 {
                0 => session.seek(session.moments()[moment].at + Duration::millis(1)),
                1 => drop(session.step_back()),
                _ => drop(session.step_forward()),
            }
            session.seek_moment(moment);
            let now = shown(session.world());
            assert_same("a moment", seen.entry(moment).or_insert_with(|| now.clone()), &now);
        }
        assert_eq!(session.moments().len(), count, "looking changes nothing");
        session.seek(end);
        assert_same("the end", &last, &shown(session.world()));
    }
}

#[test]
fn acting_in_the_past_drops_the_future() {
    for seed in 10..14 {
        let mut session = random_session(seed);
        let middle = session.moments().len() / 2;
        session.seek_moment(middle);
        let acted = session.log().iter().filter(|entry| entry.at < session.now()).count();
        session.act(Action::Visit { namespace: "default".to_owned(), service: "web".to_owned() });
        assert!(!session.is_in_past(), "the future is gone");
        assert!(session.log().len() > acted && session.cursor() == middle + 1);
        session.advance(Duration::seconds(40));
        let again = replay(session.log(), session.end(), u64::MAX);
        assert_same("the fork", &shown(session.world()), &shown(again.world()));
    }
}

/// What an upgrade with `replicas` and `image` is answered after somebody scaled the set to five, and how many
/// replicas and managers the set has then.
fn upgrade_after_scaling(replicas: usize, image: &str, force: bool) -> (Vec<String>, u64, usize) {
    let set = || ("StatefulSet".to_owned(), "default".to_owned(), "web".to_owned());
    let upgrade = |replicas: usize, image: &str, force_conflicts: bool| Action::Apply {
        release: "lab".to_owned(),
        namespace: "default".to_owned(),
        manifest: manifest(replicas, "Parallel", image),
        hooks: Vec::new(),
        force_conflicts,
    };
    let mut session = Session::new(3);
    session.act(upgrade(3, "a:1", false));
    let (kind, namespace, name) = set();
    session.act(Action::Scale { kind, namespace, name, replicas: 5 });
    let refusals = session.act(upgrade(replicas, image, force)).refusals;
    let cluster = &session.world().cluster;
    let set = cluster.get(Kind::StatefulSet, "default", "web").expect("the set is there").to_value();
    let managed = cluster.managed_fields("StatefulSet", "default", "web").expect("it was applied");
    let managers = managed.as_array().map_or(0, Vec::len);
    (refusals, set["spec"]["replicas"].as_u64().unwrap_or_default(), managers)
}

#[test]
fn an_upgrade_does_not_undo_what_others_changed() {
    assert_eq!(upgrade_after_scaling(5, "a:2", false), (Vec::new(), 5, 2));
    assert_eq!(upgrade_after_scaling(3, "a:2", true), (Vec::new(), 3, 1));
    let (refusals, replicas, managers) = upgrade_after_scaling(3, "a:2", false);
    assert_eq!((replicas, managers), (5, 2));
    assert_eq!(
        refusals,
        [
            "conflict occurred while applying object default/web apps/v1, Kind=StatefulSet: Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"
        ]
    );
}

#[test]
fn two_pods_of_one_name_run_only_after_force_deletion() {
    for seed in 14..20 {
        let mut session = random_session(seed);
        let is_forced =
            |entry: &Entry| matches!(&entry.action, Action::Delete { grace_period_seconds: Some(0), .. });
        let first = session.log().iter().find(|entry| is_forced(entry)).map(|entry| entry.at);
        for moment in (0..session.moments().len()).step_by(5) {
            session.seek_moment(moment);
            if first.is_none_or(|first| session.now() < first) {
                assert!(session.world().cluster.second_writers().is_empty(), "seed {seed}, moment {moment}");
            }
        }
    }
}

#[test]
fn hostile_logs_do_no_harm() {
    let text = |word: &str| word.to_owned();
    let at = |millis: u64, action: Action| Entry { at: Instant(millis), action };
    let scale = |kind: &str, replicas: i32| Action::Scale {
        kind: text(kind),
        namespace: text("default"),
        name: text("web"),
        replicas,
    };
    let delete = |kind: &str, grace: i64| Action::Delete {
        kind: text(kind),
        namespace: text("default"),
        name: text("web-0"),
        grace_period_seconds: Some(grace),
        propagation: Some(text("Sideways")),
    };
    let junk = Action::Apply {
        release: text("junk"),
        namespace: text("nowhere"),
        manifest: text("a: [1, {b: !!binary x}]\n---\n- 7\n---\nkind: Pod\n---\n{{ }}"),
        hooks: Vec::new(),
        force_conflicts: false,
    };
    let log = vec![
        at(0, junk),
        at(0, apply(2, "OrderedReady", "")),
        at(10, apply(2, "OrderedReady", "registry.example/visits/app-python:1.0")),
        at(60_000, scale("StatefulSet", i32::MIN)),
        at(5, scale("StatefulSet", 4)),
        at(61_000, scale("Dragon", 3)),
        at(62_000, delete("Pod", i64::MAX)),
        at(63_000, delete("Pod", i64::MIN)),
        at(64_000, delete("Node", -7)),
        at(
            65_000,
            Action::Patch {
                kind: text("StatefulSet"),
                namespace: text("default"),
                name: text("web"),
                patch: json!([{"op": "replace"}]),
            },
        ),
        at(66_000, Action::Node { name: text("moon"), change: NodeChange::Lose }),
        at(66_000, Action::AddNode { name: text("No such name"), zone: None }),
        at(66_000, Action::Node { name: text("moon"), change: NodeChange::Drain }),
        at(66_000, Action::Evict { namespace: text("moon"), pod: text("") }),
        at(67_000, Action::Uninstall { release: text("") }),
        at(68_000, scale("StatefulSet", i32::MAX)),
        at(70_000, scale("StatefulSet", 0)),
        at(200_000, Action::Uninstall { release: text("lab") }),
        at(u64::MAX, scale("StatefulSet", 1)),
        at(u64::MAX, Action::Visit { namespace: text(""), service: text("") }),
    ];
    let stored = StoredSession { version: 9, nodes: usize::MAX, log, at: Instant(u64::MAX), end: Instant(1) };
    let mut session = Session::restore_from(stored);
    assert!(session.log().windows(2).all(|pair| pair[0].at <= pair[1].at), "what is out of order is dropped");
    session.advance(Duration(u64::MAX));
    session.seek(Instant(0));
    session.seek(Instant(u64::MAX));
    assert_eq!(session.now(), session.end());
}

#[test]
fn a_drain_asks_again_until_the_budget_allows_it() {
    let budget = "
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: default}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
";
    let mut session = Session::new(2);
    let mut install = apply(2, "Parallel", "registry.example/visits/app-python:1.0");
    if let Action::Apply { manifest, .. } = &mut install {
        manifest.push_str(budget);
    }
    session.act(install);
    session.advance(Duration::seconds(30));
    let node = |session: &Session, pod: &str| {
        let pod = session.world().cluster.get(Kind::Pod, "default", pod).ok().cloned();
        pod.and_then(|pod| pod.as_pod()?.node.clone()).map(|node| node.to_string()).unwrap_or_default()
    };
    let first = node(&session, "web-0");
    let outcome = session.act(Action::Node { name: first.clone(), change: NodeChange::Drain });
    assert_eq!(
        outcome.refusals,
        [
            "error when evicting pods/\"web-0\" -n \"default\" (will retry after 5s): Cannot evict pod as it would violate \
          the pod's disruption budget."
        ]
    );
    session.advance(Duration::seconds(60));
    assert_eq!(node(&session, "web-0"), first, "the budget holds it");
    assert_eq!(session.world().drains().count(), 1);
    let scale = Action::Scale {
        kind: "StatefulSet".to_owned(),
        namespace: "default".to_owned(),
        name: "web".to_owned(),
        replicas: 3,
    };
    session.act(scale);
    session.advance(Duration::seconds(120));
    assert_ne!(node(&session, "web-0"), first, "a third pod sets it free");
    assert_eq!(session.world().drains().count(), 0, "the drain has come to its end");
}

#[test]
fn a_session_says_where_it_ends() {
    let mut session = Session::new(1);
    assert_eq!(session.limit(), None);
    session.advance(Duration::seconds(10 * 86_400));
    assert_eq!((session.limit(), session.now()), (Some(Limit::Time), Instant(3 * 86_400_000)));
    session.act(Action::AddNode { name: "minikube-m02".to_owned(), zone: None });
    assert_eq!(session.drops(), 0);
    session.seek(Instant(0));
    assert_eq!((session.limit(), session.drops()), (None, 1));
}

#[test]
fn a_load_scales_a_set_the_same_way_each_time() {
    let scaler = "
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: default}
spec: {maxReplicas: 8, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: web}}
";
    let mut session = Session::new(1);
    let mut install = apply(2, "Parallel", "registry.example/visits/app-python:1.0");
    if let Action::Apply { manifest, .. } = &mut install {
        *manifest = manifest.replace(
            "      - name: app\n",
            "      - name: app\n        resources: {requests: {cpu: 100m}}\n",
        );
        manifest.push_str(scaler);
    }
    session.act(install);
    session.advance(Duration::seconds(400));
    let replicas = |session: &Session| {
        let set = session.world().cluster.get(Kind::StatefulSet, "default", "web").ok().cloned();
        set.and_then(|set| Some(set.as_stateful_set()?.spec.replicas)).unwrap_or_default()
    };
    assert_eq!(replicas(&session), 2, "without a load nothing is measured");
    session.act(Action::Load {
        kind: "StatefulSet".to_owned(),
        namespace: "default".to_owned(),
        name: "web".to_owned(),
        millicores: Some(320),
    });
    session.advance(Duration::seconds(60));
    assert_eq!(replicas(&session), 4, "320m are four times 80 % of 100m");
    let stored = session.store();
    assert_eq!(replicas(&Session::restore_from(stored)), 4);
    session.seek(Instant(400_000));
    assert_eq!(replicas(&session), 2);
    session.seek(session.end());
    assert_eq!(replicas(&session), 4);
}
