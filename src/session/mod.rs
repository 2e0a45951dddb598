//! What a reader did, as a log, and the world at any moment of it.
//!
//! In: [`Action`]s, each at a moment of virtual time. Out: the [`World`] at that moment, or at any other.
//!
//! Invariants: the world is a function of the log alone; time never runs backwards inside a world, so going back
//! means replaying from an earlier checkpoint; acting in the past forks: what came after is dropped (the caller may
//! keep the old log first, see [`Session::log`]). Nothing a stored log holds can panic: actions that the world
//! refuses are refused again on replay.

mod action;
mod drain;
mod rehearsal;
mod release;
mod replay;
mod stored_action;
#[cfg(test)]
mod tests;
mod timeline;
mod world;

pub use action::{Action, HookManifest, NodeChange, Outcome};
pub use rehearsal::{Effect, Planned, Refusal};
pub use release::{HookEvent, Release, ReleaseStatus};
pub use replay::Replay;
pub use timeline::{Entry, Limit, Moment, MomentKind, Session, StoredSession};
pub use world::World;
