//! What Helm writes while it works: lines of its log on standard error between pieces of standard output.
//!
//! In: log records and text. Out: a [`Transcript`] that knows the stream of every piece, in the order written.

use std::fmt::Write as _;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only with `--debug`.
    Debug,
    /// Always shown.
    Info,
    /// Always shown.
    Warn,
    /// Always shown.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        }
    }
}

/// One line of the log, without its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How loud it is.
    pub level: Level,
    /// What happened.
    pub message: String,
    /// Named details, in order.
    pub details: Vec<(&'static str, String)>,
}

impl Record {
    /// A record without details.
    pub fn new(level: Level, message: impl Into<String>) -> Record {
        Record { level, message: message.into(), details: Vec::new() }
    }

    /// The same record with one more detail.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Record {
        self.details.push((name, value.into()));
        self
    }

    /// The line as Go's `log/slog` text handler writes it, without time and newline.
    pub fn line(&self) -> String {
        let mut line = format!("level={} msg={}", self.level.name(), quoted(&self.message));
        for (name, value) in &self.details {
            let _ = write!(line, " {name}={}", quoted(value));
        }
        line
    }
}

/// A value, quoted where the text handler of `log/slog` quotes.
fn quoted(text: &str) -> String {
    let plain = |character: char| match character {
        ' ' | '"' | '=' => false,
        '\u{fffd}' => false,
        character if character.is_ascii() => !character.is_ascii_control(),
        character => !character.is_whitespace() && is_printable(character),
    };
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { go_quoted(text) }
}

/// Whether Go's `unicode.IsPrint` takes a character, as far as Rust's standard library can tell.
pub(crate) fn is_printable(character: char) -> bool {
    character == ' '
        || (!character.is_whitespace() && character.escape_debug().len() == 1)
        || is_quote(character)
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\')
}

/// A string as Go's `strconv.Quote` writes it.
pub(crate) fn go_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            character if is_printable(character) => quoted.push(character),
            character if (character as u32) < 0x20 || character as u32 == 0x7f => {
                let _ = write!(quoted, "\\x{:02x}", character as u32);
            }
            character if (character as u32) < 0x10000 => {
                let _ = write!(quoted, "\\u{:04x}", character as u32);
            }
            character => {
                let _ = write!(quoted, "\\U{:08x}", character as u32);
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The records of one piece of work, in order.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<Record>);

impl Log {
    /// Adds a record.
    pub(crate) fn add(&mut self, record: Record) {
        self.0.push(record);
    }

    /// Adds a line that Helm hands to Go's old `log` package, which comes out at level INFO.
    pub(crate) fn printed(&mut self, message: impl Into<String>) {
        self.add(Record::new(Level::Info, message));
    }

    /// The records so far.
    pub fn records(&self) -> &[Record] {
        &self.0
    }

    /// Takes the records out.
    pub(crate) fn take(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.0)
    }
}

/// What a command wrote, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    pieces: Vec<(Stream, String)>,
    /// The exit code.
    pub exit_code: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

impl Transcript {
    /// Adds text to standard output.
    pub(crate) fn output(&mut self, text: impl Into<String>) {
        self.pieces.push((Stream::Output, text.into()));
    }

    /// Adds text to standard error.
    pub(crate) fn error(&mut self, text: impl Into<String>) {
        self.pieces.push((Stream::Error, text.into()));
    }

    /// Moves the records of `log` to standard error; those at level DEBUG only if `debug`.
    pub(crate) fn log(&mut self, log: &mut Log, debug: bool) {
        for record in log.take() {
            if debug || record.level > Level::Debug {
                self.error(record.line() + "\n");
            }
        }
    }

    /// What went to standard output.
    pub fn stdout(&self) -> String {
        self.text(|stream| stream == Stream::Output)
    }

    /// What went to standard error.
    pub fn stderr(&self) -> String {
        self.text(|stream| stream == Stream::Error)
    }

    /// Both streams as one, as a terminal shows them.
    pub fn combined(&self) -> String {
        self.text(|_| true)
    }

    fn text(&self, wanted: impl Fn(Stream) -> bool) -> String {
        self.pieces.iter().filter(|(stream, _)| wanted(*stream)).map(|(_, text)| text.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_quote_as_slog_does() {
        let record = Record::new(Level::Info, "skipping unknown hooks").with("hookTypes", "");
        assert_eq!(record.line(), r#"level=INFO msg="skipping unknown hooks" hookTypes="""#);
        let record = Record::new(Level::Info, "x").with("hookTypes", "a-b");
        assert_eq!(record.line(), "level=INFO msg=x hookTypes=a-b");
        assert_eq!(quoted(r"a\b"), r"a\b");
        assert_eq!(go_quoted("a\n\"\\\u{1}é"), r#""a\n\"\\\x01é""#);
    }
}
