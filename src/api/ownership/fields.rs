//! Sets of fields, in the form of `FieldsV1`: `f:` a field, `k:` an item of a list by its keys, `v:` an item of a set by
//! its value, `.` the item itself.

use serde_json::{Map, Value};

use crate::api::schema::{Field, Struct, Type, schema};

/// A set of fields: a tree whose leaves are empty maps.
pub(super) type Fields = Map<String, Value>;

/// Structs that are replaced whole.
const ATOMIC: [&str; 18] = [
    "ConfigMapKeySelector",
    "EndpointAddress",
    "EndpointPort",
    "FileKeySelector",
    "LabelSelector",
    "LocalObjectReference",
    "NodeSelector",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ResourceFieldSelector",
    "RoleRef",
    "ScopeSelector",
    "SecretKeySelector",
    "SecretReference",
    "ServiceBackendPort",
    "Subject",
    "TypedLocalObjectReference",
];
/// What names an object or is the server's own belongs to nobody.
const UNOWNED: [&str; 8] = [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
];

/// How a value is taken apart.
pub(super) enum Shape<'a> {
    Whole,
    Fields(&'a Struct),
    Entries,
    Items(&'a Struct, &'a [&'static str]),
    Set,
}

pub(super) fn shape(field: &Field) -> Shape<'_> {
    match &field.kind {
        Type::Struct(index) => {
            let of = schema().get(*index);
            if ATOMIC.contains(&of.name) { Shape::Whole } else { Shape::Fields(of) }
        }
        Type::Map(_) if !matches!(field.name, "selector" | "nodeSelector") => Shape::Entries,
        Type::List(item) if field.merges() => match (&**item, field.merge_key) {
            (Type::Struct(index), Some(key)) => Shape::Items(schema().get(*index), keys(key)),
            _ => Shape::Set,
        },
        _ => Shape::Whole,
    }
}

/// Which fields tell the items of a list apart.
fn keys(merge_key: &'static str) -> &'static [&'static str] {
    const KEYS: [&[&str]; 10] = [
        &["containerPort", "protocol"],
        &["port", "protocol"],
        &["topologyKey", "whenUnsatisfiable"],
        &["name"],
        &["mountPath"],
        &["devicePath"],
        &["ip"],
        &["type"],
        &["uid"],
        &["key"],
    ];
    KEYS.into_iter().find(|keys| keys[0] == merge_key).unwrap_or(&["name"])
}

pub(super) fn item_name(item: &Value, keys: &[&str]) -> String {
    let mut named = Map::new();
    for key in keys {
        let value = match &item[*key] {
            Value::Null if *key == "protocol" => "TCP".into(),
            value => value.clone(),
        };
        named.insert((*key).to_owned(), value);
    }
    format!("k:{}", Value::Object(named))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Every field that an object names.
pub(super) fn of(object: &Value, root: &Struct) -> Fields {
    changed(&Value::Null, object, root)
}

/// The fields of `new` that `old` has not, or has otherwise.
pub(super) fn changed(old: &Value, new: &Value, root: &Struct) -> Fields {
    let mut fields = Fields::new();
    for field in root.fields.iter().filter(|field| !matches!(field.name, "apiVersion" | "kind" | "status")) {
        compare(&old[field.name], &new[field.name], field, format!("f:{}", field.name), &mut fields);
    }
    if let Some(meta) = fields.get_mut("f:metadata").and_then(Value::as_object_mut) {
        meta.retain(|name, _| !UNOWNED.contains(&name.trim_start_matches("f:")));
        if meta.is_empty() {
            fields.remove("f:metadata");
        }
    }
    fields
}

fn compare(old: &Value, new: &Value, field: &Field, name: String, out: &mut Fields) {
    if new.is_null() || old == new {
        return;
    }
    let mut inner = Fields::new();
    match (shape(field), new) {
        (Shape::Fields(of), Value::Object(_)) => structure(old, new, of, &mut inner),
        (Shape::Entries, Value::Object(map)) => {
            for (key, _) in map.iter().filter(|(key, value)| old[key.as_str()] != **value) {
                inner.insert(format!("f:{key}"), Value::Object(Map::new()));
            }
        }
        (Shape::Items(of, keys), Value::Array(items)) => {
            for item in items {
                let name = item_name(item, keys);
                let before = list(old).iter().find(|other| item_name(other, keys) == name);
                let mut own = Fields::new();
                if before.is_none() {
                    own.insert(".".to_owned(), Value::Object(Map::new()));
                }
                structure(before.unwrap_or(&Value::Null), item, of, &mut own);
                if !own.is_empty() {
                    inner.insert(name, Value::Object(own));
                }
            }
        }
        (Shape::Set, Value::Array(items)) => {
            for item in items.iter().filter(|item| !list(old).contains(item)) {
                inner.insert(format!("v:{item}"), Value::Object(Map::new()));
            }
        }
        _ => {
            out.insert(name, Value::Object(inner));
            return;
        }
    }
    let is_empty = new.as_object().is_some_and(Map::is_empty) && old.is_null();
    if !inner.is_empty() || is_empty {
        out.insert(name, Value::Object(inner));
    }
}

fn structure(old: &Value, new: &Value, of: &Struct, out: &mut Fields) {
    for field in &of.fields {
        compare(&old[field.name], &new[field.name], field, format!("f:{}", field.name), out);
    }
}

fn is_leaf(value: &Value) -> bool {
    value.as_object().is_none_or(Map::is_empty)
}

/// Whether the set holds the place itself, and not only what is below.
fn holds(value: &Value) -> bool {
    is_leaf(value) || value.get(".").is_some()
}

fn below(value: &Value) -> Fields {
    value.as_object().cloned().unwrap_or_default()
}

/// What is in either set.
pub(super) fn union(mut left: Fields, right: Fields) -> Fields {
    for (name, right) in right {
        let joined = match left.remove(&name) {
            None => right,
            Some(left) if is_leaf(&left) && is_leaf(&right) => left,
            Some(left) => {
                let itself = holds(&left) || holds(&right);
                let mut joined = union(below(&left), below(&right));
                if itself {
                    joined.insert(".".to_owned(), Value::Object(Map::new()));
                }
                Value::Object(joined)
            }
        };
        left.insert(name, joined);
    }
    left
}

/// What is in `left` and, as `both` asks, in `right` too or not.
fn select(left: &Fields, right: &Fields, both: bool) -> Fields {
    let mut selected = Fields::new();
    for (name, value) in left {
        let other = right.get(name);
        if is_leaf(value) {
            if other.is_some_and(holds) == both {
                selected.insert(name.clone(), value.clone());
            }
            continue;
        }
        let inner = select(&below(value), &other.map(below).unwrap_or_default(), both);
        if !inner.is_empty() {
            selected.insert(name.clone(), Value::Object(inner));
        }
    }
    selected
}

/// What is in `left` and not in `right`.
pub(super) fn without(left: &Fields, right: &Fields) -> Fields {
    select(left, right, false)
}

/// What is in both sets.
pub(super) fn common(left: &Fields, right: &Fields) -> Fields {
    select(left, right, true)
}

/// The name of a field or an item as paths have it.
pub(super) fn item_path(name: &str) -> String {
    match name.split_at_checked(2) {
        Some(("f:", field)) => format!(".{field}"),
        Some(("k:", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        _ => String::new(),
    }
}

/// The places of a set as conflicts name them, as in `.spec.replicas`.
pub(super) fn paths(fields: &Fields) -> Vec<String> {
    fn walk(fields: &Fields, at: &str, out: &mut Vec<String>) {
        for (name, value) in fields {
            let path = format!("{at}{}", item_path(name));
            if is_leaf(value) {
                out.push(path);
            } else {
                walk(&below(value), &path, out);
            }
        }
    }
    let mut out = Vec::new();
    walk(fields, "", &mut out);
    out
}

/// The live object with a configuration merged in.
pub(super) fn merged(live: &Value, configuration: &Value, root: &Struct) -> Value {
    let mut object = merge_structure(live, configuration, root);
    if let (Some(object), false) = (object.as_object_mut(), live.is_null()) {
        object.insert("status".to_owned(), live["status"].clone());
    }
    object
}

fn merge_structure(live: &Value, configuration: &Value, of: &Struct) -> Value {
    let mut object = below(live);
    for (name, wanted) in
        configuration.as_object().into_iter().flatten().filter(|(_, wanted)| !wanted.is_null())
    {
        let before = object.remove(name).unwrap_or(Value::Null);
        let value = match of.field(name) {
            Some(field) => merge_field(before, wanted, field),
            None => wanted.clone(),
        };
        object.insert(name.clone(), value);
    }
    Value::Object(object)
}

fn merge_field(live: Value, wanted: &Value, field: &Field) -> Value {
    match (shape(field), wanted) {
        (Shape::Fields(of), Value::Object(_)) => merge_structure(&live, wanted, of),
        (Shape::Entries, Value::Object(map)) => {
            let mut merged = below(&live);
            merged.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
            Value::Object(merged)
        }
        (Shape::Items(of, keys), Value::Array(items)) => {
            let mut rest = list(&live).to_vec();
            let mut merged: Vec<Value> = Vec::new();
            for item in items {
                let name = item_name(item, keys);
                let place = rest.iter().position(|other| item_name(other, keys) == name);
                let before = place.map_or(Value::Null, |place| rest.remove(place));
                merged.push(merge_structure(&before, item, of));
            }
            merged.extend(rest);
            Value::Array(merged)
        }
        (Shape::Set, Value::Array(items)) => {
            let mut merged = items.clone();
            merged.extend(list(&live).iter().filter(|item| !items.contains(item)).cloned());
            Value::Array(merged)
        }
        _ => wanted.clone(),
    }
}

/// Takes the fields of a set out of an object.
pub(super) fn remove(object: &mut Value, gone: &Fields, of: &Struct) {
    for (name, inner) in gone {
        let Some(field) = name.strip_prefix("f:").and_then(|name| of.field(name)) else { continue };
        let Some(map) = object.as_object_mut() else { return };
        if is_leaf(inner) {
            map.remove(field.name);
            continue;
        }
        let (Some(value), Some(inner)) = (map.get_mut(field.name), inner.as_object()) else { continue };
        match (shape(field), value) {
            (Shape::Fields(of), value) => remove(value, inner, of),
            (Shape::Entries, Value::Object(entries)) => {
                entries.retain(|key, _| !inner.contains_key(&format!("f:{key}")));
            }
            (Shape::Items(of, keys), Value::Array(items)) => {
                items.retain_mut(|item| match inner.get(&item_name(item, keys)) {
                    None => true,
                    Some(gone) if holds(gone) => false,
                    Some(gone) => {
                        remove(item, &below(gone), of);
                        true
                    }
                });
            }
            (Shape::Set, Value::Array(items)) => {
                items.retain(|item| !inner.contains_key(&format!("v:{item}")));
            }
            _ => {}
        }
    }
}
