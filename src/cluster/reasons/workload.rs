//! Why Deployments, ReplicaSets, Jobs, autoscalers, budgets and nodes are not where they should be.

use std::rc::Rc;

use serde_json::Value;

use super::{Gate, Reason, Why};
use crate::cluster::Cluster;
use crate::cluster::object::{Key, Kind, Object};
use crate::cluster::work::Work;

fn count(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or(0)
}

/// The condition of a type that is so.
fn condition<'a>(object: &'a Object, kind: &str, value: &str) -> Option<&'a Value> {
    let mut conditions = object.status()["conditions"].as_array()?.iter();
    conditions.find(|condition| condition["type"] == *kind && condition["status"] == *value)
}

impl Cluster {
    /// The first reason of a pod that an object owns.
    fn reason_of_pods(&self, owner: &Object) -> Option<Reason> {
        self.store.owned(owner.meta.uid, Kind::Pod).find_map(|pod| self.pod_reason(pod))
    }

    pub(super) fn replica_set_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let wanted = object.spec()["replicas"].as_i64().unwrap_or(1);
        if count(object.status(), "replicas") == wanted
            && count(object.status(), "availableReplicas") == wanted
        {
            return None;
        }
        if let Some(retry) = self.retry_reason(object, &Work::ReplicaSet(object.key())) {
            return Some(retry);
        }
        if let Some(reason) = self.reason_of_pods(object) {
            return Some(Why::passed_on(&reason, object).reason);
        }
        let text = format!("{} waits until its pods have been Ready for long enough", object.meta.name);
        Some(Why::new(object, Gate::MinReadySeconds, text).set_by_own("spec.minReadySeconds").reason)
    }

    /// Why a Deployment is not where it should be, and that it has been so for too long.
    pub(super) fn deployment_reasons(&self, object: &Rc<Object>) -> Vec<Reason> {
        let late = condition(object, "Progressing", "False")
            .filter(|found| found["reason"] == "ProgressDeadlineExceeded")
            .map(|_| {
                let seconds = count(object.spec(), "progressDeadlineSeconds");
                let text = format!("{} has made no progress for {seconds} s", object.meta.name);
                let why = Why::new(object, Gate::ProgressDeadline, text);
                why.set_by_own("spec.progressDeadlineSeconds").reason
            });
        self.deployment_reason(object).into_iter().chain(late).collect()
    }

    fn deployment_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let (name, spec, status) = (&object.meta.name, object.spec(), object.status());
        let wanted = spec["replicas"].as_i64().unwrap_or(1);
        let fields = ["replicas", "updatedReplicas", "availableReplicas"];
        if fields.iter().all(|field| count(status, field) == wanted) {
            return None;
        }
        if spec["paused"] == true {
            let text = format!("{name} does not roll out: it is paused");
            return Some(Why::new(object, Gate::Paused, text).set_by_own("spec.paused").reason);
        }
        let sets: Vec<_> = self.store.owned(object.meta.uid, Kind::ReplicaSet).collect();
        let stuck = sets.iter().rev().find_map(|set| Some((set.key(), self.reason_of_pods(set)?)));
        let recreates = spec["strategy"]["type"] == "Recreate";
        let (gate, field) = match recreates {
            true => (Gate::Surge, "spec.strategy.type"),
            false => (Gate::Surge, "spec.strategy.rollingUpdate"),
        };
        // What holds a ReplicaSet without a pod to tell of it, or with pods that are only too young.
        let held = || sets.iter().rev().find_map(|set| self.replica_set_reason(set));
        Some(match stuck {
            None if let Some(reason) = held() => {
                let why = Why::passed_on(&reason, object);
                match reason.gate {
                    Gate::MinReadySeconds => why.set_by_own("spec.minReadySeconds").reason,
                    _ => why.reason,
                }
            }
            Some((set, reason)) => {
                let text = format!("{name} waits: {}", reason.text);
                Why::new(object, gate, text).waits_for(Kind::ReplicaSet, set).set_by_own(field).reason
            }
            None => {
                let text = format!("{name} waits for pods to come or go before it makes or deletes more");
                Why::new(object, gate, text).set_by_own(field).reason
            }
        })
    }

    pub(super) fn job_reason(&self, object: &Rc<Object>) -> Option<Reason> {
        let name = &object.meta.name;
        if condition(object, "Complete", "True").or(condition(object, "Failed", "True")).is_some() {
            return None;
        }
        if object.spec()["suspend"] == true {
            let text = format!("{name} has no pods: it is suspended");
            return Some(Why::new(object, Gate::Suspended, text).set_by_own("spec.suspend").reason);
        }
        if let Some(until) =
            self.job_failures.get(&object.meta.uid).and_then(|failures| failures.wait_until())
            && until > self.now
            && count(object.status(), "active") == 0
        {
            let text = format!("{name} waits after a failure: its next pod is made at {until}");
            return Some(Why::new(object, Gate::BackOff, text).set_by_own("spec.backoffLimit").reason);
        }
        if let Some(reason) = self.retry_reason(object, &Work::Job(object.key())) {
            return Some(reason);
        }
        if let Some(reason) = self.reason_of_pods(object) {
            return Some(Why::passed_on(&reason, object).reason);
        }
        let text = format!("{name} waits until its pods end");
        let why = Why::new(object, Gate::Completions, text).set_by_own("spec.completions");
        let mut pods = self.store.owned(object.meta.uid, Kind::Pod);
        let running = pods.find(|pod| !pod.as_pod().is_some_and(|pod| pod.is_finished()));
        Some(match running {
            Some(pod) => why.waits_for(Kind::Pod, pod.key()).reason,
            None => why.reason,
        })
    }

    pub(super) fn cron_job_reason(&self, object: &Object) -> Option<Reason> {
        (object.spec()["suspend"] == true).then(|| {
            let text = format!("{} starts no Jobs: it is suspended", object.meta.name);
            Why::new(object, Gate::Suspended, text).set_by_own("spec.suspend").reason
        })
    }

    pub(super) fn autoscaler_reasons(&self, object: &Object) -> Vec<Reason> {
        let name = &object.meta.name;
        let mut reasons = Vec::new();
        if let Some(found) = condition(object, "AbleToScale", "False") {
            let text = format!("{name} cannot scale: {}", found["message"].as_str().unwrap_or(""));
            reasons.push(Why::new(object, Gate::Metrics, text).set_by_own("spec.scaleTargetRef").reason);
        }
        if let Some(found) = condition(object, "ScalingActive", "False")
            && found["reason"] != "ScalingDisabled"
        {
            let text = format!("{name} has no load to go by: {}", found["message"].as_str().unwrap_or(""));
            reasons.push(Why::new(object, Gate::Metrics, text).set_by_own("spec.metrics").reason);
        }
        if condition(object, "AbleToScale", "True")
            .is_some_and(|found| found["reason"] == "ScaleDownStabilized")
        {
            let text = format!("{name} takes no pods away yet: it wanted more not long ago");
            let field = "spec.behavior.scaleDown.stabilizationWindowSeconds";
            reasons.push(Why::new(object, Gate::Stabilization, text).set_by_own(field).reason);
        }
        if let Some(found) = condition(object, "ScalingLimited", "True") {
            let (field, what) = match found["reason"].as_str() {
                Some("TooManyReplicas") => ("spec.maxReplicas", "it wants more pods than it may have"),
                Some("TooFewReplicas") => ("spec.minReplicas", "it wants fewer pods than it must have"),
                Some("ScaleDownLimit") => {
                    ("spec.behavior.scaleDown", "it may take away only so many pods at once")
                }
                _ => ("spec.behavior.scaleUp", "it may add only so many pods at once"),
            };
            reasons.push(
                Why::new(object, Gate::Limit, format!("{name} is held back: {what}"))
                    .set_by_own(field)
                    .reason,
            );
        }
        reasons
    }

    pub(super) fn budget_reason(&self, object: &Object) -> Option<Reason> {
        let status = object.status();
        if let Some(found) = condition(object, "DisruptionAllowed", "False")
            && found["reason"] == "SyncFailed"
        {
            let why = found["message"].as_str().unwrap_or("");
            let text = format!("{} lets no pod be evicted: it cannot be computed ({why})", object.meta.name);
            return Some(Why::new(object, Gate::Budget, text).set_by_own("spec.selector").reason);
        }
        if count(status, "expectedPods") == 0 || count(status, "disruptionsAllowed") > 0 {
            return None;
        }
        let text = format!(
            "{} lets no pod be evicted: it needs {} healthy pods and has {}",
            object.meta.name,
            count(status, "desiredHealthy"),
            count(status, "currentHealthy")
        );
        let field = match object.spec()["maxUnavailable"].is_null() {
            true => "spec.minAvailable",
            false => "spec.maxUnavailable",
        };
        Some(Why::new(object, Gate::Budget, text).set_by_own(field).reason)
    }

    pub(super) fn node_reason(&self, object: &Object) -> Option<Reason> {
        let name = &object.meta.name;
        self.is_silent(name).then(|| {
            let text = format!("{name} does not answer");
            Why::new(object, Gate::NodeLost, text).waits_for(Kind::Node, Key::new("", name)).reason
        })
    }
}
