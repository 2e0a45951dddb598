//! The page and its platform in a real browser.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use statefulset_playground::platform::{BrowserStorage, Storage, after_paint};
use statefulset_playground::ui;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

wasm_bindgen_test_configure!(run_in_browser);

fn page() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("the test runs in a page")
}

fn find(selector: &str) -> Element {
    page()
        .query_selector(selector)
        .expect("the selector is right")
        .unwrap_or_else(|| panic!("{selector} is there"))
}

/// Waits so many milliseconds of the wall clock.
async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("the test runs in a page");
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .expect("a timer starts");
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.expect("a timer never fails");
}

/// Types a text into an input or text area, as far as the page can tell.
fn type_into(element: &Element, text: &str) {
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

fn click(selector: &str) {
    find(selector).unchecked_into::<HtmlElement>().click();
}

/// Mounts the page afresh, as on a first visit.
async fn mount() {
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

#[wasm_bindgen_test]
fn a_text_goes_round_through_the_browsers_storage() {
    let text = "a: 1 # é 🦀\n";
    assert_eq!(BrowserStorage.write("test", text), Ok(()));
    assert_eq!(BrowserStorage.read("test"), Ok(Some(text.to_owned())));
    assert_eq!(BrowserStorage.remove("test"), Ok(()));
    assert_eq!(BrowserStorage.read("test"), Ok(None));
}

#[wasm_bindgen_test]
async fn a_dropped_task_is_called_off() {
    let count = Rc::new(Cell::new(0));
    let add = |by: u32| {
        let count = Rc::clone(&count);
        move || count.set(count.get() + by)
    };
    let kept = after_paint(0, add(1));
    drop(after_paint(0, add(10)));
    pause(120).await;
    assert_eq!(count.get(), 1);
    drop(kept);
}

#[wasm_bindgen_test]
async fn the_form_edits_the_text_and_keeps_its_comments() {
    mount().await;
    type_into(&find("[id='value-replicaCount']"), "5");
    pause(100).await;
    click("#source-tab-1");
    pause(100).await;
    // There is no bundle to load here: the text area stays and does the editor's work.
    let area: HtmlTextAreaElement = find("textarea.editor-area").unchecked_into();
    assert!(area.value().contains("replicaCount: 5"), "the text follows the form");
    assert!(area.value().starts_with("# How many identities"), "the comment stays");
}

#[wasm_bindgen_test]
async fn a_half_typed_text_keeps_the_last_good_render() {
    mount().await;
    click("#source-tab-1");
    pause(100).await;
    type_into(&find("textarea.editor-area"), "replicaCount: [1,\n");
    pause(200).await;
    let notice = find(".source .notice").text_content().unwrap_or_default();
    assert!(notice.contains("last good render"), "it says so: {notice}");
    click("#source-tab-3");
    pause(100).await;
    let manifests: HtmlTextAreaElement = find("textarea.editor-area").unchecked_into();
    assert!(manifests.value().contains("kind: StatefulSet"), "the manifests are still there");
}

#[wasm_bindgen_test]
async fn what_was_typed_is_stored() {
    mount().await;
    click("#source-tab-1");
    pause(100).await;
    type_into(&find("textarea.editor-area"), "replicaCount: 7 # mine\n");
    pause(600).await;
    let stored = BrowserStorage.read("chart/lab-a").expect("storage can be read").unwrap_or_default();
    assert!(stored.contains("replicaCount: 7 # mine"), "{stored}");
}

#[wasm_bindgen_test]
async fn a_panic_hands_over_what_was_typed() {
    mount().await;
    click("#source-tab-1");
    pause(100).await;
    type_into(&find("textarea.editor-area"), "replicaCount: 9 # kept\n");
    pause(200).await;
    let told = Rc::new(Cell::new(None));
    let listener = {
        let told = Rc::clone(&told);
        Closure::<dyn Fn(String, Array)>::new(move |message, texts: Array| {
            told.set(Some((message, String::from(texts.join("\n")))));
        })
    };
    let window = web_sys::window().expect("the test runs in a page");
    Reflect::set(&window, &"playgroundPanicked".into(), listener.as_ref()).expect("a global can be set");
    let broken = Closure::<dyn Fn()>::new(|| panic!("provoked by a test"));
    let called = broken.as_ref().unchecked_ref::<Function>().call0(&JsValue::NULL);
    // What panicked is never entered again.
    broken.forget();
    assert!(called.is_err(), "a panic ends the call");
    let (message, texts) = told.take().expect("the page was told");
    assert!(message.contains("provoked by a test"), "{message}");
    assert!(texts.contains("values.yaml,replicaCount: 9 # kept"), "{texts}");
}
