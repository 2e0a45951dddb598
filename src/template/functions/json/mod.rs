//! JSON as Go's encoding/json writes and reads it.

mod read;
mod write;

pub(crate) use read::{Parsed, kind_name, parse, parse_on};
pub(crate) use write::{Style, encode};
