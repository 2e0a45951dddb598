//! The API server: what a document means, whether it is accepted, what it becomes.
//!
//! In: documents with places, patches, the objects that exist. Out: objects as the server would store them, or its
//! refusal word by word, and where in the document it comes from. Objects are JSON trees.
//!
//! Invariants: nothing here keeps state; the same input gives the same answer; no input panics.
//! Mirrors: kube-apiserver 1.36 with its default admission plugins and feature gates (`tests/golden/validation`).

pub(crate) mod admission;
pub mod advice;
pub mod apply;
pub mod base64;
pub mod body;
pub mod check;
pub mod decode;
pub mod defaults;
pub mod explain;
pub mod field;
pub mod gates;
mod go_number;
pub mod image;
pub mod int_or_string;
mod internal;
pub(crate) mod job_selector;
pub mod label_selector;
pub mod labels;
pub mod names;
pub mod ownership;
pub mod patch;
mod pod_warnings;
pub mod prepare;
mod prepare_pod;
pub mod quantity;
mod read;
pub mod schema;
pub mod server;
mod service_address;
pub mod status;
pub mod surroundings;
pub mod time;
pub mod validate;
pub mod warnings;
pub mod zero;

pub use check::{Context, Verdict, check};
pub use int_or_string::IntOrString;
pub use quantity::Quantity;
pub use status::Status;
