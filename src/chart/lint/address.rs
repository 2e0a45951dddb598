//! Addresses of mail and of pages, as far as `helm lint` minds them.

/// Whether a text reads as an address of mail: a part before the `@`, and a domain with a dot in it.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    is_local(local) && (is_domain(domain) || domain.strip_suffix('.').is_some_and(is_domain))
}

fn is_local(text: &str) -> bool {
    if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        return !text[1..text.len() - 1].contains(['"', '\\']);
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter);
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(|letter| allowed(letter) || is_foreign(letter)))
}

fn is_domain(text: &str) -> bool {
    let is_end = |letter: char| letter.is_ascii_alphabetic() || is_foreign(letter);
    let is_start = |letter: char| letter.is_ascii_digit() || is_end(letter);
    let letters: Vec<char> = text.chars().collect();
    let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return false };
    let has_dot = letters.windows(3).any(|near| is_start(near[0]) && near[1] == '.' && is_end(near[2]));
    is_start(*first)
        && is_end(*last)
        && has_dot
        && letters.iter().all(|letter| is_start(*letter) || "-._~".contains(*letter))
}

/// Letters beyond ASCII that may stand in an address.
fn is_foreign(letter: char) -> bool {
    matches!(letter, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

/// Whether a text reads as the address of a page; the scheme may be missing.
pub(super) fn is_url(text: &str) -> bool {
    if text.len() <= 3
        || text.chars().count() >= 2083
        || text.starts_with('.')
        || text.contains(char::is_whitespace)
    {
        return false;
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if ["ftp", "tcp", "udp", "ws", "wss", "http", "https"].contains(&scheme) => rest,
        Some(_) => return false,
        None => text,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    if port.is_some_and(|port| {
        port.is_empty() || port.len() > 5 || !port.bytes().all(|byte| byte.is_ascii_digit())
    }) {
        return false;
    }
    if name.starts_with('[') && name.ends_with(']') {
        return name[1..name.len() - 1].parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || !letter.is_ascii();
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        label.starts_with(is_letter)
            && label.ends_with(is_letter)
            && label.chars().all(|letter| is_letter(letter) || "-_".contains(letter))
    };
    !name.is_empty() && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for email in ["a@b.c", "a.b+c@d-e.example", "\"a b\"@c.d", "a@b.c.", "ä@ö.ü"] {
            assert!(is_email(email), "{email}");
        }
        for other in ["a", "a@b", "a@b.1", ".a@b.c", "a..b@c.d", "a b@c.d", "a@-b.c", "a@b.c, d@e.f", "@b.c"]
        {
            assert!(!is_email(other), "{other}");
        }
        for url in [
            "https://example.com",
            "example.com/a?b#c",
            "http://localhost:8080",
            "https://u:p@a.b:1/",
            "http://[::1]/",
        ] {
            assert!(is_url(url), "{url}");
        }
        for other in [
            "a b",
            ".a.b",
            "gopher://a.b",
            "http://",
            "http://a.b:123456",
            "https://-a.b",
            "abc d.e",
            "a/b c",
        ] {
            assert!(!is_url(other), "{other}");
        }
    }
}
