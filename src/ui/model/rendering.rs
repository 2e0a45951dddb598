//! What Helm makes of the chart and the values, as the page shows it.

use std::ops::Range;
use std::rc::Rc;

use super::problem::Problem;
use super::values_form::Field;
use crate::chart::manifest::Manifest;

/// One rendered document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    /// The template that it comes from: `app/templates/service.yaml`.
    pub source: Rc<str>,
    /// `Service/app`, or empty if it says neither.
    pub name: Rc<str>,
    /// `apiVersion`, may be empty.
    pub api_version: Rc<str>,
    /// `kind`, may be empty.
    pub kind: Rc<str>,
    /// The first line of it in [`Rendering::text`], from 1.
    pub line: u32,
    /// Its place in [`Rendering::text`].
    pub bytes: Range<usize>,
    /// The hook events that it runs at; empty if it is no hook.
    pub hook: Rc<str>,
    /// For each of its lines, who wrote it.
    pub origins: Vec<Option<Origin>>,
}

/// Who wrote a line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The chart's file.
    pub file: Rc<str>,
    /// The line in it, from 1.
    pub line: u32,
    /// Paths of the values that were read for it: `.Values.image.tag`.
    pub values: Vec<Rc<str>>,
}

impl DocumentView {
    /// The chart's file and line that wrote its first line.
    pub fn origin(&self) -> Option<&Origin> {
        self.origins.iter().flatten().next()
    }
}

/// A successful render.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// Everything as `helm template` prints it.
    pub text: Rc<str>,
    /// The documents, in the order of the text.
    pub documents: Vec<DocumentView>,
    /// What `helm install` prints at the end.
    pub notes: Rc<str>,
    /// What the release consists of, without hooks: what is applied.
    pub manifest: Rc<str>,
    /// The chart's hooks.
    pub hooks: Vec<Manifest>,
}

impl Rendering {
    /// The chart's file and line that wrote a line of the text.
    pub fn origin_of_line(&self, line: u32) -> Option<&Origin> {
        let index = self.documents.partition_point(|document| document.line <= line).checked_sub(1)?;
        let document = &self.documents[index];
        document.origins.get((line - document.line) as usize)?.as_ref()
    }
}

/// What came of one try to render.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// The render, if it succeeded.
    pub rendering: Option<Rc<Rendering>>,
    /// The values as a form; `None` if they are no map.
    pub form: Option<Rc<Vec<Field>>>,
    /// Everything that was found, in values, templates and manifests.
    pub problems: Rc<Vec<Problem>>,
}
