//! Which names the server takes: DNS labels and subdomains, keys of ConfigMaps, names of ports and variables.
//!
//! In: a text. Out: what is wrong with it, in the server's words; nothing if it is fine.
//! Mirrors `util/validation` of apimachinery.

/// What is wrong with a text.
pub type Complaints = Vec<String>;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const VARIABLE: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

pub(crate) fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

/// Whether a text is a lower-case DNS label, of any length.
pub(crate) fn is_label_shaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

/// Whether a text is labels joined with dots, of any length.
pub(crate) fn is_subdomain_shaped(text: &str) -> bool {
    text.split('.').all(is_label_shaped)
}

/// A DNS label (RFC 1123): at most 63 characters.
pub fn dns_label(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 63 {
        complaints.push(too_long(63));
    }
    if !is_label_shaped(text) {
        complaints.push(if is_subdomain_shaped(text) { "must not contain dots" } else { LABEL }.to_owned());
    }
    complaints
}

/// A DNS subdomain (RFC 1123): at most 253 characters.
pub fn dns_subdomain(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 253 {
        complaints.push(too_long(253));
    }
    if !is_subdomain_shaped(text) {
        complaints.push(SUBDOMAIN.to_owned());
    }
    complaints
}

/// A DNS subdomain behind `*.`.
pub fn wildcard_subdomain(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 253 {
        complaints.push(too_long(253));
    }
    if !text.strip_prefix("*.").is_some_and(is_subdomain_shaped) {
        complaints.push(WILDCARD.to_owned());
    }
    complaints
}

/// A name that may stand in a URL path, as RBAC objects have.
pub fn path_segment(text: &str) -> Complaints {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|part| text.contains(**part))
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 253 {
        complaints.push(too_long(253));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if text.is_empty() || !text.bytes().all(allowed) {
        complaints.push(CONFIG_KEY.to_owned());
    }
    match text {
        "." | ".." => complaints.push(format!("must not be '{text}'")),
        _ if text.starts_with("..") => complaints.push("must not start with '..'".to_owned()),
        _ => {}
    }
    complaints
}

/// The name of an environment variable.
pub fn variable(text: &str) -> Complaints {
    let allowed = |character: char| (' '..='~').contains(&character) && character != '=';
    if text.chars().all(allowed) { Vec::new() } else { vec![VARIABLE.to_owned()] }
}

/// The name of a HTTP header.
pub fn http_header(text: &str) -> Complaints {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !text.is_empty() && text.bytes().all(allowed) { Vec::new() } else { vec![HEADER.to_owned()] }
}

/// The name of a container's port: at most 15 characters with at least one letter.
pub fn port_name(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 15 {
        complaints.push(too_long(15));
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || !text.bytes().all(allowed) {
        complaints.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        complaints.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        complaints.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        complaints.push("must not begin or end with a hyphen".to_owned());
    }
    complaints
}

/// The number of a port.
pub fn port_number(number: i64) -> Complaints {
    range(number, 1, 65535)
}

/// A number between two bounds.
pub fn range(number: i64, low: i64, high: i64) -> Complaints {
    if (low..=high).contains(&number) {
        return Vec::new();
    }
    vec![format!("must be between {low} and {high}, inclusive")]
}

/// A percentage.
pub fn percent(text: &str) -> Complaints {
    let digits = text.strip_suffix('%').unwrap_or("");
    let fine = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fine { Vec::new() } else { vec![PERCENT.to_owned()] }
}

/// A name that the server will complete with a random suffix may end in a dash: the last two characters count as `a`.
pub fn mask_trailing_dash(name: &str) -> String {
    match name.strip_suffix('-').and_then(|rest| rest.get(..rest.len().checked_sub(1)?)) {
        Some(rest) => format!("{rest}a"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(complaints: Complaints, expect: &[&str]) {
        let shown: Vec<_> = complaints.iter().map(|text| text.get(..20).unwrap_or(text)).collect();
        let expect: Vec<_> = expect.iter().map(|text| text.get(..20).unwrap_or(text)).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn names_and_what_is_wrong_with_them() {
        check(dns_label("web-0"), &[]);
        check(dns_label("a.b"), &["must not contain dots"]);
        check(dns_label("A"), &[LABEL]);
        check(dns_label(""), &[LABEL]);
        check(dns_subdomain("a.b-c"), &[]);
        check(dns_subdomain("a..b"), &[SUBDOMAIN]);
        check(port_name("8080"), &["must contain at least one letter (a-z)"]);
        check(config_key("..x"), &["must not start with '..'"]);
        check(variable("A B"), &[]);
        check(variable("A=B"), &[VARIABLE]);
        check(path_segment("a/b%"), &["may not contain '/'", "may not contain '%'"]);
        for (name, masked) in [("web-", "wea"), ("-", "-"), ("W-", "a"), ("web", "web")] {
            assert_eq!(mask_trailing_dash(name), masked);
        }
    }
}
