//! How long a pod transition takes as sets grow: rolling out, updating and deleting 10 to 10,000 replicas.
//!
//! Prints a table, the best of several runs after one to warm up, and the exponent of time per transition over size;
//! flat is 0. `cargo bench --bench cluster`, or with sizes: `cargo bench --bench cluster -- 100 1000`.

use std::time::Instant as Clock;

use serde_json::json;
use statefulset_playground::cluster::{Cluster, DeleteOptions, Kind, PatchType, PodReport, Settings};

const SIZES: [u32; 4] = [10, 100, 1_000, 10_000];
/// How many replicas all runs of one size play together, and how many runs there are at least.
const REPLICAS_IN_ALL: u32 = 10_000;
const RUNS: u32 = 3;

fn manifest(replicas: u32, policy: &str) -> serde_json::Value {
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
        "podManagementPolicy": policy,
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 10,
            "containers": [{"name": "c", "image": "i:1", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}})
}

/// Five nodes whose kubelets are played by hand, each with room for all pods, and a storage class.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Settings::default());
    for number in 1..=5 {
        let name = format!("node-{number}");
        cluster.add_node_with(&name, "1000", "1Ti", 20_000).expect("the names differ");
    }
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p",
        "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"});
    cluster.create(&class).expect("a valid class");
    cluster.settle();
    cluster
}

fn ready(cluster: &mut Cluster, ordinal: u32) {
    cluster.report("default", &format!("web-{ordinal}"), PodReport::Ready).expect("the pod exists");
    cluster.settle();
}

fn finalize(cluster: &mut Cluster, ordinal: u32) {
    cluster.finalize_pod("default", &format!("web-{ordinal}")).expect("the pod exists");
    cluster.settle();
}

/// Microseconds a transition: created, ready; deleted, gone, created, ready; deleted, gone.
fn measure(replicas: u32, policy: &str) -> [f64; 4] {
    let mut cluster = cluster();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {
        "clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]}});
    cluster.create(&service).expect("a valid Service");
    let per = |start: Clock, transitions: u32| start.elapsed().as_secs_f64() * 1e6 / f64::from(transitions);

    let start = Clock::now();
    cluster.create(&manifest(replicas, policy)).expect("a valid set");
    cluster.settle();
    (0..replicas).for_each(|ordinal| ready(&mut cluster, ordinal));
    let rollout = per(start, 2 * replicas);

    let start = Clock::now();
    let snapshot = cluster.clone();
    let clone = per(start, 1);
    drop(snapshot);

    let start = Clock::now();
    let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i:2"}]}}}});
    cluster.patch(Kind::StatefulSet, "default", "web", PatchType::Strategic, &patch).expect("a valid patch");
    cluster.settle();
    for ordinal in (0..replicas).rev() {
        finalize(&mut cluster, ordinal);
        ready(&mut cluster, ordinal);
    }
    let update = per(start, 4 * replicas);

    let start = Clock::now();
    cluster.scale(Kind::StatefulSet, "default", "web", 0).expect("the set exists");
    cluster.settle();
    (0..replicas).rev().for_each(|ordinal| finalize(&mut cluster, ordinal));
    cluster.delete(Kind::StatefulSet, "default", "web", &DeleteOptions::default()).expect("the set exists");
    cluster.settle();
    let removal = per(start, 2 * replicas);
    assert_eq!(cluster.count(Kind::Pod), 0, "all pods are gone");
    [rollout, update, removal, clone]
}

/// The best of several runs, column by column: what else the machine does only ever adds time.
fn best(replicas: u32, policy: &str) -> [f64; 4] {
    measure(replicas.min(1_000), policy);
    let runs = (0..(REPLICAS_IN_ALL / replicas).clamp(RUNS, 200)).map(|_| measure(replicas, policy));
    runs.reduce(|best, run| std::array::from_fn(|column| best[column].min(run[column])))
        .expect("there is at least one run")
}

/// The slope of a line through the logarithms of sizes and times.
fn exponent(sizes: &[u32], times: &[f64]) -> f64 {
    let points: Vec<_> =
        sizes.iter().zip(times).map(|(size, time)| (f64::from(*size).ln(), time.ln())).collect();
    let count = points.len() as f64;
    let (mean_x, mean_y) = (
        points.iter().map(|point| point.0).sum::<f64>() / count,
        points.iter().map(|point| point.1).sum::<f64>() / count,
    );
    let covariance: f64 = points.iter().map(|point| (point.0 - mean_x) * (point.1 - mean_y)).sum();
    covariance / points.iter().map(|point| (point.0 - mean_x).powi(2)).sum::<f64>()
}

fn main() {
    let mut sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    for policy in ["OrderedReady", "Parallel"] {
        println!("{policy}: microseconds a pod transition");
        println!(
            "{:>8} {:>10} {:>10} {:>10} {:>12}",
            "replicas", "roll-out", "update", "removal", "clone (us)"
        );
        let rows: Vec<_> = sizes.iter().map(|size| (size, best(*size, policy))).collect();
        for (size, [rollout, update, removal, clone]) in &rows {
            println!("{size:>8} {rollout:>10.2} {update:>10.2} {removal:>10.2} {clone:>12.1}");
        }
        let column =
            |place: usize| exponent(&sizes, &rows.iter().map(|(_, times)| times[place]).collect::<Vec<_>>());
        println!("{:>8} {:>10.3} {:>10.3} {:>10.3}\n", "exponent", column(0), column(1), column(2));
    }
}
