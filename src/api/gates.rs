//! Feature gates that change what the server does with the kinds of this project.

/// Which gates are on. The default is that of Kubernetes 1.36.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// `MaxUnavailableStatefulSet`: StatefulSets may replace several pods at once.
    pub max_unavailable_stateful_set: bool,
    /// The token volume of pods also holds the certificates of OpenShift's service CA, as the build of Kubernetes
    /// that the golden data was recorded with has it. No gate of Kubernetes itself.
    pub service_ca_in_token_volume: bool,
}
