//! From a place in the manifests to what the reader owns: the template's line that wrote it, and the values in it.

use super::inputs::Inputs;
use super::problem::{Cause, File, Problem};
use super::trace::LineOrigin;
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
            if origin.values.len() == 1 || (!words.is_empty() && shown.contains(&*words)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FieldPath, parse};

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
