//! Between the manifests and what the reader owns: the template's line that wrote a place and the values in it, and the
//! field that a value ends up in.

use serde_json::Value;

use super::hints::Target;
use super::inputs::Inputs;
use super::problem::{Cause, File, Problem};
use super::rendering::Rendering;
use super::trace::LineOrigin;
use super::yaml_cursor::{Cursor, Spot};
use crate::api::explain::find;
use crate::diagnostic::{Position, Span};
use crate::yaml::{Data, Node, Step, at_path};

/// Says of each finding in the manifests what wrote its place. `values` is the root of the reader's values, `text` the
/// manifests, `origin_of` gives who wrote a line of them. Of several values that a line was written with, those count
/// whose text stands in the place.
pub fn trace(
    problems: &mut [Problem],
    inputs: &Inputs,
    values: Option<&Node>,
    text: &str,
    origin_of: &dyn Fn(u32) -> Option<LineOrigin>,
) {
    for problem in problems {
        let Some((File::Manifests, Some(place))) = problem.place else { continue };
        let Some(origin) = origin_of(place.start.line) else { continue };
        let file = File::Chart(origin.file.clone());
        let span = whole_line(inputs.text(&origin.file).unwrap_or_default(), origin.line);
        problem.causes.push(Cause { file, span, value: Vec::new() });
        let Some(root) = values else { continue };
        let shown = text.get(place.start.offset..place.end.offset).unwrap_or_default();
        for read in &origin.values {
            let Some(path) = value_path(root, read) else { continue };
            let path = descend(root, path, &problem.field);
            let Some(node) = at_path(root, &path) else { continue };
            let words = node.as_key();
            // An empty value wrote nothing of a place that says something.
            if node.as_str() == Some("") && shown.contains(char::is_alphanumeric) {
                continue;
            }
            // Of a map or list that a template went into, only the part that it printed is to blame.
            let is_whole = matches!(node.data, Data::Mapping(_) | Data::Sequence(_));
            let is_it = match path.last() {
                Some(Step::Key(key)) if is_whole => shown == key,
                _ => origin.values.len() == 1 || (!words.is_empty() && shown.contains(&*words)),
            };
            if is_it {
                problem.causes.push(Cause {
                    file: File::Values,
                    span: span_of_value(root, &path),
                    value: path,
                });
            }
        }
    }
}

/// What stands in a line of a text.
fn whole_line(text: &str, line: u32) -> Span {
    let own = text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let position = |bytes: usize| Position {
        offset: 0,
        line,
        column: own.get(..bytes).map_or(1, |before| before.chars().count() as u32 + 1),
    };
    Span { start: position(own.len() - own.trim_start().len()), end: position(own.trim_end().len()) }
}

/// The path in the reader's values of what a template read, as in `.Values.image.tag`; `None` if they do not have it.
pub fn value_path(root: &Node, read: &str) -> Option<Vec<Step>> {
    let mut rest = read.strip_prefix(".Values")?;
    let mut node = root;
    let mut path = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = match &node.data {
            Data::Sequence(_) => {
                let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
                (Step::Index(index.parse().ok()?), behind)
            }
            // Keys may hold dots: the longest that fits is meant.
            Data::Mapping(entries) => {
                let inner = rest.strip_prefix('.')?;
                let fits = entries.iter().filter_map(|entry| {
                    let key = entry.key.as_key().into_owned();
                    let behind = inner.strip_prefix(&*key)?;
                    (behind.is_empty() || behind.starts_with(['.', '['])).then_some((Step::Key(key), behind))
                });
                fits.min_by_key(|(_, behind)| behind.len())?
            }
            _ => return None,
        };
        path.push(step);
        node = at_path(root, &path)?;
        rest = behind;
    }
    (!path.is_empty()).then_some(path)
}

/// Further down a map or list that was written as a whole, as far as the field's own path leads.
fn descend(root: &Node, path: Vec<Step>, field: &[Step]) -> Vec<Step> {
    let longest = (0..field.len()).map(|from| [&path, &field[from..]].concat());
    longest.into_iter().find(|path| at_path(root, path).is_some()).unwrap_or(path)
}

/// Where a value stands: a map or list at its key.
pub fn span_of_value(root: &Node, path: &[Step]) -> Span {
    let whole = at_path(root, path).map_or(root.span, |node| match (&node.data, path.split_last()) {
        (Data::Mapping(_) | Data::Sequence(_), Some((Step::Key(key), above))) => {
            at_path(root, above).and_then(|map| map.entry(key)).map_or(node.span, |entry| entry.key.span)
        }
        _ => node.span,
    });
    // An empty value has no width: its key has.
    if whole.start != whole.end {
        return whole;
    }
    match path.split_last() {
        Some((Step::Key(key), above)) => {
            at_path(root, above).and_then(|map| map.entry(key)).map_or(whole, |entry| entry.key.span)
        }
        _ => whole,
    }
}

/// Where a value ends up in the manifests: `apiVersion`, `kind`, and the path of the field in the API's schema.
/// `values` are the reader's, `origin_of` gives who wrote a line.
pub fn drives(
    rendering: &Rendering,
    origin_of: &dyn Fn(u32) -> Option<LineOrigin>,
    values: &Value,
    path: &[Step],
) -> Option<Target> {
    // A label may repeat a value that a field is made of: fields come first, and lines in which the value stands.
    let passes = [(true, true), (true, false), (false, false)];
    passes.into_iter().find_map(|pass| drives_in(rendering, origin_of, values, path, pass))
}

fn drives_in(
    rendering: &Rendering,
    origin_of: &dyn Fn(u32) -> Option<LineOrigin>,
    values: &Value,
    path: &[Step],
    (no_metadata, is_shown): (bool, bool),
) -> Option<Target> {
    // What the template read may be the value itself or a map around it, printed whole.
    (1..=path.len()).rev().find_map(|end| {
        let read = path[..end].iter().fold(".Values".to_owned(), |read, step| match step {
            Step::Key(key) => format!("{read}.{key}"),
            Step::Index(index) => format!("{read}[{index}]"),
        });
        let value = path[..end].iter().try_fold(values, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })?;
        let words = match value {
            Value::String(text) => text.clone(),
            Value::Object(_) | Value::Array(_) => String::new(),
            other => other.to_string(),
        };
        rendering.documents.iter().find_map(|document| {
            let text = rendering.text.get(document.bytes.clone())?;
            let is_it = |index: usize, line: &str| {
                (!is_shown || line.contains(&words))
                    && origin_of(document.line + u32::try_from(index).unwrap_or(u32::MAX))
                        .is_some_and(|origin| origin.values.iter().any(|own| **own == *read))
            };
            let mut lines = text.lines().enumerate().filter(|(index, line)| is_it(*index, line));
            lines.find_map(|(index, line)| {
                let indent = line.len() - line.trim_start_matches([' ', '-']).len();
                let cursor =
                    Cursor::at(text, u32::try_from(index + 1).ok()?, u32::try_from(indent + 1).ok()?)?;
                // A map that was printed whole begins with one of its keys.
                let base = match (&cursor.spot, value) {
                    (Spot::Key(key), Value::Object(map)) if key.is_empty() || map.contains_key(key) => {
                        cursor.path.clone()
                    }
                    _ => cursor.field()?,
                };
                let field = [&base, &path[end..]].concat();
                if no_metadata && field.contains(&Step::Key("metadata".to_owned())) {
                    return None;
                }
                let (version, kind) = (document.api_version.to_string(), document.kind.to_string());
                find(&version, &kind, &field).is_some().then_some((version, kind, field))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::workbench::{Workbench, built_in, first_inputs};
    use crate::yaml::{FieldPath, parse};

    #[test]
    fn values_lead_to_fields() {
        let (id, files) = built_in("lab-a");
        let inputs = first_inputs(id, files);
        let mut bench = Workbench::default();
        let rendering = bench.attempt(&inputs).rendering.expect("the chart renders");
        let trace = bench.trace(&inputs).expect("it is traced");
        let values = parse(&inputs.values).documents.remove(0).root.to_json();
        let check = |path: &str, expect: &str| {
            let path = crate::api::field::steps_of(path);
            let found = drives(&rendering, &|line| trace.line(line).cloned(), &values, &path);
            let shown = found.map(|(_, kind, field)| format!("{kind} {}", FieldPath(&field)));
            assert_eq!(shown.unwrap_or_default(), expect, "{}", FieldPath(&path));
        };
        check("replicaCount", "StatefulSet spec.replicas");
        check("image.tag", "StatefulSet spec.template.spec.containers[0].image");
        check("service.port", "Service spec.ports[0].port");
        check("probes.readiness", "StatefulSet spec.template.spec.containers[0].readinessProbe");
        check(
            "probes.readiness.httpGet.path",
            "StatefulSet spec.template.spec.containers[0].readinessProbe.httpGet.path",
        );
        check("resources.limits", "StatefulSet spec.template.spec.containers[0].resources.limits");
        check("nothing", "");
    }

    #[test]
    fn values_are_found_by_what_was_read() {
        let values = "a.b: {c: 1}\na: {b: 2}\nlist: [{x: 3}]\nprobe: {httpGet: {path: /}}\n";
        let root = parse(values).documents.remove(0).root;
        let check = |read: &str, field: &str, expect: &str| {
            let field = crate::api::field::steps_of(field);
            let found = value_path(&root, read).map(|path| descend(&root, path, &field));
            let found = found.map(|path| FieldPath(&path).to_string());
            assert_eq!(found.as_deref(), (!expect.is_empty()).then_some(expect), "{read}");
        };
        check(".Values.a.b.c", "spec.c", "[a.b].c");
        check(".Values.list[0].x", "", "list[0].x");
        check(".Values.none", "", "");
        check(".Values.probe", "spec.containers[0].livenessProbe.httpGet.path", "probe.httpGet.path");
    }
}
