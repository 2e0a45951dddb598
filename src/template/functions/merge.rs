//! Maps merged into maps, as mergo does for Sprig's `merge` and `mergeOverwrite`.
//!
//! What it does not copy it shares: a map that was missing in the destination is the source's own afterwards.

use super::deep::too_deep;
use crate::template::function::{Context, Error};
use crate::template::value::{Map, Value};

/// How deep maps are merged.
const DEPTH: usize = 500;

/// Merges `source` into `destination`. Without `overwrite` only what is missing or empty (zero, false, "") there
/// is filled; nil in the source counts only with it.
pub(crate) fn merge(
    context: &mut Context<'_>,
    destination: &Map,
    source: &Map,
    overwrite: bool,
) -> Result<(), Error> {
    merge_level(context, destination, source, overwrite, DEPTH)
}

fn merge_level(
    context: &mut Context<'_>,
    destination: &Map,
    source: &Map,
    overwrite: bool,
    depth: usize,
) -> Result<(), Error> {
    let below = depth.checked_sub(1).ok_or_else(too_deep)?;
    if destination.is_same(source) {
        return Ok(());
    }
    let entries: Vec<_> = source.entries().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
    context.charge(entries.len() as u64 * 16)?;
    for (key, new) in entries {
        let old = destination.get(&key);
        let is_missing = old.as_ref().is_none_or(|old| !old.is_true());
        match (&old, &new) {
            (_, Value::Nil) => {
                if overwrite {
                    destination.insert(key, Value::Nil);
                }
                continue;
            }
            (Some(Value::Map(old)), Value::Map(new)) => {
                merge_level(context, old, new, overwrite, below)?;
                // The merge may have filled a map that was empty; then it stays.
                if !old.is_empty() {
                    continue;
                }
            }
            (Some(Value::List(_) | Value::Bytes(_)), Value::List(_) | Value::Bytes(_)) => {
                if overwrite {
                    destination.insert(key.clone(), new.clone());
                }
                if !is_missing {
                    continue;
                }
            }
            _ => {}
        }
        if overwrite || is_missing {
            destination.insert(key, new);
        }
    }
    Ok(())
}
