//! What no object tells: the data in containers and on volumes, faults, silent nodes, why a name does not resolve, and
//! why things wait.

use std::collections::{BTreeMap, BTreeSet};

use super::super::object::ObjectKey;
use super::super::why::Reasons;

/// A namespace and a name in it.
pub type Place = (String, String);

/// What no object tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The count of each pod's app.
    pub visits: BTreeMap<Place, u64>,
    /// Files on the volume of each claim, and their bytes.
    pub claims: BTreeMap<Place, (usize, usize)>,
    /// What goes wrong in a pod because the reader asked for it.
    pub faults: BTreeMap<Place, &'static str>,
    /// Pods whose identity a second running pod has.
    pub twins: BTreeSet<Place>,
    /// Why a name does not resolve, by the whole name.
    pub dark: BTreeMap<String, &'static str>,
    /// Nodes that do not report, whether the cluster has noticed or not.
    pub silent: BTreeSet<String>,
    /// Nodes that are being drained, and what was refused at the last try.
    pub drains: BTreeMap<String, Vec<String>>,
    /// The load that the reader put on workloads, in thousandths of a core.
    pub loads: BTreeMap<ObjectKey, u64>,
    /// Why things wait.
    pub waits: Reasons,
}
