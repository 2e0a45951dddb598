//! The rules for `Chart.yaml`.

use super::{Findings, Severity, address};
use crate::chart::decode;
use crate::chart::log::go_quoted;
use crate::chart::metadata::{Maintainer, Metadata, base_name};
use crate::chart::version;
use crate::template::functions::is_request_url;
use crate::yaml::{self, Data, Node};

const FILE: &str = "Chart.yaml";
/// The fields of Helm's struct.
const FIELDS: [&str; 17] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

pub(super) fn check(bytes: &[u8], findings: &mut Findings) {
    let text = String::from_utf8_lossy(bytes);
    let metadata = match Metadata::read(&text) {
        Ok(metadata) => metadata,
        Err(error) => {
            findings.rule(Severity::Error, FILE, Err(format!("unable to parse YAML\n\t{error}")));
            return;
        }
    };
    let strict =
        strict(&text).map_err(|error| format!("failed to strictly parse chart metadata file\n\t{error}"));
    findings.rule(Severity::Warning, FILE, strict);
    let node = decode::unmarshal(&text).ok();
    let mut rule = |severity, outcome: Result<(), String>| findings.rule(severity, FILE, outcome);
    rule(Severity::Error, name(&metadata));
    rule(Severity::Error, api_version(&metadata));
    rule(Severity::Error, is_string(node.as_ref(), "version"));
    rule(Severity::Error, chart_version(&metadata));
    rule(Severity::Error, is_string(node.as_ref(), "appVersion"));
    rule(Severity::Error, maintainers(&metadata));
    rule(
        Severity::Error,
        match metadata.sources.iter().find(|source| !is_request_url(source)) {
            Some(source) => Err(format!("invalid source URL '{source}'")),
            None => Ok(()),
        },
    );
    if metadata.icon.is_empty() {
        rule(Severity::Info, Err("icon is recommended".to_owned()));
    } else if !is_request_url(&metadata.icon) {
        rule(Severity::Error, Err(format!("invalid icon URL '{}'", metadata.icon)));
    }
    rule(
        Severity::Error,
        only_in_v2(&metadata, !metadata.chart_type.is_empty(), "chart type is not valid in", "It is"),
    );
    let has_dependencies =
        metadata.dependencies.as_ref().is_some_and(|dependencies| !dependencies.is_empty());
    rule(
        Severity::Error,
        only_in_v2(
            &metadata,
            has_dependencies,
            "dependencies are not valid in the Chart file with",
            "They are",
        ),
    );
    let strict_version = if version::is_strict(&metadata.version) {
        Ok(())
    } else {
        Err(format!("version '{}' is not a valid SemVerV2", metadata.version))
    };
    rule(Severity::Warning, strict_version);
}

fn strict(text: &str) -> Result<(), String> {
    let parsed = yaml::parse(text);
    if let Some(refusal) = parsed.strict_refusal(0) {
        return Err(format!("error converting YAML to JSON: {refusal}"));
    }
    let Some(Data::Mapping(entries)) = parsed.documents.first().map(|document| &document.root.data) else {
        return Ok(());
    };
    let mut keys: Vec<_> = entries.iter().map(|entry| entry.key.as_key()).collect();
    keys.sort();
    match keys.iter().find(|key| !FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key))) {
        None => Ok(()),
        Some(key) => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: unknown field {}",
            go_quoted(key)
        )),
    }
}

fn name(metadata: &Metadata) -> Result<(), String> {
    let name = metadata.name.as_str();
    if name.is_empty() {
        return Err("name is required".to_owned());
    }
    let quoted = go_quoted(name);
    if base_name(name) != name {
        return Err(format!("chart name {quoted} is invalid"));
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.bytes().all(allowed) || name.starts_with('-') || name.ends_with('-') {
        return Err(format!(
            "chart name {quoted} is invalid; chart names must contain lowercase letters, numbers, and dashes, and \
             must start and end with a lowercase letter or number"
        ));
    }
    Ok(())
}

fn api_version(metadata: &Metadata) -> Result<(), String> {
    match metadata.api_version.as_str() {
        "v1" | "v2" => Ok(()),
        "" => Err("apiVersion is required. The value must be either \"v1\" or \"v2\"".to_owned()),
        other => Err(format!("apiVersion '{other}' is not valid. The value must be either \"v1\" or \"v2\"")),
    }
}

fn is_string(node: Option<&Node>, key: &str) -> Result<(), String> {
    let found = match node.and_then(|node| node.get(key)).map(|node| &node.data) {
        None | Some(Data::String(_)) => return Ok(()),
        Some(Data::Null) => "<nil>",
        Some(Data::Bool(_)) => "bool",
        Some(Data::Int(_) | Data::UInt(_) | Data::Float(_)) => "float64",
        Some(Data::Sequence(_)) => "[]interface {}",
        Some(Data::Mapping(_)) => "map[string]interface {}",
    };
    Err(format!("{key} should be of type string but it's of type {found}"))
}

fn chart_version(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.version;
    if version.is_empty() {
        return Err("version is required".to_owned());
    }
    if !version::is_version(version) {
        return Err(format!("version '{version}' is not a valid SemVer"));
    }
    if !version::is_compatible(">0.0.0-0", version) {
        return Err(format!("version {version} is less than or equal to 0.0.0-0"));
    }
    Ok(())
}

fn maintainers(metadata: &Metadata) -> Result<(), String> {
    for maintainer in &metadata.maintainers {
        match maintainer {
            None => return Err("a maintainer entry is empty".to_owned()),
            Some(maintainer) if maintainer.name.is_empty() => {
                return Err("each maintainer requires a name".to_owned());
            }
            Some(Maintainer { name, email, .. }) if !email.is_empty() && !address::is_email(email) => {
                return Err(format!("invalid email '{email}' for maintainer '{name}'"));
            }
            Some(Maintainer { name, url, .. }) if !url.is_empty() && !address::is_url(url) => {
                return Err(format!("invalid url '{url}' for maintainer '{name}'"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn only_in_v2(metadata: &Metadata, used: bool, what: &str, it_is: &str) -> Result<(), String> {
    if used && metadata.api_version != "v2" {
        return Err(format!(
            "{what} apiVersion '{}'. {it_is} valid in apiVersion 'v2'",
            metadata.api_version
        ));
    }
    Ok(())
}
