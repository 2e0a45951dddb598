//! Paths of fields, and where they stand in a document.

use std::fmt;

use crate::diagnostic::Span;
use crate::yaml::{self, Data, Node};

/// The path of a field, as in `spec.ports[0].name` or `data[a b]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// A path that starts at the object.
    pub fn new(name: &str) -> Path {
        Path(name.to_owned())
    }

    /// A field below.
    pub fn child(&self, name: &str) -> Path {
        if self.0.is_empty() { Path::new(name) } else { Path(format!("{}.{name}", self.0)) }
    }

    /// Fields below one another, given as `a.b`.
    pub fn at(&self, names: &str) -> Path {
        self.child(names)
    }

    /// An item of a list.
    pub fn index(&self, index: usize) -> Path {
        Path(format!("{}[{index}]", self.0))
    }

    /// An entry of a map.
    pub fn key(&self, key: &str) -> Path {
        Path(format!("{}[{key}]", self.0))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One step of a path's text.
#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    /// An item of a list or an entry of a map.
    Bracket(&'a str),
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap_or(inner.len());
            steps.push(Step::Bracket(&inner[..end]));
            rest = inner.get(end + 1..).unwrap_or("");
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end > 0 {
                steps.push(Step::Field(&name[..end]));
            }
            rest = &name[end..];
        }
    }
    steps
}

/// The steps of a path, as in `spec.ports[0].name` or `data[a b]`.
pub fn steps_of(path: &str) -> Vec<yaml::Step> {
    let step = |step: Step<'_>| match step {
        Step::Bracket(inner) => {
            inner.parse().map_or_else(|_| yaml::Step::Key(inner.to_owned()), yaml::Step::Index)
        }
        Step::Field(name) => yaml::Step::Key(name.to_owned()),
    };
    steps(path).into_iter().map(step).collect()
}

/// Where a field stands: its value, or the first line of its nearest parent.
pub fn span_of(root: &Node, path: &str) -> Span {
    let mut node = root;
    let mut span = root.span;
    let steps = steps(path);
    for (index, step) in steps.iter().enumerate() {
        let next = match (step, &node.data) {
            (Step::Bracket(index), Data::Sequence(items)) => {
                index.parse().ok().and_then(|index: usize| items.get(index)).map(|item| (item.span, item))
            }
            (Step::Field(name) | Step::Bracket(name), _) => node.entry(name).map(|entry| {
                let whole = matches!(entry.value.data, Data::Mapping(_) | Data::Sequence(_));
                (if whole { entry.key.span } else { entry.value.span }, &entry.value)
            }),
        };
        let Some((found, next)) = next else {
            // A claim's request is reported at `resources[storage]` though it stands in `resources.requests`.
            return if index > 0 { span } else { first_line(root) };
        };
        span = found;
        node = next;
    }
    span
}

fn first_line(root: &Node) -> Span {
    match &root.data {
        Data::Mapping(entries) => entries.first().map_or(root.span, |entry| entry.key.span),
        _ => root.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn check(text: &str, path: &str, line: u32, column: u32) {
        let parsed = parse(text);
        let start = span_of(&parsed.documents[0].root, path).start;
        assert_eq!((start.line, start.column), (line, column), "{path}");
    }

    #[test]
    fn fields_stand_somewhere() {
        let text = "kind: X\nspec:\n  ports:\n  - name: a\n    port: 80\n  - port: 81\ndata:\n  a b: c\n";
        check(text, "spec.ports[0].port", 5, 11);
        check(text, "spec.ports[1].name", 6, 5);
        check(text, "spec.selector", 2, 1);
        check(text, "data[a b]", 8, 8);
        check(text, "metadata.name", 1, 1);
    }

    #[test]
    fn paths_print_as_the_server_prints_them() {
        assert_eq!(Path::new("spec").child("ports").index(0).child("name").as_str(), "spec.ports[0].name");
        assert_eq!(Path::new("data").key("a b").as_str(), "data[a b]");
    }
}
