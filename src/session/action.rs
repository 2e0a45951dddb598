//! What a reader can do to the world.

use serde::{Deserialize, Serialize};

use super::HookEvent;
use super::stored_action::StoredAction;
use crate::cluster::workload::Fault;

/// One thing that a reader does. Stored in logs, so variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredAction", into = "StoredAction")]
pub enum Action {
    /// `helm install`, or `helm upgrade` if the release exists.
    Apply {
        /// The release's name.
        release: String,
        /// The release's namespace.
        namespace: String,
        /// The rendered manifests without hooks, in install order, as one YAML text.
        manifest: String,
        /// The rendered hooks.
        hooks: Vec<HookManifest>,
        /// `--force-conflicts`: what others changed is taken over.
        force_conflicts: bool,
    },
    /// `helm uninstall`.
    Uninstall {
        /// The release's name.
        release: String,
    },
    /// `kubectl delete`.
    Delete {
        /// The object's kind, such as `Pod`.
        kind: String,
        /// The object's namespace.
        namespace: String,
        /// The object's name.
        name: String,
        /// Seconds that containers get to end; `None` is what the object asks for, 0 is force deletion.
        grace_period_seconds: Option<i64>,
        /// Whether dependents go too: `Background` (default), `Foreground` or `Orphan`.
        propagation: Option<String>,
    },
    /// `kubectl scale`.
    Scale {
        /// `StatefulSet` or `Deployment`.
        kind: String,
        /// The object's namespace.
        namespace: String,
        /// The object's name.
        name: String,
        /// How many replicas.
        replicas: i32,
    },
    /// `kubectl patch`.
    Patch {
        /// The object's kind.
        kind: String,
        /// The object's namespace.
        namespace: String,
        /// The object's name.
        name: String,
        /// The strategic merge patch.
        patch: serde_json::Value,
    },
    /// Makes a pod's program misbehave from now on, or behave again.
    Fault {
        /// The pod's namespace.
        namespace: String,
        /// The pod's name: the fault stays with the name when the pod is replaced.
        pod: String,
        /// What goes wrong; `None` is nothing.
        fault: Option<Fault>,
    },
    /// Ends a container's program with exit code 1, once.
    Crash {
        /// The pod's namespace.
        namespace: String,
        /// The pod's name.
        pod: String,
        /// The container's name.
        container: String,
    },
    /// Something that happens to a node.
    Node {
        /// Its name.
        name: String,
        /// What.
        change: NodeChange,
    },
    /// A ready node joins the cluster.
    AddNode {
        /// Its name.
        name: String,
        /// Its label `topology.kubernetes.io/zone`, if it has one.
        zone: Option<String>,
    },
    /// A request to a pod's `eviction` subresource.
    Evict {
        /// The pod's namespace.
        namespace: String,
        /// The pod's name.
        pod: String,
    },
    /// Puts a load on a workload, which its autoscaler measures. The pods that are ready share it evenly.
    Load {
        /// `StatefulSet`, `Deployment` or `ReplicaSet`.
        kind: String,
        /// The object's namespace.
        namespace: String,
        /// The object's name.
        name: String,
        /// Thousandths of a core in all; `None` takes the load away, and with it the metrics.
        millicores: Option<u64>,
    },
    /// A client visits the app.
    Visit {
        /// The Service's namespace.
        namespace: String,
        /// The Service's name.
        service: String,
    },
}

/// What can happen to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeChange {
    /// It stops reporting, as when its power is cut.
    Lose,
    /// It reports again.
    Return,
    /// `kubectl cordon`.
    Cordon,
    /// `kubectl uncordon`; ends a drain that is under way.
    Uncordon,
    /// `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`; goes on as time passes.
    Drain,
    /// `kubectl delete node`.
    Delete,
    /// The taint `node.kubernetes.io/out-of-service:NoExecute` is put on it.
    TaintOutOfService,
    /// That taint is taken off.
    UntaintOutOfService,
}

/// A hook of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookManifest {
    /// One YAML document.
    pub manifest: String,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// Lower weights run first.
    pub weight: i32,
    /// `before-hook-creation`, `hook-succeeded`, `hook-failed`; none given means the first.
    pub delete_policies: Vec<String>,
}

/// What came of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, a line each, in the words of the tool that would print it.
    pub messages: Vec<String>,
    /// Refusals, a line each, in the words of the API server.
    pub refusals: Vec<String>,
}

impl Outcome {
    /// An outcome that says one thing.
    pub fn said(message: impl Into<String>) -> Outcome {
        Outcome { messages: vec![message.into()], refusals: Vec::new() }
    }

    /// An outcome that was refused.
    pub fn refused(message: impl Into<String>) -> Outcome {
        Outcome { messages: Vec::new(), refusals: vec![message.into()] }
    }
}
