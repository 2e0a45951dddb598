//! JSON as Go's encoding/json writes and reads it.

mod read;
mod write;

pub(crate) use read::{kind_name, parse};
pub(crate) use write::{Style, encode};
