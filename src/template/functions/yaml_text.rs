//! Values to and from YAML text by the project's own reader and printer.

use std::borrow::Cow;

use super::base_encoding::encode_base64;
use super::deep::too_deep;
use crate::template::function::{Context, Error};
use crate::template::value::Value;
use crate::yaml::{self, Encoder, Tree};

/// How deep a value may nest to be printed.
const DEPTH: usize = 1000;

/// Bytes whose base64 go-yaml writes in one line.
const BINARY_LINE: usize = 52;

/// The text of a value without the newline at its end: `yaml.Marshal` of sigs.k8s.io/yaml, or go-yaml v3 with an
/// indent of two if `pretty`.
pub(crate) fn write(context: &mut Context<'_>, value: &Value, pretty: bool) -> Result<String, Error> {
    let encoder = if pretty { Encoder::Pretty } else { Encoder::Kubernetes };
    let mut text = yaml::print_tree(&tree(context, value, pretty, 0)?, encoder).map_err(Error::new)?;
    if text.ends_with('\n') {
        text.pop();
    }
    context.allocate(text.len())?;
    Ok(text)
}

fn tree(
    context: &mut Context<'_>,
    value: &Value,
    pretty: bool,
    depth: usize,
) -> Result<Tree<'static>, Error> {
    // A line of its own, indented by its depth.
    context.charge(16 + depth as u64 / 4)?;
    context.allocate(8 + 2 * depth)?;
    if depth > DEPTH {
        return Err(too_deep());
    }
    Ok(match value {
        Value::Nil => Tree::Null,
        Value::List(list) if list.is_nil() => Tree::Null,
        Value::Bool(truth) => Tree::Bool(*truth),
        Value::Int(number) | Value::Int64(number) => Tree::Int(*number),
        Value::Uint8(number) => Tree::Int(i64::from(*number)),
        Value::Uint64(number) => Tree::UInt(*number),
        Value::Float64(number) => Tree::Float(*number),
        Value::Complex128(..) => return Err(Error::new("json: unsupported type: complex128")),
        Value::String(text) => string(context, text)?,
        // go-yaml's own encoder, which `toYamlPretty` uses, has no JSON on its way.
        Value::RawString(bytes) if pretty && bytes.len() <= BINARY_LINE => {
            Tree::Plain(format!("!!binary {}", encode_base64(bytes)))
        }
        Value::Bytes(bytes) if pretty => {
            context.charge(16 * bytes.len() as u64)?;
            context.allocate(bytes.len() * size_of::<Tree<'_>>())?;
            Tree::Sequence(bytes.iter().map(|byte| Tree::Int(i64::from(*byte))).collect())
        }
        Value::RawString(bytes) => string(context, &String::from_utf8_lossy(bytes))?,
        Value::Bytes(bytes) => string(context, &encode_base64(bytes))?,
        Value::List(list) => {
            let items: Result<_, _> =
                list.iter().map(|item| tree(context, item, pretty, depth + 1)).collect();
            Tree::Sequence(items?)
        }
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, item) in map.entries().iter() {
                entries.push((Cow::Owned(key.to_string()), tree(context, item, pretty, depth + 1)?));
            }
            Tree::Mapping(entries)
        }
        Value::Object(object) => match object.encoded() {
            Value::String(text) if pretty && object.type_name() == "time.Time" => {
                Tree::Plain(text.to_string())
            }
            encoded => tree(context, &encoded, pretty, depth + 1)?,
        },
    })
}

fn string(context: &mut Context<'_>, text: &str) -> Result<Tree<'static>, Error> {
    context.charge(text.len() as u64 / 4)?;
    context.allocate(text.len())?;
    Ok(Tree::String(Cow::Owned(text.to_string())))
}

/// The first document of a text.
///
/// # Errors
/// The words of sigs.k8s.io/yaml where go-yaml refuses it.
pub(crate) fn read(text: &str) -> Result<Value, Error> {
    let parsed = yaml::parse_first(text);
    if let Some(refusal) = parsed.go_error() {
        return Err(Error::new(format!("error converting YAML to JSON: {refusal}")));
    }
    Ok(parsed.documents.first().map_or(Value::Nil, |document| Value::from_yaml(&document.root)))
}

/// `value` through `decode`, with the words that sigs.k8s.io/yaml puts before its error.
pub(crate) fn decoded(value: Value, decode: fn(Value) -> Result<Value, Error>) -> Result<Value, Error> {
    decode(value).map_err(|error| {
        Error::new(format!("error unmarshaling JSON: while decoding JSON: {}", error.text()))
    })
}
