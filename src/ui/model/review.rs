//! What a careful reviewer would say of rendered manifests that the API server takes without a word.

use std::collections::BTreeSet;

use super::problem::{File, Problem};
use super::rendering::Rendering;
use crate::diagnostic::{Severity, Span};
use crate::yaml::{self, Node, Step, at_path};

/// Advice about a render, with the lines of its text.
pub fn review(rendering: &Rendering) -> Vec<Problem> {
    let parsed = yaml::parse(&rendering.text);
    let roots: Vec<&Node> = parsed.documents.iter().map(|document| &document.root).collect();
    let services: BTreeSet<&str> = roots
        .iter()
        .filter(|root| word(root, &["kind"]) == "Service")
        .map(|root| word(root, &["metadata", "name"]))
        .collect();
    let mut found = Vec::new();
    for set in roots.iter().filter(|root| word(root, &["kind"]) == "StatefulSet") {
        let service = word(set, &["spec", "serviceName"]);
        if !service.is_empty() && !services.contains(service) {
            found.push(Problem {
                severity: Severity::Warning,
                message: format!("serviceName is {service:?}, but the chart renders no Service of that name."),
                hints: vec![
                    "The pods run all the same, but their names do not resolve: nobody creates this Service by itself."
                        .to_owned(),
                ],
                place: Some((File::Manifests, span(set, &["spec", "serviceName"]))),
            });
        }
        found.extend(unmounted_claims(set));
    }
    found
}

/// Claim templates that no container mounts: the data lives in the container and dies with it.
fn unmounted_claims(set: &Node) -> Vec<Problem> {
    let containers =
        ["containers", "initContainers"].map(|list| items(node(set, &["spec", "template", "spec", list])));
    let mounted: BTreeSet<&str> = containers
        .iter()
        .flatten()
        .flat_map(|container| items(node(container, &["volumeMounts"])))
        .map(|mount| word(mount, &["name"]))
        .collect();
    items(node(set, &["spec", "volumeClaimTemplates"]))
        .into_iter()
        .filter(|template| !mounted.contains(word(template, &["metadata", "name"])))
        .map(|template| Problem {
            severity: Severity::Warning,
            message: format!("No container mounts the claim {:?}.", word(template, &["metadata", "name"])),
            hints: vec![
                "Each pod gets its claim, but what the app writes stays in the container and dies with it."
                    .to_owned(),
            ],
            place: Some((File::Manifests, span(template, &["metadata", "name"]))),
        })
        .collect()
}

fn node<'n>(root: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    let path: Vec<Step> = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
    at_path(root, &path)
}

fn word<'n>(root: &'n Node, keys: &[&str]) -> &'n str {
    node(root, keys).and_then(Node::as_str).unwrap_or_default()
}

fn items(list: Option<&Node>) -> Vec<&Node> {
    match list.map(|list| &list.data) {
        Some(yaml::Data::Sequence(items)) => items.iter().collect(),
        _ => Vec::new(),
    }
}

fn span(root: &Node, keys: &[&str]) -> Option<Span> {
    node(root, keys).map(|node| node.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(u32, &str)]) {
        let found = review(&Rendering { text: text.into(), ..Rendering::default() });
        let found: Vec<(u32, &str)> = found
            .iter()
            .map(|problem| {
                let span = problem.place.as_ref().and_then(|(_, span)| *span).unwrap_or_default();
                (span.start.line, problem.message.as_str())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_missing_governing_service_is_named() {
        let set = "kind: StatefulSet\nspec:\n  serviceName: web\n";
        check(set, &[(3, "serviceName is \"web\", but the chart renders no Service of that name.")]);
        check(&format!("{set}---\nkind: Service\nmetadata: {{name: web}}\n"), &[]);
    }

    #[test]
    fn a_claim_that_nobody_mounts_is_named() {
        let set = "kind: StatefulSet\nspec:\n  volumeClaimTemplates:\n  - metadata: {name: data}\n  template:\n    spec:\n      containers:\n      - volumeMounts: [{name: NAME}]\n";
        check(&set.replace("NAME", "other"), &[(4, "No container mounts the claim \"data\".")]);
        check(&set.replace("NAME", "data"), &[]);
    }
}
