//! Go slices.

use std::rc::Rc;

use super::Value;

/// The type of a slice.
#[derive(Clone, Copy)]
pub enum ListType {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    String,
    /// `[]int`.
    Int,
    /// `[]map[string]interface {}`.
    Map,
    /// `[][]interface {}`, as `chunk` makes it.
    Lists,
    /// A named type, perhaps with methods.
    Named(&'static super::Named),
}

impl ListType {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            ListType::Any => "[]interface {}",
            ListType::String => "[]string",
            ListType::Int => "[]int",
            ListType::Map => "[]map[string]interface {}",
            ListType::Lists => "[][]interface {}",
            ListType::Named(named) => named.name,
        }
    }

    /// Go's name of the element type.
    pub fn element(self) -> &'static str {
        match self {
            ListType::Any => "interface {}",
            ListType::String => "string",
            ListType::Int => "int",
            ListType::Map => "map[string]interface {}",
            ListType::Lists => "[]interface {}",
            ListType::Named(named) => named.element,
        }
    }
}

/// A slice: an element type and elements that never change. Copying one copies a pointer.
#[derive(Clone)]
pub struct List(Rc<Slice>);

struct Slice {
    kind: ListType,
    items: Vec<Value>,
    is_nil: bool,
}

impl Drop for Slice {
    fn drop(&mut self) {
        if self.items.iter().any(is_nested) {
            release(std::mem::take(&mut self.items));
        }
    }
}

/// Whether the value holds others.
pub(super) fn is_nested(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Frees values without recursion, however deep a template nested them.
pub(super) fn release(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(mut list) => {
                if let Some(slice) = Rc::get_mut(&mut list.0) {
                    values.append(&mut slice.items);
                }
            }
            Value::Map(map) => map.release_into(&mut values),
            _ => {}
        }
    }
}

impl List {
    /// A slice of the given type; the elements must be of its element type.
    pub fn new(kind: ListType, items: Vec<Value>) -> List {
        List(Rc::new(Slice { kind, items, is_nil: false }))
    }

    /// The nil slice of the given type: it has no elements, and JSON shows it as null.
    pub fn nil(kind: ListType) -> List {
        List(Rc::new(Slice { kind, items: Vec::new(), is_nil: true }))
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.is_nil
    }

    /// The type of the slice.
    pub fn kind(&self) -> ListType {
        self.0.kind
    }

    /// Whether both are the same slice in memory.
    pub fn is_same(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}
