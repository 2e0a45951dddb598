//! What the kubelet says: events, counted and held back as its event recorder does (client-go `tools/record`).

use std::collections::BTreeMap;

use super::pod_spec::{Millis, PodSpec};
use crate::cluster::object::Uid;

/// An event of the kubelet about a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodEvent {
    /// Its namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// Its uid.
    pub uid: Uid,
    /// `spec.containers{NAME}`, `spec.initContainers{NAME}`, or empty for the pod as a whole.
    pub field_path: String,
    /// `Warning`, otherwise `Normal`.
    pub is_warning: bool,
    /// A word for why.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
    /// How often it happened.
    pub count: u32,
    /// When it first happened.
    pub first: Millis,
    /// How the run before ended.
    pub last: Millis,
    /// The node that it is bound to.
    pub node: String,
}

impl PodEvent {
    /// Whether two events are one that happened twice.
    pub fn is_same_as(&self, other: &PodEvent) -> bool {
        self.uid == other.uid
            && self.field_path == other.field_path
            && self.reason == other.reason
            && self.is_warning == other.is_warning
            && self.message == other.message
    }
}

/// How many events of one type about one object go out at once, and how long one more takes to become free.
const BURST: f64 = 25.0;
const REFILL: f64 = 300_000.0;
/// More different messages of one reason than this within ten minutes are shown as one.
const SIMILAR_LIMIT: usize = 10;
const SIMILAR_INTERVAL: Millis = 600_000;

/// The recorder's memory of one pod.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    counts: BTreeMap<(String, &'static str, String), (u32, Millis)>,
    similar: BTreeMap<(String, &'static str), (Vec<String>, Millis)>,
    normal: Bucket,
    warning: Bucket,
}

/// The events of one type that may still go out. Recordings show one bucket for Normal and one for Warning events.
#[derive(Debug, Clone)]
struct Bucket {
    tokens: f64,
    refilled: Millis,
}

impl Default for Bucket {
    fn default() -> Self {
        Bucket { tokens: BURST, refilled: 0 }
    }
}

impl Bucket {
    fn take(&mut self, now: Millis) -> bool {
        self.tokens = (self.tokens + (now - self.refilled) as f64 / REFILL).min(BURST);
        self.refilled = now;
        let is_free = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(is_free));
        is_free
    }
}

impl Recorder {
    /// Counts an event. `None` if it is held back; the count goes on all the same.
    pub(crate) fn record(
        &mut self,
        pod: &PodSpec,
        field_path: String,
        is_warning: bool,
        reason: &'static str,
        message: String,
        now: Millis,
    ) -> Option<PodEvent> {
        let message = self.combine(&field_path, reason, message, now);
        let (count, first) =
            self.counts.entry((field_path.clone(), reason, message.clone())).or_insert((0, now));
        *count += 1;
        let event = PodEvent {
            namespace: pod.namespace.clone(),
            pod: pod.name.clone(),
            uid: pod.uid,
            field_path,
            is_warning,
            reason,
            message,
            count: *count,
            first: *first,
            last: now,
            node: pod.node.clone(),
        };
        let bucket = if is_warning { &mut self.warning } else { &mut self.normal };
        bucket.take(now).then_some(event)
    }

    fn combine(&mut self, field_path: &str, reason: &'static str, message: String, now: Millis) -> String {
        let (seen, last) = self.similar.entry((field_path.to_string(), reason)).or_insert((Vec::new(), now));
        if now.saturating_sub(*last) > SIMILAR_INTERVAL {
            seen.clear();
        }
        *last = now;
        if !seen.contains(&message) {
            seen.push(message.clone());
        }
        if seen.len() < SIMILAR_LIMIT {
            return message;
        }
        // The real aggregator forgets the oldest message; which one does not matter to what it prints.
        seen.remove(0);
        format!("(combined from similar events): {message}")
    }
}
