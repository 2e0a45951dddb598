//! A version and its order.

use std::cmp::Ordering;

use super::super::strconv::parse_uint;

/// A semantic version. The patch, or minor and patch, may be missing in its text; a leading `v` is allowed.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What stands behind the `-`.
    pub prerelease: String,
    /// What stands behind the `+`.
    pub metadata: String,
    /// The text that was read.
    pub original: String,
}

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// The words of Masterminds/semver.
    pub fn parse(text: &str) -> Result<Version, String> {
        const INVALID: &str = "invalid semantic version";
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = match rest.split_once('+') {
            Some((rest, metadata)) => (rest, Some(metadata)),
            None => (rest, None),
        };
        let (numbers, prerelease) = match rest.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease)),
            None => (rest, None),
        };
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.len() > 3 || !parts.iter().all(is_number) {
            return Err(INVALID.into());
        }
        if ![prerelease, metadata].into_iter().flatten().all(|dotted| dotted.split('.').all(is_identifier)) {
            return Err(INVALID.into());
        }
        let number = |index: usize| match parts.get(index) {
            None => Ok(0),
            Some(part) => parse_uint(part, 10).map_err(|_| {
                format!(
                    "error parsing version segment: strconv.ParseUint: parsing {part:?}: value out of range"
                )
            }),
        };
        let version = Version {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            prerelease: prerelease.unwrap_or_default().to_string(),
            metadata: metadata.unwrap_or_default().to_string(),
            original: text.to_string(),
        };
        let leads_with_zero = |part: &str| part.len() > 1 && part.starts_with('0') && is_number(&part);
        if prerelease.is_some_and(|dotted| dotted.split('.').any(leads_with_zero)) {
            return Err("version segment starts with 0".into());
        }
        Ok(version)
    }

    /// The order of versions: numbers, then a prerelease before its release; metadata does not count.
    pub fn compare(&self, other: &Version) -> Ordering {
        let numbers = |version: &Version| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

pub(super) fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Dotted parts one by one: numbers by value and before words, fewer parts before more; none at all is last.
pub(super) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (parse_uint(left, 10), parse_uint(right, 10)) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_versions() {
        let ordered =
            ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.11", "1", "v1.0.1"];
        for pair in ordered.windows(2) {
            let versions: Vec<Version> =
                pair.iter().map(|text| Version::parse(text).expect("valid")).collect();
            assert_eq!(versions[0].compare(&versions[1]), Ordering::Less, "{pair:?}");
        }
        for text in ["bad", "", "1.2.3.4", "1.", "1.2.3-", "v", "1.2.3+ä"] {
            assert_eq!(Version::parse(text).err().as_deref(), Some("invalid semantic version"), "{text}");
        }
    }
}
