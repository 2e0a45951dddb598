//! A claim's card.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::topology::ClaimView;
use super::super::request::Request;
use super::pod::wait;
use super::{Selection, select};

#[derive(Properties, PartialEq)]
pub(super) struct ClaimCardProps {
    pub(super) claim: Rc<ClaimView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn ClaimCard(props: &ClaimCardProps) -> Html {
    let claim = &props.claim;
    let holds = match claim.holds {
        Some((files, bytes)) if files > 0 => format!(" · holds {bytes} B"),
        _ => String::new(),
    };
    let zone = if claim.zone.is_empty() { String::new() } else { format!(" · {}", claim.zone) };
    html! {
        <button
            type="button"
            class={classes!("claim", format!("claim-{}", claim.status.to_lowercase()))}
            data-object={format!("PersistentVolumeClaim/{}", claim.key.name)}
            data-namespace={claim.key.namespace.clone()}
            data-flip={format!("claim-{}", claim.uid)}
            data-look={claim.status.clone()}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            onclick={select(&props.on_request, &claim.key)}
        >
            <span key="icon" class="claim-icon">{ Icon::Disk.draw() }</span>
            <span key="words" class="claim-words">
                <span key="name" class="claim-name"><span class="visually-hidden">{ "Claim " }</span>{ &claim.key.name }</span>
                <span key="facts" class="claim-facts">{ format!("{} · {}{holds}{zone}", claim.status, claim.size) }</span>
                { wait(claim.wait.as_ref()) }
            </span>
        </button>
    }
}
