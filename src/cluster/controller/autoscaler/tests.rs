//! Autoscalers over a set whose pods are played by hand.

use serde_json::{Value, json};

use crate::cluster::{Cluster, Duration, Kind, PodReport, Settings};

fn set(replicas: i64) -> Value {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
        {"name": "c", "image": "i:1", "resources": {"requests": {"cpu": "100m"}}}]}});
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": replicas, "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": "web"}}, "template": template}})
}

/// A Parallel set `web` of so many ready pods, each asking for 100m, with an autoscaler to 50 % of that.
fn cluster(replicas: i64, mut spec: Value) -> Cluster {
    let mut cluster = Cluster::new(Settings::default());
    cluster.add_node("node-1", &[]).expect("a node");
    cluster.apply_object(&set(replicas), "helm", false).expect("a valid set");
    for (field, value) in [
        ("minReplicas", json!(1)),
        ("maxReplicas", json!(10)),
        ("scaleTargetRef", json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"})),
        (
            "metrics",
            json!([{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 50}}}]),
        ),
    ] {
        if spec[field].is_null() {
            spec[field] = value;
        }
    }
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"}, "spec": spec});
    cluster.create(&scaler).expect("a valid autoscaler");
    ready(&mut cluster);
    cluster.advance(Duration::seconds(320));
    cluster
}

fn ready(cluster: &mut Cluster) {
    cluster.settle();
    let pods: Vec<_> = cluster
        .list(Kind::Pod)
        .filter(|pod| !pod.as_pod().is_some_and(|pod| pod.is_ready()))
        .cloned()
        .collect();
    for pod in pods.iter().filter(|pod| !pod.meta.is_terminating()) {
        cluster.report("default", &pod.meta.name, PodReport::Ready).expect("the pod exists");
    }
    cluster.settle();
}

fn load(cluster: &mut Cluster, millicores: u64, seconds: i64) {
    cluster.set_load(Kind::StatefulSet, "default", "web", Some(millicores)).expect("the set exists");
    for _ in 0..seconds / 5 {
        cluster.advance(Duration::seconds(5));
        ready(cluster);
    }
}

fn replicas(cluster: &Cluster) -> u32 {
    let set = cluster.get(Kind::StatefulSet, "default", "web").expect("the set");
    set.as_stateful_set().expect("a set").spec.replicas
}

/// `type=status/reason` of each condition.
fn conditions(cluster: &Cluster) -> Vec<String> {
    let scaler = cluster.get(Kind::HorizontalPodAutoscaler, "default", "web").expect("the autoscaler");
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let conditions = scaler.status()["conditions"].as_array().into_iter().flatten();
    conditions
        .map(|it| format!("{}={}/{}", text(&it["type"]), text(&it["status"]), text(&it["reason"])))
        .collect()
}

#[test]
fn without_a_load_there_are_no_metrics() {
    let cluster = cluster(2, json!({}));
    assert_eq!(replicas(&cluster), 2);
    assert_eq!(
        conditions(&cluster),
        ["AbleToScale=True/SucceededGetScale", "ScalingActive=False/FailedGetResourceMetric"]
    );
    let message =
        cluster.events().find(|event| event.reason == "FailedComputeMetricsReplicas").expect("an event");
    assert_eq!(
        &*message.message,
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get \
         cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: \
         the server could not find the requested resource (get pods.metrics.k8s.io)"
    );
}

/// Pods at first, load in millicores, pods after a minute.
#[test]
fn scales_up_to_the_target_within_its_limits() {
    for (before, load_now, after) in [
        (2, 200, 4),
        (2, 104, 2),
        (2, 114, 3),
        (2, 400, 8),
        (2, 10_000, 10),
        (2, 96, 2),
        (1, 50, 1),
        (3, 300, 6),
    ] {
        let mut cluster = cluster(before, json!({}));
        load(&mut cluster, load_now, 60);
        assert_eq!(i64::from(replicas(&cluster)), after, "{before} pods, {load_now}m");
    }
}

#[test]
fn doubles_at_most_at_once_and_tells_so() {
    let mut cluster = cluster(3, json!({}));
    load(&mut cluster, 10_000, 15);
    assert_eq!(replicas(&cluster), 6);
    assert_eq!(
        conditions(&cluster),
        [
            "AbleToScale=True/SucceededRescale",
            "ScalingActive=True/ValidMetricFound",
            "ScalingLimited=True/ScaleUpLimit"
        ]
    );
    let event = cluster.events().find(|event| event.reason == "SuccessfulRescale").expect("an event");
    assert_eq!(
        &*event.message,
        "New size: 6; reason: cpu resource utilization (percentage of request) above target"
    );
    load(&mut cluster, 10_000, 60);
    assert_eq!(replicas(&cluster), 10);
    assert!(conditions(&cluster).contains(&"ScalingLimited=True/TooManyReplicas".to_owned()));
}

#[test]
fn scales_down_only_after_five_minutes() {
    let mut cluster = cluster(4, json!({}));
    load(&mut cluster, 200, 60);
    load(&mut cluster, 50, 240);
    assert_eq!(replicas(&cluster), 4);
    assert!(conditions(&cluster).contains(&"AbleToScale=True/ScaleDownStabilized".to_owned()));
    load(&mut cluster, 50, 120);
    assert_eq!(replicas(&cluster), 1);
    let event = cluster.events().rfind(|event| event.reason == "SuccessfulRescale").expect("an event");
    assert_eq!(&*event.message, "New size: 1; reason: All metrics below target");
}

#[test]
fn behavior_sets_windows_and_policies() {
    let behavior = json!({"scaleDown": {"stabilizationWindowSeconds": 0,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}});
    let mut first = cluster(4, json!({"behavior": behavior}));
    load(&mut first, 20, 30);
    assert_eq!(replicas(&first), 3, "one pod a minute");
    load(&mut first, 20, 60);
    assert_eq!(replicas(&first), 2);
    let mut second = cluster(4, json!({"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}));
    load(&mut second, 20, 600);
    assert_eq!(replicas(&second), 4);
    let mut third = cluster(2, json!({"behavior": {"scaleUp": {"stabilizationWindowSeconds": 60}}}));
    load(&mut third, 100, 60);
    load(&mut third, 300, 45);
    assert_eq!(replicas(&third), 2);
    load(&mut third, 300, 60);
    assert_eq!(replicas(&third), 6);
}

#[test]
fn keeps_within_its_limits_without_metrics() {
    assert_eq!(replicas(&cluster(1, json!({"minReplicas": 3}))), 3);
    assert_eq!(replicas(&cluster(4, json!({"maxReplicas": 2}))), 2);
    assert_eq!(replicas(&cluster(0, json!({}))), 0);
}

#[test]
fn pods_that_are_not_ready_count_as_idle_on_the_way_up() {
    let mut cluster = cluster(4, json!({}));
    cluster.report("default", "web-3", PodReport::ImagePullBackOff).expect("the pod exists");
    cluster.set_load(Kind::StatefulSet, "default", "web", Some(180)).expect("the set exists");
    cluster.advance(Duration::seconds(16));
    // Three ready pods use 60m of 100m each: with the idle fourth that is 45 %, the other way.
    assert_eq!(replicas(&cluster), 4);
}

#[test]
fn pods_without_requests_cannot_be_judged() {
    let mut cluster = cluster(
        2,
        json!({"metrics": [{"type": "ContainerResource", "containerResource": {"name": "cpu",
        "container": "c", "target": {"type": "AverageValue", "averageValue": "20m"}}}]}),
    );
    load(&mut cluster, 80, 30);
    assert_eq!(replicas(&cluster), 4, "an average needs no requests");
    let message = cluster.events().rfind(|event| event.reason == "SuccessfulRescale").expect("an event");
    assert_eq!(&*message.message, "New size: 4; reason: cpu container resource above target");
}

#[test]
fn manages_the_number_that_it_set() {
    let mut cluster = cluster(2, json!({}));
    load(&mut cluster, 400, 60);
    assert_eq!(replicas(&cluster), 8);
    let refusal = cluster.apply_object(&set(2), "helm", false).expect_err("somebody else set the number");
    let owner =
        "conflict with \"kube-controller-manager\" with subresource \"scale\" using apps/v1: .spec.replicas";
    assert!(refusal.message.contains(owner), "{}", refusal.message);
}
