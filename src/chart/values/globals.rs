//! `global`: the one table that a chart hands down to its subcharts.

use super::overlay::{Nulls, below, fill};
use super::table::{entries, new_table, shallow_copy};
use crate::chart::log::Log;
use crate::template::Value;
use crate::template::value::Map;

const GLOBAL: &str = "global";

/// Hands the globals of a chart's values down to those of its subchart, where the chart's win.
pub(super) fn hand_down(parent: &Map, subchart: &Map, path: &str, log: &mut Log) {
    let mut table = |values: &Map, whose: &str| match values.get(GLOBAL) {
        None => Some(new_table()),
        Some(Value::Map(table)) => Some(table),
        Some(_) => {
            log.printed(format!("warning: skipping globals because {whose} global is not a table."));
            None
        }
    };
    let Some(own) = table(subchart, "destination") else { return };
    let Some(handed) = table(parent, "source") else { return };
    for (key, value) in entries(&handed) {
        match (value, own.get(&key)) {
            (Value::Map(_), Some(other)) if !matches!(other, Value::Map(_)) => {
                log.printed(format!("Conflict: cannot merge map onto non-map for \"{key}\". Skipping."));
            }
            (Value::Map(table), existing) => {
                let copy = shallow_copy(&table);
                if let Some(Value::Map(existing)) = existing {
                    fill(&copy, &existing, &below(path, &key), Nulls::Keep, log);
                }
                own.insert(key, Value::Map(copy));
            }
            (_, Some(Value::Map(_))) => log.printed(format!("key {key} is table. Skipping")),
            (value, _) => own.insert(key, value),
        }
    }
    subchart.insert(GLOBAL, Value::Map(own));
}
