//! Go maps with string keys, and named types.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use crate::template::function::Function;

/// The entries of a map, in the order in which Go's templates range over them.
pub type Entries = BTreeMap<Rc<str>, Value>;

/// A named Go type over a map or a slice.
pub struct Named {
    /// The name with its package: `common.Values`.
    pub name: &'static str,
    /// The element type: `interface {}`.
    pub element: &'static str,
    /// What a missing key gives under `missingkey=zero`, if the element type is not an interface.
    pub zero: Option<fn() -> Value>,
    /// The methods; each takes the receiver as its first parameter.
    pub methods: &'static [Function],
}

/// The type of a map.
#[derive(Clone, Copy)]
pub enum MapType {
    /// `map[string]interface {}`.
    Any,
    /// `map[string]string`.
    String,
    /// A named type, perhaps with methods.
    Named(&'static Named),
}

impl MapType {
    /// Go's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            MapType::Any => "map[string]interface {}",
            MapType::String => "map[string]string",
            MapType::Named(named) => named.name,
        }
    }

    /// Go's name of the element type.
    pub fn element(self) -> &'static str {
        match self {
            MapType::Any => "interface {}",
            MapType::String => "string",
            MapType::Named(named) => named.element,
        }
    }

    /// The zero value of the element type, if that is not an interface.
    pub fn zero_element(self) -> Option<Value> {
        match self {
            MapType::Any => None,
            MapType::String => Some(Value::String("".into())),
            MapType::Named(named) => named.zero.map(|zero| zero()),
        }
    }

    /// The methods of the type.
    pub fn methods(self) -> &'static [Function] {
        match self {
            MapType::Named(named) => named.methods,
            _ => &[],
        }
    }
}

/// A map: copies share their entries, as in Go.
#[derive(Clone)]
pub struct Map {
    kind: MapType,
    entries: Rc<Shared>,
}

struct Shared(RefCell<Entries>);

impl Drop for Shared {
    fn drop(&mut self) {
        let entries = self.0.get_mut();
        if entries.values().any(super::list::is_nested) {
            super::list::release(std::mem::take(entries).into_values().collect());
        }
    }
}

impl Map {
    /// A map of the given type; the elements must be of its element type.
    pub fn new(kind: MapType, entries: Entries) -> Map {
        Map { kind, entries: Rc::new(Shared(RefCell::new(entries))) }
    }

    /// The type of the map.
    pub fn kind(&self) -> MapType {
        self.kind
    }

    /// The same entries seen as another type, as Go converts `common.Values` to `map[string]interface {}`.
    pub fn with_kind(&self, kind: MapType) -> Map {
        Map { kind, entries: self.entries.clone() }
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries.0.borrow().get(key).cloned()
    }

    /// Whether `key` is there, be its value nil.
    pub fn contains(&self, key: &str) -> bool {
        self.entries.0.borrow().contains_key(key)
    }

    /// Puts `value` under `key`, for every holder of the map.
    pub fn insert(&self, key: impl Into<Rc<str>>, value: Value) {
        self.entries.0.borrow_mut().insert(key.into(), value);
    }

    /// Takes `key` out, for every holder of the map.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.entries.0.borrow_mut().remove(key)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.0.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, to read. The map must not be written while the result lives.
    pub fn entries(&self) -> Ref<'_, Entries> {
        self.entries.0.borrow()
    }

    /// Whether both share their entries.
    pub fn is_same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }

    /// Moves the elements into `values` if nobody else holds the map.
    pub(super) fn release_into(mut self, values: &mut Vec<Value>) {
        if let Some(shared) = Rc::get_mut(&mut self.entries) {
            values.extend(std::mem::take(shared.0.get_mut()).into_values());
        }
    }

    /// A number that the maps sharing these entries have in common, and no other living map.
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.entries).cast::<()>() as usize
    }
}
