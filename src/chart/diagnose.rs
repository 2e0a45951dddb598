//! From Helm's words to places in files: which template line, which value.
//!
//! In: a message, the texts that it may be about. Out: findings with file, line and column. Helm's words stay as they
//! are; this only reads them.

use std::collections::BTreeMap;

use super::{manifest, origin};
use crate::diagnostic::{Diagnostic, Position, Severity, Span};
use crate::gather::sort_by_key;
use crate::template::Rendered;
use crate::yaml::{self, Node};

/// A finding and the file that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// A template by the path that `# Source:` lines name, or a values file by its own path.
    pub file: String,
    /// What is wrong, and where in the file.
    pub diagnostic: Diagnostic,
}

/// Findings for a message that names places in templates: `chart/templates/a.yaml:4:20`.
///
/// The innermost place is the finding; the places that led there are its hints.
pub(crate) fn in_templates(message: &str, templates: &BTreeMap<String, &str>) -> Vec<Located> {
    let mut places = Vec::new();
    for (path, text) in templates {
        let marked = format!("{path}:");
        for (at, _) in message.match_indices(&marked) {
            let starts_name = message[..at].chars().next_back().is_none_or(|before| !is_path(before));
            if starts_name && let Some((line, column)) = line_and_column(&message[at + marked.len()..]) {
                places.push((at, path.as_str(), *text, line, column));
            }
        }
    }
    sort_by_key(&mut places, |place| place.0);
    let Some(&(_, file, text, line, column)) = places.last() else { return Vec::new() };
    let mut diagnostic = Diagnostic::error(span(text, line, column), cause(message));
    for (_, path, _, line, _) in places.iter().rev().skip(1).take(5) {
        diagnostic = diagnostic.with_hint(format!("called from {path}, line {line}"));
    }
    vec![Located { file: file.to_owned(), diagnostic }]
}

/// Findings for YAML that a template wrote and that cannot be read: at the template line that wrote the place.
pub(crate) fn in_rendered(path: &str, written: &Rendered, template: &str) -> Vec<Located> {
    let mut found = Vec::new();
    for piece in manifest::split(&written.text) {
        for mut diagnostic in yaml::parse(piece.text).diagnostics {
            if diagnostic.severity != Severity::Error {
                continue;
            }
            let offset = diagnostic.span.map_or(0, |span| span.start.offset) + piece.offset;
            let line = written.text[..offset.min(written.text.len())].matches('\n').count() + 1;
            let place = origin::of_offset(written, offset, &|name| (name == path).then_some(template))
                .filter(|place| place.template == path);
            diagnostic.span = place.map(|place| span(template, place.line, place.column.saturating_sub(1)));
            diagnostic = diagnostic.with_hint(format!("line {line} of what the template writes"));
            found.push(Located { file: path.to_owned(), diagnostic });
        }
    }
    found
}

/// Findings for a report of a values schema: each `- at '/a/b': …` at the value in the last text that sets it.
///
/// `texts` are values files, the strongest last.
pub(crate) fn in_values(report: &str, texts: &[(String, &str)]) -> Vec<Located> {
    let trees: Vec<(&String, Option<Node>)> = texts
        .iter()
        .map(|(path, text)| {
            (path, yaml::parse(text).documents.into_iter().next().map(|document| document.root))
        })
        .collect();
    let mut found = Vec::new();
    for line in report.lines() {
        let Some((pointer, message)) =
            line.trim_start().strip_prefix("- at '").and_then(|rest| rest.split_once("': "))
        else {
            continue;
        };
        let keys: Vec<String> =
            pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        let nearest = trees.iter().rev().filter_map(|(path, root)| {
            let (depth, node) = descend(root.as_ref()?, &keys);
            Some((depth, *path, node))
        });
        // The longest way along the pointer; among equals the strongest text, which comes first.
        let best = nearest.fold(None, |best: Option<(usize, &String, &Node)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        if let Some((_, path, node)) = best {
            found.push(Located { file: path.clone(), diagnostic: Diagnostic::error(node.span, message) });
        }
    }
    found
}

/// How many keys lead into the tree, and the node where they end.
fn descend<'n>(root: &'n Node, keys: &[String]) -> (usize, &'n Node) {
    let mut node = root;
    for (depth, key) in keys.iter().enumerate() {
        let next = match (&node.data, key.parse::<usize>()) {
            (yaml::Data::Sequence(items), Ok(index)) => items.get(index),
            _ => node.get(key),
        };
        match next {
            Some(next) => node = next,
            None => return (depth, node),
        }
    }
    (keys.len(), node)
}

fn is_path(character: char) -> bool {
    character.is_alphanumeric() || "/._-".contains(character)
}

/// `12:34` or `12`; Go counts columns from 0, in bytes.
fn line_and_column(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| -> (Option<u32>, usize) {
        let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        (text[..end].parse().ok(), end)
    };
    let (line, end) = number(text);
    let column = text[end..].strip_prefix(':').and_then(|rest| number(rest).0);
    Some((line?, column.unwrap_or(0)))
}

fn span(text: &str, line: u32, column: u32) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    let at = start + (column as usize).min(length);
    Span { start: Position::of_offset(text, at), end: Position::of_offset(text, start + length) }
}

/// The last part of the message, which says what is wrong.
fn cause(message: &str) -> String {
    let last = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(message).trim();
    let is_long = message.lines().count() == 1 && last.contains(">: ");
    let last = if is_long { last.rsplit(">: ").next().unwrap_or(last) } else { last };
    last.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_template_line_is_found() {
        let templates = BTreeMap::from([
            ("c/templates/a.yaml".to_owned(), "a\n\n  {{ include \"x\" . }}\n"),
            ("c/templates/_x.tpl".to_owned(), "{{ define \"x\" }}\n{{ .Values.a.b }}{{ end }}"),
        ]);
        let message = "c/templates/a.yaml:3:5\n  executing \"c/templates/a.yaml\" at <include \"x\" .>:\n    error calling \
                       include:\nc/templates/_x.tpl:2:10\n  executing \"x\" at <.Values.a.b>:\n    nil pointer";
        let found = in_templates(message, &templates);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, "c/templates/_x.tpl");
        let start = found[0].diagnostic.span.expect("a template error has a place").start;
        assert_eq!((start.line, start.column), (2, 11));
        assert_eq!(found[0].diagnostic.message, "nil pointer");
        assert_eq!(found[0].diagnostic.hints, ["called from c/templates/a.yaml, line 3"]);
    }

    #[test]
    fn the_value_that_breaks_a_schema_is_found() {
        let texts = [
            ("values.yaml".to_owned(), "a: {b: 1}\nc: 2\n"),
            ("mine.yaml".to_owned(), "x: 1\na:\n  b: no\n"),
        ];
        let found = in_values(
            "chart:\n- at '/a/b': got boolean, want integer\n- at '': missing property 'd'\n",
            &texts,
        );
        let places: Vec<_> = found
            .iter()
            .map(|located| (located.file.as_str(), located.diagnostic.span.map_or(0, |span| span.start.line)))
            .collect();
        assert_eq!(places, [("mine.yaml", 3), ("mine.yaml", 1)]);
    }
}
