//! The charts on offer and one try to render: from the reader's inputs to manifests and findings.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::inputs::{Inputs, LONGEST_TEXT};
use super::problem::{File, Problem};
use super::rendering::Attempt;
use super::values_form;
use crate::chart::{BuiltIn, builtin};
use crate::diagnostic::{Diagnostic, Severity};
use crate::yaml;

/// A chart of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartCard {
    /// Its id.
    pub id: &'static str,
    /// The lab's letter.
    pub lab: char,
    /// What to call it.
    pub title: &'static str,
    /// One sentence about it.
    pub summary: &'static str,
}

/// The charts of the gallery, in its order.
pub fn cards() -> Vec<ChartCard> {
    let card = |chart: &BuiltIn| {
        // The card and the head name the lab beside the title.
        let title = chart.title.split_once(": ").map_or(chart.title, |(_, title)| title);
        ChartCard { id: chart.id, lab: chart.lab, title, summary: chart.summary }
    };
    builtin().iter().map(card).collect()
}

fn find(id: &str) -> Option<&'static BuiltIn> {
    builtin().iter().find(|chart| chart.id == id)
}

/// The id of a chart that exists: `id`, or the gallery's first.
pub fn known(id: &str) -> &'static str {
    find(id).or_else(|| builtin().first()).map_or("", |chart| chart.id)
}

/// The inputs that a chart starts with: its own values, to be changed.
pub fn first_inputs(id: &str) -> Inputs {
    let chart = find(id);
    let values = texts(id).remove("values.yaml").unwrap_or_default();
    Inputs {
        chart: id.into(),
        values: values.into(),
        edits: BTreeMap::new(),
        release: chart.map_or("release", |chart| chart.release).into(),
        namespace: chart.map_or("default", |chart| chart.namespace).into(),
    }
}

/// The files of a chart that are text, by path.
pub fn texts(id: &str) -> BTreeMap<String, String> {
    let files = find(id).map(|chart| chart.files).unwrap_or_default();
    files
        .iter()
        .filter_map(|(path, data)| Some(((*path).to_owned(), std::str::from_utf8(data).ok()?.to_owned())))
        .collect()
}

/// One try to render.
pub fn attempt(inputs: &Inputs) -> Attempt {
    if inputs.size() > LONGEST_TEXT {
        let message = format!(
            "The values and edits are {} KiB long. They are kept, but not rendered: Helm stores a release in a Secret, \
             which holds at most 1024 KiB.",
            inputs.size() / 1024
        );
        let problem = Problem {
            severity: Severity::Error,
            message,
            hints: Vec::new(),
            place: Some((File::Values, None)),
        };
        return Attempt { problems: Rc::new(vec![problem]), ..Attempt::default() };
    }
    let parsed = yaml::parse(&inputs.values);
    let mut problems: Vec<Problem> =
        parsed.diagnostics.iter().map(|found| in_file(found, File::Values)).collect();
    let form =
        parsed.documents.first().and_then(|document| values_form::form(&inputs.values, &document.root));
    let _ = &mut problems;
    Attempt { rendering: None, form: form.map(Rc::new), problems: Rc::new(problems) }
}

fn in_file(found: &Diagnostic, file: File) -> Problem {
    Problem {
        severity: found.severity,
        message: found.message.clone(),
        hints: found.hints.clone(),
        place: Some((file, found.span)),
    }
}
