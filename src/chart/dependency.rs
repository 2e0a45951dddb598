//! Which subcharts take part, under which names, and which of their values the parent takes.
//!
//! Source of the behaviour: `pkg/chart/v2/util/dependencies.go` of Helm 4.

use std::rc::Rc;

use super::log::{Level, Log, Record};
use super::metadata::{Dependency, ImportValue};
use super::values::coalesce::{Nulls, coalesce, merge_tables};
use super::values::table::{deep_copy, new_table, table_at};
use super::{Chart, version};
use crate::template::Value;
use crate::template::value::Map;

/// The chart with the subcharts that `values` leave in use, aliases in place and values imported.
///
/// # Errors
/// Helm's words where values cannot be merged.
pub(crate) fn process(chart: &Chart, values: &Map, log: &mut Log) -> Result<Chart, String> {
    let mut chart = chart.clone();
    enable(&mut chart, values, "", log)?;
    import_values(&mut chart, log)?;
    Ok(chart)
}

/// Says which charts `Chart.yaml` names that are not there.
///
/// # Errors
/// Helm's words, with the missing names.
pub(crate) fn check(chart: &Chart) -> Result<(), String> {
    let missing: Vec<&str> = chart
        .metadata
        .dependencies()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !chart.dependencies.iter().any(|subchart| subchart.name() == *name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to \
         fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
        missing.join(", ")
    ))
}

fn fits(dependency: &Dependency, chart: &Chart) -> bool {
    chart.name() == dependency.name && version::is_compatible(&dependency.version, &chart.metadata.version)
}

fn enable(chart: &mut Chart, values: &Map, path: &str, log: &mut Log) -> Result<(), String> {
    let Some(named) = &chart.metadata.dependencies else { return Ok(()) };
    let mut named: Vec<Dependency> = named.iter().flatten().cloned().collect();
    let present = std::mem::take(&mut chart.dependencies);
    let mut used: Vec<Chart> = present
        .iter()
        .filter(|subchart| !named.iter().any(|dependency| fits(dependency, subchart)))
        .cloned()
        .collect();
    for dependency in &mut named {
        if let Some(subchart) = present.iter().find(|subchart| fits(dependency, subchart)) {
            let mut subchart = subchart.clone();
            if !dependency.alias.is_empty() {
                Rc::make_mut(&mut subchart.metadata).name = dependency.alias.clone();
            }
            used.push(subchart);
        }
        if !dependency.alias.is_empty() {
            dependency.name = dependency.alias.clone();
        }
        dependency.enabled = true;
    }
    chart.dependencies = used;
    set_dependencies(chart, &named);
    let merged = coalesce(chart, values, Nulls::Remove, log)?;
    apply_tags(&mut named, &merged, log);
    apply_conditions(&mut named, &merged, path, log);
    let disabled = |name: &str| named.iter().any(|dependency| dependency.name == name && !dependency.enabled);
    chart.dependencies.retain(|subchart| !disabled(subchart.name()));
    for subchart in &mut chart.dependencies {
        let path = format!("{path}{}.", subchart.name());
        enable(subchart, &merged, &path, log)?;
    }
    let kept: Vec<Dependency> =
        named.iter().filter(|dependency| !disabled(&dependency.name)).cloned().collect();
    set_dependencies(chart, &kept);
    Ok(())
}

/// An empty list becomes Go's nil, which later steps tell from a list without items.
fn set_dependencies(chart: &mut Chart, dependencies: &[Dependency]) {
    let list: Vec<_> = dependencies.iter().cloned().map(Some).collect();
    Rc::make_mut(&mut chart.metadata).dependencies = if list.is_empty() { None } else { Some(list) };
}

fn apply_tags(dependencies: &mut [Dependency], values: &Map, log: &mut Log) {
    let Some(tags) = table_at(values, "tags") else { return };
    for dependency in dependencies {
        let (mut some_true, mut some_false) = (false, false);
        for tag in &dependency.tags {
            match tags.get(tag) {
                Some(Value::Bool(true)) => some_true = true,
                Some(Value::Bool(false)) => some_false = true,
                None => {}
                Some(_) => log.add(
                    Record::new(Level::Warn, "returned non-bool value")
                        .with("tag", tag.as_str())
                        .with("chart", dependency.name.as_str()),
                ),
            }
        }
        dependency.enabled = some_true || !some_false;
    }
}

fn apply_conditions(dependencies: &mut [Dependency], values: &Map, path: &str, log: &mut Log) {
    for dependency in dependencies {
        let conditions = dependency.condition.trim().to_owned();
        for condition in conditions.split(',').filter(|condition| !condition.is_empty()) {
            match path_value(values, &format!("{path}{condition}")) {
                Some(Value::Bool(enabled)) => {
                    dependency.enabled = enabled;
                    break;
                }
                None => {}
                Some(_) => log.add(
                    Record::new(Level::Warn, "returned non-bool value")
                        .with("path", condition)
                        .with("chart", dependency.name.as_str()),
                ),
            }
        }
    }
}

/// The value at a path with dots that is not a map.
fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (tables, last) = path.rsplit_once('.').map_or((None, path), |(tables, last)| (Some(tables), last));
    let table = match tables {
        None => values.clone(),
        Some(tables) => table_path(values, tables).ok()?,
    };
    table.get(last).filter(|value| !matches!(value, Value::Map(_)))
}

/// The map at a path with dots, or Helm's words for the part that is not there.
fn table_path(values: &Map, path: &str) -> Result<Map, String> {
    let mut table = values.clone();
    for name in path.split('.') {
        table = match table.get(name) {
            Some(Value::Map(inner)) => inner,
            _ => return Err(format!("{} is not a table", super::log::go_quoted(name))),
        };
    }
    Ok(table)
}

fn import_values(chart: &mut Chart, log: &mut Log) -> Result<(), String> {
    for subchart in &mut chart.dependencies {
        import_values(subchart, log)?;
    }
    if chart.metadata.dependencies.is_none() {
        return Ok(());
    }
    let merged = coalesce(chart, &new_table(), Nulls::Keep, log)?;
    let imported = new_table();
    for dependency in chart.metadata.dependencies() {
        for import in &dependency.import_values {
            let (child, parent) = match import {
                ImportValue::Export(name) => (format!("exports.{name}"), None),
                ImportValue::Pair(child, parent) => (child.clone(), Some(parent.as_str())),
                ImportValue::Other => continue,
            };
            match table_path(&merged, &format!("{}.{child}", dependency.name)) {
                Ok(table) => merge_tables(&imported, &placed(table, parent), "", Nulls::Keep, log),
                Err(error) => {
                    let message = match parent {
                        Some(_) => "ImportValues missing table from chart",
                        None => "ImportValues missing table",
                    };
                    let mut record = Record::new(Level::Warn, message);
                    if parent.is_some() {
                        record = record.with("chart", dependency.name.as_str());
                    }
                    log.add(record.with("error", error));
                }
            }
        }
    }
    let values = deep_copy(&merged);
    merge_tables(&values, &imported, "", Nulls::Keep, log);
    chart.values = values;
    Ok(())
}

/// `table` below the maps of a path with dots; `.` is no path at all.
fn placed(table: Map, path: Option<&str>) -> Map {
    let Some(path) = path.filter(|path| *path != ".") else { return table };
    path.rsplit('.').fold(table, |inner, name| {
        let outer = new_table();
        outer.insert(name, Value::Map(inner));
        outer
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::FileTree;
    use crate::chart::values::load_values;

    /// A chart with the subcharts `one` (version 1.0.0, values of its own) and `two` (2.0.0); the list under
    /// `dependencies`, the chart's values and the user's. What remains: names of the subcharts, then the chart's values.
    fn check(dependencies: &str, own: &str, user: &str, expected: &str, warnings: &[&str]) {
        let mut tree = FileTree::new();
        let chart = format!("apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: {dependencies}\n");
        for (path, text) in [
            ("Chart.yaml", chart.as_str()),
            ("values.yaml", own),
            ("charts/one/Chart.yaml", "apiVersion: v2\nname: one\nversion: 1.0.0\n"),
            ("charts/one/values.yaml", "exports: {out: {p: 1}}\nown: {q: 2}\n"),
            ("charts/two/Chart.yaml", "apiVersion: v2\nname: two\nversion: 2.0.0\n"),
        ] {
            tree.insert(path.to_owned(), text.as_bytes().to_vec());
        }
        let chart = Chart::load_folder(&tree).expect("the chart of a test can be read");
        let user = load_values(user).expect("the values of a test can be read");
        let mut log = Log::default();
        let chart = process(&chart, &user, &mut log).expect("the values can be merged");
        let names: Vec<&str> = chart.dependencies.iter().map(Chart::name).collect();
        let imported = ["p", "q", "in"].map(|key| chart.values.get(key).map(|value| (key, value)));
        let imported = Value::map(imported.into_iter().flatten()).to_json(64);
        assert_eq!(format!("{} {imported}", names.join(",")), expected, "{dependencies} | {own}");
        let told: Vec<_> = log.records().iter().map(Record::line).collect();
        assert_eq!(told, warnings, "{dependencies} | {own}");
    }

    #[test]
    fn conditions_and_tags_decide_which_subcharts_take_part() {
        let both =
            "[{name: one, version: '*', condition: 'one.use,c'}, {name: two, version: '>1', tags: [t, u]}]";
        check(both, "", "", "one,two {}", &[]);
        check(both, "one: {use: false}", "", "two {}", &[]);
        check(both, "one: {use: false}", "one: {use: true}", "one,two {}", &[]);
        check(both, "c: false\ntags: {t: false}", "", " {}", &[]);
        check(both, "tags: {t: false, u: true}", "", "one,two {}", &[]);
        let warning = r#"level=WARN msg="returned non-bool value" path=c chart=one"#;
        check(both, "c: 1", "", "one,two {}", &[warning]);
        // A version that does not fit leaves the chart in, but a condition counts for whatever has the name.
        let unfit = "[{name: two, version: '<1', condition: c}]";
        check(unfit, "", "", "one,two {}", &[]);
        check(unfit, "c: false", "", "one {}", &[]);
    }

    #[test]
    fn aliases_give_a_subchart_other_names() {
        let twice = "[{name: one, version: '1', alias: x}, {name: one, version: '1', condition: one.use}]";
        check(twice, "", "", "two,x,one {}", &[]);
        check(twice, "one: {use: false}", "", "two,x {}", &[]);
    }

    #[test]
    fn values_are_imported_below_the_chart_s_own() {
        check("[{name: one, version: '*', import-values: [out]}]", "", "", r#"two,one {"p":1}"#, &[]);
        check("[{name: one, version: '*', import-values: [out]}]", "p: 7", "", r#"two,one {"p":7}"#, &[]);
        let pair = "[{name: one, version: '*', alias: x, import-values: [{child: own, parent: in.side}]}]";
        check(pair, "", "", r#"two,x {"in":{"side":{"q":2}}}"#, &[]);
        let warning = r#"level=WARN msg="ImportValues missing table" error="\"none\" is not a table""#;
        check("[{name: one, version: '*', import-values: [none]}]", "", "", "two,one {}", &[warning]);
    }
}
