//! Values to YAML, JSON and TOML and back, as Helm's and Sprig's functions do it: a failure of the plain reading
//! functions becomes a value, one of the `must` twins an error.

use super::json::{self, Style};
use super::{toml, yaml_text};
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::Value;

const ANY: &[Type] = &[Type::Any];
const TEXT: &[Type] = &[Type::String];

const COMPACT: Style = Style { pretty: false, escape_html: true };
const PRETTY: Style = Style { pretty: true, escape_html: true };
const RAW: Style = Style { pretty: false, escape_html: false };

/// The functions that encode and decode.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("fromJson", TEXT, |context, a| {
        let text = a[0].text();
        charge(context, &text)?;
        let parsed = json::parse_on(&text).map_err(Error::new);
        parsed.and_then(map_with_error).or_else(error_map)
    }),
    Function::new("fromJsonArray", TEXT, |context, a| {
        let text = a[0].text();
        charge(context, &text)?;
        let parsed = json::parse_on(&text).map_err(Error::new).and_then(|json::Parsed { value, excess }| {
            let list = into_list(value)?;
            excess.map_or(Ok(list), |words| Err(Error::new(words)))
        });
        parsed.or_else(error_list)
    }),
    Function::new("fromToml", TEXT, |context, a| {
        let text = a[0].text();
        charge(context, &text)?;
        // Each header is compared with those before it.
        let headers = text.matches("\n[").count() as u64;
        context.charge(headers.saturating_mul(headers) / 16)?;
        toml::parse(&text).map_err(Error::new).or_else(error_map)
    }),
    Function::new("fromYaml", TEXT, |context, a| {
        let text = a[0].text();
        charge(context, &text)?;
        yaml_text::read(&text).and_then(|value| yaml_text::decoded(value, into_map)).or_else(error_map)
    }),
    Function::new("fromYamlArray", TEXT, |context, a| {
        let text = a[0].text();
        charge(context, &text)?;
        yaml_text::read(&text).and_then(|value| yaml_text::decoded(value, into_list)).or_else(error_list)
    }),
    Function::new("mustFromJson", TEXT, |context, a| read_json(context, &a[0])).any(),
    Function::new("mustToJson", ANY, |context, a| text(json::encode(context, &a[0], COMPACT))),
    Function::new("mustToPrettyJson", ANY, |context, a| text(json::encode(context, &a[0], PRETTY))),
    Function::new("mustToRawJson", ANY, |context, a| text(json::encode(context, &a[0], RAW))),
    Function::new("mustToToml", ANY, |context, a| text(toml::encode(context, &a[0]))),
    Function::new("mustToYaml", ANY, |context, a| {
        text(yaml_text::write(context, &a[0], false).map_err(|error| match error.text() {
            refusal if refusal.starts_with("json: ") => {
                Error::new(format!("error marshaling into JSON: {refusal}"))
            }
            _ => error,
        }))
    }),
    Function::new("toJson", ANY, |context, a| text_or_empty(json::encode(context, &a[0], COMPACT))),
    Function::new("toPrettyJson", ANY, |context, a| text_or_empty(json::encode(context, &a[0], PRETTY))),
    Function::new("toRawJson", ANY, |context, a| text(json::encode(context, &a[0], RAW))),
    Function::new("toToml", ANY, |context, a| match toml::encode(context, &a[0]) {
        Err(error) if !error.is_limit() && error.text().starts_with("toml: ") => Ok(error.text().into()),
        result => text(result),
    }),
    Function::new("toYaml", ANY, |context, a| text_or_empty(yaml_text::write(context, &a[0], false))),
    Function::new("toYamlPretty", ANY, |context, a| text_or_empty(yaml_text::write(context, &a[0], true))),
];

fn text(result: Result<String, Error>) -> Result<Value, Error> {
    result.map(Value::from)
}

/// The plain writers swallow errors, but not our limits.
fn text_or_empty(result: Result<String, Error>) -> Result<Value, Error> {
    match result {
        Err(error) if !error.is_limit() => Ok("".into()),
        result => text(result),
    }
}

fn charge(context: &mut Context<'_>, text: &str) -> Result<(), Error> {
    context.charge(80 + 4 * text.len() as u64)?;
    context.allocate(text.len().saturating_mul(4))
}

fn read_json(context: &mut Context<'_>, value: &Value) -> Result<Value, Error> {
    let text = value.text();
    charge(context, &text)?;
    json::parse(&text).map_err(Error::new)
}

fn into_map(value: Value) -> Result<Value, Error> {
    match value {
        Value::Map(_) => Ok(value),
        // Go sets the map to nil, which holds nothing either.
        Value::Nil => Ok(Value::map::<&str>([])),
        other => Err(mismatch(&other, "map[string]interface {}")),
    }
}

/// The map that Go has filled, with its error beside what it could read.
fn map_with_error(parsed: json::Parsed) -> Result<Value, Error> {
    let map = into_map(parsed.value)?;
    if let (Value::Map(map), Some(words)) = (&map, parsed.excess) {
        map.insert("Error", words.into());
    }
    Ok(map)
}

fn into_list(value: Value) -> Result<Value, Error> {
    match value {
        Value::List(_) => Ok(value),
        Value::Nil => Ok(Value::list(Vec::new())),
        other => Err(mismatch(&other, "[]interface {}")),
    }
}

fn mismatch(value: &Value, wanted: &str) -> Error {
    Error::new(format!("json: cannot unmarshal {} into Go value of type {wanted}", json::kind_name(value)))
}

fn error_map(error: Error) -> Result<Value, Error> {
    if error.is_limit() { Err(error) } else { Ok(Value::map([("Error", error.text().into())])) }
}

fn error_list(error: Error) -> Result<Value, Error> {
    if error.is_limit() { Err(error) } else { Ok(Value::list(vec![error.text().into()])) }
}
