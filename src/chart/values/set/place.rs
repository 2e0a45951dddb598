//! Puts one assignment into the values.
//!
//! A text that ends early is no mistake: what was there stays, only an item of a list that was not reached is not made.

use super::read::{Assignment, End, Step};
use crate::chart::log::go_quoted;
use crate::chart::values::table::new_table;
use crate::template::Value;
use crate::template::value::Map;

const MAX_INDEX: i64 = 65536;
const MAX_NAME_LEVEL: usize = 30;
/// Helm has no such limit; a list nested deeper than this has no use and would only eat the stack.
const MAX_LIST_LEVEL: usize = 100;

/// How far an assignment came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// A value; there may be another assignment.
    Value,
    /// The end of the text.
    End,
}

type Placed<T> = Result<(T, Reached), String>;

/// How many names with a dot behind, and how many lists, lead to a place.
#[derive(Clone, Copy, Default)]
struct Depth {
    names: usize,
    lists: usize,
}

/// Puts `assignment` into `values`.
///
/// # Errors
/// Helm's words, for whatever comes first: a step that does not fit the values, or the text that cannot be read.
pub(super) fn assign(values: &Map, assignment: Assignment) -> Result<Reached, String> {
    let Assignment { path, end } = assignment;
    in_table(values, &path, end, Depth::default())
}

fn in_table(table: &Map, path: &[Step], end: Result<End, String>, depth: Depth) -> Result<Reached, String> {
    let Some((Step::Name(name), path)) = path.split_first() else { return end.map(|_| Reached::End) };
    let set = |value: Value| {
        if !name.is_empty() {
            table.insert(name.as_str(), value);
        }
    };
    match path.first() {
        None => match end? {
            End::Nothing => Ok(Reached::End),
            End::Equals => {
                set(Value::from(""));
                Ok(Reached::End)
            }
            End::Value(value) => {
                set(value);
                Ok(Reached::Value)
            }
        },
        Some(Step::Index(_)) => {
            let list = match table.get(name) {
                None => Vec::new(),
                Some(Value::List(list)) => list.to_vec(),
                Some(other) => return Err(wrong_type(&other, "[]interface {}")),
            };
            let (list, reached) = in_list(list, path, end, depth)?;
            set(Value::list(list));
            Ok(reached)
        }
        Some(Step::Name(_)) => {
            let depth = Depth { names: depth.names + 1, ..depth };
            if depth.names > MAX_NAME_LEVEL {
                return Err(format!(
                    "value name nested level is greater than maximum supported nested level of {MAX_NAME_LEVEL}"
                ));
            }
            let inner = match table.get(name) {
                None => new_table(),
                Some(Value::Map(table)) => table,
                Some(other) => return Err(wrong_type(&other, "map[string]interface {}")),
            };
            let reached = in_table(&inner, path, end, depth)?;
            if !inner.is_empty() {
                set(Value::Map(inner));
            } else if reached == Reached::Value {
                return Err(format!("key map {} has no value", go_quoted(name)));
            }
            Ok(reached)
        }
    }
}

fn in_list(
    mut list: Vec<Value>,
    path: &[Step],
    end: Result<End, String>,
    depth: Depth,
) -> Placed<Vec<Value>> {
    let Some((Step::Index(index), path)) = path.split_first() else { return Ok((list, Reached::End)) };
    if *index < 0 {
        return Err(format!("negative {index} index not allowed"));
    }
    let place = *index as usize;
    if depth.lists > MAX_LIST_LEVEL {
        return Err(format!("lists nested deeper than {MAX_LIST_LEVEL} are not supported"));
    }
    let depth = Depth { lists: depth.lists + 1, ..depth };
    let (item, reached) = match path.first() {
        None => match end? {
            End::Nothing => (Value::Nil, Reached::End),
            End::Equals => (Value::from(""), Reached::Value),
            End::Value(value) => (value, Reached::Value),
        },
        Some(Step::Index(_)) => {
            let inner = match list.get(place) {
                None | Some(Value::Nil) => Vec::new(),
                Some(Value::List(inner)) => inner.to_vec(),
                Some(other) => return Err(wrong_type(other, "[]interface {}")),
            };
            let (inner, reached) = in_list(inner, path, end, depth)?;
            (Value::list(inner), reached)
        }
        Some(Step::Name(_)) => {
            let table = match list.get(place) {
                Some(Value::Map(table)) => table.clone(),
                _ => new_table(),
            };
            if let Some(item) = list.get_mut(place) {
                *item = Value::Map(table.clone());
            }
            let reached = in_table(&table, path, end, depth)?;
            (Value::Map(table), reached)
        }
    };
    if reached == Reached::Value {
        if *index > MAX_INDEX {
            return Err(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}"));
        }
        if list.len() <= place {
            list.resize(place + 1, Value::Nil);
        }
        list[place] = item;
    }
    Ok((list, reached))
}

/// Go's panic when a value is used as something that it is not.
fn wrong_type(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}
