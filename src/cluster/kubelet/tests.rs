//! What a kubelet does in the odd moments: pods that end before they have begun.

use serde_json::{Value, json};

use crate::cluster::pod_columns::pod_columns;
use crate::cluster::{Cluster, DeleteOptions, Duration, Kind};

/// A container of the page's machine: it serves, or does what its command says.
fn container(name: &str, image: &str, command: &[&str]) -> Value {
    json!({"name": name, "image": image, "command": command})
}

/// Runs a pod on one node, deletes it after so many seconds (0: never), and lists what `kubectl get pod --watch` and
/// the kubelet's events say of it, without images.
fn check(spec: Value, delete_after: i64, expected: &[&str]) {
    let mut cluster = Cluster::with_nodes(1);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec});
    cluster.create(&pod).expect("a valid pod");
    let (mut seen, mut known, mut is_deleted) = (Vec::new(), 0, delete_after == 0);
    let (delete_at, end) =
        (cluster.now() + Duration::seconds(delete_after), cluster.now() + Duration::seconds(60));
    while cluster.now() < end {
        let now = cluster.get(Kind::Pod, "default", "p").map_or("gone".to_owned(), |pod| {
            let columns = pod_columns(&pod.to_value());
            format!("{} {}", columns.ready_text(), columns.status)
        });
        if !seen.contains(&now) {
            seen.push(now);
        }
        let said = cluster.events().filter(|event| event.source == "kubelet").skip(known);
        let said: Vec<String> = said.map(|event| format!("{}: {}", event.reason, event.message)).collect();
        known += said.len();
        seen.extend(said.into_iter().filter(|it| !it.contains("image")));
        if !is_deleted && cluster.now() >= delete_at {
            is_deleted = true;
            cluster.delete(Kind::Pod, "default", "p", &DeleteOptions::default()).expect("it is there");
            cluster.settle();
        } else {
            cluster.advance_to_next_change(if is_deleted { end } else { delete_at });
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn a_pod_that_is_deleted_while_its_image_is_pulled_is_started_first() {
    check(
        json!({"containers": [container("c", "i:1", &[])]}),
        1,
        &[
            "0/1 Pending",
            "0/1 ContainerCreating",
            "0/1 Terminating",
            "Created: Container created",
            "1/1 Terminating",
            "Started: Container started",
            "Killing: Stopping container c",
            "0/1 Completed",
            "gone",
        ],
    );
}

#[test]
fn a_pod_that_is_deleted_while_it_waits_for_a_volume_goes() {
    let volumes = json!([{"name": "v", "configMap": {"name": "nobody"}}]);
    check(
        json!({"volumes": volumes, "containers": [container("c", "i:1", &[])]}),
        1,
        &[
            "0/1 Pending",
            "0/1 ContainerCreating",
            "FailedMount: MountVolume.SetUp failed for volume \"v\" : configmap \"nobody\" not found",
            "0/1 Terminating",
            "0/1 ContainerStatusUnknown",
            "gone",
        ],
    );
}

#[test]
fn containers_whose_turn_never_came_go_on_waiting() {
    let init = json!([container("first", "i:1", &["false"])]);
    check(
        json!({"restartPolicy": "Never", "initContainers": init, "containers": [container("c", "i:1", &[])]}),
        0,
        &[
            "0/1 Pending",
            "0/1 Init:0/1",
            "Created: Container created",
            "Started: Container started",
            "0/1 Init:Error",
        ],
    );
    let init = json!([container("first", "i:1", &["sleep", "600"])]);
    check(
        json!({"terminationGracePeriodSeconds": 5, "initContainers": init,
            "containers": [container("c", "i:1", &[])]}),
        6,
        &[
            "0/1 Pending",
            "0/1 Init:0/1",
            "Created: Container created",
            "Started: Container started",
            "0/1 Terminating",
            "Killing: Stopping container first",
            "0/1 Init:Error",
            "gone",
        ],
    );
}

#[test]
fn a_command_for_a_container_that_has_ended_does_not_count() {
    let mut server = container("c", "i:1", &["sh", "-c", "sleep 2; exit 1"]);
    server["livenessProbe"] =
        json!({"exec": {"command": ["true"]}, "periodSeconds": 1, "failureThreshold": 1});
    check(
        json!({"restartPolicy": "Never", "containers": [server]}),
        0,
        &[
            "0/1 Pending",
            "0/1 ContainerCreating",
            "Created: Container created",
            "1/1 Running",
            "Started: Container started",
            "Unhealthy: Liveness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed \
             to exec in container: container is in CONTAINER_EXITED state",
            "0/1 Error",
        ],
    );
}
