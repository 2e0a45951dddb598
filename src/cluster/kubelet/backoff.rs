//! The exponential back-off that delays container restarts and image pulls (client-go's `flowcontrol.Backoff`).

use std::collections::BTreeMap;

use super::pod_spec::Millis;

/// The first delay.
const INITIAL: Millis = 10_000;
/// The longest delay.
const LIMIT: Millis = 300_000;

#[derive(Debug, Clone)]
struct Entry {
    delay: Millis,
    updated: Millis,
}

/// Delays by key: 10 s, doubling to 300 s; forgotten when an event comes more than 10 minutes after the last step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    entries: BTreeMap<String, Entry>,
}

impl Backoff {
    /// Takes the next step for `key`, because of something that happened at `event`.
    pub(crate) fn step(&mut self, key: &str, event: Millis, now: Millis) {
        let delay = match self.live(key, event) {
            Some(entry) => (entry.delay * 2).min(LIMIT),
            None => INITIAL,
        };
        self.entries.insert(key.to_string(), Entry { delay, updated: now });
    }

    /// The present delay of `key`; 0 if it has none.
    pub(crate) fn delay(&self, key: &str) -> Millis {
        self.entries.get(key).map_or(0, |entry| entry.delay)
    }

    /// When the back-off that counts from `event` ends, if it has not ended yet.
    pub(crate) fn until_since(&self, key: &str, event: Millis, now: Millis) -> Option<Millis> {
        let end = event + self.live(key, event)?.delay;
        (now < end).then_some(end)
    }

    /// Whether `now` is within the back-off that counts from the last step.
    pub(crate) fn holds(&self, key: &str, now: Millis) -> bool {
        self.live(key, now).is_some_and(|entry| now.saturating_sub(entry.updated) < entry.delay)
    }

    fn live(&self, key: &str, event: Millis) -> Option<&Entry> {
        self.entries.get(key).filter(|entry| event.saturating_sub(entry.updated) <= 2 * LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_limit_and_forgets_after_ten_minutes() {
        let mut backoff = Backoff::default();
        let mut now = 0;
        let mut delays = Vec::new();
        for _ in 0..7 {
            backoff.step("web", now, now);
            delays.push(backoff.delay("web") / 1000);
            now += backoff.delay("web");
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.until_since("web", now - 1000, now), Some(now + 299_000));
        backoff.step("web", now + 700_000, now + 700_000);
        assert_eq!(backoff.delay("web"), 10_000);
    }
}
