//! Requests and their answers: create, replace, patch.
//!
//! In: a body, what exists, feature gates. Out: the object as it would be stored and what the server warns of, or its
//! refusal. The order of the steps is that of the API server: decode, defaults, admission, preparation, rules.

mod patched;
mod scale;

use serde_json::Value;

use super::admission;
use super::body::{Body, Refused};
use super::decode::{Finding, decode, node_of};
use super::defaults;
use super::field::{FieldError, Path, quoted};
use super::gates::Gates;
use super::ownership::{self, Manager};
use super::patch::strategic;
use super::prepare;
use super::read::text;
use super::schema::schema;
use super::service_address;
use super::status::{Status, resource};
use super::surroundings::Surroundings;
use super::validate;
use super::warnings::warnings;
use super::zero::normalize;
use patched::{merged, patched, undecodable};
pub use scale::{patch_scale, scale_of};

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Group and version, as in `apps/v1`.
    pub group_version: &'a str,
    /// Kind, as in `StatefulSet`.
    pub kind: &'a str,
    /// Namespace of the address; ignored for kinds without.
    pub namespace: &'a str,
}

/// An accepted object.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// As the server would answer it.
    pub object: Value,
    /// What it warns of.
    pub warnings: Vec<String>,
}

/// The three formats of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// `application/json-patch+json`
    Json,
    /// `application/merge-patch+json`
    Merge,
    /// `application/strategic-merge-patch+json`
    Strategic,
}

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

impl Target<'_> {
    /// The API group; empty for core.
    pub fn group(&self) -> &str {
        self.group_version.split_once('/').map_or("", |(group, _)| group)
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Refused {
        Refused { status, findings: Vec::new() }
    }
}

/// Reads a body into an object of the target's kind, in its namespace, without defaults.
fn read(body: &Body, target: Target<'_>) -> Result<Value, Refused> {
    let mut object = body.read(target.group_version, target.kind)?.object;
    in_namespace(&mut object, target)?;
    Ok(object)
}

/// An object is in the namespace of the request's address, and in none if its kind has none.
fn in_namespace(object: &mut Value, target: Target<'_>) -> Result<(), Status> {
    if validate::is_namespaced(target.kind) {
        let own = text(&object["metadata"], "namespace");
        if !own.is_empty() && own != target.namespace {
            let message =
                "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Status::bad_request(message));
        }
        object["metadata"]["namespace"] = target.namespace.into();
    } else if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("namespace");
    }
    Ok(())
}

fn finish(mut object: Value, old: Option<&Value>, target: Target<'_>) -> Accepted {
    if let Some(root) = schema().kind(target.group_version, target.kind) {
        normalize(&mut object, root);
    }
    Accepted { warnings: warnings(&object, old), object }
}

/// A new object.
///
/// # Errors
/// The server's refusal.
pub fn create(
    body: &Body,
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<Accepted, Refused> {
    let mut object = read(body, target)?;
    let generated = text(&object["metadata"], "generateName").to_owned();
    if text(&object["metadata"], "name").is_empty() && !generated.is_empty() {
        object["metadata"]["name"] =
            format!("{}{}", &generated[..generated.floor_char_boundary(58)], world.suffix()).into();
    }
    let version = text(&object["metadata"], "resourceVersion").to_owned();
    defaults::apply(&mut object, gates);
    admission::admit_create(&mut object, world, gates)?;
    let mut warned = prepare::create(&mut object, &world.next_uid(), gates);
    if let Some(root) = schema().kind(target.group_version, target.kind) {
        normalize(&mut object, root);
    }
    if target.kind == "Service" {
        // Addresses are handed out before the rules, so that only address errors show if there is one.
        service_address::create(&mut object, world)?;
    }
    let errors = validate::create(&object, gates);
    let name = text(&object["metadata"], "name").to_owned();
    if !errors.is_empty() {
        return Err(Status::invalid(target.kind, target.group(), &name, errors).into());
    }
    admission::validate_create(&object, world)?;
    if world.get(target.kind, target.namespace, &name).is_some() {
        return Err(Status::already_exists(target.kind, target.group(), &name).into());
    }
    if !world.is_dry_run() && version.parse().is_ok_and(|version: u64| version > 0) {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Status::failure(message).into());
    }
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("uid");
    }
    let mut accepted = finish(object, None, target);
    warned.append(&mut accepted.warnings);
    Ok(Accepted { warnings: warned, ..accepted })
}

/// A whole object in place of an old one.
///
/// # Errors
/// The server's refusal.
pub fn replace(
    body: &Body,
    old: &Value,
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<Accepted, Refused> {
    let mut object = read(body, target)?;
    let name = text(&old["metadata"], "name").to_owned();
    is_named(&object, &name)?;
    defaults::apply(&mut object, gates);
    let (asked, uid) = (text(&object["metadata"], "uid"), text(&old["metadata"], "uid"));
    if !asked.is_empty() && asked != uid {
        let key = storage_key(target, &name);
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}"
        );
        return Err(Status::conflict(target.kind, target.group(), &name, &why).into());
    }
    change(object, old, target, world, gates)
}

/// The object has the name that the request's address has.
fn is_named(object: &Value, name: &str) -> Result<(), Status> {
    let message = match text(&object["metadata"], "name") {
        "" => {
            format!("the name of the object ({name} based on URL) was undeterminable: name must be provided")
        }
        asked if asked != name => {
            format!("the name of the object ({asked}) does not match the name on the URL ({name})")
        }
        _ => return Ok(()),
    };
    Err(Status::bad_request(message))
}

fn storage_key(target: Target<'_>, name: &str) -> String {
    let resource = match target.kind {
        "Service" => "services/specs".to_owned(),
        "Endpoints" => "services/endpoints".to_owned(),
        "Node" => "minions".to_owned(),
        kind => resource(kind),
    };
    if validate::is_namespaced(target.kind) {
        format!("/{resource}/{}/{name}", target.namespace)
    } else {
        format!("/{resource}/{name}")
    }
}

/// The steps that a replaced and a patched object share.
fn change(
    mut object: Value,
    old: &Value,
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<Accepted, Refused> {
    let name = text(&old["metadata"], "name").to_owned();
    let asked = text(&object["metadata"], "resourceVersion");
    if !asked.is_empty() && asked.parse::<u64>().is_err() {
        return Err(
            Status::failure(format!("strconv.ParseUint: parsing {}: invalid syntax", quoted(asked))).into()
        );
    }
    let replaced = text(&old["metadata"], "resourceVersion");
    if matches!(asked, "" | "0") && target.kind == "PodDisruptionBudget" && !replaced.is_empty() {
        // The one kind here that is not replaced without the version that is replaced.
        let at = Path::new("metadata").child("resourceVersion");
        let error = FieldError::invalid(&at, 0, "must be specified for an update");
        let resource = resource(target.kind);
        return Err(Status::invalid(&resource, target.group(), &name, vec![error]).into());
    }
    if !matches!(asked, "" | "0") && asked != replaced {
        return Err(Status::conflict(target.kind, target.group(), &name, MODIFIED).into());
    }
    if target.kind == "Service" {
        service_address::update(&mut object, old, world)?;
    }
    prepare::update(&mut object, old, gates);
    if let Some(root) = schema().kind(target.group_version, target.kind) {
        normalize(&mut object, root);
    }
    let errors = validate::update(&object, old, gates);
    if !errors.is_empty() {
        return Err(
            Status::invalid(target.kind, target.group(), text(&object["metadata"], "name"), errors).into()
        );
    }
    admission::validate_update(&object, old, world)?;
    Ok(finish(object, Some(old), target))
}

/// A patched object.
///
/// # Errors
/// The server's refusal.
pub fn patch(
    patch: &Value,
    kind: PatchKind,
    old: &Value,
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<Accepted, Refused> {
    let Some(root) = schema().kind(target.group_version, target.kind) else {
        let name = text(&old["metadata"], "name");
        return Err(Status::not_found(target.kind, target.group(), name).into());
    };
    let mut object = merged(patch, kind, old, target, root)?;
    defaults::apply(&mut object, gates);
    change(object, old, target, world, gates)
}

/// An object applied on the server's side: created, or merged into the one that is live; with the managed fields after
/// that. With `force`, the manager takes over what others manage.
///
/// # Errors
/// The server's refusal; a conflict if the change would be of fields that others manage.
pub fn apply(
    configuration: &Value,
    live: Option<(&Value, &Value)>,
    (manager, force): (Manager<'_>, bool),
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<(Accepted, Value), Refused> {
    let (old, managed) = live.unwrap_or((&Value::Null, &Value::Null));
    let meta = &configuration["metadata"];
    let Some(root) = schema().kind(target.group_version, target.kind) else {
        return Err(Status::not_found(target.kind, target.group(), text(meta, "name")).into());
    };
    let version = target.group_version;
    let kind = format!("{}{version}, Kind={}", if version.contains('/') { "" } else { "/" }, target.kind);
    let subject = format!("{}/{}; {kind}", text(meta, "namespace"), text(meta, "name"));
    ownership::is_applicable(configuration, &subject, root)?;
    let (merged, managed) = ownership::applied(managed, old, configuration, manager, force, root)?;
    let decoded = decode(&node_of(&merged), root);
    if let Some(error) = decoded.error {
        let why = strategic::conversion_error(&error.message);
        let message = format!(
            "failed to convert new object ({subject}) to proper version: unable to convert unstructured object to {kind}: {why}"
        );
        return Err(Status::failure(message).into());
    }
    if live.is_none() {
        return Ok((create(&Body::value(configuration), target, world, gates)?, managed));
    }
    let mut object = decoded.object;
    object["apiVersion"] = target.group_version.into();
    object["kind"] = target.kind.into();
    in_namespace(&mut object, target)?;
    defaults::apply(&mut object, gates);
    Ok((change(object, old, target, world, gates)?, managed))
}

/// An object with a patched status; whatever else the patch says is ignored.
///
/// # Errors
/// The server's refusal.
pub fn patch_status(
    patch: &Value,
    kind: PatchKind,
    old: &Value,
    target: Target<'_>,
) -> Result<Accepted, Refused> {
    let name = text(&old["metadata"], "name");
    let Some(root) = schema().kind(target.group_version, target.kind) else {
        return Err(Status::not_found(target.kind, target.group(), name).into());
    };
    let patched = patched(patch, kind, old, root)?;
    let decoded = decode(&node_of(&patched), root);
    if let Some(error) = &decoded.error {
        return Err(undecodable(patch, kind, &patched, error.message.clone()).into());
    }
    let mut object = old.clone();
    object["status"] = decoded.object["status"].clone();
    let errors = validate::update_status(&object, old);
    if !errors.is_empty() {
        return Err(Status::invalid(target.kind, target.group(), name, errors).into());
    }
    normalize(&mut object, root);
    Ok(Accepted { object, warnings: Vec::new() })
}

/// The findings of a refusal, each with its place in the body: where it was found, or where its field stands.
pub fn findings(refused: &Refused, body: &Body) -> Vec<Finding> {
    if !refused.findings.is_empty() {
        return refused.findings.clone();
    }
    let place = |field: &str| super::field::span_of(body.root(), field);
    if refused.status.causes.is_empty() {
        return vec![Finding { span: place(""), message: refused.status.message.clone() }];
    }
    let causes = refused.status.causes.iter();
    causes.map(|cause| Finding { span: place(&cause.field), message: cause.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::patch::merge;
    use crate::api::surroundings::Bare;

    const SET: Target<'_> = Target { group_version: "apps/v1", kind: "StatefulSet", namespace: "default" };

    fn manifest(image: &str) -> Value {
        let labels = json!({"app": "web"});
        let template =
            json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": image}]}});
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"serviceName": "web", "selector": {"matchLabels": labels}, "template": template}})
    }

    fn stored() -> Value {
        let gates = Gates::default();
        let accepted = create(&Body::value(&manifest("a")), SET, &mut Bare::default(), &gates);
        let mut object = accepted.expect("the manifest is valid").object;
        object["metadata"]["uid"] = "7".into();
        object["metadata"]["resourceVersion"] = "5".into();
        object
    }

    /// What the server says, and the replicas if it accepts.
    fn told(answer: Result<Value, Refused>) -> String {
        match answer {
            Ok(object) => format!("replicas {}", object["spec"]["replicas"]),
            Err(refused) => format!("{} {}", refused.status.code, refused.status.message),
        }
    }

    #[test]
    fn patches_of_what_an_object_is() {
        let check = |change: Value, kind: PatchKind, expected: &str| {
            let answer = patch(&change, kind, &stored(), SET, &mut Bare::default(), &Gates::default());
            let told = told(answer.map(|accepted| accepted.object));
            assert!(told.starts_with("422  \"\" is invalid: patch: ") || told == expected, "{told}");
            assert!(told.ends_with(expected), "{told}");
        };
        let other = json!({"kind": "Deployment"});
        check(other.clone(), PatchKind::Strategic, "replicas 1");
        check(
            other,
            PatchKind::Merge,
            "converting (v1.Deployment) to (apps.StatefulSet): unknown conversion",
        );
        check(json!({"apiVersion": "apps/v1beta1"}), PatchKind::Merge, "replicas 1");
        check(
            json!({"apiVersion": "apps/v7"}),
            PatchKind::Merge,
            "no kind \"StatefulSet\" is registered for version \"apps/v7\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        );
    }

    #[test]
    fn deletion_is_no_change() {
        let check = |meta: Value, expected: &str| {
            let change = json!({"metadata": meta});
            let answer =
                patch(&change, PatchKind::Merge, &stored(), SET, &mut Bare::default(), &Gates::default());
            assert_eq!(told(answer.map(|accepted| accepted.object)), expected);
        };
        check(json!({"creationTimestamp": "2020-01-01T00:00:00Z"}), "replicas 1");
        check(
            json!({"deletionTimestamp": "2020-01-01T00:00:00Z"}),
            "422 StatefulSet.apps \"web\" is invalid: metadata.deletionTimestamp: Invalid value: \"2020-01-01T00:00:00Z\": field is immutable",
        );
    }

    #[test]
    fn scales_are_objects_too() {
        let check = |change: Value, kind: PatchKind, expected: &str| {
            let told = told(patch_scale(&change, kind, &stored(), &Gates::default()));
            assert!(told.ends_with(expected), "{told}");
        };
        check(json!({"spec": {"replicas": 4}}), PatchKind::Strategic, "replicas 4");
        check(json!({"spec": {"replicas": null}}), PatchKind::Merge, "replicas 0");
        check(
            json!({"spec": {"replicas": 99_999_999_999_i64}}),
            PatchKind::Merge,
            "cannot unmarshal number 99999999999 into Go struct field ScaleSpec.spec.replicas of type int32",
        );
        check(
            json!({"spec": {"size": 1}}),
            PatchKind::Merge,
            "strict decoding error: unknown field \"spec.size\"",
        );
        check(
            json!({"metadata": {"name": "x"}}),
            PatchKind::Merge,
            "400 the name of the object (x) does not match the name on the URL (web)",
        );
        check(
            json!({"metadata": {"uid": "8"}}),
            PatchKind::Merge,
            "409 Operation cannot be fulfilled on statefulsets/scale.apps \"web\": Precondition failed: UID in precondition: 8, UID in object meta: 7",
        );
    }

    #[test]
    fn what_cannot_be_applied() {
        let check = |change: Value, expected: &str| {
            let configuration = merge::apply(&manifest("a"), &change);
            let helm = (Manager { name: "helm", subresource: "" }, false);
            for live in [None, Some((&stored(), &Value::Null))] {
                let answer = apply(&configuration, live, helm, SET, &mut Bare::default(), &Gates::default());
                assert_eq!(told(answer.map(|(accepted, _)| accepted.object)), expected);
            }
        };
        check(json!({"spec": {"replicas": 2}}), "replicas 2");
        check(
            json!({"spec": {"size": 1}}),
            "500 failed to create typed patch object (default/web; apps/v1, Kind=StatefulSet): .spec.size: field not declared in schema",
        );
        check(json!({"metadata": {"managedFields": []}}), "400 metadata.managedFields must be nil");
        let limits = json!({"resources": {"limits": {"cpu": "x"}}, "name": "a"});
        check(
            json!({"spec": {"template": {"spec": {"containers": [limits]}}}}),
            "500 failed to convert new object (default/web; apps/v1, Kind=StatefulSet) to proper version: unable to convert unstructured object to apps/v1, Kind=StatefulSet: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
    }
}
