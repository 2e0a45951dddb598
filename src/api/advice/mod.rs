//! Advice beyond the server: what it accepts and a careful reviewer would not.
//!
//! In: every object of a release, with its document. Out: findings that each say the consequence, how to see it
//! happen, and what to do. One file a subject, one small function a finding. Nothing here refuses anything.

mod budget;
mod claims;
mod governing_service;
mod images;
mod probes;
mod rollout;
mod scaling;
mod spreading;

use serde_json::Value;

use super::field::span_of;
use super::read::text;
use crate::diagnostic::{Diagnostic, Severity};
use crate::yaml::Node;

/// A piece of advice on one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The object, as an index into what was given.
    pub object: usize,
    /// What is wrong and where; its hints say how to see it happen and how to fix it.
    pub diagnostic: Diagnostic,
}

/// A finding before it has a place.
struct Finding {
    /// Path of the field it is about.
    field: String,
    /// The consequence.
    consequence: String,
    /// How to see it happen in the playground.
    see: String,
    /// What to do.
    fix: String,
}

/// The objects of a release.
struct Release<'a> {
    objects: &'a [(Value, &'a Node)],
}

impl<'a> Release<'a> {
    /// Objects of a kind in the namespace of `beside`.
    fn of_kind<'s>(&'s self, kind: &'s str, beside: &'s Value) -> impl Iterator<Item = &'a Value> + 's {
        let namespace = text(&beside["metadata"], "namespace");
        self.objects.iter().map(|(object, _)| object).filter(move |object| {
            text(object, "kind") == kind && text(&object["metadata"], "namespace") == namespace
        })
    }

    /// The object of a kind with a name, beside another.
    fn find(&self, kind: &str, name: &str, beside: &Value) -> Option<&'a Value> {
        self.of_kind(kind, beside).find(|object| text(&object["metadata"], "name") == name)
    }
}

/// A rule: looks at one object among the others.
type Rule = fn(&Value, &Release<'_>, &mut Vec<Finding>);

const RULES: [Rule; 12] = [
    governing_service::missing,
    governing_service::not_headless,
    governing_service::selects_other_pods,
    claims::mounted_nowhere,
    claims::shadows_a_volume,
    claims::version_labels,
    probes::missing,
    images::moving_tags,
    spreading::all_on_one_node,
    budget::blocks_every_drain,
    rollout::partition_hides_update,
    scaling::ordered_ready,
];

/// Advice on a set of defaulted objects, each with the root of its document.
pub fn advice(objects: &[(Value, &Node)]) -> Vec<Advice> {
    let release = Release { objects };
    let mut advice = Vec::new();
    for (index, (object, node)) in objects.iter().enumerate() {
        let mut findings = Vec::new();
        for rule in RULES {
            rule(object, &release, &mut findings);
        }
        advice.extend(findings.into_iter().map(|finding| {
            let span = span_of(node, &finding.field);
            let diagnostic = Diagnostic::new(Severity::Advice, span, finding.consequence);
            Advice { object: index, diagnostic: diagnostic.with_hint(finding.see).with_hint(finding.fix) }
        }));
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::defaults;
    use crate::api::gates::Gates;
    use crate::yaml::parse;

    fn check(text: &str, expect: &[&str]) {
        let parsed = parse(text);
        let objects: Vec<_> = parsed
            .documents
            .iter()
            .map(|document| {
                let mut object = document.root.to_json();
                defaults::apply(&mut object, &Gates::default());
                (object, &document.root)
            })
            .collect();
        let found: Vec<_> = advice(&objects)
            .into_iter()
            .map(|advice| {
                let line = advice.diagnostic.span.map_or(0, |span| span.start.line);
                let words: Vec<_> = advice.diagnostic.message.split(' ').take(4).collect();
                format!("{line}: {}", words.join(" "))
            })
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn a_careless_set() {
        check(
            "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 3
  selector: {matchLabels: {app: web}}
  updateStrategy: {rollingUpdate: {partition: 2}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
  volumeClaimTemplates:
  - metadata:
      name: www
      labels: {version: '1'}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: nginx}
spec:
  selector: {app: other}
  ports: [{port: 80}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 3
  selector: {matchLabels: {app: web}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: web}
",
            &[
                "5: Service nginx is not",
                "5: Service nginx selects other",
                "17: Claim www is mounted",
                "18: The label version of",
                "13: Container web has no",
                "14: The image nginx of",
                "11: Nothing keeps the 3",
                "8: With partition 2 an",
                "32: This budget allows no",
                "40: The set scales one",
            ],
        );
    }
}
