//! Values to TOML text.

use crate::template::function::{Context, Error};
use crate::template::print::{display, format_float};
use crate::template::value::{Map, Value};

const NIL_ELEMENT: &str = "toml: cannot encode array with nil element";
const NO_KEY: &str = "toml: top-level values must be Go maps or structs";

/// How deep a value may nest; one that holds itself ends there.
const DEPTH: usize = 200;

/// `toml.NewEncoder(…).Encode(value)`: plain keys before tables, both sorted, tables indented by two spaces.
///
/// # Errors
/// The library's words for nil in an array, or a limit.
pub(crate) fn encode(context: &mut Context<'_>, value: &Value) -> Result<String, Error> {
    charge_nodes(context, value, 0)?;
    let mut writer = Writer { text: String::new() };
    writer.entry(&mut Vec::new(), value)?;
    context.charge(writer.text.len() as u64)?;
    context.allocate(writer.text.len())?;
    Ok(writer.text)
}

/// Takes a step for every node as it will be written: maps that share a map make it many times.
fn charge_nodes(context: &mut Context<'_>, value: &Value, depth: usize) -> Result<(), Error> {
    if depth > DEPTH {
        return Err(super::super::deep::too_deep());
    }
    context.charge(8 + 4 * depth as u64)?;
    match value {
        Value::Map(map) => map.entries().values().try_for_each(|item| charge_nodes(context, item, depth + 1)),
        Value::List(list) => list.iter().try_for_each(|item| charge_nodes(context, item, depth + 1)),
        _ => Ok(()),
    }
}

#[derive(PartialEq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

fn shape(value: &Value, depth: usize) -> Result<Shape, Error> {
    if depth > DEPTH {
        return Err(super::super::deep::too_deep());
    }
    Ok(match value {
        Value::Nil => Shape::Nil,
        Value::Map(_) => Shape::Table,
        Value::List(list) if !list.is_empty() => {
            let mut tables = true;
            for item in list.iter() {
                match shape(item, depth + 1)? {
                    Shape::Nil => return Err(Error::new(NIL_ELEMENT)),
                    Shape::Table => {}
                    _ => tables = false,
                }
            }
            if tables { Shape::Tables } else { Shape::Plain }
        }
        Value::Object(object) if object.display().is_none() => Shape::Table,
        _ => Shape::Plain,
    })
}

struct Writer {
    text: String,
}

impl Writer {
    fn newline(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn indent(&mut self, key: &[String]) {
        self.text.extend(std::iter::repeat_n("  ", key.len().saturating_sub(1)));
    }

    fn entry(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), Error> {
        match (shape(value, key.len())?, value) {
            (Shape::Nil, _) if key.is_empty() => {
                Err(Error::new("reflect: call of reflect.Value.Interface on zero Value"))
            }
            (Shape::Nil, _) => Ok(()),
            (Shape::Table, Value::Object(object)) => self.entry(key, &object.encoded()),
            (Shape::Table, Value::Map(map)) => self.table(key, map),
            (Shape::Tables, _) if key.is_empty() => Err(Error::new(NO_KEY)),
            (Shape::Tables, Value::List(list)) => {
                for map in list.iter().filter_map(Value::as_map) {
                    self.newline();
                    self.indent(key);
                    self.text.push_str(&format!("[[{}]]", key.join(".")));
                    self.newline();
                    self.entries(key, map)?;
                }
                Ok(())
            }
            _ if key.is_empty() => self.element(value, 0),
            _ => {
                self.indent(key);
                self.text.push_str(key.last().map_or("", String::as_str));
                self.text.push_str(" = ");
                self.element(value, 0)?;
                self.newline();
                Ok(())
            }
        }
    }

    fn table(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), Error> {
        if key.len() == 1 {
            self.newline();
        }
        if !key.is_empty() {
            self.indent(key);
            self.text.push_str(&format!("[{}]", key.join(".")));
            self.newline();
        }
        self.entries(key, map)
    }

    /// The plain entries of a table, then those that are tables.
    fn entries(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), Error> {
        for (name, value) in split_by_shape(map)? {
            key.push(key_text(&name));
            let result = self.entry(key, &value);
            key.pop();
            result?;
        }
        Ok(())
    }

    /// A value behind a `=` or in an array.
    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(super::super::deep::too_deep());
        }
        match value {
            Value::String(text) => self.text.push_str(&quoted(text)),
            Value::RawString(bytes) => self.text.push_str(&quoted(&String::from_utf8_lossy(bytes))),
            Value::Float64(number) => self.text.push_str(&float_text(*number)),
            Value::List(list) => {
                self.text.push('[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.text.push_str(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.text.push(']');
            }
            Value::Bytes(bytes) => {
                let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
                self.text.push_str(&format!("[{}]", numbers.join(", ")));
            }
            Value::Map(map) => {
                let entries: Vec<_> =
                    split_by_shape(map)?.into_iter().filter(|(_, value)| !value.is_nil()).collect();
                self.text.push('{');
                for (index, (name, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.text.push_str(", ");
                    }
                    self.text.push_str(&format!("{} = ", key_text(name)));
                    self.element(value, depth + 1)?;
                }
                self.text.push('}');
            }
            Value::Object(object) => match object.display() {
                Some(display) => self.text.push_str(&quoted(&display)),
                None => self.element(&object.encoded(), depth + 1)?,
            },
            Value::Nil => return Err(Error::new(NIL_ELEMENT)),
            value => self.text.push_str(&display(value)),
        }
        Ok(())
    }
}

fn split_by_shape(map: &Map) -> Result<Vec<(std::rc::Rc<str>, Value)>, Error> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (name, value) in map.entries().iter() {
        let is_table = matches!(shape(value, 0)?, Shape::Table | Shape::Tables);
        (if is_table { &mut tables } else { &mut plain }).push((name.clone(), value.clone()));
    }
    plain.append(&mut tables);
    Ok(plain)
}

fn key_text(name: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_string() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for character in text.chars() {
        match character {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\u{8}' => result.push_str("\\b"),
            '\t' => result.push_str("\\t"),
            '\n' => result.push_str("\\n"),
            '\u{c}' => result.push_str("\\f"),
            '\r' => result.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => result.push_str(&format!("\\u{:04x}", u32::from(character))),
            character => result.push(character),
        }
    }
    result.push('"');
    result
}

/// A float always shows that it is one.
fn float_text(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_nan() {
        return format!("{sign}nan");
    }
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    let text = format_float(number, 'g', None);
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}
