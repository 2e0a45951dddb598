//! The page and its platform in a real browser.
#![cfg(target_arch = "wasm32")]

mod browser;

use std::cell::Cell;
use std::rc::Rc;

use browser::{click, find, mount, pause, type_into};
use statefulset_playground::platform::{BrowserStorage, Storage, after_paint};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::HtmlTextAreaElement;

wasm_bindgen_test_configure!(run_in_browser);

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
