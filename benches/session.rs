//! How long it takes to go to any moment of a long session, and how much memory the session holds.
//!
//! Plays 10,000 moments of a set that a reader keeps busy, then seeks to moments at random, for sets of several sizes;
//! prints the slowest seek, the median, and by how much the resident set grew. Then rolls out a set of 1,000 replicas
//! one by one, as the page does when a reader skips ahead. `cargo bench --bench session`, or only the roll-out with
//! `-- roll-out`.

use std::time::Instant as Clock;

use serde_json::json;
use statefulset_playground::cluster::Duration;
use statefulset_playground::cluster::workload::Fault;
use statefulset_playground::session::{Action, Session};

const MOMENTS: usize = 10_000;
const SEEKS: usize = 400;

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn manifest(replicas: usize, policy: &str) -> String {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}});
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"serviceName": "web", "replicas": replicas, "podManagementPolicy": policy,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{
                "name": "app", "image": "registry.example/visits/app-python:1.0",
                "ports": [{"name": "http", "containerPort": 8000}],
                "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                "volumeMounts": [{"name": "data", "mountPath": "/app/data"}]}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}});
    // JSON is YAML.
    format!("{service}\n---\n{set}\n")
}

fn apply(manifest: String) -> Action {
    Action::Apply {
        release: "lab".to_owned(),
        namespace: "default".to_owned(),
        manifest,
        hooks: Vec::new(),
        force_conflicts: false,
    }
}

/// Rolls out so many replicas one by one until nothing changes for 30 seconds; prints how long that took.
fn roll_out(replicas: usize) {
    let mut session = Session::new(12);
    session.act(apply(manifest(replicas, "OrderedReady")));
    let start = Clock::now();
    loop {
        let before = session.moments().len();
        session.advance(Duration::millis(30_000));
        if session.moments().len() == before {
            break;
        }
    }
    let (taken, moments) = (start.elapsed().as_secs_f64() * 1e3, session.moments().len());
    println!("roll-out of {replicas} replicas, one by one: {taken:.0} ms, {moments} moments");
}

/// A session of a reader who deletes, scales, updates, breaks and visits.
fn play(replicas: usize) -> Session {
    let mut dice = Dice(1);
    let mut session = Session::new(3);
    let namespace = || "default".to_owned();
    session.act(apply(manifest(replicas, "Parallel")));
    while session.moments().len() < MOMENTS {
        session.advance(Duration::millis(500 + dice.below(20_000) as u64));
        let pod = format!("web-{}", dice.below(replicas));
        let (kind, name) = ("StatefulSet".to_owned(), "web".to_owned());
        session.act(match dice.below(8) {
            0 | 1 => Action::Delete {
                kind: "Pod".to_owned(),
                namespace: namespace(),
                name: pod,
                grace_period_seconds: None,
                propagation: None,
            },
            2 => {
                let replicas = (replicas - dice.below(2)) as i32;
                Action::Scale { kind, namespace: namespace(), name, replicas }
            }
            3 if dice.below(10) == 0 => {
                let turn = dice.below(1_000).to_string();
                let patch = json!({"spec": {"template": {"metadata": {"annotations": {"turn": turn}}}}});
                Action::Patch { kind, namespace: namespace(), name, patch }
            }
            4 => {
                let fault = [None, None, Some(Fault::CrashLoop)][dice.below(3)];
                Action::Fault { namespace: namespace(), pod, fault }
            }
            5 => Action::Crash { namespace: namespace(), pod, container: "app".to_owned() },
            _ => Action::Visit { namespace: namespace(), service: name },
        });
    }
    session
}

/// The resident set in megabytes; not a number where the system does not tell.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.map_or(f64::NAN, |pages| pages * 4096.0 / 1e6)
}

fn main() {
    if std::env::args().any(|argument| argument == "roll-out") {
        return roll_out(1_000);
    }
    println!("{MOMENTS} moments, {SEEKS} seeks at random");
    println!(
        "{:>8} {:>14} {:>14} {:>14} {:>12} {:>8}",
        "replicas", "moment (us)", "worst (ms)", "median (ms)", "memory (MB)", "entries"
    );
    for replicas in [3, 30, 100] {
        let before = resident();
        let start = Clock::now();
        let mut session = play(replicas);
        let moment = start.elapsed().as_secs_f64() * 1e6 / session.moments().len() as f64;
        let memory = resident() - before;
        let mut dice = Dice(2);
        let mut seeks: Vec<f64> = (0..SEEKS)
            .map(|_| {
                let moment = dice.below(session.moments().len());
                let start = Clock::now();
                session.seek_moment(moment);
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        seeks.sort_by(f64::total_cmp);
        let (worst, median) = (seeks[SEEKS - 1], seeks[SEEKS / 2]);
        let entries = session.log().len();
        println!("{replicas:>8} {moment:>14.1} {worst:>14.2} {median:>14.2} {memory:>12.1} {entries:>8}");
    }
    roll_out(1_000);
}
