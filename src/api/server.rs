//! Requests and their answers: create, replace, patch.
//!
//! In: a body, what exists, feature gates. Out: the object as it would be stored and what the server warns of, or its
//! refusal. The order of the steps is that of the API server: decode, defaults, admission, preparation, rules.

use serde_json::{Value, json};

use super::admission;
use super::body::{Body, Refused};
use super::decode::{Finding, decode, node_of};
use super::defaults;
use super::field::{FieldError, Path, Raw, quoted};
use super::gates::Gates;
use super::label_selector;
use super::ownership::{self, Manager};
use super::patch::{PatchError, json as json_patch, json_kind, merge, strategic};
use super::prepare;
use super::read::{has, number, text};
use super::schema::{Struct, schema};
use super::service_address;
use super::status::{Status, resource};
use super::surroundings::Surroundings;
use super::validate;
use super::warnings::warnings;
use super::zero::normalize;

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
        object["metadata"]["name"] = format!("{}{}", crop(&generated, 58), world.suffix()).into();
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

fn crop(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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

/// The object that a patch makes of an old one, before defaults and rules.
fn merged(
    patch: &Value,
    kind: PatchKind,
    old: &Value,
    target: Target<'_>,
    root: &Struct,
) -> Result<Value, Status> {
    let patched = patched(patch, kind, old, root)?;
    let body = Body::value(&patched);
    if kind != PatchKind::Strategic
        && let Err(problem) = body.is_of(target.group_version, target.kind)
    {
        return Err(undecodable(patch, kind, &patched, problem));
    }
    let decoded = decode(body.root(), root);
    let error = decoded.error.as_ref().map(|finding| match kind {
        PatchKind::Strategic => strategic::conversion_error(&finding.message),
        _ => finding.message.clone(),
    });
    let problem = error.or_else(|| decoded.strict_error());
    if let Some(problem) = problem {
        return Err(undecodable(patch, kind, &patched, problem));
    }
    let mut object = decoded.object;
    object["apiVersion"] = target.group_version.into();
    object["kind"] = target.kind.into();
    in_namespace(&mut object, target)?;
    is_named(&object, text(&old["metadata"], "name"))?;
    Ok(object)
}

fn patched(patch: &Value, kind: PatchKind, old: &Value, root: &Struct) -> Result<Value, Status> {
    let patched = match kind {
        PatchKind::Merge if patch.is_object() => Ok(merge::apply(old, patch)),
        PatchKind::Merge if patch.is_null() => Ok(old.clone()),
        PatchKind::Merge => {
            let found = json_kind(patch);
            let why = format!("cannot unmarshal {found} into Go value of type map[string]interface {{}}");
            Err(PatchError::Malformed(format!("error decoding patch: json: {why}")))
        }
        PatchKind::Strategic => strategic::apply(old, patch, root),
        PatchKind::Json => json_patch::apply(old, patch),
    };
    patched.map_err(|error| match error {
        PatchError::Malformed(message) => Status::bad_request(message),
        PatchError::TooLarge(message) => Status::too_large(&message),
        PatchError::Unfit(_) => Status::unprocessable(),
        PatchError::Failed(message) => Status::failure(message),
    })
}

/// A patch whose result is no object of the kind; the message quotes the result, or the strategic patch.
fn undecodable(patch: &Value, kind: PatchKind, patched: &Value, problem: String) -> Status {
    let shown = match kind {
        PatchKind::Strategic => strategic::go_value(patch),
        _ => patched.to_string(),
    };
    let error = FieldError::invalid(&Path::new("patch"), Raw(quoted(&shown)), problem);
    Status::invalid("", "", "", vec![error])
}

/// An object applied on the server's side: created, or merged into the one that is live; with the managed fields after
/// that.
///
/// # Errors
/// The server's refusal; a conflict if the change would be of fields that others manage.
pub fn apply(
    configuration: &Value,
    live: Option<(&Value, &Value)>,
    manager: Manager<'_>,
    target: Target<'_>,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<(Accepted, Value), Refused> {
    let (old, managed) = live.unwrap_or((&Value::Null, &Value::Null));
    let body = Body::value(configuration);
    let Some(root) = schema().kind(target.group_version, target.kind) else {
        return Err(Status::not_found(target.kind, target.group(), text(&old["metadata"], "name")).into());
    };
    if live.is_none() {
        let accepted = create(&body, target, world, gates)?;
        let (_, managed) = ownership::applied(managed, old, configuration, manager, false, root)?;
        return Ok((accepted, managed));
    }
    read(&body, target)?;
    let (merged, managed) = ownership::applied(managed, old, configuration, manager, false, root)?;
    let decoded = decode(&node_of(&merged), root);
    if let Some(error) = decoded.error {
        return Err(Status::failure(error.message).into());
    }
    let mut object = decoded.object;
    object["apiVersion"] = target.group_version.into();
    object["kind"] = target.kind.into();
    in_namespace(&mut object, target)?;
    defaults::apply(&mut object, gates);
    Ok((change(object, old, target, world, gates)?, managed))
}

/// The `scale` subresource of an object with replicas and a selector.
pub fn scale_of(object: &Value) -> Value {
    let meta = &object["metadata"];
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "spec": {},
        "status": {"replicas": number(&object["status"], "replicas")},
    });
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        if has(meta, field) {
            scale["metadata"][field] = meta[field].clone();
        }
    }
    if number(&object["spec"], "replicas") != 0 {
        scale["spec"]["replicas"] = object["spec"]["replicas"].clone();
    }
    let selector = label_selector::to_line(&object["spec"]["selector"]);
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    scale
}

/// A patched scale: the changed object, of which [`scale_of`] is the answer.
///
/// # Errors
/// The server's refusal.
pub fn patch_scale(patch: &Value, kind: PatchKind, old: &Value, gates: &Gates) -> Result<Value, Refused> {
    let (version, name) = (text(old, "apiVersion"), text(&old["metadata"], "name"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let target = Target {
        group_version: "autoscaling/v1",
        kind: "Scale",
        namespace: text(&old["metadata"], "namespace"),
    };
    let Some(root) = schema().named(target.kind) else {
        return Err(Status::not_found(target.kind, group, name).into());
    };
    let scale = merged(patch, kind, &scale_of(old), target, root)?;
    let mut errors = validate::create(&scale, gates);
    let replicas = number(&scale["spec"], "replicas");
    if replicas < 0 {
        let path = Path::new("spec").child("replicas");
        errors.push(FieldError::invalid(&path, replicas, "must be greater than or equal to 0"));
    }
    if !errors.is_empty() {
        return Err(Status::invalid(target.kind, target.group(), name, errors).into());
    }
    let (asked, uid) = (text(&scale["metadata"], "uid"), text(&old["metadata"], "uid"));
    if !asked.is_empty() && asked != uid {
        let why = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}");
        return Err(Status::conflict_of(
            &format!("{}/scale", resource(text(old, "kind"))),
            group,
            name,
            &why,
        )
        .into());
    }
    let version = text(&scale["metadata"], "resourceVersion");
    if !version.is_empty() && version != text(&old["metadata"], "resourceVersion") {
        return Err(Status::conflict(text(old, "kind"), group, name, MODIFIED).into());
    }
    let mut object = old.clone();
    object["spec"]["replicas"] = replicas.into();
    prepare::update(&mut object, old, gates);
    Ok(object)
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
