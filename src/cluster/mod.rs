//! A Kubernetes that lives in memory: the API server's store, the controllers, the scheduler, virtual time.
//!
//! In: requests ([`Cluster::create`], [`Cluster::patch`], [`Cluster::scale`], [`Cluster::delete`],
//! [`Cluster::evict`]), what kubelets and nodes report, and time. Out: objects, endpoints, events, refusals.
//!
//! Invariants: the same requests at the same times give the same world; [`Cluster::settle`] passes no time and
//! always ends; the only way in is what the API offers; a clone is cheap and shares what nobody writes to.
//! Mirrors: kube-apiserver, kube-controller-manager and kube-scheduler of 1.36 (`tests/golden/traces`).

mod admission;
mod automatic;
mod clock;
pub mod container;
mod controller;
mod delete;
#[cfg(test)]
mod dice;
pub mod dns;
mod endpoints;
mod event_correlator;
mod events;
mod informer;
#[cfg(test)]
mod invariants;
pub mod kubelet;
mod minikube;
mod network;
mod nodes;
mod object;
mod ordered_map;
pub mod pod_columns;
mod reasons;
mod report;
mod request;
mod status;
mod store;
mod time;
mod work;
pub mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::api::IntOrString;
use crate::api::gates::Gates;

pub use automatic::SecondWriter;
pub use delete::{DeleteOptions, Propagation};
pub use endpoints::{Endpoint, EndpointPort, EndpointSlice};
pub use events::{Event, EventType};
pub use network::{Target, Visit};
pub use object::{
    AffinityTerm, Body, Claim, ClaimPhase, ClaimTemplate, Condition, ContainerState, ContainerStatus,
    Deletion, Key, Kind, Labels, Meta, Object, OwnerReference, Phase, Plain, Pod, PodSpec, PodStatus,
    PodTemplate, Resources, Retention, Revision, RollingUpdate, Selector, StatefulSet, StatefulSetSpec,
    StatefulSetStatus, Toleration, Uid, UpdateStrategy,
};
pub use reasons::{Gate, Reason};
pub use report::PodReport;
pub use request::PatchType;
pub use status::{Cause, Status};
pub use time::{Duration, Instant};

use endpoints::EndpointTable;
use events::EventLog;
use store::Store;
use work::WorkQueue;

/// How many pods a cluster holds, so that a slip of the reader costs no memory.
pub(crate) const MAX_PODS: u32 = 20_000;

/// What may differ from cluster to cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Feature gates.
    pub gates: Gates,
    /// Whether volumes are provisioned as soon as they may be.
    pub auto_provision: bool,
    /// How long a node may be silent before it counts as lost (50 s by default).
    pub node_grace: Duration,
    /// Whether controllers look at everything each time, as the real ones do, instead of at what changed. Both give
    /// the same; this is the slow way, for tests.
    pub plain_controllers: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            gates: Gates::default(),
            auto_provision: true,
            node_grace: Duration::seconds(50),
            plain_controllers: false,
        }
    }
}

/// A simulated cluster.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    settings: Settings,
    now: Instant,
    store: Store,
    queue: WorkQueue,
    events: EventLog,
    endpoints: EndpointTable,
    rosters: BTreeMap<Uid, controller::stateful_set::Roster>,
    /// Pods that no node took.
    unschedulable: BTreeSet<Key>,
    /// Nodes that do not report, and since when.
    silent: BTreeMap<Rc<str>, Instant>,
    /// Nodes that were deleted, and until when their pods stay.
    missing_nodes: BTreeMap<Rc<str>, Instant>,
    addresses: u32,
    services: u32,
    suffixes: u64,
    overruns: u32,
    /// What readers put on workloads, in thousandths of a core.
    loads: BTreeMap<(Kind, Key), u64>,
    autoscalers: BTreeMap<Uid, controller::autoscaler::Memory>,
    job_failures: BTreeMap<Uid, controller::job::Failures>,
    /// The kubelets; none while pods are played by hand.
    automatic: Option<Rc<automatic::Automatic>>,
}

impl Cluster {
    /// An empty cluster: no node, no storage class, the namespace `default`.
    pub fn new(settings: Settings) -> Cluster {
        let mut cluster = Cluster { settings, suffixes: 1, ..Cluster::default() };
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name}, "status": {"phase": "Active"}});
            cluster.store.create(Object::from_value(Kind::Namespace, &namespace), Instant(0));
        }
        cluster.inform();
        cluster
    }

    /// How it differs from other clusters.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// An object by kind, namespace (ignored for objects of the whole cluster) and name.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Result<&Rc<Object>, Status> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        self.store.find(kind, namespace, name).ok_or_else(|| Status::not_found(kind, name))
    }

    /// All objects of a kind, by namespace and name.
    pub fn list(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Rc<Object>> + '_ {
        self.store.list(kind)
    }

    /// How many objects of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.store.count(kind)
    }

    /// The object with an identity.
    pub fn by_uid(&self, uid: Uid) -> Option<&Rc<Object>> {
        let (kind, key) = self.store.by_uid(uid)?;
        self.store.get(*kind, key)
    }

    /// All events, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Rc<Event>> + '_ {
        self.events.iter()
    }

    /// The version of the last write.
    pub fn resource_version(&self) -> u64 {
        self.store.resource_version()
    }

    /// How often settling was cut short because it did not come to an end; not 0 is a bug of the model.
    pub fn overruns(&self) -> u32 {
        self.overruns
    }

    fn event(
        &mut self,
        object: &Object,
        event_type: EventType,
        reason: &'static str,
        message: &str,
        source: &'static str,
    ) {
        self.events.record(object, event_type, reason, message, source, self.now);
    }

    /// Five letters for a generated name, other ones each time.
    fn suffix(&mut self) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut state = self.suffixes;
        self.suffixes += 1;
        let mut text = String::new();
        for _ in 0..5 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push(char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()]));
        }
        text
    }
}
