//! What is wrong, in which of the texts that the reader sees.

use std::rc::Rc;

use crate::api::advice::Finding;
use crate::diagnostic::{Severity, Span};
use crate::yaml::Step;

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
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in the words of the system that would say it.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The text that it is about and its place there.
    pub place: Option<(File, Option<Span>)>,
    /// The field of the rendered object that it is about; empty for other texts.
    pub field: Vec<Step>,
    /// What wrote that place: lines of templates, and values.
    pub causes: Vec<Cause>,
    /// For advice: what comes of it, how to see it happen, and what to do.
    pub advice: Option<Rc<Finding>>,
}

/// A place in what the reader owns that brought a finding about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The text.
    pub file: File,
    /// Where.
    pub span: Span,
    /// The value's path; empty in a template.
    pub value: Vec<Step>,
}

impl Problem {
    /// A finding without hints and causes.
    pub fn new(severity: Severity, message: String, place: Option<(File, Option<Span>)>) -> Problem {
        let (hints, field, causes) = (Vec::new(), Vec::new(), Vec::new());
        Problem { severity, message, hints, place, field, causes, advice: None }
    }

    /// Every place where it is marked.
    fn places(&self) -> impl Iterator<Item = (&File, Span)> {
        let own = self.place.iter().filter_map(|(file, span)| Some((file, (*span)?)));
        own.chain(self.causes.iter().map(|cause| (&cause.file, cause.span)))
    }

    /// Whether it has to do with a text.
    pub fn is_in(&self, file: &File) -> bool {
        self.place.as_ref().is_some_and(|(own, _)| own == file)
            || self.causes.iter().any(|it| it.file == *file)
    }

    /// What to show beside its place.
    fn words(&self) -> String {
        let advice = self.advice.iter().flat_map(|advice| [&advice.consequence, &advice.fix]);
        let lines = std::iter::once(&self.message).chain(&self.hints).chain(advice);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
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

/// What is found in one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFinding {
    /// The value's path.
    pub path: Vec<Step>,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
}

/// What is found in the values, for their form.
pub fn value_findings(problems: &[Problem]) -> Vec<ValueFinding> {
    let of_problem = |problem: &Problem| -> Vec<ValueFinding> {
        let values = problem.causes.iter().filter(|cause| !cause.value.is_empty());
        let finding =
            |path| ValueFinding { path, severity: problem.severity, message: problem.message.clone() };
        values.map(|cause| finding(cause.value.clone())).collect()
    };
    problems.iter().flat_map(of_problem).collect()
}

/// The marks of one file among all findings; a place gets each finding once.
pub fn marks(problems: &[Problem], file: &File) -> Vec<Mark> {
    let mut found: Vec<Mark> = Vec::new();
    for problem in problems {
        let places = problem.places().filter(|(own, _)| *own == file);
        for (_, span) in places {
            let mark = Mark { severity: problem.severity, span, message: problem.words() };
            if !found.contains(&mark) {
                found.push(mark);
            }
        }
    }
    found
}

/// How many findings refuse, warn and advise.
pub fn counts<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> [usize; 3] {
    let mut counts = [0; 3];
    for problem in problems {
        counts[problem.severity as usize] += 1;
    }
    counts
}
