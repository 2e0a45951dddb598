//! Defaults of HorizontalPodAutoscalers.

use serde_json::{Value, json};

use super::{map, set};

pub(super) fn autoscaler(object: &mut Value) {
    let spec = map(object, "spec");
    set(spec, "minReplicas", 1);
    if spec["metrics"].as_array().is_none_or(Vec::is_empty) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        spec["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    }
    if spec["behavior"].is_object() {
        let behavior = map(spec, "behavior");
        set_rules(
            map(behavior, "scaleUp"),
            Some(0),
            json!([
                {"type": "Pods", "value": 4, "periodSeconds": 15},
                {"type": "Percent", "value": 100, "periodSeconds": 15},
            ]),
        );
        set_rules(
            map(behavior, "scaleDown"),
            None,
            json!([{"type": "Percent", "value": 100, "periodSeconds": 15}]),
        );
    }
}

fn set_rules(rules: &mut Value, stabilization: Option<i64>, policies: Value) {
    if let Some(seconds) = stabilization {
        set(rules, "stabilizationWindowSeconds", seconds);
    }
    set(rules, "selectPolicy", "Max");
    set(rules, "policies", policies);
}
