//! What the kubelet says of a pod.

/// An event of the kubelet about a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodEvent {
    /// `spec.containers{NAME}`, `spec.initContainers{NAME}`, or empty for the pod as a whole.
    pub field_path: String,
    /// `Warning`, otherwise `Normal`.
    pub is_warning: bool,
    /// A word for why.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
}
