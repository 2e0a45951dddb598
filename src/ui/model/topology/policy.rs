//! What acts on workloads from beside: disruption budgets and autoscalers.

use std::rc::Rc;

use serde_json::Value;

use super::super::object::{ObjectKey, list, number, text};
use super::super::why::ReasonView;
use super::Inside;
use crate::api::Quantity;

/// A PodDisruptionBudget as its card shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetView {
    /// Which budget.
    pub key: ObjectKey,
    /// What it asks for: `minAvailable 2`.
    pub rule: String,
    /// How many pods may be evicted now.
    pub allowed: i64,
    /// Pods that are healthy, and how many must be.
    pub healthy: (i64, i64),
    /// Why it is not where it should be.
    pub wait: Option<Rc<ReasonView>>,
}

/// The view of a PodDisruptionBudget.
pub(super) fn budget(object: &Value, inside: &Inside) -> BudgetView {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    let rule = ["minAvailable", "maxUnavailable"]
        .into_iter()
        .find_map(|field| Some(format!("{field} {}", scalar(object.pointer(&format!("/spec/{field}"))?))))
        .unwrap_or_default();
    let key = ObjectKey::of(object);
    BudgetView {
        wait: wait(&key, inside),
        key,
        rule,
        allowed: status("disruptionsAllowed"),
        healthy: (status("currentHealthy"), status("desiredHealthy")),
    }
}

/// A HorizontalPodAutoscaler as its card shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoscalerView {
    /// Which autoscaler.
    pub key: ObjectKey,
    /// What it scales.
    pub target: ObjectKey,
    /// The TARGETS column of `kubectl get hpa`: `cpu: 40%/80%`.
    pub targets: String,
    /// Fewest and most replicas.
    pub bounds: (i64, i64),
    /// Replicas there are, and replicas it wants.
    pub replicas: (i64, i64),
    /// The load on its target in thousandths of a core, if the reader has set one.
    pub load: Option<u64>,
    /// The most load that it makes sense to set: a little more than all replicas can bear.
    pub most_load: u64,
    /// Why it is not where it should be.
    pub wait: Option<Rc<ReasonView>>,
}

/// The view of a HorizontalPodAutoscaler.
pub(super) fn autoscaler(object: &Value, objects: &[Rc<Value>], inside: &Inside) -> AutoscalerView {
    let key = ObjectKey::of(object);
    let count = |pointer: &str| number(object, pointer).unwrap_or_default();
    let target = ObjectKey {
        kind: text(object, "/spec/scaleTargetRef/kind").to_owned(),
        namespace: key.namespace.clone(),
        name: text(object, "/spec/scaleTargetRef/name").to_owned(),
    };
    let request =
        objects.iter().find(|object| ObjectKey::of(object) == target).map_or(0, |it| cpu_request(it));
    let most = u64::try_from(count("/spec/maxReplicas")).unwrap_or(1).saturating_mul(request.max(100));
    AutoscalerView {
        load: inside.loads.get(&target).copied(),
        most_load: most.clamp(500, 100_000),
        wait: wait(&key, inside),
        target,
        targets: targets(object),
        bounds: (number(object, "/spec/minReplicas").unwrap_or(1), count("/spec/maxReplicas")),
        replicas: (count("/status/currentReplicas"), count("/status/desiredReplicas")),
        key,
    }
}

/// The first reason that says more than the card does.
fn wait(key: &ObjectKey, inside: &Inside) -> Option<Rc<ReasonView>> {
    inside.waits.get(key)?.iter().find(|reason| !reason.short.is_empty()).cloned()
}

/// What the containers of a workload's pods ask for together, in thousandths of a core.
fn cpu_request(workload: &Value) -> u64 {
    let containers = list(workload, "/spec/template/spec/containers").iter();
    let requests = containers.map(|container| text(container, "/resources/requests/cpu"));
    let milli = requests.filter_map(|text| Quantity::parse(text).ok()).map(|it| it.milli_value());
    milli.filter_map(|milli| u64::try_from(milli).ok()).fold(0, u64::saturating_add)
}

/// The TARGETS column: current over wanted, for each metric of resources.
pub fn targets(object: &Value) -> String {
    let current = list(object, "/status/currentMetrics");
    let one = |metric: &Value| {
        let name = text(metric, "/resource/name");
        let now = current.iter().find(|it| text(it, "/resource/name") == name);
        let value = |of: Option<&Value>, side: &str| {
            let of = of?.pointer("/resource")?.get(side)?;
            match number(of, "/averageUtilization") {
                Some(percent) => Some(format!("{percent}%")),
                None => of.get("averageValue").map(scalar),
            }
        };
        let unknown = || "<unknown>".to_owned();
        format!(
            "{name}: {}/{}",
            value(now, "current").unwrap_or_else(unknown),
            value(Some(metric), "target").unwrap_or_else(unknown)
        )
    };
    list(object, "/spec/metrics").iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A number or a text, as a person writes it.
fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
