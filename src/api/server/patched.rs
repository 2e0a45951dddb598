//! What a patch makes of an object: formats, their failures, and what must still be an object of the kind.

use serde_json::Value;

use super::{PatchKind, Target, in_namespace, is_named};
use crate::api::body::Body;
use crate::api::decode::decode;
use crate::api::field::{FieldError, Path, Raw, quoted};
use crate::api::patch::{PatchError, json as json_patch, json_kind, merge, strategic};
use crate::api::read::text;
use crate::api::schema::Struct;
use crate::api::status::Status;

/// The object that a patch makes of an old one, before defaults and rules.
pub(super) fn merged(
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

/// What a patch makes of an object, whatever comes out.
pub(super) fn patched(patch: &Value, kind: PatchKind, old: &Value, root: &Struct) -> Result<Value, Status> {
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
pub(super) fn undecodable(patch: &Value, kind: PatchKind, patched: &Value, problem: String) -> Status {
    let shown = match kind {
        PatchKind::Strategic => strategic::go_value(patch),
        _ => patched.to_string(),
    };
    let error = FieldError::invalid(&Path::new("patch"), Raw(quoted(&shown)), problem);
    Status::invalid("", "", "", vec![error])
}
