//! Defaults of StatefulSets, Deployments, ReplicaSets and DaemonSets.

use serde_json::{Value, json};

use super::{items, map, set, set_claim, set_pod_template};
use crate::api::gates::Gates;

pub(super) fn stateful_set(object: &mut Value, gates: &Gates) {
    let spec = map(object, "spec");
    set_pod_template(map(spec, "template"));
    set(spec, "podManagementPolicy", "OrderedReady");
    let strategy = map(spec, "updateStrategy");
    if strategy["type"].is_null() {
        set(strategy, "type", "RollingUpdate");
        map(strategy, "rollingUpdate");
    }
    if strategy["type"] == "RollingUpdate" && strategy["rollingUpdate"].is_object() {
        let rolling = map(strategy, "rollingUpdate");
        set(rolling, "partition", 0);
        if gates.max_unavailable_stateful_set {
            set(rolling, "maxUnavailable", 1);
        }
    }
    let policy = map(spec, "persistentVolumeClaimRetentionPolicy");
    set(policy, "whenDeleted", "Retain");
    set(policy, "whenScaled", "Retain");
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    for claim in items(spec, "volumeClaimTemplates") {
        set_claim(claim);
        claim["kind"] = "PersistentVolumeClaim".into();
        claim["apiVersion"] = "v1".into();
    }
}

pub(super) fn deployment(object: &mut Value) {
    let spec = map(object, "spec");
    set_pod_template(map(spec, "template"));
    set(spec, "replicas", 1);
    let strategy = map(spec, "strategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        let rolling = map(strategy, "rollingUpdate");
        set(rolling, "maxUnavailable", "25%");
        set(rolling, "maxSurge", "25%");
    }
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
}

pub(super) fn replica_set(object: &mut Value) {
    let spec = map(object, "spec");
    set(spec, "replicas", 1);
    set_pod_template(map(spec, "template"));
}

pub(super) fn daemon_set(object: &mut Value) {
    let spec = map(object, "spec");
    set_pod_template(map(spec, "template"));
    let strategy = map(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        set(strategy, "rollingUpdate", json!({}));
        let rolling = map(strategy, "rollingUpdate");
        set(rolling, "maxUnavailable", 1);
        set(rolling, "maxSurge", 0);
    }
    set(spec, "revisionHistoryLimit", 10);
}
