//! Events: what the controllers tell about objects.
//!
//! The same event again raises a count, as the recorder of client-go does. Its spam filter is not simulated.

use std::rc::Rc;

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
    /// How often it happened.
    pub count: u32,
    /// When first.
    pub first: Instant,
    /// When last.
    pub last: Instant,
}

/// What makes two events the same.
type Identity = (Uid, &'static str, Rc<str>, Rc<str>);

/// The events of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    events: OrderedMap<u64, Rc<Event>>,
    known: OrderedMap<Identity, u64>,
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
        self.written += 1;
        let same = |other: &Identity| {
            (other.0, other.1, &*other.2, &*other.3).cmp(&(uid, reason, message, field_path))
        };
        if let Some(id) = self.known.find(same).copied()
            && let Some(event) = self.events.get(&id)
        {
            let event = Event { count: event.count.saturating_add(1), last: now, ..(**event).clone() };
            self.events.insert(id, Rc::new(event));
            return;
        }
        let id = self.next;
        self.next += 1;
        let message: Rc<str> = message.into();
        let field_path: Rc<str> = field_path.into();
        self.known.insert((uid, reason, message.clone(), field_path.clone()), id);
        let event = Event {
            id,
            kind,
            object: key,
            uid,
            event_type,
            field_path,
            reason,
            message,
            source,
            count: 1,
            first: now,
            last: now,
        };
        self.events.insert(id, Rc::new(event));
        if self.events.len() > KEPT {
            let oldest = self.events.iter().next().map(|(id, event)| (*id, event.clone()));
            if let Some((id, event)) = oldest {
                self.events.remove(&id);
                self.known.remove(&(
                    event.uid,
                    event.reason,
                    event.message.clone(),
                    event.field_path.clone(),
                ));
            }
        }
    }
}
