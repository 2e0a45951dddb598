//! Failures as Go's error chains: a text and what it wraps.

/// A Go error: its whole text and the error it wraps.
///
/// What Go would raise as a panic inside a function is an error here, with the panic's text: templates report
/// both alike, as `error calling NAME: TEXT`.
#[derive(Clone, Debug)]
pub struct Error {
    text: String,
    cause: Option<Box<Error>>,
    limit: bool,
}

impl Error {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Error {
        Error { text: text.into(), cause: None, limit: false }
    }

    /// An error of the Go runtime: `runtime error: ` and the text.
    pub fn runtime(text: impl std::fmt::Display) -> Error {
        Error::new(format!("runtime error: {text}"))
    }

    /// A failed type assertion: `interface conversion: interface {} is FOUND, not WANTED`.
    pub fn conversion(found: &str, wanted: &str) -> Error {
        Error::new(match found {
            "<nil>" => format!("interface conversion: interface {{}} is nil, not {wanted}"),
            _ => format!("interface conversion: interface {{}} is {found}, not {wanted}"),
        })
    }

    /// A limit of ours was reached; `text` says which. It ends the whole rendering.
    pub fn limit(text: impl Into<String>) -> Error {
        Error { text: text.into(), cause: None, limit: true }
    }

    /// `PREFIX` and the text of `cause`, wrapping it as Go's `%w` does.
    pub fn wrap(prefix: impl std::fmt::Display, cause: Error) -> Error {
        Error { text: format!("{prefix}{}", cause.text), limit: cause.limit, cause: Some(Box::new(cause)) }
    }

    /// An error with its own text that wraps `cause`.
    pub fn with_cause(text: impl Into<String>, cause: Error) -> Error {
        Error { text: text.into(), limit: cause.limit, cause: Some(Box::new(cause)) }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The wrapped error.
    pub fn cause(&self) -> Option<&Error> {
        self.cause.as_deref()
    }

    /// Whether a limit of ours was reached, which Go does not know.
    pub fn is_limit(&self) -> bool {
        self.limit
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(text: String) -> Error {
        Error::new(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Error {
        Error::new(text)
    }
}

impl Drop for Error {
    /// Frees a long chain without recursion: a thousand nested includes make one of that length.
    fn drop(&mut self) {
        let mut next = self.cause.take();
        while let Some(mut error) = next {
            next = error.cause.take();
        }
    }
}
