//! What `range` iterates over.

use std::rc::Rc;

use super::field::holds_interfaces;
use super::{Fault, Machine, Slot};
use crate::gather::Gather;
use crate::template::Value;
use crate::template::compile::RangeSite;
use crate::template::print::display;
use crate::template::value::List;

/// A range that runs.
pub(super) struct Loop {
    items: Items,
    next: usize,
}

enum Items {
    List(List, bool),
    Bytes(Rc<[u8]>),
    /// The entries at the start, as Go sorts them then.
    Map(Vec<(Rc<str>, Value)>, bool),
    /// The integers from 0 below a limit, made by a function of their type.
    Integers(usize, fn(usize) -> Value),
}

impl Items {
    fn len(&self) -> usize {
        match self {
            Items::List(list, _) => list.len(),
            Items::Bytes(bytes) => bytes.len(),
            Items::Map(entries, _) => entries.len(),
            Items::Integers(count, _) => *count,
        }
    }

    /// The key, if there is one, and the element.
    fn get(&self, index: usize) -> Option<(Value, Slot)> {
        let key = Value::Int(index as i64);
        Some(match self {
            Items::List(list, boxed) => (key, Slot { value: list.get(index)?.clone(), boxed: *boxed }),
            Items::Bytes(bytes) => (key, Slot { value: Value::Uint8(*bytes.get(index)?), boxed: false }),
            Items::Map(entries, boxed) => {
                let (name, value) = entries.get(index)?;
                (Value::String(name.clone()), Slot { value: value.clone(), boxed: *boxed })
            }
            Items::Integers(count, make) => {
                if index >= *count {
                    return None;
                }
                (Value::Nil, Slot { value: make(index), boxed: false })
            }
        })
    }
}

impl Machine<'_> {
    /// Starts to iterate over `value`; whether there is anything to iterate over.
    pub(super) fn start_range(&mut self, value: Value, has_key: bool) -> Result<bool, Fault> {
        let count = |number: i128| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        let items = match &value {
            Value::Nil => return Ok(false),
            Value::List(list) => Items::List(list.clone(), list.kind().element() == "interface {}"),
            Value::Bytes(bytes) => Items::Bytes(bytes.clone()),
            Value::Map(map) => {
                self.context.charge(map.len() as u64)?;
                let entries = map.entries().iter().map(|(key, value)| (key.clone(), value.clone())).gather();
                Items::Map(entries, holds_interfaces(map.kind()))
            }
            Value::Int(number) => {
                Items::Integers(count(i128::from(*number)), |index| Value::Int(index as i64))
            }
            Value::Int64(number) => {
                Items::Integers(count(i128::from(*number)), |index| Value::Int64(index as i64))
            }
            Value::Uint8(number) => Items::Integers(usize::from(*number), |index| Value::Uint8(index as u8)),
            Value::Uint64(number) => {
                Items::Integers(count(i128::from(*number)), |index| Value::Uint64(index as u64))
            }
            _ => return Err(format!("range can't iterate over {}", display(&value)).into()),
        };
        if has_key && matches!(items, Items::Integers(..)) {
            let shown = display(&value);
            return Err(format!("can't use {shown} to iterate over more than one variable").into());
        }
        if items.len() == 0 {
            return Ok(false);
        }
        self.loops.push(Loop { items, next: 0 });
        Ok(true)
    }

    /// Makes the next element the dot and sets the variables; whether there was one.
    pub(super) fn next_iteration(&mut self, site: &RangeSite, variables: usize) -> bool {
        let Some(range) = self.loops.last_mut() else { return false };
        let Some((key, element)) = range.items.get(range.next) else {
            self.loops.pop();
            return false;
        };
        range.next += 1;
        for slot in [site.key, site.element].into_iter().flatten() {
            self.variable_reads.remove(&(variables + slot as usize));
        }
        if let Some(slot) = site.element {
            self.variables[variables + slot as usize] = element.clone();
        }
        if let Some(slot) = site.key {
            self.variables[variables + slot as usize] = Slot { value: key, boxed: false };
        }
        self.dots.push(element);
        true
    }
}
