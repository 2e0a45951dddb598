//! Defaults of RoleBindings.

use serde_json::Value;

use super::{items, map, set};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn binding(object: &mut Value) {
    let role = map(object, "roleRef");
    if role["apiGroup"].as_str().is_none_or(str::is_empty) {
        role["apiGroup"] = GROUP.into();
    }
    for subject in items(object, "subjects") {
        if matches!(subject["kind"].as_str(), Some("User" | "Group")) {
            set(subject, "apiGroup", GROUP);
        }
    }
}
