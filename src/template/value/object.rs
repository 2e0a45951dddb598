//! Go structs and other named types with fields or methods.

use std::any::Any;

use super::{Kind, Value};
use crate::template::function::Function;

/// A Go value with fields and methods: a time, a version, the cluster's capabilities.
pub trait Object: Any {
    /// Go's name of the type, with `*` for a pointer: `*semver.Version`, `time.Time`.
    fn type_name(&self) -> &str;

    /// The kind: [`Kind::Struct`], or [`Kind::Pointer`] where the type name has a `*`.
    fn kind(&self) -> Kind {
        if self.type_name().starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    /// The exported field `name`.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// The exported fields in the order of the struct, for printing and encoding.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The methods; each takes the receiver as its first parameter.
    fn methods(&self) -> &'static [Function] {
        &[]
    }

    /// What `String()` or `Error()` of the type gives, if it has one; `print`, `%v` and `%s` use it.
    fn display(&self) -> Option<String> {
        None
    }

    /// What an action that holds nothing else prints. Go takes a field's address there, and so finds a `String()`
    /// of the pointer that `%v` of the copied struct does not.
    fn printed(&self) -> Option<String> {
        self.display()
    }

    /// The value that `toYaml` and `toJson` encode; by default a map of the fields.
    fn encoded(&self) -> Value {
        Value::map(self.fields())
    }

    /// Whether `if` takes it for true.
    fn is_true(&self) -> bool {
        true
    }

    /// Whether Go's `==` holds; `None` if the type cannot be compared so.
    fn equals(&self, _other: &dyn Object) -> Option<bool> {
        None
    }
}
