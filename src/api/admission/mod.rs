//! What the default admission plugins change and refuse.
//!
//! Mirrors LimitRanger, ServiceAccount, Priority, DefaultTolerationSeconds, RuntimeClass, DefaultStorageClass,
//! StorageObjectInUseProtection, PersistentVolumeClaimResize and ResourceQuota.

mod claim;
mod limits;
mod pod;
pub(crate) mod quota;

use serde_json::Value;

use super::gates::Gates;
use super::status::Status;
use super::surroundings::Surroundings;

/// Changes a new object, or refuses it; runs before the kind's rules.
///
/// # Errors
/// The refusal of a plugin.
pub(crate) fn admit_create(
    object: &mut Value,
    world: &mut dyn Surroundings,
    gates: &Gates,
) -> Result<(), Status> {
    match object["kind"].as_str() {
        Some("Pod") => pod::admit(object, world, gates),
        Some("PersistentVolumeClaim") => {
            claim::admit(object, world);
            Ok(())
        }
        Some("PersistentVolume") => {
            claim::add_finalizer(object, "kubernetes.io/pv-protection");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses a new object; runs after the kind's rules.
///
/// # Errors
/// The refusal of a plugin.
pub(crate) fn validate_create(object: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    match object["kind"].as_str() {
        Some("Pod") => {
            limits::check_pod(object, world)?;
            pod::check_overhead(object)?;
        }
        Some("PersistentVolumeClaim") => limits::check_claim(object, world)?,
        _ => {}
    }
    quota::check(object, world)
}

/// Refuses a change; runs after the kind's rules.
///
/// # Errors
/// The refusal of a plugin.
pub(crate) fn validate_update(new: &Value, old: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    match new["kind"].as_str() {
        Some("PersistentVolumeClaim") => claim::validate_resize(new, old, world),
        _ => Ok(()),
    }
}
