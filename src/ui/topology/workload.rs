//! A workload that is no StatefulSet: its head, and its pods by ReplicaSet.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::Anchor;
use super::super::model::object::ObjectKey;
use super::super::model::topology::{Part, WorkloadView};
use super::super::request::Request;
use super::pod::{PodCard, revision_class};
use super::set::stepper;
use super::{Selection, select};

/// From this many pods on, cards are small.
const COMPACT_FROM: usize = 13;
/// More pods of one part than these are not drawn.
const MOST_PODS: usize = 100;

#[derive(Properties, PartialEq)]
pub(super) struct WorkloadSectionProps {
    pub(super) workload: Rc<WorkloadView>,
    pub(super) selected: Option<ObjectKey>,
    pub(super) anchor: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn WorkloadSection(props: &WorkloadSectionProps) -> Html {
    let (workload, on_request) = (&props.workload, &props.on_request);
    let key = &workload.key;
    let is = |key: &ObjectKey| Selection::of(key, &props.selected, &props.anchor);
    let count: usize = workload.parts.iter().map(|part| part.pods.len()).sum();
    let menu = {
        let key = key.clone();
        on_request.reform(move |event: MouseEvent| Request::Menu(key.clone(), Anchor::of_click(&event)))
    };
    let selection = is(key);
    html! {
        <section class={classes!("set", (count >= COMPACT_FROM).then_some("set-compact"))} aria-label={format!("{} {}", key.kind, key.name)}>
            <div key="head" class="set-head">
                <button
                    key="name"
                    type="button"
                    class="set-name"
                    data-object={format!("{}/{}", key.kind, key.name)}
                    data-namespace={key.namespace.clone()}
                    aria-pressed={selection.pressed()}
                    tabindex={selection.tabindex()}
                    onclick={select(on_request, key)}
                >
                    <span key="kind" class="kind">{ &key.kind }</span>
                    <span key="title" class="set-title">{ &key.name }</span>
                </button>
                <span key="chips" class="set-chips">
                    { for workload.facts.iter().enumerate().map(|(index, fact)| html! {
                        <span key={index} class={classes!("chip", (index == 0).then_some("chip-strong"))}>{ fact }</span>
                    }) }
                </span>
                <span key="actions" class="set-actions" hidden={!workload.exists}>
                    if let Some(replicas) = workload.replicas {
                        { stepper(key, replicas, on_request) }
                    } else {
                        <span key="no-stepper" hidden=true />
                    }
                    <button key="menu" type="button" class="button button-small button-icon button-quiet" aria-haspopup="menu" aria-label={format!("Actions for {} {}", key.kind, key.name)} onclick={menu}>{ Icon::Dots.draw() }</button>
                </span>
            </div>
            { for workload.parts.iter().map(|part| part_rows(part, on_request, &is)) }
        </section>
    }
}

fn part_rows(part: &Part, on_request: &Callback<Request>, is: &dyn Fn(&ObjectKey) -> Selection) -> Html {
    let name = part.key.as_ref().map_or("", |key| &key.name);
    html! {
        <div key={name.to_owned()} class="part">
            if let Some(key) = &part.key {
                <button
                    key="name"
                    type="button"
                    class="set-name part-name"
                    data-object={format!("ReplicaSet/{}", key.name)}
                    data-namespace={key.namespace.clone()}
                    aria-pressed={is(key).pressed()}
                    tabindex={is(key).tabindex()}
                    onclick={select(on_request, key)}
                >
                    <span key="kind" class="part-kind">{ "ReplicaSet " }</span>
                    <span key="title" class="part-title">{ &key.name }</span>
                    <span key="revision" class={classes!("revision", revision_class(part.revision))}>{ format!("rev {}", part.revision) }</span>
                    <span key="count" class="part-kind">{ format!("{} of {} pods", part.pods.len(), part.replicas) }</span>
                </button>
            } else {
                <span key="name" hidden=true />
            }
            <div key="pods" class="pod-row">
                { for part.pods.iter().take(MOST_PODS).map(|pod| html! {
                    <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={on_request.clone()} />
                }) }
            </div>
            <p key="more" class="set-note" hidden={part.pods.len() <= MOST_PODS}>{ format!("And {} more pods.", part.pods.len().saturating_sub(MOST_PODS)) }</p>
        </div>
    }
}
