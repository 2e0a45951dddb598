//! The picture of the cluster: Services and policies, then pods by set or by node, and nodes.

mod blocks;
mod claim;
mod lane;
mod motion;
mod node;
mod pod;
mod policy;
mod service;
mod set;
mod slot;
mod toolbar;
mod wait;
mod workload;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::menu::Anchor;
use super::model::object::ObjectKey;
use super::model::topology::Topology;
use super::request::Request;
use claim::ClaimCard;
use lane::LaneSection;
use node::NodeCard;
use pod::PodCard;
use policy::{AutoscalerCard, BudgetCard};
use service::ServiceCard;
use set::SetSection;
use toolbar::Toolbar;
pub(super) use wait::WaitLine;
use workload::WorkloadSection;

#[derive(Properties, PartialEq)]
pub(super) struct TopologyProps {
    pub(super) topology: Rc<Topology>,
    pub(super) selected: Option<ObjectKey>,
    /// Whether pods are drawn by node instead of by set.
    pub(super) by_node: bool,
    pub(super) on_arrange: Callback<bool>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn TopologyView(props: &TopologyProps) -> Html {
    let canvas = use_node_ref();
    motion::use_motion(&canvas, &props.topology, props.by_node);

    let first = props.topology.keys().into_iter().next();
    // One object is in the tab order; arrow keys reach the others.
    let anchor = props.selected.clone().filter(|key| props.topology.keys().contains(key)).or(first);
    let onkeydown = {
        let (canvas, on_request) = (canvas.clone(), props.on_request.clone());
        Callback::from(move |event: KeyboardEvent| match (event.key().as_str(), object_at(&event)) {
            ("Delete", Some((_, key))) => {
                event.prevent_default();
                on_request.emit(Request::Delete(key));
            }
            ("m", Some((element, key))) => {
                event.prevent_default();
                event.stop_propagation();
                on_request.emit(Request::Menu(key, Anchor::element(&element)));
            }
            _ => walk(&canvas, &event),
        })
    };
    let oncontextmenu = {
        let on_request = props.on_request.clone();
        Callback::from(move |event: MouseEvent| {
            let Some((element, key)) = object_at(&event) else { return };
            event.prevent_default();
            // The keyboard's menu key has no place of its own.
            let anchor = match (event.client_x(), event.client_y(), event.button()) {
                (x, y, 2) if x > 0 || y > 0 => Anchor::point(x, y),
                _ => Anchor::element(&element),
            };
            let _ = element.focus();
            on_request.emit(Request::Menu(key, anchor));
        })
    };
    let topology = &props.topology;
    let is = |key: &ObjectKey| Selection::of(key, &props.selected, &anchor);
    html! {
        <div class="canvas" ref={canvas} {onkeydown} {oncontextmenu}>
            <Toolbar key="toolbar" topology={topology.clone()} by_node={props.by_node} on_arrange={props.on_arrange.clone()} on_request={props.on_request.clone()} />
            <section key="services" class="services" aria-label="Services and policies" hidden={topology.services.is_empty() && topology.budgets.is_empty() && topology.autoscalers.is_empty()}>
                { for topology.services.iter().map(|service| html! {
                    <ServiceCard
                        key={format!("{}/{}", service.key.namespace, service.key.name)}
                        service={service.clone()}
                        selection={is(&service.key)}
                        on_request={props.on_request.clone()}
                    />
                }) }
                { for topology.autoscalers.iter().map(|autoscaler| html! {
                    <AutoscalerCard key={format!("autoscaler {}/{}", autoscaler.key.namespace, autoscaler.key.name)} autoscaler={autoscaler.clone()} selection={is(&autoscaler.key)} on_request={props.on_request.clone()} />
                }) }
                { for topology.budgets.iter().map(|budget| html! {
                    <BudgetCard key={format!("budget {}/{}", budget.key.namespace, budget.key.name)} budget={budget.clone()} selection={is(&budget.key)} on_request={props.on_request.clone()} />
                }) }
            </section>
            { if props.by_node { by_node(props, anchor.as_ref()) } else { by_set(props, anchor.as_ref(), &is) } }
            <section key="claims" class="group-section" aria-label="Claims of no ordinal" hidden={topology.claims.is_empty()}>
                <h2 key="name" class="section-title">{ "Claims of no ordinal" }</h2>
                <div key="claims" class="pod-row">
                    { for topology.claims.iter().map(|claim| html! {
                        <ClaimCard key={claim.uid.clone()} claim={claim.clone()} selection={is(&claim.key)} on_request={props.on_request.clone()} />
                    }) }
                </div>
            </section>
        </div>
    }
}

fn by_node(props: &TopologyProps, anchor: Option<&ObjectKey>) -> Html {
    html! {
        <div key="lanes" class="lanes">
            { for props.topology.lanes.iter().map(|lane| html! {
                <LaneSection
                    key={if lane.name.is_empty() { " none".to_owned() } else { lane.name.clone() }}
                    lane={lane.clone()}
                    selected={props.selected.clone()}
                    anchor={anchor.cloned()}
                    on_request={props.on_request.clone()}
                />
            }) }
        </div>
    }
}

fn by_set(props: &TopologyProps, anchor: Option<&ObjectKey>, is: &dyn Fn(&ObjectKey) -> Selection) -> Html {
    let topology = &props.topology;
    html! {
        <div key="sets" class="sets">
            { for topology.sets.iter().map(|set| html! {
                <SetSection
                    key={format!("{}/{}", set.namespace, set.name)}
                    set={set.clone()}
                    selected={props.selected.clone()}
                    anchor={anchor.cloned()}
                    on_request={props.on_request.clone()}
                />
            }) }
            { for topology.workloads.iter().map(|workload| html! {
                <WorkloadSection
                    key={format!("{} {}/{}", workload.key.kind, workload.key.namespace, workload.key.name)}
                    workload={workload.clone()}
                    selected={props.selected.clone()}
                    anchor={anchor.cloned()}
                    on_request={props.on_request.clone()}
                />
            }) }
            <section key=" pods" class="group-section" aria-label="Pods without a controller" hidden={topology.pods.is_empty()}>
                <h2 key="name" class="section-title">{ "Pods without a controller" }</h2>
                <div key="pods" class="pod-row">
                    { for topology.pods.iter().map(|pod| html! {
                        <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={props.on_request.clone()} />
                    }) }
                </div>
            </section>
            <section key=" nodes" class="nodes" aria-label="Nodes">
                { for topology.nodes.iter().map(|node| html! {
                    <NodeCard key={node.key.name.clone()} node={node.clone()} selection={is(&node.key)} on_request={props.on_request.clone()} />
                }) }
            </section>
        </div>
    }
}

/// A click that shows an object.
fn select(on_request: &Callback<Request>, key: &ObjectKey) -> Callback<MouseEvent> {
    let key = key.clone();
    on_request.reform(move |_: MouseEvent| Request::Select(key.clone()))
}

/// The object in whose card something happened.
fn object_at(event: &web_sys::Event) -> Option<(HtmlElement, ObjectKey)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let card = target.closest("[data-object]").ok()??.dyn_into::<HtmlElement>().ok()?;
    let object = card.get_attribute("data-object")?;
    let (kind, name) = object.split_once('/')?;
    let namespace = card.get_attribute("data-namespace").unwrap_or_default();
    Some((card, ObjectKey { kind: kind.to_owned(), namespace, name: name.to_owned() }))
}

/// Whether an object is the selected one, and whether Tab reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) selected: bool,
    pub(super) anchor: bool,
}

impl Selection {
    fn of(key: &ObjectKey, selected: &Option<ObjectKey>, anchor: &Option<ObjectKey>) -> Selection {
        Selection { selected: selected.as_ref() == Some(key), anchor: anchor.as_ref() == Some(key) }
    }

    fn tabindex(self) -> &'static str {
        if self.anchor { "0" } else { "-1" }
    }

    fn pressed(self) -> &'static str {
        if self.selected { "true" } else { "false" }
    }
}

/// Arrow keys go to the nearest object in their direction, by where the objects stand on the screen.
fn walk(canvas: &NodeRef, event: &KeyboardEvent) {
    let direction = match event.key().as_str() {
        "ArrowRight" => (1.0, 0.0),
        "ArrowLeft" => (-1.0, 0.0),
        "ArrowDown" => (0.0, 1.0),
        "ArrowUp" => (0.0, -1.0),
        _ => return,
    };
    let Some(canvas) = canvas.cast::<Element>() else { return };
    let Some(from) = event.target_dyn_into::<Element>().filter(|target| target.has_attribute("data-object"))
    else {
        return;
    };
    let Ok(objects) = canvas.query_selector_all("[data-object]") else { return };
    let center = |element: &Element| {
        let area = element.get_bounding_client_rect();
        (area.left() + area.width() / 2.0, area.top() + area.height() / 2.0)
    };
    let start = center(&from);
    let mut nearest: Option<(f64, HtmlElement)> = None;
    for index in 0..objects.length() {
        let Some(element) = objects.item(index).and_then(|node| node.dyn_into::<HtmlElement>().ok()) else {
            continue;
        };
        let at = center(&element);
        let (x, y) = (at.0 - start.0, at.1 - start.1);
        let along = x * direction.0 + y * direction.1;
        let aside = (x * direction.1).abs() + (y * direction.0).abs();
        if along < 4.0 {
            continue;
        }
        let distance = along + 3.0 * aside;
        if nearest.as_ref().is_none_or(|(best, _)| distance < *best) {
            nearest = Some((distance, element));
        }
    }
    if let Some((_, element)) = nearest {
        event.prevent_default();
        let _ = element.focus();
    }
}
