//! What pods use of their cores, and how many pods a metric asks for.
//!
//! Mirrors the replica calculator: pods that are not ready count as idle on the way up, those without metrics as busy
//! on the way down, and small deviations as none.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::NO_METRICS;
use crate::api::Quantity;
use crate::cluster::object::{ContainerState, Key, Kind, Object, Phase, Resources, Selector};
use crate::cluster::{Cluster, Duration, Instant};

/// For so long after its start a pod counts only when it has been ready for a whole sample.
const INITIALIZATION: Duration = Duration(300_000);
/// A pod that turned unready within this time of its start was never ready.
const INITIAL_READINESS: Duration = Duration(30_000);
/// How much time a sample of the metrics server covers.
const WINDOW: Duration = Duration(15_000);

/// What a metric asks for.
pub(super) struct Proposal {
    pub(super) replicas: i64,
    /// Its name, as conditions and events print it.
    pub(super) metric: String,
    /// Its entry in `currentMetrics`.
    pub(super) status: Value,
}

/// Reason, text, and text as the whole sync reports it, of a metric that cannot be had.
pub(super) type Failure = (&'static str, String, String);

/// The pods of a target and what each uses, in thousandths of a core.
pub(super) struct Usage {
    pods: Vec<Rc<Object>>,
    samples: BTreeMap<Rc<str>, i64>,
}

impl Usage {
    /// `None` while no load is set: then nothing measures.
    pub(super) fn of(cluster: &Cluster, kind: Kind, key: &Key, selector: &Selector) -> Option<Usage> {
        let load = *cluster.loads.get(&(kind, key.clone()))?;
        let pods = cluster.store.list_in(Kind::Pod, &key.namespace);
        let pods: Vec<_> = pods.filter(|pod| selector.matches(&pod.meta.labels)).cloned().collect();
        let serves = |object: &&Rc<Object>| {
            !object.meta.is_terminating() && object.as_pod().is_some_and(|pod| pod.is_running_and_ready())
        };
        let serving = pods.iter().filter(serves).count() as u64;
        let share = i64::try_from(load.checked_div(serving).unwrap_or(0)).unwrap_or(i64::MAX);
        let mut samples = BTreeMap::new();
        for object in &pods {
            let Some(pod) = object.as_pod() else { continue };
            if is_measured(object, cluster.now) {
                let most = limit(&pod.spec.value).unwrap_or(i64::MAX);
                let used = if serves(&object) { share.min(most) } else { 0 };
                samples.insert(object.meta.name.clone(), used);
            }
        }
        Some(Usage { pods, samples })
    }
}

/// Whether the metrics server has a sample of a pod: it runs, and has run for a whole sample.
fn is_measured(object: &Object, now: Instant) -> bool {
    let Some(pod) = object.as_pod().filter(|pod| pod.status.phase == Phase::Running) else { return false };
    pod.status.containers.iter().any(|container| match container.state {
        ContainerState::Running { since } => since + WINDOW <= now,
        _ => false,
    })
}

/// How many thousandths of a core a pod may use; `None` if a container has no limit.
fn limit(spec: &Value) -> Option<i64> {
    let containers = spec["containers"].as_array()?;
    let limits = containers.iter().map(|container| {
        let limits = &container["resources"]["limits"];
        limits["cpu"].is_string().then(|| Resources::of(limits).cpu)
    });
    limits.sum()
}

/// The pods that count, and how.
struct Groups {
    ready: i64,
    unready: Vec<Rc<str>>,
    missing: Vec<Rc<str>>,
    /// What each measured pod uses.
    samples: BTreeMap<Rc<str>, i64>,
}

fn group(usage: &Usage, now: Instant) -> Groups {
    let mut groups =
        Groups { ready: 0, unready: Vec::new(), missing: Vec::new(), samples: usage.samples.clone() };
    for object in &usage.pods {
        let Some(pod) = object.as_pod() else { continue };
        let name = object.meta.name.clone();
        if object.meta.is_terminating() || pod.status.phase == Phase::Failed {
            groups.samples.remove(&name);
        } else if pod.status.phase == Phase::Pending {
            groups.samples.remove(&name);
            groups.unready.push(name);
        } else if !groups.samples.contains_key(&name) {
            groups.missing.push(name);
        } else {
            let unready = match (pod.status.condition("Ready"), pod.status.started) {
                (Some(ready), Some(started)) => {
                    let is_false = &*ready.status == "False";
                    match started + INITIALIZATION > now {
                        true => is_false || now < ready.since + WINDOW,
                        false => is_false && started + INITIAL_READINESS > ready.since,
                    }
                }
                _ => true,
            };
            if unready {
                groups.samples.remove(&name);
                groups.unready.push(name);
            } else {
                groups.ready += 1;
            }
        }
    }
    groups
}

/// How far a ratio may be from 1 without consequence: down, up.
fn tolerances(behavior: &Value) -> (f64, f64) {
    let tolerance = |direction: &str| {
        let text = behavior[direction]["tolerance"].as_str()?;
        Some(Quantity::parse(text).ok()?.milli_value() as f64 / 1000.0)
    };
    (tolerance("scaleDown").unwrap_or(0.1), tolerance("scaleUp").unwrap_or(0.1))
}

/// What one entry of `metrics` asks for.
pub(super) fn propose(
    cluster: &Cluster,
    usage: Option<&Usage>,
    metric: &Value,
    current: i64,
    behavior: &Value,
) -> Result<Proposal, Failure> {
    let kind = metric["type"].as_str().unwrap_or("");
    let (field, reason) = match kind {
        "Resource" => ("resource", "FailedGetResourceMetric"),
        "ContainerResource" => ("containerResource", "FailedGetContainerResourceMetric"),
        _ => return Err(no_adapter(metric, kind)),
    };
    let source = &metric[field];
    let name = source["name"].as_str().unwrap_or("");
    let container = source["container"].as_str();
    let target = &source["target"];
    let by_share = target["averageUtilization"].as_i64();
    let fail = |why: String| {
        let measured = if by_share.is_some() { "utilization" } else { "usage" };
        let why = format!("failed to get {name} {measured}: {why}");
        let outer = format!(
            "failed to get {name} {} metric value: {why}",
            match container {
                Some(_) => "container",
                None => "resource",
            }
        );
        (reason, why, outer)
    };
    let unknown = || {
        let text = NO_METRICS.replace("resource cpu", &format!("resource {name}"));
        fail(text)
    };
    if name != "cpu" {
        return Err(unknown());
    }
    let usage = usage.ok_or_else(unknown)?;
    if usage.pods.is_empty() {
        return Err(fail("no pods returned by selector while calculating replica count".to_owned()));
    }
    let mut groups = group(usage, cluster.now);
    if groups.samples.is_empty() {
        let why = "did not receive metrics for targeted pods (pods might be unready)";
        return Err(fail(why.to_owned()));
    }
    let requests = match by_share {
        Some(_) => requests(usage, container).map_err(fail)?,
        None => BTreeMap::new(),
    };
    let goal = match by_share {
        Some(share) => share as f64,
        None => quantity(&target["averageValue"]).max(1) as f64,
    };
    let total = |samples: &BTreeMap<Rc<str>, i64>| samples.values().sum::<i64>();
    let measure = |samples: &BTreeMap<Rc<str>, i64>| -> (f64, i64) {
        let average = total(samples) / (samples.len() as i64).max(1);
        if by_share.is_none() {
            return (average as f64 / goal, average);
        }
        let asked: i64 = samples.keys().filter_map(|pod| requests.get(pod)).sum();
        let share = total(samples).saturating_mul(100) / asked.max(1);
        (share as f64 / goal, share)
    };
    let (ratio, shown) = measure(&groups.samples);
    let average = total(&groups.samples) / groups.samples.len() as i64;
    let replicas = replicas(&mut groups, ratio, current, tolerances(behavior), &requests, goal, measure);
    let mut now = json!({"averageValue": format_milli(average)});
    if by_share.is_some() {
        now["averageUtilization"] = shown.into();
    }
    let mut entry = json!({"name": name, "current": now});
    if let Some(container) = container {
        entry["container"] = container.into();
    }
    let metric = match (container, by_share) {
        (None, Some(_)) => format!("{name} resource utilization (percentage of request)"),
        (None, None) => format!("{name} resource"),
        (Some(_), Some(_)) => format!("{name} container resource utilization (percentage of request)"),
        (Some(_), None) => format!("{name} container resource"),
    };
    Ok(Proposal { replicas, metric, status: json!({"type": kind, field: entry}) })
}

/// The number of pods at which the ratio would be 1.
fn replicas(
    groups: &mut Groups,
    ratio: f64,
    current: i64,
    (down, up): (f64, f64),
    requests: &BTreeMap<Rc<str>, i64>,
    goal: f64,
    measure: impl Fn(&BTreeMap<Rc<str>, i64>) -> (f64, i64),
) -> i64 {
    let is_within = |ratio: f64| (1.0 - down..=1.0 + up).contains(&ratio);
    let grows_with_unready = !groups.unready.is_empty() && ratio > 1.0;
    if !grows_with_unready && groups.missing.is_empty() {
        return if is_within(ratio) { current } else { (ratio * groups.ready as f64).ceil() as i64 };
    }
    for pod in &groups.missing {
        if ratio < 1.0 {
            // As busy as it may be, so that nothing is taken away by mistake.
            let busy = requests.get(pod).map_or(goal as i64, |asked| asked * (goal as i64).max(100) / 100);
            groups.samples.insert(pod.clone(), busy);
        } else if ratio > 1.0 {
            groups.samples.insert(pod.clone(), 0);
        }
    }
    if grows_with_unready {
        for pod in &groups.unready {
            groups.samples.insert(pod.clone(), 0);
        }
    }
    let (new_ratio, _) = measure(&groups.samples);
    let turns = (ratio < 1.0 && new_ratio > 1.0) || (ratio > 1.0 && new_ratio < 1.0);
    if is_within(new_ratio) || turns {
        return current;
    }
    let wanted = (new_ratio * groups.samples.len() as f64).ceil() as i64;
    let contradicts = (new_ratio < 1.0 && wanted > current) || (new_ratio > 1.0 && wanted < current);
    if contradicts { current } else { wanted }
}

/// What each pod asked for, in thousandths of a core.
fn requests(usage: &Usage, container: Option<&str>) -> Result<BTreeMap<Rc<str>, i64>, String> {
    let mut requests = BTreeMap::new();
    for object in &usage.pods {
        let Some(pod) = object.as_pod() else { continue };
        let mut sum = 0;
        for own in pod.spec.containers() {
            if container.is_some_and(|wanted| own["name"] != *wanted) {
                continue;
            }
            let asked = &own["resources"]["requests"]["cpu"];
            if !asked.is_string() {
                let name = own["name"].as_str().unwrap_or("");
                return Err(format!(
                    "missing request for cpu in container {name} of Pod {}",
                    object.meta.name
                ));
            }
            sum += quantity(asked);
        }
        requests.insert(object.meta.name.clone(), sum);
    }
    Ok(requests)
}

fn quantity(value: &Value) -> i64 {
    value.as_str().and_then(|text| Quantity::parse(text).ok()).map_or(0, |quantity| quantity.milli_value())
}

fn format_milli(milli: i64) -> String {
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// A metric that needs an adapter which the cluster does not have.
fn no_adapter(metric: &Value, kind: &str) -> Failure {
    let (reason, field, api) = match kind {
        "Object" => ("FailedGetObjectMetric", "object", "custom"),
        "External" => ("FailedGetExternalMetric", "external", "external"),
        _ => ("FailedGetPodsMetric", "pods", "custom"),
    };
    let name = metric[field]["metric"]["name"].as_str().unwrap_or("");
    let why = format!(
        "unable to get metric {name}: unable to fetch metrics from {api} metrics API: the server could not find the \
         requested resource"
    );
    let outer = format!("failed to get {field} metric value: {why}");
    (reason, why, outer)
}
