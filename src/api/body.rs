//! A request's body, and which object it holds.
//!
//! Mirrors the codec of the API server: find the kind, decode strictly, and word every failure as it does.

use std::fmt::Write as _;

use serde_json::Value;

use super::decode::{self, Finding, decode};
use super::schema::{Struct, schema};
use super::status::Status;
use crate::diagnostic::Span;
use crate::yaml::{self, Data, Node};

/// How many bytes of a body an error shows.
const SHOWN_BYTES: usize = 30;
/// Where the server's types are registered, which its messages tell.
const SCHEME: &str = "pkg/api/legacyscheme/scheme.go:30";
/// Go's print of the struct it reads the kind into.
const KIND_STRUCT: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
/// Older versions that the server still knows though it serves them no more.
const OLD_VERSIONS: [(&str, &[&str]); 9] = [
    ("apps/v1beta1", &["Deployment", "StatefulSet", "ControllerRevision"]),
    ("apps/v1beta2", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision"]),
    ("extensions/v1beta1", &["Deployment", "DaemonSet", "ReplicaSet", "Ingress", "NetworkPolicy"]),
    ("networking.k8s.io/v1beta1", &["Ingress"]),
    ("policy/v1beta1", &["PodDisruptionBudget"]),
    ("batch/v1beta1", &["CronJob"]),
    ("storage.k8s.io/v1beta1", &["StorageClass"]),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"]),
    ("autoscaling/v1", &["HorizontalPodAutoscaler"]),
];

/// A body: a tree, or why there is none.
#[derive(Clone, Debug)]
pub struct Body {
    root: Node,
    duplicates: Vec<Finding>,
    refusal: Option<String>,
    /// The first bytes, in hexadecimal.
    shown: String,
}

/// What a body holds.
#[derive(Clone, Debug)]
pub struct Read {
    /// The object, without defaults.
    pub object: Value,
}

/// Why a body holds nothing, and every finding with its place.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The server's answer.
    pub status: Status,
    /// What to show where; empty if the answer has no place.
    pub findings: Vec<Finding>,
}

impl Body {
    /// A YAML text; of several documents the first.
    pub fn yaml(text: &str) -> Body {
        let parsed = yaml::parse(text);
        let refusal = parsed.go_error().map(str::to_owned);
        let duplicates = parsed.duplicates.iter().filter(|duplicate| duplicate.document == 0);
        let duplicates =
            duplicates.map(|key| Finding { span: key.span, message: key.message.clone() }).collect();
        let root = parsed.documents.into_iter().next().map(|document| document.root);
        let root = root.unwrap_or(Node { data: Data::Null, span: Span::default() });
        Body { root, duplicates, refusal, shown: shown(text.as_bytes()) }
    }

    /// A tree that was read already, with its duplicate keys.
    pub fn tree(root: Node, duplicates: Vec<Finding>) -> Body {
        Body { root, duplicates, refusal: None, shown: String::new() }
    }

    /// A value without places.
    pub fn value(value: &Value) -> Body {
        Body::tree(decode::node_of(value), Vec::new())
    }

    /// The tree.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Reads the object as the kind that the request's address asks for.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn read(&self, group_version: &str, kind: &str) -> Result<Read, Refused> {
        let plain = |status: Status| Refused { status, findings: Vec::new() };
        let unrecognized = |why: &str| {
            let message = format!(
                "the object provided is unrecognized (must be of type {kind}): {why} ({})",
                self.shown
            );
            plain(Status::bad_request(message))
        };
        if let Some(refusal) = &self.refusal {
            return Err(unrecognized(refusal));
        }
        let (version, own_kind) = self.kind().map_err(|why| unrecognized(&why))?;
        let version = if version.is_empty() { group_version.to_owned() } else { version };
        let own_kind = if own_kind.is_empty() { kind.to_owned() } else { own_kind };
        let short = version.rsplit('/').next().unwrap_or("");
        let handled = |why: &str| {
            let prefix = format!("{own_kind} in version {short:?} cannot be handled as a {kind}: ");
            Status::bad_request(prefix + why)
        };
        let root = registered(&version, &own_kind).map_err(|why| plain(handled(&why)))?;
        let mut decoded = decode(&self.root, root);
        decoded.duplicates = self.duplicates.clone();
        if let Some(error) = &decoded.error {
            let mut findings = decoded.type_errors.clone();
            findings.extend(decoded.duplicates.clone());
            findings.extend(decoded.unknown.clone());
            return Err(Refused { status: handled(&error.message), findings });
        }
        if own_kind != kind {
            return Err(plain(handled(&unknown_conversion(root, group_version, kind))));
        }
        if let Some(strict) = decoded.strict_error() {
            let mut findings = decoded.duplicates;
            findings.extend(decoded.unknown);
            return Err(Refused { status: handled(&strict), findings });
        }
        if version != group_version {
            let message = format!(
                "the API version in the data ({version}) does not match the expected API version ({group_version})"
            );
            return Err(plain(Status::bad_request(message)));
        }
        let mut object = decoded.object;
        object["apiVersion"] = group_version.into();
        object["kind"] = kind.into();
        Ok(Read { object })
    }

    /// Whether the server decodes the object, which has no version of its own to fall back to, as the kind.
    ///
    /// # Errors
    /// Why not, in the server's words.
    pub(crate) fn is_of(&self, group_version: &str, kind: &str) -> Result<(), String> {
        let (version, own_kind) = self.kind()?;
        if version.is_empty() {
            // Without a version it is read as the server's internal type, which knows none of these names.
            let fields =
                ["metadata", "spec", "status"].into_iter().filter(|name| self.root.get(name).is_some());
            let unknown: Vec<_> = fields.map(|name| format!("unknown field {name:?}")).collect();
            return Err(format!("strict decoding error: {}", unknown.join(", ")));
        }
        if (version.as_str(), own_kind.as_str()) == (group_version, kind) || own_kind.is_empty() {
            return Ok(());
        }
        let root = registered(&version, &own_kind)?;
        if own_kind == kind { Ok(()) } else { Err(unknown_conversion(root, group_version, kind)) }
    }

    /// The version and kind that the body names; empty where it names none.
    fn kind(&self) -> Result<(String, String), String> {
        let failed = |found: &str, into: &str| {
            format!("couldn't get version/kind; json parse error: json: cannot unmarshal {found} into {into}")
        };
        let found = |data: &Data| match data {
            Data::Sequence(_) => "array",
            Data::Mapping(_) => "object",
            Data::String(_) => "string",
            Data::Bool(_) => "bool",
            _ => "number",
        };
        match &self.root.data {
            Data::Mapping(_) | Data::Null => {}
            other => return Err(failed(found(other), &format!("Go value of type {KIND_STRUCT}"))),
        }
        let field = |name: &str| match self.root.get(name).map(|node| &node.data) {
            None | Some(Data::Null) => Ok(String::new()),
            Some(Data::String(text)) => Ok(text.clone()),
            Some(other) => Err(failed(found(other), &format!("Go struct field .{name} of type string"))),
        };
        let (version, kind) = (field("apiVersion")?, field("kind")?);
        if version.matches('/').count() > 1 {
            return Err(format!("unexpected GroupVersion string: {version}"));
        }
        Ok((version, kind))
    }
}

/// The struct of a kind in a version that the server can read.
fn registered(version: &str, kind: &str) -> Result<&'static Struct, String> {
    let old = OLD_VERSIONS.iter().any(|(old, kinds)| *old == version && kinds.contains(&kind));
    let root = schema().kind(version, kind).or_else(|| {
        let current = schema().kinds().find(|(_, known)| *known == kind && old)?;
        schema().kind(current.0, current.1)
    });
    root.ok_or_else(|| format!("no kind {kind:?} is registered for version {version:?} in scheme {SCHEME:?}"))
}

fn unknown_conversion(from: &Struct, group_version: &str, kind: &str) -> String {
    let group = group_version.split_once('/').map_or("core", |(group, _)| group);
    let package = group.split('.').next().unwrap_or(group);
    format!("converting ({}.{}) to ({package}.{kind}): unknown conversion", from.package, from.name)
}

fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let mut text = String::new();
    for byte in bytes.iter().take(SHOWN_BYTES) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN_BYTES {
        text.push_str(" ...");
    }
    text
}
