//! Values to JSON text.

use std::rc::Rc;

use super::super::base_encoding::encode_base64;
use crate::template::function::{Context, Error};
use crate::template::print::{display, format_float};
use crate::template::value::{Map, Value};

/// How deep a value may nest; Go would answer a map that holds itself with an error too.
const DEPTH: usize = 1000;

/// How the text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// Lines and an indent of two spaces.
    pub(crate) pretty: bool,
    /// `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`.
    pub(crate) escape_html: bool,
}

/// `json.Marshal`, or what it becomes with another `style`.
///
/// # Errors
/// Go's words for what JSON cannot hold, or a limit.
pub(crate) fn encode(context: &mut Context<'_>, value: &Value, style: Style) -> Result<String, Error> {
    let mut writer = Writer { text: String::new(), style, counted: 0 };
    writer.value(context, value, 0)?;
    writer.count(context)?;
    Ok(writer.text)
}

struct Writer {
    text: String,
    style: Style,
    /// How much of the text was taken off the limits.
    counted: usize,
}

impl Writer {
    fn count(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        let new = self.text.len() - self.counted;
        self.counted = self.text.len();
        context.charge(new as u64 / 16)?;
        context.allocate(new)
    }

    fn value(&mut self, context: &mut Context<'_>, value: &Value, depth: usize) -> Result<(), Error> {
        context.charge(8)?;
        self.count(context)?;
        if depth > DEPTH {
            return Err(Error::new(
                "json: unsupported value: encountered a cycle via map[string]interface {}",
            ));
        }
        match value {
            Value::Nil => self.text.push_str("null"),
            Value::List(list) if list.is_nil() => self.text.push_str("null"),
            Value::Bool(truth) => self.text.push_str(if *truth { "true" } else { "false" }),
            Value::Int(_) | Value::Int64(_) | Value::Uint8(_) | Value::Uint64(_) => {
                self.text.push_str(&display(value));
            }
            Value::Float64(number) => self.text.push_str(&number_text(*number)?),
            Value::Complex128(..) => return Err(Error::new("json: unsupported type: complex128")),
            Value::String(text) => self.string(text),
            Value::RawString(bytes) => self.raw_string(bytes),
            Value::Bytes(bytes) => self.string(&encode_base64(bytes)),
            Value::List(list) => {
                self.text.push('[');
                for (index, item) in list.iter().enumerate() {
                    self.item(index, depth + 1);
                    self.value(context, item, depth + 1)?;
                }
                self.close(list.is_empty(), depth, ']');
            }
            Value::Map(map) => {
                self.text.push('{');
                for (index, (key, item)) in map.entries().iter().enumerate() {
                    self.entry(context, index, key, item, depth)?;
                }
                self.close(map.is_empty(), depth, '}');
            }
            Value::Object(object) => match object.encoded() {
                Value::Map(map) => self.structure(context, &object.fields(), &map, depth)?,
                encoded => self.value(context, &encoded, depth + 1)?,
            },
        }
        Ok(())
    }

    fn entry(
        &mut self,
        context: &mut Context<'_>,
        index: usize,
        key: &str,
        item: &Value,
        depth: usize,
    ) -> Result<(), Error> {
        self.item(index, depth + 1);
        self.string(key);
        self.text.push_str(if self.style.pretty { ": " } else { ":" });
        self.value(context, item, depth + 1)
    }

    /// A struct: its fields in their own order, then what is encoded under another name.
    fn structure(
        &mut self,
        context: &mut Context<'_>,
        fields: &[(&'static str, Value)],
        map: &Map,
        depth: usize,
    ) -> Result<(), Error> {
        let own = fields.iter().filter_map(|(name, _)| Some((Rc::from(*name), map.get(name)?)));
        let is_own = |name: &str| fields.iter().any(|(field, _)| *field == name);
        let other: Vec<(Rc<str>, Value)> = map
            .entries()
            .iter()
            .filter(|(name, _)| !is_own(name))
            .map(|(name, item)| (name.clone(), item.clone()))
            .collect();
        self.text.push('{');
        for (index, (key, item)) in own.chain(other).enumerate() {
            self.entry(context, index, &key, &item, depth)?;
        }
        self.close(map.is_empty(), depth, '}');
        Ok(())
    }

    fn item(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.line(depth);
    }

    fn line(&mut self, depth: usize) {
        if self.style.pretty {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", depth));
        }
    }

    fn close(&mut self, is_empty: bool, depth: usize, bracket: char) {
        if !is_empty {
            self.line(depth);
        }
        self.text.push(bracket);
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        self.characters(text);
        self.text.push('"');
    }

    /// Each byte that is not UTF-8 becomes an escaped U+FFFD, which a real one never is.
    fn raw_string(&mut self, bytes: &[u8]) {
        self.text.push('"');
        for chunk in bytes.utf8_chunks() {
            self.characters(chunk.valid());
            chunk.invalid().iter().for_each(|_| self.escape(char::REPLACEMENT_CHARACTER));
        }
        self.text.push('"');
    }

    fn characters(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => self.escape(character),
                '<' | '>' | '&' if self.style.escape_html => self.escape(character),
                character => self.text.push(character),
            }
        }
    }

    fn escape(&mut self, character: char) {
        self.text.push_str(&format!("\\u{:04x}", u32::from(character)));
    }
}

/// A float: plain between 1e-6 and 1e21, else with an exponent without leading zero.
fn number_text(number: f64) -> Result<String, Error> {
    if !number.is_finite() {
        return Err(Error::new(format!("json: unsupported value: {}", display(&Value::Float64(number)))));
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Ok(format_float(number, 'f', None));
    }
    Ok(format_float(number, 'e', None).replace("e-0", "e-"))
}
