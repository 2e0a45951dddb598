//! What the pods of one node share: images, the line at the registry, addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::pod_spec::Millis;
use crate::cluster::object::Uid;

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
    /// Thousandths of a core, bytes and number of pods; `None` for no limit.
    pub capacity: Option<Capacity>,
    /// What running pods asked for, by pod uid: thousandths of a core and bytes.
    pub requests: BTreeMap<Uid, (u64, u64)>,
}

/// What a node can give to pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub cpu: u64,
    pub memory: u64,
    pub pods: u64,
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
    pub(crate) fn refusal(&self, cpu: u64, memory: u64) -> Option<(&'static str, String)> {
        let capacity = self.capacity?;
        let (used_cpu, used_memory) =
            self.requests.values().fold((0, 0), |(cpu, memory), it| (cpu + it.0, memory + it.1));
        let text = |what: &str, requested: u64, used: u64, capacity: u64| {
            format!(
                "Node didn't have enough resource: {what}, requested: {requested}, used: {used}, capacity: {capacity}"
            )
        };
        let pods = self.requests.len() as u64;
        if pods + 1 > capacity.pods {
            return Some(("OutOfpods", text("pods", 1, pods, capacity.pods)));
        }
        if cpu > 0 && used_cpu + cpu > capacity.cpu {
            return Some(("OutOfcpu", text("cpu", cpu, used_cpu, capacity.cpu)));
        }
        if memory > 0 && used_memory + memory > capacity.memory {
            return Some(("OutOfmemory", text("memory", memory, used_memory, capacity.memory)));
        }
        None
    }
}
