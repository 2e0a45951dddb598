//! Events: what the controllers tell about objects.
//!
//! What is said again, too often or in too many ways goes through [`super::event_correlator`] first.

use std::rc::Rc;

use super::event_correlator::{Correlator, Said};
use super::object::{Key, Kind, Object, Uid};
use super::ordered_map::OrderedMap;
use super::time::Instant;

/// How many events are kept; the oldest go first. (The API server keeps them for an hour.)
const KEPT: usize = 20_000;

/// Whether an event is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// Things go as they should.
    Normal,
    /// They do not.
    Warning,
}

impl EventType {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number, in order of first appearance.
    pub id: u64,
    /// Kind of the object it is about.
    pub kind: Kind,
    /// The object it is about.
    pub object: Key,
    /// Its identity.
    pub uid: Uid,
    /// Good or bad news.
    pub event_type: EventType,
    /// The part of the object that it is about, as in `spec.containers{nginx}`; may be empty.
    pub field_path: Rc<str>,
    /// Machine-readable, as in `SuccessfulCreate`.
    pub reason: &'static str,
    /// In words.
    pub message: Rc<str>,
    /// Who says so, as in `statefulset-controller`.
    pub source: &'static str,
    /// How often it happened; repetitions that were not sent count too, once another one is.
    pub count: u32,
    /// When first.
    pub first: Instant,
    /// When last.
    pub last: Instant,
}

/// The scheduler speaks the newer events API: its events are counted, but neither combined nor held back.
const SCHEDULER: &str = "default-scheduler";
/// Of how many objects what was said is remembered at least, by each source.
const REMEMBERED: usize = 4096;

/// An object, and who speaks of it.
type Subject = (Uid, &'static str);

/// The events of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    events: OrderedMap<u64, Rc<Event>>,
    /// What was said of late, and what was said before that.
    correlators: OrderedMap<Subject, Rc<Correlator>>,
    older: OrderedMap<Subject, Rc<Correlator>>,
    next: u64,
    written: u64,
}

impl EventLog {
    /// How often an event was written, repetitions included.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Every event that is still kept, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Rc<Event>> + '_ {
        self.events.values()
    }

    fn remember(&mut self, subject: Subject, correlator: Rc<Correlator>) {
        self.correlators.insert(subject, correlator);
        if self.correlators.len() > REMEMBERED {
            self.older = std::mem::take(&mut self.correlators);
        }
    }

    pub(crate) fn record(
        &mut self,
        object: &Object,
        event_type: EventType,
        reason: &'static str,
        message: &str,
        source: &'static str,
        now: Instant,
    ) {
        let about = (object.kind(), object.key(), object.meta.uid);
        self.record_about(about, "", event_type, reason, message, source, now);
    }

    /// Records an event about something that may be gone already.
    #[allow(clippy::too_many_arguments)] // an event has many parts
    pub(crate) fn record_about(
        &mut self,
        (kind, key, uid): (Kind, Key, Uid),
        field_path: &str,
        event_type: EventType,
        reason: &'static str,
        message: &str,
        source: &'static str,
        now: Instant,
    ) {
        let subject = (uid, source);
        let known = self.correlators.remove(&subject).or_else(|| self.older.remove(&subject));
        let mut correlator = known.unwrap_or_else(|| Rc::new(Correlator::new(now)));
        let verdict = Rc::make_mut(&mut correlator).observe(
            Said { event_type, reason, field_path, message },
            source != SCHEDULER,
            now,
        );
        if verdict.is_held_back {
            self.remember(subject, correlator);
            return;
        }
        self.written += 1;
        let (message, count) = (verdict.message.clone(), verdict.count);
        if let Some(event) = verdict.event.and_then(|id| self.events.get(&id)) {
            let event = Event { message, count, last: now, ..(**event).clone() };
            self.events.insert(event.id, Rc::new(event));
            self.remember(subject, correlator);
            return;
        }
        let id = self.next;
        self.next += 1;
        Rc::make_mut(&mut correlator).told_by(&verdict, id);
        self.remember(subject, correlator);
        let event = Event {
            id,
            kind,
            object: key,
            uid,
            event_type,
            field_path: field_path.into(),
            reason,
            message,
            source,
            count,
            first: verdict.first,
            last: now,
        };
        self.events.insert(id, Rc::new(event));
        if self.events.len() > KEPT {
            let oldest = self.events.keys().next().copied();
            oldest.and_then(|id| self.events.remove(&id));
        }
    }
}
