//! A template's tree to code for the [machine](super::machine).
//!
//! In: one tree of a source. Out: a [`Program`]: a flat list of [`Op`]s over a stack. Functions, variables and
//! the types of literal arguments are settled here; what Go would only find wrong when it gets there becomes an
//! [`Op::Fail`] at that very place. [`Op::At`] follows Go's notion of the node that an error names.

mod action;
mod expression;
mod op;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) use expression::literal as compile_literal;
pub(super) use op::{CallSite, Op, Program, RangeSite};

use super::Value;
use super::parse::{NodeId, Source, SourceTree};

/// Compiles the tree `tree` of `source`.
pub(super) fn compile(source: &Rc<Source>, tree: &SourceTree) -> Program {
    let mut compiler = Compiler::new(source);
    compiler.list(tree.root);
    compiler.ops.push(Op::Return);
    Program {
        source: source.clone(),
        name: tree.name.clone(),
        is_empty: tree.is_empty,
        ops: compiler.ops,
        constants: compiler.constants,
        names: compiler.names,
        messages: compiler.messages,
        calls: compiler.calls,
        ranges: compiler.ranges,
        variables: compiler.slots,
    }
}

/// A range statement around what is being compiled.
struct Loop {
    /// Where the next iteration starts.
    next: usize,
    /// Dots pushed since, those of the iteration included.
    dots: u32,
    /// Jumps to behind the statement.
    breaks: Vec<usize>,
}

struct Compiler<'a> {
    source: &'a Source,
    ops: Vec<Op>,
    constants: Vec<Value>,
    names: Vec<Rc<str>>,
    name_index: BTreeMap<Rc<str>, u32>,
    messages: Vec<String>,
    calls: Vec<CallSite>,
    ranges: Vec<RangeSite>,
    scope: Vec<(Rc<str>, u32)>,
    slots: u32,
    loops: Vec<Loop>,
    /// The first op that a jump may lead to: an `At` before it must stay.
    barrier: usize,
}

impl<'a> Compiler<'a> {
    fn new(source: &'a Source) -> Compiler<'a> {
        Compiler {
            source,
            ops: Vec::new(),
            constants: Vec::new(),
            names: Vec::new(),
            name_index: BTreeMap::new(),
            messages: Vec::new(),
            calls: Vec::new(),
            ranges: Vec::new(),
            scope: vec![("$".into(), 0)],
            slots: 1,
            loops: Vec::new(),
            barrier: 0,
        }
    }

    fn at(&mut self, node: NodeId) {
        if self.ops.len() > self.barrier
            && let Some(Op::At(last)) = self.ops.last_mut()
        {
            *last = node;
        } else {
            self.ops.push(Op::At(node));
        }
    }

    fn fail(&mut self, message: impl Into<String>) {
        self.messages.push(message.into());
        self.ops.push(Op::Fail(self.messages.len() as u32 - 1));
    }

    fn constant(&mut self, value: Value) {
        self.constants.push(value);
        self.ops.push(Op::Constant(self.constants.len() as u32 - 1));
    }

    fn name(&mut self, name: &Rc<str>) -> u32 {
        if let Some(index) = self.name_index.get(name) {
            return *index;
        }
        let index = self.names.len() as u32;
        self.names.push(name.clone());
        self.name_index.insert(name.clone(), index);
        index
    }

    /// The place of the next op, to which a jump will lead.
    fn here(&mut self) -> usize {
        self.barrier = self.ops.len();
        self.ops.len()
    }

    /// An op that jumps to a place not known yet.
    fn jump(&mut self, op: fn(u32) -> Op) -> usize {
        self.ops.push(op(0));
        self.ops.len() - 1
    }

    fn land(&mut self, jump: usize) {
        let here = self.here() as u32;
        match &mut self.ops[jump] {
            Op::Jump(target) | Op::JumpIfFalse(target) | Op::KeepIfTrue(target) | Op::KeepIfFalse(target) => {
                *target = here;
            }
            _ => {}
        }
    }

    fn slot(&self, name: &str) -> Option<u32> {
        self.scope.iter().rev().find(|(other, _)| **other == *name).map(|(_, slot)| *slot)
    }

    fn declare(&mut self, name: &Rc<str>) -> u32 {
        // Slots follow the scope, so that those of closed blocks are used again.
        let slot = self.scope.len() as u32;
        self.scope.push((name.clone(), slot));
        self.slots = self.slots.max(slot + 1);
        slot
    }
}
