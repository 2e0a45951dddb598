//! What the API server would say of rendered manifests, before anything is applied.

use serde_json::Value;

use super::problem::{File, Problem};
use super::rendering::{DocumentView, Rendering};
use crate::api::body::Body;
use crate::api::decode::Finding;
use crate::api::gates::Gates;
use crate::api::server::{self, Target};
use crate::api::surroundings::{Bare, Surroundings};
use crate::diagnostic::{Position, Severity, Span};

/// The server's refusals and warnings, with their places in the text.
pub fn judge(rendering: &Rendering, namespace: &str) -> Vec<Problem> {
    let mut imagined = Imagined::default();
    let gates = Gates::default();
    let mut problems = Vec::new();
    for document in &rendering.documents {
        let Some(text) = rendering.text.get(document.bytes.clone()) else { continue };
        let body = Body::yaml(text);
        let own =
            body.root().get("metadata").and_then(|meta| meta.get("namespace")).and_then(|own| own.as_str());
        let namespace = own.unwrap_or(namespace);
        let target = Target { group_version: &document.api_version, kind: &document.kind, namespace };
        match server::create(&body, target, &mut imagined, &gates) {
            Ok(accepted) => {
                let warnings = accepted.warnings.into_iter();
                problems.extend(
                    warnings.map(|message| problem(rendering, document, Severity::Warning, message, None)),
                );
                imagined.objects.push(accepted.object);
            }
            Err(refused) => {
                let found = server::findings(&refused, &body).into_iter();
                problems.extend(found.map(|Finding { span, message }| {
                    problem(rendering, document, Severity::Error, message, Some(span))
                }));
            }
        }
    }
    problems
}

fn problem(
    rendering: &Rendering,
    document: &DocumentView,
    severity: Severity,
    message: String,
    span: Option<Span>,
) -> Problem {
    let moved = |position: Position| Position {
        offset: position.offset + document.bytes.start,
        line: position.line.max(1) + document.line - 1,
        column: position.column.max(1),
    };
    let span = span.unwrap_or_default();
    let span = Span { start: moved(span.start), end: moved(span.end) };
    let origin = rendering.origin_of_line(span.start.line);
    let hints = origin.map(|(path, line)| format!("Written by {path}, line {line}.")).into_iter().collect();
    Problem {
        severity,
        message: format!("{}: {message}", document.name),
        hints,
        place: Some((File::Manifests, Some(span))),
    }
}

/// An empty cluster in which the release's earlier objects exist already.
#[derive(Default)]
struct Imagined {
    bare: Bare,
    objects: Vec<Value>,
}

impl Imagined {
    fn in_namespace<'o>(&'o self, kind: &'o str, namespace: &'o str) -> impl Iterator<Item = &'o Value> {
        self.objects.iter().filter(move |object| {
            let own = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
            object["kind"] == kind && (own == namespace || own.is_empty())
        })
    }
}

impl Surroundings for Imagined {
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let own =
            self.in_namespace(kind, namespace).find(|object| object["metadata"]["name"] == name).cloned();
        own.or_else(|| self.bare.get(kind, namespace, name))
    }

    fn list(&self, kind: &str, namespace: &str) -> Vec<Value> {
        self.in_namespace(kind, namespace).cloned().collect()
    }

    fn cluster_ip(&mut self) -> String {
        self.bare.cluster_ip()
    }

    fn node_port(&mut self) -> Value {
        self.bare.node_port()
    }

    fn suffix(&mut self) -> String {
        self.bare.suffix()
    }
}
