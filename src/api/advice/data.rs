//! Where a set's containers write what must outlive them.

use serde_json::{Value, json};

use super::{Edit, Finding, Release, claims};
use crate::api::read::{list, text};

/// Well-known images, by the last part of their name, and the directory that holds their data unless configured
/// otherwise, as each image's own documentation says.
const DIRECTORIES: [(&str, &str); 26] = [
    ("cassandra", "/var/lib/cassandra"),
    ("clickhouse-server", "/var/lib/clickhouse"),
    ("cockroach", "/cockroach/cockroach-data"),
    ("consul", "/consul/data"),
    ("couchdb", "/opt/couchdb/data"),
    ("elasticsearch", "/usr/share/elasticsearch/data"),
    ("gitea", "/data"),
    ("grafana", "/var/lib/grafana"),
    ("influxdb", "/var/lib/influxdb"),
    ("mariadb", "/var/lib/mysql"),
    ("memgraph", "/var/lib/memgraph"),
    ("minio", "/data"),
    ("mongo", "/data/db"),
    ("mysql", "/var/lib/mysql"),
    ("neo4j", "/data"),
    ("nexus3", "/nexus-data"),
    ("opensearch", "/usr/share/opensearch/data"),
    ("postgres", "/var/lib/postgresql/data"),
    ("prometheus", "/prometheus"),
    ("rabbitmq", "/var/lib/rabbitmq"),
    ("redis", "/data"),
    ("registry", "/var/lib/registry"),
    ("solr", "/var/solr"),
    ("valkey", "/data"),
    ("vault", "/vault/file"),
    ("zookeeper", "/data"),
];

/// The directory that holds a container's data, and the file it is known to write there, if that is known.
fn home(object: &Value, container: &Value, release: &Release<'_>) -> Option<(String, Option<String>)> {
    if let Some(file) = (release.counts_in)(&object["spec"]["template"], container) {
        let directory = file.rsplit_once('/').map_or("/", |(directory, _)| directory).to_owned();
        return Some((directory, Some(file)));
    }
    let image = text(container, "image");
    let name = image.split('@').next().unwrap_or(image);
    let name = name.rsplit('/').next().unwrap_or(name).split(':').next().unwrap_or(name);
    let found = DIRECTORIES.iter().find(|(known, _)| *known == name)?;
    Some((found.1.to_owned(), None))
}

/// Whether `path` is `above` or lies below it.
fn is_in(path: &str, above: &str) -> bool {
    path.strip_prefix(above.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The volume that covers a path of a container, by the deepest mount.
fn covering<'c>(container: &'c Value, path: &str) -> Option<&'c str> {
    list(container, "volumeMounts")
        .iter()
        .filter(|mount| is_in(path, text(mount, "mountPath")))
        .max_by_key(|mount| text(mount, "mountPath").len())
        .map(|mount| text(mount, "name"))
}

/// An app whose data is in no volume, or in one that dies with its pod.
pub(super) fn outside_volumes(object: &Value, release: &Release<'_>, found: &mut Vec<Finding>) {
    if text(object, "kind") != "StatefulSet" {
        return;
    }
    let pod = &object["spec"]["template"]["spec"];
    for (index, container) in list(pod, "containers").iter().enumerate() {
        let Some((directory, file)) = home(object, container, release) else { continue };
        let place = file.as_deref().unwrap_or(&directory);
        let is_empty_dir = |name: &str| {
            claims::templates(object).all(|(_, _, claim)| claim != name)
                && list(pod, "volumes")
                    .iter()
                    .any(|volume| text(volume, "name") == name && volume["emptyDir"].is_object())
        };
        let name = text(container, "name");
        // An image may keep its data below a mount inside its directory.
        let has_mount_below =
            list(container, "volumeMounts").iter().any(|mount| is_in(text(mount, "mountPath"), &directory));
        let (what, lives) = match covering(container, place) {
            Some(volume) if is_empty_dir(volume) => {
                (format!("{name} keeps {place} on an emptyDir"), "lives as long as the pod")
            }
            None if !has_mount_below => (
                format!("{name} writes to {place}, outside of every volume"),
                "lives as long as the container",
            ),
            _ => continue,
        };
        let edits = claim_moved(object, index, container, &directory);
        found.push(Finding {
            field: format!("spec.template.spec.containers[{index}].volumeMounts"),
            what,
            consequence: format!(
                "What the app writes there {lives}: when a pod is replaced, its successor has the name and the claim, \
                 but starts without the data."
            ),
            see: "Apply the chart, select its Service and visit it a few times.\n\
                  Delete the pod that counted: when it is back, its count has started over."
                .into(),
            fix: format!("Mount a claim at {directory}."),
            edits,
        });
    }
}

/// The edit that puts a claim where a container keeps its data: one that it does not mount yet, or its only one.
fn claim_moved(object: &Value, index: usize, container: &Value, directory: &str) -> Vec<Edit> {
    let mounts = list(container, "volumeMounts");
    let is_mounted = |claim: &str| mounts.iter().any(|mount| text(mount, "name") == claim);
    let mut names = claims::templates(object).map(|(_, _, name)| name);
    if let Some(unused) = names.clone().find(|claim| !is_mounted(claim)) {
        return mount_at(object, index, unused, directory);
    }
    let (Some(claim), None) = (names.next(), names.next()) else { return Vec::new() };
    let own = |mount: &&Value| text(mount, "name") == claim && text(mount, "subPath").is_empty();
    let mut places = mounts.iter().enumerate().filter(|(_, mount)| own(mount));
    match (places.next(), places.next()) {
        (Some((at, _)), None) => {
            let field = format!("spec.template.spec.containers[{index}].volumeMounts[{at}].mountPath");
            vec![Edit::set(object, &field, directory.into())]
        }
        _ => Vec::new(),
    }
}

/// The edit that mounts a claim where the set's only container keeps its data, if that is known.
pub(super) fn mount_of(object: &Value, release: &Release<'_>, claim: &str) -> Vec<Edit> {
    match list(&object["spec"]["template"]["spec"], "containers") {
        [container] => home(object, container, release)
            .filter(|(directory, _)| covering(container, directory).is_none())
            .map(|(directory, _)| mount_at(object, 0, claim, &directory))
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn mount_at(object: &Value, container: usize, claim: &str, directory: &str) -> Vec<Edit> {
    let containers = list(&object["spec"]["template"]["spec"], "containers");
    let mounts = containers.get(container).map_or(0, |container| list(container, "volumeMounts").len());
    let field = format!("spec.template.spec.containers[{container}].volumeMounts[{mounts}]");
    vec![Edit::set(object, &field, json!({"name": claim, "mountPath": directory}))]
}
