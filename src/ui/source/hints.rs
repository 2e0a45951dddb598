//! What an editor asks about its cursor, answered from the reader's chart and what it renders.

use std::rc::Rc;

use serde_json::Value;
use yew::Callback;

use super::super::editor::Ask;
use super::super::model::hints::{
    Choice, Hint, ValuesKnown, choices_in_action, choices_in_manifest, choices_in_values, hint_in_manifest,
    hint_in_values,
};
use super::super::model::problem::File;
use super::super::model::provenance::drives;
use super::super::model::yaml_cursor::{Cursor, Spot};
use super::super::state::Playground;
use super::super::tracer::Tracer;
use crate::yaml;

/// The answers for the editor of a text.
pub(super) fn answers(state: &Rc<Playground>, file: File, workbench: &Tracer) -> Callback<Ask, Vec<String>> {
    let (state, workbench) = (Rc::clone(state), workbench.clone());
    Callback::from(move |ask: Ask| answer(&state, &file, &workbench, &ask).unwrap_or_default())
}

fn answer(state: &Playground, file: &File, workbench: &Tracer, ask: &Ask) -> Option<Vec<String>> {
    let cursor = Cursor::at(&ask.text, ask.line, ask.column)?;
    let is_values = match file {
        File::Values => true,
        File::Chart(path) => path.ends_with("values.yaml"),
        File::Manifests => false,
    };
    let read = |text: &str| {
        yaml::parse(text).documents.first().map_or(Value::Null, |document| document.root.to_json())
    };
    let of_chart = |path: &str| state.inputs.text(path).unwrap_or_default();
    let (defaults, own) = (read(of_chart("values.yaml")), read(&state.inputs.values));
    let schema = serde_json::from_str(of_chart("values.schema.json")).unwrap_or_default();
    let drives = |path: &[yaml::Step]| {
        let rendering = state.good.as_ref()?;
        let trace = workbench.latest(&state.inputs)?;
        let origin_of = |line| trace.line(line).cloned();
        let mut found = [&own, &defaults].into_iter();
        found.find_map(|values| drives(rendering, &origin_of, values, path))
    };
    let known = ValuesKnown { defaults: &defaults, schema: &schema, drives: &drives };
    if !ask.completes {
        let hint = if is_values { hint_in_values(&cursor, &known) } else { hint_in_manifest(&cursor) };
        return hint.map(|hint| flat_hint(&cursor, hint));
    }
    let mut from = cursor.word.0;
    let choices = match &cursor.spot {
        Spot::Action(action) => {
            // Only what stands behind the last dot is replaced.
            let typed = action.rsplit('.').next().unwrap_or_default().chars().count();
            from = ask.column - u32::try_from(typed).unwrap_or_default().min(ask.column - 1);
            choices_in_action(action, if own.is_object() { &own } else { &defaults })
        }
        _ if is_values => choices_in_values(&cursor, &known),
        _ => choices_in_manifest(&cursor),
    };
    Some(flat_choices(from, choices))
}

fn flat_hint(cursor: &Cursor, hint: Hint) -> Vec<String> {
    let (from, to) = cursor.word;
    let mut flat = vec![from.to_string(), to.to_string(), hint.title, hint.text];
    flat.extend(hint.facts);
    flat
}

fn flat_choices(from: u32, choices: Vec<Choice>) -> Vec<String> {
    let mut flat = vec![from.to_string()];
    for choice in choices {
        flat.extend([choice.label, choice.insert, choice.detail, choice.text]);
    }
    flat
}
