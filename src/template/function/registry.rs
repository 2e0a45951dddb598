//! All functions that templates can call, by name.

use std::collections::BTreeMap;

use super::Function;
use crate::gather::Gather;

/// The functions of a template set. Built once and shared by every rendering.
#[derive(Default)]
pub struct Library {
    functions: BTreeMap<&'static str, &'static Function>,
}

impl Library {
    /// The functions of all `themes`; of two with one name the later stays.
    pub fn new(themes: &[&'static [Function]]) -> Library {
        let functions =
            themes.iter().flat_map(|theme| theme.iter()).map(|function| (function.name, function));
        Library { functions: functions.gather() }
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.functions.get(name).copied()
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.functions.keys().copied()
    }
}
