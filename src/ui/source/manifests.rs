//! What Helm renders: the documents in order, the chart's notes, and where the line under the cursor comes from.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::super::editor::Editor;
use super::super::icon::Icon;
use super::super::model::problem::{File, marks};
use super::super::state::{Change, Dispatch, Playground};
use super::origin::{LineStrip, ValueStrip};
use super::{PaneProps, hints};
use crate::platform::{copy_text, download, seconds_since_1970};

#[component]
pub(super) fn Manifests(props: &PaneProps) -> Html {
    let (state, pointing) = (&props.state, &props.pointing);
    let found = use_memo(Rc::clone(&state.attempt.problems), |problems| marks(problems, &File::Manifests));
    let touched = use_memo((pointing.subject.clone(), pointing.trace.clone()), |(subject, trace)| {
        let touched =
            subject.as_ref().zip(trace.as_ref()).map(|(subject, trace)| trace.touched(subject).lines);
        touched.unwrap_or_default()
    });
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
    let save = {
        let text = Rc::clone(&rendering.text);
        Callback::from(move |_: MouseEvent| download("manifests.yaml", text.as_bytes()))
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
                <button key="download" type="button" class="button button-small" onclick={save}>{ "Download" }</button>
            </div>
            <Chance key="chance" state={state.clone()} dispatch={props.dispatch.clone()} />
            <Editor
                key={format!("manifests-{}", state.inputs.chart)}
                label="Rendered manifests, read only"
                text={rendering.text.clone()}
                marks={found}
                lines={touched}
                on_cursor={Some(pointing.on_line.clone())}
                reveal={state.reveal_in(&File::Manifests)}
                on_ask={hints::answers(state, File::Manifests, &pointing.workbench)}
            />
            if pointing.subject.is_some() {
                <ValueStrip
                    key="value"
                    subject={pointing.subject.clone()}
                    trace={pointing.trace.clone()}
                    dispatch={props.dispatch.clone()}
                    on_clear={Some(pointing.on_subject.reform(|()| None))}
                />
            } else {
                <span key="no-value" hidden=true />
            }
            <LineStrip
                key="line"
                line={pointing.line}
                trace={pointing.trace.clone()}
                inputs={state.inputs.clone()}
                dispatch={props.dispatch.clone()}
            />
            <details key="notes" class="notes" hidden={rendering.notes.trim().is_empty()}>
                <summary class="notes-title">{ "Notes of the chart" }</summary>
                <pre class="notes-text" tabindex="0">{ rendering.notes.trim().to_owned() }</pre>
            </details>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ChanceProps {
    state: Rc<Playground>,
    dispatch: Dispatch,
}

/// Says that random numbers, keys or times stand in the manifests: Helm's are others.
#[component]
fn Chance(props: &ChanceProps) -> Html {
    let names = props.state.good.as_ref().map(|rendering| rendering.chance.as_slice()).unwrap_or_default();
    if names.is_empty() {
        return html! { <span hidden=true /> };
    }
    let draw = {
        let (dispatch, options) = (props.dispatch.clone(), Rc::clone(&props.state.inputs.options));
        Callback::from(move |_: MouseEvent| {
            let mut options = (*options).clone();
            options.drawn_at = seconds_since_1970().max(options.drawn_at.saturating_add(1));
            dispatch.dispatch(Change::SetOptions(options));
        })
    };
    html! {
        <div class="notice" role="status">
            { Icon::Info.draw() }
            <span key="words" class="notice-text">
                { "Drawn by chance or clock: " }<code>{ names.join(", ") }</code>
                { ". Helm gives other bytes each time; here they stay until you draw again." }
            </span>
            <button key="draw" type="button" class="link" onclick={draw}>{ "Draw again" }</button>
        </div>
    }
}
