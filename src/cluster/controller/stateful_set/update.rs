//! The heart of a sync: which pod is created, repaired, deleted or replaced next, and what the status becomes.
//!
//! Mirrors `updateStatefulSet` and what it calls.

use std::rc::Rc;

use super::{REVISION_LABEL, RevisionRef, Sync, parent_and_ordinal};
use crate::cluster::controller::slow_start::slow_start;
use crate::cluster::object::{Object, Phase, Pod, StatefulSetStatus, UpdateStrategy};
use crate::cluster::{Cluster, Instant, MAX_PODS, Status};
use crate::gather::sort_by_key;

/// The pod of an ordinal that should exist, or the one to be made.
pub(super) struct Replica {
    pub(super) ordinal: u32,
    pub(super) object: Option<Rc<Object>>,
    pub(super) revision: RevisionName,
}

pub(super) enum RevisionName {
    /// Of a pod that exists; `None` if it has no such label.
    Labelled(Option<Rc<str>>),
    /// That a pod to be made will have.
    Planned(RevisionRef),
}

impl RevisionName {
    fn is(&self, name: &str) -> bool {
        match self {
            RevisionName::Labelled(label) => label.as_deref().unwrap_or("") == name,
            RevisionName::Planned(revision) => &*revision.name == name,
        }
    }
}

/// Whether to go on to the next pod.
pub(super) enum Flow {
    Continue,
    Exit,
}

/// Does what one sync does to pods and claims. The status holds even if something failed.
pub(super) fn update(
    cluster: &mut Cluster,
    sync: &Sync,
    pods: &[Rc<Object>],
    collisions: u32,
) -> (StatefulSetStatus, Result<(), Status>) {
    let mut status = StatefulSetStatus {
        observed_generation: sync.meta.generation,
        current_revision: sync.current.name.clone(),
        update_revision: sync.update.name.clone(),
        collision_count: Some(collisions),
        ..StatefulSetStatus::default()
    };
    count(&mut status, sync, pods.iter(), cluster.now);
    if sync.meta.is_terminating() {
        return (status, Ok(()));
    }
    let (replicas, condemned) = partition(sync, pods);
    let first_unavailable = first_unavailable(sync, &replicas, &condemned, cluster.now);
    let outcome = scale(cluster, sync, &replicas, &condemned, first_unavailable);
    let existing = replicas.iter().filter_map(|replica| replica.object.as_ref());
    count(&mut status, sync, existing.chain(condemned.iter().map(|(_, pod)| pod)), cluster.now);
    match outcome {
        Ok(Flow::Continue) => {}
        Ok(Flow::Exit) => return (status, Ok(())),
        Err(error) => return (status, Err(error)),
    }
    let outcome = match &sync.spec.update {
        UpdateStrategy::OnDelete => Ok(()),
        UpdateStrategy::RollingUpdate(_) if cluster.settings.gates.max_unavailable_stateful_set => {
            replace_many(cluster, sync, &replicas, &mut status)
        }
        UpdateStrategy::RollingUpdate(_) => replace_one(cluster, sync, &replicas, &mut status),
    };
    (status, outcome)
}

/// Counts pods into a status, from zero.
fn count<'a>(
    status: &mut StatefulSetStatus,
    sync: &Sync,
    pods: impl Iterator<Item = &'a Rc<Object>>,
    now: Instant,
) {
    (status.replicas, status.ready_replicas, status.available_replicas) = (0, 0, 0);
    (status.current_replicas, status.updated_replicas) = (0, 0);
    for object in pods {
        let Some(pod) = object.as_pod() else { continue };
        status.replicas += 1;
        if pod.is_running_and_ready() {
            status.ready_replicas += 1;
            status.available_replicas += u32::from(pod.is_available(sync.spec.min_ready_seconds, now));
        }
        if !object.meta.is_terminating() {
            let revision = object.meta.label(REVISION_LABEL);
            status.current_replicas += i64::from(revision == Some(&sync.current.name));
            status.updated_replicas += u32::from(revision == Some(&sync.update.name));
        }
    }
}

/// The pods that should exist, made up where they are missing, and the condemned ones, highest ordinal first.
fn partition(sync: &Sync, pods: &[Rc<Object>]) -> (Vec<Replica>, Vec<(u32, Rc<Object>)>) {
    // More than a cluster holds cannot be made, so that a slip of the reader costs no memory.
    let ordinals = sync.spec.ordinals();
    let ordinals = ordinals.start..ordinals.end.min(ordinals.start.saturating_add(2 * MAX_PODS));
    let mut found: Vec<Option<&Rc<Object>>> = vec![None; ordinals.len()];
    let mut condemned = Vec::new();
    for pod in pods {
        let Some((_, ordinal)) = parent_and_ordinal(&pod.meta.name) else { continue };
        if ordinals.contains(&ordinal) {
            found[(ordinal - ordinals.start) as usize] = Some(pod);
        } else {
            condemned.push((ordinal, pod.clone()));
        }
    }
    sort_by_key(&mut condemned, |(ordinal, _)| std::cmp::Reverse(*ordinal));
    let replica = |(ordinal, pod): (u32, Option<&Rc<Object>>)| Replica {
        ordinal,
        revision: match pod {
            Some(pod) => RevisionName::Labelled(pod.meta.labels.get(REVISION_LABEL).cloned()),
            None => RevisionName::Planned(planned_revision(sync, ordinal).clone()),
        },
        object: pod.cloned(),
    };
    (ordinals.zip(found).map(replica).collect(), condemned)
}

/// The revision a pod is made at: the old one below the partition; without `rollingUpdate`, below the number of
/// pods that the status still counts at the old one.
pub(super) fn planned_revision(sync: &Sync, ordinal: u32) -> &RevisionRef {
    let index = i64::from(ordinal) - i64::from(sync.spec.start);
    let is_old = match &sync.spec.update {
        UpdateStrategy::RollingUpdate(Some(rolling)) => index < rolling.partition,
        UpdateStrategy::RollingUpdate(None) => index < sync.status.current_replicas,
        UpdateStrategy::OnDelete => false,
    };
    if is_old { &sync.current } else { &sync.update }
}

fn is_unavailable(sync: &Sync, object: Option<&Object>, now: Instant) -> bool {
    object.is_none_or(|object| {
        object.meta.is_terminating()
            || object.as_pod().is_none_or(|pod| !is_running_and_available(sync, pod, now))
    })
}

fn is_running_and_available(sync: &Sync, pod: &Pod, now: Instant) -> bool {
    pod.status.phase == Phase::Running && pod.is_available(sync.spec.min_ready_seconds, now)
}

/// The lowest ordinal that is unavailable; of the condemned only if all that should exist are available.
fn first_unavailable(
    sync: &Sync,
    replicas: &[Replica],
    condemned: &[(u32, Rc<Object>)],
    now: Instant,
) -> Option<u32> {
    let replica = replicas.iter().find(|replica| is_unavailable(sync, replica.object.as_deref(), now));
    let condemned = || condemned.iter().rev().find(|(_, pod)| is_unavailable(sync, Some(pod), now));
    replica.map(|replica| replica.ordinal).or_else(|| condemned().map(|(ordinal, _)| *ordinal))
}

/// Creates and repairs what should exist, then deletes what should not.
fn scale(
    cluster: &mut Cluster,
    sync: &Sync,
    replicas: &[Replica],
    condemned: &[(u32, Rc<Object>)],
    first_unavailable: Option<u32>,
) -> Result<Flow, Status> {
    if let Flow::Exit = for_all(sync, replicas, |replica| process_replica(cluster, sync, replica))? {
        return Ok(Flow::Exit);
    }
    for_all(sync, condemned, |(ordinal, pod)| {
        let identity = super::claims::PodIdentity::of(pod, *ordinal);
        if !sync.claims_match_retention(cluster, &identity) {
            sync.set_claim_owners(cluster, &identity);
        }
        Ok(Flow::Continue)
    })?;
    for_all(sync, condemned, |(ordinal, pod)| {
        process_condemned(cluster, sync, *ordinal, pod, first_unavailable)
    })
}

/// Ordered sets go one by one and stop where they must; parallel ones go in batches that double, and stop after a
/// batch in which something failed.
fn for_all<T>(
    sync: &Sync,
    items: &[T],
    mut process: impl FnMut(&T) -> Result<Flow, Status>,
) -> Result<Flow, Status> {
    if !sync.spec.is_parallel {
        for item in items {
            if let Flow::Exit = process(item)? {
                return Ok(Flow::Exit);
            }
        }
        return Ok(Flow::Continue);
    }
    slow_start(items, |item| process(item).map(|_| ()))?;
    Ok(Flow::Continue)
}

pub(super) fn process_replica(cluster: &mut Cluster, sync: &Sync, replica: &Replica) -> Result<Flow, Status> {
    let ordered = !sync.spec.is_parallel;
    let ordinal = replica.ordinal;
    let Some(object) = &replica.object else {
        let RevisionName::Planned(revision) = &replica.revision else { return Ok(Flow::Continue) };
        if sync.has_stale_claim(cluster, &sync.pod_name(ordinal), ordinal) {
            return Ok(Flow::Exit);
        }
        sync.create_pod(cluster, ordinal, revision)?;
        return Ok(if ordered { Flow::Exit } else { Flow::Continue });
    };
    let Some(pod) = object.as_pod() else { return Ok(Flow::Continue) };
    if pod.is_finished() {
        // However it ended, a pod of a set is started again, under its name, once it is gone.
        if !object.meta.is_terminating() {
            sync.delete_pod(cluster, &object.meta.name)?;
        }
        return Ok(Flow::Exit);
    }
    if pod.status.phase == Phase::Pending {
        sync.create_missing_claims(cluster, object, ordinal)?;
    }
    if ordered
        && (object.meta.is_terminating()
            || !pod.is_running_and_ready()
            || !is_running_and_available(sync, pod, cluster.now))
    {
        return Ok(Flow::Exit);
    }
    if !sync.matches(cluster, object, pod, ordinal) {
        sync.update_pod(cluster, object, ordinal)?;
    }
    Ok(Flow::Continue)
}

pub(super) fn process_condemned(
    cluster: &mut Cluster,
    sync: &Sync,
    ordinal: u32,
    object: &Rc<Object>,
    first_unavailable: Option<u32>,
) -> Result<Flow, Status> {
    let ordered = !sync.spec.is_parallel;
    if object.meta.is_terminating() {
        return Ok(if ordered { Flow::Exit } else { Flow::Continue });
    }
    let available = object.as_pod().is_some_and(|pod| is_running_and_available(sync, pod, cluster.now));
    if ordered && !available && first_unavailable != Some(ordinal) {
        return Ok(Flow::Exit);
    }
    sync.delete_pod(cluster, &object.meta.name)?;
    Ok(Flow::Exit)
}

fn is_outdated(sync: &Sync, replica: &Replica) -> bool {
    let terminating = replica.object.as_ref().is_some_and(|object| object.meta.is_terminating());
    !replica.revision.is(&sync.update.name) && !terminating
}

/// Below this index pods keep their revision.
pub(super) fn update_from(sync: &Sync) -> usize {
    match &sync.spec.update {
        UpdateStrategy::RollingUpdate(Some(rolling)) => {
            usize::try_from(rolling.partition).unwrap_or(usize::MAX)
        }
        _ => 0,
    }
}

/// Deletes a pod for an update; that it is gone already is no error.
pub(super) fn delete_outdated(cluster: &mut Cluster, sync: &Sync, ordinal: u32) -> Result<(), Status> {
    match sync.delete_pod(cluster, &sync.pod_name(ordinal)) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

/// Replaces the highest pod that is outdated, unless a higher one is unavailable.
fn replace_one(
    cluster: &mut Cluster,
    sync: &Sync,
    replicas: &[Replica],
    status: &mut StatefulSetStatus,
) -> Result<(), Status> {
    for replica in replicas.iter().skip(update_from(sync)).rev() {
        if is_outdated(sync, replica) {
            delete_outdated(cluster, sync, replica.ordinal)?;
            status.current_replicas -= 1;
            return Ok(());
        }
        if is_unavailable(sync, replica.object.as_deref(), cluster.now) {
            return Ok(());
        }
    }
    Ok(())
}

/// Replaces outdated pods from the highest down, as many as `maxUnavailable` leaves.
fn replace_many(
    cluster: &mut Cluster,
    sync: &Sync,
    replicas: &[Replica],
    status: &mut StatefulSetStatus,
) -> Result<(), Status> {
    let limit = max_unavailable(sync);
    let now = cluster.now;
    let unavailable =
        replicas.iter().filter(|replica| is_unavailable(sync, replica.object.as_deref(), now)).count();
    let mut left = limit.saturating_sub(unavailable);
    for replica in replicas.iter().skip(update_from(sync)).rev() {
        if left == 0 {
            break;
        }
        if is_outdated(sync, replica) {
            delete_outdated(cluster, sync, replica.ordinal)?;
            left -= 1;
            status.current_replicas -= 1;
        }
    }
    Ok(())
}

/// How many pods of the set may be away at once: at least one; shares are rounded down.
pub(super) fn max_unavailable(sync: &Sync) -> usize {
    let limit = match &sync.spec.update {
        UpdateStrategy::RollingUpdate(Some(rolling)) => rolling.max_unavailable.as_ref(),
        _ => None,
    };
    let limit =
        limit.and_then(|limit| limit.scaled(i64::from(sync.spec.replicas), false)).unwrap_or(1).max(1);
    usize::try_from(limit).unwrap_or(usize::MAX)
}
