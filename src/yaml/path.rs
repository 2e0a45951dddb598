//! Ways from the root of a document to a node, and from a place in the text to a node.

use std::fmt;

use super::{Data, Node};

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list, from 0.
    Index(usize),
}

impl Step {
    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Step::Key(key) => size_of::<Step>() + key.len(),
            Step::Index(_) => size_of::<Step>(),
        }
    }
}

/// A path as Kubernetes writes field paths: `spec.containers[0].name`.
#[derive(Clone, Copy, Debug)]
pub struct FieldPath<'a>(pub &'a [Step]);

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) if key.contains(['.', '/']) => write!(formatter, "[{key}]")?,
                Step::Key(key) if position > 0 => write!(formatter, ".{key}")?,
                Step::Key(key) => formatter.write_str(key)?,
            }
        }
        Ok(())
    }
}

/// The node at a path; of duplicate keys the last.
pub fn at_path<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match (step, &node.data) {
        (Step::Key(key), Data::Mapping(_)) => node.get(key),
        (Step::Index(index), Data::Sequence(items)) => items.get(*index),
        _ => None,
    })
}

/// The path of the innermost node at a byte offset of the text. A key counts to its value; what an alias
/// stands for counts to the alias. `None` outside of the root.
pub fn node_at(root: &Node, offset: usize) -> Option<Vec<Step>> {
    let holds = |node: &Node| node.span.start.offset <= offset && offset <= node.span.end.offset;
    if !holds(root) {
        return None;
    }
    let mut path = Vec::new();
    let mut node = root;
    loop {
        let next = match &node.data {
            Data::Mapping(entries) => entries.iter().rev().find_map(|entry| {
                let starts = entry.key.span.start.offset <= offset;
                let is_inside =
                    starts && offset <= entry.value.span.end.offset.max(entry.key.span.end.offset);
                is_inside.then(|| (Step::Key(entry.key.as_key().into_owned()), &entry.value))
            }),
            Data::Sequence(items) => items
                .iter()
                .enumerate()
                .rev()
                .find_map(|(index, item)| holds(item).then_some((Step::Index(index), item))),
            _ => None,
        };
        let Some((step, inner)) = next else { return Some(path) };
        path.push(step);
        node = inner;
    }
}

/// What a reader wrote about a key in `text`: the `#` lines directly above the line of `node` (a key), or else
/// the comment behind it on its line. Without the `#`s, lines joined by newlines.
pub fn comment_before(text: &str, node: crate::diagnostic::Span) -> Option<String> {
    let start = node.start.offset.min(text.len());
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let mut lines: Vec<&str> = Vec::new();
    for line in text[..line_start].lines().rev() {
        let Some(comment) = line.trim_start().strip_prefix('#') else { break };
        lines.push(bare_comment(comment));
    }
    if !lines.is_empty() {
        lines.reverse();
        return Some(lines.join("\n"));
    }
    let line = text[start..].lines().next()?;
    let comment = line
        .match_indices('#')
        .find(|(at, _)| line[..*at].ends_with([' ', '\t']) && !is_inside_quotes(&line[..*at]))?;
    Some(bare_comment(&line[comment.0 + 1..]).to_owned())
}

/// The words of a comment: without the `#`s of `##` and the `--` with which chart documentation begins.
fn bare_comment(comment: &str) -> &str {
    let comment = comment.trim_start_matches('#').trim();
    comment.strip_prefix("-- ").unwrap_or(comment)
}

fn is_inside_quotes(before: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for character in before.chars() {
        match quote {
            None if matches!(character, '"' | '\'')
                && matches!(previous, ' ' | '[' | '{' | ',' | ':' | '\t') =>
            {
                quote = Some(character);
            }
            Some(open) if character == open && previous != '\\' => quote = None,
            _ => {}
        }
        previous = character;
    }
    quote.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    const TEXT: &str = "\
# Greets.
# -- Twice.
name: web # not this
ports: [80, {num: 443}]
image:
  tag: \"a # b\"   # the tag
  pull:
# of env
env:
- name: A
  value: x#y
";

    fn root() -> Node {
        parse(TEXT).documents.remove(0).root
    }

    fn check(needle: &str, expect: &str) {
        let offset = TEXT.find(needle).expect("the text has it");
        let path = node_at(&root(), offset).expect("it is inside of the root");
        assert_eq!(FieldPath(&path).to_string(), expect, "{needle}");
        assert!(at_path(&root(), &path).is_some());
    }

    #[test]
    fn nodes_at_offsets() {
        check("web", "name");
        check("443", "ports[1].num");
        check("pull", "image.pull");
        check("value", "env[0].value");
        check("of env", "");
        assert_eq!(node_at(&root(), 0), None);
    }

    #[test]
    fn comments_of_keys() {
        let comment = |path: &[Step]| {
            let (last, above) = path.split_last().expect("a key");
            let Step::Key(key) = last else { return None };
            let entry = at_path(&root(), above)?.entry(key)?.clone();
            comment_before(TEXT, entry.key.span)
        };
        let key = |key: &str| Step::Key(key.to_owned());
        assert_eq!(comment(&[key("name")]).as_deref(), Some("Greets.\nTwice."));
        assert_eq!(comment(&[key("ports")]), None);
        assert_eq!(comment(&[key("image"), key("tag")]).as_deref(), Some("the tag"));
        assert_eq!(comment(&[key("image"), key("pull")]), None);
        assert_eq!(comment(&[key("env")]).as_deref(), Some("of env"));
        assert_eq!(comment(&[key("env"), Step::Index(0), key("value")]), None);
    }
}
