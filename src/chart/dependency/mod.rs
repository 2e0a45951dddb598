//! What `dependencies` of `Chart.yaml` make of a chart and its subcharts.
//!
//! In: a chart with everything that lies in `charts/`, and the user's values. Out: the chart with those subcharts that
//! take part ([`used`]), aliases in place, and with the values that it takes over from them ([`import`]).
//! Source of the behaviour: `pkg/chart/v2/util/dependencies.go` of Helm 4.

mod import;
mod used;

use std::rc::Rc;

use super::Chart;
use super::log::Log;
use super::metadata::Dependency;
use crate::template::Value;
use crate::template::value::Map;

/// The chart with the subcharts that `values` leave in use, aliases in place and values imported.
///
/// # Errors
/// Helm's words where values cannot be merged.
pub(crate) fn process(chart: &Chart, values: &Map, log: &mut Log) -> Result<Chart, String> {
    let mut chart = chart.clone();
    used::keep(&mut chart, values, "", log)?;
    import::take_over(&mut chart, log)?;
    Ok(chart)
}

/// Says which charts `Chart.yaml` names that are not there.
///
/// # Errors
/// Helm's words, with the missing names.
pub(crate) fn check(chart: &Chart) -> Result<(), String> {
    let is_there = |name: &str| chart.dependencies.iter().any(|subchart| subchart.name() == name);
    let named = chart.metadata.dependencies().map(|dependency| dependency.name.as_str());
    let missing: Vec<&str> = named.filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to \
         fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
        missing.join(", ")
    ))
}

/// Writes the list of dependencies; an empty one becomes Go's nil, which later steps tell from a list without items.
fn set_dependencies(chart: &mut Chart, dependencies: &[Dependency]) {
    let list: Vec<_> = dependencies.iter().cloned().map(Some).collect();
    Rc::make_mut(&mut chart.metadata).dependencies = (!list.is_empty()).then_some(list);
}

/// The map at a path with dots.
///
/// # Errors
/// Helm's words for the part that is no map.
fn table_path(values: &Map, path: &str) -> Result<Map, String> {
    path.split('.').try_fold(values.clone(), |table, name| match table.get(name) {
        Some(Value::Map(inner)) => Ok(inner),
        _ => Err(format!("{} is not a table", super::log::go_quoted(name))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::FileTree;
    use crate::chart::log::Record;
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
