//! A StatefulSet: its head, and a slot for each ordinal with the name above, the pod in the middle and the claim
//! below, which stays when the pod goes.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::{Menu, MenuItem};
use super::super::model::object::ObjectKey;
use super::super::model::topology::{SetView, Slot};
use super::super::model::why;
use super::claim::ClaimCard;
use super::pod::{AbsentPod, PodCard, revision_class};
use super::service::DnsName;
use super::{Request, Selection};

/// From this many slots on, cards are small.
const COMPACT_FROM: usize = 13;

#[derive(Properties, PartialEq)]
pub(super) struct SetSectionProps {
    pub(super) set: Rc<SetView>,
    pub(super) selected: Option<ObjectKey>,
    pub(super) anchor: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn SetSection(props: &SetSectionProps) -> Html {
    let set = &props.set;
    let is = |key: &ObjectKey| Selection {
        selected: props.selected.as_ref() == Some(key),
        anchor: props.anchor.as_ref() == Some(key),
    };
    let compact = set.slots.len() >= COMPACT_FROM;
    html! {
        <section class={classes!("set", compact.then_some("set-compact"))} aria-label={format!("StatefulSet {}", set.name)}>
            <div key="head" class="set-head">{ head(set, props, &is) }</div>
            <ul key="slots" class="slots">
                { for set.slots.iter().map(|slot| html! {
                    <li key={slot.ordinal} class={classes!("slot", (!slot.wanted).then_some("slot-unwanted"))}>
                        { slot_parts(set, slot, props, &is) }
                    </li>
                }) }
            </ul>
            <p key="none" class="set-none" hidden={!set.slots.is_empty()}>{ "0 replicas: no ordinal is asked for." }</p>
        </section>
    }
}

fn slot_parts(
    set: &SetView,
    slot: &Slot,
    props: &SetSectionProps,
    is: &dyn Fn(&ObjectKey) -> Selection,
) -> Html {
    let on_request = &props.on_request;
    html! {
        <>
            if let Some(name) = &slot.name {
                <DnsName key="dns" name={name.clone()} />
            } else {
                <span key="dns" class="dns dns-none" hidden=true />
            }
            if let Some(pod) = &slot.pod {
                <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={on_request.clone()} />
            } else {
                <AbsentPod key="absent" name={format!("{}-{}", set.name, slot.ordinal)} wanted={slot.wanted} />
            }
            <div key="claims" class={classes!("slot-claims", (!slot.claims.is_empty()).then_some("slot-tied"))}>
                { for slot.claims.iter().map(|claim| html! {
                    <ClaimCard key={claim.uid.clone()} claim={claim.clone()} selection={is(&claim.key)} on_request={on_request.clone()} />
                }) }
            </div>
        </>
    }
}

fn head(set: &SetView, props: &SetSectionProps, is: &dyn Fn(&ObjectKey) -> Selection) -> Html {
    let Some(key) = &set.key else {
        return html! {
            <>
                <span key="name" class="set-name">
                    <span class="kind">{ "Left over" }</span>
                    <span class="set-title">{ &set.name }</span>
                </span>
                <span key="note" class="set-note">{ "No StatefulSet of this name: its pods and claims stay until somebody deletes them." }</span>
            </>
        };
    };
    let selection = is(key);
    let request = |request: Request| props.on_request.reform(move |()| request.clone());
    let scale = |replicas: i64| {
        let key = key.clone();
        props.on_request.reform(move |_: MouseEvent| Request::Scale(key.clone(), replicas))
    };
    let items = vec![
        MenuItem::new(
            "Delete",
            "The set and its pods go; its claims stay unless its retention policy says otherwise.",
            request(Request::Delete(key.clone(), None)),
        )
        .danger(),
        MenuItem::new(
            "Delete, leave the pods",
            "--cascade=orphan: the pods run on without a set.",
            request(Request::Orphan(key.clone())),
        )
        .danger(),
    ];
    let select = {
        let key = key.clone();
        props.on_request.reform(move |_: MouseEvent| Request::Select(key.clone()))
    };
    let governs = match (set.service.is_empty(), set.service_exists) {
        (true, _) => "names no Service".to_owned(),
        (false, true) => format!("serviceName {}", set.service),
        (false, false) => {
            format!("serviceName {}: no such Service, so its pods' names do not resolve", set.service)
        }
    };
    html! {
        <>
            <button
                key="name"
                type="button"
                class="set-name"
                data-object={format!("StatefulSet/{}", set.name)}
                aria-pressed={selection.pressed()}
                tabindex={selection.tabindex()}
                onclick={select}
            >
                <span class="kind">{ "StatefulSet" }</span>
                <span class="set-title">{ &set.name }</span>
            </button>
            <span key="chips" class="set-chips">
                <span key="ready" class="chip chip-strong">{ if set.terminating { "Terminating".to_owned() } else { format!("{}/{} ready", set.ready, set.replicas) } }</span>
                <span key="policy" class="chip">{ &set.policy }</span>
                <span key="strategy" class="chip">{ &set.strategy }</span>
                <span key="partition" class="chip" hidden={set.partition == 0}>{ format!("partition {}", set.partition) }</span>
                { for set.revisions.iter().map(|revision| {
                    let target = set.update_revision == Some(*revision) && set.revisions.len() > 1;
                    html! {
                        <span key={format!("revision-{revision}")} class={classes!("revision", revision_class(*revision))}>
                            { format!("rev {revision}{}", if target { " (update)" } else { "" }) }
                        </span>
                    }
                }) }
            </span>
            <span key="actions" class="set-actions">
                <span key="scale" class="stepper" role="group" aria-label="Replicas">
                    <button key="less" type="button" class="button button-small button-icon" aria-label="Scale down by one" disabled={set.replicas <= 0} onclick={scale(set.replicas - 1)}>{ Icon::Remove.draw() }</button>
                    <span key="count" class="stepper-count">{ set.replicas }</span>
                    <button key="more" type="button" class="button button-small button-icon" aria-label="Scale up by one" onclick={scale(set.replicas + 1)}>{ Icon::Add.draw() }</button>
                </span>
                <Menu key="menu" label={format!("Actions for StatefulSet {}", set.name)} class={classes!("button-small", "button-icon", "button-quiet")} {items}>
                    { Icon::Dots.draw() }
                </Menu>
            </span>
            { for why::gates(set).into_iter().map(|gate| html! { <span key={gate.clone()} class="set-gate">{ Icon::Wait.draw() }<span>{ gate }</span></span> }) }
            <span key="service" class={classes!("set-note", (!set.service_exists && !set.service.is_empty()).then_some("set-note-warning"))}>{ governs }</span>
        </>
    }
}
