//! The functions that Helm v4.2.4 gives to templates, but for Go's built-in ones and `include` and `tpl`, which are
//! the engine's own.
//!
//! In: arguments that the evaluator has checked against the declared Go types. Out: values, or errors in the words
//! of Go, Sprig and Helm. Each theme is a file with a table of [`Function`]s; the algorithms behind them (versions,
//! times, digests, encodings) stand in files of their own and know nothing of templates.
//!
//! Invariants: no function panics, and none makes text or runs loops longer than its [`Context`] allows; random
//! functions draw from the context's seed alone.
//!
//! [`Context`]: crate::template::function::Context

use crate::template::function::{Function, Library};

mod base_encoding;
mod cast;
mod cluster;
mod crypto;
mod dates;
mod decimal;
mod deep;
mod defaults;
mod dicts;
mod encodings;
pub(crate) mod json;
mod letter_case;
mod lists;
mod math;
mod merge;
mod path;
mod paths;
mod random;
mod regex;
mod semver;
mod strconv;
mod strings;
mod time;
mod toml;
mod url;
mod wrap;
pub(crate) mod yaml_text;

pub(crate) use base_encoding::encode_base64;
pub(crate) use json::parse as parse_json;
pub(crate) use path::base as path_base;
pub(crate) use regex::{Problem as RegexProblem, compile_free as compile_regex};
pub(crate) use url::is_request_url;
pub(crate) use yaml_text::write as write_yaml;

pub use semver::{Constraints, Version};
pub use time::Time;

/// All functions of Helm v4.2.4's engine but those that are the engine's own.
pub fn library() -> Library {
    Library::new(THEMES)
}

/// Every theme's table.
static THEMES: &[&[Function]] = &[
    cluster::FUNCTIONS,
    crypto::FUNCTIONS,
    crypto::certificate::FUNCTIONS,
    dates::FUNCTIONS,
    defaults::FUNCTIONS,
    dicts::FUNCTIONS,
    encodings::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    paths::FUNCTIONS,
    random::FUNCTIONS,
    regex::FUNCTIONS,
    semver::FUNCTIONS,
    strings::FUNCTIONS,
    url::FUNCTIONS,
];

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
