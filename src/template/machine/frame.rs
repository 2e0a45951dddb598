//! Templates that call templates: entering, leaving, and errors on their way up.

use std::rc::Rc;

use super::trail::Trail;
use super::{Fault, Machine, Output, Slot};
use crate::template::Value;
use crate::template::compile::Program;
use crate::template::function::Error;
use crate::template::parse::NodeId;
use crate::template::print::quote;
use crate::template::templates::Layer;

/// How often Helm lets a template include itself.
const INCLUDES: u32 = 1000;

/// How deep Go lets `template` actions nest.
const TEMPLATES: u32 = 100_000;

/// How deep `tpl` nests. Go has no limit but its stack.
const TPLS: u32 = 1000;

/// A template that is running.
pub(super) struct Frame {
    pub(super) program: Rc<Program>,
    /// The templates it can call.
    pub(super) layer: Rc<Layer>,
    /// The next op.
    pub(super) at: usize,
    /// The node that an error names.
    pub(super) node: NodeId,
    /// Where its variables start.
    pub(super) variables: usize,
    /// How many dots there were before it.
    dots: usize,
    reason: Reason,
    /// How it came here.
    pub(super) trail: Trail,
    /// How many `template` actions led here since the last `include`.
    depth: u32,
}

/// What called a template.
pub(super) enum Reason {
    /// The rendering.
    Root,
    /// A `template` action.
    Template(NodeId),
    /// A call of `include`: the template's name and the call.
    Include(Rc<str>, NodeId),
    /// A call of `tpl`: the text and the call.
    Tpl(Rc<str>, NodeId),
}

impl Machine<'_> {
    pub(super) fn enter(&mut self, program: Rc<Program>, layer: Rc<Layer>, dot: Slot, reason: Reason) {
        let variables = self.variables.len();
        self.variables.push(dot.clone());
        let more = (program.variables as usize).saturating_sub(1);
        self.variables.extend(std::iter::repeat_n(Slot { value: Value::Nil, boxed: false }, more));
        let depth = match reason {
            Reason::Template(_) => self.frames.last().map_or(0, |frame| frame.depth) + 1,
            _ => 0,
        };
        let dots = self.dots.len();
        self.dots.push(dot);
        let trail = self.trail_to(match reason {
            Reason::Root => None,
            Reason::Template(call) | Reason::Include(_, call) | Reason::Tpl(_, call) => Some(call),
        });
        drop(self.variable_reads.split_off(&variables));
        let node = NodeId(0);
        self.frames.push(Frame { program, layer, at: 0, node, variables, dots, reason, trail, depth });
    }

    /// Enters the template of that name with `dot`; its output goes where this one's goes.
    pub(super) fn enter_template(&mut self, name: &str, dot: Value, call: NodeId) -> Result<(), Fault> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let layer = frame.layer.clone();
        let Some(program) = layer.get(name) else {
            return Err(format!("template {} not defined", quote(name.as_bytes())).into());
        };
        if frame.depth >= TEMPLATES {
            return Err(format!("exceeded maximum template depth ({TEMPLATES})").into());
        }
        // Cheap enough that a recursion without end meets Go's limit before ours.
        self.context.charge(u64::from(program.variables) + 1)?;
        self.enter(program, layer, Slot { value: dot, boxed: false }, Reason::Template(call));
        Ok(())
    }

    /// Enters the template of that name, to capture its output.
    pub(super) fn enter_include(&mut self, name: &Value, dot: Value, call: NodeId) -> Result<(), Error> {
        let Some(layer) = self.frames.last().map(|frame| frame.layer.clone()) else { return Ok(()) };
        let name: Rc<str> = match name {
            Value::String(name) => name.clone(),
            other => other.text().into(),
        };
        let count = self.included.entry(name.clone()).or_default();
        if *count > INCLUDES {
            let text = "rendering template has a nested reference name: ";
            return Err(Error::new(format!("{text}{name}: unable to execute template")));
        }
        *count += 1;
        let Some(program) = layer.get(&name) else {
            let quoted = quote(name.as_bytes());
            let root = "gotpl";
            return Err(Error::new(format!(
                "template: no template {quoted} associated with template {root:?}"
            )));
        };
        self.context.charge(u64::from(program.variables) + 8)?;
        self.outputs.push(Output::new(self.reads.is_some()));
        self.enter(program, layer, Slot { value: dot, boxed: false }, Reason::Include(name, call));
        Ok(())
    }

    /// Enters `text` as a template of its own; what it defines is seen by what it calls.
    pub(super) fn enter_tpl(&mut self, text: &Value, dot: Value, call: NodeId) -> Result<(), Error> {
        let Some(layer) = self.frames.last().map(|frame| frame.layer.clone()) else { return Ok(()) };
        let text: Rc<str> = match text {
            Value::String(text) => text.clone(),
            other => other.text().into(),
        };
        if self.tpl_depth >= TPLS {
            return Err(Error::limit(format!("tpl is nested more than {TPLS} levels deep")));
        }
        // Parsing: plain text is quick, actions are not.
        self.context.charge(100 + (text.len() / 2 + 40 * text.matches("{{").count()) as u64)?;
        let parsed = self.engine.snippet(&text).map_err(|error| {
            Error::wrap(format!("cannot parse template {}: ", quote(text.as_bytes())), Error::new(error.text))
        })?;
        let layer = layer.with(&parsed);
        let Some(program) = layer.get("gotpl") else { return Ok(()) };
        self.tpl_depth += 1;
        self.outputs.push(Output::new(self.reads.is_some()));
        self.enter(program, layer, Slot { value: dot, boxed: false }, Reason::Tpl(text, call));
        Ok(())
    }

    /// Ends the last frame; what `include` and `tpl` captured becomes their result.
    pub(super) fn leave(&mut self) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.variables.truncate(frame.variables);
        self.dots.truncate(frame.dots);
        match frame.reason {
            Reason::Root | Reason::Template(_) => {}
            Reason::Include(name, _) => {
                if let Some(count) = self.included.get_mut(&name) {
                    *count -= 1;
                }
                let output = self.outputs.pop().unwrap_or_default();
                self.push_captured(output);
            }
            Reason::Tpl(..) => {
                self.tpl_depth -= 1;
                let mut output = self.outputs.pop().unwrap_or_default();
                output.strip_no_value();
                self.push_captured(output);
            }
        }
        Ok(())
    }

    /// The error that `fault` at `node` of the last frame becomes on its way to the root.
    pub(super) fn unwind(&mut self, node: NodeId, fault: Fault) -> Error {
        let mut node = node;
        let mut fault = fault;
        loop {
            let Some(frame) = self.frames.pop() else {
                return match fault {
                    Fault::Message(message) => Error::new(message),
                    Fault::Call(prefix, error) => Error::wrap(prefix, error),
                };
            };
            let error = locate(&frame.program, node, fault);
            let (name, error, call) = match frame.reason {
                Reason::Root => return error,
                Reason::Template(_) => {
                    // Go's panic passes the outer template as it is.
                    let outer = self.outer_of_template();
                    match outer {
                        None => return error,
                        Some((name, call, text)) => (name, wrap_tpl(text, error), call),
                    }
                }
                Reason::Include(_, call) => ("include", error, call),
                Reason::Tpl(text, call) => ("tpl", wrap_tpl(Some(text), error), call),
            };
            node = call;
            fault = Fault::Call(format!("error calling {name}: "), error);
        }
    }

    /// Drops frames of `template` actions up to the call they belong to: its name, node and `tpl` text.
    fn outer_of_template(&mut self) -> Option<(&'static str, NodeId, Option<Rc<str>>)> {
        while let Some(frame) = self.frames.pop() {
            match frame.reason {
                Reason::Root => return None,
                Reason::Template(_) => {}
                Reason::Include(_, call) => return Some(("include", call, None)),
                Reason::Tpl(text, call) => return Some(("tpl", call, Some(text))),
            }
        }
        None
    }
}

fn wrap_tpl(text: Option<Rc<str>>, error: Error) -> Error {
    match text {
        None => error,
        Some(text) => {
            let prefix = format!("error during tpl function execution for {}: ", quote(text.as_bytes()));
            Error::wrap(prefix, error)
        }
    }
}

/// A failure with its place in front, as Go's `ExecError` words it.
fn locate(program: &Program, node: NodeId, fault: Fault) -> Error {
    let source = &program.source;
    let (line, column) = source.line_and_column(source.position(node));
    let place = format!(
        "template: {}:{line}:{column}: executing {} at <{}>: ",
        source.name,
        quote(program.name.as_bytes()),
        source.print(node)
    );
    match fault {
        Fault::Message(message) => Error::new(format!("{place}{message}")),
        Fault::Call(prefix, cause) => Error::wrap(format!("{place}{prefix}"), cause),
    }
}
