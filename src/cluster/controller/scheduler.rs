//! Gives pods a node.
//!
//! Mirrors the filters of kube-scheduler that matter here: cordons, taints, node selectors and required node
//! affinity, what pods request, claims and the places of their volumes, required pod affinity and anti-affinity. Of
//! the nodes that remain the one with the fewest pods wins; equals go by name. Nothing is preempted: all pods have the
//! same priority.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::volume::{SELECTED_NODE, waits_for_consumer};
use crate::cluster::object::{AffinityTerm, Body, ClaimPhase, Key, Kind, Object, Pod};
use crate::cluster::{Cluster, EventType, Status};
use crate::gather::sort_by;

const SOURCE: &str = "default-scheduler";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(object) = cluster.store.get(Kind::Pod, key).cloned() else { return Ok(()) };
    let Some(pod) = object.as_pod() else { return Ok(()) };
    if pod.node.is_some() || object.meta.is_terminating() || pod.is_finished() {
        return Ok(());
    }
    if pod.spec.value["schedulerName"].as_str().is_some_and(|scheduler| scheduler != SOURCE) {
        return Ok(());
    }
    if pod.spec.value["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
        hold(cluster, &object);
        return Ok(());
    }
    let mut waiting = Vec::new();
    for (_, name) in pod.claims.iter() {
        match claim_state(cluster, &key.sibling(name)) {
            ClaimState::Ready => {}
            ClaimState::WaitsForNode(claim) => waiting.push(claim),
            ClaimState::Blocks(why) => {
                // With 1.36 no plugin knows the pod yet that could make room: that is told as well.
                unschedulable(cluster, &object, &format!("{why}. not found"));
                return Ok(());
            }
        }
    }
    let (fitting, reasons) = fitting_nodes(cluster, &object, pod);
    let best = fitting.into_iter().min_by_key(|node| (cluster.store.count_on(node), node.clone()));
    let Some(node) = best else {
        cluster.unschedulable.insert(key.clone());
        unschedulable(cluster, &object, &reasons);
        return Ok(());
    };
    if waiting.is_empty() {
        bind(cluster, &object, &node);
        return Ok(());
    }
    for claim in waiting {
        // A claim for which a node was chosen waits for its provisioner; the pod comes back when it is bound.
        if claim.meta.annotations.contains_key(SELECTED_NODE) {
            continue;
        }
        let mut claim = (*claim).clone();
        let mut annotations = (*claim.meta.annotations).clone();
        annotations.insert(SELECTED_NODE.into(), node.clone());
        claim.meta.annotations = Rc::new(annotations);
        cluster.write(claim);
    }
    Ok(())
}

/// Says of a pod with scheduling gates that it is held, as the API server does when it is made.
fn hold(cluster: &mut Cluster, object: &Object) {
    let message = "Scheduling is blocked due to non-empty scheduling gates";
    let mut held = object.clone();
    let Body::Pod(pod) = &mut held.body else { return };
    if pod.status.condition("PodScheduled").is_some_and(|known| &*known.reason == "SchedulingGated") {
        return;
    }
    let status = Rc::make_mut(&mut pod.status);
    status.set_condition("PodScheduled", "False", "SchedulingGated", message, cluster.now);
    cluster.write(held);
}

enum ClaimState {
    Ready,
    WaitsForNode(Rc<Object>),
    Blocks(String),
}

fn claim_state(cluster: &Cluster, key: &Key) -> ClaimState {
    let Some(object) = cluster.store.get(Kind::PersistentVolumeClaim, key) else {
        return ClaimState::Blocks(format!("persistentvolumeclaim \"{}\" not found", key.name));
    };
    if object.meta.is_terminating() {
        return ClaimState::Blocks(format!("persistentvolumeclaim \"{}\" is being deleted", key.name));
    }
    let Some(claim) = object.as_claim() else { return ClaimState::Ready };
    match claim.phase {
        ClaimPhase::Bound => ClaimState::Ready,
        ClaimPhase::Lost => {
            ClaimState::Blocks(format!("persistentvolumeclaim \"{}\" bound to non-existent volume", key.name))
        }
        ClaimPhase::Pending => {
            let class = claim.class.as_deref().unwrap_or("");
            match cluster.store.find(Kind::StorageClass, "", class) {
                Some(class) if waits_for_consumer(class) => ClaimState::WaitsForNode(object.clone()),
                _ => ClaimState::Blocks("pod has unbound immediate PersistentVolumeClaims".to_owned()),
            }
        }
    }
}

/// Why a node does not take a pod; all that one filter says.
struct Refusal {
    reasons: Vec<String>,
    /// Whether it would take the pod if others were gone.
    could_make_room: bool,
}

/// A count of each text, as the scheduler prints them: sorted as they are shown.
fn tally<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_insert(0) += 1;
    }
    let mut lines: Vec<_> = counts.iter().map(|(text, count)| format!("{count} {text}")).collect();
    sort_by(&mut lines, Ord::cmp);
    lines.join(", ")
}

/// The nodes that take the pod; if none does, why.
fn fitting_nodes(cluster: &Cluster, object: &Object, pod: &Pod) -> (Vec<Rc<str>>, String) {
    let mut fitting = Vec::new();
    let mut refusals = Vec::new();
    let places = volume_places(cluster, object, pod);
    for node in cluster.store.list(Kind::Node) {
        match refusal(cluster, object, pod, &places, node) {
            None => fitting.push(node.meta.name.clone()),
            Some(refusal) => refusals.push(refusal),
        }
    }
    if !fitting.is_empty() || refusals.is_empty() {
        return (fitting, String::new());
    }
    let reasons = refusals.iter().flat_map(|refusal| refusal.reasons.iter().map(String::as_str));
    let preemption = refusals.iter().map(|refusal| match refusal.could_make_room {
        true => "No preemption victims found for incoming pod",
        false => "Preemption is not helpful for scheduling",
    });
    let text = format!(
        "{}. no new claims to deallocate, preemption: 0/{} nodes are available: {}.",
        tally(reasons),
        refusals.len(),
        tally(preemption)
    );
    (fitting, text)
}

fn refusal(
    cluster: &Cluster,
    object: &Object,
    pod: &Pod,
    places: &[&Value],
    node: &Object,
) -> Option<Refusal> {
    let refuse =
        |why: &str, could_make_room: bool| Some(Refusal { reasons: vec![why.to_owned()], could_make_room });
    if node.spec()["unschedulable"] == true
        && !tolerates(pod, "node.kubernetes.io/unschedulable", "", "NoSchedule")
    {
        return refuse("node(s) were unschedulable", false);
    }
    for taint in node.spec()["taints"].as_array().into_iter().flatten() {
        let text = |field: &str| taint[field].as_str().unwrap_or("");
        let (key, value, effect) = (text("key"), text("value"), text("effect"));
        if effect != "PreferNoSchedule" && !tolerates(pod, key, value, effect) {
            return refuse("node(s) had untolerated taint(s)", false);
        }
    }
    if !node_selected(&pod.spec.value, node) {
        return refuse("node(s) didn't match Pod's node affinity/selector", false);
    }
    if let Some(lack) = lack_of_room(cluster, pod, node) {
        return Some(lack);
    }
    if !places.iter().all(|terms| terms_match(terms, node)) {
        return refuse("node(s) didn't match PersistentVolume's node affinity", false);
    }
    let shares = |term: &AffinityTerm| shares_topology(cluster, object, term, node);
    let lonely = |term: &AffinityTerm| {
        // The first pod of a group that is to stay together has nobody to join.
        let itself = term.selector.matches(&object.meta.labels);
        itself && !cluster.store.list(Kind::Pod).any(|other| placed_match(other, object, term))
    };
    if !pod.spec.affinity.iter().all(|term| shares(term) || lonely(term)) {
        return refuse("node(s) didn't match pod affinity rules", false);
    }
    if pod.spec.anti_affinity.iter().any(shares) {
        return refuse("node(s) didn't match pod anti-affinity rules", true);
    }
    if repels(cluster, object, node) {
        return refuse("node(s) didn't satisfy existing pods anti-affinity rules", true);
    }
    None
}

/// What a pod asks for and a node does not have left. Mirrors the filter NodeResourcesFit.
fn lack_of_room(cluster: &Cluster, pod: &Pod, node: &Object) -> Option<Refusal> {
    let (have, most) = cluster.store.room_of(&node.meta.name);
    let (taken, count) = cluster.store.use_of(&node.meta.name);
    let mut lack = Refusal { reasons: Vec::new(), could_make_room: true };
    if most.is_some_and(|most| count as i64 + 1 > most) {
        lack.reasons.push("Too many pods".to_owned());
    }
    for ((name, asked), ((_, taken), (_, have))) in
        pod.spec.requests.amounts().into_iter().zip(taken.amounts().into_iter().zip(have.amounts()))
    {
        // A node that tells nothing of a resource that nobody asks for may still take the pod.
        if asked > 0 && asked > have.saturating_sub(taken) {
            lack.reasons.push(format!("Insufficient {name}"));
            lack.could_make_room &= asked <= have;
        }
    }
    (!lack.reasons.is_empty()).then_some(lack)
}

fn tolerates(pod: &Pod, key: &str, value: &str, effect: &str) -> bool {
    pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(key, value, effect))
}

fn placed_match(other: &Object, object: &Object, term: &AffinityTerm) -> bool {
    let in_namespace = if term.namespaces.is_empty() {
        other.meta.namespace == object.meta.namespace
    } else {
        term.namespaces.contains(&other.meta.namespace)
    };
    in_namespace
        && other.as_pod().is_some_and(|pod| pod.node.is_some() && !pod.is_finished())
        && term.selector.matches(&other.meta.labels)
}

/// Whether a pod that the term selects is on a node with the same value of the topology label.
fn shares_topology(cluster: &Cluster, object: &Object, term: &AffinityTerm, node: &Object) -> bool {
    let Some(value) = node.meta.label(&term.topology_key) else { return false };
    let same = |other: &&Rc<Object>| other.meta.label(&term.topology_key) == Some(value);
    cluster
        .store
        .list(Kind::Node)
        .filter(same)
        .any(|other| cluster.store.pods_on(&other.meta.name).any(|pod| placed_match(pod, object, term)))
}

/// Whether a pod on the node, or near it, wants to be apart from this one.
fn repels(cluster: &Cluster, object: &Object, node: &Object) -> bool {
    cluster.store.repellers().any(|placed| {
        let Some(pod) = placed.as_pod().filter(|pod| !pod.is_finished()) else { return false };
        let Some(other) = pod.node.as_deref().and_then(|other| cluster.store.find(Kind::Node, "", other))
        else {
            return false;
        };
        pod.spec.anti_affinity.iter().any(|term| {
            let near = node.meta.label(&term.topology_key);
            let in_namespace = if term.namespaces.is_empty() {
                placed.meta.namespace == object.meta.namespace
            } else {
                term.namespaces.contains(&object.meta.namespace)
            };
            near.is_some()
                && near == other.meta.label(&term.topology_key)
                && in_namespace
                && term.selector.matches(&object.meta.labels)
        })
    })
}

fn node_selected(spec: &Value, node: &Object) -> bool {
    let pairs = spec["nodeSelector"].as_object().into_iter().flatten();
    let mut selected = pairs.map(|(key, value)| node.meta.label(key) == value.as_str());
    if !selected.all(|matches| matches) {
        return false;
    }
    let required = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    required.is_null() || terms_match(&required["nodeSelectorTerms"], node)
}

/// Whether one of a node selector's terms matches.
fn terms_match(terms: &Value, node: &Object) -> bool {
    terms.as_array().into_iter().flatten().any(|term| {
        let expressions = term["matchExpressions"].as_array().into_iter().flatten();
        let mut expressions =
            expressions.map(|expression| expression_matches(expression, |key| node.meta.label(key)));
        let fields = term["matchFields"].as_array().into_iter().flatten();
        let mut fields = fields.map(|field| expression_matches(field, |_| Some(&node.meta.name)));
        expressions.all(|matches| matches) && fields.all(|matches| matches)
    })
}

fn expression_matches<'a>(expression: &Value, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    let value = label(expression["key"].as_str().unwrap_or(""));
    let listed =
        || expression["values"].as_array().into_iter().flatten().any(|listed| listed.as_str() == value);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = || number(expression["values"][0].as_str());
    match expression["operator"].as_str() {
        Some("In") => value.is_some() && listed(),
        Some("NotIn") => value.is_none() || !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        Some("Gt") => number(value).zip(bound()).is_some_and(|(value, bound)| value > bound),
        Some("Lt") => number(value).zip(bound()).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

/// The terms by which the pod's volumes choose the nodes from which they can be reached.
fn volume_places<'a>(cluster: &'a Cluster, object: &Object, pod: &Pod) -> Vec<&'a Value> {
    let terms = |(_, name): &(Rc<str>, Rc<str>)| {
        let claim = cluster.store.find(Kind::PersistentVolumeClaim, &object.meta.namespace, name)?;
        let volume = cluster.store.find(Kind::PersistentVolume, "", claim.as_claim()?.volume.as_deref()?)?;
        let required = &volume.spec()["nodeAffinity"]["required"];
        (!required.is_null()).then(|| &required["nodeSelectorTerms"])
    };
    pod.claims.iter().filter_map(terms).collect()
}

fn bind(cluster: &mut Cluster, object: &Rc<Object>, node: &Rc<str>) {
    let mut bound = (**object).clone();
    if let Body::Pod(pod) = &mut bound.body {
        pod.node = Some(node.clone());
        Rc::make_mut(&mut pod.status).set_condition("PodScheduled", "True", "", "", cluster.now);
    }
    let message = format!("Successfully assigned {}/{} to {node}", object.meta.namespace, object.meta.name);
    cluster.event(object, EventType::Normal, "Scheduled", &message, SOURCE);
    cluster.write(bound);
}

/// Marks a pod that has no node to go to, and tells why.
fn unschedulable(cluster: &mut Cluster, object: &Rc<Object>, why: &str) {
    let nodes = cluster.store.count(Kind::Node);
    let message = match nodes {
        0 => "no nodes available to schedule pods".to_owned(),
        nodes => format!("0/{nodes} nodes are available: {why}"),
    };
    let known = object.as_pod().and_then(|pod| pod.status.condition("PodScheduled"));
    if known.is_some_and(|known| *known.message == *message) {
        return;
    }
    let mut marked = (**object).clone();
    if let Body::Pod(pod) = &mut marked.body {
        let status = Rc::make_mut(&mut pod.status);
        status.set_condition("PodScheduled", "False", "Unschedulable", &message, cluster.now);
    }
    cluster.event(object, EventType::Warning, "FailedScheduling", &message, SOURCE);
    cluster.write(marked);
}
