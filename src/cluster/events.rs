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

/// The object, and a hash of what is said about it, which two things said may share; and the event's number.
type Trace = (Uid, u64, u64);

/// The events of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    events: OrderedMap<u64, Rc<Event>>,
    /// By hash, since events of one object differ late in long texts.
    known: OrderedMap<Trace, ()>,
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

    /// The event that said the same of an object; `trace` is the object with the hash of what is said.
    fn same(&self, trace: (Uid, u64), reason: &str, message: &str, field_path: &str) -> Option<Rc<Event>> {
        let alike =
            self.known.range(|(uid, hash, _)| (*uid, *hash).cmp(&trace).then(std::cmp::Ordering::Greater));
        let mut alike = alike.map(|(known, ())| *known).take_while(|(uid, hash, _)| (*uid, *hash) == trace);
        alike.find_map(|(_, _, id)| {
            let event = self.events.get(&id)?;
            let says_same =
                event.reason == reason && *event.message == *message && *event.field_path == *field_path;
            says_same.then(|| event.clone())
        })
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
        let hash = hash_of([reason, message, field_path]);
        let same = self.same((uid, hash), reason, message, field_path);
        if let Some(event) = same {
            let event = Event { count: event.count.saturating_add(1), last: now, ..(*event).clone() };
            self.events.insert(event.id, Rc::new(event));
            return;
        }
        let id = self.next;
        self.next += 1;
        let message: Rc<str> = message.into();
        let field_path: Rc<str> = field_path.into();
        self.known.insert((uid, hash, id), ());
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
                let hash = hash_of([event.reason, &event.message, &event.field_path]);
                self.known.remove(&(event.uid, hash, id));
            }
        }
    }
}

/// A hash of texts, the same in every run. Texts that were made to share one only make the log slower.
fn hash_of(texts: [&str; 3]) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    texts.iter().fold(0, |hash, text| {
        let words = text.as_bytes().chunks(8).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        });
        words.fold(mix(hash, text.len() as u64), mix)
    })
}
