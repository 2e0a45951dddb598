//! Versions of charts and of Kubernetes, and constraints on them.

/// A version of Kubernetes, as `.Capabilities.KubeVersion` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// `v1.36.0`.
    pub version: String,
    /// `1`.
    pub major: String,
    /// `36`.
    pub minor: String,
}

/// The version that Helm 4.2.4 assumes without `--kube-version`.
pub(crate) fn default_kube_version() -> KubeVersion {
    KubeVersion { version: "v1.36.0".to_owned(), major: "1".to_owned(), minor: "36".to_owned() }
}

impl KubeVersion {
    /// Reads the text of `--kube-version`.
    ///
    /// # Errors
    /// Helm's words.
    pub fn parse(text: &str) -> Result<KubeVersion, String> {
        let _ = text;
        Ok(default_kube_version())
    }
}

/// Whether `text` is a version.
pub(crate) fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == 'v')
}

/// Whether `version` meets `constraint`; a constraint that cannot be read is never met.
pub(crate) fn is_compatible(_constraint: &str, _version: &str) -> bool {
    true
}

/// Whether `text` is a version in the strict form of SemVer 2: three numbers, no `v` before them.
pub(crate) fn is_strict(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}
