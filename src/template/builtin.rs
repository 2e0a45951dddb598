//! The functions of Go's text/template itself.
//!
//! They take Go's `reflect.Value`s: arguments of any type. `and` and `or` are no calls but jumps; the compiler makes them.

mod compare;
mod escape;
mod index;

use super::Value;
use super::function::{Context, Error, Type};
use super::print;

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Or,
    Not,
    Len,
    Index,
    Slice,
    Call,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Html,
    Js,
    Urlquery,
    Print,
    Printf,
    Println,
}

impl Builtin {
    /// The function of that name.
    pub(crate) fn named(name: &str) -> Option<Builtin> {
        Some(match name {
            "and" => Builtin::And,
            "or" => Builtin::Or,
            "not" => Builtin::Not,
            "len" => Builtin::Len,
            "index" => Builtin::Index,
            "slice" => Builtin::Slice,
            "call" => Builtin::Call,
            "eq" => Builtin::Eq,
            "ne" => Builtin::Ne,
            "lt" => Builtin::Lt,
            "le" => Builtin::Le,
            "gt" => Builtin::Gt,
            "ge" => Builtin::Ge,
            "html" => Builtin::Html,
            "js" => Builtin::Js,
            "urlquery" => Builtin::Urlquery,
            "print" => Builtin::Print,
            "printf" => Builtin::Printf,
            "println" => Builtin::Println,
            _ => return None,
        })
    }

    /// The types of the fixed parameters and of the variadic one.
    pub(crate) fn signature(self) -> (&'static [Type], Option<Type>) {
        const ONE: &[Type] = &[Type::Reflect];
        const TWO: &[Type] = &[Type::Reflect, Type::Reflect];
        match self {
            Builtin::Not | Builtin::Len => (ONE, None),
            Builtin::Ne | Builtin::Lt | Builtin::Le | Builtin::Gt | Builtin::Ge => (TWO, None),
            Builtin::And | Builtin::Or | Builtin::Index | Builtin::Slice | Builtin::Call | Builtin::Eq => {
                (ONE, Some(Type::Reflect))
            }
            Builtin::Html | Builtin::Js | Builtin::Urlquery | Builtin::Print | Builtin::Println => {
                (&[], Some(Type::Any))
            }
            Builtin::Printf => (&[Type::String], Some(Type::Any)),
        }
    }

    /// Calls the function. `typed_nil` says that the last argument, if nil, is one of a type; `callee` is how
    /// the first argument was written.
    pub(crate) fn call(
        self,
        context: &mut Context<'_>,
        arguments: &[Value],
        typed_nil: bool,
        callee: &str,
    ) -> Result<Value, Error> {
        let first = arguments.first().unwrap_or(&Value::Nil);
        match self {
            // The compiler makes jumps of them.
            Builtin::And | Builtin::Or => Ok(first.clone()),
            Builtin::Not => Ok(Value::Bool(!first.is_true())),
            Builtin::Len => length(first, typed_nil),
            Builtin::Index => index::index(first, &arguments[1..]),
            Builtin::Slice => index::slice(first, &arguments[1..]),
            Builtin::Call if first.is_nil() => Err("call of nil".into()),
            Builtin::Call => {
                // A piped callee has no text of its own: Go shows what it is.
                let shown = match first.as_str() {
                    _ if !callee.is_empty() => callee.to_owned(),
                    Some(text) => text.to_owned(),
                    None => format!("<{} Value>", first.type_name()),
                };
                Err(format!("non-function {shown} of type {}", first.type_name()).into())
            }
            Builtin::Eq => compare::equal(first, &arguments[1..]).map(Value::Bool),
            Builtin::Ne => Ok(Value::Bool(!compare::equal(first, &arguments[1..])?)),
            Builtin::Lt => compare::less(first, &arguments[1]).map(Value::Bool),
            Builtin::Le => compare::less_or_equal(first, &arguments[1]).map(Value::Bool),
            Builtin::Gt => Ok(Value::Bool(!compare::less_or_equal(first, &arguments[1])?)),
            Builtin::Ge => Ok(Value::Bool(!compare::less(first, &arguments[1])?)),
            Builtin::Html => text(context, escape::html(&escape::joined(arguments))),
            Builtin::Js => text(context, escape::js(&escape::joined(arguments))),
            Builtin::Urlquery => text(context, escape::urlquery(&escape::joined(arguments))),
            Builtin::Print => text(context, print::sprint(arguments)),
            Builtin::Println => text(context, print::sprintln(arguments)),
            Builtin::Printf => {
                let format = first.as_bytes().unwrap_or_default();
                charge_widths(context, format, arguments)?;
                text(context, print::sprintf(format, &arguments[1..]))
            }
        }
    }
}

/// A printed text as a string, unless it hit the limit of printing.
fn text(context: &mut Context<'_>, bytes: Vec<u8>) -> Result<Value, Error> {
    context.charge(bytes.len() as u64 / 4)?;
    if bytes.len() > print::LONGEST {
        return Err(Error::limit("the template makes too much text; rendering stopped"));
    }
    Ok(Value::string_of_bytes(bytes))
}

/// Takes what the widths of a format can make off the limits, before it is made.
fn charge_widths(context: &mut Context<'_>, format: &[u8], arguments: &[Value]) -> Result<(), Error> {
    let mut number = 0_usize;
    for byte in format {
        match byte {
            b'0'..=b'9' => number = number.saturating_mul(10).saturating_add(usize::from(byte - b'0')),
            b'*' => context.allocate(1_000_000)?,
            _ => {
                // A width holds for every element of a list.
                context.allocate(number.min(1_000_000).saturating_mul(if number > 100 {
                    arguments.len()
                } else {
                    0
                }))?;
                number = 0;
            }
        }
    }
    Ok(())
}

fn length(value: &Value, typed_nil: bool) -> Result<Value, Error> {
    let length = match value {
        Value::Nil if typed_nil => return Err("len of nil pointer".into()),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::String(_) | Value::RawString(_) | Value::Bytes(_) => value.as_bytes().map_or(0, <[u8]>::len),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => return Err(format!("len of type {}", value.pointed_type_name()).into()),
    };
    Ok(Value::Int(length as i64))
}
