//! Text to documents, over the events of `saphyr-parser`.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as EventSpan};

use super::{Data, Entry, Node, resolve_plain};
use crate::diagnostic::{Diagnostic, Position, Span};

/// How deep collections may nest.
const MAX_DEPTH: usize = 500;
/// How many nodes aliases may add to a text.
const ALIAS_BUDGET: usize = 100_000;

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its root; null if the document is empty.
    pub root: Node,
    /// From its `---` (or its first node) to the end of its last node.
    pub span: Span,
}

/// What could be read of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents, in order, without those that hold an error.
    pub documents: Vec<Document>,
    /// Everything found: syntax errors and duplicate keys, each with its place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// What go-yaml says of the text behind its `yaml: `, if it refuses it.
    pub fn refusal(&self) -> Option<&str> {
        None
    }
}

/// Reads a text of any number of documents.
pub fn parse(text: &str) -> Parsed {
    let mut builder = Builder {
        offsets: offsets(text),
        anchors: BTreeMap::new(),
        budget: ALIAS_BUDGET,
        diagnostics: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text);
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut start = Position::START;
    let mut root: Option<Node> = None;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(next) => next,
            Err(error) => {
                let at = builder.position(error.marker());
                builder.diagnostics.push(Diagnostic::error(Span { start: at, end: at }, error.info()));
                break;
            }
        };
        let span = builder.span(span);
        let finished = match event {
            Event::StreamEnd => break,
            Event::Nothing | Event::StreamStart => None,
            Event::DocumentStart(_) => {
                start = span.start;
                builder.anchors.clear();
                None
            }
            Event::DocumentEnd => {
                let root = root.take().unwrap_or(Node { data: Data::Null, span });
                let end = root.span.end.max(start);
                documents.push(Document { root, span: Span { start, end } });
                None
            }
            Event::Alias(anchor) => Some(builder.alias(anchor, span)),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_ref().filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
                let data = match (tag, style) {
                    (Some("str" | "binary"), _)
                    | (
                        None,
                        ScalarStyle::SingleQuoted
                        | ScalarStyle::DoubleQuoted
                        | ScalarStyle::Literal
                        | ScalarStyle::Folded,
                    ) => Data::String(text.into_owned()),
                    _ => resolve_plain(&text),
                };
                Some(builder.anchored(anchor, Node { data, span }))
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open { anchor, start: span.start, kind: Kind::Sequence(Vec::new()) });
                None
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { anchor, start: span.start, kind: Kind::Mapping(Vec::new(), None) });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(closed) = open.pop() else { break };
                Some(builder.close(closed, span.end))
            }
        };
        if open.len() > MAX_DEPTH {
            builder
                .diagnostics
                .push(Diagnostic::error(span, format!("nested deeper than {MAX_DEPTH} levels")));
            break;
        }
        let Some(node) = finished else { continue };
        match open.last_mut().map(|open| &mut open.kind) {
            None => root = Some(node),
            Some(Kind::Sequence(items)) => items.push(node),
            Some(Kind::Mapping(entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
    }
    Parsed { documents, diagnostics: builder.diagnostics }
}

struct Open {
    anchor: usize,
    start: Position,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Node>),
}

struct Builder {
    /// Byte offset of each character, and of the end.
    offsets: Option<Vec<u32>>,
    anchors: BTreeMap<usize, Node>,
    budget: usize,
    diagnostics: Vec<Diagnostic>,
}

/// Byte offsets by character index; `None` where they are the same.
fn offsets(text: &str) -> Option<Vec<u32>> {
    if text.is_ascii() {
        return None;
    }
    Some(text.char_indices().map(|(offset, _)| offset as u32).chain([text.len() as u32]).collect())
}

impl Builder {
    fn position(&self, marker: &saphyr_parser::Marker) -> Position {
        let offset = match &self.offsets {
            None => marker.index(),
            Some(offsets) => offsets[marker.index().min(offsets.len() - 1)] as usize,
        };
        Position { offset, line: marker.line() as u32, column: marker.col() as u32 + 1 }
    }

    fn span(&self, span: EventSpan) -> Span {
        Span { start: self.position(&span.start), end: self.position(&span.end) }
    }

    fn anchored(&mut self, anchor: usize, node: Node) -> Node {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Node {
        let Some(target) = self.anchors.get(&anchor) else {
            self.diagnostics.push(Diagnostic::error(span, "an alias cannot stand inside the node it names"));
            return Node { data: Data::Null, span };
        };
        let cost = count(target);
        if cost > self.budget {
            self.diagnostics.push(Diagnostic::error(span, "document contains excessive aliasing"));
            return Node { data: Data::Null, span };
        }
        self.budget -= cost;
        Node { data: target.data.clone(), span }
    }

    fn close(&mut self, open: Open, end: Position) -> Node {
        let (data, last) = match open.kind {
            Kind::Sequence(items) => {
                let last = items.last().map(|item| item.span.end);
                (Data::Sequence(items), last)
            }
            Kind::Mapping(entries, _) => {
                self.report_duplicates(&entries);
                let last = entries.last().map(|entry| entry.value.span.end);
                (Data::Mapping(merge(entries)), last)
            }
        };
        let span = Span { start: open.start, end: last.unwrap_or(end).max(open.start) };
        self.anchored(open.anchor, Node { data, span })
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let mut seen = BTreeMap::new();
        for entry in entries {
            let name = entry.key.as_key().into_owned();
            if let Some(first) = seen.insert(name.clone(), entry.key.span) {
                let message = format!("key \"{name}\" already set in map");
                let hint = format!(
                    "It first stands in line {}. Without strict checks the last one counts.",
                    first.start.line
                );
                self.diagnostics.push(Diagnostic::error(entry.key.span, message).with_hint(hint));
            }
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.data {
        Data::Sequence(items) => items.iter().map(count).sum(),
        Data::Mapping(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
        _ => 0,
    }
}

/// Expands `<<` keys: merged entries come first, so that the mapping's own keys count.
fn merge(entries: Vec<Entry>) -> Vec<Entry> {
    if !entries.iter().any(|entry| entry.key.as_str() == Some("<<")) {
        return entries;
    }
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for entry in entries {
        if entry.key.as_str() != Some("<<") {
            own.push(entry);
            continue;
        }
        match entry.value.data {
            Data::Mapping(more) => merged.extend(more),
            Data::Sequence(maps) => merged.extend(maps.into_iter().rev().flat_map(|map| match map.data {
                Data::Mapping(more) => more,
                _ => Vec::new(),
            })),
            _ => {}
        }
    }
    let names: Vec<_> = own.iter().map(|entry| entry.key.as_key().into_owned()).collect();
    merged.retain(|entry| !names.iter().any(|name| *name == entry.key.as_key()));
    merged.append(&mut own);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: serde_json::Value) {
        let parsed = parse(text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        let documents: Vec<_> = parsed.documents.iter().map(|document| document.root.to_json()).collect();
        assert_eq!(serde_json::Value::from(documents), expect, "{text}");
    }

    #[test]
    fn documents_anchors_and_merge_keys() {
        check("a: 1\n---\nb: [x, yes]\n", serde_json::json!([{"a": 1}, {"b": ["x", true]}]));
        check(
            "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
            serde_json::json!([{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]),
        );
    }

    #[test]
    fn spans_are_bytes_lines_and_columns() {
        let text = "é: 1\nb:\n  - x\n";
        let parsed = parse(text);
        let span = |key: &str| parsed.documents[0].root.get(key).expect("key is there").span;
        assert_eq!(&text[span("é").start.offset..span("é").end.offset], "1");
        assert_eq!((span("b").start.line, span("b").start.column), (3, 3));
    }

    #[test]
    fn duplicate_keys_are_reported_at_the_second() {
        let parsed = parse("a: 1\nb: 2\na: 3\n");
        assert_eq!(parsed.diagnostics[0].to_string(), "3:1: key \"a\" already set in map");
        assert_eq!(parsed.documents[0].root.get("a").expect("key").data, Data::Int(3));
    }
}
