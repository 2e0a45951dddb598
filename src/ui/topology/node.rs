//! A node's card.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::topology::NodeView;
use super::super::request::Request;
use super::{Selection, select};

#[derive(Properties, PartialEq)]
pub(super) struct NodeCardProps {
    pub(super) node: Rc<NodeView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn NodeCard(props: &NodeCardProps) -> Html {
    let node = &props.node;
    let pods = format!("{} pod{}", node.pods, if node.pods == 1 { "" } else { "s" });
    let zone = if node.zone.is_empty() { String::new() } else { format!(" · {}", node.zone) };
    html! {
        <button
            type="button"
            class={classes!("node", (!node.is_ready).then_some("node-lost"))}
            data-object={format!("Node/{}", node.key.name)}
            data-flip={format!("node-{}", node.key.name)}
            data-look={node.status.clone()}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            onclick={select(&props.on_request, &node.key)}
        >
            { if node.is_ready { Icon::Check.draw() } else { Icon::Warning.draw() } }
            <span key="words" class="node-words">
                <span key="name" class="node-name"><span class="kind">{ "Node" }</span>{ &node.key.name }</span>
                <span key="facts" class="claim-facts">{ format!("{} · {pods}{zone}", node.status) }</span>
                <span key="taints" class="claim-facts" hidden={node.taints.is_empty()}>{ node.taints.join(", ") }</span>
            </span>
        </button>
    }
}
