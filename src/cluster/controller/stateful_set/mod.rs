//! Keeps a StatefulSet's pods, claims and revisions as its specification says, one sync at a time.
//!
//! Invariants: at most one pod an ordinal; a claim's data is never touched; under `OrderedReady` an ordinal is acted
//! on only when all lower ones are available.
//! Mirrors: `pkg/controller/statefulset` of Kubernetes 1.36.

mod claims;
mod history;
mod indexed;
mod members;
mod pods;
mod retention;
mod roster;
#[cfg(test)]
mod tests;
mod update;

pub(crate) use roster::Roster;

use std::rc::Rc;

use crate::cluster::object::{
    Key, Kind, Meta, Object, OwnerReference, PodTemplate, StatefulSetSpec, StatefulSetStatus,
};
use crate::cluster::work::Work;
use crate::cluster::{Body, Cluster, Duration, EventType, Status};
use crate::gather::Gather;

/// Who the events are from.
const SOURCE: &str = "statefulset-controller";
/// The label that names a pod's revision.
const REVISION_LABEL: &str = "controller-revision-hash";
/// The label that names the pod, for Services of one pod.
const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
/// The label that tells the ordinal.
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// A revision, as far as a sync needs it.
#[derive(Clone)]
struct RevisionRef {
    name: Rc<str>,
    template: Rc<PodTemplate>,
}

/// What one sync works on: the set as it was when it began.
struct Sync {
    meta: Meta,
    spec: Rc<StatefulSetSpec>,
    status: StatefulSetStatus,
    object: Rc<Object>,
    current: RevisionRef,
    update: RevisionRef,
}

/// One sync of one set.
pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(object) = cluster.store.get(Kind::StatefulSet, key).cloned() else { return Ok(()) };
    let Some(set) = object.as_stateful_set() else { return Ok(()) };
    history::adopt_orphans(cluster, &object);
    let roster = take_roster(cluster, &object, set);
    let members = if roster.is_none() { members::claim(cluster, &object) } else { Vec::new() };
    let revisions = history::list(cluster, &object);
    let (current, update, collisions) = history::current_and_update(cluster, &object, &revisions);
    let sync = Sync {
        meta: object.meta.clone(),
        spec: set.spec.clone(),
        status: set.status.clone(),
        object: object.clone(),
        current,
        update,
    };
    let (status, outcome, in_use) = match roster {
        Some(mut roster) => {
            let (status, outcome) = indexed::update(cluster, &sync, &mut roster, collisions);
            let in_use =
                (revisions.len() > sync.spec.revision_history_limit).then(|| roster.revisions_in_use());
            cluster.rosters.insert(object.meta.uid, roster);
            (status, outcome, in_use.unwrap_or_default())
        }
        None => {
            let (status, outcome) = update::update(cluster, &sync, &members, collisions);
            let labels = members.iter().filter_map(|pod| pod.meta.labels.get(REVISION_LABEL).cloned());
            (status, outcome, labels.gather())
        }
    };
    let available = status.available_replicas;
    write_status(cluster, &sync, status);
    history::truncate(cluster, &sync, || in_use, &revisions);
    outcome?;
    if sync.spec.min_ready_seconds > 0 && available != sync.spec.replicas {
        let at = next_availability(cluster, &sync, &members);
        cluster.queue.add_at(Work::StatefulSet(key.clone()), at);
    }
    Ok(())
}

/// When the next pod becomes available, if none changes; at the latest after the time that a pod must be ready.
fn next_availability(cluster: &Cluster, sync: &Sync, members: &[Rc<Object>]) -> crate::cluster::Instant {
    let wait = Duration::seconds(sync.spec.min_ready_seconds);
    let ready = members.iter().filter_map(|pod| pod.as_pod()?.status.condition("Ready"));
    let due = ready.filter(|ready| &*ready.status == "True").map(|ready| ready.since + wait);
    due.filter(|due| *due > cluster.now).min().unwrap_or(cluster.now + wait)
}

/// The roster to work from, if it tells all that a sync needs: pods come and go only by writes to them.
fn take_roster(cluster: &mut Cluster, object: &Object, set: &crate::cluster::StatefulSet) -> Option<Roster> {
    if cluster.settings.plain_controllers || set.spec.min_ready_seconds > 0 || object.meta.is_terminating() {
        return None;
    }
    let belongs = |pod: &Object| {
        set.spec.selector.matches(&pod.meta.labels)
            && parent_and_ordinal(&pod.meta.name).is_some_and(|(parent, _)| *parent == *object.meta.name)
    };
    let may_adopt = |pod: &&Rc<Object>| {
        pod.meta.namespace == object.meta.namespace && !pod.meta.is_terminating() && belongs(pod)
    };
    if cluster.store.owned(crate::cluster::store::NOBODY, Kind::Pod).any(|pod| may_adopt(&pod)) {
        return None;
    }
    let roster = cluster.rosters.entry(object.meta.uid).or_default();
    if !roster.is_regular() || !roster.check(belongs) {
        return None;
    }
    roster.begin(&set.spec);
    cluster.rosters.remove(&object.meta.uid)
}

/// Writes the status if it says something new. An update is complete when all pods are updated and ready.
fn write_status(cluster: &mut Cluster, sync: &Sync, mut status: StatefulSetStatus) {
    let wanted = sync.spec.replicas;
    if matches!(sync.spec.update, crate::cluster::UpdateStrategy::RollingUpdate(_))
        && status.updated_replicas == wanted
        && status.ready_replicas == wanted
        && status.replicas == wanted
    {
        status.current_replicas = i64::from(status.updated_replicas);
        status.current_revision = status.update_revision.clone();
    }
    let old = &sync.status;
    let consistent = status.observed_generation <= old.observed_generation
        && StatefulSetStatus { collision_count: None, observed_generation: 0, ..status.clone() }
            == StatefulSetStatus { collision_count: None, observed_generation: 0, ..old.clone() };
    if consistent {
        return;
    }
    let Some(stored) = cluster.store.get(Kind::StatefulSet, &sync.meta.key()) else { return };
    if stored.meta.uid != sync.meta.uid {
        return;
    }
    let mut stored = (**stored).clone();
    if let Body::StatefulSet(set) = &mut stored.body {
        set.status = status;
    }
    cluster.write(stored);
}

impl Sync {
    /// The references by which the set owns what it manages.
    fn owner(&self) -> Rc<[OwnerReference]> {
        Rc::new([OwnerReference::controller(Kind::StatefulSet, &self.meta)])
    }

    fn pod_name(&self, ordinal: u32) -> String {
        format!("{}-{ordinal}", self.meta.name)
    }

    /// Tells how an attempt on a pod went, as `recordPodEvent`.
    fn pod_event(&self, cluster: &mut Cluster, verb: Verb, pod: &str, outcome: &Result<(), Status>) {
        let (set, (title, success, failure)) = (&self.meta.name, verb.words());
        match outcome {
            Ok(()) => {
                let message = format!("{title} Pod {pod} in StatefulSet {set} successful");
                cluster.event(&self.object, EventType::Normal, success, &message, SOURCE);
            }
            Err(error) => {
                let message = format!("{title} Pod {pod} in StatefulSet {set} failed error: {error}");
                cluster.event(&self.object, EventType::Warning, failure, &message, SOURCE);
            }
        }
    }
}

/// What the controller attempts.
#[derive(Clone, Copy)]
enum Verb {
    Create,
    Update,
    Delete,
}

impl Verb {
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Verb::Create => ("Create", "SuccessfulCreate", "FailedCreate"),
            Verb::Update => ("Update", "SuccessfulUpdate", "FailedUpdate"),
            Verb::Delete => ("Delete", "SuccessfulDelete", "FailedDelete"),
        }
    }
}

/// The set's name and the ordinal that a pod's name says; `None` if it says none.
pub(crate) fn parent_and_ordinal(name: &str) -> Option<(&str, u32)> {
    let (parent, digits) = name.rsplit_once('-')?;
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    numeric.then(|| digits.parse::<i32>().ok()).flatten().map(|ordinal| (parent, ordinal.cast_unsigned()))
}
