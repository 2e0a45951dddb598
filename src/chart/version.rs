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
    let quoted = super::log::go_quoted(text);
    let bare = text.trim_start();
    let bare = bare.strip_prefix('v').unwrap_or(bare);
    // Numbers with dots between; a dot without a number behind it no longer belongs to them.
    let mut numbers: Vec<&str> = Vec::new();
    let mut rest = bare;
    loop {
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        numbers.push(&rest[..end]);
        match rest[end..].strip_prefix('.') {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    let [first, _, ..] = numbers[..] else {
        let problem = if numbers.is_empty() { "could not parse" } else { "illegal version string" };
        let rest = if numbers.is_empty() { " as version" } else { "" };
        return Err(format!("{problem} {quoted}{rest}"));
    };
    if first.len() > 1 && first.starts_with('0') {
        return Err(format!("illegal zero-prefixed version component \"{first}\" in {quoted}"));
    }
    let mut normalized = Vec::new();
    for number in &numbers {
        let value: u64 = number.parse().map_err(|_| {
            format!(
                "illegal non-numeric version component \"{number}\" in {quoted}: strconv.ParseUint: parsing \"{number}\": \
                 value out of range"
            )
        })?;
        normalized.push(value.to_string());
    }
    Ok(KubeVersion {
        version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
        normalized: format!("v{}", normalized.join(".")),
        major: normalized[0].clone(),
        minor: normalized[1].clone(),
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
