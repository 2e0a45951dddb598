//! Changes move: what appears grows in, what moves glides, what changes its look lights up once, what goes fades
//! out. All of it outside the virtual DOM, by the browser's own animations; readers who ask for less motion get
//! none.

use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DomRect, Element, HtmlElement};
use yew::prelude::*;

use super::super::model::topology::Topology;

/// Where something stood, how it looked, and the element itself: it can still fade when it has left the page.
struct Placed {
    element: Element,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    look: String,
}

#[derive(Default)]
struct Scene {
    width: f64,
    placed: BTreeMap<String, Placed>,
    /// Animations that displace what they animate, and so would be measured too.
    running: Vec<JsValue>,
}

/// More things than this move no longer: the browser would stutter.
const MOST_MOVING: usize = 400;

/// Animates the elements with `data-flip` inside `canvas` from one topology, or one arrangement of it, to the next.
#[hook]
pub(super) fn use_motion(canvas: &NodeRef, topology: &Rc<Topology>, by_node: bool) {
    let scene = use_mut_ref(Scene::default);
    let canvas = canvas.clone();
    use_effect_with((Rc::clone(topology), by_node), move |_| {
        let Some(canvas) = canvas.cast::<HtmlElement>() else { return };
        for animation in scene.borrow_mut().running.drain(..) {
            call(&animation, "cancel");
        }
        let next = measure(&canvas);
        let last = scene.replace(next);
        let mut next = scene.borrow_mut();
        let calm = last.placed.is_empty()
            || (last.width - next.width).abs() > 0.5
            || next.placed.len() > MOST_MOVING
            || wants_less_motion();
        if !calm {
            next.running = animate(&canvas, &last, &next);
        }
    });
}

fn wants_less_motion() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok().flatten())
        .is_some_and(|query| query.matches())
}

fn measure(canvas: &HtmlElement) -> Scene {
    let origin = canvas.get_bounding_client_rect();
    let mut scene = Scene { width: origin.width(), ..Scene::default() };
    let Ok(nodes) = canvas.query_selector_all("[data-flip]") else { return scene };
    for index in 0..nodes.length() {
        let Some(element) = nodes.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else {
            continue;
        };
        let Some(name) = element.get_attribute("data-flip") else { continue };
        let area: DomRect = element.get_bounding_client_rect();
        let look = element.get_attribute("data-look").unwrap_or_default();
        let (left, top) = (area.left() - origin.left(), area.top() - origin.top());
        scene
            .placed
            .insert(name, Placed { left, top, width: area.width(), height: area.height(), look, element });
    }
    scene
}

fn animate(canvas: &HtmlElement, last: &Scene, next: &Scene) -> Vec<JsValue> {
    let mut running = Vec::new();
    for (name, now) in &next.placed {
        match last.placed.get(name) {
            None => running.extend(play(
                &now.element,
                &[("opacity", "0", "1"), ("transform", "scale(0.94)", "none")],
                260.0,
            )),
            Some(before) => {
                let (x, y) = (before.left - now.left, before.top - now.top);
                if x.abs() > 0.5 || y.abs() > 0.5 {
                    running.extend(play(
                        &now.element,
                        &[("transform", &format!("translate({x}px, {y}px)"), "none")],
                        320.0,
                    ));
                }
                if before.look != now.look {
                    let ring = "0 0 0 3px var(--accent)";
                    play(&now.element, &[("boxShadow", ring, "0 0 0 9px transparent")], 700.0);
                }
            }
        }
    }
    for (name, gone) in &last.placed {
        // A name inside a card that went is carried by the card.
        let inner = gone
            .element
            .parent_element()
            .is_some_and(|parent| parent.closest("[data-flip]").ok().flatten().is_some());
        if !next.placed.contains_key(name) && !inner {
            fade(canvas, gone);
        }
    }
    running
}

/// Shows what has left once more, where it was, while it fades.
fn fade(canvas: &HtmlElement, gone: &Placed) {
    let Some(ghost) =
        gone.element.clone_node_with_deep(true).ok().and_then(|node| node.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    for attribute in ["data-flip", "data-object", "tabindex", "aria-label", "aria-pressed"] {
        let _ = ghost.remove_attribute(attribute);
    }
    let _ = ghost.set_attribute("aria-hidden", "true");
    let _ = ghost.set_attribute("inert", "");
    let _ = ghost.class_list().add_1("ghost");
    let style = ghost.style();
    for (name, value) in
        [("left", gone.left), ("top", gone.top), ("width", gone.width), ("height", gone.height)]
    {
        let _ = style.set_property(name, &format!("{value}px"));
    }
    if canvas.append_child(&ghost).is_err() {
        return;
    }
    play(&ghost, &[("opacity", "0.9", "0"), ("transform", "none", "scale(0.94) translateY(6px)")], 280.0);
    gloo::timers::callback::Timeout::new(280, move || ghost.remove()).forget();
}

/// Animates properties of an element from one value to another, over so many milliseconds.
fn play(element: &Element, changes: &[(&str, &str, &str)], duration: f64) -> Option<JsValue> {
    let frames = Object::new();
    for (name, from, to) in changes {
        let _ = Reflect::set(&frames, &(*name).into(), &Array::of2(&(*from).into(), &(*to).into()));
    }
    let timing = Object::new();
    let _ = Reflect::set(&timing, &"duration".into(), &duration.into());
    let _ = Reflect::set(&timing, &"easing".into(), &"cubic-bezier(0.2, 0, 0, 1)".into());
    let animate = Reflect::get(element, &"animate".into()).and_then(JsCast::dyn_into::<Function>).ok()?;
    animate.call2(element, &frames, &timing).ok()
}

fn call(object: &JsValue, method: &str) {
    if let Ok(method) = Reflect::get(object, &method.into()).and_then(JsCast::dyn_into::<Function>) {
        // An animation that has ended is as good as cancelled.
        let _ = method.call0(object);
    }
}
