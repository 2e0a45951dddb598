//! Pipelines, commands and arguments.

use std::rc::Rc;

use super::{CallSite, Compiler, Op};
use crate::template::Value;
use crate::template::builtin::Builtin;
use crate::template::function::Type;
use crate::template::parse::{Callee, Node, NodeId, Source};

/// The literal `id` as an argument of type `kind`: Go reads literals by the type it needs. `None` if it is no literal.
pub(crate) fn literal(source: &Source, id: NodeId, kind: Type) -> Option<Result<Value, String>> {
    let node = source.node(id);
    if let Node::Nil = node {
        return Some(if kind.can_be_nil() {
            Ok(Value::Nil)
        } else {
            Err(format!("cannot assign nil to {}", kind.name()))
        });
    }
    if !matches!(node, Node::Bool(_) | Node::Number(..) | Node::String(..)) {
        return None;
    }
    let value = match (kind, node) {
        (Type::Any | Type::Reflect | Type::Bool, Node::Bool(value)) => Some(Value::Bool(*value)),
        (Type::Any | Type::Reflect, Node::Number(number, text)) => return Some(number.ideal(text)),
        (Type::Int, Node::Number(number, _)) => number.integer.map(Value::Int),
        (Type::Int64, Node::Number(number, _)) => number.integer.map(Value::Int64),
        (Type::Float64, Node::Number(number, _)) => number.float.map(Value::Float64),
        (Type::Any | Type::Reflect | Type::String, Node::String(_, value)) => Some(value.clone()),
        _ => None,
    };
    let wanted = match kind {
        Type::Bool => "bool",
        Type::Int | Type::Int64 => "integer",
        Type::Float64 => "float",
        Type::String => "string",
        _ => {
            let error = || format!("can't handle {} for arg of type {}", source.print(id), kind.name());
            return Some(value.ok_or_else(error));
        }
    };
    Some(value.ok_or_else(|| format!("expected {wanted}; found {}", source.print(id))))
}

impl Compiler<'_> {
    /// Pushes the value of a pipeline and sets the variables it declares.
    pub(super) fn pipe(&mut self, id: NodeId) {
        let source = self.source;
        let Node::Pipe { declarations, assigns, commands } = source.node(id) else { return };
        self.at(id);
        for (index, command) in commands.iter().enumerate() {
            if let Node::Command(arguments) = source.node(*command) {
                self.command(*command, arguments, index > 0);
                self.ops.push(Op::Unbox);
            }
        }
        for variable in declarations {
            let Node::Variable(names) = source.node(*variable) else { continue };
            let Some(name) = names.first() else { continue };
            let slot = if *assigns { self.slot(name) } else { Some(self.declare(name)) };
            match slot {
                Some(slot) => self.ops.push(Op::Set(slot)),
                None => self.fail(format!("undefined variable: {name}")),
            }
        }
    }

    fn command(&mut self, id: NodeId, arguments: &[NodeId], has_final: bool) {
        let source = self.source;
        let Some((first, rest)) = arguments.split_first() else { return };
        let has_arguments = has_final || !rest.is_empty();
        match source.node(*first) {
            Node::Field(names) => {
                self.at(*first);
                self.ops.push(Op::Dot);
                self.fields(*first, names, rest, has_final);
            }
            Node::Chain(operand, names) => self.chain(*first, *operand, names, rest, has_final),
            Node::Variable(names) => self.variable(*first, names, rest, has_final),
            Node::Identifier(name, callee) => {
                self.at(*first);
                self.call(*callee, name, id, rest, has_final);
            }
            Node::Pipe { .. } => {
                if has_arguments {
                    return self.not_a_function(*first);
                }
                self.pipe(*first);
            }
            node => {
                self.at(*first);
                if has_arguments {
                    return self.not_a_function(*first);
                }
                match node {
                    Node::Dot => self.ops.push(Op::Dot),
                    Node::Nil => self.fail("nil is not a command"),
                    _ => self.literal(*first, Type::Any),
                }
            }
        }
    }

    fn not_a_function(&mut self, node: NodeId) {
        let shown = self.source.print(node);
        self.fail(format!("can't give argument to non-function {shown}"));
    }

    fn literal(&mut self, node: NodeId, kind: Type) {
        match literal(self.source, node, kind) {
            Some(Ok(value)) => self.constant(value),
            Some(Err(message)) => self.fail(message),
            None => {}
        }
    }

    fn variable(&mut self, id: NodeId, names: &[Rc<str>], arguments: &[NodeId], has_final: bool) {
        self.at(id);
        let Some((name, fields)) = names.split_first() else { return };
        match self.slot(name) {
            Some(slot) => self.ops.push(Op::Variable(slot)),
            None => self.fail(format!("undefined variable: {name}")),
        }
        if !fields.is_empty() {
            self.fields(id, fields, arguments, has_final);
        } else if has_final || !arguments.is_empty() {
            self.not_a_function(id);
        }
    }

    fn chain(
        &mut self,
        id: NodeId,
        operand: NodeId,
        names: &[Rc<str>],
        arguments: &[NodeId],
        has_final: bool,
    ) {
        self.at(id);
        self.argument(operand, None);
        self.fields(id, names, arguments, has_final);
    }

    /// Field accesses on the top; the last may be a method with arguments.
    fn fields(&mut self, id: NodeId, names: &[Rc<str>], arguments: &[NodeId], has_final: bool) {
        let Some((last, first)) = names.split_last() else { return };
        for name in first {
            let name = self.name(name);
            self.ops.push(Op::Field(name));
        }
        let name = self.name(last);
        if arguments.is_empty() && !has_final {
            return self.ops.push(Op::Field(name));
        }
        let count = arguments.len() as u16;
        self.ops.push(Op::Method { name, arguments: count, has_final });
        for (index, argument) in arguments.iter().enumerate() {
            let parameter = index as u16 + 1;
            self.at(*argument);
            if literal(self.source, *argument, Type::Any).is_some() {
                self.ops.push(Op::Literal { parameter, node: *argument });
            } else {
                self.argument(*argument, None);
                self.ops.push(Op::CheckParameter(parameter));
            }
        }
        self.ops.push(Op::CallMethod { arguments: count, has_final, node: id });
    }

    /// Pushes an argument, checked against the type of its parameter if there is one.
    fn argument(&mut self, id: NodeId, kind: Option<Type>) {
        let source = self.source;
        self.at(id);
        match source.node(id) {
            Node::Dot => self.ops.push(Op::Dot),
            Node::Field(names) => {
                self.ops.push(Op::Dot);
                self.fields(id, names, &[], false);
            }
            Node::Variable(names) => self.variable(id, names, &[], false),
            Node::Pipe { .. } => self.pipe(id),
            Node::Identifier(name, callee) => self.call(*callee, name, id, &[], false),
            Node::Chain(operand, names) => self.chain(id, *operand, names, &[], false),
            _ => return self.literal(id, kind.unwrap_or(Type::Any)),
        }
        if let Some(kind) = kind {
            self.ops.push(Op::Check(kind));
        }
    }

    fn call(&mut self, callee: Callee, name: &Rc<str>, node: NodeId, arguments: &[NodeId], has_final: bool) {
        let (fixed, variadic) = match callee {
            Callee::Builtin(builtin) => builtin.signature(),
            Callee::Include | Callee::Tpl => (&[Type::String, Type::Any] as &[Type], None),
            Callee::Library(function) => (function.parameters, function.variadic),
        };
        let given = arguments.len() + usize::from(has_final);
        if variadic.is_some() && given < fixed.len() {
            let (want, got) = (fixed.len(), arguments.len());
            return self.fail(format!("wrong number of args for {name}: want at least {want} got {got}"));
        }
        if variadic.is_none() && given != fixed.len() {
            let want = fixed.len();
            return self.fail(format!("wrong number of args for {name}: want {want} got {given}"));
        }
        if let Callee::Builtin(builtin @ (Builtin::And | Builtin::Or)) = callee {
            return self.short_circuit(builtin == Builtin::Or, arguments, has_final);
        }
        let parameter = |index: usize| fixed.get(index).copied().or(variadic);
        for (index, argument) in arguments.iter().enumerate() {
            self.argument(*argument, parameter(index));
        }
        if has_final
            && let Some(kind) = parameter(arguments.len())
            && !matches!(kind, Type::Any | Type::Reflect)
        {
            self.ops.push(Op::CheckFinal { kind, depth: arguments.len() as u16 });
        }
        let first = arguments.first().map_or(String::new(), |first| {
            if matches!(callee, Callee::Builtin(Builtin::Call)) {
                self.source.print(*first)
            } else {
                String::new()
            }
        });
        let site = CallSite { callee, name: name.clone(), arguments: given as u16, has_final, node, first };
        self.calls.push(site);
        self.ops.push(Op::Call(self.calls.len() as u32 - 1));
    }

    fn short_circuit(&mut self, until: bool, arguments: &[NodeId], has_final: bool) {
        let keep = if until { Op::KeepIfTrue } else { Op::KeepIfFalse };
        let mut jumps = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            self.argument(*argument, Some(Type::Reflect));
            if has_final || index + 1 < arguments.len() {
                jumps.push(self.jump(keep));
            }
        }
        if has_final && !jumps.is_empty() {
            // Fallen through: the final argument is left alone. Jumped: it lies below the result.
            let end = self.jump(Op::Jump);
            for jump in jumps {
                self.land(jump);
            }
            self.ops.push(Op::DropBelow);
            self.land(end);
        } else {
            for jump in jumps {
                self.land(jump);
            }
        }
    }
}
