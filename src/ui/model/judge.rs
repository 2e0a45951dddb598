//! What the API server would say of rendered manifests, before anything is applied, and what a careful reviewer would
//! add to what it accepts.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::problem::{File, Problem};
use super::rendering::{DocumentView, Rendering};
use crate::api::advice::advice;
use crate::api::body::Body;
use crate::api::decode::Finding;
use crate::api::gates::Gates;
use crate::api::schema::schema;
use crate::api::server::{self, Target};
use crate::api::surroundings::{Bare, Surroundings};
use crate::cluster::container::counts_in;
use crate::diagnostic::{Position, Severity, Span};
use crate::yaml::{Data, Node, node_at};

/// The server's refusals and warnings, then advice, with their places in the manifests.
pub fn judge(rendering: &Rendering, namespace: &str) -> Vec<Problem> {
    let mut imagined = Imagined::default();
    let gates = Gates::default();
    let mut problems = Vec::new();
    // An object whose body could not be read has no place in the text and no advice.
    let documents: Vec<_> = rendering
        .documents
        .iter()
        .filter_map(|view| Some((view, Body::yaml(rendering.text.get(view.bytes.clone())?))))
        .collect();
    let mut places = Vec::new();
    for (document, body) in &documents {
        // Helm leaves a document out that holds nothing but comments.
        if body.root().data == Data::Null {
            continue;
        }
        let own =
            body.root().get("metadata").and_then(|meta| meta.get("namespace")).and_then(|own| own.as_str());
        let namespace = own.unwrap_or(namespace);
        let target = Target { group_version: &document.api_version, kind: &document.kind, namespace };
        let place = Place { document, root: body.root() };
        let is_known = schema().kind(&document.api_version, &document.kind).is_some();
        if !is_known && !document.kind.is_empty() && !document.api_version.is_empty() {
            let message = format!("not checked: the playground does not know {}", document.api_version);
            problems.push(place.problem(Severity::Warning, message, Span::default()));
            continue;
        }
        match server::create(body, target, &mut imagined, &gates) {
            Ok(accepted) => {
                let warnings = accepted.warnings.into_iter();
                problems.extend(
                    warnings.map(|message| place.problem(Severity::Warning, message, Span::default())),
                );
                places.push(place);
                imagined.accept(accepted.object);
            }
            Err(refused) => {
                let found = server::findings(&refused, body).into_iter();
                problems.extend(
                    found.map(|Finding { span, message }| place.problem(Severity::Error, message, span)),
                );
            }
        }
    }
    let (places, objects): (Vec<_>, Vec<_>) = places
        .into_iter()
        .zip(imagined.objects)
        .filter(|(place, _)| place.document.hook.is_empty())
        .map(|(place, object)| {
            let root = place.root;
            (place, (object, root))
        })
        .unzip();
    let counts_in = |template: &Value, container: &Value| {
        counts_in(template, container["name"].as_str().unwrap_or_default())
    };
    for found in advice(&objects, &counts_in) {
        let Some(place) = places.get(found.object) else { continue };
        let mut problem = place.problem(Severity::Advice, String::new(), found.span);
        problem.message.clone_from(&found.finding.what);
        problem.advice = Some(Rc::new(found.finding));
        problems.push(problem);
    }
    problems
}

/// A rendered document.
struct Place<'r> {
    document: &'r DocumentView,
    root: &'r Node,
}

impl Place<'_> {
    /// A finding at a place of the document.
    fn problem(&self, severity: Severity, message: String, span: Span) -> Problem {
        let document = self.document;
        let moved = |position: Position| Position {
            offset: position.offset + document.bytes.start,
            line: position.line.max(1) + document.line - 1,
            column: position.column.max(1),
        };
        let message = format!("{}: {message}", document.name);
        let field = node_at(self.root, span.start.offset).unwrap_or_default();
        let span = Span { start: moved(span.start), end: moved(span.end) };
        let mut problem = Problem::new(severity, message, Some((File::Manifests, Some(span))));
        problem.field = field;
        problem
    }
}

/// An empty cluster in which the release's earlier objects exist already.
#[derive(Default)]
struct Imagined {
    bare: Bare,
    objects: Vec<Value>,
    /// The places of a kind's objects.
    of_kind: BTreeMap<String, Vec<usize>>,
}

impl Imagined {
    fn in_namespace<'o>(&'o self, kind: &'o str, namespace: &'o str) -> impl Iterator<Item = &'o Value> {
        let of_kind = self.of_kind.get(kind).into_iter().flatten().map(|place| &self.objects[*place]);
        of_kind.filter(move |object| {
            let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
            own == namespace || own.is_empty()
        })
    }

    fn accept(&mut self, object: Value) {
        let kind = object["kind"].as_str().unwrap_or_default();
        self.of_kind.entry(kind.to_owned()).or_default().push(self.objects.len());
        self.objects.push(object);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::workbench::{Workbench, lab_inputs};

    /// What is found in a chart of the gallery after a change of its values: a line each with the places.
    fn check(chart: &str, from: &str, to: &str, expect: &[&str]) {
        let mut inputs = lab_inputs(chart);
        assert!(inputs.values.contains(from), "{chart} has {from:?}");
        inputs.values = inputs.values.replacen(from, to, 1).into();
        let attempt = Workbench::default().attempt(&inputs);
        let place =
            |file: &File, line: u32| format!("{}:{line}", file.name().trim_start_matches("templates/"));
        let found: Vec<String> = attempt
            .problems
            .iter()
            .map(|problem| {
                let causes = problem.causes.iter().map(|cause| place(&cause.file, cause.span.start.line));
                format!("{} [{}]", problem.message, causes.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(found, expect, "{chart}");
    }

    #[test]
    fn labs_get_the_advice_they_teach() {
        check(
            "lab-a",
            "",
            "",
            &[
                "Governing Service app-python-helm is not headless [statefulset.yaml:9]",
                "Probes of app-python-helm count as visits [statefulset.yaml:52 values.yaml:48]",
                "Container app-python-helm runs the tag latest [statefulset.yaml:39 values.yaml:5 values.yaml:7]",
                "Nothing keeps the 3 replicas apart [statefulset.yaml:31]",
            ],
        );
        check(
            "lab-c",
            "hooks: {enabled: true",
            "hooks: {enabled: false",
            &[
                "Service fastapi-release-fastapi-app-headless is missing [statefulset.yaml:12]",
                "fastapi-app writes to /data/visits.txt, outside of every volume [statefulset.yaml:51]",
                "A claim takes the place of volume config-volume [statefulset.yaml:59]",
                "Nothing keeps the 2 replicas apart [statefulset.yaml:33]",
            ],
        );
        check(
            "lab-d",
            "",
            "",
            &[
                "Governing Service app-python is not headless [statefulset.yaml:4]",
                "Container web has no readiness probe [statefulset.yaml:13]",
                "Nothing keeps the 3 replicas apart [statefulset.yaml:10]",
            ],
        );
        check(
            "lab-e-python",
            "",
            "",
            &[
                "Governing Service app-python is not headless [statefulset.yaml:7]",
                "A claim takes the place of volume python-counter-data [statefulset.yaml:52 values.yaml:10]",
                "Probes of app-python count as visits [statefulset.yaml:41]",
                "Nothing keeps the 3 replicas apart [statefulset.yaml:24]",
            ],
        );
    }

    #[test]
    fn errors_are_traced_to_values() {
        let attempt = |from: &str, to: &str, expect: &str| {
            let mut inputs = lab_inputs("lab-a");
            assert!(inputs.values.contains(from), "{from}");
            inputs.values = inputs.values.replacen(from, to, 1).into();
            let problems = Workbench::default().attempt(&inputs).problems;
            let causes: Vec<String> = problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .flat_map(|problem| &problem.causes)
                .map(|cause| {
                    format!("{}:{}:{}", cause.file.name(), cause.span.start.line, cause.span.start.column)
                })
                .collect();
            assert_eq!(causes.join(" "), expect, "{to}");
        };
        attempt("Policy: Parallel", "Policy: Sideways", "templates/statefulset.yaml:13:3 values.yaml:30:22");
        attempt(
            "httpGet: {path: /, port: http}",
            "httpGet: {path: /, port: 99999}",
            "templates/statefulset.yaml:52:11 values.yaml:48:30",
        );
        attempt("size: 1Gi", "size: lots", "templates/statefulset.yaml:80:13 values.yaml:33:9");
    }
}
