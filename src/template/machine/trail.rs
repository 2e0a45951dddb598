//! Why a piece of text is there: the calls that led to it, the conditions that let it through, and which reads
//! belong to what. Kept only for renderings that are asked where their text comes from.
//!
//! A read belongs to what the template does next with it: a value that is printed, a condition, a variable. What a
//! variable was made from is read again wherever the variable is.

use std::rc::Rc;

use super::Machine;
use crate::template::parse::NodeId;

/// How many calls and how many conditions are told of one piece of text.
const DEEPEST: u32 = 64;
/// How many reads one use of a variable repeats.
const MOST_REPEATED: usize = 64;

/// A call of a template by a template, and the call that led there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::template) struct Call {
    pub(in crate::template) template: Rc<str>,
    pub(in crate::template) line: u32,
    pub(in crate::template) outer: Option<Rc<Call>>,
    depth: u32,
}

/// The reads that decided a condition, and the condition around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::template) struct Guard {
    pub(in crate::template) reads: (usize, usize),
    pub(in crate::template) outer: Option<Rc<Guard>>,
    depth: u32,
}

/// The way to where a frame stands.
#[derive(Default)]
pub(super) struct Trail {
    pub(super) call: Option<Rc<Call>>,
    /// The condition around the call.
    around: Option<Rc<Guard>>,
    /// Conditions of the frame's own: the ops that each decides on.
    guards: Vec<(std::ops::Range<usize>, Rc<Guard>)>,
    /// The reads up to here belong to something already.
    claimed: usize,
    /// The reads that the last variable was made from.
    variable: (usize, usize),
}

impl Trail {
    /// The innermost condition.
    pub(super) fn guard(&self) -> Option<Rc<Guard>> {
        self.guards.last().map(|(_, guard)| guard).or(self.around.as_ref()).cloned()
    }
}

impl Machine<'_> {
    /// The trail of a frame that the node of the last frame enters.
    pub(super) fn trail_to(&self, caller: Option<NodeId>) -> Trail {
        let (Some(reads), Some(frame)) = (&self.reads, self.frames.last()) else { return Trail::default() };
        let outer = frame.trail.call.clone();
        let depth = outer.as_ref().map_or(0, |call| call.depth) + 1;
        let call = caller.filter(|_| depth <= DEEPEST).map(|node| {
            let source = &frame.program.source;
            let (line, _) = source.line_and_column(source.position(node));
            Rc::new(Call { template: source.name.clone(), line: line as u32, outer: outer.clone(), depth })
        });
        Trail { call: call.or(outer), around: frame.trail.guard(), claimed: reads.len(), ..Trail::default() }
    }

    /// The reads that belong to nothing yet; they belong to the caller from now on.
    pub(super) fn claim_reads(&mut self) -> (usize, usize) {
        let (Some(reads), Some(frame)) = (&self.reads, self.frames.last_mut()) else { return (0, 0) };
        (std::mem::replace(&mut frame.trail.claimed, reads.len()), reads.len())
    }

    /// Forgets the conditions that do not decide on the op before `at`, the one that runs.
    pub(super) fn settle_guards(&mut self, at: usize) {
        if let (true, Some(frame)) = (self.reads.is_some(), self.frames.last_mut()) {
            while frame.trail.guards.last().is_some_and(|(ops, _)| !ops.contains(&(at - 1))) {
                frame.trail.guards.pop();
            }
        }
    }

    /// Notes that what was read last decides on `ops`.
    pub(super) fn guard(&mut self, at: usize, ops: std::ops::Range<usize>) {
        if self.reads.is_none() {
            return;
        }
        self.settle_guards(at);
        let mut reads = self.claim_reads();
        let Some(frame) = self.frames.last_mut() else { return };
        // `if $x := …` decides by what its variable was made from.
        if reads.0 == reads.1 && frame.trail.variable.1 == reads.1 {
            reads = frame.trail.variable;
        }
        if reads.0 < reads.1 {
            let outer = frame.trail.guard();
            let depth = outer.as_ref().map_or(0, |guard| guard.depth) + 1;
            if depth <= DEEPEST {
                frame.trail.guards.push((ops, Rc::new(Guard { reads, outer, depth })));
            }
        }
    }

    /// Notes what the variable in a slot was made from.
    pub(super) fn note_variable(&mut self, slot: usize) {
        if self.reads.is_some() {
            let reads = self.claim_reads();
            self.variable_reads.insert(slot, reads);
            if let Some(frame) = self.frames.last_mut() {
                frame.trail.variable = reads;
            }
        }
    }

    /// Reads again what the variable in a slot was made from.
    pub(super) fn repeat_reads(&mut self, slot: usize) {
        if let (Some(reads), Some((start, end))) = (&mut self.reads, self.variable_reads.get(&slot))
            && self.context.allocate(24 * MOST_REPEATED.min(end - start)).is_ok()
        {
            reads.extend_from_within(*start..(*end).min(start + MOST_REPEATED));
        }
    }
}
