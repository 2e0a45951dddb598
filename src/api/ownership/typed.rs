//! Whether a configuration has the shape that the schema asks for, which is looked at before it is merged.
//!
//! Mirrors the validation of structured-merge-diff. Go walks the fields in random order and stops at the first one of
//! a map that the schema does not know; here they are walked by name.

use serde_json::{Map, Value};

use super::fields::{Shape, item_name, item_path, shape};
use crate::api::field::quoted;
use crate::api::patch::strategic::go_value;
use crate::api::schema::{Field, Struct, Type, schema};

/// What is wrong with a configuration, in the server's words; `None` if nothing is.
pub(super) fn problem(configuration: &Value, root: &Struct) -> Option<String> {
    let mut errors = Vec::new();
    structure(configuration, root, "", &mut errors);
    match errors.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("errors:\n  {}", several.join("\n  "))),
    }
}

fn structure(value: &Value, of: &Struct, at: &str, errors: &mut Vec<String>) {
    let Some(map) = entries(value, at, errors) else { return };
    for (name, value) in map {
        let path = format!("{at}.{name}");
        let Some(field) = of.field(name) else {
            errors.push(format!("{path}: field not declared in schema"));
            return;
        };
        self::value(value, &field.kind, Some(field), &path, errors);
    }
}

fn entries<'a>(value: &'a Value, at: &str, errors: &mut Vec<String>) -> Option<&'a Map<String, Value>> {
    if !value.is_null() && !value.is_object() {
        errors.push(format!("{at}: expected map, got &{{{}}}", go_value(value)));
    }
    value.as_object()
}

/// Checks a value; `field` is what it is the whole value of.
fn value(value: &Value, kind: &Type, field: Option<&Field>, at: &str, errors: &mut Vec<String>) {
    let shown = || go_value(value);
    match kind {
        _ if value.is_null() => {}
        Type::Any => {}
        Type::Struct(index) => structure(value, schema().get(*index), at, errors),
        Type::Map(item) => {
            for (key, value) in entries(value, at, errors).into_iter().flatten() {
                self::value(value, item, None, &format!("{at}.{key}"), errors);
            }
        }
        Type::List(item) => match value {
            Value::Array(items) => list(items, item, field.map(shape), at, errors),
            _ => errors.push(format!("{at}: expected list, got &{{{}}}", shown())),
        },
        Type::Int32 | Type::Int64 | Type::Float if !value.is_number() => {
            let found = match value {
                Value::Bool(_) => "bool",
                Value::String(_) => "string",
                Value::Array(_) => "[]interface {}",
                _ => "map[string]interface {}",
            };
            errors.push(format!("{at}: expected numeric (int or float), got {found}"));
        }
        Type::Bool if !value.is_boolean() => {
            errors.push(format!("{at}: expected boolean, got &{{{}}}", shown()));
        }
        Type::String | Type::Bytes if !value.is_string() => {
            let value = go_syntax(value);
            errors.push(format!("{at}: expected string, got &value.valueUnstructured{{Value:{value}}}"));
        }
        Type::Quantity | Type::IntOrString | Type::Time | Type::MicroTime
            if value.is_array() || value.is_object() =>
        {
            errors.push(format!("{at}: expected any scalar, got &{{{}}}", shown()));
        }
        _ => {}
    }
}

fn list(items: &[Value], kind: &Type, shape: Option<Shape<'_>>, at: &str, errors: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let name = match &shape {
            Some(Shape::Items(_, keys)) => named(item, keys),
            Some(Shape::Set) => member(item),
            _ => Ok(String::new()),
        };
        let path = match name {
            Err(why) => {
                errors.push(format!("{at}: element {index}: {why}"));
                return;
            }
            Ok(name) if name.is_empty() => format!("{at}[{index}]"),
            Ok(name) => {
                let path = item_path(&name);
                if seen.contains(&name) {
                    errors.push(format!("{at}: duplicate entries for key {path}"));
                }
                seen.push(name);
                format!("{at}{path}")
            }
        };
        value(item, kind, None, &path, errors);
    }
}

/// The name of an item that its keys tell apart.
fn named(item: &Value, keys: &[&str]) -> Result<String, String> {
    let why = match item {
        Value::Null => "associative list with keys may not have a null element".to_owned(),
        Value::Object(map) => match keys.iter().find(|key| **key != "protocol" && !map.contains_key(**key)) {
            None => return Ok(item_name(item, keys)),
            Some(key) => format!(
                "associative list with keys has an element that omits key field {key:?} (and doesn't have default value)"
            ),
        },
        _ => "associative list with keys may not have non-map elements".to_owned(),
    };
    Err(why)
}

/// The name of an item of a set.
fn member(item: &Value) -> Result<String, String> {
    let why = match item {
        Value::Null => "an explicit null",
        Value::Object(_) => "a map type",
        Value::Array(_) => "a list type",
        _ => return Ok(format!("v:{item}")),
    };
    Err(format!("associative list without keys has an element that's {why}"))
}

/// A value in Go's syntax.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{}:{}", quoted(key), go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::String(text) => quoted(text),
        Value::Null => "interface {}(nil)".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(spec: Value, expected: Option<&str>) {
        let root = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema");
        let found =
            problem(&json!({"apiVersion": "apps/v1", "metadata": {"name": "web"}, "spec": spec}), root);
        assert_eq!(found.as_deref(), expected);
    }

    fn pod(container: Value) -> Value {
        json!({"template": {"spec": {"containers": [container]}}})
    }

    #[test]
    fn fields_and_their_types() {
        check(json!({"replicas": 3, "template": null}), None);
        check(json!({"foo": 1}), Some(".spec.foo: field not declared in schema"));
        check(json!({"replicas": "3"}), Some(".spec.replicas: expected numeric (int or float), got string"));
        check(
            json!({"serviceName": 1}),
            Some(".spec.serviceName: expected string, got &value.valueUnstructured{Value:1}"),
        );
        check(json!({"ordinals": []}), Some(".spec.ordinals: expected map, got &{[]}"));
        check(
            pod(json!({"name": "a", "stdin": "yes", "resources": {"limits": {"cpu": 1}}})),
            Some(".spec.template.spec.containers[name=\"a\"].stdin: expected boolean, got &{yes}"),
        );
    }

    #[test]
    fn items_are_told_apart() {
        let variable = json!({"name": "A"});
        check(
            pod(json!({"name": "a", "env": [variable, variable]})),
            Some(".spec.template.spec.containers[name=\"a\"].env: duplicate entries for key [name=\"A\"]"),
        );
        check(
            pod(json!({"image": "a"})),
            Some(
                ".spec.template.spec.containers: element 0: associative list with keys has an element that omits key field \"name\" (and doesn't have default value)",
            ),
        );
        check(
            pod(json!({"name": "a", "command": ["a", 1]})),
            Some(
                ".spec.template.spec.containers[name=\"a\"].command[1]: expected string, got &value.valueUnstructured{Value:1}",
            ),
        );
    }
}
