//! The pods of one set by ordinal, kept up with every write, so that a sync looks only at what may need attention.
//!
//! Invariants: agrees with the store whenever a sync begins; an ordinal that is not `dirty` was looked at since its
//! pod, its claims or the set last changed, and nothing was to do but to wait for it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::{REVISION_LABEL, parent_and_ordinal};
use crate::cluster::object::{Object, StatefulSetSpec};
use crate::cluster::ordered_map::OrderedMap;

/// A set of ordinals.
pub(super) type Ordinals = OrderedMap<u32, ()>;

/// The pods that a set manages.
#[derive(Clone, Debug)]
pub(crate) struct Roster {
    pods: OrderedMap<u32, Rc<Object>>,
    /// Runs of ordinals without a pod: first, and first behind.
    gaps: OrderedMap<u32, u32>,
    /// Pods that are terminating, or not running and ready.
    unavailable: Ordinals,
    /// Pods that are not terminating, by revision (empty for none).
    revisions: BTreeMap<Rc<str>, Ordinals>,
    /// How many run and are ready, terminating or not.
    ready: u32,
    /// How many pods have a revision, terminating or not.
    labels: BTreeMap<Rc<str>, u32>,
    dirty: Ordinals,
    /// Pods whose labels changed since somebody looked whether they belong to the set.
    unchecked: Ordinals,
    /// Pods that do not fit in: names that are no ordinal's, or that share one.
    strangers: u32,
    spec: Option<Rc<StatefulSetSpec>>,
}

impl Default for Roster {
    fn default() -> Roster {
        let mut gaps = OrderedMap::default();
        gaps.insert(0, u32::MAX);
        Roster {
            pods: OrderedMap::default(),
            gaps,
            unavailable: Ordinals::default(),
            revisions: BTreeMap::new(),
            ready: 0,
            labels: BTreeMap::new(),
            dirty: Ordinals::default(),
            unchecked: Ordinals::default(),
            strangers: 0,
            spec: None,
        }
    }
}

impl Roster {
    /// Takes a write to one of the set's pods over.
    pub(crate) fn pod_changed(&mut self, set: &str, old: Option<&Object>, new: Option<&Rc<Object>>) {
        match (old, new) {
            (Some(old), Some(new))
                if self.ordinal_of(set, old).is_some() && old.meta.name == new.meta.name =>
            {
                self.renew(set, old, new);
            }
            _ => {
                if let Some(old) = old {
                    self.leave(set, old);
                }
                if let Some(new) = new {
                    self.join(set, new);
                }
            }
        }
        if let Some(new) = new {
            let same = old.is_some_and(|old| Rc::ptr_eq(&old.meta.labels, &new.meta.labels));
            if let Some(ordinal) = own_ordinal(set, &new.meta.name).filter(|_| !same) {
                self.unchecked.insert(ordinal, ());
            }
        }
    }

    /// Whether all pods that were not looked at yet satisfy `belongs`.
    pub(super) fn check(&mut self, belongs: impl Fn(&Object) -> bool) -> bool {
        let passed =
            self.unchecked.keys().all(|ordinal| self.pods.get(ordinal).is_none_or(|pod| belongs(pod)));
        if passed {
            self.unchecked = Ordinals::default();
        }
        passed
    }

    /// The revisions that pods have.
    pub(super) fn revisions_in_use(&self) -> std::collections::BTreeSet<Rc<str>> {
        self.labels.keys().cloned().collect()
    }

    /// Notes that something about an ordinal's claims changed.
    pub(crate) fn touch(&mut self, pod: &str) {
        if let Some((_, ordinal)) = parent_and_ordinal(pod)
            && self.pods.contains(&ordinal)
        {
            self.dirty.insert(ordinal, ());
        }
    }

    fn join(&mut self, set: &str, object: &Rc<Object>) {
        let Some(ordinal) =
            own_ordinal(set, &object.meta.name).filter(|ordinal| !self.pods.contains(ordinal))
        else {
            self.strangers += 1;
            return;
        };
        self.dirty.insert(ordinal, ());
        self.count(ordinal, &Standing::of(object));
        self.pods.insert(ordinal, object.clone());
        self.close_gap(ordinal);
    }

    /// Takes a later version of a pod over: most writes change nothing that counts.
    fn renew(&mut self, set: &str, old: &Object, new: &Rc<Object>) {
        let Some(ordinal) = self.ordinal_of(set, old) else { return };
        let (before, after) = (Standing::of(old), Standing::of(new));
        if before != after {
            self.discount(ordinal, &before);
            self.count(ordinal, &after);
        }
        self.dirty.insert(ordinal, ());
        if let Some(pod) = self.pods.get_mut(&ordinal) {
            *pod = new.clone();
        }
    }

    /// The ordinal of a pod that stands in the roster.
    fn ordinal_of(&self, set: &str, object: &Object) -> Option<u32> {
        own_ordinal(set, &object.meta.name)
            .filter(|ordinal| self.pods.get(ordinal).is_some_and(|known| known.meta.name == object.meta.name))
    }

    fn count(&mut self, ordinal: u32, standing: &Standing) {
        self.ready += u32::from(standing.is_ready);
        if !standing.is_ready || standing.is_terminating {
            self.unavailable.insert(ordinal, ());
        }
        *self.labels.entry(standing.revision.clone()).or_insert(0) += 1;
        if !standing.is_terminating {
            self.revisions.entry(standing.revision.clone()).or_default().insert(ordinal, ());
        }
    }

    fn discount(&mut self, ordinal: u32, standing: &Standing) {
        self.unavailable.remove(&ordinal);
        self.ready -= u32::from(standing.is_ready);
        let revision = &standing.revision;
        if let Some(count) = self.labels.get_mut(revision) {
            *count -= 1;
            if *count == 0 {
                self.labels.remove(revision);
            }
        }
        if let Some(ordinals) = self.revisions.get_mut(revision) {
            ordinals.remove(&ordinal);
            if ordinals.is_empty() {
                self.revisions.remove(revision);
            }
        }
    }

    fn leave(&mut self, set: &str, object: &Object) {
        let Some(ordinal) = self.ordinal_of(set, object) else {
            self.strangers = self.strangers.saturating_sub(1);
            return;
        };
        self.pods.remove(&ordinal);
        self.dirty.remove(&ordinal);
        self.discount(ordinal, &Standing::of(object));
        self.open_gap(ordinal);
    }

    fn close_gap(&mut self, ordinal: u32) {
        let gap = self.gaps.last_not_after(|first| first.cmp(&ordinal)).map(|(first, end)| (*first, *end));
        let Some((first, end)) = gap.filter(|(_, end)| ordinal < *end) else { return };
        self.gaps.remove(&first);
        if first < ordinal {
            self.gaps.insert(first, ordinal);
        }
        if ordinal + 1 < end {
            self.gaps.insert(ordinal + 1, end);
        }
    }

    fn open_gap(&mut self, ordinal: u32) {
        let (mut first, mut end) = (ordinal, ordinal.saturating_add(1));
        let below = self.gaps.last_not_after(|first| first.cmp(&ordinal)).map(|(first, end)| (*first, *end));
        if let Some((start, _)) = below.filter(|(_, end)| *end == ordinal) {
            self.gaps.remove(&start);
            first = start;
        }
        if let Some(above) = self.gaps.remove(&end) {
            end = above;
        }
        self.gaps.insert(first, end);
    }

    /// Whether the pods are such that looking at ordinals alone is enough.
    pub(super) fn is_regular(&self) -> bool {
        self.strangers == 0
    }

    /// Begins a sync for a specification: a new one makes every ordinal worth a look.
    pub(super) fn begin(&mut self, spec: &Rc<StatefulSetSpec>) {
        if self.spec.as_ref().is_some_and(|known| Rc::ptr_eq(known, spec)) {
            return;
        }
        self.spec = Some(spec.clone());
        for ordinal in self.pods.keys().copied().collect::<Vec<_>>() {
            self.dirty.insert(ordinal, ());
        }
    }

    pub(super) fn get(&self, ordinal: u32) -> Option<&Rc<Object>> {
        self.pods.get(&ordinal)
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.pods.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn ready(&self) -> u32 {
        self.ready
    }

    /// How many pods of a revision are not terminating.
    pub(super) fn count_of(&self, revision: &str) -> u32 {
        let count = self.revisions.get(revision).map_or(0, OrderedMap::len);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Nothing is left to do for an ordinal until something changes.
    pub(super) fn settle(&mut self, ordinal: u32) {
        self.dirty.remove(&ordinal);
    }

    /// The lowest ordinal of a range that has no pod.
    pub(super) fn first_missing(&self, range: &Range<u32>) -> Option<u32> {
        let around = self.gaps.last_not_after(|first| first.cmp(&range.start));
        if around.is_some_and(|(_, end)| range.start < *end) {
            return (!range.is_empty()).then_some(range.start);
        }
        let next = self.gaps.range(|first| first.cmp(&range.start)).next();
        next.map(|(first, _)| *first).filter(|first| range.contains(first))
    }

    /// The highest ordinal of a range that has no pod.
    pub(super) fn last_missing(&self, range: &Range<u32>) -> Option<u32> {
        let last = range.end.checked_sub(1).filter(|_| !range.is_empty())?;
        let (_, end) = self.gaps.last_not_after(|first| first.cmp(&last))?;
        Some(last.min(end - 1)).filter(|ordinal| range.contains(ordinal))
    }

    /// The runs of ordinals of a range that have no pod.
    pub(super) fn missing(&self, range: &Range<u32>) -> Vec<Range<u32>> {
        let mut runs = Vec::new();
        let mut from = range.start;
        while let Some(first) = self.first_missing(&(from..range.end)) {
            let end = self.gaps.last_not_after(|start| start.cmp(&first)).map_or(first + 1, |(_, end)| *end);
            let end = end.min(range.end);
            runs.push(first..end);
            from = end;
        }
        runs
    }

    /// The lowest unavailable ordinal not below one.
    pub(super) fn first_unavailable_from(&self, ordinal: u32) -> Option<u32> {
        self.unavailable.range(|other| other.cmp(&ordinal)).next().map(|(ordinal, ())| *ordinal)
    }

    /// The highest unavailable ordinal of a range.
    pub(super) fn last_unavailable(&self, range: &Range<u32>) -> Option<u32> {
        last_in(&self.unavailable, range)
    }

    /// How many ordinals of a range have a pod that is unavailable.
    pub(super) fn count_unavailable(&self, range: &Range<u32>) -> usize {
        let from = self.unavailable.range(|other| other.cmp(&range.start));
        from.take_while(|(ordinal, ())| range.contains(ordinal)).count()
    }

    /// The highest ordinal of a range whose pod is not terminating and of another revision.
    pub(super) fn last_outdated(&self, range: &Range<u32>, revision: &str) -> Option<u32> {
        let others = self.revisions.iter().filter(|(name, _)| &***name != revision);
        others.filter_map(|(_, ordinals)| last_in(ordinals, range)).max()
    }

    /// The ordinals worth a look in a range, ascending.
    pub(super) fn dirty_in(&self, range: &Range<u32>) -> Vec<u32> {
        let from = self.dirty.range(|other| other.cmp(&range.start));
        from.map(|(ordinal, ())| *ordinal).take_while(|ordinal| range.contains(ordinal)).collect()
    }

    /// The lowest ordinal of a range that is worth a look.
    pub(super) fn first_dirty(&self, range: &Range<u32>) -> Option<u32> {
        let first = self.dirty.range(|other| other.cmp(&range.start)).next().map(|(ordinal, ())| *ordinal);
        first.filter(|ordinal| range.contains(ordinal))
    }

    /// The highest ordinal outside a range.
    pub(super) fn last_outside(&self, range: &Range<u32>) -> Option<u32> {
        let last = self.pods.keys().next_back().copied()?;
        if last >= range.end || last < range.start {
            return Some(last);
        }
        let below = range.start.checked_sub(1)?;
        self.pods.last_not_after(|other| other.cmp(&below)).map(|(ordinal, _)| *ordinal)
    }
}

fn last_in(ordinals: &Ordinals, range: &Range<u32>) -> Option<u32> {
    let last = range.end.checked_sub(1)?;
    let found = ordinals.last_not_after(|other| other.cmp(&last)).map(|(ordinal, ())| *ordinal);
    found.filter(|ordinal| range.contains(ordinal))
}

/// The ordinal of a pod whose name is exactly what the set calls it.
pub(super) fn own_ordinal(set: &str, pod: &str) -> Option<u32> {
    let (parent, ordinal) = parent_and_ordinal(pod)?;
    let digits = &pod[parent.len() + 1..];
    let canonical = digits == "0" || !digits.starts_with('0');
    (parent == set && canonical).then_some(ordinal)
}

/// What is counted of a pod.
#[derive(PartialEq)]
struct Standing {
    /// It runs and is ready, terminating or not.
    is_ready: bool,
    is_terminating: bool,
    /// Empty for none.
    revision: Rc<str>,
}

impl Standing {
    fn of(object: &Object) -> Standing {
        Standing {
            is_ready: object.as_pod().is_some_and(|pod| pod.is_running_and_ready()),
            is_terminating: object.meta.is_terminating(),
            revision: object.meta.labels.get(REVISION_LABEL).cloned().unwrap_or_default(),
        }
    }
}
