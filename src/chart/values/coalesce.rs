//! How values of a chart, its subcharts and its user become one map: Helm's `CoalesceValues` and `MergeValues`.
//!
//! Source of the behaviour: `pkg/chart/common/util` of Helm 4. Maps stay shared exactly where Helm shares them.
//! Where Go ranges over a map in random order, this goes by key.

use super::table::{deep_copy, entries, new_table, shallow_copy, table_at};
use crate::chart::Chart;
use crate::chart::log::Log;
use crate::template::Value;
use crate::template::print::display;
use crate::template::value::Map;

/// The key whose map every subchart sees.
pub(crate) const GLOBAL: &str = "global";

/// What to do with nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// A null removes the key that it overrides (`CoalesceValues`).
    Remove,
    /// A null stays for a later round (`MergeValues`).
    Keep,
}

/// The values of `chart` under the user's `values`, which stay as they are.
///
/// # Errors
/// Helm's words where the key of a subchart holds no map.
pub(crate) fn coalesce(chart: &Chart, values: &Map, nulls: Nulls, log: &mut Log) -> Result<Map, String> {
    let values = deep_copy(values);
    coalesce_chart(chart, &values, "", nulls, log)?;
    Ok(values)
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn coalesce_chart(
    chart: &Chart,
    values: &Map,
    prefix: &str,
    nulls: Nulls,
    log: &mut Log,
) -> Result<(), String> {
    chart_defaults(chart, values, prefix, nulls, log);
    for subchart in &chart.dependencies {
        let name = subchart.name();
        let own = match values.get(name) {
            None => {
                let table = new_table();
                values.insert(name, Value::Map(table.clone()));
                table
            }
            Some(Value::Map(table)) => table,
            Some(other) => {
                // `%t` of something that is not a boolean.
                return Err(format!("type mismatch on {name}: {}", bad_verb(&other)));
            }
        };
        let prefix = join(prefix, chart.name());
        globals(&own, values, &prefix, log);
        coalesce_chart(subchart, &own, &prefix, nulls, log)?;
    }
    Ok(())
}

fn bad_verb(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Nil => "%!t(<nil>)".to_owned(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(bad_verb).collect();
            format!("[{}]", items.join(" "))
        }
        other => format!("%!t({}={})", other.type_name(), display(other)),
    }
}

/// Copies the globals of `source` under those of `target`.
fn globals(target: &Map, source: &Map, prefix: &str, log: &mut Log) {
    let into = match target.get(GLOBAL) {
        None => new_table(),
        Some(Value::Map(table)) => table,
        Some(_) => {
            log.printed("warning: skipping globals because destination global is not a table.");
            return;
        }
    };
    let from = match source.get(GLOBAL) {
        None => new_table(),
        Some(Value::Map(table)) => table,
        Some(_) => {
            log.printed("warning: skipping globals because source global is not a table.");
            return;
        }
    };
    for (key, value) in entries(&from) {
        match value {
            Value::Map(table) => {
                let copy = shallow_copy(&table);
                match into.get(&key) {
                    None => into.insert(key, Value::Map(copy)),
                    Some(Value::Map(existing)) => {
                        merge_tables(&copy, &existing, &join(prefix, &key), Nulls::Keep, log);
                        into.insert(key, Value::Map(copy));
                    }
                    Some(_) => log
                        .printed(format!("Conflict: cannot merge map onto non-map for \"{key}\". Skipping.")),
                }
            }
            value => {
                if table_at(&into, &key).is_some() {
                    log.printed(format!("key {key} is table. Skipping"));
                } else {
                    into.insert(key, value);
                }
            }
        }
    }
    target.insert(GLOBAL, Value::Map(into));
}

/// Puts the chart's own `values.yaml` under `values`.
fn chart_defaults(chart: &Chart, values: &Map, prefix: &str, nulls: Nulls, log: &mut Log) {
    let defaults = deep_copy(&chart.values);
    let chart_prefix = join(prefix, chart.name());
    for (key, default) in entries(&defaults) {
        match values.get(&key) {
            None => {
                if nulls == Nulls::Remove {
                    if default.is_nil() {
                        continue;
                    }
                    if let Value::Map(table) = &default {
                        remove_nulls(table);
                    }
                }
                values.insert(key, default);
            }
            Some(Value::Nil) if nulls == Nulls::Remove => {
                values.remove(&key);
            }
            Some(Value::Map(table)) => match default {
                Value::Map(source) => {
                    let is_subchart = chart.dependencies.iter().any(|subchart| *subchart.name() == *key);
                    let nulls = if is_subchart { Nulls::Keep } else { nulls };
                    if nulls == Nulls::Remove {
                        remove_nulls(&source);
                    }
                    merge_tables(&table, &source, &join(&chart_prefix, &key), nulls, log);
                }
                Value::Nil => {}
                _ => log.printed(format!("warning: skipped value for {chart_prefix}.{key}: Not a table.")),
            },
            Some(_) => {}
        }
    }
}

/// Fills what `target` lacks from `source`; `target` wins.
pub(crate) fn merge_tables(target: &Map, source: &Map, prefix: &str, nulls: Nulls, log: &mut Log) {
    let originals = entries(source);
    for (key, value) in entries(target) {
        if value.is_nil() {
            source.insert(key, Value::Nil);
        }
    }
    for (key, value) in entries(source) {
        let had_default = || originals.iter().any(|(original, value)| *original == key && !value.is_nil());
        match (target.get(&key), &value) {
            (Some(Value::Nil), _) if nulls == Nulls::Remove && had_default() => {
                target.remove(&key);
            }
            (None, _) => target.insert(key, value),
            (Some(Value::Map(inner)), Value::Map(from)) => {
                merge_tables(&inner, from, &join(prefix, &key), nulls, log);
            }
            (Some(_), Value::Map(_)) => log.printed(format!(
                "warning: cannot overwrite table with non table for {} ({})",
                join(prefix, &key),
                display(&value)
            )),
            (Some(Value::Map(_)), other) if !other.is_nil() => log.printed(format!(
                "warning: destination for {} is a table. Ignoring non-table value ({})",
                join(prefix, &key),
                display(other)
            )),
            _ => {}
        }
    }
}

fn remove_nulls(table: &Map) {
    for (key, value) in entries(table) {
        match value {
            Value::Nil => {
                table.remove(&key);
            }
            Value::Map(inner) => remove_nulls(&inner),
            _ => {}
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
