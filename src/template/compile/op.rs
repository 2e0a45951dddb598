//! The machine's instructions.

use std::rc::Rc;

use crate::template::Value;
use crate::template::function::Type;
use crate::template::parse::{Callee, NodeId, Source};

/// One instruction. "The top" is the last value on the stack.
#[derive(Clone, Copy)]
pub(crate) enum Op {
    /// Errors name this node from here on.
    At(NodeId),
    /// Writes a range of the source's text.
    Text(u32, u32),
    /// Writes the top and drops it.
    Print(NodeId),
    /// Drops the top.
    Drop,
    /// Drops what is below the top.
    DropBelow,
    /// Pushes the dot.
    Dot,
    /// Pushes a constant.
    Constant(u32),
    /// Pushes nil.
    Nil,
    /// Pushes a variable.
    Variable(u32),
    /// Copies the top to a variable.
    Set(u32),
    /// Replaces the top by its field.
    Field(u32),
    /// Replaces the top, a receiver, by its method that is to be called with arguments.
    Method { name: u32, arguments: u16, has_final: bool },
    /// The end of a command: an `interface {}` gives what it holds.
    Unbox,
    /// Checks that the top can be passed as this type, and converts it.
    Check(Type),
    /// The same for the value `depth` below the top.
    CheckFinal { kind: Type, depth: u16 },
    /// Checks that the top can be passed as that parameter of the method to be called.
    CheckParameter(u16),
    /// Pushes a literal as that parameter of the method to be called.
    Literal { parameter: u16, node: NodeId },
    /// Calls a function.
    Call(u32),
    /// Calls the method to be called.
    CallMethod { arguments: u16, has_final: bool, node: NodeId },
    /// Jumps if the top is true, else drops it.
    KeepIfTrue(u32),
    /// Jumps if the top is false, else drops it.
    KeepIfFalse(u32),
    /// Jumps.
    Jump(u32),
    /// Drops the top and jumps if it is false.
    JumpIfFalse(u32),
    /// Ends with an error.
    Fail(u32),
    /// Makes the top the dot and drops it.
    EnterDot,
    /// Goes back by so many dots.
    LeaveDots(u32),
    /// Takes the top to iterate over.
    RangeStart(u32),
    /// Starts the next iteration or ends the range.
    RangeNext(u32),
    /// Gives up the innermost range.
    LeaveRange,
    /// Ends with an error if there is no such template.
    FindTemplate(u32),
    /// Runs a template with the top, which it drops, as dot.
    Template(u32),
    /// Ends the template.
    Return,
}

/// A call of a function.
pub(crate) struct CallSite {
    pub(crate) callee: Callee,
    pub(crate) name: Rc<str>,
    /// How many values it takes from the stack, a final one included.
    pub(crate) arguments: u16,
    /// Whether the deepest of them is the pipeline's final argument.
    pub(crate) has_final: bool,
    /// The node that a failure names.
    pub(crate) node: NodeId,
    /// How the first argument is written, for `call`.
    pub(crate) first: String,
}

/// A range statement.
#[derive(Default)]
pub(crate) struct RangeSite {
    /// The variable for the key, where there are two.
    pub(crate) key: Option<u32>,
    /// The variable for the element.
    pub(crate) element: Option<u32>,
    /// Where to go when there is nothing to iterate over.
    pub(crate) otherwise: u32,
    /// Where to go behind the last iteration.
    pub(crate) end: u32,
}

/// The code of one template.
pub(crate) struct Program {
    pub(crate) source: Rc<Source>,
    pub(crate) name: Rc<str>,
    pub(crate) is_empty: bool,
    pub(crate) ops: Vec<Op>,
    pub(crate) constants: Vec<Value>,
    pub(crate) names: Vec<Rc<str>>,
    pub(crate) messages: Vec<String>,
    pub(crate) calls: Vec<CallSite>,
    pub(crate) ranges: Vec<RangeSite>,
    /// How many variables it needs.
    pub(crate) variables: u32,
}
