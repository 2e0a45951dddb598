//! Probes of a set's containers.

use serde_json::{Value, json};

use super::{Edit, Finding, Release};
use crate::api::read::{has, list, number, text};

/// A container without a readiness probe is ready as soon as it runs.
pub(super) fn missing(object: &Value, _release: &Release<'_>, found: &mut Vec<Finding>) {
    if !matches!(text(object, "kind"), "StatefulSet" | "Deployment") {
        return;
    }
    for (index, container) in list(&object["spec"]["template"]["spec"], "containers").iter().enumerate() {
        if has(container, "readinessProbe") {
            continue;
        }
        let name = text(container, "name");
        let port = list(container, "ports").first();
        let port = port.map(|port| port.get("name").unwrap_or(&port["containerPort"]));
        let edits = port.map(|port| {
            let field = format!("spec.template.spec.containers[{index}].readinessProbe");
            Edit::set(object, &field, json!({"tcpSocket": {"port": port}}))
        });
        found.push(Finding {
            field: format!("spec.template.spec.containers[{index}].name"),
            what: format!("Container {name} has no readiness probe"),
            consequence:
                "It counts as ready the moment it starts: requests reach it before it can answer, and the next pod \
                 follows at once."
                    .into(),
            see: "Apply the chart: each pod is ready as soon as it runs.\n\
                  Break a pod with Hang: it stays ready, and its name stays lit."
                .into(),
            fix: "Add a readinessProbe that asks what clients ask; at least, whether the port is open.".into(),
            edits: edits.into_iter().collect(),
        });
    }
}

/// Probes that the sample app counts as visits: those that get `/`.
pub(super) fn count_as_visits(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    let template = &object["spec"]["template"];
    for (index, container) in list(&template["spec"], "containers").iter().enumerate() {
        if (release.counts_in)(template, container).is_none() {
            continue;
        }
        let counted = |probe: &&str| {
            matches!(text(&container[*probe]["httpGet"], "path"), "/")
                || (has(&container[*probe], "httpGet")
                    && text(&container[*probe]["httpGet"], "path").is_empty())
        };
        let probes = ["startupProbe", "livenessProbe", "readinessProbe"];
        let Some(first) = probes.iter().find(|probe| counted(probe)) else { continue };
        let seconds = number(&container[*first], "periodSeconds").max(1);
        found.push(Finding {
            field: format!("spec.template.spec.containers[{index}].{first}.httpGet.path"),
            what: format!("Probes of {} count as visits", text(container, "name")),
            consequence: format!(
                "The kubelet gets / every {seconds} s for each such probe, and the app counts it: the number grows \
                 without visitors and says nothing about them."
            ),
            see: "Apply the chart and let time pass without visiting.\n\
                  Watch the visits on the pods' cards: they grow by themselves."
                .into(),
            fix: "Let the probes get a path that does not count, such as /health, if the app has one.".into(),
            edits: Vec::new(),
        });
    }
}
