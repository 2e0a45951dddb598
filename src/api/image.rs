//! Names of container images: `registry/repository:tag@digest`.
//!
//! Mirrors `ParseImageName` of the kubelet's parsers over the reference grammar.

/// The tag of an image: `latest` if it has neither tag nor digest, `None` if it has a digest only or the name
/// breaks the grammar.
pub fn tag(image: &str) -> Option<&str> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    };
    if !is_repository(repository)
        || tag.is_some_and(|tag| !is_tag(tag))
        || digest.is_some_and(|text| !text.contains(':'))
    {
        return None;
    }
    tag.or(if digest.is_none() { Some("latest") } else { None })
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_repository(name: &str) -> bool {
    let path = match name.split_once('/') {
        Some((domain, path)) if domain.contains(['.', ':']) || domain == "localhost" => path,
        _ => name,
    };
    !path.is_empty() && path.split('/').all(is_component)
}

fn is_component(component: &str) -> bool {
    let plain =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    plain(component.bytes().next())
        && plain(component.bytes().last())
        && component.bytes().all(|byte| plain(Some(byte)) || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tags() {
        assert_eq!(tag("nginx"), Some("latest"));
        assert_eq!(tag("nginx:1.25"), Some("1.25"));
        assert_eq!(tag("localhost:5000/nginx"), Some("latest"));
        assert_eq!(tag("nginx@sha256:abc"), None);
        assert_eq!(tag("Nginx"), None);
        assert_eq!(tag(""), None);
    }
}
