//! The cluster's objects as the topology draws them: sets with a slot for each ordinal, Services with the names
//! that DNS answers, pods that belong to no set.
//!
//! In: the objects of one moment, as the API serves them. Out: [`Topology`], whose parts are shared by `Rc` and
//! compare by value, so that only what changed is drawn again.

mod inside;
mod node;
mod pod;
mod service;
mod set;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::object::{self, ObjectKey, text};

pub use inside::{Inside, Place};
pub use node::NodeView;
pub use pod::{Phase, PodView};
pub use service::{NameView, ServiceView};
pub use set::{ClaimView, SetView, Slot};

/// What the topology draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    /// Services, by name.
    pub services: Vec<Rc<ServiceView>>,
    /// StatefulSets by name, and what is left of deleted ones.
    pub sets: Vec<Rc<SetView>>,
    /// Pods of other controllers, by controller: `ReplicaSet/web-5d4f`.
    pub groups: Vec<(String, Vec<Rc<PodView>>)>,
    /// Pods without a controller, hooks among them.
    pub pods: Vec<Rc<PodView>>,
    /// Claims that belong to no ordinal.
    pub claims: Vec<Rc<ClaimView>>,
    /// The cluster's nodes.
    pub nodes: Vec<Rc<NodeView>>,
}

impl Topology {
    /// Whether there is nothing to draw but the cluster itself.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.sets.is_empty()
            && self.groups.is_empty()
            && self.pods.is_empty()
            && self.claims.is_empty()
    }

    /// The keys of everything drawn, in reading order: the order in which arrow keys walk.
    pub fn keys(&self) -> Vec<ObjectKey> {
        let mut keys: Vec<ObjectKey> = self.services.iter().map(|service| service.key.clone()).collect();
        for set in &self.sets {
            keys.extend(set.key.clone());
            for slot in &set.slots {
                keys.extend(slot.pod.iter().map(|pod| pod.key.clone()));
                keys.extend(slot.claims.iter().map(|claim| claim.key.clone()));
            }
        }
        keys.extend(self.groups.iter().flat_map(|(_, pods)| pods).map(|pod| pod.key.clone()));
        keys.extend(self.pods.iter().map(|pod| pod.key.clone()));
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
        .collect();
    let mut topology = Topology { services, ..Topology::default() };
    let mut groups: BTreeMap<String, Vec<Rc<PodView>>> = BTreeMap::new();

    for object in of_kind("Pod") {
        let view = pod::view(object, &revisions, inside);
        let namespace = view.key.namespace.clone();
        match object::controller(object) {
            Some(("StatefulSet", name)) => {
                let builder = sets.entry((namespace, name.to_owned())).or_default();
                builder.add_pod(view);
            }
            Some((kind, name)) => groups.entry(format!("{kind}/{name}")).or_default().push(Rc::new(view)),
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
    for object in of_kind("PersistentVolumeClaim") {
        let claim = set::claim(object, inside);
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
    topology.groups = groups.into_iter().collect();
    topology.nodes = of_kind("Node")
        .map(|node| {
            let name = text(node, "/metadata/name");
            let pods = of_kind("Pod").filter(|pod| text(pod, "/spec/nodeName") == name).count();
            Rc::new(node::view(node, pods))
        })
        .collect();
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
