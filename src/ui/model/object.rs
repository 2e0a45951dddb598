//! Kubernetes objects as the API serves them, read by field.

use serde_json::Value;

/// Which object: enough to find it again at another moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The kind, as in a manifest: `StatefulSet`.
    pub kind: String,
    /// The namespace; empty for what has none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The key of an object; missing fields are empty.
    pub fn of(object: &Value) -> ObjectKey {
        ObjectKey {
            kind: text(object, "/kind").to_owned(),
            namespace: text(object, "/metadata/namespace").to_owned(),
            name: text(object, "/metadata/name").to_owned(),
        }
    }

    /// The name by which `kubectl` takes it, as in `kubectl get <this>`.
    pub fn kubectl_name(&self) -> String {
        let kind = match self.kind.as_str() {
            "PersistentVolumeClaim" => "pvc".to_owned(),
            "PersistentVolume" => "pv".to_owned(),
            "StatefulSet" => "sts".to_owned(),
            "HorizontalPodAutoscaler" => "hpa".to_owned(),
            "PodDisruptionBudget" => "pdb".to_owned(),
            kind => kind.to_lowercase(),
        };
        format!("{kind}/{}", self.name)
    }
}

/// The text at a JSON pointer, empty if there is none.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// The list at a JSON pointer, empty if there is none.
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A label's value.
pub fn label<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.pointer("/metadata/labels")?.get(name)?.as_str()
}

/// The controlling owner's kind and name.
pub fn controller(object: &Value) -> Option<(&str, &str)> {
    let owner = list(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    Some((text(owner, "/kind"), text(owner, "/name")))
}

/// The status of a condition: `True`, `False`, `Unknown` or empty.
pub fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
        .map_or("", |condition| text(condition, "/status"))
}

/// What stands behind the last hyphen of a name, if that is an ordinal, and what stands before it.
pub fn split_ordinal(name: &str) -> Option<(&str, u32)> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let digits = !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = ordinal == "0" || !ordinal.starts_with('0');
    if digits && canonical { Some((parent, ordinal.parse().ok()?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_digits_behind_the_last_hyphen() {
        assert_eq!(split_ordinal("web-0"), Some(("web", 0)));
        assert_eq!(split_ordinal("my-web-12"), Some(("my-web", 12)));
        assert_eq!(split_ordinal("web-01"), None);
        assert_eq!(split_ordinal("web-x"), None);
        assert_eq!(split_ordinal("web"), None);
    }
}
