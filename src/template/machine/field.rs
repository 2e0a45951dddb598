//! Fields of maps and structs, and methods.

use std::rc::Rc;

use super::{Fault, Machine, MissingKey, Slot};
use crate::template::Value;
use crate::template::function::Function;
use crate::template::print::quote;
use crate::template::value::{ListType, MapType};

/// What a name finds in a value.
enum Member {
    Method(&'static Function),
    /// The value and whether it is held in an interface.
    Field(Value, bool),
    /// Nothing: the key is missing in a map.
    Missing,
    /// Nothing: such a value has no such field.
    None,
}

fn member(receiver: &Value, name: &str) -> Member {
    let methods: &'static [Function] = match receiver {
        Value::Map(map) => map.kind().methods(),
        Value::Object(object) => object.methods(),
        Value::List(list) => match list.kind() {
            ListType::Named(named) => named.methods,
            _ => &[],
        },
        _ => &[],
    };
    if let Some(method) = methods.iter().find(|method| method.name == name) {
        return Member::Method(method);
    }
    match receiver {
        Value::Map(map) => match map.get(name) {
            Some(value) => Member::Field(value, holds_interfaces(map.kind())),
            None => Member::Missing,
        },
        Value::Object(object) => object.field(name).map_or(Member::None, |value| Member::Field(value, false)),
        _ => Member::None,
    }
}

/// Whether the elements of a map are held in interfaces.
pub(super) fn holds_interfaces(kind: MapType) -> bool {
    kind.element() == "interface {}"
}

impl Machine<'_> {
    /// The field `name` of `receiver`, or what its method of that name answers without arguments.
    pub(super) fn field(&mut self, receiver: Value, boxed: bool, name: &Rc<str>) -> Result<Slot, Fault> {
        if receiver.is_nil() {
            self.check_nil(boxed, name)?;
            return Ok(Slot { value: Value::Nil, boxed: false });
        }
        if let (Some(reads), Value::Map(map)) = (&mut self.reads, &receiver) {
            reads.push((map.identity(), name.clone()));
            self.context.allocate(24)?;
        }
        match member(&receiver, name) {
            Member::Field(value, boxed) => Ok(Slot { value, boxed }),
            Member::Missing => self.missing(&receiver, name),
            Member::None => Err(no_field(&receiver, boxed, name)),
            Member::Method(method) => {
                check_count(method, 0, false)?;
                match (method.call)(&mut self.context, std::slice::from_ref(&receiver)) {
                    Ok(value) => Ok(Slot { value, boxed: false }),
                    Err(error) => Err(Fault::Call(format!("error calling {name}: "), error)),
                }
            }
        }
    }

    /// The method `name` of `receiver` for so many arguments; `None` for a receiver that is no value.
    pub(super) fn method(
        &mut self,
        receiver: Value,
        boxed: bool,
        name: &Rc<str>,
        arguments: usize,
        has_final: bool,
    ) -> Result<Option<(&'static Function, Value)>, Fault> {
        if receiver.is_nil() {
            self.check_nil(boxed, name)?;
            return Ok(None);
        }
        match member(&receiver, name) {
            Member::Method(method) => {
                check_count(method, arguments, has_final)?;
                Ok(Some((method, receiver)))
            }
            Member::None => Err(no_field(&receiver, boxed, name)),
            Member::Field(..) | Member::Missing => Err(match receiver {
                Value::Map(_) => format!("{name} is not a method but has arguments").into(),
                _ => format!("{name} has arguments but cannot be invoked as function").into(),
            }),
        }
    }

    fn check_nil(&self, boxed: bool, name: &str) -> Result<(), Fault> {
        if boxed {
            return Err(format!("nil pointer evaluating interface {{}}.{name}").into());
        }
        if self.missing_key == MissingKey::Error {
            return Err(format!("nil data; no entry for key {}", quote(name.as_bytes())).into());
        }
        Ok(())
    }

    fn missing(&self, receiver: &Value, name: &str) -> Result<Slot, Fault> {
        match (self.missing_key, receiver) {
            (MissingKey::Invalid, _) => Ok(Slot { value: Value::Nil, boxed: false }),
            (MissingKey::Error, _) => {
                Err(format!("map has no entry for key {}", quote(name.as_bytes())).into())
            }
            (MissingKey::Zero, Value::Map(map)) => Ok(match map.kind().zero_element() {
                Some(value) => Slot { value, boxed: false },
                None => Slot { value: Value::Nil, boxed: true },
            }),
            _ => Ok(Slot { value: Value::Nil, boxed: true }),
        }
    }
}

fn no_field(receiver: &Value, boxed: bool, name: &str) -> Fault {
    format!("can't evaluate field {name} in type {}", Machine::type_of(receiver, boxed)).into()
}

fn check_count(method: &Function, arguments: usize, has_final: bool) -> Result<(), Fault> {
    // The receiver is the first parameter, which Go does not count.
    let fixed = method.parameters.len().saturating_sub(1);
    let given = arguments + usize::from(has_final);
    let name = method.name;
    if method.variadic.is_some() && given < fixed {
        return Err(format!("wrong number of args for {name}: want at least {fixed} got {arguments}").into());
    }
    if method.variadic.is_none() && given != fixed {
        return Err(format!("wrong number of args for {name}: want {fixed} got {given}").into());
    }
    Ok(())
}
