//! The verdict on one document, for a reader: what the server would say, and where in the text.

use serde_json::Value;

use super::apply::{LAST_APPLIED, with_last_applied};
use super::body::{Body, Refused};
use super::field::span_of;
use super::gates::Gates;
use super::patch::diff;
use super::read::text;
use super::schema::schema;
use super::server::{self, Accepted, PatchKind, Target};
use super::status::Status;
use super::surroundings::Surroundings;
use super::validate::is_namespaced;
use crate::diagnostic::{Diagnostic, Severity, Span};

/// Where a document would be sent.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// Feature gates.
    pub gates: Gates,
}

/// What the server would say of a document.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Whether the document was judged at all; kinds outside the schema are not.
    pub is_checked: bool,
    /// The object as it would be stored, if it is accepted.
    pub object: Option<Value>,
    /// Warnings of an accepted object.
    pub warnings: Vec<String>,
    /// The server's answer, if it is refused.
    pub refusal: Option<Status>,
    /// All of that at its place in the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Judges a document as `kubectl apply` would have it judged: as a new object, or as a change of `live`.
pub fn check(
    body: &Body,
    live: Option<&Value>,
    context: Context<'_>,
    world: &mut dyn Surroundings,
) -> Verdict {
    let root = body.root();
    let field = |name: &str| root.get(name).and_then(|node| node.as_str()).unwrap_or("").to_owned();
    let (version, kind) = (field("apiVersion"), field("kind"));
    if schema().kind(&version, &kind).is_none() {
        return unchecked(body, &version, &kind);
    }
    let own = root.get("metadata").and_then(|node| node.get("namespace")).and_then(|node| node.as_str());
    let namespace = own.filter(|_| is_namespaced(&kind)).unwrap_or(context.namespace).to_owned();
    let target = Target { group_version: &version, kind: &kind, namespace: &namespace };
    let answer = match live {
        None => server::create(body, target, world, &context.gates),
        Some(live) => change(body, live, target, context, world),
    };
    match answer {
        Ok(accepted) => accept(accepted, body),
        Err(refused) => refuse(&refused, body),
    }
}

/// A change is read strictly first, so that findings have their place, and then patched in.
fn change(
    body: &Body,
    live: &Value,
    target: Target<'_>,
    context: Context<'_>,
    world: &mut dyn Surroundings,
) -> Result<Accepted, Refused> {
    body.read(target.group_version, target.kind)?;
    let mut object = body.root().to_json();
    if is_namespaced(target.kind) && object["metadata"].is_object() {
        object["metadata"]["namespace"] = target.namespace.into();
    }
    let last = text(&live["metadata"]["annotations"], LAST_APPLIED);
    let (last, object) = match serde_json::from_str::<Value>(last) {
        Ok(last) => (last, with_last_applied(&object)),
        Err(_) => (Value::Null, object),
    };
    let Some(root) = schema().kind(target.group_version, target.kind) else {
        return server::replace(body, live, target, world, &context.gates);
    };
    let patch = diff::three_way(&last, &object, live, root);
    server::patch(&patch, PatchKind::Strategic, live, target, world, &context.gates)
}

fn unchecked(body: &Body, version: &str, kind: &str) -> Verdict {
    let span = span_of(body.root(), "kind");
    if version.is_empty() || kind.is_empty() || schema().kinds().any(|(_, known)| known == kind) {
        // The server knows the kind, so the version is missing or wrong.
        let message = match (version, kind) {
            ("", _) => "apiVersion not set".to_owned(),
            (_, "") => "kind not set".to_owned(),
            _ => format!("no matches for kind \"{kind}\" in version \"{version}\""),
        };
        let span =
            if kind.is_empty() || version.is_empty() { span } else { span_of(body.root(), "apiVersion") };
        return Verdict {
            is_checked: true,
            refusal: Some(Status::bad_request(message.clone())),
            diagnostics: vec![Diagnostic::error(span, message)],
            ..Verdict::default()
        };
    }
    let message = format!("{kind} in {version} is not checked: the playground does not know this kind");
    Verdict { diagnostics: vec![Diagnostic::new(Severity::Advice, span, message)], ..Verdict::default() }
}

fn accept(accepted: Accepted, body: &Body) -> Verdict {
    let diagnostics = accepted.warnings.iter().map(|warning| {
        let span = warned_span(warning, body);
        Diagnostic::new(Severity::Warning, span, warning.clone())
    });
    Verdict {
        is_checked: true,
        diagnostics: diagnostics.collect(),
        object: Some(accepted.object),
        warnings: accepted.warnings,
        refusal: None,
    }
}

/// Most warnings start with the path of the field they are about.
fn warned_span(warning: &str, body: &Body) -> Span {
    let path = warning.split(": ").next().unwrap_or("");
    let is_path = path.starts_with("spec.") || path.starts_with("metadata.");
    span_of(body.root(), if is_path { path } else { "" })
}

fn refuse(refused: &Refused, body: &Body) -> Verdict {
    let findings = server::findings(refused, body);
    Verdict {
        is_checked: true,
        diagnostics: findings
            .into_iter()
            .map(|finding| Diagnostic::error(finding.span, finding.message))
            .collect(),
        refusal: Some(refused.status.clone()),
        ..Verdict::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::surroundings::Bare;

    fn check_text(text: &str, expect: &[&str]) {
        let context = Context { namespace: "default", gates: Gates::default() };
        let verdict = check(&Body::yaml(text), None, context, &mut Bare::default());
        let shown: Vec<_> = verdict.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn findings_stand_at_their_lines() {
        check_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n", &[]);
        check_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: 1\nfoo: 2\n",
            &[
                "6:6: json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
                "7:1: unknown field \"foo\"",
            ],
        );
        check_text(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 0\n    targetPort: 80\n",
            &["7:11: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
        );
    }

    #[test]
    fn unknown_kinds_are_not_called_valid() {
        let text = "apiVersion: example.com/v1\nkind: Backup\n";
        check_text(
            text,
            &["2:7: Backup in example.com/v1 is not checked: the playground does not know this kind"],
        );
        check_text(
            "apiVersion: v1\nkind: StatefulSet\n",
            &["1:13: no matches for kind \"StatefulSet\" in version \"v1\""],
        );
    }
}
