//! Images: names, which can be pulled, and which are on a node.

use super::pod_spec::Millis;

/// Why an image cannot be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullFailure {
    /// No such repository or tag.
    NotFound,
    /// The registry asks for credentials.
    Denied,
}

/// What pulling an image would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// How long it takes.
    pub takes: Millis,
    /// Bytes of the image, or why there is none.
    pub outcome: Result<u64, PullFailure>,
}

/// The tag of an image name: `latest` if it has neither tag nor digest, `None` with a digest.
pub(crate) fn tag(image: &str) -> Option<&str> {
    if image.contains('@') {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    Some(last.split_once(':').map_or("latest", |(_, tag)| tag))
}

/// Words in an image's name or tag that mark it as one that does not exist: a playground has no registry to ask,
/// so these are what a lesson or a reader writes for "an image that was never pushed".
const NEVER_PUSHED: [&str; 8] =
    ["does-not-exist", "doesnotexist", "nonexist", "missing", "broken", "no-such", "not-found", "typo"];

/// Whether the playground counts the image as one that does not exist: its repository or tag has one of the words
/// `does-not-exist`, `doesnotexist`, `nonexist…`, `missing`, `broken`, `no-such`, `not-found`, `typo`, or its tag
/// starts with `bad`.
pub(crate) fn is_never_pushed(image: &str) -> bool {
    let lower = image.to_ascii_lowercase();
    NEVER_PUSHED.iter().any(|word| lower.contains(word))
        || tag(&lower).is_some_and(|tag| tag.starts_with("bad"))
}

/// The name with registry, `library/` and tag filled in, as containerd prints it.
pub(crate) fn full_name(image: &str) -> String {
    let (registry, rest) = match image.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (first, rest.to_string())
        }
        Some(_) => ("docker.io", image.to_string()),
        None => ("docker.io", format!("library/{image}")),
    };
    let suffix = if tag(image) == Some("latest") && !image.ends_with(":latest") { ":latest" } else { "" };
    format!("{registry}/{rest}{suffix}")
}

/// What containerd says when a pull fails.
pub(crate) fn failure_text(image: &str, failure: &PullFailure) -> String {
    let full = full_name(image);
    let head = format!("failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\"");
    match failure {
        PullFailure::NotFound => format!("rpc error: code = NotFound desc = {head}: {full}: not found"),
        PullFailure::Denied => format!(
            "rpc error: code = Unknown desc = {head}: pull access denied, repository does not exist or may require \
             authorization: server message: insufficient_scope: authorization failed"
        ),
    }
}

/// What is wrong with an image's name, in the words of the reference parser; `None` if it can be parsed.
pub(crate) fn name_error(image: &str) -> Option<String> {
    let parse =
        |reason: &str| format!("couldn't parse image name \"{image}\": invalid reference format{reason}");
    if image.is_empty() || image != image.trim() {
        return Some(parse(""));
    }
    let name = image.split('@').next().unwrap_or(image);
    let (registry, remainder) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest.to_string())
        }
        Some(_) => (None, name.to_string()),
        None => (None, format!("library/{name}")),
    };
    let path = remainder.split(':').next().unwrap_or(&remainder);
    // The check for capitals comes first and looks at all before the first colon.
    if path.chars().any(char::is_uppercase) {
        return Some(parse(&format!(": repository name ({path}) must be lowercase")));
    }
    let is_component = |it: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        it.chars().all(inner) && edge(it.chars().next()) && edge(it.chars().last())
    };
    let mut parts = remainder.splitn(2, ':');
    let is_path = parts.next().unwrap_or_default().split('/').all(is_component);
    let is_tag = parts.next().is_none_or(|tag| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !tag.is_empty() && tag.len() <= 128 && tag.chars().all(inner) && !tag.starts_with(['.', '-'])
    });
    let is_registry = registry.is_none_or(|it| !it.is_empty() && !it.contains(' '));
    (!is_path || !is_tag || !is_registry).then(|| parse(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_what_a_name_leaves_out() {
        for (image, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("visits/app-go:v1", "docker.io/visits/app-go:v1"),
            ("localhost/app:1", "localhost/app:1"),
        ] {
            assert_eq!(full_name(image), full);
            assert_eq!(name_error(image), None, "{image}");
        }
        assert!(
            name_error("Nginx:BAD:tag").is_some_and(|it| it.ends_with("(library/Nginx) must be lowercase"))
        );
        assert!(name_error("nginx:a:b").is_some());
        assert!(is_never_pushed("nginx:does-not-exist") && !is_never_pushed("nginx:1.27"));
    }
}
