//! Which kinds of the Kubernetes API are deprecated since when, and what to use instead.
//!
//! Source of the facts: the `prerelease-lifecycle` tags of `k8s.io/api` of Kubernetes 1.36, as its deprecation warnings
//! tell them.

use crate::template::objects::KubeVersion;

/// A row for kinds with a common fate: their API version, the minor version that deprecated them, the one without them
/// (0: served still), the API version to use instead (-: none), the kinds. Their lists share it.
const FATES: &str = "\
v1 19 0 - ComponentStatus
v1 33 0 discovery.k8s.io/v1 Endpoints
admissionregistration.k8s.io/v1beta1 16 22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 31 34 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
apiextensions.k8s.io/v1beta1 16 22 apiextensions.k8s.io/v1 CustomResourceDefinition
apps/v1beta1 8 16 apps/v1 ControllerRevision Deployment StatefulSet
apps/v1beta2 9 16 apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
batch/v1beta1 21 25 batch/v1 CronJob
certificates.k8s.io/v1beta1 19 22 certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 36 39 - ClusterTrustBundle
certificates.k8s.io/v1beta1 38 41 - PodCertificateRequest
coordination.k8s.io/v1beta1 19 22 coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 36 39 - LeaseCandidate
discovery.k8s.io/v1beta1 21 25 discovery.k8s.io/v1 EndpointSlice
events.k8s.io/v1beta1 22 25 - Event
extensions/v1beta1 8 16 apps/v1 DaemonSet Deployment ReplicaSet
extensions/v1beta1 14 22 networking.k8s.io/v1 Ingress
extensions/v1beta1 9 16 networking.k8s.io/v1 NetworkPolicy
flowcontrol.apiserver.k8s.io/v1beta1 23 26 flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2 26 29 flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3 29 32 flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1beta1 19 22 networking.k8s.io/v1 Ingress IngressClass
node.k8s.io/v1beta1 22 25 - RuntimeClass
policy/v1beta1 21 25 policy/v1 PodDisruptionBudget
rbac.authorization.k8s.io/v1alpha1 17 22 rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
rbac.authorization.k8s.io/v1beta1 17 22 rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1alpha1 17 22 scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 14 22 scheduling.k8s.io/v1 PriorityClass
storage.k8s.io/v1beta1 19 22 storage.k8s.io/v1 CSIDriver StorageClass VolumeAttachment
storage.k8s.io/v1beta1 17 22 storage.k8s.io/v1 CSINode
storage.k8s.io/v1beta1 24 27 storage.k8s.io/v1 CSIStorageCapacity
storage.k8s.io/v1alpha1 21 24 storage.k8s.io/v1 VolumeAttachment CSIStorageCapacity";

/// Kinds that are replaced by a kind of another name; the last two so by a slip in the API's own tags.
const RENAMED: [(&str, &str); 4] = [
    ("Endpoints", "EndpointSlice"),
    ("EndpointsList", "EndpointSliceList"),
    ("IngressClass", "IngressClassList"),
    ("CSINodeList", "CSINode"),
];

/// Says whether a kind is deprecated in a version of Kubernetes.
///
/// # Errors
/// The warning of the API server.
pub(super) fn check(api_version: &str, kind: &str, kube_version: &KubeVersion) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let version = (number(&kube_version.major), number(&kube_version.minor));
    let item = kind.strip_suffix("List").unwrap_or(kind);
    for row in FATES.lines() {
        let mut columns = row.split(' ');
        let mut next = || columns.next().unwrap_or_default();
        let (of, deprecated, removed, instead) = (next(), next(), next(), next());
        if of != api_version || !columns.any(|known| known == item) || version < (1, number(deprecated)) {
            continue;
        }
        let mut warning = format!("{api_version} {kind} is deprecated in v1.{deprecated}+");
        if removed != "0" {
            warning.push_str(&format!(", unavailable in v1.{removed}+"));
        }
        if instead != "-" {
            let renamed = RENAMED.iter().find(|(old, _)| *old == kind);
            warning.push_str(&format!("; use {instead} {}", renamed.map_or(kind, |(_, new)| new)));
        }
        return Err(warning);
    }
    Ok(())
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
        let told = "storage.k8s.io/v1beta1 CSINodeList is deprecated in v1.17+, unavailable in v1.22+; use \
                    storage.k8s.io/v1 CSINode";
        check("storage.k8s.io/v1beta1", "CSINodeList", "1.36", told);
        let told =
            "coordination.k8s.io/v1beta1 LeaseCandidate is deprecated in v1.36+, unavailable in v1.39+";
        check("coordination.k8s.io/v1beta1", "LeaseCandidate", "1.36", told);
        check("coordination.k8s.io/v1beta1", "LeaseCandidate", "1.35", "");
        check("v1", "List", "1.36", "");
    }

    #[test]
    fn every_row_of_the_table_can_be_read() {
        for row in super::FATES.lines() {
            let columns: Vec<&str> = row.split_whitespace().collect();
            assert!(columns.len() > 4, "{row}");
            assert!(columns[1].parse::<u32>().is_ok() && columns[2].parse::<u32>().is_ok(), "{row}");
        }
    }
}
