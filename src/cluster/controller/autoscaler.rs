//! Scales a workload by the load that a reader sets, every 15 seconds.
//!
//! Mirrors `reconcileAutoscaler` of the HorizontalPodAutoscaler controller. Simulated metrics: the resource `cpu`,
//! for pods and for one container. Others are told to be missing, as on a cluster without their adapter.

mod behavior;
mod usage;

use std::rc::Rc;

use serde_json::{Value, json};

use crate::cluster::object::{Body, Key, Kind, Object, Selector};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, Duration, EventType, Instant, Status};
pub(crate) use behavior::Memory;
use usage::{Proposal, Usage};

const SOURCE: &str = "horizontal-pod-autoscaler";
/// How often an autoscaler looks.
pub(crate) const PERIOD: Duration = Duration(15_000);
/// Why there are no metrics when no reader has set a load.
const NO_METRICS: &str = "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: \
                          the server could not find the requested resource (get pods.metrics.k8s.io)";

impl Cluster {
    /// Sets the load on a workload in thousandths of a core: the pods that are ready share it evenly, each up to its
    /// limit. `None` takes the load, and with it the metrics, away.
    ///
    /// # Errors
    /// There is no such object, or it has no pods to share a load.
    pub fn set_load(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        millicores: Option<u64>,
    ) -> Result<(), Status> {
        let key = self.get(kind, namespace, name)?.key();
        if !matches!(kind, Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet) {
            return Err(Status::bad_request(format!("a {} takes no load", kind.name())));
        }
        match millicores {
            Some(load) => self.loads.insert((kind, key), load),
            None => self.loads.remove(&(kind, key)),
        };
        Ok(())
    }

    /// The load on a workload in thousandths of a core, if a reader set one.
    pub fn load(&self, kind: Kind, namespace: &str, name: &str) -> Option<u64> {
        self.loads.get(&(kind, Key::new(namespace, name))).copied()
    }
}

/// One sync: the autoscaler as it was, and the status it will have.
struct Sync {
    scaler: Rc<Object>,
    status: Value,
}

/// What is to be scaled.
struct Target {
    kind: Kind,
    key: Key,
    selector: Selector,
    replicas: i64,
}

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(scaler) = cluster.store.get(Kind::HorizontalPodAutoscaler, key).cloned() else { return Ok(()) };
    cluster.queue.add_at(Work::Autoscale(key.clone()), cluster.now + PERIOD);
    let status = if scaler.status().is_null() { json!({}) } else { scaler.status().clone() };
    let mut sync = Sync { scaler, status };
    sync.run(cluster);
    sync.write(cluster);
    Ok(())
}

impl Sync {
    fn run(&mut self, cluster: &mut Cluster) {
        let target = match find_target(cluster, &self.scaler) {
            Ok(target) => target,
            Err(why) => {
                cluster.event(&self.scaler, EventType::Warning, "FailedGetScale", &why, SOURCE);
                let message =
                    format!("the HPA controller was unable to get the target's current scale: {why}");
                self.set("AbleToScale", "False", "FailedGetScale", &message, cluster.now);
                return;
            }
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.set("AbleToScale", "True", "SucceededGetScale", message, cluster.now);
        let uid = self.scaler.meta.uid;
        let mut memory = cluster.autoscalers.remove(&uid).unwrap_or_default();
        memory.begin(target.replicas, cluster.now);
        let decided = self.decide(cluster, &target, &mut memory);
        if let Some((wanted, reason)) = decided {
            self.status["currentReplicas"] = target.replicas.into();
            self.status["desiredReplicas"] = wanted.into();
            if let Some(reason) = reason {
                self.rescale(cluster, &target, wanted, &reason, &mut memory);
            }
        }
        cluster.autoscalers.insert(uid, memory);
    }

    /// How many pods there should be, and why if that is another number than now; `None` if nobody can tell.
    fn decide(
        &mut self,
        cluster: &mut Cluster,
        target: &Target,
        memory: &mut Memory,
    ) -> Option<(i64, Option<String>)> {
        let spec = self.scaler.spec().clone();
        let (low, high) =
            (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(1));
        let current = target.replicas;
        if current == 0 && low != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.set("ScalingActive", "False", "ScalingDisabled", message, cluster.now);
            self.forget_metrics();
            return Some((0, None));
        }
        for (outside, wanted, reason) in [
            (current > high, high, "Current number of replicas above Spec.MaxReplicas"),
            (current < low, low, "Current number of replicas below Spec.MinReplicas"),
        ] {
            if outside {
                self.forget_metrics();
                return Some((wanted, Some(reason.to_owned())));
            }
        }
        let (proposed, metric) = self.measure(cluster, target, &spec)?;
        let reason = if proposed > current {
            format!("{metric} above target")
        } else {
            "All metrics below target".to_owned()
        };
        let (limits, now) = ((low, high), cluster.now);
        let verdict = memory.normalize(&spec["behavior"], current, proposed, limits, now);
        self.set("AbleToScale", "True", verdict.able.0, verdict.able.1, now);
        let limited = if verdict.is_limited { "True" } else { "False" };
        self.set("ScalingLimited", limited, verdict.limit.0, verdict.limit.1, now);
        Some((verdict.replicas, (verdict.replicas != current).then_some(reason)))
    }

    fn forget_metrics(&mut self) {
        if let Some(status) = self.status.as_object_mut() {
            status.remove("currentMetrics");
        }
    }

    /// The highest number of pods that a metric asks for, and that metric. One that cannot be had stops scaling down.
    fn measure(&mut self, cluster: &mut Cluster, target: &Target, spec: &Value) -> Option<(i64, String)> {
        let metrics = spec["metrics"].as_array().cloned().unwrap_or_default();
        let usage = Usage::of(cluster, target.kind, &target.key, &target.selector);
        let mut best: Option<(i64, String)> = None;
        let mut shown = Vec::new();
        let mut failures: Vec<(&'static str, String, String)> = Vec::new();
        for metric in &metrics {
            match usage::propose(cluster, usage.as_ref(), metric, target.replicas, &spec["behavior"]) {
                Ok(Proposal { replicas, metric, status }) => {
                    shown.push(status);
                    if best.as_ref().is_none_or(|(most, _)| replicas > *most) {
                        best = Some((replicas, metric));
                    }
                }
                Err((reason, why, outer)) => {
                    cluster.event(&self.scaler, EventType::Warning, reason, &why, SOURCE);
                    failures.push((reason, why, outer));
                }
            }
        }
        if shown.is_empty() {
            self.forget_metrics();
        } else {
            self.status["currentMetrics"] = Value::from(shown);
        }
        let would_shrink = best.as_ref().is_some_and(|(replicas, _)| *replicas < target.replicas);
        if let Some((reason, why, outer)) = failures.first()
            && (best.is_none() || would_shrink)
        {
            let message = format!("the HPA was unable to compute the replica count: {why}");
            self.set("ScalingActive", "False", reason, &message, cluster.now);
            let text = format!(
                "invalid metrics ({} invalid out of {}), first error is: {outer}",
                failures.len(),
                metrics.len()
            );
            let reason = "FailedComputeMetricsReplicas";
            cluster.event(&self.scaler, EventType::Warning, reason, &text, SOURCE);
            self.status["currentReplicas"] = target.replicas.into();
            return None;
        }
        let (replicas, metric) = best?;
        let message = format!("the HPA was able to successfully calculate a replica count from {metric}");
        self.set("ScalingActive", "True", "ValidMetricFound", &message, cluster.now);
        Some((replicas, metric))
    }

    fn rescale(
        &mut self,
        cluster: &mut Cluster,
        target: &Target,
        wanted: i64,
        reason: &str,
        memory: &mut Memory,
    ) {
        let (namespace, name) = (&target.key.namespace, &target.key.name);
        match cluster.scale_as("kube-controller-manager", target.kind, namespace, name, wanted) {
            Ok(()) => {
                let message = format!("the HPA controller was able to update the target scale to {wanted}");
                self.set("AbleToScale", "True", "SucceededRescale", &message, cluster.now);
                let text = format!("New size: {wanted}; reason: {reason}");
                cluster.event(&self.scaler, EventType::Normal, "SuccessfulRescale", &text, SOURCE);
                memory.scaled(&self.scaler.spec()["behavior"], target.replicas, wanted, cluster.now);
                self.status["lastScaleTime"] = cluster.now.to_string().into();
            }
            Err(error) => {
                let text = format!("New size: {wanted}; reason: {reason}; error: {error}");
                cluster.event(&self.scaler, EventType::Warning, "FailedRescale", &text, SOURCE);
                let message = format!("the HPA controller was unable to update the target scale: {error}");
                self.set("AbleToScale", "False", "FailedUpdateScale", &message, cluster.now);
            }
        }
    }

    /// Sets a condition; its time changes with its status only.
    fn set(&mut self, kind: &str, value: &str, reason: &str, message: &str, now: Instant) {
        let mut conditions = self.status["conditions"].as_array().cloned().unwrap_or_default();
        let place = conditions.iter().position(|condition| condition["type"] == *kind);
        let since = place
            .map(|place| &conditions[place])
            .filter(|known| known["status"] == *value)
            .map_or_else(|| now.to_string().into(), |known| known["lastTransitionTime"].clone());
        let condition = json!({"type": kind, "status": value, "reason": reason, "message": message,
            "lastTransitionTime": since});
        match place {
            Some(place) => conditions[place] = condition,
            None => conditions.push(condition),
        }
        self.status["conditions"] = Value::from(conditions);
    }

    fn write(self, cluster: &mut Cluster) {
        let Some(stored) = cluster.store.get(Kind::HorizontalPodAutoscaler, &self.scaler.key()) else {
            return;
        };
        if stored.meta.uid != self.scaler.meta.uid || *stored.status() == self.status {
            return;
        }
        let mut stored = (**stored).clone();
        if let Body::Plain(plain) = &mut stored.body {
            plain.status = Rc::new(self.status);
        }
        cluster.write(stored);
    }
}

fn find_target(cluster: &Cluster, scaler: &Object) -> Result<Target, String> {
    let reference = &scaler.spec()["scaleTargetRef"];
    let text = |field: &str| reference[field].as_str().unwrap_or("");
    let (version, name) = (text("apiVersion"), text("name"));
    let kind = Kind::named(text("kind")).filter(|kind| kind.api_version() == version);
    let Some(kind) = kind else {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        return Err(format!("no matches for kind \"{}\" in group \"{group}\"", text("kind")));
    };
    let object = cluster.get(kind, &scaler.meta.namespace, name).map_err(|status| status.message)?;
    let (selector, replicas) = match object.as_stateful_set() {
        Some(set) => (set.spec.selector.clone(), i64::from(set.spec.replicas)),
        None if matches!(kind, Kind::Deployment | Kind::ReplicaSet) => {
            let replicas = object.spec()["replicas"].as_i64().unwrap_or(1);
            (Selector::of(&object.spec()["selector"]), replicas)
        }
        None => return Err("the server could not find the requested resource".to_owned()),
    };
    Ok(Target { kind, key: object.key(), selector, replicas })
}

#[cfg(test)]
mod tests;
