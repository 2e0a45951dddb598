//! What Helm renders: the documents in order, and the chart's notes.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::super::editor::Editor;
use super::super::model::problem::{File, marks};
use super::super::state::Change;
use super::SourceProps;
use crate::platform::{copy_text, download_text};

#[component]
pub(super) fn Manifests(props: &SourceProps) -> Html {
    let state = &props.state;
    let found = use_memo(Rc::clone(&state.attempt.problems), |problems| marks(problems, &File::Manifests));
    let Some(rendering) = &state.good else {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "Nothing rendered yet" }</p>
                <p key="words">{ "The problems list says what keeps Helm from rendering this chart." }</p>
            </div>
        };
    };
    let go = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: Event| {
            let line =
                event.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok());
            if let Some(line) = line {
                dispatch.dispatch(Change::Reveal(File::Manifests, line, 1));
            }
        })
    };
    let copy = {
        let text = Rc::clone(&rendering.text);
        Callback::from(move |_: MouseEvent| copy_text(&text))
    };
    let download = {
        let text = Rc::clone(&rendering.text);
        Callback::from(move |_: MouseEvent| download_text("manifests.yaml", &text))
    };
    html! {
        <>
            <div key="bar" class="source-bar">
                <select key="document" class="select" aria-label="Go to a document" onchange={go}>
                    { for rendering.documents.iter().enumerate().map(|(index, document)| {
                        let hook = if document.hook.is_empty() { String::new() } else { format!(", {} hook", document.hook) };
                        html! {
                            <option key={document.line} value={document.line.to_string()} selected={index == 0}>
                                { format!("{} ({}{hook})", document.name, document.source.rsplit('/').next().unwrap_or_default()) }
                            </option>
                        }
                    }) }
                </select>
                <button key="copy" type="button" class="button button-small" onclick={copy}>{ "Copy all" }</button>
                <button key="download" type="button" class="button button-small" onclick={download}>{ "Download" }</button>
            </div>
            <Editor
                key={format!("manifests-{}", state.inputs.chart)}
                label="Rendered manifests, read only"
                text={rendering.text.clone()}
                marks={found}
                reveal={state.reveal_in(&File::Manifests)}
            />
            <details key="notes" class="notes" hidden={rendering.notes.trim().is_empty()}>
                <summary class="notes-title">{ "Notes of the chart" }</summary>
                <pre class="notes-text" tabindex="0">{ rendering.notes.trim().to_owned() }</pre>
            </details>
        </>
    }
}
