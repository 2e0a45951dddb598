//! One moment of the cluster, as the page shows it.

use std::rc::Rc;

use serde_json::Value;

use super::object::{ObjectKey, text};
use super::topology::Topology;
use super::why::Reasons;

/// One event, as `kubectl get events` would list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// `Normal` or `Warning`.
    pub is_warning: bool,
    /// When it was last seen, in milliseconds of virtual time.
    pub at: u64,
    /// The reason: `SuccessfulCreate`.
    pub reason: String,
    /// The message.
    pub message: String,
    /// What it is about.
    pub about: ObjectKey,
    /// How often it was seen.
    pub count: u32,
}

/// A mark on the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When, in milliseconds of virtual time.
    pub at: u64,
    /// What the reader did; empty for a change that came by itself.
    pub label: Rc<str>,
}

/// What the timeline shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    /// The moment that the reader looks at, in milliseconds of virtual time.
    pub now: u64,
    /// How far time has been played.
    pub end: u64,
    /// Moments passed, of how many recorded.
    pub cursor: (usize, usize),
    /// How many of the reader's actions an action now would drop.
    pub drops: usize,
    /// Why time goes no further; empty while it does.
    pub limit: &'static str,
    /// What the reader did last before this moment; empty if nothing.
    pub last: Rc<str>,
    /// Moments at which something changed.
    pub marks: Rc<Vec<Mark>>,
}

/// One moment of the cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// The picture.
    pub topology: Rc<Topology>,
    /// Events, the newest first.
    pub events: Rc<Vec<EventView>>,
    /// Why things wait.
    pub waits: Rc<Reasons>,
    /// Every object, as the API serves it.
    pub objects: Rc<Vec<Rc<Value>>>,
}

impl Moment {
    /// An object of this moment.
    pub fn object(&self, key: &ObjectKey) -> Option<&Rc<Value>> {
        self.objects.iter().find(|object| {
            text(object, "/metadata/name") == key.name
                && text(object, "/metadata/namespace") == key.namespace
                && text(object, "/kind") == key.kind
        })
    }
}

/// A time span as `kubectl` prints ages: `5s`, `2m3s`, `3h5m`.
pub fn age(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 if seconds.is_multiple_of(60) => format!("{minutes}m"),
        120..600 => format!("{minutes}m{}s", seconds % 60),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 if minutes.is_multiple_of(60) => format!("{hours}h"),
        10_800..28_800 => format!("{hours}h{}m", minutes % 60),
        _ if hours < 48 => format!("{hours}h"),
        _ => format!("{}d", hours / 24),
    }
}

/// A moment of virtual time as the timeline prints it: `2:03.4`.
pub fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let tenths = milliseconds % 1000 / 100;
    match hours {
        0 => format!("{minutes}:{:02}.{tenths}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}.{tenths}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_kubectls() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (123, "2m3s"),
            (600, "10m"),
            (10_800, "3h"),
            (11_160, "3h6m"),
            (180_000, "2d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(age(seconds * 1000), expected);
        }
    }

    #[test]
    fn the_clock_shows_tenths() {
        assert_eq!(clock(0), "0:00.0");
        assert_eq!(clock(123_456), "2:03.4");
        assert_eq!(clock(3_600_000), "1:00:00.0");
    }
}
