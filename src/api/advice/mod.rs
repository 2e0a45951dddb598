//! Advice beyond the server: what it accepts and a careful reviewer would not.
//!
//! In: every object of a release, with its document. Out: findings that each say the consequence, how to see it
//! happen, what to do, and which fields to change where that is safe. One file a subject, one small function a
//! finding. Nothing here refuses anything.

mod budget;
mod claims;
mod data;
mod governing_service;
mod images;
mod probes;
mod rollout;
mod scaling;
mod spreading;

use serde_json::Value;

use super::field::{span_of, steps_of};
use super::read::text;
use crate::diagnostic::Span;
use crate::yaml::{Node, Step};

/// A piece of advice on one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// The object, as an index into what was given.
    pub object: usize,
    /// Where it stands in the object's document.
    pub span: Span,
    /// What it says.
    pub finding: Finding,
}

/// What a careful reviewer would say, in our words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// Path of the field it is about.
    pub field: String,
    /// What is the matter, in one line without a full stop.
    pub what: String,
    /// What comes of it.
    pub consequence: String,
    /// How to see it happen in the playground, a step a line.
    pub see: String,
    /// What to do.
    pub fix: String,
    /// Changes that do it, where they are safe; to be made all, in this order.
    pub edits: Vec<Edit>,
}

/// A change of a release's objects.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A field gets a value, or goes.
    Field {
        /// Kind of the object.
        kind: String,
        /// Name of the object.
        name: String,
        /// The field; an index that is a list's length adds an item.
        path: Vec<Step>,
        /// What it becomes; `None` removes it.
        value: Option<Value>,
    },
    /// One more object.
    Add(Value),
}

impl Edit {
    fn field(object: &Value, path: &str, value: Option<Value>) -> Edit {
        let (kind, name) = (text(object, "kind"), text(&object["metadata"], "name"));
        Edit::Field { kind: kind.to_owned(), name: name.to_owned(), path: steps_of(path), value }
    }

    fn set(object: &Value, path: &str, value: Value) -> Edit {
        Edit::field(object, path, Some(value))
    }

    fn remove(object: &Value, path: &str) -> Edit {
        Edit::field(object, path, None)
    }
}

/// The file in which a container of a pod template counts visits, if it runs the sample app: template, container.
pub type CountsIn<'a> = &'a dyn Fn(&Value, &Value) -> Option<String>;

/// The objects of a release.
struct Release<'a> {
    objects: &'a [(Value, &'a Node)],
    counts_in: CountsIn<'a>,
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

const RULES: [Rule; 14] = [
    governing_service::missing,
    governing_service::not_headless,
    governing_service::selects_other_pods,
    data::outside_volumes,
    claims::mounted_nowhere,
    claims::shadows_a_volume,
    claims::version_labels,
    probes::missing,
    probes::count_as_visits,
    images::moving_tags,
    spreading::all_on_one_node,
    budget::blocks_every_drain,
    rollout::partition_hides_update,
    scaling::ordered_ready,
];

/// Advice on a set of defaulted objects, each with the root of its document.
pub fn advice(objects: &[(Value, &Node)], counts_in: CountsIn<'_>) -> Vec<Advice> {
    let release = Release { objects, counts_in };
    let mut advice = Vec::new();
    for (index, (object, node)) in objects.iter().enumerate() {
        let mut findings = Vec::new();
        for rule in RULES {
            rule(object, &release, &mut findings);
        }
        advice.extend(findings.into_iter().map(|finding| Advice {
            object: index,
            span: span_of(node, &finding.field),
            finding,
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
        let counts_in = |_: &Value, container: &Value| {
            container["image"]
                .as_str()
                .filter(|image| image.starts_with("counter"))
                .map(|_| "/data/count".to_owned())
        };
        let found: Vec<_> = advice(&objects, &counts_in)
            .into_iter()
            .map(|advice| format!("{}: {}", advice.span.start.line, advice.finding.what))
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
                "5: Governing Service nginx is not headless",
                "5: Service nginx selects other pods",
                "17: Claim www is mounted nowhere",
                "18: Claim www carries the label version",
                "13: Container web has no readiness probe",
                "14: Container web runs the tag latest",
                "11: Nothing keeps the 3 replicas apart",
                "8: Partition 2 holds the next update back",
                "32: Budget web blocks every drain",
                "40: The autoscaler scales an OrderedReady set",
            ],
        );
    }

    /// A set of one container, with lines of its container, its volumes and its claim.
    fn set(image: &str, container: &str, volumes: &str, claim: &str) -> String {
        format!(
            "\
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{clusterIP: None, selector: {{app: db}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  serviceName: db
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
      containers:
      - name: db
        image: {image}
        {container}
      volumes: {volumes}
  volumeClaimTemplates:
  - metadata: {{name: {claim}}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"
        )
    }

    #[test]
    fn data_outside_of_claims() {
        let probe = "readinessProbe: {tcpSocket: {port: 5432}}";
        let outside = "db writes to /var/lib/postgresql/data, outside of every volume";
        let mounted =
            |path: &str| format!("volumeMounts: [{{name: data, mountPath: {path}}}]\n        {probe}");
        let postgres = "example.com/db/postgres:17";
        for path in ["/var/lib/postgresql/data", "/var/lib/postgresql", "/var/lib/postgresql/data/main"] {
            check(&set(postgres, &mounted(path), "[]", "data"), &[]);
        }
        check(&set(postgres, &mounted("/var/lib/postgres"), "[]", "data"), &[&format!("18: {outside}")]);
        check(&set("other:1", &mounted("/x"), "[]", "data"), &[]);
        check(
            &set(postgres, &mounted("/var/lib/postgresql"), "[{name: data, emptyDir: {}}]", "other"),
            &["18: db keeps /var/lib/postgresql/data on an emptyDir", "22: Claim other is mounted nowhere"],
        );
    }

    #[test]
    fn a_claim_that_takes_a_volumes_place() {
        let container = "volumeMounts: [{name: data, mountPath: /data}]\n        \
                         readinessProbe: {httpGet: {port: 80}}";
        let found = ["20: A claim takes the place of volume data"];
        check(&set("x:1", container, "[{name: data, emptyDir: {}}]", "data"), &found);
        check(&set("counter:1", container, "[]", "data"), &["19: Probes of db count as visits"]);
    }
}
