//! The simulated cluster as the page holds it: a session, a look at it after each change, and the clock that lets
//! its time pass.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use yew::prelude::*;

use super::model::moment::{Moment, TimelineView};
use super::model::object::ObjectKey;
use super::model::offer::{self, Offer};
use super::model::upgrade::{Upgrade, upgrade};
use super::model::world_view::{Looker, course_name};
use crate::cluster::{Duration, Instant};
use crate::platform::{Task, after_paint, milliseconds, soon};
use crate::session::{Action, Outcome, Replay, Session, StoredSession};

/// How many nodes a new cluster has.
const NODES: usize = 3;
/// Milliseconds between two looks while time passes.
const TICK: u32 = 50;
/// A tick never counts for more than this many milliseconds: a page in the background does not run ahead.
const LONGEST_TICK: f64 = 250.0;

/// How long one piece of a long work may take, in milliseconds: the page answers between two.
const PIECE: f64 = 29.0;
/// How often the progress of a long work is drawn, in milliseconds: to draw the page takes a while itself.
const DRAWN_EVERY: f64 = 100.0;
/// How many moments are played between two looks at the clock.
const MOMENTS_A_LOOK: usize = 16;
/// When nothing has changed for this long, the cluster is at rest.
const REST: Duration = Duration(30_000);

/// More courses than this are forgotten, the oldest first.
const MOST_COURSES: usize = 8;

/// A work that takes longer than a frame.
enum Work {
    /// The last session is played again.
    Replay(Box<Replay>),
    /// Time is skipped until the cluster is at rest.
    Skip,
}

/// A release as the head shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReleaseView {
    pub(super) name: String,
    pub(super) revision: u32,
    /// In the words of `helm status`.
    pub(super) status: &'static str,
    pub(super) description: String,
    /// The manifest that it was last applied with.
    pub(super) manifest: Rc<str>,
}

/// The cluster at the moment that the reader looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ClusterView {
    pub(super) moment: Moment,
    pub(super) timeline: Rc<TimelineView>,
    pub(super) releases: Vec<ReleaseView>,
    /// Whether nothing has been done yet.
    pub(super) is_untouched: bool,
    /// While the last session is played again: how much of it, in per cent.
    pub(super) replayed: Option<u32>,
    /// Whether time is being skipped until the cluster is at rest.
    pub(super) is_skipping: bool,
    /// Courses that were left by acting in the past, in words, the last left first.
    pub(super) courses: Rc<Vec<String>>,
}

struct Held {
    session: Session,
    work: Option<Work>,
    /// What was left by acting in the past, the last left first.
    courses: Vec<StoredSession>,
    /// The next piece of it; dropping it stops the work.
    next_piece: Option<Task>,
    /// When its progress was last drawn.
    drawn: f64,
    looker: Looker,
    /// Which moment the last look was at, so that passing time alone costs nothing.
    looked_at: Option<(usize, usize, u64, u64)>,
    last: Rc<ClusterView>,
}

/// A hold on the cluster.
#[derive(Clone)]
pub(super) struct Cluster {
    held: Rc<RefCell<Held>>,
    pub(super) view: UseStateHandle<Rc<ClusterView>>,
    changes: Rc<RefCell<u64>>,
}

impl Cluster {
    /// Acts now; in the past this forks.
    pub(super) fn act(&self, action: Action) -> Outcome {
        let outcome = {
            let mut held = self.held.borrow_mut();
            if held.is_replaying() {
                return Outcome::refused("The last session is still being played again.");
            }
            held.stop_work();
            if held.session.drops() > 0 {
                let left = held.session.store();
                held.courses.insert(0, left);
                held.courses.truncate(MOST_COURSES);
            }
            held.looker.forget_marks();
            held.session.act(action)
        };
        *self.changes.borrow_mut() += 1;
        self.look();
        outcome
    }

    /// What an action that applies a render would do now.
    pub(super) fn preview(&self, action: &Action) -> Option<Upgrade> {
        upgrade(self.held.borrow().session.world(), action)
    }

    /// Who manages the fields of an object.
    pub(super) fn managed_fields(&self, key: &ObjectKey) -> Option<Rc<serde_json::Value>> {
        let held = self.held.borrow();
        held.session.world().cluster.managed_fields(&key.kind, &key.namespace, &key.name)
    }

    /// Lets so many milliseconds of virtual time pass.
    fn pass(&self, milliseconds: u64) {
        {
            let mut held = self.held.borrow_mut();
            if held.work.is_some() {
                return;
            }
            held.session.advance(Duration(milliseconds));
        }
        self.look();
    }

    /// What can be done to an object now, in the order of its menu.
    pub(super) fn offers(&self, key: &ObjectKey) -> Vec<Offer> {
        let held = self.held.borrow();
        let is_silent = key.kind == "Node" && held.session.world().cluster.is_silent(&key.name);
        let object = held.last.moment.object(key);
        object.map(|object| offer::offers(object, held.session.now(), is_silent)).unwrap_or_default()
    }

    /// Skips time until the cluster is at rest, piece by piece; only the end is drawn.
    pub(super) fn skip(&self) {
        {
            let mut held = self.held.borrow_mut();
            if held.work.is_some() {
                return;
            }
            let end = held.session.end();
            held.session.seek(end);
            held.work = Some(Work::Skip);
        }
        self.piece();
    }

    /// Stops skipping where it is.
    pub(super) fn stop(&self) {
        let is_skipping = {
            let mut held = self.held.borrow_mut();
            let is_skipping = matches!(held.work, Some(Work::Skip));
            if is_skipping {
                held.stop_work();
            }
            is_skipping
        };
        if is_skipping {
            self.look();
        }
    }

    /// Goes back to a course that was left, and keeps this one instead.
    pub(super) fn take_course(&self, index: usize) {
        {
            let mut held = self.held.borrow_mut();
            if held.is_replaying() || index >= held.courses.len() {
                return;
            }
            held.stop_work();
            let course = held.courses.remove(index);
            let left = held.session.store();
            held.courses.insert(0, left);
            held.looker.forget_marks();
            held.work = Some(Work::Replay(Box::new(Replay::new(course))));
        }
        *self.changes.borrow_mut() += 1;
        self.piece();
    }

    /// Does a piece of the work, and sees to the next one.
    fn piece(&self) {
        let is_done = {
            let mut held = self.held.borrow_mut();
            let start = milliseconds();
            let mut is_done = held.work.is_none();
            while !is_done && milliseconds() - start < PIECE {
                is_done = held.work_on();
            }
            is_done
        };
        if is_done {
            self.look();
            return;
        }
        let next = {
            let mut held = self.held.borrow_mut();
            let (cluster, now) = (self.clone(), milliseconds());
            let next_piece = move || cluster.piece();
            if now - held.drawn < DRAWN_EVERY {
                held.next_piece = Some(soon(next_piece));
                return;
            }
            held.drawn = now;
            held.next_piece = Some(after_paint(0, next_piece));
            held.progress()
        };
        self.view.set(next);
    }

    /// Goes to the moment before or after; `false` if there is none.
    pub(super) fn step(&self, forward: bool) -> bool {
        let stepped = {
            let mut held = self.held.borrow_mut();
            if held.is_replaying() {
                return false;
            }
            held.stop_work();
            let session = &mut held.session;
            if forward { session.step_forward() } else { session.step_back() }
        };
        self.look();
        stepped
    }

    /// Goes to a moment, in milliseconds of virtual time.
    pub(super) fn seek(&self, at: u64) {
        {
            let mut held = self.held.borrow_mut();
            if held.is_replaying() {
                return;
            }
            held.stop_work();
            held.session.seek(Instant(at));
        }
        self.look();
    }

    /// A fresh cluster at time zero.
    pub(super) fn reset(&self) {
        *self.held.borrow_mut() = Held::new(Session::new(NODES));
        *self.changes.borrow_mut() += 1;
        self.look();
    }

    /// The session as text for storage; `None` while the stored one is still being played.
    pub(super) fn to_text(&self) -> Option<String> {
        let held = self.held.borrow();
        if held.is_replaying() { None } else { serde_json::to_string(&held.session.store()).ok() }
    }

    fn look(&self) {
        let next = self.held.borrow_mut().look();
        self.view.set(next);
    }
}

impl Held {
    fn new(session: Session) -> Held {
        Held {
            session,
            work: None,
            courses: Vec::new(),
            next_piece: None,
            drawn: 0.0,
            looker: Looker::default(),
            looked_at: None,
            last: Rc::default(),
        }
    }

    fn course_names(&self) -> Rc<Vec<String>> {
        if self.courses.is_empty() {
            return Rc::default();
        }
        Rc::new(self.courses.iter().map(course_name).collect())
    }

    fn is_replaying(&self) -> bool {
        matches!(self.work, Some(Work::Replay(_)))
    }

    fn stop_work(&mut self) {
        self.work = None;
        self.next_piece = None;
    }

    /// Goes on with the work for a few moments; `true` when it is done.
    fn work_on(&mut self) -> bool {
        let is_done = match &mut self.work {
            None => true,
            Some(Work::Replay(replay)) => replay.advance(MOMENTS_A_LOOK),
            Some(Work::Skip) => {
                let session = &mut self.session;
                let before = session.moments().len();
                let rest = session.now() + REST;
                let reached = session.advance_within(rest, &mut MOMENTS_A_LOOK.clone());
                reached && session.moments().len() == before
            }
        };
        if is_done && let Some(Work::Replay(replay)) = self.work.take() {
            self.session = replay.finish();
        }
        is_done
    }

    /// The last look, and how far the work is.
    fn progress(&mut self) -> Rc<ClusterView> {
        let replayed = match &self.work {
            Some(Work::Replay(replay)) => Some((replay.progress() * 100.0) as u32),
            _ => None,
        };
        let timeline = Rc::new(self.looker.timeline(&self.session));
        self.last = Rc::new(ClusterView {
            timeline,
            replayed,
            is_skipping: replayed.is_none(),
            ..(*self.last).clone()
        });
        Rc::clone(&self.last)
    }

    fn look(&mut self) -> Rc<ClusterView> {
        let session = &self.session;
        let timeline = Rc::new(self.looker.timeline(session));
        let version = session.world().cluster.resource_version();
        // Counts and files change without any object changing.
        let second = session.now().0 / 1000;
        let at = (session.cursor(), session.moments().len(), version, second);
        if self.looked_at == Some(at) {
            let last = (*self.last).clone();
            let courses = self.course_names();
            let next = ClusterView { timeline, replayed: None, is_skipping: false, courses, ..last };
            self.last = Rc::new(next);
            return Rc::clone(&self.last);
        }
        self.looked_at = Some(at);
        let world = session.world();
        let releases = world
            .releases()
            .map(|release| ReleaseView {
                name: release.name.clone(),
                revision: release.revision,
                status: release.status.word(),
                description: release.description.clone(),
                manifest: last_manifest(session, &release.name),
            })
            .collect();
        self.last = Rc::new(ClusterView {
            moment: self.looker.moment(world),
            timeline,
            releases,
            is_untouched: session.log().is_empty(),
            replayed: None,
            is_skipping: false,
            courses: self.course_names(),
        });
        Rc::clone(&self.last)
    }
}

/// The manifest of the last apply of a release up to the moment looked at.
fn last_manifest(session: &Session, name: &str) -> Rc<str> {
    let now = session.now();
    session
        .log()
        .iter()
        .rev()
        .filter(|entry| entry.at <= now)
        .find_map(|entry| match &entry.action {
            Action::Apply { release, manifest, .. } if release == name => Some(manifest.as_str().into()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The session of the last visit, or a new one; each drawing of the page gets a hold on it.
#[hook]
pub(super) fn use_cluster(stored: impl FnOnce() -> Option<StoredSession>) -> Cluster {
    let held = use_memo((), |()| {
        let mut held = Held::new(Session::new(NODES));
        if let Some(stored) = stored() {
            held.work = Some(Work::Replay(Box::new(Replay::new(stored))));
            // Most sessions are short: no reader sees how they are played.
            let start = milliseconds();
            while !held.work_on() && milliseconds() - start < PIECE {}
        }
        RefCell::new(held)
    });

    let first = {
        let held = Rc::clone(&held);
        move || {
            let mut held = held.borrow_mut();
            if held.is_replaying() { held.progress() } else { held.look() }
        }
    };
    let view = use_state(first);
    let changes = use_mut_ref(|| 0);
    let cluster = Cluster { held, view, changes };
    use_effect_with((), {
        let cluster = cluster.clone();
        move |()| {
            if cluster.view.replayed.is_some() {
                cluster.piece();
            }
        }
    });
    cluster
}

/// Lets time pass while `playing`, at so many virtual seconds a second.
#[hook]
pub(super) fn use_clock(cluster: &Cluster, playing: bool, speed: u32) {
    let latest = use_mut_ref(|| cluster.clone());
    *latest.borrow_mut() = cluster.clone();
    use_effect_with((playing, speed), move |(playing, speed)| {
        let speed = f64::from(*speed);
        let mut last = milliseconds();
        let interval = playing.then(|| {
            Interval::new(TICK, move || {
                let now = milliseconds();
                let passed = (now - last).clamp(0.0, LONGEST_TICK);
                last = now;
                let cluster = latest.borrow().clone();
                cluster.pass((passed * speed) as u64);
            })
        });
        move || drop(interval)
    });
}
