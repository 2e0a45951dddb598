//! The tree of a template, kept in one arena a file.

use std::rc::Rc;

use super::Number;
use crate::template::Value;
use crate::template::builtin::Builtin;
use crate::template::function::Function;

/// A node of a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// What an identifier in an action calls.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A function of Go's templates.
    Builtin(Builtin),
    /// Helm's `include`.
    Include,
    /// Helm's `tpl`.
    Tpl,
    /// A function of the library.
    Library(&'static Function),
}

/// One node. A range `(start, end)` is one of the text in bytes.
pub(crate) enum Node {
    List(Vec<NodeId>),
    Text(usize, usize),
    Action(NodeId),
    If { pipe: NodeId, list: NodeId, otherwise: Option<NodeId> },
    With { pipe: NodeId, list: NodeId, otherwise: Option<NodeId> },
    Range { pipe: NodeId, list: NodeId, otherwise: Option<NodeId> },
    Template { name: Rc<str>, pipe: Option<NodeId> },
    Break,
    Continue,
    End,
    Else,
    Pipe { declarations: Vec<NodeId>, assigns: bool, commands: Vec<NodeId> },
    Command(Vec<NodeId>),
    Field(Vec<Rc<str>>),
    Variable(Vec<Rc<str>>),
    Chain(NodeId, Vec<Rc<str>>),
    Identifier(Rc<str>, Callee),
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>, Rc<str>),
    String(Rc<str>, Value),
}

/// A tree that a source defines: the file itself, or a `define` or `block` in it.
pub(crate) struct SourceTree {
    /// The name it is defined under.
    pub(crate) name: Rc<str>,
    /// Its list of nodes.
    pub(crate) root: NodeId,
    /// Whether it holds only space and comments: then it does not replace another of its name.
    pub(crate) is_empty: bool,
}

/// A parsed file.
pub(crate) struct Source {
    /// The name that errors give.
    pub(crate) name: Rc<str>,
    pub(crate) text: Rc<str>,
    /// Where its lines start; the first at 0.
    pub(crate) line_starts: Vec<usize>,
    pub(crate) nodes: Vec<(u32, Node)>,
    /// In the order in which they end; the file's own tree is last.
    pub(crate) trees: Vec<SourceTree>,
}

impl Source {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize].1
    }

    /// Where the node starts: byte offset.
    pub(crate) fn position(&self, id: NodeId) -> usize {
        self.nodes[id.0 as usize].0 as usize
    }

    /// Line (from 1) and column (bytes from 0, as Go counts them) of a byte offset.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        (line, offset - self.line_starts[line - 1])
    }

    /// The node as Go prints it in errors.
    pub(crate) fn print(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.print_to(id, &mut out);
        out
    }

    fn print_to(&self, id: NodeId, out: &mut String) {
        use crate::template::print::quote;
        match self.node(id) {
            Node::List(nodes) => nodes.iter().for_each(|node| self.print_to(*node, out)),
            Node::Text(start, end) => out.push_str(&self.text[*start..*end]),
            Node::Action(pipe) => {
                out.push_str("{{");
                self.print_to(*pipe, out);
                out.push_str("}}");
            }
            Node::If { pipe, list, otherwise } => self.print_branch("if", *pipe, *list, *otherwise, out),
            Node::With { pipe, list, otherwise } => self.print_branch("with", *pipe, *list, *otherwise, out),
            Node::Range { pipe, list, otherwise } => {
                self.print_branch("range", *pipe, *list, *otherwise, out)
            }
            Node::Template { name, pipe } => {
                out.push_str("{{template ");
                out.push_str(&quote(name.as_bytes()));
                if let Some(pipe) = pipe {
                    out.push(' ');
                    self.print_to(*pipe, out);
                }
                out.push_str("}}");
            }
            Node::Break => out.push_str("{{break}}"),
            Node::Continue => out.push_str("{{continue}}"),
            Node::End => out.push_str("{{end}}"),
            Node::Else => out.push_str("{{else}}"),
            Node::Pipe { declarations, assigns, commands } => {
                if !declarations.is_empty() {
                    self.print_joined(declarations, ", ", out);
                    out.push_str(if *assigns { " = " } else { " := " });
                }
                self.print_joined(commands, " | ", out);
            }
            Node::Command(arguments) => {
                for (index, argument) in arguments.iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    self.print_operand(*argument, out);
                }
            }
            Node::Field(names) => names.iter().for_each(|name| {
                out.push('.');
                out.push_str(name);
            }),
            Node::Variable(names) => out.push_str(&names.join(".")),
            Node::Chain(operand, names) => {
                self.print_operand(*operand, out);
                names.iter().for_each(|name| {
                    out.push('.');
                    out.push_str(name);
                });
            }
            Node::Identifier(name, _) => out.push_str(name),
            Node::Dot => out.push('.'),
            Node::Nil => out.push_str("nil"),
            Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Node::Number(_, text) | Node::String(text, _) => out.push_str(text),
        }
    }

    fn print_joined(&self, nodes: &[NodeId], separator: &str, out: &mut String) {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            self.print_to(*node, out);
        }
    }

    fn print_operand(&self, id: NodeId, out: &mut String) {
        if matches!(self.node(id), Node::Pipe { .. }) {
            out.push('(');
            self.print_to(id, out);
            out.push(')');
        } else {
            self.print_to(id, out);
        }
    }

    fn print_branch(
        &self,
        name: &str,
        pipe: NodeId,
        list: NodeId,
        otherwise: Option<NodeId>,
        out: &mut String,
    ) {
        out.push_str("{{");
        out.push_str(name);
        out.push(' ');
        self.print_to(pipe, out);
        out.push_str("}}");
        self.print_to(list, out);
        if let Some(otherwise) = otherwise {
            out.push_str("{{else}}");
            self.print_to(otherwise, out);
        }
        out.push_str("{{end}}");
    }
}
