//! A slot: the pod's name in DNS above, the pod in the middle, its claims below, which stay when the pod goes.

use std::rc::Rc;

use yew::prelude::*;

use super::super::model::object::ObjectKey;
use super::super::model::topology::Slot;
use super::super::request::Request;
use super::Selection;
use super::claim::ClaimCard;
use super::pod::{AbsentPod, PodCard};
use super::service::DnsName;

#[derive(Properties, PartialEq)]
pub(super) struct SlotPartsProps {
    pub(super) slot: Rc<Slot>,
    pub(super) selected: Option<ObjectKey>,
    pub(super) anchor: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn SlotParts(props: &SlotPartsProps) -> Html {
    let slot = &props.slot;
    let on_request = &props.on_request;
    let is = |key: &ObjectKey| Selection::of(key, &props.selected, &props.anchor);
    html! {
        <li class={classes!("slot", (!slot.wanted).then_some("slot-unwanted"))}>
            if let Some(name) = &slot.name {
                <DnsName key="dns" name={name.clone()} />
            } else {
                <span key="dns" class="dns dns-none" hidden=true />
            }
            if let Some(pod) = &slot.pod {
                <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={on_request.clone()} />
            } else {
                <AbsentPod key="absent" slot={slot.clone()} />
            }
            <div key="claims" class={classes!("slot-claims", (!slot.claims.is_empty()).then_some("slot-tied"))}>
                { for slot.claims.iter().map(|claim| html! {
                    <ClaimCard key={claim.uid.clone()} claim={claim.clone()} selection={is(&claim.key)} on_request={on_request.clone()} />
                }) }
            </div>
        </li>
    }
}
