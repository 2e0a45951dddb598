//! The cluster's objects as the topology draws them: sets with a slot for each ordinal, Services with the names
//! that DNS answers, pods that belong to no set.
//!
//! In: the objects of one moment, as the API serves them. Out: [`Topology`], whose parts are shared by `Rc` and
//! compare by value, so that only what changed is drawn again.

mod inside;
mod lane;
mod node;
mod pod;
mod policy;
mod service;
mod set;
mod workload;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::object::{self, ObjectKey, text};
use crate::gather::Gather;

pub use inside::{Inside, Place};
pub use lane::Lane;
pub use node::{NodeView, ZONE, taint};
pub use pod::{Phase, PodView};
pub use policy::{AutoscalerView, BudgetView, targets};
pub use service::{NameView, ServiceView};
pub use set::{ClaimView, SetView, Slot};
pub use workload::{Part, WorkloadView};

/// What the topology draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    /// Services, by name.
    pub services: Vec<Rc<ServiceView>>,
    /// StatefulSets by name, and what is left of deleted ones.
    pub sets: Vec<Rc<SetView>>,
    /// Other workloads, by kind and name.
    pub workloads: Vec<Rc<WorkloadView>>,
    /// Pods without a controller, hooks among them.
    pub pods: Vec<Rc<PodView>>,
    /// Claims that belong to no ordinal.
    pub claims: Vec<Rc<ClaimView>>,
    /// The cluster's nodes.
    pub nodes: Vec<Rc<NodeView>>,
    /// PodDisruptionBudgets.
    pub budgets: Vec<Rc<BudgetView>>,
    /// HorizontalPodAutoscalers.
    pub autoscalers: Vec<Rc<AutoscalerView>>,
    /// Pods and claims once more, by node.
    pub lanes: Vec<Lane>,
}

impl Topology {
    /// Whether there is nothing to draw but the cluster itself.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.sets.is_empty()
            && self.workloads.is_empty()
            && self.budgets.is_empty()
            && self.autoscalers.is_empty()
            && self.pods.is_empty()
            && self.claims.is_empty()
    }

    /// Pods that belong to no set.
    pub fn loose_pods(&self) -> impl Iterator<Item = &Rc<PodView>> {
        let parts = self.workloads.iter().flat_map(|workload| &workload.parts);
        parts.flat_map(|part| &part.pods).chain(&self.pods)
    }

    /// The keys of everything drawn, in reading order.
    pub fn keys(&self) -> Vec<ObjectKey> {
        let mut keys: Vec<ObjectKey> = self.services.iter().map(|service| service.key.clone()).collect();
        keys.extend(self.autoscalers.iter().map(|autoscaler| autoscaler.key.clone()));
        keys.extend(self.budgets.iter().map(|budget| budget.key.clone()));
        for set in &self.sets {
            keys.extend(set.key.clone());
            for slot in &set.slots {
                keys.extend(slot.pod.iter().map(|pod| pod.key.clone()));
                keys.extend(slot.claims.iter().map(|claim| claim.key.clone()));
            }
        }
        for workload in &self.workloads {
            keys.push(workload.key.clone());
            keys.extend(workload.parts.iter().filter_map(|part| part.key.clone()));
        }
        keys.extend(self.loose_pods().map(|pod| pod.key.clone()));
        keys.extend(self.claims.iter().map(|claim| claim.key.clone()));
        keys.extend(self.nodes.iter().map(|node| node.key.clone()));
        keys
    }
}

/// The topology of a moment's objects, but for what belongs to the cluster itself.
pub fn topology(objects: &[Rc<Value>], inside: &Inside) -> Topology {
    let of_kind = |kind: &'static str| {
        objects.iter().filter(move |object| text(object, "/kind") == kind && !is_of_cluster(object))
    };
    let revisions = set::Revisions::of(of_kind("ControllerRevision"));
    let slices: Vec<&Value> = of_kind("EndpointSlice").map(|slice| &**slice).collect();
    let services: Vec<Rc<ServiceView>> =
        of_kind("Service").map(|service| Rc::new(service::view(service, &slices))).collect();

    let mut sets: BTreeMap<(String, String), set::Builder> = of_kind("StatefulSet")
        .map(|object| {
            let key = ObjectKey::of(object);
            ((key.namespace, key.name), set::Builder::of(object, &revisions))
        })
        .gather();
    let mut topology = Topology { services, ..Topology::default() };
    let mut owned: Vec<(ObjectKey, Rc<PodView>)> = Vec::new();
    let mut on_nodes: BTreeMap<&str, usize> = BTreeMap::new();

    for object in of_kind("Pod") {
        *on_nodes.entry(text(object, "/spec/nodeName")).or_default() += 1;
        let view = pod::view(object, &revisions, inside);
        let namespace = view.key.namespace.clone();
        match object::controller(object) {
            Some(("StatefulSet", name)) => {
                let builder = sets.entry((namespace, name.to_owned())).or_default();
                builder.add_pod(view);
            }
            Some((kind, name)) => {
                let owner = ObjectKey { kind: kind.to_owned(), namespace, name: name.to_owned() };
                owned.push((owner, Rc::new(view)));
            }
            // An orphan keeps the label that its set gave it.
            None => match (
                object::label(object, "apps.kubernetes.io/pod-index"),
                object::split_ordinal(&view.key.name),
            ) {
                (Some(_), Some((name, _))) => {
                    let name = name.to_owned();
                    sets.entry((namespace, name)).or_default().add_pod(view);
                }
                _ => topology.pods.push(Rc::new(view)),
            },
        }
    }
    let names: Vec<(String, String)> = sets.keys().cloned().collect();
    let zones: BTreeMap<&str, &str> = of_kind("PersistentVolume")
        .filter_map(|volume| Some((text(volume, "/metadata/name"), node::zone_of_volume(volume)?)))
        .gather();
    for object in of_kind("PersistentVolumeClaim") {
        let zone = zones.get(text(object, "/spec/volumeName")).copied();
        let claim = set::claim(object, inside, zone.unwrap_or_default());
        match set::owner_of_claim(&claim.key, &names) {
            Some((owner, ordinal)) => sets.entry(owner).or_default().add_claim(ordinal, claim),
            None => topology.claims.push(Rc::new(claim)),
        }
    }
    topology.sets = sets
        .into_iter()
        .map(|((namespace, name), builder)| {
            Rc::new(builder.finish(&namespace, &name, &topology.services, inside))
        })
        .collect();
    topology.workloads = workload::workloads(objects, owned);
    topology.nodes = of_kind("Node")
        .map(|node| {
            let name = text(node, "/metadata/name");
            let pods = on_nodes.get(name).copied().unwrap_or_default();
            Rc::new(node::view(node, pods, inside))
        })
        .collect();
    topology.budgets =
        of_kind("PodDisruptionBudget").map(|object| Rc::new(policy::budget(object, inside))).collect();
    topology.autoscalers = of_kind("HorizontalPodAutoscaler")
        .map(|object| Rc::new(policy::autoscaler(object, objects, inside)))
        .collect();
    topology.lanes = lane::lanes(&topology);
    topology
}

/// Whether an object came with the cluster: the reader did not make it.
fn is_of_cluster(object: &Value) -> bool {
    let namespace = text(object, "/metadata/namespace");
    namespace.starts_with("kube-")
        || (namespace == "default" && text(object, "/metadata/name") == "kubernetes")
}

#[cfg(test)]
mod tests;
