//! Which subcharts take part, and under which names.
//!
//! A subchart that `Chart.yaml` does not name always does. A named one does unless its tags say no; its first
//! condition that is set has the last word. Tags and conditions are read from values, merged down to that chart.

use std::rc::Rc;

use super::{set_dependencies, table_path};
use crate::chart::log::{Level, Log, Record};
use crate::chart::metadata::Dependency;
use crate::chart::values::coalesce::coalesce;
use crate::chart::values::overlay::Nulls;
use crate::chart::values::table::table_at;
use crate::chart::{Chart, version};
use crate::template::Value;
use crate::template::value::Map;

/// Leaves those subcharts of `chart`, and of its subcharts, that take part. `path` is what conditions of this chart
/// are looked up below: the names of the charts above it, each with a dot behind.
///
/// # Errors
/// Helm's words where values cannot be merged.
pub(super) fn keep(chart: &mut Chart, values: &Map, path: &str, log: &mut Log) -> Result<(), String> {
    let Some(named) = &chart.metadata.dependencies else { return Ok(()) };
    let mut named: Vec<Dependency> = named.iter().flatten().cloned().collect();
    chart.dependencies = in_order(&chart.dependencies, &named);
    for dependency in &mut named {
        dependency.enabled = true;
        if !dependency.alias.is_empty() {
            dependency.name = dependency.alias.clone();
        }
    }
    set_dependencies(chart, &named);
    let values = coalesce(chart, values, Nulls::Remove, log)?;
    for dependency in &mut named {
        dependency.enabled = by_tags(dependency, &values, log);
    }
    for dependency in &mut named {
        if let Some(enabled) = by_condition(dependency, &values, path, log) {
            dependency.enabled = enabled;
        }
    }
    let off: Vec<String> = named
        .iter()
        .filter(|dependency| !dependency.enabled)
        .map(|dependency| dependency.name.clone())
        .collect();
    let is_on = |name: &str| !off.iter().any(|off| off == name);
    chart.dependencies.retain(|subchart| is_on(subchart.name()));
    for subchart in &mut chart.dependencies {
        let path = format!("{path}{}.", subchart.name());
        keep(subchart, &values, &path, log)?;
    }
    named.retain(|dependency| is_on(&dependency.name));
    set_dependencies(chart, &named);
    Ok(())
}

/// Subcharts that nobody names, then one for each that `Chart.yaml` names and that is there, under its alias.
fn in_order(present: &[Chart], named: &[Dependency]) -> Vec<Chart> {
    let is_named = |chart: &Chart| named.iter().any(|dependency| fits(dependency, chart));
    let others = present.iter().filter(|chart| !is_named(chart)).cloned();
    let wanted = named.iter().filter_map(|dependency| {
        let mut chart = present.iter().find(|chart| fits(dependency, chart))?.clone();
        if !dependency.alias.is_empty() {
            Rc::make_mut(&mut chart.metadata).name = dependency.alias.clone();
        }
        Some(chart)
    });
    others.chain(wanted).collect()
}

fn fits(dependency: &Dependency, chart: &Chart) -> bool {
    chart.name() == dependency.name && version::is_compatible(&dependency.version, &chart.metadata.version)
}

/// One tag that is true is enough; without one, a tag that is false switches off.
fn by_tags(dependency: &Dependency, values: &Map, log: &mut Log) -> bool {
    let Some(tags) = table_at(values, "tags") else { return true };
    let mut verdict = None;
    for tag in &dependency.tags {
        match switch(tags.get(tag), "tag", tag, dependency, log) {
            Some(true) => verdict = Some(true),
            Some(false) => verdict = verdict.or(Some(false)),
            None => {}
        }
    }
    verdict.unwrap_or(true)
}

/// The first of the conditions, which are paths with commas between, that is a boolean.
fn by_condition(dependency: &Dependency, values: &Map, path: &str, log: &mut Log) -> Option<bool> {
    dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()).find_map(|condition| {
        switch(value_at(values, &format!("{path}{condition}")), "path", condition, dependency, log)
    })
}

/// The boolean that switches a dependency; a warning about anything else.
fn switch(
    value: Option<Value>,
    sort: &'static str,
    name: &str,
    dependency: &Dependency,
    log: &mut Log,
) -> Option<bool> {
    match value? {
        Value::Bool(on) => Some(on),
        _ => {
            let record = Record::new(Level::Warn, "returned non-bool value");
            log.add(record.with(sort, name).with("chart", dependency.name.as_str()));
            None
        }
    }
}

/// The value at a path with dots that is not a map.
fn value_at(values: &Map, path: &str) -> Option<Value> {
    let value = match path.rsplit_once('.') {
        None => values.get(path),
        Some((tables, last)) => table_path(values, tables).ok()?.get(last),
    };
    value.filter(|value| !matches!(value, Value::Map(_)))
}
