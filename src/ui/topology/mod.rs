//! The picture of the cluster: Services, sets with their slots, other pods.

mod claim;
mod motion;
mod node;
mod pod;
mod service;
mod set;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::model::object::ObjectKey;
use super::model::topology::Topology;
use crate::session::Action;
use claim::ClaimCard;
use node::NodeCard;
use pod::PodCard;
use service::ServiceCard;
use set::SetSection;

/// What the reader asks of an object in the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    /// Show it.
    Select(ObjectKey),
    /// Give a set this many replicas.
    Scale(ObjectKey, i64),
    /// Delete it, with a grace period in seconds or its own.
    Delete(ObjectKey, Option<i64>),
    /// Delete a set and leave its pods.
    Orphan(ObjectKey),
    /// Anything else.
    Act(Action),
}

impl Request {
    /// The action that does it; the object to show if it changes nothing.
    pub(super) fn action(self) -> Result<Action, ObjectKey> {
        let delete = |key: ObjectKey, grace_period_seconds, propagation| Action::Delete {
            kind: key.kind,
            namespace: key.namespace,
            name: key.name,
            grace_period_seconds,
            propagation,
        };
        match self {
            Request::Select(key) => Err(key),
            Request::Act(action) => Ok(action),
            Request::Delete(key, grace) => Ok(delete(key, grace, None)),
            Request::Orphan(key) => Ok(delete(key, None, Some("Orphan".to_owned()))),
            Request::Scale(key, replicas) => Ok(Action::Scale {
                kind: key.kind,
                namespace: key.namespace,
                name: key.name,
                replicas: i32::try_from(replicas.max(0)).unwrap_or(i32::MAX),
            }),
        }
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct TopologyProps {
    pub(super) topology: Rc<Topology>,
    pub(super) selected: Option<ObjectKey>,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn TopologyView(props: &TopologyProps) -> Html {
    let canvas = use_node_ref();
    motion::use_motion(&canvas, &props.topology);

    let first = props.topology.keys().into_iter().next();
    // One object is in the tab order; arrow keys reach the others.
    let anchor = props.selected.clone().filter(|key| props.topology.keys().contains(key)).or(first);
    let onkeydown = {
        let canvas = canvas.clone();
        Callback::from(move |event: KeyboardEvent| walk(&canvas, &event))
    };
    let is = |key: &ObjectKey| Selection {
        selected: props.selected.as_ref() == Some(key),
        anchor: anchor.as_ref() == Some(key),
    };
    let topology = &props.topology;
    html! {
        <div class="canvas" ref={canvas} {onkeydown}>
            <section key="services" class="services" aria-label="Services" hidden={topology.services.is_empty()}>
                { for topology.services.iter().map(|service| html! {
                    <ServiceCard
                        key={format!("{}/{}", service.key.namespace, service.key.name)}
                        service={service.clone()}
                        selection={is(&service.key)}
                        on_request={props.on_request.clone()}
                    />
                }) }
            </section>
            <div key="sets" class="sets">
                { for topology.sets.iter().map(|set| html! {
                    <SetSection
                        key={format!("{}/{}", set.namespace, set.name)}
                        set={set.clone()}
                        selected={props.selected.clone()}
                        anchor={anchor.clone()}
                        on_request={props.on_request.clone()}
                    />
                }) }
            </div>
            <div key="groups" class="groups">
                { for topology.groups.iter().map(|(name, pods)| html! {
                    <section key={name.clone()} class="group-section" aria-label={name.clone()}>
                        <h2 key="name" class="section-title">{ name }</h2>
                        <div key="pods" class="pod-row">
                            { for pods.iter().map(|pod| html! {
                                <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={props.on_request.clone()} />
                            }) }
                        </div>
                    </section>
                }) }
            </div>
            <section key="pods" class="group-section" aria-label="Pods without a controller" hidden={topology.pods.is_empty()}>
                <h2 key="name" class="section-title">{ "Pods without a controller" }</h2>
                <div key="pods" class="pod-row">
                    { for topology.pods.iter().map(|pod| html! {
                        <PodCard key={pod.uid.clone()} pod={pod.clone()} selection={is(&pod.key)} on_request={props.on_request.clone()} />
                    }) }
                </div>
            </section>
            <section key="nodes" class="nodes" aria-label="Nodes">
                { for topology.nodes.iter().map(|node| html! {
                    <NodeCard key={node.key.name.clone()} node={node.clone()} selection={is(&node.key)} on_request={props.on_request.clone()} />
                }) }
            </section>
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

/// Whether an object is the selected one, and whether Tab reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) selected: bool,
    pub(super) anchor: bool,
}

impl Selection {
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
