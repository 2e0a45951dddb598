//! The graph of a document to its tree: types, aliases, merge keys and duplicate keys as go-yaml v2 decodes them,
//! then what sigs.k8s.io/yaml refuses on the way to JSON.

use std::collections::BTreeMap;

use super::compose::{Graph, GraphKind, NodeId};
use super::go_syntax::go_value;
use super::limits::{MAX_ALIAS_TEXT, MAX_DEPTH, REPORT_BUDGET, is_alias_bomb};
use super::path::Step;
use super::scalar::{TagMismatch, resolve_plain, resolve_tagged};
use super::scan::Mark;
use super::{Data, DuplicateKey, Entry, Node};
use crate::diagnostic::{Diagnostic, Position, Span};

/// Where a document lies in the whole text: it begins with a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) offset: usize,
    /// Lines before it.
    pub(super) lines: u32,
}

impl Place {
    pub(super) fn position(self, mark: Mark) -> Position {
        Position {
            offset: self.offset + mark.offset as usize,
            line: self.lines + mark.line + 1,
            column: mark.column + 1,
        }
    }

    pub(super) fn span(self, start: Mark, end: Mark) -> Span {
        Span { start: self.position(start), end: self.position(end) }
    }
}

/// A refusal: the words of go-yaml, and the finding for a reader.
pub(super) type Refusal = (String, Diagnostic);

/// What became of a document.
pub(super) struct Decoded {
    pub(super) root: Node,
    /// In the order in which Go would meet them; it stops at the first.
    pub(super) refusals: Vec<Refusal>,
    pub(super) duplicates: Vec<DuplicateKey>,
}

/// Decodes the document that `graph` holds.
pub(super) fn decode(graph: &Graph<'_>, place: Place) -> Decoded {
    let mut decoder = Decoder {
        graph,
        place,
        refusals: Vec::new(),
        json_refusals: Vec::new(),
        duplicates: Vec::new(),
        path: Vec::new(),
        decoded: 1,
        from_aliases: 0,
        alias_text: 0,
        report_budget: REPORT_BUDGET,
        aliases: Vec::new(),
        depth: 0,
        has_stopped: false,
    };
    let root = decoder.node(0);
    let mut refusals = decoder.refusals;
    refusals.append(&mut decoder.json_refusals);
    Decoded { root, refusals, duplicates: decoder.duplicates }
}

/// One step of the way to the node that is being decoded; a key by its node, since few ways are ever told.
#[derive(Clone, Copy)]
enum Part {
    Key(NodeId),
    Index(usize),
}

struct Decoder<'a, 't> {
    graph: &'a Graph<'t>,
    place: Place,
    refusals: Vec<Refusal>,
    /// What Go refuses only after the whole document is decoded.
    json_refusals: Vec<Refusal>,
    duplicates: Vec<DuplicateKey>,
    path: Vec<Part>,
    decoded: usize,
    from_aliases: usize,
    /// Bytes of text that aliases added.
    alias_text: usize,
    report_budget: usize,
    /// The aliases that are being expanded.
    aliases: Vec<NodeId>,
    depth: usize,
    /// Set when going on would take too long.
    has_stopped: bool,
}

impl Decoder<'_, '_> {
    fn span(&self, id: NodeId) -> Span {
        let node = self.graph.node(id);
        self.place.span(node.start, node.end)
    }

    fn refuse(&mut self, id: NodeId, go: String, message: impl Into<String>, hint: &str) {
        let diagnostic = Diagnostic::error(self.span(id), message).with_hint(hint);
        if self.may_report(go.len()) || self.refusals.is_empty() {
            self.refusals.push((format!("yaml: {go}"), diagnostic));
        }
    }

    /// Takes what a report of `bytes` costs from the budget; `false` if it is used up.
    fn may_report(&mut self, bytes: usize) -> bool {
        let cost = bytes + 1000;
        let is_enough = cost <= self.report_budget;
        self.report_budget = self.report_budget.saturating_sub(cost);
        is_enough
    }

    fn refuse_json(&mut self, id: NodeId, go: String, message: &str, hint: &str) {
        if self.may_report(go.len()) || self.json_refusals.is_empty() {
            self.json_refusals.push((go, Diagnostic::error(self.span(id), message).with_hint(hint)));
        }
    }

    /// Counts a node; `false` where the document must not be read on.
    fn count(&mut self, id: NodeId) -> bool {
        self.decoded += 1;
        if !self.aliases.is_empty() {
            self.from_aliases += 1;
        }
        let is_bomb = is_alias_bomb(self.from_aliases, self.decoded) || self.alias_text > MAX_ALIAS_TEXT;
        if !self.has_stopped && is_bomb {
            self.has_stopped = true;
            let go = "document contains excessive aliasing".into();
            self.refuse(
                id,
                go,
                "Aliases make this document far larger than its text.",
                "Write out what is repeated.",
            );
        }
        if !self.has_stopped && self.depth > MAX_DEPTH {
            self.has_stopped = true;
            let message = format!("Aliases nest this document deeper than {MAX_DEPTH} levels.");
            self.refuse(id, format!("exceeded max depth of {MAX_DEPTH}"), message, "Nest less.");
        }
        !self.has_stopped
    }

    fn node(&mut self, id: NodeId) -> Node {
        let span = self.span(id);
        if !self.count(id) {
            return Node { data: Data::Null, span };
        }
        let graph = self.graph;
        self.depth += 1;
        let data = match &graph.node(id).kind {
            GraphKind::Scalar { text, is_implicit } => self.scalar(id, text, *is_implicit),
            GraphKind::Alias { target, name } => self.alias(id, *target, name),
            GraphKind::Sequence { .. } => {
                let mut items = Vec::new();
                for (index, item) in graph.children(id).enumerate() {
                    self.path.push(Part::Index(index));
                    items.push(self.node(item));
                    self.path.pop();
                }
                Data::Sequence(items)
            }
            GraphKind::Mapping { .. } => {
                let mut mapping = Mapping::default();
                self.mapping(id, &mut mapping, false);
                Data::Mapping(mapping.entries)
            }
        };
        self.depth -= 1;
        Node { data, span }
    }

    fn steps(&self) -> Vec<Step> {
        let target = |id: NodeId| match self.graph.node(id).kind {
            GraphKind::Alias { target, .. } => target,
            _ => id,
        };
        let step = |part: &Part| match *part {
            Part::Index(index) => Step::Index(index),
            Part::Key(id) => match &self.graph.node(target(id)).kind {
                GraphKind::Scalar { text, is_implicit: true } => {
                    let key = Node { data: resolve_plain(text), span: Span::default() };
                    Step::Key(key.as_key().into_owned())
                }
                GraphKind::Scalar { text, .. } => Step::Key(text.to_string()),
                _ => Step::Key(String::new()),
            },
        };
        self.path.iter().map(step).collect()
    }

    fn scalar(&mut self, id: NodeId, text: &str, is_implicit: bool) -> Data {
        if !self.aliases.is_empty() {
            self.alias_text += text.len();
        }
        let data = match self.graph.node(id).tag.as_deref() {
            None if !is_implicit => Data::String(text.to_owned()),
            None => resolve_plain(text),
            Some(tag) => match resolve_tagged(tag, text) {
                Ok(data) => data,
                Err(TagMismatch::Base64) => {
                    let go = "!!binary value contains invalid base64 data".into();
                    self.refuse(
                        id,
                        go,
                        "This is not base64.",
                        "Encode the bytes, with padding, or drop !!binary.",
                    );
                    Data::Null
                }
                Err(TagMismatch::Type { found, wanted }) => {
                    let go = format!("cannot decode {found} `{text}` as a {wanted}");
                    let message = format!("The tag {wanted} does not fit `{text}`.");
                    self.refuse(id, go, message, "Drop the tag, or write a value of its type.");
                    Data::Null
                }
            },
        };
        if let Data::Float(value) = data
            && !value.is_finite()
        {
            let name = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            let go = format!("json: unsupported value: {name}");
            self.refuse_json(
                id,
                go,
                "JSON, and so Kubernetes, has no such number.",
                "Quote it if it is meant as text.",
            );
        }
        data
    }

    fn alias(&mut self, id: NodeId, target: NodeId, name: &str) -> Data {
        if self.aliases.contains(&id) {
            let go = format!("anchor '{name}' value contains itself");
            self.refuse(id, go, format!("What &{name} names contains *{name}."), "Refer to something else.");
            return Data::Null;
        }
        self.aliases.push(id);
        let data = self.node(target).data;
        self.aliases.pop();
        data
    }

    /// Reads the entries of a mapping into `into`, merge keys where they stand: what comes later wins.
    fn mapping(&mut self, id: NodeId, into: &mut Mapping, is_merged: bool) {
        let graph = self.graph;
        let mut children = graph.children(id);
        while let (Some(key_id), Some(value_id)) = (children.next(), children.next()) {
            if self.has_stopped {
                return;
            }
            if self.is_merge_key(key_id) {
                self.merge(value_id, into);
                continue;
            }
            let refused = self.json_refusals.len();
            let key = self.node(key_id);
            if matches!(key.data, Data::Float(_)) {
                // `.inf` is a name as a key, and no number that JSON lacks.
                self.json_refusals.truncate(refused);
            }
            self.check_key(key_id, &key);
            self.path.push(Part::Key(key_id));
            let value = self.node(value_id);
            match &key.data {
                Data::Null => self.refuse_key("%!s(<nil>)", key_id, &key, &value),
                Data::UInt(_) => self.refuse_key("uint64", key_id, &key, &value),
                _ => {}
            }
            self.set(into, Entry { key, value }, graph.node(value_id).start, is_merged);
            self.path.pop();
        }
    }

    fn check_key(&mut self, id: NodeId, key: &Node) {
        if !matches!(key.data, Data::Sequence(_) | Data::Mapping(_)) {
            return;
        }
        let hint = if matches!(self.graph.node(id).kind, GraphKind::Mapping { .. }) {
            "`{{ … }}` outside of a rendered template reads as a map in a map: render it, or quote the whole value."
        } else {
            "Quote the key if it is meant as text."
        };
        // Keys within keys would be told again at every level.
        let go = if self.refusals.is_empty() { go_value(key) } else { String::new() };
        let go = format!("invalid map key: {go}");
        self.refuse(id, go, "A key must be a single value, not a list or a map.", hint);
    }

    fn refuse_key(&mut self, go_type: &str, id: NodeId, key: &Node, value: &Node) {
        if !self.json_refusals.is_empty() {
            return;
        }
        let (key, value) = (go_value(key), go_value(value));
        let go = format!("unsupported map key of type: {go_type}, key: {key}, value: {value}");
        self.refuse_json(
            id,
            go,
            "This key has no name that JSON could hold.",
            "Write a name before the colon, or quote it.",
        );
    }

    fn is_merge_key(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let has_tag = node.tag.as_deref() == Some("tag:yaml.org,2002:merge");
        matches!(&node.kind, GraphKind::Scalar { text, is_implicit } if text == "<<" && (*is_implicit || has_tag))
    }

    fn merge(&mut self, id: NodeId, into: &mut Mapping) {
        let graph = self.graph;
        match &graph.node(id).kind {
            GraphKind::Sequence { .. } => {
                let maps: Vec<NodeId> = graph.children(id).collect();
                for map in maps.into_iter().rev() {
                    self.merge_map(map, into);
                }
            }
            _ => self.merge_map(id, into),
        }
    }

    fn merge_map(&mut self, id: NodeId, into: &mut Mapping) {
        let graph = self.graph;
        let target = match &graph.node(id).kind {
            GraphKind::Alias { target, .. } => *target,
            _ => id,
        };
        if !matches!(graph.node(target).kind, GraphKind::Mapping { .. }) {
            let go = "map merge requires map or sequence of maps as the value".into();
            self.refuse(
                id,
                go,
                "`<<` merges maps only.",
                "Give it an alias of a map, or a list of such aliases.",
            );
            return;
        }
        if self.aliases.contains(&id) {
            return self.refuse(
                id,
                "anchor value contains itself".into(),
                "This map merges itself.",
                "Remove it.",
            );
        }
        if !self.count(id) || target != id && !self.count(target) {
            return;
        }
        if target != id {
            self.aliases.push(id);
        }
        self.depth += 1;
        self.mapping(target, into, true);
        self.depth -= 1;
        if target != id {
            self.aliases.pop();
        }
    }

    fn set(&mut self, into: &mut Mapping, entry: Entry, value_mark: Mark, is_merged: bool) {
        let Some(first) = into.find(&entry.key) else {
            return into.push(entry, is_merged);
        };
        let line = value_mark.line + 1;
        let key = entry.key.as_key().into_owned();
        if self.report_budget == 0 {
            return self.put(into, first, entry, is_merged);
        }
        let path = self.steps();
        let may_report = self.may_report(path.iter().map(Step::size).sum::<usize>() + key.len());
        let duplicate = may_report.then(|| DuplicateKey {
            document: 0,
            message: format!("line {line}: key {} already set in map", go_value(&entry.key)),
            line: self.place.lines + line,
            span: entry.key.span,
            first: into.entries[first].key.span,
            path,
            is_merged: is_merged || into.is_merged[first],
            key,
        });
        self.duplicates.extend(duplicate);
        self.put(into, first, entry, is_merged);
    }

    /// Puts a duplicate key behind the first or, if a merge key brought either, in its place.
    fn put(&self, into: &mut Mapping, first: usize, entry: Entry, is_merged: bool) {
        if is_merged || into.is_merged[first] {
            into.entries[first] = entry;
            into.is_merged[first] = is_merged;
        } else {
            into.push(entry, false);
        }
    }
}

/// A mapping while it is read.
#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    is_merged: Vec<bool>,
    /// Positions by type and text of the key, once there are too many for a linear search.
    positions: BTreeMap<(u8, String), usize>,
}

/// How many entries a linear search may cost.
const FEW: usize = 16;

impl Mapping {
    fn push(&mut self, entry: Entry, is_merged: bool) {
        let position = self.entries.len();
        if position >= FEW {
            if self.positions.is_empty() {
                for (position, entry) in self.entries.iter().enumerate() {
                    self.positions.insert(identity(&entry.key), position);
                }
            }
            self.positions.insert(identity(&entry.key), position);
        }
        self.entries.push(entry);
        self.is_merged.push(is_merged);
    }

    /// The last entry with that key, of the same type.
    fn find(&self, key: &Node) -> Option<usize> {
        if self.entries.len() > FEW {
            return self.positions.get(&identity(key)).copied();
        }
        self.entries.iter().rposition(|entry| match (&entry.key.data, &key.data) {
            (Data::String(left), Data::String(right)) => left == right,
            (Data::String(_), _) | (_, Data::String(_)) => false,
            _ => identity(&entry.key) == identity(key),
        })
    }
}

/// What makes two keys the same to Go: `1` and `"1"` differ.
fn identity(key: &Node) -> (u8, String) {
    let kind = match key.data {
        Data::String(_) => 0,
        Data::Int(_) => 1,
        Data::UInt(_) => 2,
        Data::Float(_) => 3,
        Data::Bool(_) => 4,
        Data::Null => 5,
        Data::Sequence(_) | Data::Mapping(_) => 6,
    };
    (kind, key.as_key().into_owned())
}
