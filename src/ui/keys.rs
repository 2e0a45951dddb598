//! The page's keyboard shortcuts: single keys, outside of whatever takes text.

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

/// Calls `on_key` with each key that is pressed outside of texts and dialogs; if it says that the key meant
/// something, the browser does nothing with it.
#[hook]
pub(super) fn use_shortcuts(on_key: Callback<String, bool>) {
    let latest = use_mut_ref(|| on_key.clone());
    *latest.borrow_mut() = on_key;
    use_effect_with((), move |()| {
        let window = web_sys::window();
        let listener = window.map(|window| {
            EventListener::new_with_options(
                &window,
                "keydown",
                gloo::events::EventListenerOptions::enable_prevent_default(),
                move |event| {
                    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                    if event.ctrl_key()
                        || event.meta_key()
                        || event.alt_key()
                        || target.is_some_and(|it| takes_keys(&it, event))
                    {
                        return;
                    }
                    let callback = latest.borrow().clone();
                    if callback.emit(event.key()) {
                        event.prevent_default();
                    }
                },
            )
        });
        move || drop(listener)
    });
}

/// Whether the element itself wants the key.
fn takes_keys(element: &Element, event: &KeyboardEvent) -> bool {
    let text = "input, textarea, select, dialog, [contenteditable], .editor-host";
    let button = "button, summary, a, [role=slider], [role=separator]";
    element.closest(text).ok().flatten().is_some()
        || (event.key() == " " && element.closest(button).ok().flatten().is_some())
}
