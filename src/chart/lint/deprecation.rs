//! Which kinds of the Kubernetes API are deprecated since when, and what to use instead.
//!
//! Source of the facts: the `prerelease-lifecycle` tags of `k8s.io/api`, as its deprecation warnings tell them.

use crate::template::objects::KubeVersion;

/// Kinds of one API version with a common fate: deprecated since, gone since (0: served still), used instead.
struct Fate {
    api_version: &'static str,
    /// Kinds with a blank between.
    kinds: &'static str,
    deprecated: u32,
    removed: u32,
    /// The API version to use instead; the kind keeps its name. Empty if there is none.
    replacement: &'static str,
}

const fn fate(
    api_version: &'static str,
    kinds: &'static str,
    deprecated: u32,
    removed: u32,
    replacement: &'static str,
) -> Fate {
    Fate { api_version, kinds, deprecated, removed, replacement }
}

const FATES: [Fate; 30] = [
    fate("v1", "ComponentStatus", 19, 0, ""),
    fate("v1", "Endpoints", 33, 0, "discovery.k8s.io/v1"),
    fate(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        16,
        22,
        "admissionregistration.k8s.io/v1",
    ),
    fate(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
        31,
        34,
        "",
    ),
    fate("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 16, 22, "apiextensions.k8s.io/v1"),
    fate("apps/v1beta1", "ControllerRevision Deployment StatefulSet", 8, 16, "apps/v1"),
    fate("apps/v1beta2", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", 9, 16, "apps/v1"),
    fate("batch/v1beta1", "CronJob", 21, 25, "batch/v1"),
    fate("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22, "certificates.k8s.io/v1"),
    fate("coordination.k8s.io/v1beta1", "Lease", 19, 22, "coordination.k8s.io/v1"),
    fate("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25, "discovery.k8s.io/v1"),
    fate("events.k8s.io/v1beta1", "Event", 22, 25, ""),
    fate("extensions/v1beta1", "DaemonSet Deployment ReplicaSet", 8, 16, "apps/v1"),
    fate("extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1"),
    fate("extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1"),
    fate(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchema PriorityLevelConfiguration",
        23,
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    fate(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "FlowSchema PriorityLevelConfiguration",
        26,
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    fate(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "FlowSchema PriorityLevelConfiguration",
        29,
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    fate("networking.k8s.io/v1beta1", "Ingress", 19, 22, "networking.k8s.io/v1"),
    fate("networking.k8s.io/v1beta1", "IngressClass", 19, 22, "networking.k8s.io/v1"),
    fate("node.k8s.io/v1beta1", "RuntimeClass", 22, 25, ""),
    fate("policy/v1beta1", "PodDisruptionBudget", 21, 25, "policy/v1"),
    fate(
        "rbac.authorization.k8s.io/v1alpha1",
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        17,
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    fate(
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        17,
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    fate("scheduling.k8s.io/v1alpha1", "PriorityClass", 17, 22, "scheduling.k8s.io/v1"),
    fate("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22, "scheduling.k8s.io/v1"),
    fate("storage.k8s.io/v1beta1", "CSIDriver StorageClass VolumeAttachment", 19, 22, "storage.k8s.io/v1"),
    fate("storage.k8s.io/v1beta1", "CSINode", 17, 22, "storage.k8s.io/v1"),
    fate("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27, "storage.k8s.io/v1"),
    fate("storage.k8s.io/v1alpha1", "VolumeAttachment CSIStorageCapacity", 21, 24, "storage.k8s.io/v1"),
];

/// Says whether a kind is deprecated in a version of Kubernetes.
///
/// # Errors
/// The warning of the API server.
pub(super) fn check(api_version: &str, kind: &str, kube_version: &KubeVersion) -> Result<(), String> {
    let major: u32 = kube_version.major.parse().unwrap_or(0);
    let minor: u32 = kube_version.minor.parse().unwrap_or(0);
    let known = FATES
        .iter()
        .find(|fate| fate.api_version == api_version && fate.kinds.split(' ').any(|known| known == kind));
    let Some(fate) = known.filter(|fate| (major, minor) >= (1, fate.deprecated)) else { return Ok(()) };
    let mut warning = format!("{api_version} {kind} is deprecated in v1.{}+", fate.deprecated);
    if fate.removed > 0 {
        warning.push_str(&format!(", unavailable in v1.{}+", fate.removed));
    }
    if !fate.replacement.is_empty() {
        let replacement = match kind {
            "Endpoints" => "EndpointSlice",
            // So it stands in the API itself.
            "IngressClass" => "IngressClassList",
            kind => kind,
        };
        warning.push_str(&format!("; use {} {replacement}", fate.replacement));
    }
    Err(warning)
}

#[cfg(test)]
mod tests {
    use crate::chart::version::parse_kube_version;

    #[test]
    fn deprecated_kinds_are_told_from_their_version_on() {
        let check = |api_version: &str, kind: &str, kube_version: &str, expected: &str| {
            let version = parse_kube_version(kube_version).expect("a version");
            assert_eq!(super::check(api_version, kind, &version).err().unwrap_or_default(), expected);
        };
        let told = "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 \
                    PodDisruptionBudget";
        check("policy/v1beta1", "PodDisruptionBudget", "1.36", told);
        check("policy/v1beta1", "PodDisruptionBudget", "1.20", "");
        check("policy/v1", "PodDisruptionBudget", "1.36", "");
        let told = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
        check("v1", "Endpoints", "1.36", told);
    }
}
