//! The result of a rendering: text, and where each piece of it comes from.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use super::machine::{Call, Guard, Output, Read};
use super::value::decoded;

/// A piece of rendered text, from the end of the piece before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it ends, in bytes of the text.
    pub end: usize,
    /// The template file that wrote it (`gotpl` for a text given to `tpl`).
    pub template: Rc<str>,
    /// The line of the node that wrote it, from 1.
    pub line: u32,
    /// The column of that node in bytes, from 1.
    pub column: u32,
    reads: (usize, usize),
    call: Option<Rc<Call>>,
    guard: Option<Rc<Guard>>,
}

impl Segment {
    /// The calls of `include`, `tpl` and `template` that led to the node, the innermost first: template and line.
    pub fn callers(&self) -> Vec<(Rc<str>, u32)> {
        let calls = std::iter::successors(self.call.as_deref(), |call| call.outer.as_deref());
        calls.map(|call| (call.template.clone(), call.line)).collect()
    }
}

/// Rendered text with its provenance.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The text. What is not UTF-8 in it is U+FFFD.
    pub text: String,
    /// Its pieces in order, if provenance was asked for.
    pub segments: Vec<Segment>,
    reads: Vec<Read>,
}

impl Rendered {
    pub(super) fn new(output: Output, reads: Vec<Read>) -> Rendered {
        let text = match String::from_utf8(output.bytes) {
            Ok(text) => text,
            Err(error) => decoded(error.as_bytes()),
        };
        let segments = output.segments.unwrap_or_default().into_iter().map(|raw| {
            let (line, column) = raw.source.line_and_column(raw.position);
            Segment {
                end: raw.end,
                template: raw.source.name.clone(),
                line: line as u32,
                column: column as u32 + 1,
                reads: raw.reads,
                call: raw.call,
                guard: raw.guard,
            }
        });
        Rendered { segments: segments.collect(), text, reads }
    }

    /// The piece that the byte `offset` of the text belongs to.
    pub fn segment_at(&self, offset: usize) -> Option<&Segment> {
        self.segments.get(self.segments.partition_point(|segment| segment.end <= offset))
    }

    /// The values that were read for a piece, as paths that `paths` knows: `.Values.image.tag`. A path that
    /// only leads to another is left out; each stands once, in order of the first read.
    pub fn values_read(&self, segment: &Segment, paths: &Paths) -> Vec<String> {
        let mut found = Vec::new();
        self.paths_of(segment.reads, paths, &mut found);
        found
    }

    /// The values that decided whether a piece is there: those of the conditions and ranges around it.
    pub fn values_deciding(&self, segment: &Segment, paths: &Paths) -> Vec<String> {
        let mut found = Vec::new();
        for guard in std::iter::successors(segment.guard.as_deref(), |guard| guard.outer.as_deref()) {
            self.paths_of(guard.reads, paths, &mut found);
        }
        found
    }

    fn paths_of(&self, reads: (usize, usize), paths: &Paths, found: &mut Vec<String>) {
        for (map, key) in self.reads.get(reads.0..reads.1).unwrap_or_default() {
            let Some(path) = paths.maps.get(map) else { continue };
            let path = format!("{path}.{key}");
            if let Some(last) = found.last_mut()
                && path.strip_prefix(last.as_str()).is_some_and(|rest| rest.starts_with('.'))
            {
                *last = path;
            } else if !found.contains(&path) {
                found.push(path);
            }
        }
    }
}

/// Where each map of a tree of values is.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    maps: BTreeMap<usize, String>,
    /// How many values were looked at: lists may share lists without end.
    nodes: usize,
}

impl Paths {
    /// The paths of the maps in `value`, which itself is called `name`: `.Values`.
    pub fn new(name: &str, value: &Value) -> Paths {
        let mut paths = Paths::default();
        paths.add(name, value, 0);
        paths
    }

    fn add(&mut self, name: &str, value: &Value, depth: usize) {
        self.nodes += 1;
        if depth > 64 || self.nodes > 100_000 {
            return;
        }
        match value {
            Value::Map(map) => {
                if self.maps.contains_key(&map.identity()) {
                    return;
                }
                self.maps.insert(map.identity(), name.to_string());
                for (key, value) in map.entries().iter() {
                    self.add(&format!("{name}.{key}"), value, depth + 1);
                }
            }
            Value::List(list) => {
                for (index, item) in list.iter().enumerate() {
                    self.add(&format!("{name}[{index}]"), item, depth + 1);
                }
            }
            _ => {}
        }
    }
}
