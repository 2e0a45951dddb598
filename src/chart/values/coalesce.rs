//! How the values of charts and their user become one map: the user's over the chart's, a chart's over those of its
//! subcharts, each subchart's below its name.
//!
//! Source of the behaviour: `CoalesceValues` and `MergeValues` of Helm 4 (`pkg/chart/common/util`). Where Go ranges
//! over a map in random order, this goes by key.

use super::globals;
use super::overlay::{Meeting, Nulls, below, fill, remove_nulls};
use super::table::{deep_copy, entries, new_table};
use crate::chart::Chart;
use crate::chart::log::Log;
use crate::template::Value;
use crate::template::print::display;
use crate::template::value::Map;

/// The values of `chart` under the user's `values`, which stay as they are.
///
/// # Errors
/// Helm's words where the key of a subchart holds no map.
pub(crate) fn coalesce(chart: &Chart, values: &Map, nulls: Nulls, log: &mut Log) -> Result<Map, String> {
    let values = deep_copy(values);
    with_subcharts(chart, &values, "", nulls, log)?;
    Ok(values)
}

fn with_subcharts(
    chart: &Chart,
    values: &Map,
    path: &str,
    nulls: Nulls,
    log: &mut Log,
) -> Result<(), String> {
    let path = below(path, chart.name());
    take_defaults(chart, values, &path, nulls, log);
    for subchart in &chart.dependencies {
        let own = own_values(values, subchart.name())?;
        globals::hand_down(values, &own, &path, log);
        with_subcharts(subchart, &own, &path, nulls, log)?;
    }
    Ok(())
}

/// The table of a subchart's values, made if there is none.
fn own_values(values: &Map, name: &str) -> Result<Map, String> {
    match values.get(name) {
        Some(Value::Map(own)) => Ok(own),
        Some(other) => Err(format!("type mismatch on {name}: {}", as_boolean(&other))),
        None => {
            let own = new_table();
            values.insert(name, Value::Map(own.clone()));
            Ok(own)
        }
    }
}

/// Go's `%t`, by which Helm shows a value that is rarely a boolean.
fn as_boolean(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Nil => "%!t(<nil>)".to_owned(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(as_boolean).collect();
            format!("[{}]", items.join(" "))
        }
        other => format!("%!t({}={})", other.type_name(), display(other)),
    }
}

/// Puts the chart's own `values.yaml` under `values`: as [`fill`] does, but every null takes its key away and
/// defaults lose theirs, except where a subchart will look at them.
fn take_defaults(chart: &Chart, values: &Map, path: &str, nulls: Nulls, log: &mut Log) {
    for (key, default) in entries(&deep_copy(&chart.values)) {
        let cleaned = |default: &Value| match default {
            Value::Map(table) if nulls == Nulls::Remove => remove_nulls(table),
            _ => {}
        };
        match Meeting::of(values.get(&key), &default) {
            Meeting::Absent if nulls == Nulls::Remove && default.is_nil() => {}
            Meeting::Absent => {
                cleaned(&default);
                values.insert(key, default);
            }
            Meeting::Null => {
                if nulls == Nulls::Remove {
                    values.remove(&key);
                }
            }
            Meeting::Tables(table, offered) => {
                let is_subchart = chart.dependencies.iter().any(|subchart| *subchart.name() == *key);
                if !is_subchart {
                    cleaned(&default);
                }
                let nulls = if is_subchart { Nulls::Keep } else { nulls };
                fill(&table, &offered, &below(path, &key), nulls, log);
            }
            Meeting::HiddenValue => {
                log.printed(format!("warning: skipped value for {path}.{key}: Not a table."));
            }
            Meeting::HiddenTable | Meeting::Settled => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::FileTree;
    use crate::chart::values::load_values;

    /// A chart `a` with a subchart `b`, their values, and the user's.
    fn check(own: &str, inner: &str, user: &str, expected: &str, warnings: &[&str]) {
        let mut tree = FileTree::new();
        for (path, text) in [
            ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
            ("values.yaml", own),
            ("charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
            ("charts/b/values.yaml", inner),
        ] {
            tree.insert(path.to_owned(), text.as_bytes().to_vec());
        }
        let chart = Chart::load_folder(&tree).expect("the chart of a test can be read");
        let user = load_values(user).expect("the values of a test can be read");
        let mut log = Log::default();
        let outcome = coalesce(&chart, &user, Nulls::Remove, &mut log);
        let text = outcome.map_or_else(|error| error, |values| Value::Map(values).to_json(64).to_string());
        assert_eq!(text, expected, "{own} | {inner} | {user:?}", user = Value::Map(user).to_json(64));
        let told: Vec<_> = log.records().iter().map(|record| record.message.as_str()).collect();
        assert_eq!(told, warnings, "{own} | {inner}");
    }

    #[test]
    fn the_user_wins_over_the_chart_and_the_chart_over_its_subchart() {
        check("x: 1\nb: {w: 2}", "w: 3\nz: 4", "x: 5", r#"{"b":{"global":{},"w":2,"z":4},"x":5}"#, &[]);
        check("l: [1, 2]", "", "l: [3]", r#"{"b":{"global":{}},"l":[3]}"#, &[]);
        check(
            "m: {p: 1, q: {r: 2}}",
            "",
            "m: {q: {s: 3}}",
            r#"{"b":{"global":{}},"m":{"p":1,"q":{"r":2,"s":3}}}"#,
            &[],
        );
    }

    #[test]
    fn nulls_take_defaults_away() {
        check("x: 1\nw: null", "", "x: null", r#"{"b":{"global":{}}}"#, &[]);
        check("m: {p: 1, q: null}", "", "m: {p: null}", r#"{"b":{"global":{}},"m":{}}"#, &[]);
        check("", "", "x: null", r#"{"b":{"global":{}},"x":null}"#, &[]);
        check("", "w: 1\nm: {p: 1}", "b: {w: null, m: null}", r#"{"b":{"global":{}}}"#, &[]);
    }

    #[test]
    fn globals_reach_the_subchart() {
        check(
            "global: {g: 1}",
            "global: {g: 2, h: 3}",
            "",
            r#"{"b":{"global":{"g":1,"h":3}},"global":{"g":1}}"#,
            &[],
        );
        check(
            "global: {m: {p: 1}}",
            "global: {m: {p: 2, q: 3}}",
            "global: {m: {p: 4}}",
            r#"{"b":{"global":{"m":{"p":4,"q":3}}},"global":{"m":{"p":4}}}"#,
            &[],
        );
        let warning = "warning: skipping globals because source global is not a table.";
        check("global: 1", "", "", r#"{"b":{},"global":1}"#, &[warning]);
    }

    #[test]
    fn tables_and_other_values_do_not_mix() {
        let warning = "warning: skipped value for a.x: Not a table.";
        check("x: 1", "", "x: {p: 2}", r#"{"b":{"global":{}},"x":{"p":2}}"#, &[warning]);
        check("x: {p: 2}", "", "x: 1", r#"{"b":{"global":{}},"x":1}"#, &[]);
        let warning = "warning: cannot overwrite table with non table for a.x.p (map[n:1.2345678e+07])";
        check("x: {p: {'n': 12345678}}", "", "x: {p: 2}", r#"{"b":{"global":{}},"x":{"p":2}}"#, &[warning]);
        let warning = "warning: destination for a.x.p is a table. Ignoring non-table value (2)";
        check("x: {p: 2}", "", "x: {p: {q: 1}}", r#"{"b":{"global":{}},"x":{"p":{"q":1}}}"#, &[warning]);
        check("b: 1", "", "", "type mismatch on b: %!t(float64=1)", &[]);
    }
}
