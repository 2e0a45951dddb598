//! A claim's card.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::topology::ClaimView;
use super::{Request, Selection};

#[derive(Properties, PartialEq)]
pub(super) struct ClaimCardProps {
    pub(super) claim: Rc<ClaimView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn ClaimCard(props: &ClaimCardProps) -> Html {
    let claim = &props.claim;
    let key = claim.key.clone();
    let onclick = props.on_request.reform(move |_: MouseEvent| Request::Select(key.clone()));
    let key = claim.key.clone();
    let on_request = props.on_request.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Delete" {
            event.prevent_default();
            on_request.emit(Request::Delete(key.clone(), None));
        }
    });
    let holds = match claim.holds {
        Some((files, bytes)) if files > 0 => format!(" · holds {bytes} B"),
        _ => String::new(),
    };
    html! {
        <button
            type="button"
            class={classes!("claim", format!("claim-{}", claim.status.to_lowercase()))}
            data-object={format!("PersistentVolumeClaim/{}", claim.key.name)}
            data-flip={format!("claim-{}", claim.uid)}
            data-look={claim.status.clone()}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            {onclick}
            {onkeydown}
        >
            <span key="icon" class="claim-icon">{ Icon::Disk.draw() }</span>
            <span key="words" class="claim-words">
                <span key="name" class="claim-name"><span class="visually-hidden">{ "Claim " }</span>{ &claim.key.name }</span>
                <span key="facts" class="claim-facts">{ format!("{} · {}{holds}", claim.status, claim.size) }</span>
            </span>
        </button>
    }
}
