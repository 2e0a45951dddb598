//! A document to an object, as the server's strict decoder reads it.
//!
//! In: a tree with places and the kind it should be. Out: [`Decoded`]: the object with Go's zero values dropped or
//! filled in, and everything found. Mirrors `encoding/json` (first type error counts, an error of a custom
//! unmarshaler stops at once and wins) and the strict mode of the API server's serializer (duplicate keys of the
//! YAML text first, then unknown fields in the order of their sorted names).

use std::fmt;

use serde_json::{Map, Value};

use super::go_number;
use super::quantity::Quantity;
use super::schema::{Schema, Struct, Type, schema};
use super::time;
use super::zero::{fill, keeps, zero, zero_of};
use crate::diagnostic::Span;
use crate::gather::sort_by;
use crate::yaml::{Data, Node};

/// How many strict findings the server keeps.
const STRICT_LIMIT: usize = 100;

/// Something found while decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub span: Span,
    /// What it is, in the server's words.
    pub message: String,
}

/// An object and what was found while reading it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The object; meaningful only if there is no error.
    pub object: Value,
    /// The error that the server would answer with, without its prefix.
    pub error: Option<Finding>,
    /// Every type error, for a reader who wants them all at once.
    pub type_errors: Vec<Finding>,
    /// Duplicate keys of the text, one line each, as the YAML reader found them; [`decode`] leaves them empty.
    pub duplicates: Vec<Finding>,
    /// Unknown fields, in the server's order.
    pub unknown: Vec<Finding>,
}

impl Decoded {
    /// The server's strict decoding error, if any: duplicates first, then unknown fields.
    pub fn strict_error(&self) -> Option<String> {
        let mut parts = Vec::new();
        if !self.duplicates.is_empty() {
            let lines: Vec<_> = self.duplicates.iter().map(|finding| finding.message.as_str()).collect();
            parts.push(format!("yaml: unmarshal errors:\n  {}", lines.join("\n  ")));
        }
        for finding in self.unknown.iter().take(STRICT_LIMIT) {
            if !parts.contains(&finding.message) {
                parts.push(finding.message.clone());
            }
        }
        (!parts.is_empty()).then(|| format!("strict decoding error: {}", parts.join(", ")))
    }
}

/// Decodes a document as `root`.
pub fn decode(node: &Node, root: &Struct) -> Decoded {
    let mut decoder =
        Decoder { schema: schema(), decoded: Decoded::default(), stack: Vec::new(), fatal: None };
    let object = match &node.data {
        Data::Null => zero(root),
        Data::Mapping(_) => decoder.structure(node, root, &Way::Root),
        _ => Value::Null,
    };
    let Decoder { mut decoded, fatal, .. } = decoder;
    decoded.object = object;
    decoded.error = fatal.or_else(|| decoded.type_errors.first().cloned());
    decoded
}

/// A tree without places.
pub fn node_of(value: &Value) -> Node {
    let data = match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Data::Int(number),
            (None, Some(number)) => Data::UInt(number),
            _ => Data::Float(number.as_f64().unwrap_or(0.0)),
        },
        Value::String(text) => Data::String(text.clone()),
        Value::Array(items) => Data::Sequence(items.iter().map(node_of).collect()),
        Value::Object(map) => Data::Mapping(
            map.iter()
                .map(|(key, value)| crate::yaml::Entry {
                    key: Node { data: Data::String(key.clone()), span: Span::default() },
                    value: node_of(value),
                })
                .collect(),
        ),
    };
    Node { data, span: Span::default() }
}

/// The way to a value, as strict findings tell it; a text is made of it only when something is found.
enum Way<'p> {
    Root,
    Field(&'p Way<'p>, &'p str),
    Item(&'p Way<'p>, usize),
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Root => Ok(()),
            Way::Field(Way::Root, name) => formatter.write_str(name),
            Way::Field(parent, name) => write!(formatter, "{parent}.{name}"),
            Way::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

struct Decoder<'a> {
    schema: &'a Schema,
    decoded: Decoded,
    /// Names of the fields on the way, embedded structs included.
    stack: Vec<&'a str>,
    fatal: Option<Finding>,
}

impl<'a> Decoder<'a> {
    fn structure(&mut self, node: &Node, of: &'a Struct, way: &Way<'_>) -> Value {
        let Data::Mapping(entries) = &node.data else { return Value::Null };
        let mut object = Map::new();
        let mut order: Vec<_> = entries.iter().map(|entry| (entry.key.as_key(), entry)).collect();
        sort_by(&mut order, |left, right| left.0.cmp(&right.0));
        for (position, (name, entry)) in order.iter().enumerate() {
            if order.get(position + 1).is_some_and(|next| next.0 == *name) {
                continue;
            }
            if self.fatal.is_some() {
                break;
            }
            let way = Way::Field(way, name);
            let Some(field) = of.field(name) else {
                let message = format!("unknown field \"{way}\"");
                self.decoded.unknown.push(Finding { span: entry.key.span, message });
                continue;
            };
            let depth = self.stack.len();
            self.stack.extend(field.embedded);
            self.stack.push(field.name);
            let value = self.value(&entry.value, &field.kind, field.go_type, of, &way);
            self.stack.truncate(depth);
            if let Some(value) = value.filter(|value| keeps(field, value)) {
                object.insert(field.name.to_owned(), value);
            }
        }
        fill(&mut object, of);
        Value::Object(object)
    }

    fn value(
        &mut self,
        node: &Node,
        kind: &'a Type,
        named: Option<&str>,
        of: &Struct,
        way: &Way<'_>,
    ) -> Option<Value> {
        if let Data::Null = node.data {
            return None;
        }
        match (kind, &node.data) {
            (Type::Any, _) => Some(node.to_json()),
            (Type::Struct(index), Data::Mapping(_)) => {
                let inner = self.schema.get(*index);
                Some(self.structure(node, inner, way))
            }
            (Type::List(item), Data::Sequence(nodes)) => {
                let mut items = Vec::with_capacity(nodes.len());
                for (index, node) in nodes.iter().enumerate() {
                    if self.fatal.is_some() {
                        break;
                    }
                    let value = self.value(node, item, named, of, &Way::Item(way, index));
                    items.push(value.unwrap_or_else(|| zero_of(item)));
                }
                Some(Value::Array(items))
            }
            (Type::Map(item), Data::Mapping(entries)) => {
                let mut map = Map::new();
                let mut order: Vec<_> = entries.iter().map(|entry| (entry.key.as_key(), entry)).collect();
                sort_by(&mut order, |left, right| left.0.cmp(&right.0));
                for (key, entry) in order {
                    if self.fatal.is_some() {
                        break;
                    }
                    let value = self.value(&entry.value, item, named, of, &Way::Field(way, &key));
                    map.insert(key.into_owned(), value.unwrap_or_else(|| zero_of(item)));
                }
                Some(Value::Object(map))
            }
            (Type::Quantity, data) => self.quantity(node, data),
            (Type::IntOrString, Data::String(text)) => Some(Value::from(text.as_str())),
            (Type::IntOrString, _) => match integer(&node.data, i64::from(i32::MIN), i64::from(i32::MAX)) {
                Some(number) => Some(Value::from(number)),
                None => self.stop(node, self.mismatch(&node.data, "int32", true, of)),
            },
            (Type::Time | Type::MicroTime, Data::String(text)) => {
                match time::check(text, *kind == Type::MicroTime) {
                    Ok(canonical) => Some(Value::from(canonical)),
                    Err(message) => self.stop(node, message),
                }
            }
            (Type::Time | Type::MicroTime, data) => self.stop(node, self.mismatch(data, "string", false, of)),
            (Type::String, Data::String(text)) => Some(Value::from(text.as_str())),
            (Type::Bytes, Data::String(text)) => match base64(text) {
                Ok(()) => Some(Value::from(text.replace(['\r', '\n'], ""))),
                Err(offset) => self.report(node, format!("illegal base64 data at input byte {offset}")),
            },
            (Type::Bool, Data::Bool(value)) => Some(Value::from(*value)),
            (Type::Int32, data) if number(data) => {
                match integer(data, i64::from(i32::MIN), i64::from(i32::MAX)) {
                    Some(value) => Some(Value::from(value)),
                    None => self.report(node, self.mismatch(data, "int32", true, of)),
                }
            }
            (Type::Int64, data) if number(data) => match integer(data, i64::MIN, i64::MAX) {
                Some(value) => Some(Value::from(value)),
                None => self.report(node, self.mismatch(data, "int64", true, of)),
            },
            (Type::Float, Data::Int(value)) => Some(Value::from(*value)),
            (Type::Float, Data::Float(value)) => Some(Value::from(*value)),
            (_, data) => {
                let wanted = self.schema.go_name(kind, named);
                self.report(node, self.mismatch(data, &wanted, false, of))
            }
        }
    }

    fn quantity(&mut self, node: &Node, data: &Data) -> Option<Value> {
        let text = match data {
            Data::String(text) => text.trim().to_owned(),
            Data::Mapping(_) | Data::Sequence(_) => "{}".to_owned(),
            scalar => literal(scalar),
        };
        match Quantity::parse(&text) {
            Ok(quantity) => Some(Value::from(quantity.to_string())),
            Err(error) => self.stop(node, error.to_string()),
        }
    }

    /// Go's words for a value of the wrong type; with the number itself where Go tries to read it.
    fn mismatch(&self, data: &Data, wanted: &str, quote_number: bool, of: &Struct) -> String {
        let found = match data {
            Data::Null => "null".to_owned(),
            Data::Bool(_) => "bool".to_owned(),
            Data::String(_) => "string".to_owned(),
            Data::Sequence(_) => "array".to_owned(),
            Data::Mapping(_) => "object".to_owned(),
            scalar if quote_number => format!("number {}", literal(scalar)),
            _ => "number".to_owned(),
        };
        let path = self.stack.join(".");
        format!("json: cannot unmarshal {found} into Go struct field {}.{path} of type {wanted}", of.name)
    }

    fn report(&mut self, node: &Node, message: String) -> Option<Value> {
        self.decoded.type_errors.push(Finding { span: node.span, message });
        None
    }

    fn stop(&mut self, node: &Node, message: String) -> Option<Value> {
        self.fatal = Some(Finding { span: node.span, message: message.clone() });
        self.report(node, message)
    }
}

fn number(data: &Data) -> bool {
    matches!(data, Data::Int(_) | Data::UInt(_) | Data::Float(_))
}

/// The integer that Go reads from the JSON text of a number, if it is one and within bounds.
fn integer(data: &Data, low: i64, high: i64) -> Option<i64> {
    let value = match data {
        Data::Int(value) => *value,
        Data::Float(value) => go_number::float(*value).parse().ok()?,
        _ => return None,
    };
    (low..=high).contains(&value).then_some(value)
}

/// The JSON text of a scalar.
fn literal(data: &Data) -> String {
    match data {
        Data::Int(value) => value.to_string(),
        Data::UInt(value) => value.to_string(),
        Data::Float(value) => go_number::float(*value),
        Data::Bool(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}

/// Checks standard base64 with padding; line breaks are skipped. The error is Go's offset of the bad byte.
fn base64(text: &str) -> Result<(), usize> {
    let mut digits = 0;
    let mut bytes = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    while let Some((offset, byte)) = bytes.next() {
        match byte {
            b'=' => {
                let position = digits % 4;
                if position < 2 {
                    return Err(offset);
                }
                if position == 2 {
                    match bytes.next() {
                        Some((_, b'=')) => {}
                        Some((other, _)) => return Err(other),
                        None => return Err(text.len()),
                    }
                }
                return bytes.next().map_or(Ok(()), |(extra, _)| Err(extra));
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits += 1,
            _ => return Err(offset),
        }
    }
    // Go names the start of the group that is cut short.
    if digits % 4 == 0 { Ok(()) } else { Err(text.len() - digits % 4) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn decoded(text: &str) -> Decoded {
        let root = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema");
        decode(&parse(text).documents[0].root, root)
    }

    fn check_error(text: &str, expect: &str) {
        let error = decoded(text).error.map(|finding| finding.message).unwrap_or_default();
        assert_eq!(error, expect, "{text}");
    }

    #[test]
    fn type_errors_in_gos_words() {
        check_error(
            "spec: {replicas: '3'}",
            "json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32",
        );
        check_error(
            "spec: {replicas: 2.5}",
            "json: cannot unmarshal number 2.5 into Go struct field StatefulSetSpec.spec.replicas of type int32",
        );
        check_error(
            "spec: {template: {spec: {containers: [{env: [{value: yes}]}]}}}",
            "json: cannot unmarshal bool into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        );
        check_error(
            "spec: x",
            "json: cannot unmarshal string into Go struct field StatefulSet.spec of type v1.StatefulSetSpec",
        );
    }

    #[test]
    fn a_custom_unmarshaler_wins() {
        check_error(
            "spec: {replicas: '3', template: {spec: {containers: [{resources: {limits: {cpu: x}}}]}}}",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
    }

    #[test]
    fn strict_findings_in_order() {
        let decoded = decoded("spec:\n  foo: 1\n  replicas: 1\n  bar: 1\n");
        assert_eq!(
            decoded.strict_error().unwrap_or_default(),
            "strict decoding error: unknown field \"spec.bar\", unknown field \"spec.foo\""
        );
    }

    #[test]
    fn base64_offsets() {
        assert_eq!(base64("YQ=="), Ok(()));
        assert_eq!(base64("not base64!"), Err(3));
        assert_eq!(base64("YQ="), Err(3));
        assert_eq!(base64("YWJ"), Err(0));
    }
}
