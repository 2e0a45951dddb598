//! What the page does when its program panics, in a real browser. Alone, since nothing runs after a panic.
#![cfg(target_arch = "wasm32")]

mod browser;

use std::cell::Cell;
use std::rc::Rc;

use browser::{click, find, mount, pause, type_into};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

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
