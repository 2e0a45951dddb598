//! A StatefulSet: its head, what holds it, and a slot for each ordinal.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::Anchor;
use super::super::model::object::ObjectKey;
use super::super::model::offer;
use super::super::model::topology::SetView;
use super::super::request::Request;
use super::blocks::{BLOCK, Blocks};
use super::pod::revision_class;
use super::slot::SlotParts;
use super::wait::WaitLine;
use super::{Selection, select};

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
    let compact = set.slots.len() >= COMPACT_FROM;
    html! {
        <section class={classes!("set", compact.then_some("set-compact"))} aria-label={format!("StatefulSet {}", set.name)}>
            <div key="head" class="set-head">{ head(set, props) }</div>
            if set.slots.len() > BLOCK {
                <Blocks key="blocks" set={set.clone()} selected={props.selected.clone()} anchor={props.anchor.clone()} on_request={props.on_request.clone()} />
            } else {
                <ul key="slots" class="slots">
                    { for set.slots.iter().map(|slot| html! {
                        <SlotParts
                            key={slot.ordinal}
                            slot={slot.clone()}
                            selected={props.selected.clone()}
                            anchor={props.anchor.clone()}
                            on_request={props.on_request.clone()}
                        />
                    }) }
                </ul>
            }
            <p key="none" class="set-none" hidden={!set.slots.is_empty()}>{ "0 replicas: no ordinal is asked for." }</p>
        </section>
    }
}

/// Two buttons that scale a workload by one.
pub(super) fn stepper(key: &ObjectKey, replicas: i64, on_request: &Callback<Request>) -> Html {
    let scale = |replicas: i64| {
        let action = offer::scale(key, replicas);
        on_request.reform(move |_: MouseEvent| Request::Act(action.clone()))
    };
    html! {
        <span key="scale" class="stepper" role="group" aria-label="Replicas">
            <button key="less" type="button" class="button button-small button-icon" aria-label="Scale down by one" disabled={replicas <= 0} onclick={scale(replicas - 1)}>{ Icon::Remove.draw() }</button>
            <span key="count" class="stepper-count">{ replicas }</span>
            <button key="more" type="button" class="button button-small button-icon" aria-label="Scale up by one" onclick={scale(replicas + 1)}>{ Icon::Add.draw() }</button>
        </span>
    }
}

fn head(set: &SetView, props: &SetSectionProps) -> Html {
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
    let selection = Selection::of(key, &props.selected, &props.anchor);
    let menu = {
        let key = key.clone();
        props.on_request.reform(move |event: MouseEvent| Request::Menu(key.clone(), Anchor::of_click(&event)))
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
                data-namespace={set.namespace.clone()}
                aria-pressed={selection.pressed()}
                tabindex={selection.tabindex()}
                onclick={select(&props.on_request, key)}
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
                { stepper(key, set.replicas, &props.on_request) }
                <button key="menu" type="button" class="button button-small button-icon button-quiet" aria-haspopup="menu" aria-label={format!("Actions for StatefulSet {}", set.name)} onclick={menu}>{ Icon::Dots.draw() }</button>
            </span>
            <div key="waits" class="waits" hidden={set.waits.is_empty()}>
                { for set.waits.iter().map(|(reason, more)| html! {
                    <WaitLine key={reason.text.clone()} reason={reason.clone()} more={*more} on_request={props.on_request.clone()} />
                }) }
            </div>
            <span key="service" class={classes!("set-note", (!set.service_exists && !set.service.is_empty()).then_some("set-note-warning"))}>{ governs }</span>
        </>
    }
}
