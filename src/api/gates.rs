//! Feature gates that change what the server does with the kinds of this project.

/// Which gates are on. The default is that of Kubernetes 1.36.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// `MaxUnavailableStatefulSet`: StatefulSets may replace several pods at once.
    pub max_unavailable_stateful_set: bool,
}
