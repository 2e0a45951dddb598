//! The dialog in which the reader chooses a chart, brings one, and says what Helm is told.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::bring::Pickers;
use super::dialog::Dialog;
use super::icon::Icon;
use super::model::inputs::Inputs;
use super::model::own_chart::OwnCard;
use super::model::rendering::Rendering;
use super::model::workbench::{self, ChartCard, cards};
use super::release_options::ReleaseOptions;
use super::state::{Change, Dispatch, Notice, NoticeKind};
use crate::platform::{Handed, download};

#[derive(Properties, PartialEq)]
pub(super) struct GalleryProps {
    pub(super) inputs: Rc<Inputs>,
    pub(super) own: Rc<Vec<OwnCard>>,
    pub(super) rendering: Option<Rc<Rendering>>,
    pub(super) dispatch: Dispatch,
    pub(super) on_open: Callback<AttrValue>,
    pub(super) on_hand: Callback<Handed>,
    pub(super) on_own: Callback<OwnChange>,
}

/// What the reader does to a chart of their own.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OwnChange {
    Rename(String, String),
    Remove(String),
}

#[component]
pub(super) fn Gallery(props: &GalleryProps) -> Html {
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Change::Dialog(None)))
    };
    html! {
        <Dialog title="Chart and release" on_close={close}>
            <ReleaseOptions key="release" inputs={props.inputs.clone()} dispatch={props.dispatch.clone()} />
            <Downloads key="downloads" inputs={props.inputs.clone()} rendering={props.rendering.clone()} dispatch={props.dispatch.clone()} />
            <h3 key="own-title" class="dialog-section">{ "Your charts" }</h3>
            <Pickers key="pickers" on_hand={props.on_hand.clone()} />
            <ul key="own" class="gallery" hidden={props.own.is_empty()}>
                { for props.own.iter().map(|card| html! {
                    <li key={card.id.clone()}>
                        <OwnChartCard card={card.clone()} is_open={*props.inputs.chart == *card.id} on_open={props.on_open.clone()} on_own={props.on_own.clone()} />
                    </li>
                }) }
            </ul>
            <h3 key="title" class="dialog-section">{ "Charts of the labs" }</h3>
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

#[derive(Properties, PartialEq)]
struct DownloadsProps {
    inputs: Rc<Inputs>,
    rendering: Option<Rc<Rendering>>,
    dispatch: Dispatch,
}

/// The open chart, its values and what they render, to take away.
#[component]
fn Downloads(props: &DownloadsProps) -> Html {
    let chart = {
        let (inputs, dispatch) = (props.inputs.clone(), props.dispatch.clone());
        Callback::from(move |_: MouseEvent| download_chart(&inputs, &dispatch))
    };
    let values = {
        let inputs = props.inputs.clone();
        Callback::from(move |_: MouseEvent| download("values.yaml", inputs.values.as_bytes()))
    };
    let manifests = {
        let rendering = props.rendering.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(rendering) = &rendering {
                download("manifests.yaml", rendering.text.as_bytes());
            }
        })
    };
    html! {
        <div class="downloads">
            <span key="words" class="downloads-words">{ "Download" }</span>
            <button key="chart" type="button" class="button button-small" onclick={chart}>{ "Chart (.tgz)" }</button>
            <button key="values" type="button" class="button button-small" onclick={values}>{ "values.yaml" }</button>
            <button key="manifests" type="button" class="button button-small" disabled={props.rendering.is_none()} onclick={manifests}>{ "Manifests" }</button>
        </div>
    }
}

/// Offers the chart as `helm package` packs it, or says why it cannot be packed.
pub(super) fn download_chart(inputs: &Inputs, dispatch: &Dispatch) {
    match workbench::package(inputs) {
        Ok((name, bytes)) => download(&name, &bytes),
        Err(error) => {
            let text = format!("The chart cannot be packed: {error}").into();
            dispatch.dispatch(Change::Notify(Notice { kind: NoticeKind::Error, text }));
        }
    }
}

#[derive(Properties, PartialEq)]
struct OwnChartCardProps {
    card: OwnCard,
    is_open: bool,
    on_open: Callback<AttrValue>,
    on_own: Callback<OwnChange>,
}

/// What the reader is about to do with the card.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    Nothing,
    Renaming,
    Deleting,
}

#[component]
fn OwnChartCard(props: &OwnChartCardProps) -> Html {
    let doing = use_state_eq(|| Doing::Nothing);
    let field = use_node_ref();
    let set = |next: Doing| {
        let doing = doing.clone();
        Callback::from(move |_: MouseEvent| doing.set(next))
    };
    let card = &props.card;
    let open = {
        let id = AttrValue::from(card.id.clone());
        props.on_open.reform(move |_: MouseEvent| id.clone())
    };
    let remove = {
        let id = card.id.clone();
        props.on_own.reform(move |_: MouseEvent| OwnChange::Remove(id.clone()))
    };
    let rename = {
        let (id, doing, field, on_own) =
            (card.id.clone(), doing.clone(), field.clone(), props.on_own.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let title = field.cast::<HtmlInputElement>().map(|field| field.value().trim().to_owned());
            if let Some(title) = title.filter(|title| !title.is_empty()) {
                on_own.emit(OwnChange::Rename(id.clone(), title));
            }
            doing.set(Doing::Nothing);
        })
    };
    html! {
        <div class="own-card">
            <button key="open" type="button" class="gallery-card" aria-pressed={props.is_open.to_string()} onclick={open}>
                <span key="lab" class="gallery-lab">{ "Your chart" }</span>
                <span key="title" class="gallery-title own-title">{ &card.title }</span>
            </button>
            { match *doing {
                Doing::Nothing => html! {
                    <div key="actions" class="own-actions">
                        <button key="rename" type="button" class="button button-small button-quiet" onclick={set(Doing::Renaming)}>{ "Rename" }<span class="visually-hidden">{ format!(" {}", card.title) }</span></button>
                        <button key="delete" type="button" class="button button-small button-quiet button-danger" onclick={set(Doing::Deleting)}>{ "Delete" }<span class="visually-hidden">{ format!(" {}", card.title) }</span></button>
                    </div>
                },
                Doing::Renaming => html! {
                    <form key="rename" class="own-actions" onsubmit={rename}>
                        <input key="name" ref={field} class="input" aria-label="Name of the chart" autocomplete="off" value={card.title.clone()} />
                        <button key="ok" type="submit" class="button button-small">{ "Rename" }</button>
                        <button key="no" type="button" class="button button-small button-icon button-quiet" aria-label="Keep the name" onclick={set(Doing::Nothing)}>{ Icon::Close.draw() }</button>
                    </form>
                },
                Doing::Deleting => html! {
                    <div key="delete" class="own-actions" role="alert">
                        <span key="words">{ "Gone for good, edits too?" }</span>
                        <button key="yes" type="button" class="button button-small button-danger" onclick={remove}>{ "Delete" }</button>
                        <button key="no" type="button" class="button button-small" onclick={set(Doing::Nothing)}>{ "Keep" }</button>
                    </div>
                },
            } }
        </div>
    }
}
