//! The rules for what templates write and for what stands in `crds/`.

use super::{Findings, Severity, deprecation};
use crate::chart::decode::{self, Fields};
use crate::chart::log::go_quoted;
use crate::template::objects::KubeVersion;

/// Checks what a template wrote; `false` where YAML cannot be read, which ends the checks.
pub(super) fn check(file: &str, text: &str, kube_version: &KubeVersion, findings: &mut Findings) -> bool {
    let extension =
        file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    let extension = extension.map_or(String::new(), |extension| format!(".{extension}"));
    let allowed = if [".yaml", ".yml", ".tpl", ".txt"].contains(&extension.as_str()) {
        Ok(())
    } else {
        Err(format!(
            "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
        ))
    };
    findings.rule(Severity::Error, file, allowed);
    if ![".yaml", ".yml"].contains(&extension.to_lowercase().as_str()) || text.trim().is_empty() {
        return true;
    }
    findings.rule(Severity::Warning, file, top_indent(text));
    each_head(file, text, findings, |head, document, findings| {
        findings.rule(Severity::Warning, file, object_name(head));
        let deprecated = deprecation::check(&head.api_version, &head.kind, kube_version);
        findings.rule(Severity::Warning, file, deprecated);
        findings.rule(Severity::Error, file, selector(head, text));
        findings.rule(Severity::Error, file, list_annotations(head, document));
    })
}

/// Checks a file of `crds/`; `false` where YAML cannot be read, which ends the checks.
pub(super) fn check_crd(file: &str, text: &str, findings: &mut Findings) -> bool {
    each_head(file, text, findings, |head, _, findings| {
        let is_crd = |fits: bool, problem: &str| if fits { Ok(()) } else { Err(problem.to_owned()) };
        let group = head.api_version.starts_with("apiextensions.k8s.io");
        findings.rule(Severity::Error, file, is_crd(group, "apiVersion is not in 'apiextensions.k8s.io'"));
        let kind = head.kind == "CustomResourceDefinition";
        findings.rule(Severity::Error, file, is_crd(kind, "object kind is not 'CustomResourceDefinition'"));
    })
}

/// Calls `rules` with the head and the text of each document that is not null.
fn each_head(
    file: &str,
    text: &str,
    findings: &mut Findings,
    mut rules: impl FnMut(&Head, &str, &mut Findings),
) -> bool {
    for document in documents(text) {
        match Head::read(document) {
            Ok(None) => {}
            Ok(Some(head)) => rules(&head, document, findings),
            Err(error) => {
                findings.rule(Severity::Error, file, Err(format!("unable to parse YAML: {error}")));
                return false;
            }
        }
    }
    true
}

struct Head {
    api_version: String,
    kind: String,
    name: String,
}

impl Head {
    /// `None` for a document that is null.
    fn read(text: &str) -> Result<Option<Head>, String> {
        let node = decode::unmarshal(text)?;
        if matches!(node.data, crate::yaml::Data::Null) {
            return Ok(None);
        }
        let fields = Fields::of(&node, "k8sYamlStruct", "rules.k8sYamlStruct")?;
        let api_version = fields.string("apiVersion")?;
        let kind = fields.string("kind")?;
        let metadata = fields.below("metadata", "k8sYamlMetadata", "Metadata.", "rules.k8sYamlMetadata")?;
        let name = match metadata {
            None => String::new(),
            Some(metadata) => {
                metadata.string("namespace")?;
                metadata.string("name")?
            }
        };
        Ok(Some(Head { api_version, kind, name }))
    }
}

/// Splits at lines that are `---`, as the YAML decoder of Kubernetes does.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty()) {
            documents.push(&text[start..at]);
            start = end;
        }
        at = end;
    }
    documents.push(&text[start..]);
    documents
}

fn top_indent(text: &str) -> Result<(), String> {
    match text.lines().find(|line| !line.trim().is_empty()) {
        Some(line) if line.starts_with([' ', '\t']) => Err(format!(
            "document starts with an illegal indent: {}, which may cause parsing problems",
            go_quoted(line)
        )),
        _ => Ok(()),
    }
}

fn object_name(head: &Head) -> Result<(), String> {
    const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
        or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation \
        is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and \
        must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation \
        is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
        alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
        validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    let name = head.name.as_str();
    let label = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.bytes().all(allowed) && !part.starts_with('-') && !part.ends_with('-')
    };
    let mut reasons: Vec<String> = Vec::new();
    let mut limit = |most: usize| {
        if name.len() > most {
            reasons.push(format!("must be no more than {most} bytes"));
        }
    };
    match head.kind.to_lowercase().as_str() {
        "certificatesigningrequest" => {}
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => {
            if name == "." || name == ".." {
                reasons.push(format!("may not be '{name}'"));
            } else {
                reasons.extend(
                    ['/', '%']
                        .iter()
                        .filter(|bad| name.contains(**bad))
                        .map(|bad| format!("may not contain '{bad}'")),
                );
            }
        }
        "service" => {
            limit(63);
            if !label(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
                reasons.push(SERVICE.to_owned());
            }
        }
        "namespace" => {
            limit(63);
            if !label(name) {
                reasons.push(LABEL.to_owned());
            }
        }
        _ => {
            limit(253);
            if !name.split('.').all(label) {
                reasons.push(SUBDOMAIN.to_owned());
            }
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let quoted = go_quoted(name);
    let mut told: Vec<String> =
        reasons.iter().map(|reason| format!("metadata.name: Invalid value: {quoted}: {reason}")).collect();
    let told = if told.len() == 1 { told.remove(0) } else { format!("[{}]", told.join(", ")) };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {told}"))
}

fn selector(head: &Head, text: &str) -> Result<(), String> {
    let needs = matches!(head.kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    if needs && !text.contains("matchLabels") && !text.contains("matchExpressions") {
        return Err(format!(
            "a {} must contain matchLabels or matchExpressions, and {} does not",
            head.kind,
            go_quoted(&head.name)
        ));
    }
    Ok(())
}

fn list_annotations(head: &Head, document: &str) -> Result<(), String> {
    if head.kind != "List" {
        return Ok(());
    }
    let node = decode::unmarshal(document)?;
    let items = node.get("items").map(|items| &items.data);
    let crate::yaml::Data::Sequence(items) = items.unwrap_or(&crate::yaml::Data::Null) else { return Ok(()) };
    let annotated = |item: &crate::yaml::Node| {
        let annotations = item.get("metadata").and_then(|metadata| metadata.get("annotations"));
        annotations.is_some_and(|annotations| annotations.get("helm.sh/resource-policy").is_some())
    };
    if items.iter().any(annotated) {
        return Err("annotation 'helm.sh/resource-policy' within List objects are ignored".to_owned());
    }
    Ok(())
}
