//! Text, actions and blocks.

use super::{Compiler, Loop, Op, RangeSite};
use crate::template::parse::{Node, NodeId};

impl Compiler<'_> {
    pub(super) fn list(&mut self, id: NodeId) {
        let source = self.source;
        if let Node::List(nodes) = source.node(id) {
            for node in nodes {
                self.statement(*node);
            }
        }
    }

    fn statement(&mut self, id: NodeId) {
        let source = self.source;
        match source.node(id) {
            Node::Text(start, end) => self.ops.push(Op::Text(*start as u32, *end as u32)),
            Node::Action(pipe) => {
                self.pipe(*pipe);
                let declares =
                    matches!(source.node(*pipe), Node::Pipe { declarations, .. } if !declarations.is_empty());
                self.ops.push(if declares { Op::Drop } else { Op::Print(id) });
            }
            Node::If { pipe, list, otherwise } => {
                let mark = self.scope.len();
                self.pipe(*pipe);
                let skip = self.jump(Op::JumpIfFalse);
                self.block(*list);
                self.otherwise(skip, *otherwise);
                self.scope.truncate(mark);
            }
            Node::With { pipe, list, otherwise } => {
                let mark = self.scope.len();
                self.pipe(*pipe);
                // The value is needed again as the dot.
                let keep = self.jump(Op::KeepIfTrue);
                let skip = self.jump(Op::Jump);
                self.land(keep);
                self.ops.push(Op::EnterDot);
                self.dots(1);
                self.block(*list);
                self.dots(-1);
                self.ops.push(Op::LeaveDots(1));
                self.otherwise(skip, *otherwise);
                self.scope.truncate(mark);
            }
            Node::Range { pipe, list, otherwise } => self.range(id, *pipe, *list, *otherwise),
            Node::Template { name, pipe } => {
                self.at(id);
                let name = self.name(name);
                self.ops.push(Op::FindTemplate(name));
                match pipe {
                    Some(pipe) => self.pipe(*pipe),
                    None => self.ops.push(Op::Nil),
                }
                self.ops.push(Op::Template(name));
            }
            Node::Break => {
                let Some(dots) = self.loops.last().map(|range| range.dots) else { return };
                self.ops.push(Op::LeaveDots(dots));
                self.ops.push(Op::LeaveRange);
                let jump = self.jump(Op::Jump);
                if let Some(range) = self.loops.last_mut() {
                    range.breaks.push(jump);
                }
            }
            Node::Continue => {
                let Some((dots, next)) = self.loops.last().map(|range| (range.dots, range.next)) else {
                    return;
                };
                self.ops.push(Op::LeaveDots(dots));
                self.ops.push(Op::Jump(next as u32));
            }
            _ => {}
        }
    }

    fn dots(&mut self, change: i32) {
        if let Some(range) = self.loops.last_mut() {
            range.dots = range.dots.saturating_add_signed(change);
        }
    }

    /// A list with a scope of its own, as when Go walks a branch.
    fn block(&mut self, list: NodeId) {
        let mark = self.scope.len();
        self.list(list);
        self.scope.truncate(mark);
    }

    /// The else branch, to which `skip` leads, and the way around it.
    fn otherwise(&mut self, skip: usize, otherwise: Option<NodeId>) {
        match otherwise {
            None => self.land(skip),
            Some(list) => {
                let end = self.jump(Op::Jump);
                self.land(skip);
                self.block(list);
                self.land(end);
            }
        }
    }

    fn range(&mut self, id: NodeId, pipe: NodeId, list: NodeId, otherwise: Option<NodeId>) {
        let mark = self.scope.len();
        self.at(id);
        self.pipe(pipe);
        let source = self.source;
        let mut site = RangeSite::default();
        if let Node::Pipe { declarations, .. } = source.node(pipe) {
            let mut slots = declarations.iter().map(|variable| match source.node(*variable) {
                Node::Variable(names) => names.first().and_then(|name| self.slot(name)),
                _ => None,
            });
            (site.key, site.element) = match declarations.len() {
                2 => (slots.next().flatten(), slots.next().flatten()),
                _ => (None, slots.next().flatten()),
            };
        }
        let index = self.ranges.len();
        self.ranges.push(site);
        self.ops.push(Op::RangeStart(index as u32));
        let next = self.here();
        self.ops.push(Op::RangeNext(index as u32));
        self.loops.push(Loop { next, dots: 1, breaks: Vec::new() });
        self.block(list);
        self.ops.push(Op::LeaveDots(1));
        self.ops.push(Op::Jump(next as u32));
        let range = self.loops.pop();
        self.ranges[index].otherwise = self.here() as u32;
        if let Some(list) = otherwise {
            self.block(list);
        }
        self.ranges[index].end = self.here() as u32;
        for jump in range.into_iter().flat_map(|range| range.breaks) {
            self.land(jump);
        }
        self.scope.truncate(mark);
    }
}
