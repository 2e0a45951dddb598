//! No template makes the engine panic, hang or eat memory; and every piece of a text knows where it ends.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statefulset_playground::template::function::{Environment, Limits};
use statefulset_playground::template::{Engine, Templates, Value, functions};

fuzz_target!(|input: (&str, &str)| {
    let (text, helpers) = input;
    let engine = Engine::new(functions::library());
    let mut templates = Templates::new(&engine);
    if templates.add("t", text).is_err() || templates.add("h", helpers).is_err() {
        return;
    }
    let values = Value::from_json(&serde_json::json!({
        "a": 1, "b": "two", "c": true, "d": 1.5, "e": null, "f": [1, "x", {"k": "v"}], "g": {"x": "q", "y": {"z": 1}},
    }));
    let limits = Limits { fuel: 100_000, bytes: 1 << 20, slow: 100 };
    let environment = Environment { limits, provenance: true, ..Environment::default() };
    if let Ok(rendered) = templates.render("t", Value::map([("Values", values)]), &environment) {
        let ends: Vec<usize> = rendered.segments.iter().map(|segment| segment.end).collect();
        assert!(ends.is_sorted());
        assert!(ends.last().is_none_or(|end| *end <= rendered.text.len()));
    }
});
