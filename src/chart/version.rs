//! Versions of charts and of Kubernetes, and constraints on them.

use crate::template::functions::{Constraints, Version};
use crate::template::objects::KubeVersion;

/// The version that Helm 4.2.4 assumes without `--kube-version`.
pub(crate) fn default_kube_version() -> KubeVersion {
    KubeVersion {
        version: "v1.36.0".to_owned(),
        normalized: "v1.36.0".to_owned(),
        major: "1".to_owned(),
        minor: "36".to_owned(),
    }
}

/// Reads the text of `--kube-version`: numbers with dots between; what follows them does not count.
///
/// # Errors
/// Helm's words.
pub(crate) fn parse_kube_version(text: &str) -> Result<KubeVersion, String> {
    let invalid = || format!("could not parse {} as version", super::log::go_quoted(text));
    let bare = text.trim_start();
    let bare = bare.strip_prefix('v').unwrap_or(bare);
    let end =
        bare.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(bare.len());
    let numbers: Vec<&str> =
        bare[..end].split('.').take_while(|part| !part.is_empty() && part.len() < 20).collect();
    let Some(major) = numbers.first() else { return Err(invalid()) };
    // Go refuses numbers with leading zeros and a single number.
    if numbers.len() < 2 || numbers.iter().any(|part| part.len() > 1 && part.starts_with('0')) {
        return Err(invalid());
    }
    let minor = numbers.get(1).copied().unwrap_or("0");
    Ok(KubeVersion {
        version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
        normalized: format!("v{}", numbers.join(".")),
        major: (*major).to_owned(),
        minor: minor.to_owned(),
    })
}

/// Whether `text` is a version.
pub(crate) fn is_version(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// Whether `version` meets `constraint`; a constraint that cannot be read is never met.
pub(crate) fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraints::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}

/// Whether `text` is a version in the strict form of SemVer 2: three numbers, no `v` before them.
pub(crate) fn is_strict(text: &str) -> bool {
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    text.starts_with(|first: char| first.is_ascii_digit())
        && numbers.split('.').count() == 3
        && is_version(text)
}
