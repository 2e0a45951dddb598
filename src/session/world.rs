//! A cluster and the Helm client beside it, at one moment.

use super::drain::{self, Drains};
use super::release::{self, Releases};
use super::{Action, NodeChange, Outcome, Release};
use crate::cluster::{Cluster, DeleteOptions, Instant, Kind, PatchType, Propagation, Status, Target};

/// The taint that tells the cluster that a node is gone for good.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// How often clients answer each other within one instant; far more than they ever need.
const MAX_ROUNDS: usize = 64;

/// Most nodes of a cluster.
const MAX_NODES: usize = 100;

/// The simulated cluster and the releases that Helm keeps in it. Cloning shares what did not change.
#[derive(Clone)]
pub struct World {
    /// The cluster.
    pub cluster: Cluster,
    pub(super) releases: Releases,
    drains: Drains,
}

impl World {
    /// An empty cluster with so many nodes, at time zero.
    pub(super) fn new(nodes: usize) -> World {
        World { cluster: Cluster::with_nodes(nodes), releases: Releases::new(), drains: Drains::new() }
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.cluster.now()
    }

    /// The releases by name.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.releases.values()
    }

    /// The release of a name.
    pub fn release(&self, name: &str) -> Option<&Release> {
        self.releases.get(name)
    }

    /// Does what the reader asks, then lets the controllers settle without passing time.
    pub(super) fn act(&mut self, action: &Action) -> Outcome {
        let mut outcome = match action {
            Action::Apply { release, namespace, manifest, hooks, force_conflicts } => {
                let chart = (manifest.as_str(), hooks.as_slice());
                release::apply(&mut self.releases, release, namespace, chart, *force_conflicts)
            }
            Action::Uninstall { release } => release::uninstall(&mut self.releases, release),
            Action::Delete { kind, namespace, name, grace_period_seconds, propagation } => {
                // `kubectl delete` cascades in the background unless it is told otherwise.
                let propagation = propagation.as_deref().and_then(Propagation::named);
                let propagation = propagation.or(Some(Propagation::Background));
                let options = DeleteOptions { propagation, grace_period_seconds: *grace_period_seconds };
                self.on(kind, |cluster, kind| {
                    cluster.delete(kind, namespace, name, &options)?;
                    Ok(format!("{} \"{name}\" deleted", kind.qualified_resource()))
                })
            }
            Action::Scale { kind, namespace, name, replicas } => self.on(kind, |cluster, kind| {
                cluster.scale(kind, namespace, name, i64::from(*replicas))?;
                Ok(format!("{}/{name} scaled", kind.qualified_resource()))
            }),
            Action::Patch { kind, namespace, name, patch } => self.on(kind, |cluster, kind| {
                cluster.patch(kind, namespace, name, PatchType::Strategic, patch)?;
                Ok(format!("{}/{name} patched", kind.qualified_resource()))
            }),
            Action::Fault { namespace, pod, fault } => {
                if self.cluster.set_fault(namespace, pod, *fault) {
                    Outcome::said(format!("pod {pod}: {}", fault.map_or("behaves", |_| "misbehaves")))
                } else {
                    Outcome::refused(format!("pods \"{pod}\" not found"))
                }
            }
            Action::Crash { namespace, pod, container } => {
                if self.cluster.crash(namespace, pod, container, 1) {
                    Outcome::said(format!("container {container} of pod {pod} ended with exit code 1"))
                } else {
                    Outcome::refused(format!("container {container} of pod {pod} is not running"))
                }
            }
            Action::Node { name, change } => self.change_node(name, *change),
            Action::AddNode { name, zone } => self.add_node(name, zone.as_deref()),
            Action::Evict { namespace, pod } => {
                match self.cluster.evict(namespace, pod, &DeleteOptions::default()) {
                    Ok(()) => Outcome::said(format!("pod/{pod} evicted")),
                    Err(status) => Outcome::refused(status.message),
                }
            }
            Action::Load { kind, namespace, name, millicores } => self.on(kind, |cluster, kind| {
                cluster.set_load(kind, namespace, name, *millicores)?;
                let load = millicores.map_or_else(|| "none".to_owned(), |load| format!("{load}m"));
                Ok(format!("load on {}/{name}: {load}", kind.qualified_resource()))
            }),
            Action::Visit { namespace, service } => {
                match self.cluster.visit(namespace, &Target::Service(service.clone())) {
                    Some(visit) => Outcome::said(format!("{service}: {} answered", visit.pod.name)),
                    None => Outcome::refused(format!("{service}: no pod answers")),
                }
            }
        };
        let driven = self.settle();
        outcome.messages.extend(driven.messages);
        outcome.refusals.extend(driven.refusals);
        outcome
    }

    /// Lets time pass until something changes, at most to `limit`; `true` if something did.
    pub(super) fn advance_to_next_change(&mut self, limit: Instant) -> bool {
        loop {
            let waits =
                [release::next_deadline(&self.releases), drain::next_deadline(&self.drains, self.now())];
            let stop = waits.into_iter().flatten().chain([limit]).min().unwrap_or(limit);
            let changed = self.cluster.advance_to_next_change(stop);
            let driven = self.settle();
            if changed || driven != Outcome::default() {
                return true;
            }
            if stop >= limit {
                return false;
            }
        }
    }

    /// Lets time pass to an instant before which nothing changes.
    pub(super) fn advance_quietly_to(&mut self, at: Instant) {
        if at > self.now() {
            self.advance_to_next_change(at);
        }
    }

    /// Nodes that are being drained, and what was refused so far.
    pub fn drains(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.drains.iter().map(|(node, drain)| (node.as_str(), drain.refusals().map(str::to_owned).collect()))
    }

    fn add_node(&mut self, name: &str, zone: Option<&str>) -> Outcome {
        if self.cluster.count(Kind::Node) >= MAX_NODES {
            return Outcome::refused(format!("the playground holds no more than {MAX_NODES} nodes"));
        }
        let errors = crate::api::names::dns_subdomain(name);
        if let Some(error) = errors.first() {
            return Outcome::refused(format!("Node \"{name}\" is invalid: metadata.name: {error}"));
        }
        let zone = zone.map(|zone| ("topology.kubernetes.io/zone", zone));
        match self.cluster.add_node(name, zone.as_slice()) {
            Ok(_) => Outcome::said(format!("node/{name} joined")),
            Err(status) => Outcome::refused(status.message),
        }
    }

    fn change_node(&mut self, name: &str, change: NodeChange) -> Outcome {
        if change == NodeChange::Drain {
            return drain::start(&mut self.drains, &mut self.cluster, name);
        }
        if change == NodeChange::Uncordon {
            self.drains.remove(name);
        }
        let cluster = &mut self.cluster;
        let (result, verb) = match change {
            NodeChange::Lose => (cluster.lose_node(name), "lost"),
            NodeChange::Return => (cluster.return_node(name), "returned"),
            NodeChange::Cordon => (cluster.cordon_node(name, true), "cordoned"),
            NodeChange::Uncordon => (cluster.cordon_node(name, false), "uncordoned"),
            NodeChange::Drain | NodeChange::Delete => {
                (cluster.delete(Kind::Node, "", name, &DeleteOptions::default()), "deleted")
            }
            NodeChange::TaintOutOfService => {
                (cluster.taint_node(name, OUT_OF_SERVICE, "nodeshutdown", "NoExecute"), "tainted")
            }
            NodeChange::UntaintOutOfService => (cluster.untaint_node(name, OUT_OF_SERVICE), "untainted"),
        };
        match result {
            Ok(()) => Outcome::said(format!("node/{name} {verb}")),
            Err(status) => Outcome::refused(status.message),
        }
    }

    /// Lets the controllers, Helm and drains do what can be done now, until nobody has anything to do.
    fn settle(&mut self) -> Outcome {
        let mut done = Outcome::default();
        for _ in 0..MAX_ROUNDS {
            self.cluster.settle();
            let mut driven = release::drive(&mut self.releases, &mut self.cluster);
            let drained = drain::drive(&mut self.drains, &mut self.cluster);
            driven.messages.extend(drained.messages);
            driven.refusals.extend(drained.refusals);
            if driven == Outcome::default() {
                break;
            }
            done.messages.extend(driven.messages);
            done.refusals.extend(driven.refusals);
        }
        done
    }

    fn on(&mut self, kind: &str, act: impl FnOnce(&mut Cluster, Kind) -> Result<String, Status>) -> Outcome {
        let Some(kind) = Kind::named(kind) else {
            return Outcome::refused(format!("the server doesn't have a resource type \"{kind}\""));
        };
        match act(&mut self.cluster, kind) {
            Ok(message) => Outcome::said(message),
            Err(status) => Outcome::refused(status.message),
        }
    }
}
