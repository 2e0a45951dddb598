//! The patch of `kubectl apply`: what changed between the last applied manifest, the live object and the new manifest.
//!
//! Mirrors `CreateThreeWayMergePatch` of apimachinery: additions and changes come from live to new, deletions from
//! last applied to new, so that fields nobody applied stay.

use serde_json::{Map, Value, json};

use super::order::{is_same, ordered};
use crate::api::schema::{Field, Struct, Type, schema};

/// What of a difference goes into the patch.
#[derive(Clone, Copy)]
struct Keep {
    changes: bool,
    deletions: bool,
}

/// The strategic merge patch that turns `live` into what `manifest` asks for.
pub fn three_way(last_applied: &Value, manifest: &Value, live: &Value, root: &Struct) -> Value {
    let empty = Map::new();
    let map = |value: &'_ Value| value.as_object().cloned().unwrap_or_default();
    let (old, new, live) = (map(last_applied), map(manifest), map(live));
    let changes = diff_maps(&live, &new, Some(root), Keep { changes: true, deletions: false });
    let deletions = diff_maps(
        if last_applied.is_object() { &old } else { &empty },
        &new,
        Some(root),
        Keep { changes: false, deletions: true },
    );
    Value::Object(union(deletions, changes, Some(root)))
}

/// The struct of a field, or of the items of a list or map field.
pub(super) fn inner(field: Option<&Field>) -> Option<&'static Struct> {
    let mut kind = &field?.kind;
    while let Type::List(item) | Type::Map(item) = kind {
        kind = item;
    }
    match kind {
        Type::Struct(index) => Some(schema().get(*index)),
        _ => None,
    }
}

fn diff_maps(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    of: Option<&Struct>,
    keep: Keep,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, before) in old {
        let field = of.and_then(|of| of.field(key));
        match new.get(key) {
            None if keep.deletions => {
                patch.insert(key.clone(), Value::Null);
            }
            None => {}
            Some(after) if before == after => {}
            Some(after) => diff_values(key, before, after, field, keep, &mut patch),
        }
    }
    if keep.changes {
        for (key, after) in new {
            if !old.contains_key(key) {
                patch.insert(key.clone(), after.clone());
            }
        }
    }
    patch
}

fn diff_values(
    key: &str,
    before: &Value,
    after: &Value,
    field: Option<&Field>,
    keep: Keep,
    patch: &mut Map<String, Value>,
) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            if field.is_some_and(|field| field.patch_strategy == "replace") {
                if keep.changes {
                    patch.insert(key.to_owned(), Value::Object(after.clone()));
                }
                return;
            }
            let mut inner = diff_maps(before, after, inner(field), keep);
            if field.is_some_and(Field::retains_keys) && !inner.is_empty() {
                inner.insert("$retainKeys".to_owned(), keys_of(after));
            }
            if !inner.is_empty() {
                patch.insert(key.to_owned(), Value::Object(inner));
            }
        }
        (Value::Array(before), Value::Array(after)) => match field {
            Some(field) if field.merges() => diff_lists(key, before, after, field, keep, patch),
            _ if keep.changes => {
                patch.insert(key.to_owned(), Value::Array(after.clone()));
            }
            _ => {}
        },
        _ if keep.changes => {
            patch.insert(key.to_owned(), after.clone());
        }
        _ => {}
    }
}

fn keys_of(map: &Map<String, Value>) -> Value {
    map.keys().cloned().collect::<Vec<_>>().into()
}

fn diff_lists(
    key: &str,
    before: &[Value],
    after: &[Value],
    field: &Field,
    keep: Keep,
    patch: &mut Map<String, Value>,
) {
    let Some(merge_key) = field.merge_key else { return diff_scalars(key, before, after, keep, patch) };
    let mut items = Vec::new();
    for item in after {
        let old = before.iter().find(|old| is_same(old, item, Some(merge_key)));
        match (old, item) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let mut change = diff_maps(old, new, inner(Some(field)), keep);
                if field.retains_keys() && !change.is_empty() {
                    change.insert("$retainKeys".to_owned(), keys_of(new));
                }
                if !change.is_empty() {
                    change.insert(merge_key.to_owned(), item[merge_key].clone());
                    items.push(Value::Object(change));
                }
            }
            (None, _) if keep.changes => items.push(item.clone()),
            _ => {}
        }
    }
    if keep.deletions {
        for old in before {
            if !after.iter().any(|item| is_same(old, item, Some(merge_key))) {
                items.push(json!({"$patch": "delete", merge_key: old[merge_key]}));
            }
        }
    }
    if !items.is_empty() {
        let order: Vec<_> = after.iter().map(|item| json!({merge_key: item[merge_key]})).collect();
        patch.insert(format!("$setElementOrder/{key}"), Value::Array(order));
        patch.insert(key.to_owned(), Value::Array(items));
    }
}

fn diff_scalars(key: &str, before: &[Value], after: &[Value], keep: Keep, patch: &mut Map<String, Value>) {
    let added: Vec<_> = after.iter().filter(|item| !before.contains(item)).cloned().collect();
    let gone: Vec<_> = before.iter().filter(|item| !after.contains(item)).cloned().collect();
    let mut changed = false;
    if keep.changes && !added.is_empty() {
        patch.insert(key.to_owned(), Value::Array(added));
        changed = true;
    }
    if keep.deletions && !gone.is_empty() {
        patch.insert(format!("$deleteFromPrimitiveList/{key}"), Value::Array(gone));
        changed = true;
    }
    if changed {
        patch.insert(format!("$setElementOrder/{key}"), Value::Array(after.to_vec()));
    }
}

/// Joins the patch of deletions and the patch of changes.
fn union(mut left: Map<String, Value>, right: Map<String, Value>, of: Option<&Struct>) -> Map<String, Value> {
    for (key, value) in right {
        let field = of.and_then(|of| of.field(&key));
        let joined = match (left.remove(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Value::Object(union(old, new, inner(field))),
            (Some(Value::Array(old)), Value::Array(new)) if !key.starts_with('$') => {
                let merge_key = field.and_then(|field| field.merge_key);
                let order = left.get(&format!("$setElementOrder/{key}")).and_then(Value::as_array);
                let joined = union_lists(old.clone(), new, merge_key, inner(field));
                Value::Array(match order {
                    Some(order) if merge_key.is_some() => ordered(joined, order, &old, merge_key),
                    _ => joined,
                })
            }
            (_, new) => new,
        };
        left.insert(key, joined);
    }
    left
}

fn union_lists(old: Vec<Value>, new: Vec<Value>, key: Option<&str>, of: Option<&Struct>) -> Vec<Value> {
    let Some(key) = key else { return new };
    let mut joined = new;
    for item in old {
        match joined.iter().position(|other| is_same(other, &item, Some(key))) {
            Some(place) => {
                if let (Value::Object(left), Value::Object(right)) = (item, joined[place].take()) {
                    joined[place] = Value::Object(union(left, right, of));
                }
            }
            None => joined.push(item),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::strategic;
    use super::*;

    fn check(last: Value, manifest: Value, live: Value, expect: Value) {
        let root = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema");
        let patch = three_way(&last, &manifest, &live, root);
        assert_eq!(strategic::apply(&live, &patch, root), Ok(expect), "{patch}");
    }

    #[test]
    fn fields_nobody_applied_stay() {
        check(
            json!({"spec": {"replicas": 1, "serviceName": "a"}}),
            json!({"spec": {"serviceName": "a"}}),
            json!({"spec": {"replicas": 5, "serviceName": "a", "revisionHistoryLimit": 10}}),
            json!({"spec": {"serviceName": "a", "revisionHistoryLimit": 10}}),
        );
    }

    #[test]
    fn a_patch_keeps_the_order_it_asks_for() {
        let root = schema().kind("v1", "Service").expect("the kind is in the schema");
        let ports = |ports: Value| json!({"spec": {"ports": ports}});
        let last = ports(json!([{"name": "web", "port": 80}]));
        let live = ports(json!([{"name": "web", "port": 80, "protocol": "TCP"}]));
        let patch = three_way(&last, &ports(json!([{"port": 80}, {"port": 81}])), &live, root);
        assert_eq!(patch["spec"]["ports"], json!([{"port": 80, "name": null}, {"port": 81}]));
    }

    #[test]
    fn items_are_added_changed_and_deleted_by_key() {
        let set = |containers: Value| json!({"spec": {"template": {"spec": {"containers": containers}}}});
        check(
            set(json!([{"name": "a", "image": "1"}, {"name": "b"}])),
            set(json!([{"name": "c"}, {"name": "a", "image": "2"}])),
            set(json!([{"name": "a", "image": "1", "x": 1}, {"name": "b"}, {"name": "injected"}])),
            set(json!([{"name": "c"}, {"name": "a", "image": "2", "x": 1}, {"name": "injected"}])),
        );
    }
}
