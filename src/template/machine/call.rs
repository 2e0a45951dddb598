//! Calls of functions and methods, and what may be passed to them.

use super::{Fault, Machine};
use crate::template::Value;
use crate::template::compile::CallSite;
use crate::template::function::{Error, Type};
use crate::template::parse::{Callee, NodeId};
use crate::template::value::{Kind, ListType, MapType};

/// The value as it is passed to a parameter of type `kind`; the error is Go's.
pub(super) fn check(value: Value, boxed: bool, kind: Type) -> Result<Value, Fault> {
    let fits = match (kind, &value) {
        (Type::Any | Type::Reflect, _) => true,
        (_, Value::Nil) if !boxed => {
            if kind.can_be_nil() {
                return Ok(value);
            }
            return Err(format!("invalid value; expected {}", kind.name()).into());
        }
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Int64, Value::Int64(_))
        | (Type::Float64, Value::Float64(_))
        | (Type::String, Value::String(_) | Value::RawString(_))
        | (Type::Bytes, Value::Bytes(_)) => true,
        (Type::Map, Value::Map(map)) => match map.kind() {
            MapType::Any => true,
            MapType::Named(named) if named.element == "interface {}" => {
                return Ok(Value::Map(map.with_kind(MapType::Any)));
            }
            _ => false,
        },
        (Type::StringMap, Value::Map(map)) => matches!(map.kind(), MapType::String),
        (Type::List, Value::List(list)) => matches!(list.kind(), ListType::Any),
        (Type::StringList, Value::List(list)) => match list.kind() {
            ListType::String => true,
            ListType::Named(named) => named.element == "string",
            _ => false,
        },
        (Type::Named(name), Value::Object(object)) => {
            object.type_name() == name || object.type_name().strip_prefix('*') == Some(name)
        }
        (Type::Named(name), _) => value.type_name() == name,
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let found = if value.is_nil() { "interface {}" } else { value.type_name() };
    Err(format!("wrong type for value; expected {}; got {found}", kind.name()).into())
}

/// The steps that it takes to read an argument, whatever the function makes of it: floats are slow to print.
fn reading(argument: &Value) -> u64 {
    match argument {
        Value::Float64(_) => 12,
        argument => argument.as_bytes().map_or(0, |bytes| bytes.len() as u64 / 4),
    }
}

impl Machine<'_> {
    /// Calls what `site` names; whether that entered a template.
    pub(super) fn call(&mut self, site: &CallSite, node: &mut NodeId) -> Result<bool, Fault> {
        let base = self.stack.len() - usize::from(site.arguments);
        if site.has_final {
            self.stack[base..].rotate_left(1);
        }
        let failed = |error: Error| Fault::Call(format!("error calling {}: ", site.name), error);
        let arguments = &self.stack[base..];
        self.context.charge(arguments.iter().map(reading).sum())?;
        let result = match site.callee {
            Callee::Builtin(builtin) => {
                builtin.call(&mut self.context, arguments, self.boxed && !site.has_final, &site.first)
            }
            Callee::Library(function) => {
                let result = (function.call)(&mut self.context, arguments);
                self.context.leave_chance(function.name);
                result
            }
            Callee::Include | Callee::Tpl => {
                let data = self.pop();
                let text = self.pop();
                let entered = match site.callee {
                    Callee::Include => self.enter_include(&text, data, site.node),
                    _ => self.enter_tpl(&text, data, site.node),
                };
                return match entered {
                    Ok(()) => Ok(true),
                    Err(error) => {
                        *node = site.node;
                        Err(failed(error))
                    }
                };
            }
        };
        self.stack.truncate(base);
        match result {
            Ok(value) => {
                if let Some(bytes) = value.as_bytes() {
                    self.context.charge(bytes.len() as u64 / 16)?;
                    self.context.allocate(bytes.len())?;
                }
                self.push(value, matches!(site.callee, Callee::Library(function) if function.returns_any));
                Ok(false)
            }
            Err(error) => {
                *node = site.node;
                Err(failed(error))
            }
        }
    }

    /// Calls the method that [`Machine::method`] found last.
    pub(super) fn call_method(
        &mut self,
        arguments: usize,
        has_final: bool,
        call: NodeId,
        node: &mut NodeId,
    ) -> Result<(), Fault> {
        let base = self.stack.len() - arguments - usize::from(has_final);
        if has_final {
            self.stack[base..].rotate_left(1);
        }
        let given = self.stack.split_off(base);
        let Some(Some((method, receiver))) = self.methods.pop() else {
            // A field of no value is no value, whatever it is given.
            self.push(Value::Nil, false);
            return Ok(());
        };
        let mut all = Vec::with_capacity(given.len() + 1);
        all.push(receiver);
        for (index, value) in given.into_iter().enumerate() {
            let is_final = has_final && index == arguments;
            let kind = method.parameter(index + 1).filter(|_| is_final).unwrap_or(Type::Any);
            all.push(check(value, false, kind)?);
        }
        match (method.call)(&mut self.context, &all) {
            Ok(value) => {
                self.push(value, false);
                Ok(())
            }
            Err(error) => {
                *node = call;
                Err(Fault::Call(format!("error calling {}: ", method.name), error))
            }
        }
    }

    /// Whether Go would call the value a pointer, for errors that name it.
    pub(super) fn type_of(value: &Value, boxed: bool) -> &str {
        if boxed || value.kind() == Kind::Invalid { "interface {}" } else { value.type_name() }
    }
}
