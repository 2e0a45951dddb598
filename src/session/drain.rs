//! `kubectl drain` beside the cluster: cordons a node, then evicts its pods until none is left.
//!
//! Mirrors `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`: what a budget refuses is tried again
//! every five seconds, for as long as it takes.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use crate::cluster::{Cluster, DeleteOptions, Duration, Instant, Key, Kind, Object};

/// How long after a refusal the eviction is tried again.
const RETRY: Duration = Duration(5_000);

/// One drain under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Drain {
    /// When pods that were refused are evicted again.
    next: Instant,
    /// Pods that were evicted and are not gone yet.
    leaving: BTreeSet<String>,
    /// Refusals that were told.
    told: BTreeSet<String>,
}

/// Drains under way, by node.
pub(super) type Drains = BTreeMap<String, Drain>;

/// Cordons a node and starts to drain it.
pub(super) fn start(drains: &mut Drains, cluster: &mut Cluster, node: &str) -> Outcome {
    match cluster.cordon_node(node, true) {
        Ok(()) => {
            drains.insert(node.to_owned(), Drain { next: cluster.now(), ..Drain::default() });
            Outcome::said(format!("node/{node} cordoned"))
        }
        Err(status) => Outcome::refused(status.message),
    }
}

/// When a drain wants to be looked at again although nothing happens in the cluster.
pub(super) fn next_deadline(drains: &Drains, now: Instant) -> Option<Instant> {
    drains.values().map(|drain| drain.next).filter(|next| *next > now).min()
}

/// Does what is due for every drain; says what was done.
pub(super) fn drive(drains: &mut Drains, cluster: &mut Cluster) -> Outcome {
    let mut outcome = Outcome::default();
    let mut done = Vec::new();
    for (node, drain) in drains.iter_mut() {
        if drain.drive(node, cluster, &mut outcome) {
            done.push(node.clone());
        }
    }
    for node in done {
        drains.remove(&node);
    }
    outcome
}

fn of_daemon_set(pod: &Object) -> bool {
    pod.meta.controller().is_some_and(|owner| &*owner.kind == Kind::DaemonSet.name())
}

impl Drain {
    /// What was refused so far, a line for each pod that is still here.
    pub(super) fn refusals(&self) -> impl Iterator<Item = &str> {
        self.told.iter().map(String::as_str)
    }

    /// Whether it has ended.
    fn drive(&mut self, node: &str, cluster: &mut Cluster, outcome: &mut Outcome) -> bool {
        if cluster.get(Kind::Node, "", node).is_err() {
            outcome.refusals.push(format!("nodes \"{node}\" not found"));
            return true;
        }
        let is_here = |pod: &&std::rc::Rc<Object>| {
            pod.as_pod().is_some_and(|pod| pod.node.as_deref() == Some(node)) && !of_daemon_set(pod)
        };
        let here: Vec<Key> = cluster.list(Kind::Pod).filter(is_here).map(|pod| pod.key()).collect();
        self.leaving.retain(|name| {
            let stays = here.iter().any(|pod| shown(pod) == *name);
            if !stays {
                outcome.messages.push(format!("pod/{} evicted", name.rsplit('/').next().unwrap_or(name)));
            }
            stays
        });
        if here.is_empty() {
            outcome.messages.push(format!("node/{node} drained"));
            return true;
        }
        if self.next > cluster.now() {
            return false;
        }
        self.next = cluster.now() + RETRY;
        for pod in here.iter().filter(|pod| !self.leaving.contains(&shown(pod))).collect::<Vec<_>>() {
            match cluster.evict(&pod.namespace, &pod.name, &DeleteOptions::default()) {
                Ok(()) => {
                    outcome.messages.push(format!("evicting pod {}", shown(pod)));
                    self.leaving.insert(shown(pod));
                }
                Err(status) => {
                    let what = format!("error when evicting pods/\"{}\" -n \"{}\"", pod.name, pod.namespace);
                    let again = status.code == 429;
                    let text = match again {
                        true => format!("{what} (will retry after 5s): {}", status.message),
                        false => format!("{what}: {}", status.message),
                    };
                    if self.told.insert(text.clone()) {
                        outcome.refusals.push(text);
                    }
                    if !again && !status.is_not_found() {
                        return true;
                    }
                }
            }
            cluster.settle();
        }
        false
    }
}

fn shown(pod: &Key) -> String {
    format!("{}/{}", pod.namespace, pod.name)
}
