//! `import-values`: tables of a subchart's values that its parent takes for its own, below those that it has.

use super::table_path;
use crate::chart::Chart;
use crate::chart::log::{Level, Log, Record};
use crate::chart::metadata::{Dependency, ImportValue};
use crate::chart::values::coalesce::coalesce;
use crate::chart::values::overlay::{Nulls, fill};
use crate::chart::values::table::{deep_copy, new_table};
use crate::template::Value;
use crate::template::value::Map;

/// Gives `chart` and its subcharts, those first, the values that they import.
///
/// # Errors
/// Helm's words where values cannot be merged.
pub(super) fn take_over(chart: &mut Chart, log: &mut Log) -> Result<(), String> {
    for subchart in &mut chart.dependencies {
        take_over(subchart, log)?;
    }
    if chart.metadata.dependencies.is_none() {
        return Ok(());
    }
    let values = coalesce(chart, &new_table(), Nulls::Keep, log)?;
    let imported = new_table();
    for dependency in chart.metadata.dependencies() {
        for import in &dependency.import_values {
            match table_of(import, dependency, &values) {
                Some(Ok(table)) => fill(&imported, &table, "", Nulls::Keep, log),
                Some(Err(record)) => log.add(record),
                None => {}
            }
        }
    }
    let values = deep_copy(&values);
    fill(&values, &imported, "", Nulls::Keep, log);
    chart.values = values;
    Ok(())
}

/// The table that an item of `import-values` brings, where the parent wants it; a warning if there is none.
fn table_of(import: &ImportValue, dependency: &Dependency, values: &Map) -> Option<Result<Map, Record>> {
    let name = &dependency.name;
    Some(match import {
        ImportValue::Export(export) => table_path(values, &format!("{name}.exports.{export}"))
            .map_err(|error| Record::new(Level::Warn, "ImportValues missing table").with("error", error)),
        ImportValue::Pair(child, parent) => match table_path(values, &format!("{name}.{child}")) {
            Ok(table) => Ok(placed(table, parent)),
            Err(error) => {
                let record = Record::new(Level::Warn, "ImportValues missing table from chart");
                Err(record.with("chart", name.as_str()).with("error", error))
            }
        },
        ImportValue::Other => return None,
    })
}

/// `table` below the maps of a path with dots; `.` is no path at all.
fn placed(table: Map, path: &str) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, name| {
        let outer = new_table();
        outer.insert(name, Value::Map(inner));
        outer
    })
}
