//! What `kubectl apply --dry-run=server -f -` does and prints.
//!
//! In: a manifest and the live object. Out: exit code and both streams. Mirrors kubectl 1.36: it reads YAML itself
//! (duplicate keys pass), checks kind and namespace, remembers what was applied in an annotation, and sends either
//! the whole object or a three-way patch.

use serde_json::{Map, Value, json};

use super::body::{Body, Refused};
use super::decode::decode;
use super::field::FieldError;
use super::gates::Gates;
use super::patch::diff;
use super::read::text;
use super::schema::schema;
use super::server::{self, Accepted, PatchKind, Target};
use super::status::{Status, qualified, resource};
use super::surroundings::Surroundings;
use crate::yaml;

/// The annotation that holds what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What a command leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Zero if it went well.
    pub exit_code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    fn error(message: impl AsRef<str>) -> Output {
        Output { exit_code: 1, stdout: String::new(), stderr: format!("error: {}\n", message.as_ref()) }
    }
}

/// Finds the live object that a manifest is about, by kind and name.
pub type Live<'a> = &'a dyn Fn(&str, &str) -> Option<Value>;

/// Applies the first document of a text.
pub fn dry_run(
    manifest: &str,
    namespace: &str,
    live: Live<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Output {
    let (object, root) = match prepare(manifest, namespace) {
        Ok(prepared) => prepared,
        Err(output) => return output,
    };
    let (kind, version) = (text(&object, "kind").to_owned(), text(&object, "apiVersion").to_owned());
    let name = text(&object["metadata"], "name").to_owned();
    let target = Target { group_version: &version, kind: &kind, namespace };
    if name.is_empty() {
        let generated = text(&object["metadata"], "generateName");
        if !generated.is_empty() {
            return Output::error(format!("from {generated}: cannot use generate name with apply"));
        }
        return Output::error(format!(
            "error when retrieving current configuration of:\n{}\nfrom server for: \"STDIN\": resource name may not be empty",
            address(target, &name)
        ));
    }
    let applied = with_last_applied(&object);
    let shown = format!("{}/{name}", qualified(&kind.to_lowercase(), target.group()));
    match live(&kind, &name) {
        None => {
            let answer = server::create(&Body::value(&applied), target, world, gates);
            finish(answer, &format!("{shown} created"), |message| {
                format!("error when creating \"STDIN\": {message}")
            })
        }
        Some(live) => {
            let last = text(&live["metadata"]["annotations"], LAST_APPLIED);
            let last = serde_json::from_str(last).unwrap_or(Value::Null);
            let patch = diff::three_way(&last, &applied, &live, root);
            if patch.as_object().is_some_and(Map::is_empty) {
                return Output {
                    stdout: format!("{shown} unchanged (server dry run)\n"),
                    ..Output::default()
                };
            }
            let answer = server::patch(&patch, PatchKind::Strategic, &live, target, world, gates);
            finish(answer, &format!("{shown} configured"), |message| {
                let (patch, address) = (go_json(&patch), address(target, &name));
                format!(
                    "error when applying patch:\n{patch}\nto:\n{address}\nfor: \"STDIN\": error when patching \"STDIN\": {message}"
                )
            })
        }
    }
}

/// Reads the manifest and checks what kubectl checks before it asks the server.
fn prepare(manifest: &str, namespace: &str) -> Result<(Value, &'static super::schema::Struct), Output> {
    let parsed = yaml::parse(manifest);
    if let Some(refusal) = parsed.go_error() {
        return Err(Output::error(format!("error parsing STDIN: error converting YAML to JSON: {refusal}")));
    }
    let document = parsed.documents.iter().find(|document| document.root.data != yaml::Data::Null);
    let Some(document) = document else { return Err(Output::error("no objects passed to apply")) };
    let mut object = document.root.to_json();
    let problems = kind_problems(&object);
    if !problems.is_empty() {
        let problems =
            if problems.len() == 1 { problems.concat() } else { format!("[{}]", problems.join(", ")) };
        return Err(Output::error(format!(
            "error validating \"STDIN\": error validating data: {problems}; if you choose to ignore these errors, turn validation off with --validate=false"
        )));
    }
    let (version, kind) = (text(&object, "apiVersion").to_owned(), text(&object, "kind").to_owned());
    let own = text(&object["metadata"], "namespace").to_owned();
    if let Some(finding) =
        schema().named("metadataOnlyObject").and_then(|root| decode(&document.root, root).error)
    {
        return Err(Output::error(format!("unable to decode \"STDIN\": {}", finding.message)));
    }
    let Some(root) = schema().kind(&version, &kind) else {
        let name = text(&object["metadata"], "name");
        return Err(Output::error(format!(
            "resource mapping not found for name: {name:?} namespace: {own:?} from \"STDIN\": no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
        )));
    };
    if super::validate::is_namespaced(&kind) {
        if !own.is_empty() && own != namespace {
            return Err(Output::error(format!(
                "the namespace from the provided object {own:?} does not match the namespace {namespace:?}. You must pass '--namespace={own}' to perform this operation."
            )));
        }
        if object["metadata"].is_null() {
            object["metadata"] = json!({});
        }
        if object["metadata"].is_object() {
            object["metadata"]["namespace"] = namespace.into();
        }
    }
    Ok((object, root))
}

fn kind_problems(object: &Value) -> Vec<&'static str> {
    if !object.is_object() {
        return vec!["invalid object to validate"];
    }
    let mut problems = Vec::new();
    for (field, missing, wrong) in [
        ("apiVersion", "apiVersion not set", "apiVersion isn't string type"),
        ("kind", "kind not set", "kind isn't string type"),
    ] {
        match &object[field] {
            Value::Null => problems.push(missing),
            Value::String(_) => {}
            _ => problems.push(wrong),
        }
    }
    problems
}

/// The object with the annotation that remembers it.
pub fn with_last_applied(object: &Value) -> Value {
    let mut plain = object.clone();
    if !plain["metadata"]["annotations"].is_object() {
        plain["metadata"]["annotations"] = json!({});
    }
    if let Some(annotations) = plain["metadata"]["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    let mut applied = plain.clone();
    applied["metadata"]["annotations"][LAST_APPLIED] = format!("{}\n", go_json(&plain)).into();
    applied
}

/// JSON as Go writes it: sorted keys, and characters that matter in HTML escaped.
fn go_json(value: &Value) -> String {
    let text = value.to_string();
    let escapes = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    escapes.iter().fold(text, |text, (character, escape)| text.replace(*character, escape))
}

fn address(target: Target<'_>, name: &str) -> String {
    let (group, version) = target.group_version.split_once('/').unwrap_or(("", target.group_version));
    let resource = resource(target.kind);
    format!(
        "Resource: \"{group}/{version}, Resource={resource}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\nName: {name:?}, Namespace: {:?}",
        target.kind, target.namespace
    )
}

fn finish(answer: Result<Accepted, Refused>, done: &str, within: impl Fn(&str) -> String) -> Output {
    match answer {
        Ok(accepted) => Output {
            exit_code: 0,
            stdout: format!("{done} (server dry run)\n"),
            stderr: accepted.warnings.iter().map(|warning| format!("Warning: {warning}\n")).collect(),
        },
        Err(refused) => {
            Output { exit_code: 1, stdout: String::new(), stderr: refusal(&refused.status, within) }
        }
    }
}

/// A refusal as kubectl prints it: field errors as a list, anything else in one sentence.
fn refusal(status: &Status, within: impl Fn(&str) -> String) -> String {
    if status.reason != "Invalid" {
        let reason = if status.reason.is_empty() { String::new() } else { format!(" ({})", status.reason) };
        return format!("Error from server{reason}: {}\n", within(&status.message));
    }
    let details = status.details.clone().unwrap_or_default();
    let subject = match (details.kind.as_str(), details.name.as_str()) {
        ("", _) => "The request is invalid".to_owned(),
        (kind, "") => format!("The {kind} is invalid"),
        (kind, name) => format!("The {kind} {name:?} is invalid"),
    };
    let mut lines: Vec<String> = Vec::new();
    for line in status.causes.iter().map(FieldError::to_string) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] => format!("{subject}: {}\n", status.message),
        [line] => format!("{subject}: {line}\n"),
        _ => format!(
            "{subject}: \n{}\n",
            lines.iter().map(|line| format!("* {line}")).collect::<Vec<_>>().join("\n")
        ),
    }
}
