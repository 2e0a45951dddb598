//! Above the picture: how it is arranged, and nodes to add.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::Menu;
use super::super::model::offer::new_nodes;
use super::super::model::topology::Topology;
use super::super::request::{Request, items};

#[derive(Properties, PartialEq)]
pub(super) struct ToolbarProps {
    pub(super) topology: Rc<Topology>,
    pub(super) by_node: bool,
    pub(super) on_arrange: Callback<bool>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn Toolbar(props: &ToolbarProps) -> Html {
    let names: Vec<&str> = props.topology.nodes.iter().map(|node| node.key.name.as_str()).collect();
    let nodes = items(&new_nodes(&names), &props.on_request.reform(Request::Take));
    let choice = |by_node: bool, name: &'static str| {
        let onclick = props.on_arrange.reform(move |_: MouseEvent| by_node);
        html! {
            <button key={name} type="button" class="segment" aria-pressed={(props.by_node == by_node).to_string()} {onclick}>{ name }</button>
        }
    };
    html! {
        <div class="toolbar">
            <div key="arrange" class="segments" role="group" aria-label="Arrange pods">
                { choice(false, "By set") }
                { choice(true, "By node") }
            </div>
            <Menu key="add" label="Add a node" class={classes!("button-small")} items={nodes}>{ Icon::Add.draw() }{ "Node" }</Menu>
        </div>
    }
}
