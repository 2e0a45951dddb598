//! The same pods and claims, by the node that they are on.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{NodeView, Slot, Topology};

/// A node and what is on it, or what is on none.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The node's name; empty for what is on none.
    pub name: String,
    /// The node; `None` if there is none of that name.
    pub node: Option<Rc<NodeView>>,
    /// Pods with their claims, and ordinals that have no pod.
    pub slots: Vec<Rc<Slot>>,
}

/// A lane for each node, then one for each node that is gone, then one for what is on none.
pub(super) fn lanes(topology: &Topology) -> Vec<Lane> {
    let mut by_node: BTreeMap<&str, Vec<Rc<Slot>>> = BTreeMap::new();
    let in_sets = topology.sets.iter().flat_map(|set| &set.slots).cloned();
    let alone = topology.loose_pods().map(|pod| Rc::new(Slot::of_pod(pod)));
    let slots: Vec<Rc<Slot>> = in_sets.chain(alone).collect();
    for slot in &slots {
        by_node.entry(slot.node()).or_default().push(Rc::clone(slot));
    }
    let unscheduled = by_node.remove("").unwrap_or_default();
    let mut lanes: Vec<Lane> = topology
        .nodes
        .iter()
        .map(|node| Lane {
            name: node.key.name.clone(),
            slots: by_node.remove(node.key.name.as_str()).unwrap_or_default(),
            node: Some(Rc::clone(node)),
        })
        .collect();
    lanes.extend(by_node.into_iter().map(|(name, slots)| Lane { name: name.to_owned(), node: None, slots }));
    if !unscheduled.is_empty() {
        lanes.push(Lane { name: String::new(), node: None, slots: unscheduled });
    }
    lanes
}
