//! The chart's files, to read and to change.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::super::editor::Editor;
use super::super::model::problem::{File, marks};
use super::super::model::workbench;
use super::super::state::Change;
use super::SourceProps;

#[component]
pub(super) fn ChartFiles(props: &SourceProps) -> Html {
    let state = &props.state;
    let files = workbench::texts(&state.inputs.chart);
    let path: Rc<str> = if files.contains_key(&*state.chart_file) {
        state.chart_file.clone()
    } else {
        let first = files.keys().find(|path| path.contains("statefulset")).or_else(|| files.keys().next());
        first.cloned().unwrap_or_default().into()
    };
    let file = File::Chart(path.clone());
    let found = {
        let file = file.clone();
        use_memo((Rc::clone(&state.attempt.problems), file), |(problems, file)| marks(problems, file))
    };
    let original = use_memo((Rc::clone(&state.inputs.chart), path.clone()), |(chart, path)| -> Rc<str> {
        workbench::texts(chart).remove(&**path).unwrap_or_default().into()
    });
    let edited = state.inputs.edits.get(&path).cloned();
    let is_edited = edited.is_some();
    let text = edited.unwrap_or_else(|| Rc::clone(&original));
    let on_change = {
        let (dispatch, path, original) = (props.dispatch.clone(), path.clone(), Rc::clone(&original));
        Callback::from(move |text: Rc<str>| {
            dispatch.dispatch(if text == *original {
                Change::RevertFile(path.clone())
            } else {
                Change::EditFile(path.clone(), text)
            });
        })
    };
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                dispatch.dispatch(Change::ShowFile(select.value().into()));
            }
        })
    };
    let revert = {
        let (dispatch, path) = (props.dispatch.clone(), path.clone());
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::RevertFile(path.clone())))
    };
    html! {
        <>
            <div key="bar" class="source-bar">
                <select key="file" class="select" aria-label="File of the chart" onchange={choose}>
                    { for files.keys().map(|name| {
                        let changed = state.inputs.edits.contains_key(name.as_str());
                        html! {
                            <option key={name.clone()} value={name.clone()} selected={**name == *path}>
                                { name }{ if changed { " (edited)" } else { "" } }
                            </option>
                        }
                    }) }
                </select>
                <button key="revert" type="button" class="button button-small" hidden={!is_edited} onclick={revert}>{ "Undo my edits" }</button>
            </div>
            <Editor
                key={format!("file-{}-{path}", state.inputs.chart)}
                label={path.to_string()}
                {text}
                marks={found}
                reveal={state.reveal_in(&file)}
                on_change={Some(on_change)}
            />
        </>
    }
}
