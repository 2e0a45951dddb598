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
    /// The functions that gave random numbers, keys or times: real Helm would give other bytes there.
    pub chance: Vec<&'static str>,
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
