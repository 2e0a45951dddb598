//! A node as a lane: its head, and the pods on it with their claims.

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::Anchor;
use super::super::model::object::ObjectKey;
use super::super::model::topology::{Lane, NodeView};
use super::super::request::Request;
use super::slot::SlotParts;
use super::{Selection, select};

/// From this many slots on, cards are small.
const COMPACT_FROM: usize = 13;
/// More than these are drawn only on request.
const MOST_SLOTS: usize = 48;

#[derive(Properties, PartialEq)]
pub(super) struct LaneSectionProps {
    pub(super) lane: Lane,
    pub(super) selected: Option<ObjectKey>,
    pub(super) anchor: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn LaneSection(props: &LaneSectionProps) -> Html {
    let all = use_state_eq(|| false);
    let lane = &props.lane;
    let is = |key: &ObjectKey| Selection::of(key, &props.selected, &props.anchor);
    let count = lane.slots.len();
    let shown = if *all { count } else { count.min(MOST_SLOTS) };
    let label = if lane.name.is_empty() { "Not scheduled".to_owned() } else { format!("Node {}", lane.name) };
    let show_all = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <section class={classes!("lane", (count >= COMPACT_FROM).then_some("set-compact"))} aria-label={label}>
            <div key="head" class="lane-head">
                if let Some(node) = &lane.node {
                    { head(node, is(&node.key), &props.on_request) }
                } else if lane.name.is_empty() {
                    <h2 key="title" class="lane-title">{ "Not scheduled" }</h2>
                    <span key="words" class="lane-note">{ "Pods without a node, and ordinals without a pod." }</span>
                } else {
                    <h2 key="title" class="lane-title">{ &lane.name }</h2>
                    <span key="words" class="lane-note">{ "There is no such node any more." }</span>
                }
            </div>
            <ul key="slots" class="slots">
                { for lane.slots.iter().take(shown).map(|slot| html! {
                    <SlotParts
                        key={slot.pod.as_ref().map_or_else(|| slot.pod_name.to_string(), |pod| pod.uid.clone())}
                        slot={slot.clone()}
                        selected={props.selected.clone()}
                        anchor={props.anchor.clone()}
                        on_request={props.on_request.clone()}
                    />
                }) }
            </ul>
            <p key="none" class="set-none" hidden={count > 0}>{ "No pod is on this node." }</p>
            <button key="all" type="button" class="button button-small lane-more" hidden={count <= MOST_SLOTS} aria-expanded={all.to_string()} onclick={show_all}>
                { if *all { "Show fewer".to_owned() } else { format!("Show {} more", count - shown) } }
            </button>
        </section>
    }
}

fn head(node: &NodeView, selection: Selection, on_request: &Callback<Request>) -> Html {
    let key = node.key.clone();
    let menu =
        on_request.reform(move |event: MouseEvent| Request::Menu(key.clone(), Anchor::of_click(&event)));
    let pods = format!("{} pod{}", node.pods, if node.pods == 1 { "" } else { "s" });
    html! {
        <>
            <button
                key="name"
                type="button"
                class={classes!("set-name", "lane-node", (!node.is_ready).then_some("node-lost"))}
                data-object={format!("Node/{}", node.key.name)}
                aria-pressed={selection.pressed()}
                tabindex={selection.tabindex()}
                onclick={select(on_request, &node.key)}
            >
                { if node.is_ready { Icon::Check.draw() } else { Icon::Warning.draw() } }
                <span key="words">
                    <span key="kind" class="kind">{ "Node" }</span>
                    <span key="title" class="set-title">{ &node.key.name }</span>
                </span>
            </button>
            <span key="chips" class="set-chips">
                <span key="status" class="chip chip-strong">{ &node.status }</span>
                <span key="pods" class="chip">{ pods }</span>
                <span key="zone" class="chip" hidden={node.zone.is_empty()}>{ format!("zone {}", node.zone) }</span>
                <span key="silent" class="chip chip-wait" hidden={!node.is_silent}>{ Icon::Warning.draw() }{ "does not answer" }</span>
                <span key="drain" class="chip chip-wait" hidden={node.drain.is_none()}>{ Icon::Wait.draw() }{ "draining" }</span>
                { for node.taints.iter().map(|taint| html! { <span key={taint.clone()} class="chip chip-code">{ taint }</span> }) }
            </span>
            <button key="menu" type="button" class="button button-small button-icon button-quiet" aria-haspopup="menu" aria-label={format!("Actions for Node {}", node.key.name)} onclick={menu}>{ Icon::Dots.draw() }</button>
            { for node.drain.iter().flatten().map(|line| html! {
                <span key={line.clone()} class="set-gate">{ Icon::Wait.draw() }<span key="words">{ line }</span></span>
            }) }
        </>
    }
}
