//! Conditions on versions: `>=1.19-0, <2 || ~1.2.x`.

use std::cmp::Ordering;

use super::version::{Version, compare_prereleases, is_identifier};

/// Alternatives (`||`), each a list of conditions that must all hold.
#[derive(Clone, Debug)]
pub struct Constraints {
    alternatives: Vec<Vec<Constraint>>,
}

#[derive(Clone, Debug)]
struct Constraint {
    operator: Operator,
    version: Version,
    /// Some part is missing or an `x`.
    is_dirty: bool,
    /// The minor part is.
    is_minor_dirty: bool,
    /// The patch alone is.
    is_patch_dirty: bool,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// Longest first, so that the first match is the right one.
const OPERATORS: [(&str, Operator); 11] = [
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl Constraints {
    /// Reads constraints.
    ///
    /// # Errors
    /// The words of Masterminds/semver.
    pub fn parse(text: &str) -> Result<Constraints, String> {
        let text = rewrite_ranges(text);
        let alternatives: Result<_, String> = text.split("||").map(parse_all).collect();
        Ok(Constraints { alternatives: alternatives? })
    }

    /// Whether the version satisfies one alternative. A prerelease does only where a condition of the
    /// alternative names a prerelease itself.
    pub fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| {
            let admits = all.iter().any(|constraint| !constraint.version.prerelease.is_empty());
            (version.prerelease.is_empty() || admits)
                && all.iter().all(|constraint| constraint.check(version))
        })
    }
}

/// `1.2 - 1.4.5` becomes `>=1.2, <=1.4.5`.
fn rewrite_ranges(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.contains(&"-") {
        return text.to_string();
    }
    let mut result = String::new();
    let mut index = 0;
    while index < words.len() {
        let is_range = words.get(index + 1) == Some(&"-") && words.get(index + 2).is_some();
        let full = |word: &str| take_version(word).is_some_and(|(_, rest)| rest.is_empty());
        if is_range && full(words[index]) && full(words[index + 2]) {
            result.push_str(&format!(">={}, <={} ", words[index], words[index + 2]));
            index += 3;
        } else {
            result.push_str(words[index]);
            result.push(' ');
            index += 1;
        }
    }
    result
}

fn parse_all(text: &str) -> Result<Vec<Constraint>, String> {
    let improper = || format!("improper constraint: {text}");
    let mut rest = text.trim_start();
    let mut constraints = Vec::new();
    loop {
        let (operator, behind) = OPERATORS
            .iter()
            .find_map(|(name, operator)| rest.strip_prefix(name).map(|behind| (*operator, behind)))
            .unwrap_or((Operator::Equal, rest));
        let (constraint, behind) = parse_one(operator, behind.trim_start()).ok_or_else(improper)?;
        constraints.push(constraint?);
        rest = behind.trim_start();
        if rest.is_empty() {
            return Ok(constraints);
        }
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind.trim_start(),
            // Without a comma white space must part them.
            None if rest.len() < behind.len() => {}
            None => return Err(improper()),
        }
    }
}

/// The parts of a version at the start of a text, and what is behind it.
struct Pattern<'t> {
    parts: Vec<&'t str>,
    prerelease: &'t str,
}

fn take_version(text: &str) -> Option<(Pattern<'_>, &str)> {
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let mut parts = Vec::new();
    while parts.len() < 3 {
        let behind = if parts.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
        let Some(behind) = behind else { break };
        let is_part = |character: char| character.is_ascii_digit() || "xX*".contains(character);
        let end = behind.find(|character| !is_part(character)).unwrap_or(behind.len());
        if end == 0 {
            break;
        }
        parts.push(&behind[..end]);
        rest = &behind[end..];
    }
    if parts.is_empty() {
        return None;
    }
    let mut prerelease = "";
    if let Some((dotted, behind)) = rest.strip_prefix('-').and_then(take_dotted) {
        (prerelease, rest) = (dotted, behind);
    }
    if let Some((_, behind)) = rest.strip_prefix('+').and_then(take_dotted) {
        rest = behind;
    }
    Some((Pattern { parts, prerelease }, rest))
}

fn take_dotted(text: &str) -> Option<(&str, &str)> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    text[..end].split('.').all(is_identifier).then(|| text.split_at(end))
}

type Parsed<'t> = (Result<Constraint, String>, &'t str);

fn parse_one(operator: Operator, text: &str) -> Option<Parsed<'_>> {
    if text.is_empty() {
        return None;
    }
    let (pattern, rest) = take_version(text)?;
    let is_open = |index: usize| pattern.parts.get(index).is_none_or(|part| matches!(*part, "x" | "X" | "*"));
    let dash = if pattern.prerelease.is_empty() { "" } else { "-" };
    let part = |index: usize| pattern.parts.get(index).copied().unwrap_or("0");
    let pre = pattern.prerelease;
    let (text, is_minor_dirty, is_patch_dirty) = if is_open(0) {
        (format!("0.0.0{dash}{pre}"), false, false)
    } else if is_open(1) {
        (format!("{}.0.0{dash}{pre}", part(0)), true, false)
    } else if is_open(2) {
        (format!("{}.{}.0{dash}{pre}", part(0), part(1)), false, true)
    } else {
        (format!("{}.{}.{}{dash}{pre}", part(0), part(1), part(2)), false, false)
    };
    let is_dirty = is_open(0) || is_minor_dirty || is_patch_dirty;
    let constraint = Version::parse(&text)
        .map(|version| Constraint { operator, version, is_dirty, is_minor_dirty, is_patch_dirty })
        .map_err(|_| "constraint parser error".to_string());
    Some((constraint, rest))
}

impl Constraint {
    fn check(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let order = version.compare(wanted);
        match self.operator {
            Operator::Equal if self.is_dirty => self.check_tilde(version, order),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => self.check_not_equal(version, order),
            Operator::Greater if !self.is_dirty => order.is_gt(),
            Operator::Greater => match version.major.cmp(&wanted.major) {
                Ordering::Greater => true,
                Ordering::Less => false,
                Ordering::Equal if self.is_minor_dirty => false,
                Ordering::Equal if self.is_patch_dirty => version.minor > wanted.minor,
                Ordering::Equal => order.is_gt(),
            },
            Operator::Less => order.is_lt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::LessEqual if !self.is_dirty => order.is_le(),
            Operator::LessEqual => {
                version.major <= wanted.major
                    && !(version.major == wanted.major
                        && version.minor > wanted.minor
                        && !self.is_minor_dirty)
            }
            Operator::Tilde => self.check_tilde(version, order),
            Operator::Caret => self.check_caret(version, order),
        }
    }

    fn check_not_equal(&self, version: &Version, order: Ordering) -> bool {
        let wanted = &self.version;
        if self.is_dirty {
            if wanted.major != version.major || (wanted.minor != version.minor && !self.is_minor_dirty) {
                return true;
            }
            if self.is_minor_dirty {
                return false;
            }
            if wanted.patch != version.patch && !self.is_patch_dirty {
                return true;
            }
            if self.is_patch_dirty {
                return compare_prereleases(&version.prerelease, &wanted.prerelease).is_ne();
            }
        }
        order.is_ne()
    }

    /// `~1.2.3` is `>=1.2.3, <1.3.0`; `~1` is `>=1, <2`.
    fn check_tilde(&self, version: &Version, order: Ordering) -> bool {
        let wanted = &self.version;
        if order.is_lt() {
            return false;
        }
        let is_any = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0)
            && !self.is_minor_dirty
            && !self.is_patch_dirty;
        is_any || (version.major == wanted.major && (version.minor == wanted.minor || self.is_minor_dirty))
    }

    /// `^1.2.3` is `>=1.2.3, <2`; below 1 the first part that is not 0 must stay.
    fn check_caret(&self, version: &Version, order: Ordering) -> bool {
        let wanted = &self.version;
        if order.is_lt() {
            return false;
        }
        if wanted.major > 0 || self.is_minor_dirty {
            return version.major == wanted.major;
        }
        if version.major > 0 {
            return false;
        }
        if wanted.minor > 0 || self.is_patch_dirty {
            return version.minor == wanted.minor;
        }
        version.minor == 0 && version.patch == wanted.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_versions() {
        for (constraint, version, expected) in [
            (">=1.19-0", "v1.31.0", true),
            (">=1.19", "v1.31.0-gke.100", false),
            (">=1.19", "v1.31.5+k3s1", true),
            (">1.20", "1.20.5", false),
            (">=1.20-0", "1.20.0-rc1", true),
            ("^0.2.3", "0.3.0", false),
            ("^0", "0.9.0", true),
            ("~1", "1.9.9", true),
            ("^1.x", "1.9.9", true),
            ("1.2 - 1.4.5", "1.3.0", true),
            (">=1, <2 || >=3", "3.1.0", true),
            (">= 1.2 < 1.4", "1.4.0", false),
            ("*", "1.2.3", true),
            ("!=1.2.x", "1.2.3", false),
            ("<=1.2", "1.2.9", true),
            (">=1.0.0-0, <2.0.0", "1.5.0-beta", true),
        ] {
            let constraints = Constraints::parse(constraint).expect("valid");
            let version = Version::parse(version).expect("valid");
            assert_eq!(constraints.check(&version), expected, "{constraint} {version}");
        }
        assert_eq!(Constraints::parse("bad").err().as_deref(), Some("improper constraint: bad"));
        assert_eq!(Constraints::parse(">=").err().as_deref(), Some("improper constraint: >="));
    }
}
