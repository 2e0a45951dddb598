//! URLs taken apart and put together, as Go's net/url and Sprig do.

use super::cast::text_of;
use crate::template::function::{Error, Function, Type};
use crate::template::print::quote;
use crate::template::value::{Map, Value};

/// Steps that a call takes whatever the URL.
const CALL: u64 = 100;

/// The URL functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("urlJoin", &[Type::Map], |context, a| match a[0].as_map() {
        Some(map) => {
            context.charge(CALL)?;
            join(map).map(Value::from)
        }
        None => Ok("".into()),
    }),
    Function::new("urlParse", &[Type::String], |context, a| {
        context.charge(CALL)?;
        let text = a[0].text();
        let url = Url::parse(&text).map_err(|cause| {
            Error::new(format!("unable to parse url: parse {}: {cause}", quote(text.as_bytes())))
        })?;
        Ok(Value::map([
            ("scheme", url.scheme.as_str().into()),
            ("host", url.host.as_str().into()),
            ("hostname", hostname(&url.host).into()),
            ("path", url.path.as_str().into()),
            ("query", url.query.as_str().into()),
            ("opaque", url.opaque.as_str().into()),
            ("fragment", url.fragment.as_str().into()),
            ("userinfo", url.user.as_ref().map_or_else(String::new, User::text).into()),
        ]))
    }),
];

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<User>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

struct User {
    name: String,
    password: Option<String>,
}

impl User {
    fn text(&self) -> String {
        let name = escape(&self.name, Part::User);
        match &self.password {
            Some(password) => format!("{name}:{}", escape(password, Part::User)),
            None => name,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Path,
    User,
    Host,
    Fragment,
}

impl Url {
    fn parse(text: &str) -> Result<Url, String> {
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Url { fragment: unescape(fragment, Part::Fragment)?, ..Url::default() };
        if rest == "*" {
            url.path = "*".into();
            return Ok(url);
        }
        let (scheme, rest) = take_scheme(rest)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        url.query = query.to_string();
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_string();
                return Ok(url);
            }
            // A colon before any slash would read as a scheme.
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        if let Some(behind) =
            rest.strip_prefix("//").filter(|_| !url.scheme.is_empty() || !rest.starts_with("///"))
        {
            let slash = behind.find('/').unwrap_or(behind.len());
            let authority = &behind[..slash];
            rest = &behind[slash..];
            let (user, host) = match authority.rsplit_once('@') {
                Some((user, host)) => (Some(user), host),
                None => (None, authority),
            };
            url.host = parse_host(host)?;
            if let Some(user) = user {
                url.user = Some(parse_user(user)?);
            }
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    /// `URL.String`.
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.push_str(&self.scheme);
            text.push(':');
        }
        if !self.opaque.is_empty() {
            text.push_str(&self.opaque);
        } else {
            if !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some() {
                let has_authority = !self.host.is_empty() || !self.path.is_empty() || self.user.is_some();
                if has_authority {
                    text.push_str("//");
                }
                if let Some(user) = &self.user {
                    text.push_str(&user.text());
                    text.push('@');
                }
                text.push_str(&escape(&self.host, Part::Host));
            }
            let path = escape(&self.path, Part::Path);
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                text.push('/');
            }
            if text.is_empty() && path.split('/').next().is_some_and(|first| first.contains(':')) {
                text.push_str("./");
            }
            text.push_str(&path);
        }
        if !self.query.is_empty() {
            text.push('?');
            text.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            text.push('#');
            text.push_str(&escape(&self.fragment, Part::Fragment));
        }
        text
    }
}

/// Whether Go's `url.ParseRequestURI` takes a text and finds a scheme in it.
pub(crate) fn is_request_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| !url.scheme.is_empty())
}

fn take_scheme(text: &str) -> Result<(&str, &str), String> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_user(text: &str) -> Result<User, String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !text.bytes().all(is_allowed) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = match text.split_once(':') {
        Some((name, password)) => (name, Some(unescape(password, Part::User)?)),
        None => (text, None),
    };
    Ok(User { name: unescape(name, Part::User)?, password })
}

fn parse_host(host: &str) -> Result<String, String> {
    let port = if host.starts_with('[') {
        let end = host.rfind(']').ok_or("missing ']' in host")?;
        &host[end + 1..]
    } else {
        host.find(':').map_or("", |_| &host[host.rfind(':').unwrap_or(0)..])
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if (!port.is_empty() && !port.starts_with(':')) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("invalid port {} after host", quote(port.as_bytes())));
    }
    unescape(host, Part::Host)
}

/// `URL.Hostname`: without port and brackets.
fn hostname(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, _)) => inner,
        None => match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        },
    }
}

fn unescape(text: &str, part: Part) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if byte != b'%' {
            if part == Part::Host && byte < 0x80 && must_escape(byte, part) {
                let shown = quote(&bytes[index..=index]);
                return Err(format!("invalid character {shown} in host name"));
            }
            result.push(byte);
            index += 1;
            continue;
        }
        let hex = text.get(index + 1..index + 3);
        let value = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match value.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            // A host may escape only what is not ASCII, and the percent sign of a zone.
            Some(value) if part != Part::Host || value >= 0x80 || value == b'%' => result.push(value),
            _ => {
                let end = (index + 3).min(bytes.len());
                return Err(format!("invalid URL escape {}", quote(&bytes[index..end])));
            }
        }
        index += 3;
    }
    Ok(String::from_utf8_lossy(&result).into_owned())
}

fn must_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    if part == Part::Host && b"!$&'()*+,;=:[]<>\"".contains(&byte) {
        return false;
    }
    match byte {
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::User => b"@/?:".contains(&byte),
            Part::Host => true,
            Part::Fragment => false,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment && part != Part::Path,
        _ => true,
    }
}

fn escape(text: &str, part: Part) -> String {
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        if must_escape(byte, part) && !(part == Part::Path && b"!()*".contains(&byte)) {
            result.push_str(&format!("%{byte:02X}"));
        } else {
            result.push(char::from(byte));
        }
    }
    result
}

/// Sprig's `urlJoin`: the parts under their names; a user is read from `userinfo`.
fn join(map: &Map) -> Result<String, Error> {
    let part = |name: &str| -> Result<String, Error> {
        match map.get(name) {
            None | Some(Value::Nil) => Ok(String::new()),
            Some(value) => match value.kind().name() {
                "string" => Ok(text_of(&value)),
                kind => Err(Error::new(format!(
                    "unable to parse {name} key, must be of type string, but {kind} found"
                ))),
            },
        }
    };
    let user = part("userinfo")?;
    let user = match user.is_empty() {
        true => None,
        false => {
            let text = format!("proto://{user}@host");
            Url::parse(&text)
                .map_err(|cause| {
                    Error::new(format!(
                        "unable to parse userinfo in dict: parse {}: {cause}",
                        quote(text.as_bytes())
                    ))
                })?
                .user
        }
    };
    let url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user,
    };
    Ok(url.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_apart_and_puts_them_together() {
        for text in
            ["http://u:p@h:80/p?q=1#f", "mailto:a@b", "/p/q", "//h/p", "https://[::1]:8080/a%20b", "p?x"]
        {
            assert_eq!(
                Url::parse(text).map(|url| url.text()).as_deref().unwrap_or_default(),
                if text == "//h/p" { "//h/p" } else { text }
            );
        }
        assert_eq!(Url::parse("http://h:x/").err().as_deref(), Some("invalid port \":x\" after host"));
        assert_eq!(Url::parse(":x").err().as_deref(), Some("missing protocol scheme"));
        assert_eq!(Url::parse("%zz").err().as_deref(), Some("invalid URL escape \"%zz\""));
    }
}
