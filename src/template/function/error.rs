//! Failures as Go's error chains: a text and what it wraps.

/// A Go error: its text and the error it wraps.
///
/// What Go would raise as a panic inside a function is an error here, with the panic's text: templates report
/// both alike, as `error calling NAME: TEXT`.
#[derive(Clone, Debug)]
pub struct Error {
    /// The text; if `continues`, the text of the cause follows it.
    own: String,
    cause: Option<Box<Error>>,
    continues: bool,
    limit: bool,
}

impl Error {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Error {
        Error { own: text.into(), cause: None, continues: false, limit: false }
    }

    /// An error of the Go runtime: `runtime error: ` and the text.
    pub fn runtime(text: impl std::fmt::Display) -> Error {
        Error::new(format!("runtime error: {text}"))
    }

    /// A failed type assertion: `interface conversion: interface {} is FOUND, not WANTED`.
    pub fn conversion(found: &str, wanted: &str) -> Error {
        let found = if found == "<nil>" { "nil" } else { found };
        Error::new(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
    }

    /// A limit of ours was reached; `text` says which. It ends the whole rendering.
    pub fn limit(text: impl Into<String>) -> Error {
        Error { own: text.into(), cause: None, continues: false, limit: true }
    }

    /// `PREFIX` and the text of `cause`, wrapping it as Go's `%w` does.
    pub fn wrap(prefix: impl Into<String>, cause: Error) -> Error {
        let limit = cause.limit;
        Error { own: prefix.into(), cause: Some(Box::new(cause)), continues: true, limit }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut next = Some(self);
        while let Some(error) = next {
            text.push_str(&error.own);
            next = error.cause.as_deref().filter(|_| error.continues);
        }
        text
    }

    /// The text up to where the cause of the cause begins: enough to see how this link of the chain is worded.
    pub(crate) fn head(&self) -> String {
        let tail = self.cause.as_deref().filter(|_| self.continues).map_or("", |cause| &cause.own);
        format!("{}{tail}", self.own)
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
        formatter.write_str(&self.text())
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
