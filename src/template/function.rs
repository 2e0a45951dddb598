//! The interface between the engine and a function of the library: its Go signature and its Rust body.
//!
//! The evaluator checks the number and the types of arguments by the signature, with Go's words, before it calls;
//! a body may rely on it: a `Type::String` argument *is* `Value::String` or `Value::RawString`
//! (use [`Value::text`](super::Value::text)), a `Type::Int` *is* `Value::Int`, a `Type::Map` *is* `Value::Map` of
//! type `map[string]interface {}`, and so on. Only `Type::Any` arguments may be anything, nil among them.
//!
//! `include` and `tpl` are the engine's own; so are Go's built-in functions. A library function with a built-in's
//! name replaces it, as in Go (Sprig's `slice`).

use super::value::Value;

mod context;
mod error;
mod memory;
mod registry;

pub use context::{Context, Environment, Limits, Lookup, MissingKey};
pub use error::Error;
pub use memory::Memory;
pub use registry::Library;

/// The Go type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: takes anything, nil too.
    Any,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float64,
    /// `string`.
    String,
    /// `[]uint8`.
    Bytes,
    /// `map[string]interface {}`; a named type over it is converted. A nil argument arrives as `Value::Nil`.
    Map,
    /// `map[string]string`. A nil argument arrives as `Value::Nil`.
    StringMap,
    /// `[]interface {}`. A nil argument arrives as `Value::Nil`.
    List,
    /// `[]string`. A nil argument arrives as `Value::Nil`.
    StringList,
    /// A struct, a pointer or a named type, by its full name: `time.Time`, `*semver.Version`.
    /// A nil argument for a pointer arrives as `Value::Nil`.
    Named(&'static str),
    /// `reflect.Value`: takes anything, nil too, and arrives as it is.
    Reflect,
}

impl Type {
    /// Whether Go has a nil of this type.
    pub fn can_be_nil(self) -> bool {
        match self {
            Type::Bool | Type::Int | Type::Int64 | Type::Float64 | Type::String => false,
            Type::Named(name) => name.starts_with('*'),
            _ => true,
        }
    }

    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Float64 => "float64",
            Type::String => "string",
            Type::Bytes => "[]uint8",
            Type::Map => "map[string]interface {}",
            Type::StringMap => "map[string]string",
            Type::List => "[]interface {}",
            Type::StringList => "[]string",
            Type::Named(name) => name,
            Type::Reflect => "reflect.Value",
        }
    }
}

/// The Rust body of a function: arguments in, result or failure out.
pub type Body = fn(&mut Context<'_>, &[Value]) -> Result<Value, Error>;

/// A function that templates can call, or a method of a type (then the first parameter is the receiver and is
/// not checked).
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The types of the fixed parameters.
    pub parameters: &'static [Type],
    /// The element type of the variadic parameter behind them, if there is one.
    pub variadic: Option<Type>,
    /// Whether Go declares the result as `interface {}`: then a failing field access on it names that type.
    pub returns_any: bool,
    /// The body.
    pub call: Body,
}

impl Function {
    /// A function with fixed parameters only.
    pub const fn new(name: &'static str, parameters: &'static [Type], call: Body) -> Function {
        Function { name, parameters, variadic: None, returns_any: false, call }
    }

    /// The same function with a variadic parameter behind the fixed ones.
    pub const fn variadic(mut self, element: Type) -> Function {
        self.variadic = Some(element);
        self
    }

    /// The same function with its result declared as `interface {}`.
    pub const fn any(mut self) -> Function {
        self.returns_any = true;
        self
    }

    /// The type of argument `index`, from 0; `None` past the last parameter.
    pub fn parameter(&self, index: usize) -> Option<Type> {
        self.parameters.get(index).copied().or(self.variadic)
    }
}
