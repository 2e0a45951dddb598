//! When the page panics, the reader's texts survive: they are kept here at each change and handed to the script
//! that started the page, which shows them with a way to copy and download them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;

thread_local! {
    static TEXTS: RefCell<BTreeMap<String, Rc<str>>> = const { RefCell::new(BTreeMap::new()) };
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = playgroundPanicked, catch)]
    fn playground_panicked(message: &str, texts: &Array) -> Result<(), JsValue>;
}

/// Remembers the reader's latest text under a file name.
pub fn keep_for_rescue(name: &str, text: &Rc<str>) {
    TEXTS.with(|texts| {
        texts.borrow_mut().insert(name.to_owned(), Rc::clone(text));
    });
}

/// From now on a panic shows a page with the reader's texts.
pub fn show_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let texts = Array::new();
        TEXTS.with(|kept| {
            if let Ok(kept) = kept.try_borrow() {
                for (name, text) in kept.iter() {
                    texts.push(&Array::of2(&name.as_str().into(), &(**text).into()));
                }
            }
        });
        let _ = playground_panicked(&panic.to_string(), &texts);
    }));
}
