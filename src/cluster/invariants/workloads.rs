//! Random walks over a Deployment with an autoscaler and a budget, and a Job beside it, while nodes come and go.
//!
//! 1. A rolling update never has more pods than its surge allows.
//! 2. What an autoscaler sets lies between its limits.
//! 3. A Job has no more live pods than it runs in parallel, and does not both succeed and fail.
//! 4. An eviction never takes what a budget cannot spare.
//! 5. Whatever is to go, goes once its node answers. 6. Settling ends. 7. The same log gives the same world.

use serde_json::{Value, json};

use super::super::dice::Dice;
use super::super::object::{Kind, Object};
use super::super::workload::Fault;
use super::super::{Cluster, DeleteOptions, Duration, Instant, PatchType, Propagation, Status};
use super::budgets::evict;
use super::shown;

const SEEDS: u64 = 60;
const STEPS: usize = 45;

/// The objects of a walk: Deployment, autoscaler, budget, Job.
fn manifests(dice: &mut Dice) -> [Value; 4] {
    let strategies = [
        json!({"type": "Recreate"}),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "50%"}}),
    ];
    let budgets = [
        json!({"minAvailable": 1}),
        json!({"minAvailable": "60%"}),
        json!({"maxUnavailable": 1}),
        json!({"maxUnavailable": "30%", "unhealthyPodEvictionPolicy": "AlwaysAllow"}),
    ];
    let probe = json!({"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2});
    let tolerations = json!([{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
        "tolerationSeconds": 10}]);
    let deployment = json!({"replicas": dice.below(5), "selector": {"matchLabels": {"app": "d"}},
        "strategy": dice.pick(&strategies), "progressDeadlineSeconds": 60, "minReadySeconds": 2 * dice.below(2),
        "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"terminationGracePeriodSeconds": 5,
            "tolerations": tolerations, "containers": [{"name": "c", "image": "i:1", "readinessProbe": probe,
                "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "200m"}}}]}}});
    let scaler = json!({"minReplicas": 1 + dice.below(2), "maxReplicas": 3 + dice.below(3),
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 30}},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 50}}}]});
    let mut budget = dice.pick(&budgets).cloned().unwrap_or_default();
    budget["selector"] = json!({"matchLabels": {"app": "d"}});
    let command = ["sleep 4", "sleep 3; exit 1", "sleep 20"][dice.below(3)];
    let mut job = json!({"parallelism": 1 + dice.below(3), "completions": 1 + dice.below(6), "backoffLimit": 3,
        "template": {"metadata": {"labels": {"app": "j"}}, "spec": {
            "restartPolicy": (["Never", "OnFailure"][dice.below(2)]), "tolerations": tolerations,
            "terminationGracePeriodSeconds": 3,
            "containers": [{"name": "c", "image": "i:1", "command": ["sh", "-c", command]}]}}});
    if dice.below(3) == 0 {
        job["completionMode"] = "Indexed".into();
    }
    let object = |version: &str, kind: &str, name: &str, spec: &Value| {
        json!({"apiVersion": version, "kind": kind,
        "metadata": {"name": name}, "spec": spec})
    };
    [
        object("apps/v1", "Deployment", "d", &deployment),
        object("autoscaling/v2", "HorizontalPodAutoscaler", "d", &scaler),
        object("policy/v1", "PodDisruptionBudget", "d", &budget),
        object("batch/v1", "Job", "j", &job),
    ]
}

/// One action: what it was.
fn act(dice: &mut Dice, cluster: &mut Cluster) -> String {
    let names = |kind: Kind| cluster.list(kind).map(|it| it.meta.name.to_string()).collect::<Vec<_>>();
    let pod = dice.pick(&names(Kind::Pod)).cloned().unwrap_or_default();
    let node = dice.pick(&names(Kind::Node)).cloned().unwrap_or_default();
    let (draw, number) = (dice.below(27), dice.below(6));
    let told = |what: String, outcome: Result<(), Status>| format!("{what}: {}", outcome.is_ok());
    let patch = |cluster: &mut Cluster, kind: Kind, name: &str, spec: Value| {
        let done = cluster.patch(kind, "default", name, PatchType::Merge, &json!({"spec": spec}));
        told(format!("patch {name} {spec}"), done.map(|_| ()))
    };
    let policy = [Propagation::Background, Propagation::Foreground, Propagation::Orphan][number % 3];
    let options = DeleteOptions { propagation: Some(policy), ..DeleteOptions::default() };
    match draw {
        0..=2 => {
            let image = if number == 5 { "d:does-not-exist".to_owned() } else { format!("i:{}", number / 2) };
            let change =
                json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}});
            let done = cluster.patch(Kind::Deployment, "default", "d", PatchType::Strategic, &change);
            told(format!("image {image}"), done.map(|_| ()))
        }
        3 | 4 => {
            let done = cluster.scale(Kind::Deployment, "default", "d", number as i64);
            told(format!("scale {number}"), done)
        }
        5 => patch(cluster, Kind::Deployment, "d", json!({"paused": number % 2 == 0})),
        6 | 7 => {
            let load = [None, Some(50), Some(200), Some(400), Some(900), Some(2000)][number];
            told(format!("load {load:?}"), cluster.set_load(Kind::Deployment, "default", "d", load))
        }
        8 => {
            let limits = json!({"minReplicas": 1 + number / 2, "maxReplicas": 3 + number / 2});
            patch(cluster, Kind::HorizontalPodAutoscaler, "d", limits)
        }
        9 => patch(
            cluster,
            Kind::PodDisruptionBudget,
            "d",
            json!({"minAvailable": number / 2, "maxUnavailable": null}),
        ),
        10..=12 => evict(cluster, &pod),
        13 => {
            let pods: Vec<_> = cluster.store.pods_on(&node).map(|pod| pod.meta.name.to_string()).collect();
            let cordoned = told(format!("drain {node}"), cluster.cordon_node(&node, true));
            let evicted: Vec<_> = pods.iter().map(|pod| evict(cluster, pod)).collect();
            format!("{cordoned} {evicted:?}")
        }
        14 | 15 => told(format!("uncordon {node}"), cluster.cordon_node(&node, false)),
        16 => told(format!("lose {node}"), cluster.lose_node(&node)),
        17 | 18 => told(format!("return {node}"), cluster.return_node(&node)),
        19 if number == 0 => {
            told(format!("delete {node}"), cluster.delete(Kind::Node, "", &node, &DeleteOptions::default()))
        }
        19 => format!("crash {pod}: {}", cluster.crash("default", &pod, "c", 1)),
        20 => {
            let fault = [Some(Fault::NotReady), Some(Fault::CrashLoop), None][number % 3];
            cluster.set_fault("default", &pod, fault);
            format!("{pod} {fault:?}")
        }
        21 => told(
            format!("delete {pod}"),
            cluster.delete(Kind::Pod, "default", &pod, &DeleteOptions::default()),
        ),
        22 => told(format!("delete j {policy:?}"), cluster.delete(Kind::Job, "default", "j", &options)),
        23 => patch(cluster, Kind::Job, "j", json!({"suspend": number % 2 == 0})),
        24 => patch(cluster, Kind::Job, "j", json!({"parallelism": number % 4})),
        25 if number < 3 => {
            told(format!("delete d {policy:?}"), cluster.delete(Kind::Deployment, "default", "d", &options))
        }
        _ => "wait".to_owned(),
    }
}

fn number(object: &Object, path: &str) -> i64 {
    object.to_value().pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

/// What must hold at rest; `acted` says whether a reader did something since the last look.
fn look(cluster: &Cluster, before: Option<i64>, acted: bool) {
    assert_eq!(cluster.overruns(), 0, "settling ends");
    if let Ok(deployment) = cluster.get(Kind::Deployment, "default", "d")
        && !deployment.meta.is_terminating()
    {
        let replicas = number(deployment, "/spec/replicas");
        let owned = cluster.store.owned(deployment.meta.uid, Kind::ReplicaSet);
        let total: i64 = owned.map(|set| number(set, "/spec/replicas")).sum();
        let surge = crate::api::IntOrString::of(&deployment.spec()["strategy"]["rollingUpdate"]["maxSurge"]);
        let surge = surge.and_then(|surge| surge.scaled(replicas, true)).unwrap_or(0);
        assert!(total <= replicas + surge, "{total} pods for {replicas} and {surge} more");
        if let (Ok(scaler), Some(before)) =
            (cluster.get(Kind::HorizontalPodAutoscaler, "default", "d"), before)
            && !acted
            && before != replicas
        {
            let limits = number(scaler, "/spec/minReplicas")..=number(scaler, "/spec/maxReplicas");
            assert!(limits.contains(&replicas), "scaled from {before} to {replicas}, outside {limits:?}");
        }
    }
    if let Ok(job) = cluster.get(Kind::Job, "default", "j") {
        let is_live = |pod: &&std::rc::Rc<Object>| {
            !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| !pod.is_finished())
        };
        let live = cluster.store.owned(job.meta.uid, Kind::Pod).filter(is_live).count() as i64;
        let limit = number(job, "/spec/parallelism");
        assert!(live <= limit || job.meta.is_terminating(), "{live} pods of a Job that runs {limit}");
        let is_true = |kind: &str| {
            let conditions = job.status()["conditions"].as_array();
            conditions.into_iter().flatten().any(|it| it["type"] == *kind && it["status"] == "True")
        };
        assert!(!is_true("Complete") || !is_true("Failed"), "{}", job.status());
        let (succeeded, wanted) = (number(job, "/status/succeeded"), number(job, "/spec/completions"));
        assert!(!is_true("Complete") || succeeded >= wanted, "{}", job.to_value());
    }
}

/// Lets time pass, looking at every change.
fn wait(cluster: &mut Cluster, end: Instant) {
    let mut replicas = None;
    while cluster.now() < end {
        look(cluster, replicas, replicas.is_none());
        let deployment = cluster.get(Kind::Deployment, "default", "d");
        replicas = deployment.ok().map(|it| number(it, "/spec/replicas"));
        cluster.advance_to_next_change(end);
    }
}

fn walk(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut cluster = Cluster::with_nodes(3);
    let manifests = manifests(&mut dice);
    for step in 0..STEPS {
        if step == 0 || dice.below(5) == 0 {
            for manifest in &manifests {
                // It may be there still.
                let _ = cluster.create(manifest);
            }
        }
        println!("{}", act(&mut dice, &mut cluster));
        cluster.settle();
        look(&cluster, None, true);
        let end = cluster.now() + Duration::seconds([0, 1, 4, 20, 100][dice.below(5)]);
        wait(&mut cluster, end);
        for reason in cluster.reasons() {
            assert!(!reason.text.is_empty());
        }
    }
    let nodes: Vec<_> = cluster.list(Kind::Node).map(|node| node.meta.name.clone()).collect();
    for node in nodes {
        cluster.return_node(&node).expect("it was just listed");
    }
    let end = cluster.now() + Duration::seconds(400);
    wait(&mut cluster, end);
    for kind in Kind::all() {
        for object in cluster.list(kind) {
            let since = object.meta.deletion.map(|deletion| deletion.at);
            let is_new = since.is_some_and(|since| since + Duration::seconds(200) > end);
            assert!(since.is_none() || is_new, "{} {} is still there", kind.name(), object.meta.name);
        }
    }
    shown(&cluster)
}

#[test]
fn hold_for_what_is_not_a_set() {
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let world = walk(seed);
        if seed < 3 {
            assert_eq!(world, walk(seed), "the same log, the same world");
        }
    }
}
