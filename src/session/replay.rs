//! Playing a stored log again, piece by piece, so that a page can paint meanwhile.

use std::collections::VecDeque;

use super::timeline::{Entry, Session, StoredSession};
use crate::cluster::Instant;

/// A stored log that is being played.
pub struct Replay {
    session: Session,
    /// What is still to be done.
    log: VecDeque<Entry>,
    at: Instant,
    end: Instant,
}

impl Replay {
    /// Begins. Entries out of order are dropped, and so is whatever does not fit the limits.
    pub fn new(stored: StoredSession) -> Replay {
        Replay { session: Session::new(stored.nodes), log: stored.log.into(), at: stored.at, end: stored.end }
    }

    /// Plays about so many moments; `true` when all is played.
    pub fn advance(&mut self, moments: usize) -> bool {
        let mut left = moments;
        while let Some(entry) = self.log.front() {
            if entry.at < self.session.now() || self.session.is_full() {
                self.log.pop_front();
                continue;
            }
            if !self.session.advance_within(entry.at, &mut left) {
                return false;
            }
            if let Some(entry) = self.log.pop_front() {
                self.session.repeat(entry);
                left = left.saturating_sub(1);
            }
        }
        self.session.advance_within(self.end, &mut left)
    }

    /// How much is played, from 0 to 1.
    pub fn progress(&self) -> f64 {
        match self.end.0 {
            0 => 1.0,
            end => (self.session.now().0 as f64 / end as f64).min(1.0),
        }
    }

    /// Plays the rest and goes to the moment that the reader looked at.
    pub fn finish(mut self) -> Session {
        while !self.advance(usize::MAX) {}
        self.session.seek(self.at);
        self.session
    }
}
