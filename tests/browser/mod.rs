//! The page in a browser test: mounted afresh, looked at and used.

use js_sys::Promise;
use statefulset_playground::ui;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

fn page() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("the test runs in a page")
}

pub(crate) fn find(selector: &str) -> Element {
    page()
        .query_selector(selector)
        .expect("the selector is right")
        .unwrap_or_else(|| panic!("{selector} is there"))
}

/// Waits so many milliseconds of the wall clock.
pub(crate) async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("the test runs in a page");
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .expect("a timer starts");
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.expect("a timer never fails");
}

/// Types a text into an input or text area, as far as the page can tell.
pub(crate) fn type_into(element: &Element, text: &str) {
    if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(text);
    } else if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        input.set_value(text);
    }
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &options).expect("an event can be made");
    element.dispatch_event(&event).expect("an event can be sent");
}

pub(crate) fn click(selector: &str) {
    find(selector).unchecked_into::<HtmlElement>().click();
}

/// Mounts the page afresh, as on a first visit.
pub(crate) async fn mount() {
    let storage =
        web_sys::window().and_then(|window| window.local_storage().ok().flatten()).expect("storage is there");
    storage.clear().expect("storage can be emptied");
    if let Some(old) = page().get_element_by_id("app") {
        old.remove();
    }
    let root = page().create_element("div").expect("an element can be made");
    root.set_id("app");
    page().body().expect("the page has a body").append_child(&root).expect("the body takes it");
    ui::mount();
    pause(200).await;
}
