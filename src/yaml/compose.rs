//! Events to a graph: the nodes of one document with aliases not yet expanded.
//!
//! The nodes lie in one list and name each other by index, so that neither depth nor aliases cost memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::grammar::{Event, EventKind, Grammar};
use super::limits::{MAX_DEPTH, MAX_NODES};
use super::scan::{Mark, Problem};

/// An index into [`Graph::nodes`].
pub(super) type NodeId = u32;

/// The nodes of one document.
#[derive(Default)]
pub(super) struct Graph<'t> {
    /// The root first; children behind their parents.
    pub(super) nodes: Vec<GraphNode<'t>>,
}

/// A node, its place and the sibling behind it.
pub(super) struct GraphNode<'t> {
    pub(super) kind: GraphKind<'t>,
    pub(super) tag: Option<String>,
    pub(super) start: Mark,
    pub(super) end: Mark,
    next: Option<NodeId>,
}

pub(super) enum GraphKind<'t> {
    Scalar {
        text: Cow<'t, str>,
        /// Without quotes and tag.
        is_implicit: bool,
    },
    Alias {
        target: NodeId,
        name: &'t str,
    },
    Sequence {
        first: Option<NodeId>,
    },
    /// Keys and values take turns.
    Mapping {
        first: Option<NodeId>,
    },
}

impl<'t> Graph<'t> {
    pub(super) fn node(&self, id: NodeId) -> &GraphNode<'t> {
        &self.nodes[id as usize]
    }

    /// The children of a collection.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let first = match self.node(id).kind {
            GraphKind::Sequence { first } | GraphKind::Mapping { first } => first,
            _ => None,
        };
        std::iter::successors(first, |id| self.node(*id).next)
    }
}

/// A collection whose end was not read yet.
struct Open {
    id: NodeId,
    last: Option<NodeId>,
    is_flow: bool,
}

/// Reads one document up to its end event. The start event was read before.
pub(super) fn compose<'t>(grammar: &mut Grammar<'t>) -> Result<Graph<'t>, Problem> {
    let mut graph = Graph::default();
    let mut anchors: BTreeMap<&'t str, NodeId> = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let Event { kind, start, mut end } = grammar.next()?;
        let mut opens = None;
        let (kind, properties) = match kind {
            EventKind::DocumentStart { .. } => continue,
            EventKind::DocumentEnd | EventKind::StreamEnd => return Ok(graph),
            EventKind::CollectionEnd => {
                if let Some(closed) = open.pop() {
                    if !closed.is_flow {
                        end = closed.last.map_or(graph.node(closed.id).start, |last| graph.node(last).end);
                    }
                    graph.nodes[closed.id as usize].end = end;
                }
                continue;
            }
            EventKind::Alias(name) => match anchors.get(name) {
                Some(target) => (GraphKind::Alias { target: *target, name }, Default::default()),
                None => return Err(unplaced(start, format!("unknown anchor '{name}' referenced"))),
            },
            EventKind::Scalar { properties, text, is_implicit } => {
                (GraphKind::Scalar { text, is_implicit }, properties)
            }
            EventKind::SequenceStart { properties, is_flow } => {
                opens = Some(is_flow);
                (GraphKind::Sequence { first: None }, properties)
            }
            EventKind::MappingStart { properties, is_flow } => {
                opens = Some(is_flow);
                (GraphKind::Mapping { first: None }, properties)
            }
        };
        let id = graph.nodes.len() as NodeId;
        if open.len() >= MAX_DEPTH {
            return Err(unplaced(start, format!("exceeded max depth of {MAX_DEPTH}")));
        }
        if graph.nodes.len() >= MAX_NODES {
            return Err(unplaced(start, format!("exceeded max size of {MAX_NODES} nodes")));
        }
        graph.nodes.push(GraphNode { kind, tag: properties.tag, start, end, next: None });
        if let Some(name) = properties.anchor {
            anchors.insert(name, id);
        }
        if let Some(parent) = open.last_mut() {
            match parent.last.replace(id) {
                Some(sibling) => graph.nodes[sibling as usize].next = Some(id),
                None => match &mut graph.nodes[parent.id as usize].kind {
                    GraphKind::Sequence { first } | GraphKind::Mapping { first } => *first = Some(id),
                    _ => {}
                },
            }
        }
        if let Some(is_flow) = opens {
            open.push(Open { id, last: None, is_flow });
        }
    }
}

/// A problem for which go-yaml gives no line.
fn unplaced(mark: Mark, message: String) -> Problem {
    Problem { message: message.into(), mark, context: None, in_scanner: false, is_unplaced: true }
}
