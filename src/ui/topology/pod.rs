//! A pod's card.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::object::split_ordinal;
use super::super::model::topology::{Phase, PodView, Slot};
use super::super::model::why::ReasonView;
use super::super::request::Request;
use super::{Selection, select};

#[derive(Properties, PartialEq)]
pub(super) struct PodCardProps {
    pub(super) pod: Rc<PodView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn PodCard(props: &PodCardProps) -> Html {
    let pod = &props.pod;
    let ready = format!("{}/{}", pod.ready.0, pod.ready.1);
    html! {
        <button
            type="button"
            class={classes!("pod", format!("pod-{}", pod.phase.name()))}
            data-object={format!("Pod/{}", pod.key.name)}
            data-namespace={pod.key.namespace.clone()}
            data-flip={format!("pod-{}", pod.uid)}
            data-look={format!("{} {} {}", pod.status, ready, pod.restarts)}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            onclick={select(&props.on_request, &pod.key)}
        >
            <span key="head" class="pod-head"><span key="kind" class="visually-hidden">{ "Pod " }</span>{ pod_name(&pod.key.name) }
                if let Some(revision) = pod.revision {
                    <span key="revision" class={classes!("revision", revision_class(revision))} title={format!("revision {revision}")}>
                        { format!("rev {revision}") }
                    </span>
                } else {
                    <span key="none" hidden=true />
                }</span>
            <span key="status" class="pod-status">
                { phase_mark(pod.phase) }
                <span key="word" class="pod-word">{ &pod.status }</span>
                <span key="ready" class="pod-count">{ ready }</span>
            </span>
            { wait(pod.wait.as_ref()) }
            <span key="facts" class="pod-facts">
                <span key="hook" class="pod-hook" hidden={pod.hook.is_empty()}>{ format!("{} hook", pod.hook) }</span>
                <span key="node">{ if pod.node.is_empty() { "no node" } else { &pod.node } }</span>
                <span key="address" hidden={pod.address.is_empty()}>{ &pod.address }</span>
                <span key="visits" hidden={pod.visits.is_none()}>{ format!("{} visits", pod.visits.unwrap_or_default()) }</span>
                <span key="fault" class="pod-restarts" hidden={pod.fault.is_empty()}>{ pod.fault }</span>
                <span key="twin" class="pod-restarts" hidden={!pod.has_twin}>{ "two pods write as this one" }</span>
                <span key="restarts" class="pod-restarts" hidden={pod.restarts == 0}>
                    { format!("{} restart{}", pod.restarts, if pod.restarts == 1 { "" } else { "s" }) }
                </span>
            </span>
        </button>
    }
}

/// A name whose ordinal stays visible when there is no room for all of it.
pub(super) fn pod_name(name: &str) -> Html {
    let (stem, ordinal) = match split_ordinal(name) {
        Some((stem, _)) => name.split_at(stem.len()),
        None => (name, ""),
    };
    html! { <span class="pod-name" title={name.to_owned()}><span key="stem" class="stem">{ stem }</span><span key="ordinal">{ ordinal }</span></span> }
}

/// The mark of a phase: each has a shape of its own.
pub(in crate::ui) fn phase_mark(phase: Phase) -> Html {
    let shape = match phase {
        Phase::Pending => html! { <circle cx="8" cy="8" r="5.5" class="mark-dashed" /> },
        Phase::Starting => {
            html! { <><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.500 5.500 0 0 1 5.500 5.500H8z" class="mark-full" /></> }
        }
        Phase::Running => {
            html! { <><circle cx="8" cy="8" r="5.500" /><path d="M8 2.500a5.500 5.500 0 0 1 0 11z" class="mark-full" /></> }
        }
        Phase::Ready => {
            html! { <><circle cx="8" cy="8" r="6" class="mark-full" /><path d="M5.200 8.200 7.200 10.200 11 6" class="mark-cut" /></> }
        }
        Phase::Terminating => html! { <><circle cx="8" cy="8" r="5.500" /><path d="M5.500 8h5" /></> },
        Phase::Succeeded => {
            html! { <><circle cx="8" cy="8" r="5.500" /><path d="M5.200 8.200 7.200 10.200 11 6" /></> }
        }
        Phase::Failed => {
            html! { <><path d="M5.500 2.500h5l3 3v5l-3 3h-5l-3-3v-5z" class="mark-full" /><path d="M8 5v3.500M8 11h.01" class="mark-cut" /></> }
        }
    };
    html! {
        <svg class={classes!("mark", format!("mark-{}", phase.name()))} viewBox="0 0 16 16" aria-hidden="true">{ shape }</svg>
    }
}

/// The colour of a revision: five, over and over; the number is always written beside it.
pub(in crate::ui) fn revision_class(revision: i64) -> String {
    format!("revision-{}", (revision - 1).rem_euclid(5) + 1)
}

/// The few words of a reason.
pub(super) fn wait(reason: Option<&Rc<ReasonView>>) -> Html {
    match reason {
        Some(reason) => html! {
            <span key="wait" class="pod-wait" title={reason.text.clone()}>{ Icon::Wait.draw() }<span key="words">{ &reason.short }</span></span>
        },
        None => html! { <span key="wait" hidden=true /> },
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct AbsentProps {
    pub(super) slot: Rc<Slot>,
}

/// The place of a pod that is not there.
#[component]
pub(super) fn AbsentPod(props: &AbsentProps) -> Html {
    let slot = &props.slot;
    html! {
        <div class="pod pod-absent">
            <span key="head" class="pod-head">{ pod_name(&slot.pod_name) }</span>
            <span key="status" class="pod-status">
                <span class="pod-word">{ if slot.wanted { "to be created" } else { "not asked for" } }</span>
            </span>
            { wait(slot.wait.as_ref()) }
        </div>
    }
}
