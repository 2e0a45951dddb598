//! The same decisions as [`super::update`], taken from the roster without looking at every pod.
//!
//! Invariant: gives exactly what the plain way gives; `tests` plays both side by side. Sets that wait for
//! `minReadySeconds` go the plain way, since time changes what is available without any write.

use std::ops::Range;
use std::rc::Rc;

use super::claims::PodIdentity;
use super::roster::Roster;
use super::update::{Flow, Replica, RevisionName, planned_revision, process_condemned, process_replica};
use super::{Sync, update};
use crate::cluster::controller::slow_start::MAX_BATCH;
use crate::cluster::object::{Object, StatefulSetStatus, UpdateStrategy};
use crate::cluster::{Cluster, MAX_PODS, Status};

/// Does what one sync does to pods and claims. The status holds even if something failed.
pub(super) fn update(
    cluster: &mut Cluster,
    sync: &Sync,
    roster: &mut Roster,
    collisions: u32,
) -> (StatefulSetStatus, Result<(), Status>) {
    let mut status = StatefulSetStatus {
        observed_generation: sync.meta.generation,
        replicas: roster.len(),
        ready_replicas: roster.ready(),
        current_replicas: i64::from(roster.count_of(&sync.current.name)),
        updated_replicas: roster.count_of(&sync.update.name),
        available_replicas: roster.ready(),
        current_revision: sync.current.name.clone(),
        update_revision: sync.update.name.clone(),
        collision_count: Some(collisions),
    };
    let outcome = match scale(cluster, sync, roster) {
        Ok(Flow::Exit) => Ok(()),
        Err(error) => Err(error),
        Ok(Flow::Continue) => match &sync.spec.update {
            UpdateStrategy::OnDelete => Ok(()),
            UpdateStrategy::RollingUpdate(_) if cluster.settings.gates.max_unavailable_stateful_set => {
                replace_many(cluster, sync, roster, &mut status)
            }
            UpdateStrategy::RollingUpdate(_) => replace_one(cluster, sync, roster, &mut status),
        },
    };
    (status, outcome)
}

fn replica(sync: &Sync, roster: &Roster, ordinal: u32) -> Replica {
    match roster.get(ordinal) {
        Some(object) => Replica {
            ordinal,
            revision: RevisionName::Labelled(object.meta.labels.get(super::REVISION_LABEL).cloned()),
            object: Some(object.clone()),
        },
        None => Replica {
            ordinal,
            revision: RevisionName::Planned(planned_revision(sync, ordinal).clone()),
            object: None,
        },
    }
}

fn scale(cluster: &mut Cluster, sync: &Sync, roster: &mut Roster) -> Result<Flow, Status> {
    let range = sync.spec.ordinals();
    let first_unavailable = first_unavailable(roster, &range);
    if sync.spec.is_parallel {
        process_in_batches(cluster, sync, roster, &range)?;
    } else if let Flow::Exit = process_in_order(cluster, sync, roster, &range)? {
        return Ok(Flow::Exit);
    }
    let outside = [0..range.start, range.end..u32::MAX];
    let mut condemned: Vec<u32> = outside.iter().flat_map(|range| roster.dirty_in(range)).collect();
    condemned.reverse();
    for ordinal in &condemned {
        if let Some(object) = roster.get(*ordinal) {
            let identity = PodIdentity::of(object, *ordinal);
            if !sync.claims_match_retention(cluster, &identity) {
                sync.set_claim_owners(cluster, &identity);
            }
        }
    }
    if !sync.spec.is_parallel {
        // Under order nothing happens below the highest condemned pod.
        let last = roster.last_outside(&range);
        condemned.iter().for_each(|ordinal| roster.settle(*ordinal));
        let Some((ordinal, object)) = last.and_then(|last| Some((last, roster.get(last)?.clone()))) else {
            return Ok(Flow::Continue);
        };
        return process_condemned(cluster, sync, ordinal, &object, first_unavailable);
    }
    let items: Vec<(u32, Rc<Object>)> =
        condemned.into_iter().filter_map(|ordinal| Some((ordinal, roster.get(ordinal)?.clone()))).collect();
    for (ordinal, object) in items {
        process_condemned(cluster, sync, ordinal, &object, first_unavailable)?;
        roster.settle(ordinal);
    }
    Ok(Flow::Continue)
}

/// The lowest ordinal that is unavailable; of the condemned only if all that should exist are available.
fn first_unavailable(roster: &Roster, range: &Range<u32>) -> Option<u32> {
    let inside = roster.first_unavailable_from(range.start).filter(|ordinal| range.contains(ordinal));
    let inside = inside.into_iter().chain(roster.first_missing(range)).min();
    let outside = || {
        let below = roster.first_unavailable_from(0).filter(|ordinal| *ordinal < range.start);
        below.or_else(|| roster.first_unavailable_from(range.end))
    };
    inside.or_else(outside)
}

fn process_in_order(
    cluster: &mut Cluster,
    sync: &Sync,
    roster: &mut Roster,
    range: &Range<u32>,
) -> Result<Flow, Status> {
    let mut from = range.start;
    loop {
        let rest = from..range.end;
        let unavailable = roster.first_unavailable_from(from).filter(|ordinal| rest.contains(ordinal));
        let next =
            [unavailable, roster.first_missing(&rest), roster.first_dirty(&rest)].into_iter().flatten().min();
        let Some(ordinal) = next else { return Ok(Flow::Continue) };
        let replica = replica(sync, roster, ordinal);
        if let Flow::Exit = process_replica(cluster, sync, &replica)? {
            return Ok(Flow::Exit);
        }
        roster.settle(ordinal);
        from = ordinal + 1;
    }
}

/// Parallel sets go in batches that double, and stop after a batch in which something failed.
fn process_in_batches(
    cluster: &mut Cluster,
    sync: &Sync,
    roster: &mut Roster,
    range: &Range<u32>,
) -> Result<(), Status> {
    let dirty = roster.dirty_in(range);
    let mut dirty = dirty.into_iter().peekable();
    let end = range.end.min(range.start.saturating_add(2 * MAX_PODS));
    let runs = roster.missing(&(range.start..end));
    let mut missing = runs.into_iter().flatten().peekable();
    let (mut batch_end, mut batch) = (1usize, 1usize);
    let mut failure = None;
    loop {
        let ordinal = match (dirty.peek(), missing.peek()) {
            (Some(left), Some(right)) if left < right => dirty.next(),
            (_, Some(_)) => missing.next(),
            _ => dirty.next(),
        };
        let Some(ordinal) = ordinal else { break };
        let index = (ordinal - range.start) as usize;
        while index >= batch_end {
            if let Some(error) = failure {
                return Err(error);
            }
            batch = (batch * 2).min(MAX_BATCH);
            batch_end += batch;
        }
        let replica = replica(sync, roster, ordinal);
        match process_replica(cluster, sync, &replica) {
            Ok(_) => roster.settle(ordinal),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// The ordinals that a rolling update may replace.
fn updatable(sync: &Sync) -> Range<u32> {
    let range = sync.spec.ordinals();
    let skipped = u32::try_from(update::update_from(sync)).unwrap_or(u32::MAX);
    range.start.saturating_add(skipped)..range.end
}

/// Whether the pod that was just made for an ordinal is of another revision than the update's.
fn is_made_outdated(sync: &Sync, ordinal: u32) -> bool {
    planned_revision(sync, ordinal).name != sync.update.name
}

/// The highest ordinal of a range for which such a pod was just made: those are the lowest of all.
fn last_made_outdated(sync: &Sync, roster: &Roster, range: &Range<u32>) -> Option<u32> {
    let UpdateStrategy::RollingUpdate(None) = &sync.spec.update else { return None };
    let old = u32::try_from(sync.status.current_replicas.max(0)).unwrap_or(u32::MAX);
    let end = range.end.min(sync.spec.start.saturating_add(old));
    roster.last_missing(&(range.start..end)).filter(|ordinal| is_made_outdated(sync, *ordinal))
}

/// Replaces the highest pod that is outdated, unless a higher one is unavailable.
fn replace_one(
    cluster: &mut Cluster,
    sync: &Sync,
    roster: &Roster,
    status: &mut StatefulSetStatus,
) -> Result<(), Status> {
    let range = updatable(sync);
    let outdated = roster.last_outdated(&range, &sync.update.name);
    let unavailable = roster.last_unavailable(&range);
    let missing = roster.last_missing(&range);
    let target = match (outdated, missing) {
        (outdated, Some(missing)) if outdated.is_none_or(|outdated| missing > outdated) => {
            // It was made a moment ago: unavailable, and perhaps outdated already.
            Some(missing).filter(|missing| is_made_outdated(sync, *missing))
        }
        (outdated, _) => outdated,
    };
    let Some(target) = target else { return Ok(()) };
    if unavailable.is_some_and(|unavailable| unavailable > target) {
        return Ok(());
    }
    update::delete_outdated(cluster, sync, target)?;
    status.current_replicas -= 1;
    Ok(())
}

/// Replaces outdated pods from the highest down, as many as `maxUnavailable` leaves.
fn replace_many(
    cluster: &mut Cluster,
    sync: &Sync,
    roster: &Roster,
    status: &mut StatefulSetStatus,
) -> Result<(), Status> {
    let all = sync.spec.ordinals();
    let missing: usize = roster.missing(&all).iter().map(ExactSizeIterator::len).sum();
    let unavailable = roster.count_unavailable(&all) + missing;
    let mut left = update::max_unavailable(sync).saturating_sub(unavailable);
    let mut range = updatable(sync);
    while left > 0 {
        let made = last_made_outdated(sync, roster, &range);
        let next = roster.last_outdated(&range, &sync.update.name).into_iter().chain(made).max();
        let Some(target) = next else { break };
        update::delete_outdated(cluster, sync, target)?;
        left -= 1;
        status.current_replicas -= 1;
        range.end = target;
    }
    Ok(())
}
