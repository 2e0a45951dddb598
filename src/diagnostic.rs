//! What is wrong, where, and what to do about it: the one shape in which every module reports findings.
//!
//! In: nothing. Out: [`Diagnostic`], [`Span`], [`Position`]. Nothing here knows what a finding is about.

use std::fmt;

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

impl Position {
    /// The place before the first character.
    pub const START: Position = Position { offset: 0, line: 1, column: 1 };

    /// The place of a byte `offset` in `text`; past the end it is the end, inside a character its start.
    pub fn of_offset(text: &str, offset: usize) -> Position {
        let end = text.floor_char_boundary(offset);
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            offset: end,
            line: 1 + before.bytes().filter(|byte| *byte == b'\n').count() as u32,
            column: 1 + before[line_start..].chars().count() as u32,
        }
    }
}

/// A range of a text: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First place of the range.
    pub start: Position,
    /// First place behind the range.
    pub end: Position,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The real system refuses it.
    Error,
    /// The real system accepts it and warns.
    Warning,
    /// The real system says nothing; a careful reviewer would.
    Advice,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Where it is, in the text that was read; `None` if it has no place in it.
    pub span: Option<Span>,
    /// What is wrong, in the words of the system that would say it.
    pub message: String,
    /// What to do about it, in our words.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A finding of the given severity.
    pub fn new(severity: Severity, span: impl Into<Option<Span>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity, span: span.into(), message: message.into(), hints: Vec::new() }
    }

    /// A finding that the real system refuses.
    pub fn error(span: impl Into<Option<Span>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, span, message)
    }

    /// The same finding with one more hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = self.span {
            write!(formatter, "{}:{}: ", span.start.line, span.start.column)?;
        }
        formatter.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, offset: usize, line: u32, column: u32) {
        let position = Position::of_offset(text, offset);
        assert_eq!((position.line, position.column), (line, column), "{text:?} at {offset}");
    }

    #[test]
    fn positions_count_lines_and_characters() {
        check("", 0, 1, 1);
        check("a\nbc", 3, 2, 2);
        check("é\né", 5, 2, 2);
        check("é", 1, 1, 1);
        check("ab", 99, 1, 3);
    }
}
