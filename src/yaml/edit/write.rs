//! The changes that set or remove a value, by where it stands.

use serde_json::Value;

use super::super::path::Step;
use super::super::print::{Encoder, print_unfolded};
use super::super::{Data, Entry, Node};
use super::Change;
use super::place::{
    behind_colon, column, dash_before, is_flow, is_inside, line_end, line_start, own_entries,
};
use crate::gather::Gather;

/// The text for a path in a document that holds nothing yet.
pub(super) fn new_document(text: &str, path: &[Step], value: &Value) -> String {
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{gap}{}", print_unfolded(&nested(path, value), Encoder::Pretty))
}

/// The changes that set `path` below `root`; none if there is no way to write it.
pub(super) fn set(text: &str, root: &Node, path: &[Step], value: &Value) -> Vec<Change> {
    set_below(text, root, path, value).unwrap_or_default()
}

fn set_below(text: &str, root: &Node, path: &[Step], value: &Value) -> Option<Vec<Change>> {
    let writer = Writer { text, encoder: list_style(root) };
    let mut node = root;
    let mut slot = Slot::Root;
    let mut in_flow = false;
    for (depth, step) in path.iter().enumerate() {
        in_flow |= is_flow(text, node);
        let missing = || nested(&path[depth + 1..], value);
        match (&node.data, step) {
            (Data::Mapping(entries), Step::Key(key)) => {
                let own = own_entries(node, entries);
                let found = own.iter().rev().find(|entry| entry.key.as_key() == *key);
                let Some(entry) = found else {
                    if entries.is_empty() && !matches!(slot, Slot::FlowPart(_)) {
                        return writer.replace(&slot, node, &nested(&path[depth..], value));
                    }
                    return writer.add_entry(node, &own, in_flow, key, &missing());
                };
                slot = if in_flow { Slot::FlowPart(Some(entry)) } else { Slot::Entry(entry) };
                node = &entry.value;
            }
            (Data::Sequence(items), Step::Index(index)) => {
                let Some(item) = items.get(*index) else {
                    if items.is_empty() && !matches!(slot, Slot::FlowPart(_)) {
                        return writer.replace(&slot, node, &nested(&path[depth..], value));
                    }
                    return writer.add_item(node, items, in_flow, &missing());
                };
                if !is_inside(node, item) {
                    return None;
                }
                slot = if in_flow { Slot::FlowPart(None) } else { Slot::Item };
                node = item;
            }
            (Data::Null, _) => return writer.replace(&slot, node, &nested(&path[depth..], value)),
            _ => return None,
        }
    }
    writer.replace(&slot, node, value)
}

/// A value below the steps that lead to it.
fn nested(path: &[Step], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, step| match step {
        Step::Key(key) => Value::Object([(key.clone(), inner)].into_iter().gather()),
        Step::Index(_) => Value::Array(vec![inner]),
    })
}

/// How the text writes lists below keys: as far left as the key, or indented.
fn list_style(root: &Node) -> Encoder {
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        match &node.data {
            Data::Mapping(entries) => {
                for entry in entries {
                    if matches!(entry.value.data, Data::Sequence(_))
                        && entry.value.span.start.line > entry.key.span.start.line
                    {
                        let is_flat = entry.value.span.start.column <= entry.key.span.start.column;
                        return if is_flat { Encoder::Kubernetes } else { Encoder::Pretty };
                    }
                    waiting.push(&entry.value);
                }
            }
            Data::Sequence(items) => waiting.extend(items),
            _ => {}
        }
    }
    Encoder::Pretty
}

/// What a value stands in.
enum Slot<'n> {
    /// Nothing: it is the whole document.
    Root,
    /// A block mapping.
    Entry(&'n Entry),
    /// A block list.
    Item,
    /// Brackets or braces; the entry if it stands in braces.
    FlowPart(Option<&'n Entry>),
}

struct Writer<'t> {
    text: &'t str,
    encoder: Encoder,
}

/// A value as text: what stands on the line where it begins, and the lines below.
struct Written {
    head: String,
    tail: String,
}

impl Writer<'_> {
    /// `value` behind a key or dash in column `outer`.
    fn write(&self, value: &Value, outer: usize, is_entry: bool) -> Written {
        let text = print_unfolded(value, self.encoder);
        let text = match value {
            Value::String(content)
                if content.ends_with('\n') && text.contains('\n') && text.starts_with('|') =>
            {
                text.strip_suffix('\n').unwrap_or(&text)
            }
            _ => text.trim_end_matches('\n'),
        };
        let is_block = match value {
            Value::Object(map) => !map.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => false,
        };
        let starts_below = is_block && is_entry;
        let is_flat_list = value.is_array() && self.encoder == Encoder::Kubernetes;
        let indent = match (is_block, is_entry) {
            (false, _) => outer,
            (true, true) if is_flat_list => outer,
            (true, _) => outer + 2,
        };
        let (head, below) = if starts_below { ("", Some(text)) } else { split_line(text) };
        let tail = below.map_or(String::new(), |below| {
            let lines = below.split('\n').map(|line| {
                if line.is_empty() { "\n".to_owned() } else { format!("\n{}{line}", " ".repeat(indent)) }
            });
            lines.collect()
        });
        Written { head: head.to_owned(), tail }
    }

    /// Puts `value` where `node` stands.
    fn replace(&self, slot: &Slot<'_>, node: &Node, value: &Value) -> Option<Vec<Change>> {
        let (start, end) = (node.span.start.offset, node.span.end.offset);
        match slot {
            Slot::FlowPart(entry) => {
                // A key in braces may stand alone, without even a colon.
                let lone = entry.filter(|entry| behind_colon(self.text, entry).is_none());
                if let Some(entry) = lone {
                    return Some(vec![Change::insert(
                        entry.key.span.end.offset,
                        format!(": {}", flow(value)),
                    )]);
                }
                let is_joined = start == end && !self.text[..start].ends_with([' ', '[', '{', ',']);
                let gap = if is_joined { " " } else { "" };
                Some(vec![Change::replace(start, end, gap.to_owned() + &flow(value))])
            }
            Slot::Root => {
                let text = print_unfolded(value, self.encoder);
                let has_newline = self.text[end..].starts_with('\n');
                let text = if has_newline { text.strip_suffix('\n').unwrap_or(&text) } else { &text };
                let gap = if start == end && self.text[..start].ends_with("---") { "\n" } else { "" };
                Some(vec![Change::replace(start, end, format!("{gap}{text}"))])
            }
            Slot::Item => {
                let dash = dash_before(self.text, node)?;
                let written = self.write(value, column(self.text, dash), false);
                if start == end || line_start(self.text, dash) == line_start(self.text, start) {
                    let gap = if start == end { " " } else { "" };
                    return Some(self.put(start, end, gap, written));
                }
                // What stands on a line below its dash moves up to it, if no comment stands between.
                let is_bare = self.text[dash + 1..start].trim().is_empty();
                is_bare.then(|| self.put(dash + 1, end, " ", written))
            }
            Slot::Entry(entry) => {
                let colon = behind_colon(self.text, entry)?;
                let written = self.write(value, column(self.text, entry.key.span.start.offset), true);
                if start == end || line_start(self.text, start) == line_start(self.text, colon) {
                    let gap = if written.head.is_empty() { "" } else { " " };
                    return Some(self.put(colon, end.max(colon), gap, written));
                }
                let below = line_start(self.text, start) - 1;
                let below = below - usize::from(self.text[..below].ends_with('\r'));
                let mut changes =
                    self.put(colon, colon, if written.head.is_empty() { "" } else { " " }, written);
                changes.push(Change::replace(below.max(line_end(self.text, colon)), end, ""));
                Some(changes)
            }
        }
    }

    /// Replaces a range that ends on its line by what is written; the lines below go behind what else the line holds.
    fn put(&self, start: usize, end: usize, gap: &str, written: Written) -> Vec<Change> {
        let at = line_end(self.text, end);
        if at == end {
            return vec![Change::replace(start, end, format!("{gap}{}{}", written.head, written.tail))];
        }
        vec![Change::replace(start, end, format!("{gap}{}", written.head)), Change::insert(at, written.tail)]
    }

    fn add_entry(
        &self,
        mapping: &Node,
        own: &[&Entry],
        in_flow: bool,
        key: &str,
        value: &Value,
    ) -> Option<Vec<Change>> {
        if in_flow {
            let text = format!("{}: {}", flow_text(key), flow(value));
            return self.add_to_flow(mapping, own.is_empty(), &text);
        }
        let entry = Value::Object([(key.to_owned(), value.clone())].into_iter().gather());
        // A mapping without entries of its own holds merge keys.
        let start = own.first().map_or(mapping.span.start, |first| first.key.span.start);
        let indent = column(self.text, start.offset);
        let colon = own.last().and_then(|last| behind_colon(self.text, last)).unwrap_or_default();
        let end = mapping.span.end.offset.max(colon);
        Some(vec![self.add_lines(end, &print_unfolded(&entry, self.encoder), indent)])
    }

    fn add_item(&self, list: &Node, items: &[Node], in_flow: bool, value: &Value) -> Option<Vec<Change>> {
        if in_flow {
            return self.add_to_flow(list, items.is_empty(), &flow(value));
        }
        let last = items.last()?;
        let indent = column(self.text, dash_before(self.text, last)?);
        let item = Value::Array(vec![value.clone()]);
        Some(vec![self.add_lines(last.span.end.offset, &print_unfolded(&item, self.encoder), indent)])
    }

    /// Adds lines behind the line of `end`.
    fn add_lines(&self, end: usize, lines: &str, indent: usize) -> Change {
        let lines: Vec<String> = lines
            .strip_suffix('\n')
            .unwrap_or(lines)
            .split('\n')
            .map(|line| if line.is_empty() { String::new() } else { " ".repeat(indent) + line })
            .collect();
        let lines = lines.join("\n");
        if end > 0 && self.text[..end].ends_with('\n') {
            return Change::insert(end, lines + "\n");
        }
        Change::insert(line_end(self.text, end), format!("\n{lines}"))
    }

    /// Adds a part before the closing bracket or brace; a pair in a list (`[a: 1]`) has none.
    fn add_to_flow(&self, node: &Node, is_empty: bool, text: &str) -> Option<Vec<Change>> {
        let written = self.text[..node.span.end.offset].strip_suffix([']', '}'])?.trim_end();
        let gap = if is_empty || written.ends_with(',') { "" } else { ", " };
        is_flow(self.text, node).then(|| vec![Change::insert(written.len(), format!("{gap}{text}"))])
    }
}

fn split_line(text: &str) -> (&str, Option<&str>) {
    text.split_once('\n').map_or((text, None), |(head, tail)| (head, Some(tail)))
}

/// A value within brackets or braces.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => flow_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", flow_text(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => print_unfolded(other, Encoder::Kubernetes).trim_end().to_owned(),
    }
}

/// A text within brackets or braces: bare if it is a plain word.
fn flow_text(text: &str) -> String {
    let is_word = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    if is_word && super::super::scalar::reads_as_string(text) {
        return text.to_owned();
    }
    Value::from(text).to_string()
}

/// The changes that remove what is at `path`; none if there is no way to write it.
pub(super) fn remove(text: &str, root: &Node, path: &[Step]) -> Vec<Change> {
    remove_below(text, root, path).unwrap_or_default()
}

fn remove_below(text: &str, root: &Node, path: &[Step]) -> Option<Vec<Change>> {
    let (last, above) = path.split_last()?;
    let parent = super::super::at_path(root, above)?;
    let in_flow = (0..=above.len())
        .filter_map(|depth| super::super::at_path(root, &above[..depth]))
        .any(|node| is_flow(text, node));
    // The range of each part, from its first character to its last.
    let parts: Vec<(usize, usize)> = match &parent.data {
        Data::Mapping(entries) => own_entries(parent, entries)
            .iter()
            .map(|entry| {
                let colon = behind_colon(text, entry).unwrap_or(entry.key.span.end.offset);
                (entry.key.span.start.offset, entry.value.span.end.offset.max(colon))
            })
            .collect(),
        Data::Sequence(items) if in_flow => {
            items.iter().map(|item| (item.span.start.offset, item.span.end.offset)).collect()
        }
        Data::Sequence(items) => items
            .iter()
            .map(|item| {
                let dash = dash_before(text, item)?;
                Some((dash, item.span.end.offset.max(dash + 1)))
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let index = match (last, &parent.data) {
        (Step::Key(key), Data::Mapping(entries)) => {
            own_entries(parent, entries).iter().position(|entry| entry.key.as_key() == *key)?
        }
        (Step::Index(index), Data::Sequence(_)) => *index,
        _ => return None,
    };
    let (start, end) = *parts.get(index)?;
    let begins_line = text[line_start(text, start)..start].trim().is_empty();
    if parts.len() == 1 && !(above.is_empty() && begins_line && !in_flow) {
        let empty = if matches!(last, Step::Key(_)) {
            Value::Object(Default::default())
        } else {
            Value::Array(vec![])
        };
        return emptied(text, root, above, &empty);
    }
    if in_flow {
        return Some(vec![match (parts.get(index + 1), index.checked_sub(1)) {
            (Some(next), _) => Change::replace(start, next.0, ""),
            (None, Some(before)) => Change::replace(parts[before].1, end, ""),
            (None, None) => Change::replace(start, end, ""),
        }]);
    }
    if !begins_line {
        return Some(vec![Change::replace(start, parts.get(index + 1)?.0, "")]);
    }
    if text[..end].ends_with('\n') {
        return Some(vec![Change::replace(line_start(text, start), end, "")]);
    }
    let end = line_end(text, end);
    let end = text[end..].find('\n').map_or(end, |newline| end + newline + 1);
    Some(vec![Change::replace(line_start(text, start), end, "")])
}

/// Puts an empty collection where a collection loses its last part; a comment behind that part stays.
fn emptied(text: &str, root: &Node, path: &[Step], empty: &Value) -> Option<Vec<Change>> {
    set_below(text, root, path, empty)
}
