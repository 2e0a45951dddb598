//! What a release is called, where it goes, and what the cluster offers.

use super::version;
use crate::template::function::Limits;
use crate::template::objects::KubeVersion;

/// Options of one rendering, as `helm template` and `helm install` take them.
#[derive(Clone, Debug)]
pub struct Release {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `.Release.Revision`; 1 for an installation.
    pub revision: i64,
    /// `.Release.IsUpgrade`, and the opposite of `.Release.IsInstall`.
    pub is_upgrade: bool,
    /// `.Capabilities.KubeVersion`.
    pub kube_version: KubeVersion,
    /// What `.Capabilities.APIVersions` holds besides Helm's defaults.
    pub api_versions: Vec<String>,
    /// Whether values may break `values.schema.json`.
    pub skip_schema_validation: bool,
    /// Whether the manifests of `crds/` come first.
    pub include_crds: bool,
    /// Whether the notes of subcharts are shown too.
    pub subchart_notes: bool,
    /// Whether a missing `required` value and `fail` only warn, as in `helm lint`.
    pub lint: bool,
    /// Whether the result tells where each piece of text comes from.
    pub provenance: bool,
    /// What the rendering of one template may cost: by default so little that a page stays quick.
    pub limits: Limits,
    /// Seed of the random functions.
    pub seed: u64,
    /// What `now` answers: seconds since 1970 (UTC) and nanoseconds.
    pub now: (i64, u32),
}

impl Release {
    /// An installation of revision 1 on the Kubernetes that Helm assumes.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Release {
        Release {
            name: name.into(),
            namespace: namespace.into(),
            revision: 1,
            is_upgrade: false,
            kube_version: version::default_kube_version(),
            api_versions: Vec::new(),
            skip_schema_validation: false,
            include_crds: false,
            subchart_notes: false,
            lint: false,
            provenance: false,
            limits: Limits::default(),
            seed: 1,
            now: (0, 0),
        }
    }

    /// The same for another Kubernetes, as `--kube-version` names it.
    ///
    /// # Errors
    /// Helm's words for a version that cannot be read.
    pub fn on_kubernetes(mut self, version: &str) -> Result<Release, String> {
        self.kube_version = version::parse_kube_version(version)
            .map_err(|error| format!("invalid kube version '{version}': {error}"))?;
        Ok(self)
    }

    /// Checks the name.
    ///
    /// # Errors
    /// Helm's words, without the `release name check failed: ` before them.
    pub fn check_name(&self) -> Result<(), String> {
        let quoted = super::log::go_quoted(&self.name);
        if self.name.is_empty() {
            return Err(format!("release name {quoted}: no name provided"));
        }
        let part_is_right = |part: &str| {
            let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !part.is_empty() && part.bytes().all(inner) && !part.starts_with('-') && !part.ends_with('-')
        };
        if self.name.len() > 53 || !self.name.split('.').all(part_is_right) {
            return Err(format!(
                "release name {quoted}: invalid release name, must match regex \
                 ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
                 and the length must not be longer than 53"
            ));
        }
        Ok(())
    }
}
