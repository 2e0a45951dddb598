//! Holds the table of types against the recorded OpenAPI document: `tests/golden/openapi`.

use serde_json::Value;
use statefulset_playground::api::schema::{Field, Struct, Type, schema};

use super::{Tally, folder};

/// The name of a definition without its group, and the type it stands for if it is no struct.
fn leaf(reference: &str) -> Option<Type> {
    match reference.rsplit('.').next() {
        Some("Quantity") => Some(Type::Quantity),
        Some("IntOrString") => Some(Type::IntOrString),
        Some("Time") => Some(Type::Time),
        Some("MicroTime") => Some(Type::MicroTime),
        Some("RawExtension" | "FieldsV1") => Some(Type::Any),
        _ => None,
    }
}

/// Compares a property's type with a field's.
fn same_type(property: &Value, kind: &Type) -> bool {
    let reference = property["$ref"].as_str().or_else(|| property["allOf"][0]["$ref"].as_str());
    if let Some(reference) = reference {
        let name = reference.rsplit('.').next().unwrap_or("");
        return match kind {
            Type::Struct(index) => schema().get(*index).name == name,
            other => leaf(reference).as_ref() == Some(other),
        };
    }
    match (property["type"].as_str(), property["format"].as_str(), kind) {
        (Some("string"), Some("byte"), Type::Bytes) => true,
        (Some("string"), _, Type::String)
        | (Some("boolean"), _, Type::Bool)
        | (Some("number"), _, Type::Float) => true,
        (Some("integer"), Some("int32"), Type::Int32) | (Some("integer"), Some("int64"), Type::Int64) => true,
        (Some("array"), _, Type::List(item)) => same_type(&property["items"], item),
        (Some("object"), _, Type::Map(item)) => same_type(&property["additionalProperties"], item),
        (Some("object"), _, Type::Any) => property.get("additionalProperties").is_none(),
        (None, _, Type::Any) => true,
        _ => false,
    }
}

fn compare(definition: &Value, own: &Struct) -> Result<(), String> {
    let properties = definition["properties"].as_object().cloned().unwrap_or_default();
    let names: Vec<_> = own.fields.iter().map(|field| field.name).collect();
    if !properties.keys().eq(names.iter()) {
        return Err(format!("fields are {names:?}"));
    }
    for (name, property) in &properties {
        let Some(field) = own.field(name) else { return Err(format!("no field {name}")) };
        let Field { patch_strategy, merge_key, required, .. } = field;
        let expected = property["x-kubernetes-patch-strategy"].as_str().unwrap_or("");
        let expected_key = property["x-kubernetes-patch-merge-key"].as_str();
        let is_required =
            definition["required"].as_array().is_some_and(|list| list.contains(&name.as_str().into()));
        let values = property["enum"].as_array().cloned().unwrap_or_default();
        if !same_type(property, &field.kind) {
            return Err(format!("{name} has another type: {property}"));
        }
        if (*patch_strategy, *merge_key, *required) != (expected, expected_key, is_required) {
            return Err(format!("{name} is patched otherwise: {property}"));
        }
        if values != field.values {
            return Err(format!("{name} has other values: {property}"));
        }
    }
    Ok(())
}

#[test]
fn openapi() {
    let Some(folder) = folder("openapi") else { return };
    let text = std::fs::read_to_string(folder.join("schema.json")).expect("the schema is readable");
    let document: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let mut tally = Tally::new("openapi");
    for (name, definition) in document.as_object().into_iter().flatten() {
        for gvk in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let part = |field: &str| gvk[field].as_str().unwrap_or("");
            let version = match part("group") {
                "" => part("version").to_owned(),
                group => format!("{group}/{}", part("version")),
            };
            let kind = schema().kind(&version, part("kind"));
            let outcome = match kind {
                Some(own) => compare(definition, own).and_then(|()| deep(own, &document)),
                None => Err("the kind is not in the table".to_owned()),
            };
            tally.record(name.as_str(), outcome);
        }
    }
    tally.finish(None);
}

/// Compares every struct below a kind, once.
fn deep(root: &Struct, document: &Value) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<&Struct> = vec![root];
    while let Some(own) = open.pop() {
        for field in &own.fields {
            let mut kind = &field.kind;
            while let Type::List(item) | Type::Map(item) = kind {
                kind = item;
            }
            let Type::Struct(index) = kind else { continue };
            if !seen.insert(*index) {
                continue;
            }
            let inner = schema().get(*index);
            let ending = format!(".{}", inner.name);
            let definitions =
                document.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with(&ending));
            let outcomes: Vec<_> = definitions.map(|(_, definition)| compare(definition, inner)).collect();
            if !outcomes.iter().any(Result::is_ok) {
                return Err(format!("{}: {outcomes:?}", inner.name));
            }
            open.push(inner);
        }
    }
    Ok(())
}
