//! Errors as Helm words them: Go's one-line chains in several lines.

use std::rc::Rc;

use super::function::Error;
use super::parse::ParseError;

/// What `fail` and `required` put around their message, so that Helm finds it again.
pub const MESSAGE_START: &str = "HELM_ERR_START";
/// See [`MESSAGE_START`].
pub const MESSAGE_END: &str = "HELM_ERR_END";

/// Why a template could not be rendered.
#[derive(Clone, Debug)]
pub struct RenderError {
    /// The error as Helm prints it.
    pub text: String,
    /// The error as Go's text/template words it.
    pub go: String,
    /// The outermost place: template, line from 1, column in bytes from 1.
    pub place: Option<(Rc<str>, u32, u32)>,
    /// Whether a limit of ours was reached, which Helm does not have.
    pub is_limit: bool,
}

impl RenderError {
    pub(super) fn new(error: Error) -> RenderError {
        RenderError {
            text: reformat(&error),
            go: error.text(),
            place: place(&error.head()),
            is_limit: error.is_limit(),
        }
    }
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for RenderError {}

impl ParseError {
    /// The error as Helm prints it: only what follows the last colon of Go's message stays.
    pub fn helm_text(&self) -> String {
        let tokens: Vec<_> = self.text.split(": ").collect();
        match tokens.as_slice() {
            [_, location, .., last] => format!("parse error at ({location}): {last}"),
            _ => format!("parse error in ({}): {}", self.template, self.text),
        }
    }
}

/// Place, function and message of one link of a chain.
#[derive(PartialEq, Eq)]
struct Link {
    location: String,
    executed: String,
    message: String,
}

impl Link {
    /// Reads a link; `None` if it is not worded as text/template words errors.
    fn parse(text: &str) -> Option<Link> {
        let rest = text.strip_prefix("template: ")?;
        let link = |location: &str, executed: String, message: &str| Link {
            location: location.into(),
            executed,
            message: message.into(),
        };
        if rest.starts_with("no template ") {
            return Some(link("", String::new(), text));
        }
        let cut = |message: &str| message.split(" template:").next().unwrap_or_default().to_string();
        if let Some((location, after)) = rest.split_once(": executing ") {
            let (function, after) = after.strip_prefix('"')?.split_once("\" at <")?;
            let (context, message) = after.split_once(">: ")?;
            let executed = format!("executing \"{function}\" at <{context}>:");
            return Some(link(location, executed, &cut(message)));
        }
        let (location, message) = rest.rsplit_once(": ")?;
        Some(link(location, String::new(), &cut(message)))
    }
}

/// The error in Helm's form, or as it is if a link of its chain cannot be read.
fn reformat(error: &Error) -> String {
    let whole = error.text();
    if let Some(start) = whole.find(MESSAGE_START)
        && let Some(end) = whole.rfind(MESSAGE_END)
        && let Some(message) = whole.get(start + MESSAGE_START.len()..end)
    {
        let location = whole.split(": ").nth(1).unwrap_or_default();
        return format!("execution error at ({location}): {message}");
    }
    let mut links: Vec<Link> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let Some(link) = Link::parse(&error.head()) else { return whole };
        if links.last() != Some(&link) {
            links.push(link);
        }
        next = error.cause();
    }
    let mut text = String::new();
    for Link { location, executed, message } in &links {
        if !location.is_empty() {
            text.push_str(&format!("{location}\n  "));
        }
        if !executed.is_empty() {
            text.push_str(&format!("{executed}\n    "));
        }
        if !message.is_empty() {
            text.push_str(&format!("{message}\n"));
        }
    }
    text.trim().to_string()
}

/// Template, line and column of an error's own text.
fn place(text: &str) -> Option<(Rc<str>, u32, u32)> {
    let location = text.strip_prefix("template: ")?.split(": ").next()?;
    let mut parts = location.rsplitn(3, ':');
    let column: u32 = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.into(), line, column + 1))
}
