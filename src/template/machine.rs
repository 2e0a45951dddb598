//! Runs compiled templates.
//!
//! In: a [`Program`] and a value. Out: text with its provenance, or an error with Go's chain of causes.
//! `template`, `include` and `tpl` push a [`Frame`] on a stack of the machine's own: a chart that recurses a
//! thousand levels deep takes no more of Rust's stack than one that does not.

mod call;
mod field;
mod frame;
mod output;
mod range;
mod trail;

use std::collections::BTreeMap;
use std::rc::Rc;

use frame::{Frame, Reason};
pub(super) use output::Output;
use range::Loop;
pub(super) use trail::{Call, Guard};

use super::Value;
use super::compile::{Op, Program, compile_literal};
use super::function::{Context, Environment, Error, Function, MissingKey, Type};
use super::parse::NodeId;
use super::templates::{Engine, Layer};

/// A value and whether Go holds it in an `interface {}`, which its errors and its nils tell apart.
#[derive(Clone)]
pub(super) struct Slot {
    value: Value,
    boxed: bool,
}

/// A failure at the node the machine is at.
pub(super) enum Fault {
    /// What is wrong.
    Message(String),
    /// A function failed: what is wrong and why.
    Call(String, Error),
}

impl From<String> for Fault {
    fn from(message: String) -> Fault {
        Fault::Message(message)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Call(String::new(), error)
    }
}

/// What one read of a map was: which map, which key.
pub(super) type Read = (usize, Rc<str>);

/// The state of one rendering.
pub(super) struct Machine<'e> {
    engine: &'e Engine,
    context: Context<'e>,
    missing_key: MissingKey,
    stack: Vec<Value>,
    /// Whether the top of the stack is held in an interface.
    boxed: bool,
    dots: Vec<Slot>,
    variables: Vec<Slot>,
    loops: Vec<Loop>,
    methods: Vec<Option<(&'static Function, Value)>>,
    frames: Vec<Frame>,
    outputs: Vec<Output>,
    /// How often each template is being included.
    included: BTreeMap<Rc<str>, u32>,
    tpl_depth: u32,
    reads: Option<Vec<Read>>,
    /// The reads that each variable was made from, by its slot.
    variable_reads: BTreeMap<usize, (usize, usize)>,
    /// Captured texts of templates that ended, to find them again in what is written.
    captured: Vec<(Rc<str>, Output)>,
}

/// Why the machine leaves the code it runs.
enum Flow {
    /// A frame was pushed.
    Entered,
    /// The frame ended.
    Ended,
}

impl<'e> Machine<'e> {
    pub(super) fn new(engine: &'e Engine, environment: &'e Environment<'e>) -> Machine<'e> {
        Machine {
            engine,
            context: Context::new(environment).with_memory(&engine.memory),
            missing_key: environment.missing_key,
            stack: Vec::new(),
            boxed: false,
            dots: Vec::new(),
            variables: Vec::new(),
            loops: Vec::new(),
            methods: Vec::new(),
            frames: Vec::new(),
            outputs: Vec::new(),
            included: BTreeMap::new(),
            tpl_depth: 0,
            reads: environment.provenance.then(Vec::new),
            variable_reads: BTreeMap::new(),
            captured: Vec::new(),
        }
    }

    /// Runs `program` with `data` as dot; templates that it names are those of `layer`.
    pub(super) fn run(
        mut self,
        program: &Rc<Program>,
        layer: &Rc<Layer>,
        data: Value,
    ) -> Result<(Output, Vec<Read>), Error> {
        self.outputs.push(Output::new(self.reads.is_some()));
        let slot = Slot { value: data, boxed: false };
        self.enter(program.clone(), layer.clone(), slot, Reason::Root);
        while let Some(frame) = self.frames.last_mut() {
            let program = frame.program.clone();
            let (mut at, mut node) = (frame.at, frame.node);
            let outcome = self.execute(&program, &mut at, &mut node);
            match outcome {
                Ok(Flow::Ended) => self.leave()?,
                Ok(Flow::Entered) => {
                    // The new frame is the last one; the one below continues here.
                    let index = self.frames.len() - 2;
                    self.frames[index].at = at;
                    self.frames[index].node = node;
                }
                Err(fault) => return Err(self.unwind(node, fault)),
            }
        }
        Ok((self.outputs.pop().unwrap_or_default(), self.reads.unwrap_or_default()))
    }

    fn push(&mut self, value: Value, boxed: bool) {
        self.stack.push(value);
        self.boxed = boxed;
    }

    fn push_slot(&mut self, slot: Slot) {
        self.push(slot.value, slot.boxed);
    }

    /// Takes the top. The compiler keeps pushes and pops in balance.
    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::Nil)
    }

    fn top_is_true(&self) -> bool {
        self.stack.last().is_some_and(Value::is_true)
    }

    /// Runs the code of the last frame until it ends or another frame is entered.
    fn execute(&mut self, program: &Rc<Program>, at: &mut usize, node: &mut NodeId) -> Result<Flow, Fault> {
        let base = self.frames.last().map_or(0, |frame| frame.variables);
        loop {
            let op = program.ops[*at];
            *at += 1;
            self.context.charge(1)?;
            match op {
                Op::At(next) => *node = next,
                Op::Text(start, end) => {
                    let text = &program.source.text[start as usize..end as usize];
                    self.context.allocate(text.len() + output::COST)?;
                    self.settle_guards(*at);
                    self.write_text(text, program, start as usize);
                }
                Op::Print(action) => {
                    *node = action;
                    let value = self.pop();
                    self.settle_guards(*at);
                    self.write_value(&value, program, action)?;
                }
                Op::Drop => {
                    self.pop();
                    self.captured.clear();
                }
                Op::DropBelow => {
                    let index = self.stack.len().saturating_sub(2);
                    self.stack.remove(index);
                }
                Op::Dot => {
                    if let Some(slot) = self.dots.last().cloned() {
                        self.push_slot(slot);
                    }
                }
                Op::Constant(index) => self.push(program.constants[index as usize].clone(), false),
                Op::Nil => self.push(Value::Nil, false),
                Op::Variable(slot) => {
                    self.repeat_reads(base + slot as usize);
                    let slot = self.variables[base + slot as usize].clone();
                    self.push_slot(slot);
                }
                Op::Set(slot) => {
                    let value = self.stack.last().cloned().unwrap_or(Value::Nil);
                    self.variables[base + slot as usize] = Slot { value, boxed: self.boxed };
                    self.note_variable(base + slot as usize);
                }
                Op::Field(name) => {
                    let receiver = self.pop();
                    let slot = self.field(receiver, self.boxed, &program.names[name as usize])?;
                    self.push_slot(slot);
                }
                Op::Method { name, arguments, has_final } => {
                    let receiver = self.pop();
                    let name = &program.names[name as usize];
                    let method =
                        self.method(receiver, self.boxed, name, usize::from(arguments), has_final)?;
                    self.methods.push(method);
                }
                Op::Unbox => self.boxed = false,
                Op::Check(kind) => self.check_top(kind)?,
                Op::CheckFinal { kind, depth } => {
                    let index = self.stack.len() - 1 - usize::from(depth);
                    let value = std::mem::replace(&mut self.stack[index], Value::Nil);
                    self.stack[index] = call::check(value, false, kind)?;
                }
                Op::CheckParameter(index) => {
                    let kind = self.parameter(index);
                    self.check_top(kind)?;
                }
                Op::Literal { parameter, node } => {
                    let kind = self.parameter(parameter);
                    match compile_literal(&program.source, node, kind) {
                        Some(Ok(value)) => self.push(value, false),
                        Some(Err(message)) => return Err(message.into()),
                        None => self.push(Value::Nil, false),
                    }
                }
                Op::Call(index) => {
                    let site = &program.calls[index as usize];
                    self.settle_guards(*at);
                    if self.call(site, node)? {
                        return Ok(Flow::Entered);
                    }
                }
                Op::CallMethod { arguments, has_final, node: call } => {
                    self.call_method(usize::from(arguments), has_final, call, node)?;
                }
                Op::KeepIfTrue(target) => {
                    if self.top_is_true() {
                        *at = target as usize;
                    } else {
                        self.pop();
                    }
                }
                Op::KeepIfFalse(target) => {
                    if self.top_is_true() {
                        self.pop();
                    } else {
                        *at = target as usize;
                    }
                }
                Op::Jump(target) => *at = target as usize,
                Op::JumpIfFalse(target) => {
                    self.captured.clear();
                    let (start, target) = (*at, target as usize);
                    if self.pop().is_true() {
                        self.guard(start, start..target);
                    } else {
                        *at = target;
                        // The branch ends with a jump around the other one, if there is one.
                        if let Some(Op::Jump(end)) = program.ops.get(target - 1) {
                            self.guard(start, target..*end as usize);
                        }
                    }
                }
                Op::Fail(message) => return Err(program.messages[message as usize].clone().into()),
                Op::EnterDot => {
                    let value = self.pop();
                    self.dots.push(Slot { value, boxed: false });
                }
                Op::LeaveDots(count) => {
                    let length = self.dots.len().saturating_sub(count as usize);
                    self.dots.truncate(length);
                }
                Op::RangeStart(index) => {
                    let value = self.pop();
                    let site = &program.ranges[index as usize];
                    let start = *at;
                    if self.start_range(value, site.key.is_some())? {
                        self.guard(start, start..site.otherwise as usize);
                    } else {
                        *at = site.otherwise as usize;
                        self.guard(start, *at..site.end as usize);
                    }
                }
                Op::RangeNext(index) => {
                    let site = &program.ranges[index as usize];
                    if !self.next_iteration(site, base) {
                        *at = site.end as usize;
                    }
                }
                Op::LeaveRange => {
                    self.loops.pop();
                }
                Op::FindTemplate(name) => {
                    let name = &program.names[name as usize];
                    let found = self.frames.last().and_then(|frame| frame.layer.get(name));
                    if found.is_none() {
                        let quoted = super::print::quote(name.as_bytes());
                        return Err(format!("template {quoted} not defined").into());
                    }
                }
                Op::Template(name) => {
                    let dot = self.pop();
                    self.settle_guards(*at);
                    self.enter_template(&program.names[name as usize], dot, *node)?;
                    return Ok(Flow::Entered);
                }
                Op::Return => return Ok(Flow::Ended),
            }
        }
    }

    fn check_top(&mut self, kind: Type) -> Result<(), Fault> {
        if !matches!(kind, Type::Any | Type::Reflect) {
            let value = self.pop();
            let value = call::check(value, self.boxed, kind)?;
            self.push(value, false);
        }
        Ok(())
    }

    fn parameter(&self, index: u16) -> Type {
        let method = self.methods.last().and_then(Option::as_ref);
        method.and_then(|(method, _)| method.parameter(usize::from(index))).unwrap_or(Type::Any)
    }
}
