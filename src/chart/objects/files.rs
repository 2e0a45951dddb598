//! `.Files`: the files of a chart that are neither templates nor values.

use std::rc::Rc;

use crate::chart::load::File;
use crate::template::Value;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{Map, MapType, Named};
use crate::yaml::{Encoder, Tree, print_tree};

use super::path_glob::Glob;

static FILES: Named = Named {
    name: "engine.files",
    element: "[]uint8",
    zero: Some(|| Value::Bytes(Rc::from(Vec::new()))),
    methods: &[
        Function::new("AsConfig", &[Type::Any], as_config),
        Function::new("AsSecrets", &[Type::Any], as_secrets),
        Function::new("Get", &[Type::Any, Type::String], get),
        Function::new("GetBytes", &[Type::Any, Type::String], get_bytes),
        Function::new("Glob", &[Type::Any, Type::String], glob),
        Function::new("Lines", &[Type::Any, Type::String], lines),
    ],
};

/// `.Files` of a chart.
pub(crate) fn files(files: &[File]) -> Value {
    let entries = files.iter().map(|file| (Rc::from(file.name.as_str()), Value::Bytes(file.data.clone())));
    Value::Map(Map::new(MapType::Named(&FILES), entries.collect()))
}

fn file(arguments: &[Value]) -> Option<Rc<[u8]>> {
    let [Value::Map(files), path] = arguments else { return None };
    match files.get(&path.text()) {
        Some(Value::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}

fn get(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    Ok(Value::string_of_bytes(file(arguments).unwrap_or_default().to_vec()))
}

fn get_bytes(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    Ok(Value::Bytes(file(arguments).unwrap_or_default()))
}

fn lines(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let Some(bytes) = file(arguments) else { return Ok(Value::string_list::<&str>([])) };
    if bytes.is_empty() {
        return Err(Error::runtime("index out of range [-1]"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Value::string_list(text.split('\n')))
}

fn glob(context: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let [Value::Map(files), pattern] = arguments else { return Ok(Value::Nil) };
    // Where Helm cannot read a pattern it takes every file.
    let glob = Glob::new(&pattern.text()).unwrap_or_else(Glob::everything);
    let mut found = Vec::new();
    for (path, bytes) in files.entries().iter() {
        context.charge(1 + path.len() as u64 * glob.cost())?;
        if glob.matches(path) {
            found.push((path.clone(), bytes.clone()));
        }
    }
    Ok(Value::Map(Map::new(MapType::Named(&FILES), found.into_iter().collect())))
}

fn as_config(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    by_base_name(arguments, |bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn as_secrets(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    by_base_name(arguments, base64)
}

fn by_base_name(arguments: &[Value], encode: fn(&[u8]) -> String) -> Result<Value, Error> {
    let [Value::Map(files)] = arguments else { return Ok(Value::from("")) };
    let mut entries = std::collections::BTreeMap::new();
    for (path, value) in files.entries().iter() {
        if let Value::Bytes(bytes) = value {
            entries.insert(crate::chart::metadata::base_name(path).to_owned(), encode(bytes));
        }
    }
    let entries = entries.into_iter().map(|(name, text)| (name.into(), Tree::String(text.into()))).collect();
    let text = print_tree(&Tree::Mapping(entries), Encoder::Kubernetes).unwrap_or_default();
    Ok(Value::from(text.strip_suffix('\n').unwrap_or(&text)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                text.push('=');
            } else {
                text.push(char::from(DIGITS[(group >> (18 - 6 * digit) & 63) as usize]));
            }
        }
    }
    text
}
