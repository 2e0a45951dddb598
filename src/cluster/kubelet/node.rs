//! What the pods of one node share: images, the line at the registry, addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Add;

use super::pod_spec::Millis;
use crate::cluster::object::{Resources, Uid};

/// One node's kubelet, as far as it is not about one pod.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Position among the nodes, from 0; gives the range of pod addresses.
    pub index: u32,
    pub images: BTreeSet<String>,
    /// Images are pulled one at a time: when the one under way is done.
    pub registry_free: Millis,
    next_address: u32,
    /// The node is cut off: containers run on, nothing is reported, no order arrives.
    pub is_lost: bool,
    /// What it can give to pods, and to how many; `None` for no limit.
    pub capacity: Option<(Resources, Option<i64>)>,
    /// What running pods asked for, by pod uid.
    pub requests: BTreeMap<Uid, Resources>,
}

impl Node {
    /// A node that has pulled nothing yet.
    pub(crate) fn new(index: u32) -> Node {
        Node {
            index,
            images: BTreeSet::new(),
            registry_free: 0,
            // .1 is the node's own end of the pod network.
            next_address: 2,
            is_lost: false,
            capacity: None,
            requests: BTreeMap::new(),
        }
    }

    /// The next free pod address. An address is not given out again before 250 others were.
    pub(crate) fn take_address(&mut self) -> String {
        let host = self.next_address;
        self.next_address = if host >= 254 { 2 } else { host + 1 };
        format!("10.244.{}.{host}", self.index)
    }

    /// The node's own address.
    pub(crate) fn address(&self) -> String {
        // minikube's docker network starts at .2.
        format!("192.168.49.{}", self.index + 2)
    }

    /// Why a pod with these requests cannot be admitted: status reason and message.
    pub(crate) fn refusal(&self, requests: Resources) -> Option<(&'static str, String)> {
        let (capacity, most_pods) = self.capacity?;
        let used = self.requests.values().copied().fold(Resources::default(), Add::add);
        let pods = ("pods", 1, self.requests.len() as i64, most_pods.unwrap_or(i64::MAX));
        let amounts = requests.amounts().into_iter().zip(used.amounts()).zip(capacity.amounts());
        let amounts =
            amounts.map(|(((what, requested), (_, used)), (_, capacity))| (what, requested, used, capacity));
        let (what, requested, used, capacity) =
            std::iter::once(pods).chain(amounts).find(|(_, requested, used, capacity)| {
                *requested > 0 && used.saturating_add(*requested) > *capacity
            })?;
        let text = format!(
            "Node didn't have enough resource: {what}, requested: {requested}, used: {used}, capacity: {capacity}"
        );
        let reason = match what {
            "pods" => "OutOfpods",
            "cpu" => "OutOfcpu",
            "memory" => "OutOfmemory",
            _ => "OutOfephemeral-storage",
        };
        Some((reason, text))
    }
}
