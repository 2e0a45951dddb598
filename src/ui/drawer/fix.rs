//! The change that follows a piece of advice, shown before it is made.

use std::rc::Rc;

use yew::prelude::*;

use super::super::model::fix::{Fix, TextChange, find};
use super::super::model::inputs::Inputs;
use super::super::model::rendering::Rendering;
use super::super::state::{Change, Dispatch};
use crate::api::advice::Finding;
use crate::platform::after_paint;

#[derive(Properties, PartialEq)]
pub(super) struct FixOfferProps {
    pub(super) finding: Rc<Finding>,
    pub(super) inputs: Rc<Inputs>,
    pub(super) rendering: Rc<Rendering>,
    pub(super) dispatch: Dispatch,
}

#[component]
pub(super) fn FixOffer(props: &FixOfferProps) -> Html {
    // `None` while it is looked for.
    let found = use_state_eq(|| None::<Option<Rc<Fix>>>);
    {
        let found = found.clone();
        let given = (props.inputs.clone(), props.rendering.clone(), props.finding.clone());
        use_effect_with(given, move |(inputs, rendering, finding)| {
            let (inputs, rendering, finding) = (inputs.clone(), rendering.clone(), finding.clone());
            found.set(None);
            let task = after_paint(0, move || {
                found.set(Some(find(&inputs, &rendering, &finding.edits).map(Rc::new)));
            });
            move || drop(task)
        });
    }
    let fix = match &*found {
        None => {
            return html! { <p class="field-help">{ "Looking for a change that does this and nothing else…" }</p> };
        }
        Some(None) => {
            let words =
                "No single change of the values or templates does this and nothing else: make it by hand.";
            return html! { <p class="field-help">{ words }</p> };
        }
        Some(Some(fix)) => fix,
    };
    let onclick = {
        let (dispatch, fix) = (props.dispatch.clone(), fix.clone());
        Callback::from(move |_: MouseEvent| {
            let places =
                fix.changes.iter().map(|change| change.file.name()).collect::<Vec<_>>().join(" and ");
            dispatch.dispatch(Change::Fix(fix.inputs.clone(), format!("Changed {places}.").into()));
        })
    };
    html! {
        <>
            { for fix.changes.iter().map(diff) }
            <button key="make" type="button" class="button button-small" {onclick}>{ "Make this change" }</button>
        </>
    }
}

/// The lines that go and come; their signs say which, their colours repeat it.
pub(super) fn diff(change: &TextChange) -> Html {
    let class = |sign: char| match sign {
        '-' => "diff-gone",
        '+' => "diff-new",
        _ => "diff-same",
    };
    let place = format!("{}:{}", change.file.name(), change.line);
    html! {
        <figure key={place.clone()} class="diff">
            <figcaption key="place" class="diff-place">{ place }</figcaption>
            <pre key="lines" class="diff-lines" tabindex="0">
                { for change.lines.iter().enumerate().map(|(index, (sign, line))| html! {
                    <span key={index} class={class(*sign)}>{ format!("{sign} {line}\n") }</span>
                }) }
            </pre>
        </figure>
    }
}
