//! No text makes decoding, judging or patching panic or hang.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use statefulset_playground::api::body::Body;
use statefulset_playground::api::check::{Context, check};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::api::patch::{diff, json, merge, strategic};
use statefulset_playground::api::schema::schema;
use statefulset_playground::api::surroundings::Bare;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let context = Context { namespace: "default", gates: Gates::default() };
    let (first, second) = text.split_once("\n===\n").unwrap_or((text, ""));
    let body = Body::yaml(first);
    let verdict = check(&body, None, context, &mut Bare::default());
    let patch = Body::yaml(second).root().to_json();
    let Some(object) = verdict.object else { return };
    let Some(root) = schema().kind("apps/v1", "StatefulSet") else { return };
    let _: Value = merge::apply(&object, &patch);
    let _ = json::apply(&object, &patch);
    let _ = strategic::apply(&object, &patch, root);
    let difference = diff::three_way(&patch, &body.root().to_json(), &object, root);
    let _ = strategic::apply(&object, &difference, root);
    let _ = check(&Body::yaml(second), Some(&object), context, &mut Bare::default());
});
