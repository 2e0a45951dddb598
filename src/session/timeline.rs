//! The log, the moments at which something changed, and the checkpoints that make every one of them near.

use serde::{Deserialize, Serialize};

use super::{Action, Outcome, Replay, World};
use crate::cluster::{Duration, Instant};

/// After how many moments a checkpoint is kept: seeking replays at most this many.
const CHECKPOINT_EVERY: usize = 32;
/// How far one call to [`Session::step_forward`] looks for the next change.
const STEP_HORIZON: Duration = Duration(600_000);
/// How many moments a session may have; older ones than that cannot come from a stored log.
const MAX_MOMENTS: usize = 200_000;
/// How long a session may last: three days. Time stands still there, so that no stored log takes long to replay.
const LONGEST: Instant = Instant(3 * 86_400_000);

/// One action of the reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in virtual time.
    pub at: Instant,
    /// What.
    pub action: Action,
}

/// A moment at which the world changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, in virtual time. Several moments may share an instant: they follow each other in order.
    pub at: Instant,
    /// What made the change.
    pub kind: MomentKind,
}

/// What made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// The session's start.
    Start,
    /// The reader: the entry of this index in the log.
    Action(usize),
    /// The world by itself, as time passed.
    Change,
}

/// A session as it is kept in storage: the log alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSession {
    /// The format's version: 1.
    pub version: u32,
    /// How many nodes the cluster has.
    pub nodes: usize,
    /// What the reader did, in order.
    pub log: Vec<Entry>,
    /// The moment the reader looked at.
    pub at: Instant,
    /// The last moment that was played.
    pub end: Instant,
}

struct Checkpoint {
    /// How many moments had passed.
    moment: usize,
    /// How many entries of the log had been acted on.
    acted: usize,
    world: World,
}

/// Why a session goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It has lasted as long as one may: three days of virtual time.
    Time,
    /// It has as many moments as one may.
    Moments,
}

/// A log and the world at the moment that the reader looks at.
pub struct Session {
    nodes: usize,
    log: Vec<Entry>,
    moments: Vec<Moment>,
    checkpoints: Vec<Checkpoint>,
    /// The index in `moments` of the last moment that has passed in `world`.
    cursor: usize,
    /// How many entries of the log `world` has acted on.
    acted: usize,
    world: World,
    /// How far the timeline has been played; never before the last moment.
    end: Instant,
}

impl Session {
    /// An empty cluster of `nodes` nodes (1 to 50) at time zero.
    pub fn new(nodes: usize) -> Session {
        let nodes = nodes.clamp(1, 50);
        let world = World::new(nodes);
        let at = world.now();
        Session {
            nodes,
            log: Vec::new(),
            moments: vec![Moment { at, kind: MomentKind::Start }],
            checkpoints: vec![Checkpoint { moment: 0, acted: 0, world: world.clone() }],
            cursor: 0,
            acted: 0,
            world,
            end: at,
        }
    }

    /// The world at the moment that the reader looks at.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The moment that the reader looks at.
    pub fn now(&self) -> Instant {
        self.world.now()
    }

    /// How far the timeline has been played.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Every moment at which something changed, in order.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The index in [`Session::moments`] of the last moment that has passed.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// What the reader did, in order.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// Whether an action now would drop a recorded future.
    pub fn is_in_past(&self) -> bool {
        self.cursor + 1 < self.moments.len()
    }

    /// Acts now. In the past this forks: the recorded future is dropped.
    pub fn act(&mut self, action: Action) -> Outcome {
        self.fork();
        self.log.push(Entry { at: self.now(), action });
        self.act_next()
    }

    /// Lets time pass: through the recorded future if there is one, then beyond it.
    pub fn advance(&mut self, duration: Duration) {
        self.advance_to(self.now() + duration);
    }

    /// Goes to the next moment at which something changes, recorded or not. Does nothing if nothing would change
    /// within ten minutes of virtual time.
    pub fn step_forward(&mut self) -> bool {
        if self.is_in_past() {
            self.seek_moment(self.cursor + 1);
            return true;
        }
        let horizon = (self.now() + STEP_HORIZON).min(LONGEST);
        !self.is_full() && self.step_to(horizon)
    }

    /// Goes to the moment before the one that the reader looks at; `false` at the start.
    pub fn step_back(&mut self) -> bool {
        // Between two moments, the step back first goes to the one that has passed.
        if self.now() > self.moments[self.cursor].at {
            self.seek_moment(self.cursor);
            return true;
        }
        if self.cursor == 0 {
            return false;
        }
        self.seek_moment(self.cursor - 1);
        true
    }

    /// Goes to a moment by its index in [`Session::moments`]; past the last, to the last.
    pub fn seek_moment(&mut self, moment: usize) {
        let moment = moment.min(self.moments.len() - 1);
        self.restore(moment);
        while self.cursor < moment {
            self.replay_next();
        }
    }

    /// Goes to an instant, at most to the end of what was played.
    pub fn seek(&mut self, at: Instant) {
        let at = at.min(self.end);
        let moment = self.moments.partition_point(|moment| moment.at <= at).saturating_sub(1);
        self.seek_moment(moment);
        self.world.advance_quietly_to(at);
    }

    /// The log for storage.
    pub fn store(&self) -> StoredSession {
        StoredSession { version: 1, nodes: self.nodes, log: self.log.clone(), at: self.now(), end: self.end }
    }

    /// Replays a stored log. Entries out of order are dropped, and so is whatever does not fit the limits.
    pub fn restore_from(stored: StoredSession) -> Session {
        Replay::new(stored).finish()
    }

    /// Which limit the session has reached, if it has: nothing happens by itself any more.
    pub fn limit(&self) -> Option<Limit> {
        if self.is_full() { Some(Limit::Moments) } else { (self.now() >= LONGEST).then_some(Limit::Time) }
    }

    /// How many of the reader's actions an action now would drop.
    pub fn drops(&self) -> usize {
        self.log.len() - self.acted
    }

    /// Whether no more moments fit.
    pub(super) fn is_full(&self) -> bool {
        self.moments.len() >= MAX_MOMENTS
    }

    /// Acts as a log says; where time came to its end, the action comes earlier than it was written down for.
    pub(super) fn repeat(&mut self, entry: Entry) {
        self.log.push(Entry { at: self.now(), ..entry });
        self.act_next();
    }

    /// Lets time pass to an instant, at the end of what was recorded, as long as `left` lasts: each moment takes one
    /// of it, and so does each stretch of time without one. `true` when the instant is reached, or the limit.
    pub fn advance_within(&mut self, at: Instant, left: &mut usize) -> bool {
        let at = at.min(LONGEST);
        while !self.is_full() {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let is_quiet = !self.step_to((self.now() + STEP_HORIZON).min(at));
            if is_quiet && self.now() >= at {
                break;
            }
        }
        true
    }

    fn fork(&mut self) {
        if self.is_in_past() {
            self.moments.truncate(self.cursor + 1);
            self.log.truncate(self.acted);
            let cursor = self.cursor;
            self.checkpoints.retain(|checkpoint| checkpoint.moment <= cursor);
        }
        self.end = self.now();
    }

    /// Acts on the next entry of the log, at its time, and records the moment.
    fn act_next(&mut self) -> Outcome {
        let index = self.acted;
        let outcome = self.world.act(&self.log[index].action);
        self.acted += 1;
        self.record(MomentKind::Action(index));
        outcome
    }

    fn advance_to(&mut self, at: Instant) {
        let at = at.min(LONGEST);
        while self.is_in_past() && self.moments[self.cursor + 1].at <= at {
            self.replay_next();
        }
        if self.is_in_past() {
            self.world.advance_quietly_to(at);
            return;
        }
        while !self.is_full() && self.step_to(at) {}
        self.end = self.end.max(self.now());
    }

    /// Advances to the next change, at most to `limit`; `true` if there was one.
    fn step_to(&mut self, limit: Instant) -> bool {
        let changed = self.world.advance_to_next_change(limit);
        if changed {
            self.record(MomentKind::Change);
        }
        self.end = self.end.max(self.now());
        changed
    }

    fn record(&mut self, kind: MomentKind) {
        self.moments.push(Moment { at: self.now(), kind });
        self.cursor += 1;
        self.end = self.end.max(self.now());
        let last = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.moment);
        if self.cursor >= last + CHECKPOINT_EVERY {
            let world = self.world.clone();
            self.checkpoints.push(Checkpoint { moment: self.cursor, acted: self.acted, world });
        }
    }

    /// Puts back the last checkpoint that is not after `moment`, unless the world itself is nearer.
    fn restore(&mut self, moment: usize) {
        let index = self.checkpoints.partition_point(|checkpoint| checkpoint.moment <= moment);
        let checkpoint = &self.checkpoints[index.saturating_sub(1)];
        let own_is_exact = self.now() == self.moments[self.cursor].at;
        let own_is_nearer = self.cursor <= moment && self.cursor >= checkpoint.moment;
        if own_is_nearer && (self.cursor < moment || own_is_exact) {
            return;
        }
        self.world = checkpoint.world.clone();
        self.cursor = checkpoint.moment;
        self.acted = checkpoint.acted;
    }

    /// Repeats the recorded moment after the cursor.
    fn replay_next(&mut self) {
        let next = self.moments[self.cursor + 1];
        match next.kind {
            MomentKind::Start => {}
            MomentKind::Action(index) => {
                self.world.advance_quietly_to(next.at);
                self.world.act(&self.log[index].action);
                self.acted = index + 1;
            }
            MomentKind::Change => {
                self.world.advance_to_next_change(next.at);
            }
        }
        self.cursor += 1;
    }
}
