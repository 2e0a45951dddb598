//! `.Files`: a chart's files that are neither templates nor values.

use std::rc::Rc;

use super::glob::Glob;
use crate::gather::Gather;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::functions::{encode_base64, path_base, write_yaml};
use crate::template::value::{Entries, Map, MapType, Named, Value};

/// Helm's type for files: contents by path, with methods.
static FILES: Named = Named {
    name: "engine.files",
    element: "[]uint8",
    zero: Some(|| Value::Bytes(Rc::from([]))),
    methods: METHODS,
};

const SELF: Type = Type::Named("engine.files");

const METHODS: &[Function] = &[
    Function::new("AsConfig", &[SELF], |context, a| {
        config(context, &a[0], |bytes| Value::string_of_bytes(bytes.to_vec()))
    }),
    Function::new("AsSecrets", &[SELF], |context, a| {
        config(context, &a[0], |bytes| encode_base64(bytes).into())
    }),
    Function::new("Get", &[SELF, Type::String], |context, a| {
        let content = content(&a[0], &a[1]);
        let bytes = content.as_ref().and_then(Value::as_bytes).unwrap_or_default();
        context.allocate(bytes.len())?;
        Ok(Value::string_of_bytes(bytes.to_vec()))
    }),
    Function::new("GetBytes", &[SELF, Type::String], |_, a| {
        Ok(content(&a[0], &a[1]).unwrap_or_else(|| Value::Bytes(Rc::from([]))))
    }),
    Function::new("Glob", &[SELF, Type::String], |context, a| {
        let glob = Glob::new(&a[1].text());
        let mut found = Entries::new();
        if let Some(map) = a[0].as_map() {
            context.charge(map.len() as u64 * (1 + a[1].text().len() as u64))?;
            for (path, content) in map.entries().iter().filter(|(path, _)| glob.matches(path)) {
                found.insert(path.clone(), content.clone());
            }
        }
        Ok(of_entries(found))
    }),
    Function::new("Lines", &[SELF, Type::String], |context, a| {
        let Some(content) = content(&a[0], &a[1]) else { return Ok(Value::string_list::<String>([])) };
        let bytes = content.as_bytes().unwrap_or_default();
        context.allocate(bytes.len().saturating_mul(2))?;
        let text = String::from_utf8_lossy(bytes);
        if text.is_empty() {
            return Err(Error::runtime("index out of range [-1]"));
        }
        Ok(Value::string_list(text.strip_suffix('\n').unwrap_or(&text).split('\n')))
    }),
];

/// `.Files` of a chart with these files: path below the chart's folder, and content.
pub fn files(files: impl IntoIterator<Item = (Rc<str>, Rc<[u8]>)>) -> Value {
    of_entries(files.into_iter().map(|(path, content)| (path, Value::Bytes(content))).gather())
}

fn of_entries(entries: Entries) -> Value {
    Value::Map(Map::new(MapType::Named(&FILES), entries))
}

fn content(files: &Value, path: &Value) -> Option<Value> {
    files.as_map()?.get(&path.text())
}

/// The contents by file name as YAML. Of files with one name in several folders the last path's stays; Go leaves
/// that to chance.
fn config(context: &mut Context<'_>, files: &Value, encode: fn(&[u8]) -> Value) -> Result<Value, Error> {
    let mut entries = Entries::new();
    if let Some(map) = files.as_map() {
        for (path, content) in map.entries().iter() {
            let bytes = content.as_bytes().unwrap_or_default();
            context.allocate(bytes.len().saturating_mul(2))?;
            entries.insert(path_base(path).into(), encode(bytes));
        }
    }
    match write_yaml(context, &Value::Map(Map::new(MapType::String, entries)), false) {
        Err(error) if !error.is_limit() => Ok("".into()),
        text => text.map(Value::from),
    }
}
