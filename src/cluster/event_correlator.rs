//! Which events reach the API server: the same ones counted, many alike combined, too many held back.
//!
//! Mirrors `EventCorrelator` of client-go (`tools/record`), which the kubelet and the controllers tell their events
//! through. Each of them remembers each object apart.

use std::rc::Rc;

use super::events::EventType;
use super::time::Instant;

/// How many events of one type about one object go out at once, and how many milliseconds one more takes to become
/// free. Recordings show that Normal and Warning events are counted apart.
const BURST: u64 = 25;
const REFILL: u64 = 300_000;
/// So many different messages of one reason, with no pause of more than ten minutes between two, are shown as one.
const SIMILAR_LIMIT: usize = 10;
const SIMILAR_INTERVAL: u64 = 600_000;
/// How many different events about one object are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 256;

/// What somebody says of an object.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) event_type: EventType,
    pub(crate) reason: &'static str,
    pub(crate) field_path: &'a str,
    pub(crate) message: &'a str,
}

/// What was said before: how often, since when, and the number of the event that tells it, if one was sent.
#[derive(Clone, Debug)]
struct Known {
    event_type: EventType,
    reason: &'static str,
    field_path: Rc<str>,
    /// `None` for many messages that are shown as one.
    message: Option<Rc<str>>,
    count: u32,
    first: Instant,
    event: Option<u64>,
}

/// The last different messages of one type and reason.
#[derive(Clone, Debug)]
struct Similar {
    event_type: EventType,
    reason: &'static str,
    messages: Vec<Rc<str>>,
    last: Instant,
}

/// The events that may still go out, in milliseconds of waiting.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    saved: u64,
    refilled: Instant,
}

/// What is to be done about something said.
pub(crate) struct Verdict {
    /// The message, which may stand for many.
    pub(crate) message: Rc<str>,
    /// How often it was said, held back or not.
    pub(crate) count: u32,
    /// When first.
    pub(crate) first: Instant,
    /// The event that told it before.
    pub(crate) event: Option<u64>,
    /// Where the number of the event is to be noted.
    place: usize,
    /// Nothing is sent.
    pub(crate) is_held_back: bool,
}

/// What one source remembers of what it said about one object.
#[derive(Clone, Debug)]
pub(crate) struct Correlator {
    known: Vec<Known>,
    similar: Vec<Similar>,
    normal: Bucket,
    warning: Bucket,
}

impl Correlator {
    /// A source that has said nothing yet.
    pub(crate) fn new(now: Instant) -> Correlator {
        let full = Bucket { saved: BURST * REFILL, refilled: now };
        Correlator { known: Vec::new(), similar: Vec::new(), normal: full, warning: full }
    }

    /// Takes something said in. `limits` is false for a source that neither combines nor holds back.
    pub(crate) fn observe(&mut self, said: Said<'_>, limits: bool, now: Instant) -> Verdict {
        let is_combined = limits && self.is_one_of_many(said, now);
        let place = self.known.iter().position(|known| {
            known.reason == said.reason
                && known.event_type == said.event_type
                && match &known.message {
                    Some(message) => {
                        !is_combined && **message == *said.message && *known.field_path == *said.field_path
                    }
                    None => is_combined,
                }
        });
        let place = place.unwrap_or_else(|| {
            if self.known.len() >= REMEMBERED {
                self.known.remove(0);
            }
            self.known.push(Known {
                event_type: said.event_type,
                reason: said.reason,
                field_path: said.field_path.into(),
                message: (!is_combined).then(|| said.message.into()),
                count: 0,
                first: now,
                event: None,
            });
            self.known.len() - 1
        });
        let bucket = match said.event_type {
            EventType::Normal => &mut self.normal,
            EventType::Warning => &mut self.warning,
        };
        let is_held_back = limits && !bucket.take(now);
        let known = &mut self.known[place];
        known.count = known.count.saturating_add(1);
        let message = match &known.message {
            Some(message) => message.clone(),
            None => format!("(combined from similar events): {}", said.message).into(),
        };
        Verdict { message, count: known.count, first: known.first, event: known.event, place, is_held_back }
    }

    /// Notes which event tells what was said.
    pub(crate) fn told_by(&mut self, verdict: &Verdict, event: u64) {
        if let Some(known) = self.known.get_mut(verdict.place) {
            known.event = Some(event);
        }
    }

    fn is_one_of_many(&mut self, said: Said<'_>, now: Instant) -> bool {
        let place = self
            .similar
            .iter()
            .position(|similar| similar.reason == said.reason && similar.event_type == said.event_type);
        let place = place.unwrap_or_else(|| {
            let (event_type, reason) = (said.event_type, said.reason);
            self.similar.push(Similar { event_type, reason, messages: Vec::new(), last: now });
            self.similar.len() - 1
        });
        let similar = &mut self.similar[place];
        if (now - similar.last).0 > SIMILAR_INTERVAL {
            similar.messages.clear();
        }
        similar.last = now;
        if !similar.messages.iter().any(|message| **message == *said.message) {
            similar.messages.push(said.message.into());
        }
        if similar.messages.len() < SIMILAR_LIMIT {
            return false;
        }
        // The real one forgets any of them.
        similar.messages.remove(0);
        true
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> bool {
        self.saved = self.saved.saturating_add((now - self.refilled).0).min(BURST * REFILL);
        self.refilled = now;
        let is_free = self.saved >= REFILL;
        if is_free {
            self.saved -= REFILL;
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of messages that come a second apart: message and count, `-` where nothing is sent.
    fn told(messages: &[&str]) -> Vec<String> {
        let mut correlator = Correlator::new(Instant(0));
        let tell = |(second, message): (usize, &&str)| {
            let said = Said { event_type: EventType::Normal, reason: "R", field_path: "", message };
            let verdict = correlator.observe(said, true, Instant(second as u64 * 1000));
            match verdict.is_held_back {
                true => "-".to_owned(),
                false => format!("{} {}", verdict.message, verdict.count),
            }
        };
        messages.iter().enumerate().map(tell).collect()
    }

    #[test]
    fn counts_what_is_said_again() {
        assert_eq!(told(&["a", "b", "a"]), ["a 1", "b 1", "a 2"]);
    }

    #[test]
    fn combines_the_tenth_message_and_those_behind() {
        let told = told(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "8"]);
        let combined = "(combined from similar events): ";
        assert_eq!(
            told[8..],
            ["8 1".to_owned(), format!("{combined}9 1"), format!("{combined}10 2"), "8 2".into()]
        );
    }

    #[test]
    fn holds_back_what_is_too_much_and_counts_on() {
        let mut told = told(&["a"; 327]);
        assert_eq!(told.pop().as_deref(), Some("-"));
        assert_eq!(told[24], "a 25");
        assert!(told[25..].iter().take(270).all(|told| told == "-"));
        assert_eq!(told[300], "a 301");
    }
}
