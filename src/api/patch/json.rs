//! JSON patch (RFC 6902), with the messages of the server's library.

use serde_json::Value;

use super::{PatchError, mismatch};

/// How many operations the server takes.
const MAX_OPERATIONS: usize = 10_000;
/// How much a patch may add by copying, in nodes.
const COPY_BUDGET: usize = 200_000;

/// The object with the operations applied, all or none.
///
/// # Errors
/// A patch that is no list of operations, or one that does not fit the object.
pub fn apply(object: &Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = match patch {
        Value::Null => &[],
        Value::Array(operations) => operations.as_slice(),
        other => return Err(mismatch(other, "jsonpatch.Patch")),
    };
    if let Some(other) = operations.iter().find(|operation| !operation.is_object() && !operation.is_null()) {
        return Err(mismatch(other, "jsonpatch.Operation"));
    }
    if operations.len() > MAX_OPERATIONS {
        let message = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(PatchError::TooLarge(message));
    }
    let mut patched = object.clone();
    let mut budget = COPY_BUDGET;
    for operation in operations {
        apply_one(&mut patched, operation, &mut budget).map_err(PatchError::Unfit)?;
    }
    Ok(patched)
}

fn apply_one(object: &mut Value, operation: &Value, budget: &mut usize) -> Result<(), String> {
    let kind = operation["op"].as_str().unwrap_or("unknown");
    let path = operation["path"].as_str().unwrap_or("");
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match kind {
        "add" => add(object, path, value()).map_err(|error| within("add", path, &error)),
        "remove" => remove(object, path).map(drop).map_err(|error| within("remove", path, &error)),
        "replace" => replace(object, path, value()).map_err(|error| within("replace", path, &error)),
        "test" => {
            let (parent, key) = parent(object, path).map_err(|error| within("test", path, &error))?;
            let found = match parent {
                Value::Array(items) => items.get(place(&key, items.len())?).ok_or("invalid index")?,
                parent => &parent[&key],
            };
            if found == &value() { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) }
        }
        "move" => {
            let from = operation["from"].as_str().unwrap_or("");
            let taken = remove(object, from).map_err(|error| within("move", path, &error))?;
            add(object, path, taken).map_err(|error| within("move", path, &error))
        }
        "copy" => {
            let from = operation["from"].as_str().unwrap_or("");
            let (parent, key) = parent(object, from).map_err(|error| within("copy", from, &error))?;
            let taken = match parent {
                Value::Array(items) => items.get(place(&key, items.len())?).cloned(),
                parent => parent.get(&key).cloned(),
            };
            let taken = taken.ok_or_else(|| format!("error in copy for path: '{from}': missing value"))?;
            *budget = budget.checked_sub(size(&taken)).ok_or("the patch copies too much")?;
            add(object, path, taken).map_err(|error| within("copy", path, &error))
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn within(kind: &str, path: &str, error: &str) -> String {
    match error {
        MISSING_PARENT => {
            format!("{kind} operation does not apply: doc is missing path: \"{path}\": missing value")
        }
        MISSING_KEY => format!("{kind} operation does not apply: doc is missing key: {path}: missing value"),
        other => format!("{kind} operation does not apply: {other}"),
    }
}

const MISSING_PARENT: &str = "parent";
const MISSING_KEY: &str = "key";

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        _ => 0,
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The map or list that holds what a path names, and the key there. The library looks at nothing before the first
/// slash, and finds no parent of the whole object.
fn parent<'a>(object: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (_, path) = path.split_once('/').ok_or(MISSING_PARENT)?;
    let (ways, key) = path.rsplit_once('/').map_or((None, path), |(ways, key)| (Some(ways), key));
    let mut parent = object;
    for way in ways.into_iter().flat_map(|ways| ways.split('/')) {
        let way = unescape(way);
        parent = match parent {
            Value::Array(items) => {
                let place = place(&way, items.len())?;
                items.get_mut(place)
            }
            parent => parent.get_mut(&way),
        }
        .ok_or(MISSING_PARENT)?;
    }
    Ok((parent, unescape(key)))
}

/// The place a key names in a list of `length` items; negative keys count from the end.
fn place(key: &str, length: usize) -> Result<usize, String> {
    let number: i64 = key.parse().map_err(|_| format!("strconv.Atoi: parsing {key:?}: invalid syntax"))?;
    let place = if number < 0 { number + length as i64 } else { number };
    usize::try_from(place)
        .map_err(|_| format!("Unable to access invalid index: {number}: invalid index referenced"))
}

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (parent, key) = parent(object, path)?;
    match parent {
        Value::Object(map) => {
            map.insert(key, value);
            Ok(())
        }
        Value::Array(items) if key == "-" => {
            items.push(value);
            Ok(())
        }
        Value::Array(items) => {
            let place = place(&key, items.len() + 1)?;
            if place > items.len() {
                return Err(format!("Unable to access invalid index: {place}: invalid index referenced"));
            }
            items.insert(place, value);
            Ok(())
        }
        _ => Err(MISSING_PARENT.to_owned()),
    }
}

fn remove(object: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, key) = parent(object, path)?;
    match parent {
        Value::Object(map) => {
            map.remove(&key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        Value::Array(items) => {
            let place = place(&key, items.len())?;
            if place >= items.len() {
                return Err(format!("Unable to access invalid index: {place}: invalid index referenced"));
            }
            Ok(items.remove(place))
        }
        _ => Err(MISSING_PARENT.to_owned()),
    }
}

fn replace(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (parent, key) = parent(object, path)?;
    match parent {
        Value::Object(map) => match map.get_mut(&key) {
            Some(slot) => {
                *slot = value;
                Ok(())
            }
            None => Err(MISSING_KEY.to_owned()),
        },
        Value::Array(items) => {
            let place = place(&key, items.len())?;
            match items.get_mut(place) {
                Some(slot) => {
                    *slot = value;
                    Ok(())
                }
                None => Err(MISSING_KEY.to_owned()),
            }
        }
        _ => Err(MISSING_PARENT.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(patch: Value, expect: Option<Value>) {
        let object = json!({"a": {"b/c": 1}, "l": [1, 2]});
        assert_eq!(apply(&object, &patch).ok(), expect, "{patch}");
    }

    #[test]
    fn operations() {
        check(
            json!([{"op": "add", "path": "/l/-", "value": 3}]),
            Some(json!({"a": {"b/c": 1}, "l": [1, 2, 3]})),
        );
        check(json!([{"op": "remove", "path": "/l/0"}]), Some(json!({"a": {"b/c": 1}, "l": [2]})));
        check(
            json!([{"op": "replace", "path": "/a/b~1c", "value": 2}]),
            Some(json!({"a": {"b/c": 2}, "l": [1, 2]})),
        );
        check(
            json!([{"op": "move", "from": "/a/b~1c", "path": "/x"}]),
            Some(json!({"a": {}, "l": [1, 2], "x": 1})),
        );
        check(json!([{"op": "test", "path": "/l/1", "value": 3}]), None);
        check(json!([{"op": "replace", "path": "/nope/x", "value": 1}]), None);
        check(json!([{"op": "add", "path": "/l/9", "value": 1}]), None);
        check(json!([{"op": "add", "path": "", "value": {}}]), None);
        check(json!([{"op": "test", "path": "/nope/x"}]), None);
        check(json!([{"op": "remove", "path": "l/-1"}]), None);
        check(
            json!([{"op": "copy", "from": "/l/-1", "path": "/l/0"}]),
            Some(json!({"a": {"b/c": 1}, "l": [2, 1, 2]})),
        );
        check(json!(null), Some(json!({"a": {"b/c": 1}, "l": [1, 2]})));
        check(json!({"op": "add"}), None);
    }
}
