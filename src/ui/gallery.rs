//! The dialog in which the reader chooses a chart and names the release.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::dialog::Dialog;
use super::model::inputs::Inputs;
use super::model::workbench::{ChartCard, cards};
use super::state::{Change, Dispatch};

#[derive(Properties, PartialEq)]
pub(super) struct GalleryProps {
    pub(super) inputs: Rc<Inputs>,
    pub(super) dispatch: Dispatch,
    pub(super) on_open: Callback<AttrValue>,
}

#[component]
pub(super) fn Gallery(props: &GalleryProps) -> Html {
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Change::Dialog(None)))
    };
    let field = |change: fn(Rc<str>) -> Change| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                dispatch.dispatch(change(input.value().trim().into()));
            }
        })
    };
    html! {
        <Dialog title="Chart and release" on_close={close}>
            <div key="fields" class="release-fields">
                <label key="release" class="labelled">
                    <span class="labelled-name">{ "Release name" }</span>
                    <input class="input" type="text" autocomplete="off" spellcheck="false" value={props.inputs.release.to_string()} oninput={field(Change::SetRelease)} />
                    <span class="labelled-note">{ "As in helm install NAME" }</span>
                </label>
                <label key="namespace" class="labelled">
                    <span class="labelled-name">{ "Namespace" }</span>
                    <input class="input" type="text" autocomplete="off" spellcheck="false" value={props.inputs.namespace.to_string()} oninput={field(Change::SetNamespace)} />
                    <span class="labelled-note">{ "As in --namespace" }</span>
                </label>
            </div>
            <h3 key="title" class="dialog-section">{ "Charts" }</h3>
            <ul key="cards" class="gallery">
                { for cards().into_iter().map(|card| html! { <li key={card.id}>{ draw(&card, props) }</li> }) }
            </ul>
        </Dialog>
    }
}

fn draw(card: &ChartCard, props: &GalleryProps) -> Html {
    let id = AttrValue::Static(card.id);
    let onclick = props.on_open.reform(move |_: MouseEvent| id.clone());
    let open = *props.inputs.chart == *card.id;
    html! {
        <button type="button" class="gallery-card" aria-pressed={open.to_string()} {onclick}>
            <span key="lab" class="gallery-lab">{ format!("Lab {}", card.lab) }</span>
            <span key="title" class="gallery-title">{ card.title }</span>
            <span key="summary" class="gallery-summary">{ card.summary }</span>
        </button>
    }
}
