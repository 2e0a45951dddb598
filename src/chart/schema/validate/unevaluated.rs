//! `unevaluatedProperties` and `unevaluatedItems`: what no other keyword has looked at.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::document::Document;
use super::Check;
use crate::gather::Gather;

/// Properties and items of one instance that no keyword has looked at yet.
#[derive(Default)]
pub(super) struct Unevaluated {
    properties: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Unevaluated {
    /// All there are; none where the schema never asks.
    pub(super) fn all(instance: &Json, document: &Document<'_>) -> Unevaluated {
        match instance {
            Json::Object(object) if document.asks_for_unevaluated => {
                Unevaluated { properties: object.keys().cloned().gather(), ..Unevaluated::default() }
            }
            Json::Array(items) if document.asks_for_unevaluated => {
                Unevaluated { items: (0..items.len()).gather(), ..Unevaluated::default() }
            }
            _ => Unevaluated::default(),
        }
    }

    pub(super) fn has_seen(&mut self, property: &str) {
        self.properties.remove(property);
    }

    pub(super) fn has_seen_item(&mut self, index: usize) {
        self.items.remove(&index);
    }

    pub(super) fn keep_common(&mut self, other: &Unevaluated) {
        self.properties.retain(|name| other.properties.contains(name));
        self.items.retain(|index| other.items.contains(index));
    }
}

/// Applies the schemas for the rest.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    if check.draft() < 2019 {
        return Ok(());
    }
    let keywords = check.keywords;
    if let (Some(schema), Json::Object(object)) = (keywords.get("unevaluatedProperties"), instance) {
        for name in std::mem::take(&mut check.unevaluated.properties) {
            if let Some(value) = object.get(&name) {
                check.descend(schema, value, &name)?;
            }
        }
    }
    if let (Some(schema), Json::Array(items)) = (keywords.get("unevaluatedItems"), instance) {
        for index in std::mem::take(&mut check.unevaluated.items) {
            if let Some(item) = items.get(index) {
                check.descend(schema, item, &index.to_string())?;
            }
        }
    }
    Ok(())
}
