//! What each template of a chart sees as its dot.
//!
//! In: a chart whose subcharts are settled, and merged values. Out: every template with its context. All templates of
//! one chart share one map, as in Helm, so that what one of them sets another sees.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::api_versions::API_VERSIONS;
use super::load::{Chart, Template};
use super::release::Release;
use super::values::table::{new_table, table_at};
use crate::template::Value;
use crate::template::objects::{capabilities, files};
use crate::template::value::Map;

/// One template file.
#[derive(Clone)]
pub(crate) struct Source {
    /// What it says.
    pub(crate) text: Rc<str>,
    /// `.Template.BasePath`.
    pub(crate) base_path: String,
    /// The dot.
    pub(crate) dot: Map,
}

/// All templates of a chart and its subcharts, by the path that errors and `# Source:` lines name.
pub(crate) fn templates(chart: &Chart, values: &Map, release: &Release) -> BTreeMap<String, Source> {
    let about = Value::map([
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("IsUpgrade", Value::Bool(release.is_upgrade)),
        ("IsInstall", Value::Bool(!release.is_upgrade)),
        ("Revision", Value::Int(release.revision)),
        ("Service", Value::from("Helm")),
    ]);
    let api_versions = API_VERSIONS.into_iter().chain(release.api_versions.iter().map(String::as_str));
    let shared =
        Shared { release: about, capabilities: capabilities(release.kube_version.clone(), api_versions) };
    let mut sources = BTreeMap::new();
    collect(chart, chart.name(), true, values, &shared, &mut sources);
    sources
}

struct Shared {
    release: Value,
    capabilities: Value,
}

fn collect(
    chart: &Chart,
    path: &str,
    is_root: bool,
    values: &Map,
    shared: &Shared,
    sources: &mut BTreeMap<String, Source>,
) -> Map {
    let dot = new_table();
    let subcharts = new_table();
    dot.insert("Chart", chart.metadata.to_value(is_root));
    dot.insert(
        "Files",
        files(chart.files.iter().map(|file| (Rc::from(file.name.as_str()), file.data.clone()))),
    );
    dot.insert("Release", shared.release.clone());
    dot.insert("Capabilities", shared.capabilities.clone());
    dot.insert("Values", Value::Map(values.as_values()));
    dot.insert("Subcharts", Value::Map(subcharts.clone()));
    for subchart in &chart.dependencies {
        let own = table_at(values, subchart.name()).unwrap_or_else(new_table);
        let path = format!("{path}/charts/{}", subchart.name());
        let inner = collect(subchart, &path, false, &own, shared, sources);
        subcharts.insert(subchart.name(), Value::Map(inner));
    }
    for Template { name, text } in chart.templates.iter() {
        let last = name.rsplit('/').next().unwrap_or(name);
        if chart.is_library() && !last.starts_with('_') {
            continue;
        }
        let source =
            Source { text: text.clone(), base_path: format!("{path}/templates"), dot: dot.as_values() };
        sources.insert(format!("{path}/{name}"), source);
    }
    dot
}

#[cfg(test)]
mod tests {
    use crate::chart::{FileTree, Invocation, Package, Release};

    /// What a chart with one template prints; the rest of standard error if it fails.
    fn check(template: &str, expected: &str) {
        let mut tree = FileTree::new();
        for (path, text) in
            [("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"), ("templates/t.yaml", template)]
        {
            tree.insert(path.to_owned(), text.as_bytes().to_vec());
        }
        let call = Invocation::new(Package::Folder(&tree), Release::new("app", "default"));
        let transcript = call.template();
        let text = transcript.stdout() + &transcript.stderr();
        assert!(text.contains(expected), "{template} gives {text}");
    }

    #[test]
    fn the_dot_is_of_the_type_of_values() {
        check("t: {{ typeOf . }} {{ typeOf .Template }}\n", "t: common.Values common.Values\n");
        check("t: {{ typeOf .Chart }}\n", "t: map[string]interface {}\n");
        check("t: {{ .AsMap.Release.Name }} {{ typeOf .AsMap }}\n", "t: app map[string]interface {}\n");
        check("t: {{ .PathValue \"Release.Name\" }}\n", "t: app\n");
        check("t: {{ set . \"x\" 1 | typeOf }} {{ .x }}\n", "t: map[string]interface {} 1\n");
        check("{{ indent 2 . }}", "wrong type for value; expected string; got common.Values");
    }
}
