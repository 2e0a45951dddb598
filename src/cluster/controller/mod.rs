//! The controllers, one file each: each looks at one object and does what is missing.
//!
//! In: the cluster and the key of what may need attention. Out: writes and events, made through the same requests
//! that clients make, so that a refusal stops a controller where it would stop the real one. An error asks for a
//! retry with back-off.

mod adoption;
pub(crate) mod autoscaler;
pub(crate) mod claim_protection;
pub(crate) mod cron_job;
pub(crate) mod deployment;
pub(crate) mod disruption;
pub(crate) mod garbage;
pub(crate) mod job;
pub(crate) mod node_lifecycle;
pub(crate) mod pod_gc;
pub(crate) mod replica_set;
pub(crate) mod scheduler;
mod slow_start;
pub(crate) mod stateful_set;
pub(crate) mod taint_eviction;
pub(crate) mod volume;
