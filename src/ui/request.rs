//! What the reader asks of an object, wherever it is shown: one menu for all objects, and one question before what
//! cannot be taken back in the cluster itself.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::cluster::Cluster;
use super::dialog::Dialog;
use super::menu::{Anchor, MenuItem, MenuList};
use super::model::object::ObjectKey;
use super::model::offer::{Deed, Offer};
use super::model::problem::File;
use super::model::source_line::source_line;
use super::state::{Change, Dispatch, Playground};
use super::tracer::Tracer;
use crate::session::Action;

/// What the reader asks of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    /// Show it.
    Select(ObjectKey),
    /// Open its menu.
    Menu(ObjectKey, Anchor),
    /// Do something from its menu.
    Take(Offer),
    /// Delete it as its menu does.
    Delete(ObjectKey),
    /// Do something at once.
    Act(Action),
    /// Show the line that sets a field of it.
    Field(ObjectKey, &'static str),
}

/// What is open over the page.
#[derive(Clone, PartialEq)]
enum Open {
    Menu(ObjectKey, Anchor, Vec<Offer>),
    Question(Offer),
}

/// Takes requests; gives what is to be drawn for them.
#[hook]
pub(super) fn use_requests(
    cluster: &Cluster,
    act: &Callback<Action>,
    on_start_over: &Callback<()>,
    state: &UseReducerHandle<Playground>,
    workbench: &Tracer,
    dispatch: &Dispatch,
) -> (Callback<Request>, Html) {
    let open = use_state_eq(|| None::<Open>);
    let take = {
        let (open, act) = (open.clone(), act.clone());
        Callback::from(move |offer: Offer| match &offer.deed {
            Deed::Act(action) if offer.consequence.is_empty() => act.emit(action.clone()),
            _ => open.set(Some(Open::Question(offer))),
        })
    };
    // One callback for as long as the page lives: what it reaches is the same, so that no card is drawn for it.
    let latest = use_mut_ref(|| None);
    *latest.borrow_mut() = Some((
        cluster.clone(),
        act.clone(),
        take.clone(),
        open.clone(),
        (**state).clone(),
        workbench.clone(),
    ));
    let on_request = use_memo(dispatch.clone(), move |dispatch| {
        let dispatch = dispatch.clone();
        Callback::from(move |request: Request| {
            let Some((cluster, act, take, open, state, workbench)) = latest.borrow().clone() else { return };
            match request {
                Request::Select(key) => dispatch.dispatch(Change::Select(Some(key))),
                Request::Act(action) => act.emit(action),
                Request::Take(offer) => take.emit(offer),
                Request::Field(key, field) => {
                    let line = state.good.and_then(|good| source_line(&good, &key, field));
                    let Some(line) = line.map(|found| found.line) else {
                        // What no chart made is shown itself.
                        return dispatch.dispatch(Change::Select(Some(key)));
                    };
                    let trace = workbench.trace(&state.inputs);
                    dispatch.dispatch(match trace.as_ref().and_then(|trace| trace.line(line)) {
                        Some(origin) => Change::Reveal(File::Chart(origin.file.clone()), origin.line, 1),
                        None => Change::Reveal(File::Manifests, line, 1),
                    });
                }
                Request::Delete(key) => {
                    if let Some(offer) = cluster.offers(&key).into_iter().find(|it| it.name == "Delete") {
                        take.emit(offer);
                    }
                }
                Request::Menu(key, anchor) => {
                    let offers = cluster.offers(&key);
                    if !offers.is_empty() {
                        open.set(Some(Open::Menu(key, anchor, offers)));
                    }
                }
            }
        })
    });
    let on_close = {
        let open = open.clone();
        Callback::from(move |()| open.set(None))
    };
    let drawn = match &*open {
        None => html! { <span hidden=true /> },
        Some(Open::Menu(key, anchor, offers)) => {
            let label = format!("Actions for {} {}", key.kind, key.name);
            html! { <MenuList {label} items={items(offers, &take)} anchor={*anchor} {on_close} /> }
        }
        Some(Open::Question(offer)) => {
            let (act, start_over) = (act.clone(), on_start_over.clone());
            let on_agree = Callback::from(move |action: Option<Action>| match action {
                Some(action) => act.emit(action),
                None => start_over.emit(()),
            });
            html! { <Ask key={offer.name.clone()} offer={offer.clone()} {on_agree} {on_close} /> }
        }
    };
    ((*on_request).clone(), drawn)
}

/// Offers as items of a menu.
pub(super) fn items(offers: &[Offer], take: &Callback<Offer>) -> Vec<MenuItem> {
    let item = |offer: &Offer| {
        let chosen = offer.clone();
        let item =
            MenuItem::new(offer.name.clone(), offer.note.clone(), take.reform(move |()| chosen.clone()));
        if offer.is_danger { item.danger() } else { item }
    };
    offers.iter().map(item).collect()
}

#[derive(Properties, PartialEq)]
struct AskProps {
    offer: Offer,
    /// Does it: the action, or else a new session.
    on_agree: Callback<Option<Action>>,
    on_close: Callback<()>,
}

/// Asks for agreement, or for a number.
#[component]
fn Ask(props: &AskProps) -> Html {
    let offer = &props.offer;
    let question = match &offer.deed {
        Deed::Ask(question) => Some(question.clone()),
        Deed::Act(_) | Deed::StartOver => None,
    };
    let typed = use_state_eq(|| question.as_ref().map(|it| it.now.to_string()).unwrap_or_default());
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(input.value());
            }
        })
    };
    let onsubmit = {
        let (deed, typed) = (offer.deed.clone(), typed.clone());
        let (on_agree, on_close) = (props.on_agree.clone(), props.on_close.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let action = match &deed {
                Deed::Act(action) => Some(action.clone()),
                Deed::StartOver => None,
                Deed::Ask(question) => {
                    let Ok(number) = typed.trim().parse() else { return };
                    Some(question.action(number))
                }
            };
            on_close.emit(());
            on_agree.emit(action);
        })
    };
    let verb = offer.name.trim_end_matches('…').to_owned();
    let title = match &question {
        Some(question) => format!("{verb}: {}", question.key.kubectl_name()),
        None => verb.clone(),
    };
    html! {
        <Dialog {title} on_close={props.on_close.clone()}>
            <form key="form" class="ask" {onsubmit}>
                if let Some(question) = question {
                    <label key="number" class="ask-number">
                        <span key="label">{ question.what.label() }</span>
                        <input
                            key="input"
                            class="input"
                            type="number"
                            required=true
                            min={question.least.to_string()}
                            max={question.most.to_string()}
                            value={(*typed).clone()}
                            {oninput}
                        />
                    </label>
                } else {
                    <p key="consequence">{ &offer.consequence }</p>
                }
                <p key="undo" class="ask-undo" hidden={offer.deed == Deed::StartOver}>{ "The timeline undoes it: step back, and act from there." }</p>
                <div key="buttons" class="ask-buttons">
                    <button key="cancel" type="button" class="button" onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "Cancel" }</button>
                    <button key="act" type="submit" class={classes!("button", if offer.is_danger { "button-danger" } else { "button-primary" })}>{ verb }</button>
                </div>
            </form>
        </Dialog>
    }
}
