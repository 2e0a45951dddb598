//! The slots of a large set, a hundred at a time: each hundred as a line that says how it stands, one of them open.

use std::ops::Range;
use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::object::ObjectKey;
use super::super::model::topology::{Phase, SetView, Slot};
use super::super::request::Request;
use super::slot::SlotParts;

/// How many slots one block has.
pub(super) const BLOCK: usize = 100;

#[derive(Properties, PartialEq)]
pub(super) struct BlocksProps {
    pub(super) set: Rc<SetView>,
    pub(super) selected: Option<ObjectKey>,
    pub(super) anchor: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn Blocks(props: &BlocksProps) -> Html {
    // Until the reader opens one, the block in which something happens is open.
    let chosen = use_state_eq(|| None::<usize>);
    let slots = &props.set.slots;
    let blocks: Vec<Range<usize>> =
        (0..slots.len()).step_by(BLOCK).map(|start| start..(start + BLOCK).min(slots.len())).collect();
    let busy = blocks.iter().position(|block| !slots[block.clone()].iter().all(|slot| is_settled(slot)));
    let open = chosen.unwrap_or(busy.unwrap_or(0));
    html! {
        <div class="blocks">
            { for blocks.into_iter().enumerate().map(|(index, block)| {
                let part = &slots[block];
                let chosen = chosen.clone();
                let is_open = index == open;
                let onclick = Callback::from(move |_: MouseEvent| {
                    chosen.set(Some(if is_open { usize::MAX } else { index }));
                });
                html! {
                    <div key={index} class="block">
                        <button key="head" type="button" class="block-head" aria-expanded={is_open.to_string()} {onclick}>
                            <span key="icon" class={classes!("block-icon", is_open.then_some("block-icon-open"))}>{ Icon::Chevron.draw() }</span>
                            <span key="name" class="block-name">{ range(part) }</span>
                            { bar(part) }
                            <span key="words" class="block-words">{ words(part) }</span>
                        </button>
                        if is_open {
                            <ul key="slots" class="slots">
                                { for part.iter().map(|slot| html! {
                                    <SlotParts
                                        key={slot.ordinal}
                                        slot={slot.clone()}
                                        selected={props.selected.clone()}
                                        anchor={props.anchor.clone()}
                                        on_request={props.on_request.clone()}
                                    />
                                }) }
                            </ul>
                        } else {
                            <span key="closed" hidden=true />
                        }
                    </div>
                }
            }) }
        </div>
    }
}

fn is_settled(slot: &Slot) -> bool {
    match &slot.pod {
        Some(pod) => slot.wanted && pod.phase == Phase::Ready,
        None => !slot.wanted,
    }
}

fn range(slots: &[Rc<Slot>]) -> String {
    let name = |slot: Option<&Rc<Slot>>| slot.map(|slot| slot.ordinal).unwrap_or_default();
    format!("{} – {}", name(slots.first()), name(slots.last()))
}

/// How many slots are in each state, in the order of a pod's life.
fn counts(slots: &[Rc<Slot>]) -> Vec<(&'static str, &'static str, usize)> {
    let of = |phase: Option<Phase>| {
        slots
            .iter()
            .filter(|slot| {
                slot.pod.as_ref().map(|pod| pod.phase) == phase && (phase.is_some() || slot.wanted)
            })
            .count()
    };
    [
        ("ready", "Ready", of(Some(Phase::Ready))),
        ("running", "running", of(Some(Phase::Running))),
        ("running", "starting", of(Some(Phase::Starting))),
        ("pending", "pending", of(Some(Phase::Pending))),
        ("failed", "failing", of(Some(Phase::Failed))),
        ("terminating", "terminating", of(Some(Phase::Terminating))),
        ("absent", "to be created", of(None)),
    ]
    .into_iter()
    .filter(|(_, _, count)| *count > 0)
    .collect()
}

fn words(slots: &[Rc<Slot>]) -> String {
    let parts: Vec<String> = counts(slots).iter().map(|(_, word, count)| format!("{count} {word}")).collect();
    if parts.is_empty() { "nothing asked for".to_owned() } else { parts.join(", ") }
}

/// The states as lengths.
fn bar(slots: &[Rc<Slot>]) -> Html {
    let mut at = 0;
    html! {
        <svg key="bar" class="block-bar" viewBox={format!("0 0 {BLOCK} 6")} preserveAspectRatio="none" aria-hidden="true">
            { for counts(slots).into_iter().map(|(class, word, count)| {
                let x = at;
                at += count;
                html! { <rect key={word} class={format!("bar-{class}")} x={x.to_string()} y="0" width={count.to_string()} height="6" /> }
            }) }
        </svg>
    }
}
