//! What is wrong, in which of the texts that the reader sees.

use std::rc::Rc;

use crate::diagnostic::{Severity, Span};

/// A text that the reader sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// The values.
    Values,
    /// A file of the chart, by its path.
    Chart(Rc<str>),
    /// The rendered manifests.
    Manifests,
}

impl File {
    /// The name to show.
    pub fn name(&self) -> &str {
        match self {
            File::Values => "values.yaml",
            File::Chart(path) => path,
            File::Manifests => "manifests",
        }
    }
}

/// A finding and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in the words of the system that would say it.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The text that it is about and its place there.
    pub place: Option<(File, Option<Span>)>,
}

/// A finding, marked in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong and what to do.
    pub message: String,
}

/// A wish to see a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Which text.
    pub file: File,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// Whether the text takes the keyboard.
    pub focus: bool,
    /// Counts wishes: the same place may be wished for twice.
    pub count: u64,
}

/// The marks of one file among all findings.
pub fn marks(problems: &[Problem], file: &File) -> Vec<Mark> {
    problems
        .iter()
        .filter_map(|problem| match &problem.place {
            Some((found, Some(span))) if found == file => Some(Mark {
                severity: problem.severity,
                span: *span,
                message: std::iter::once(problem.message.as_str())
                    .chain(problem.hints.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join("\n"),
            }),
            _ => None,
        })
        .collect()
}

/// How many findings refuse, and how many warn or advise.
pub fn counts(problems: &[Problem]) -> (usize, usize) {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    (errors, problems.len() - errors)
}
