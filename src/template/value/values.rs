//! Helm's `common.Values`: the type of `.`, `.Values` and `.Template`.

use super::{Kind, Map, MapType, Named, Value};
use crate::template::function::{Error, Function, Type};
use crate::template::functions::yaml_text;

/// The type `common.Values`, a map of anything with methods.
pub static VALUES: Named =
    Named { name: "common.Values", element: "interface {}", zero: None, methods: METHODS };

const RECEIVER: Type = Type::Named("common.Values");

const METHODS: &[Function] = &[
    Function::new("AsMap", &[RECEIVER], |_, arguments| Ok(as_map(&arguments[0]))),
    Function::new("PathValue", &[RECEIVER, Type::String], |_, arguments| {
        path_value(&arguments[0], &arguments[1].text())
    }),
    Function::new("Table", &[RECEIVER, Type::String], |_, arguments| {
        table(&arguments[0], &arguments[1].text())
    }),
    Function::new("YAML", &[RECEIVER], |context, arguments| {
        let mut text = yaml_text::write(context, &arguments[0], false)?;
        text.push('\n');
        Ok(text.into())
    }),
];

impl Map {
    /// The same entries as a `common.Values`.
    pub fn as_values(&self) -> Map {
        self.with_kind(MapType::Named(&VALUES))
    }
}

fn as_map(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(map.with_kind(MapType::Any)),
        _ => value.clone(),
    }
}

fn find_table(value: &Value, path: &str) -> Result<Map, Error> {
    let mut table = value.as_map().cloned();
    for name in path.split('.') {
        table = match table.as_ref().and_then(|map| map.get(name)) {
            Some(Value::Map(map)) => Some(map),
            // Helm's ErrNoTable and ErrNoValue quote the one name that is missing.
            _ => {
                return Err(Error::new(format!(
                    "{} is not a table",
                    crate::template::print::quote(name.as_bytes())
                )));
            }
        };
    }
    table.ok_or_else(|| Error::new("no table"))
}

fn table(value: &Value, path: &str) -> Result<Value, Error> {
    find_table(value, path).map(|map| Value::Map(map.as_values()))
}

fn path_value(value: &Value, path: &str) -> Result<Value, Error> {
    let no_value =
        |name: &str| Error::new(format!("{} is not a value", crate::template::print::quote(name.as_bytes())));
    if path.is_empty() {
        return Err(Error::new("YAML path cannot be empty"));
    }
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let map = match parent {
        "" => value.as_map().cloned().ok_or_else(|| no_value(key))?,
        _ => find_table(value, parent).map_err(|_| no_value(key))?,
    };
    match map.get(key) {
        Some(found) if found.kind() != Kind::Map => Ok(found),
        _ => Err(no_value(key)),
    }
}
