//! Strategic merge patch: a merge patch that knows the server's types.
//!
//! Lists with a merge key are merged item by item, `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and
//! `$setElementOrder` steer the merge. Mirrors `strategicpatch` of apimachinery.

use serde_json::{Map, Value};

use super::diff::inner;
use super::order::{is_same, ordered};
use super::{PatchError, mismatch};
use crate::api::schema::{Field, Struct, schema};
use crate::gather::Gather;

const PATCH: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// The object with the patch applied; `root` is its kind's struct.
///
/// # Errors
/// A directive that is unknown or stands where it cannot, or an item of a merged list without its merge key.
pub fn apply(object: &Value, patch: &Value, root: &Struct) -> Result<Value, PatchError> {
    if patch.is_null() {
        return Ok(object.clone());
    }
    let (Value::Object(object), Value::Object(patch)) = (object, patch) else {
        return Err(mismatch(patch, "map[string]interface {}"));
    };
    merge_map(object.clone(), patch.clone(), Some(root)).map(Value::Object)
}

type Merged<T> = Result<T, PatchError>;

fn failed<T>(message: impl Into<String>) -> Merged<T> {
    Err(PatchError::Failed(message.into()))
}

fn merge_map(
    mut object: Map<String, Value>,
    mut patch: Map<String, Value>,
    of: Option<&Struct>,
) -> Merged<Map<String, Value>> {
    if let Some(directive) = patch.remove(PATCH) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => {
                let shown = go_value(&directive);
                patch.insert(PATCH.to_owned(), directive);
                failed(format!("unknown patch type: {shown} in map: {}", go_map(&patch)))
            }
        };
    }
    retain_keys(&mut object, &mut patch)?;
    set_orders(&mut object, &mut patch, of)?;
    for (key, change) in patch {
        if let Some(name) = key.strip_prefix(DELETE) {
            delete_items(&mut object, name, &change);
            continue;
        }
        if change.is_null() {
            object.remove(&key);
            continue;
        }
        let field = of.and_then(|of| of.field(&key));
        let merged = match (object.remove(&key), change) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                if field.is_some_and(|field| field.patch_strategy == "replace") {
                    Value::Object(new)
                } else {
                    Value::Object(merge_map(old, new, inner(field))?)
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) => match field {
                Some(field) if field.merges() => Value::Array(merge_list(&old, new, field)?),
                _ => Value::Array(new),
            },
            (_, change) => without_directives(change),
        };
        object.insert(key, merged);
    }
    Ok(object)
}

/// `$retainKeys` drops every key it does not name.
fn retain_keys(object: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Merged<()> {
    let Some(keys) = patch.remove(RETAIN) else { return Ok(()) };
    let malformed = || PatchError::Malformed("invalid patch format of retainKeys".to_owned());
    let keys = keys.as_array().ok_or_else(malformed)?;
    let named = |key: &str| keys.iter().any(|named| named == key);
    if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !named(key)) {
        return Err(malformed());
    }
    object.retain(|key, _| named(key));
    Ok(())
}

/// `$setElementOrder` merges a list and orders it as the directive says.
fn set_orders(
    object: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    of: Option<&Struct>,
) -> Merged<()> {
    let names: Vec<String> =
        patch.keys().filter_map(|key| key.strip_prefix(ORDER)).map(str::to_owned).collect();
    for name in names {
        let order = patch.remove(&format!("{ORDER}{name}")).unwrap_or(Value::Null);
        let order = into_list(order)?;
        if let Some(gone) = patch.remove(&format!("{DELETE}{name}")) {
            delete_items(object, &name, &gone);
        }
        let field = of.and_then(|of| of.field(&name));
        let key = field.and_then(|field| field.merge_key);
        let old = object.get(&name).cloned().map(into_list).transpose()?;
        let change = patch.remove(&name);
        if change.as_ref().is_some_and(Value::is_null) {
            object.remove(&name);
            continue;
        }
        let change = change.map(into_list).transpose()?;
        in_order(change.as_deref().unwrap_or_default(), &order, key)?;
        let merged = match (old.clone(), change) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(change)) => match without_directives(Value::Array(change)) {
                Value::Array(items) => items,
                _ => continue,
            },
            (Some(old), Some(change)) => match field {
                Some(field) if field.merges() => merge_list(&old, change, field)?,
                _ => change,
            },
        };
        object.insert(name, Value::Array(ordered(merged, &order, &old.unwrap_or_default(), key)));
    }
    Ok(())
}

/// Go's name of the type that a JSON value is read into.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn into_list(value: Value) -> Merged<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        other => failed(format!("expected a []interface {{}}, but received a {}", go_type(&other))),
    }
}

fn no_merge_key<T>(item: &Map<String, Value>, key: &str) -> Merged<T> {
    failed(format!("map: {} does not contain declared merge key: {key}", go_map(item)))
}

/// What a patch changes stands in the order that it asks for; deletions stand anywhere.
fn in_order(change: &[Value], order: &[Value], key: Option<&str>) -> Merged<()> {
    let mut rest = order.iter();
    for item in change.iter().filter(|item| item.get(PATCH).is_none()) {
        if !order.is_empty() && !rest.any(|wanted| is_same(wanted, item, key)) {
            let list = |items: &[Value]| go_value(&Value::Array(items.to_vec()));
            return failed(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                list(change),
                list(order)
            ));
        }
    }
    Ok(())
}

fn delete_items(object: &mut Map<String, Value>, name: &str, gone: &Value) {
    let Some(items) = object.get_mut(name).and_then(Value::as_array_mut) else { return };
    items.retain(|item| !gone.as_array().is_some_and(|gone| gone.contains(item)));
}

fn merge_list(old: &[Value], change: Vec<Value>, field: &Field) -> Merged<Vec<Value>> {
    let Some(key) = field.merge_key else { return Ok(merge_scalars(old, change)) };
    let mut kept: Vec<Value> = old.to_vec();
    let mut replaces = false;
    let mut items = Vec::new();
    let all = change.clone();
    for item in change {
        let map = match item {
            Value::Object(map) => map,
            Value::Array(_) => return Err(PatchError::Unfit("lists of lists are not supported".to_owned())),
            other if old.is_empty() => {
                let found = go_type(&other);
                return failed(format!("expected a map[string]interface {{}}, but received a {found}"));
            }
            _ => {
                let shown = go_value(&Value::Array(vec![Value::Array(old.to_vec()), Value::Array(all)]));
                return failed(format!("list element types are not identical: {shown}"));
            }
        };
        match map.get(PATCH).map(go_value).as_deref() {
            None => items.push(map),
            Some("delete") => {
                if !map.contains_key(key) {
                    return no_merge_key(&map, key);
                }
                let gone = Value::Object(map);
                kept.retain(|item| !is_same(item, &gone, Some(key)));
            }
            Some("replace") => replaces = true,
            Some("merge") => return failed("merging lists cannot yet be specified in the patch"),
            Some(other) => {
                return failed(format!("unknown patch type: {other} in map: {}", go_map(&map)));
            }
        }
    }
    if replaces {
        return Ok(items.into_iter().map(Value::Object).map(without_directives).collect());
    }
    let wanted: Vec<Value> = items.iter().cloned().map(Value::Object).collect();
    for item in items {
        if !item.contains_key(key) {
            return no_merge_key(&item, key);
        }
        let change = Value::Object(item);
        match kept.iter().position(|old| is_same(old, &change, Some(key))) {
            Some(place) => {
                let (Value::Object(old), Value::Object(change)) = (kept[place].take(), change) else {
                    continue;
                };
                kept[place] = Value::Object(merge_map(old, change, inner(Some(field)))?);
            }
            None => kept.push(without_directives(change)),
        }
    }
    Ok(ordered(kept, &wanted, old, Some(key)))
}

/// Lists of scalars are joined without repeating a value.
fn merge_scalars(old: &[Value], change: Vec<Value>) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for item in old.iter().chain(&change) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    ordered(merged, &change, old, None)
}

/// What a patch adds where the object has nothing: itself without directives.
fn without_directives(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(key, value)| !key.starts_with("$") && !value.is_null())
                .map(|(key, value)| (key, without_directives(value)))
                .gather(),
        ),
        Value::Array(items) => Value::Array(
            items.into_iter().filter(|item| item.get(PATCH).is_none()).map(without_directives).collect(),
        ),
        other => other,
    }
}

/// What the server says of a strategically merged object that has a wrong type: it does not decode JSON then but
/// converts maps, and words failures without their place.
pub(crate) fn conversion_error(decoding_error: &str) -> String {
    let parts = decoding_error
        .strip_prefix("json: cannot unmarshal ")
        .and_then(|rest| rest.split_once(" into Go struct field "))
        .and_then(|(found, rest)| Some((found, rest.rsplit_once(" of type ")?.1)));
    let Some((found, wanted)) = parts else { return decoding_error.to_owned() };
    let (found, go_type) = match found {
        "string" => ("string", "string"),
        "bool" => ("bool", "bool"),
        "array" => ("slice", "[]interface {}"),
        "object" => ("map", "map[string]interface {}"),
        number if number.contains(['.', 'e']) => ("float64", "float64"),
        _ => ("int64", "int64"),
    };
    let is_struct =
        wanted.rsplit_once('.').is_some_and(|(package, name)| !package.starts_with('[') && is_struct(name));
    if wanted.starts_with("[]") {
        format!("cannot restore slice from {found}")
    } else if wanted.starts_with("map[") || wanted == "v1.ResourceList" {
        format!("cannot restore map from {found}")
    } else if is_struct {
        format!("cannot restore struct from: {found}")
    } else if matches!(found, "int64" | "float64") && !matches!(wanted, "bool") {
        // Go could convert these two, which is not what JSON means; both types are named then.
        let convertible = found == "int64" || wanted.starts_with("int");
        if convertible {
            format!("cannot convert {go_type} to {wanted}")
        } else {
            "unrecognized type: string".to_owned()
        }
    } else {
        let kind = if wanted.contains('.') { "string" } else { wanted };
        format!("unrecognized type: {kind}")
    }
}

fn is_struct(name: &str) -> bool {
    schema().named(name).is_some()
}

/// A map as Go's `%v` prints it.
pub(crate) fn go_map(map: &Map<String, Value>) -> String {
    let entries: Vec<_> = map.iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
    format!("map[{}]", entries.join(" "))
}

pub(crate) fn go_value(value: &Value) -> String {
    match value {
        Value::Object(map) => go_map(map),
        Value::Array(items) => format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(object: Value, patch: Value, expect: Value) {
        let root = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema");
        let wrap = |value: Value| json!({"spec": {"template": {"spec": value}}});
        assert_eq!(apply(&wrap(object), &wrap(patch.clone()), root), Ok(wrap(expect)), "{patch}");
    }

    #[test]
    fn lists_merge_by_key() {
        let two = json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]});
        check(
            two.clone(),
            json!({"containers": [{"name": "a", "image": "y"}]}),
            json!({"containers": [{"name": "a", "image": "y"}, {"name": "b"}]}),
        );
        check(
            two.clone(),
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            json!({"containers": [{"name": "b"}]}),
        );
        check(
            two.clone(),
            json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}),
            json!({"containers": [{"name": "c"}]}),
        );
        check(
            two,
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "b", "image": "z"}]}),
            json!({"containers": [{"name": "b", "image": "z"}, {"name": "a", "image": "x"}]}),
        );
    }

    #[test]
    fn patches_that_fail() {
        let root = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema");
        let fail = |patch: Value, expect: &str| {
            let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}});
            let shown = apply(&object, &patch, root).map_err(|error| format!("{error:?}"));
            assert_eq!(shown.err().unwrap_or_default(), expect, "{patch}");
        };
        let containers = |list: Value| json!({"spec": {"template": {"spec": {"containers": list}}}});
        fail(
            json!([]),
            r#"Malformed("json: cannot unmarshal array into Go value of type map[string]interface {}")"#,
        );
        fail(
            containers(json!([{"image": "x"}])),
            r#"Failed("map: map[image:x] does not contain declared merge key: name")"#,
        );
        fail(
            containers(json!([{"name": "a", "$patch": "x"}])),
            r#"Failed("unknown patch type: x in map: map[$patch:x name:a]")"#,
        );
        fail(
            json!({"spec": {"$setElementOrder/volumeClaimTemplates": "x"}}),
            r#"Failed("expected a []interface {}, but received a string")"#,
        );
        fail(
            json!({"spec": {"template": {"$retainKeys": ["metadata"], "spec": {}}}}),
            r#"Malformed("invalid patch format of retainKeys")"#,
        );
    }

    #[test]
    fn retain_keys_switches_a_union() {
        check(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]}),
            json!({"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}),
        );
    }

    #[test]
    fn atomic_lists_are_replaced() {
        check(
            json!({"tolerations": [{"key": "a"}]}),
            json!({"tolerations": [{"key": "b"}]}),
            json!({"tolerations": [{"key": "b"}]}),
        );
    }
}
