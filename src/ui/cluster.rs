//! The simulated cluster as the page holds it: a session, a look at it after each change, and the clock that lets
//! its time pass.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use yew::prelude::*;

use super::model::moment::{Moment, TimelineView};
use super::model::world_view::Looker;
use crate::cluster::{Duration, Instant};
use crate::platform::milliseconds;
use crate::session::{Action, Outcome, Session, StoredSession};

/// How many nodes a new cluster has.
const NODES: usize = 3;
/// Milliseconds between two looks while time passes.
const TICK: u32 = 50;
/// A tick never counts for more than this many milliseconds: a page in the background does not run ahead.
const LONGEST_TICK: f64 = 250.0;

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
}

struct Held {
    session: Session,
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
            held.looker.forget_marks();
            held.session.act(action)
        };
        *self.changes.borrow_mut() += 1;
        self.look();
        outcome
    }

    /// Lets so many milliseconds of virtual time pass.
    fn pass(&self, milliseconds: u64) {
        self.held.borrow_mut().session.advance(Duration(milliseconds));
        self.look();
    }

    /// Goes to the moment before or after; `false` if there is none.
    pub(super) fn step(&self, forward: bool) -> bool {
        let stepped = {
            let session = &mut self.held.borrow_mut().session;
            if forward { session.step_forward() } else { session.step_back() }
        };
        self.look();
        stepped
    }

    /// Goes to a moment, in milliseconds of virtual time.
    pub(super) fn seek(&self, at: u64) {
        self.held.borrow_mut().session.seek(Instant(at));
        self.look();
    }

    /// A fresh cluster at time zero.
    pub(super) fn reset(&self) {
        *self.held.borrow_mut() = Held::new(Session::new(NODES));
        *self.changes.borrow_mut() += 1;
        self.look();
    }

    /// The session as text for storage.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(&self.held.borrow().session.store()).unwrap_or_default()
    }

    fn look(&self) {
        let next = self.held.borrow_mut().look();
        self.view.set(next);
    }
}

impl Held {
    fn new(session: Session) -> Held {
        Held { session, looker: Looker::default(), looked_at: None, last: Rc::default() }
    }

    fn look(&mut self) -> Rc<ClusterView> {
        let session = &self.session;
        let timeline = Rc::new(self.looker.timeline(session));
        let version = session.world().cluster.resource_version();
        // Counts and files change without any object changing.
        let second = session.now().0 / 1000;
        let at = (session.cursor(), session.moments().len(), version, second);
        if self.looked_at == Some(at) {
            self.last = Rc::new(ClusterView { timeline, ..(*self.last).clone() });
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
        let session = stored().map_or_else(|| Session::new(NODES), Session::restore_from);
        RefCell::new(Held::new(session))
    });

    let first = {
        let held = Rc::clone(&held);
        move || held.borrow_mut().look()
    };
    let view = use_state(first);
    let changes = use_mut_ref(|| 0);
    Cluster { held, view, changes }
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
