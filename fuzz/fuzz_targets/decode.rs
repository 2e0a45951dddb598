//! No text makes decoding, judging, patching or applying panic or hang.
//!
//! The input is a manifest, a line of three equal signs, and a patch or a later manifest.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use statefulset_playground::api::apply;
use statefulset_playground::api::body::Body;
use statefulset_playground::api::check::{Context, check};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::api::ownership::{self, Manager};
use statefulset_playground::api::patch::{diff, json, merge, strategic};
use statefulset_playground::api::schema::schema;
use statefulset_playground::api::server::{self, PatchKind, Target};
use statefulset_playground::api::surroundings::Bare;

fuzz_target!(|text: &str| {
    let gates = Gates::default();
    let context = Context { namespace: "default", gates };
    let (first, second) = text.split_once("\n===\n").unwrap_or((text, ""));
    let body = Body::yaml(first);
    let verdict = check(&body, None, context, &mut Bare::default());
    let _ = apply::dry_run(first, "default", &|_, _| None, &mut Bare::default(), &gates);
    let patch = Body::yaml(second).root().to_json();
    let Some(object) = verdict.object else { return };
    let field = |name: &str| object[name].as_str().unwrap_or("").to_owned();
    let (version, kind) = (field("apiVersion"), field("kind"));
    let Some(root) = schema().kind(&version, &kind) else { return };

    let merged = merge::apply(&object, &patch);
    assert_eq!(merge::apply(&merged, &patch), merged);
    let _ = json::apply(&object, &patch);
    let _ = strategic::apply(&object, &patch, root);
    let difference = diff::three_way(&patch, &body.root().to_json(), &object, root);
    let _ = strategic::apply(&object, &difference, root);

    let target = Target { group_version: &version, kind: &kind, namespace: "default" };
    for format in [PatchKind::Json, PatchKind::Merge, PatchKind::Strategic] {
        let _ = server::patch(&patch, format, &object, target, &mut Bare::default(), &gates);
        let _ = server::patch_scale(&patch, format, &object, &gates);
        let _ = server::patch_status(&patch, format, &object, target);
    }
    let manager = Manager { name: "helm", subresource: "" };
    let managed = ownership::updated(&Value::Null, &patch, &object, Manager { name: "other", ..manager }, root);
    let live = Some((&object, &managed));
    for force in [false, true] {
        let _ = server::apply(&patch, live, (manager, force), target, &mut Bare::default(), &gates);
    }
    let _ = server::apply(&patch, None, (manager, false), target, &mut Bare::default(), &gates);
    let later = Body::yaml(second);
    let _ = server::replace(&later, &object, target, &mut Bare::default(), &gates);
    let _ = check(&later, Some(&object), context, &mut Bare::default());
    let live = |_: &str, _: &str| Some(object.clone());
    let _ = apply::dry_run(second, "default", &live, &mut Bare::default(), &gates);
});
