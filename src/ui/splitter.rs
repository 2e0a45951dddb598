//! The bar between two panes: drag it, or move it with the arrow keys.

use web_sys::{Element, PointerEvent};
use yew::prelude::*;

use super::model::settings::Settings;

#[derive(Properties, PartialEq)]
pub(super) struct SplitterProps {
    /// What it divides, for screen readers.
    pub(super) label: &'static str,
    /// Whether it divides above from below, not left from right.
    #[prop_or_default]
    pub(super) rows: bool,
    /// Whether the share is that of the part behind the splitter.
    #[prop_or_default]
    pub(super) counts_from_end: bool,
    /// The share of the pane that it sizes, in per cent of the parent.
    pub(super) share: f64,
    pub(super) on_share: Callback<f64>,
}

/// Per cent that an arrow key moves.
const KEY_STEP: f64 = 2.0;

#[component]
pub(super) fn Splitter(props: &SplitterProps) -> Html {
    let node = use_node_ref();
    let dragging = use_mut_ref(|| false);
    let (rows, from_end, share) = (props.rows, props.counts_from_end, props.share);
    let set = {
        let on_share = props.on_share.clone();
        move |share: f64| on_share.emit(share.clamp(*Settings::SHARES.start(), *Settings::SHARES.end()))
    };

    let onpointerdown = {
        let (node, dragging) = (node.clone(), dragging.clone());
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            *dragging.borrow_mut() = true;
            if let Some(element) = node.cast::<Element>() {
                let _ = element.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let onpointermove = {
        let (node, dragging, set) = (node.clone(), dragging.clone(), set.clone());
        Callback::from(move |event: PointerEvent| {
            if !*dragging.borrow() {
                return;
            }
            let Some(parent) = node.cast::<Element>().and_then(|element| element.parent_element()) else {
                return;
            };
            let area = parent.get_bounding_client_rect();
            let (at, size) = if rows {
                (f64::from(event.client_y()) - area.top(), area.height())
            } else {
                (f64::from(event.client_x()) - area.left(), area.width())
            };
            let share = 100.0 * at / size.max(1.0);
            set(if from_end { 100.0 - share } else { share });
        })
    };
    let onpointerup = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| *dragging.borrow_mut() = false)
    };
    let onkeydown = {
        let set = set.clone();
        Callback::from(move |event: KeyboardEvent| {
            let (less, more) = if rows { ("ArrowUp", "ArrowDown") } else { ("ArrowLeft", "ArrowRight") };
            let step = match event.key() {
                key if key == less => -KEY_STEP,
                key if key == more => KEY_STEP,
                key if key == "Home" => -100.0,
                key if key == "End" => 100.0,
                _ => return,
            };
            event.prevent_default();
            set(share + if from_end { -step } else { step });
        })
    };
    html! {
        <div
            ref={node}
            class={classes!("splitter", rows.then_some("splitter-rows"))}
            role="separator"
            tabindex="0"
            aria-label={props.label}
            aria-orientation={if rows { "horizontal" } else { "vertical" }}
            aria-valuenow={format!("{share:.0}")}
            aria-valuemin="20"
            aria-valuemax="80"
            {onpointerdown}
            {onpointermove}
            onpointerup={onpointerup.clone()}
            onpointercancel={onpointerup}
            {onkeydown}
        />
    }
}
