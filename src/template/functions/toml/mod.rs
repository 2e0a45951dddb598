//! TOML as BurntSushi/toml writes and reads it.

mod read;
mod write;

pub(crate) use read::parse;
pub(crate) use write::encode;
