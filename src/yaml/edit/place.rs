//! Where the parts of a text stand that the tree does not name: colons, dashes, line ends.

use super::super::{Data, Entry, Node};
use crate::gather::sort_by_key;

/// Whether a collection is written in brackets or braces.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    let mut rest = &text[node.span.start.offset..];
    while rest.starts_with(['&', '!']) {
        rest = rest.split_once([' ', '\n']).map_or("", |split| split.1).trim_start();
    }
    match node.data {
        Data::Mapping(_) => rest.starts_with('{'),
        Data::Sequence(_) => rest.starts_with('['),
        _ => false,
    }
}

/// Whether `inner` is written inside `outer`, rather than brought in by an alias or a merge key.
pub(super) fn is_inside(outer: &Node, inner: &Node) -> bool {
    outer.span.start.offset <= inner.span.start.offset && inner.span.end.offset <= outer.span.end.offset
}

/// The entries that are written in the mapping itself.
pub(super) fn own_entries<'n>(mapping: &'n Node, entries: &'n [Entry]) -> Vec<&'n Entry> {
    let mut own: Vec<&Entry> = entries.iter().filter(|entry| is_inside(mapping, &entry.key)).collect();
    sort_by_key(&mut own, |entry| entry.key.span.start);
    own
}

/// The place behind the colon of an entry.
pub(super) fn behind_colon(text: &str, entry: &Entry) -> Option<usize> {
    let end = entry.key.span.end.offset;
    let rest = text.get(end..)?;
    let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest[gap..].starts_with(':').then_some(end + gap + 1)
}

/// The place of the dash of a block item: the last one before it with nothing but blanks and comments between.
pub(super) fn dash_before(text: &str, item: &Node) -> Option<usize> {
    let mut line_end = item.span.start.offset;
    loop {
        let line_start = text[..line_end].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &text[line_start..line_end];
        let code =
            if line_end == item.span.start.offset { line } else { line.split(" #").next().unwrap_or(line) };
        let code = if code.trim_start().starts_with('#') { "" } else { code.trim_end() };
        if code.ends_with('-') {
            return Some(line_start + code.len() - 1);
        }
        if !code.is_empty() || line_start == 0 {
            return None;
        }
        line_end = line_start - 1;
    }
}

/// The end of the line of `at`, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

/// The start of the line of `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Columns before `at` in its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}
