//! StatefulSet Playground: render a Helm chart, judge its manifests as the API server would, run them in a
//! simulated Kubernetes and move through time.
//!
//! Data flows one way, one module a step, each step a pure function:
//! chart and values → [`template`] → manifest text → [`yaml`] → documents → [`api`] → objects →
//! [`cluster`] → a world in virtual time → [`session`] → a timeline → `ui` → what the reader sees.
//!
//! The modules stand here in the order of their layers. A module may import only from those above it in this
//! list; only `ui` and `platform` may name the browser. `tests/architecture.rs` holds both rules.

pub mod diagnostic;

mod gather;

pub mod yaml;

pub mod template;

pub mod chart;

pub mod api;

pub mod cluster;

pub mod session;

pub mod platform;

pub mod ui;
