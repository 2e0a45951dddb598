//! Patches: JSON merge, JSON, strategic merge, and the three-way patch of `kubectl apply`.
//!
//! In: an object and a patch. Out: the patched object, before defaults and validation, or why it cannot be patched.

pub mod diff;
pub mod json;
pub mod merge;
pub mod order;
pub mod strategic;

pub use json::PatchError;
