//! A text with findings marked in it: CodeMirror once it has arrived, a plain text area before that and if it
//! never does. Both show the same text; the reader's cursor goes over from one to the other.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlTextAreaElement, InputEvent};
use yew::prelude::*;

use super::model::problem::{Mark, Reveal};
use crate::diagnostic::Severity;
use crate::platform::after_paint;

/// Gets the line and the column of the cursor.
type OnCursor = Closure<dyn FnMut(u32, u32)>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = playgroundEditor, catch)]
    fn load() -> Result<Promise, JsValue>;

    type EditorModule;
    #[wasm_bindgen(method, js_name = openEditor, catch)]
    fn open(
        this: &EditorModule,
        host: &HtmlElement,
        options: &Object,
        listeners: &Object,
    ) -> Result<EditorHandle, JsValue>;

    type EditorHandle;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &EditorHandle, text: &str);
    #[wasm_bindgen(method, js_name = setMarks)]
    fn set_marks(this: &EditorHandle, marks: &Array);
    #[wasm_bindgen(method, js_name = setLines)]
    fn set_lines(this: &EditorHandle, lines: &[u32]);
    #[wasm_bindgen(method)]
    fn reveal(this: &EditorHandle, line: u32, column: u32, focus: bool);
    #[wasm_bindgen(method)]
    fn close(this: &EditorHandle);
}

type OnAsk = Closure<dyn FnMut(bool, String, u32, u32) -> Array>;

/// An open CodeMirror; dropping it closes it.
struct Opened {
    handle: EditorHandle,
    _on_change: Closure<dyn FnMut(String)>,
    _on_cursor: OnCursor,
    _on_ask: OnAsk,
}

/// What an editor wants to know about its cursor: what to offer there, or what the field means.
pub(super) struct Ask {
    pub(super) completes: bool,
    /// The editor's text.
    pub(super) text: String,
    /// The line, from 1.
    pub(super) line: u32,
    /// The column in characters, from 1.
    pub(super) column: u32,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.handle.close();
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct EditorProps {
    /// What the text is, for screen readers.
    pub(super) label: AttrValue,
    pub(super) text: Rc<str>,
    #[prop_or_default]
    pub(super) marks: Rc<Vec<Mark>>,
    /// A place to show; each new value scrolls there once.
    #[prop_or_default]
    pub(super) reveal: Option<Reveal>,
    /// What the reader's changes go to; `None` shows the text for reading.
    #[prop_or_default]
    pub(super) on_change: Option<Callback<Rc<str>>>,
    /// Lines to mark, from 1.
    #[prop_or_default]
    pub(super) lines: Rc<Vec<u32>>,
    /// Gets the line and the column of the cursor, from 1, whenever the reader moves it.
    #[prop_or_default]
    pub(super) on_cursor: Option<Callback<(u32, u32)>>,
    /// Answers about the cursor, as `static/editor/hints.js` reads them.
    pub(super) on_ask: Callback<Ask, Vec<String>>,
}

/// Give each text a component of its own (by `key`): the editor's history belongs to one text.
#[component]
pub(super) fn Editor(props: &EditorProps) -> Html {
    let host = use_node_ref();
    let area = use_node_ref();
    let opened = use_mut_ref(|| None::<Opened>);
    let is_open = use_state_eq(|| false);
    // What the editor itself reported last: no need to write that back into it.
    let reported = use_mut_ref(|| None::<Rc<str>>);
    let on_change = use_mut_ref(|| None::<Callback<Rc<str>>>);
    on_change.borrow_mut().clone_from(&props.on_change);
    let on_cursor = use_mut_ref(|| None::<Callback<(u32, u32)>>);
    on_cursor.borrow_mut().clone_from(&props.on_cursor);
    let move_to = move |line: u32, column: u32| {
        let callback = on_cursor.borrow().clone();
        if let Some(callback) = callback {
            callback.emit((line, column));
        }
    };
    let on_ask = use_mut_ref(|| props.on_ask.clone());
    on_ask.borrow_mut().clone_from(&props.on_ask);
    let report = {
        let (reported, on_change) = (reported.clone(), on_change.clone());
        move |text: String| {
            let text: Rc<str> = text.into();
            *reported.borrow_mut() = Some(Rc::clone(&text));
            let callback = on_change.borrow().clone();
            if let Some(callback) = callback {
                callback.emit(text);
            }
        }
    };

    {
        let (host, area, opened, is_open, report) =
            (host.clone(), area.clone(), opened.clone(), is_open.clone(), report.clone());
        let move_to = move_to.clone();
        let (label, read_only) = (props.label.clone(), props.on_change.is_none());
        use_effect_with((), move |()| {
            let alive = Rc::new(RefCell::new(true));
            let still = Rc::clone(&alive);
            let slot = opened.clone();
            let task = after_paint(0, move || {
                let Ok(promise) = load() else { return };
                let arrived = Closure::once_into_js(move |module: JsValue| {
                    if !*still.borrow() {
                        return;
                    }
                    let module: EditorModule = module.unchecked_into();
                    let on_change = Closure::<dyn FnMut(String)>::new(report);
                    let on_cursor = OnCursor::new(move_to);
                    let on_ask = Closure::<dyn FnMut(bool, String, u32, u32) -> Array>::new(
                        move |completes, text, line, column| {
                            let answers = on_ask.borrow().clone();
                            let words = answers.emit(Ask { completes, text, line, column });
                            words.iter().map(|word| JsValue::from_str(word)).collect()
                        },
                    );
                    let listeners: [&JsValue; 3] = [on_change.as_ref(), on_cursor.as_ref(), on_ask.as_ref()];
                    if let Some(handle) = open_over(&module, &host, &area, (&label, read_only), listeners) {
                        *slot.borrow_mut() = Some(Opened {
                            handle,
                            _on_change: on_change,
                            _on_cursor: on_cursor,
                            _on_ask: on_ask,
                        });
                        is_open.set(true);
                    }
                });
                // Without an editor the text area stays: no more to do.
                let failed = Closure::once_into_js(|_: JsValue| {});
                let then =
                    Reflect::get(&promise, &"then".into()).map(JsCast::unchecked_into::<js_sys::Function>);
                if let Ok(then) = then {
                    let _ = then.call2(&promise, &arrived, &failed);
                }
            });
            move || {
                *alive.borrow_mut() = false;
                drop(task);
                opened.borrow_mut().take();
            }
        });
    }
    {
        let (opened, reported) = (opened.clone(), reported.clone());
        use_effect_with((Rc::clone(&props.text), *is_open), move |(text, _)| {
            let own = reported.borrow().as_ref().is_some_and(|own| Rc::ptr_eq(own, text));
            if let (false, Some(editor)) = (own, &*opened.borrow()) {
                editor.handle.set_text(text);
            }
        });
    }
    {
        let opened = opened.clone();
        use_effect_with((Rc::clone(&props.marks), *is_open), move |(marks, _)| {
            if let Some(editor) = &*opened.borrow() {
                editor.handle.set_marks(&flat(marks));
            }
        });
    }
    {
        let opened = opened.clone();
        use_effect_with((Rc::clone(&props.lines), *is_open), move |(lines, _)| {
            if let Some(editor) = &*opened.borrow() {
                editor.handle.set_lines(lines);
            }
        });
    }
    {
        let (opened, area) = (opened.clone(), area.clone());
        use_effect_with((props.reveal.clone(), *is_open), move |(reveal, _)| {
            let Some(reveal) = reveal else { return };
            match (&*opened.borrow(), area.cast::<HtmlTextAreaElement>()) {
                (Some(editor), _) => editor.handle.reveal(reveal.line, reveal.column, reveal.focus),
                (None, Some(area)) => select_line(&area, reveal),
                _ => {}
            }
        });
    }

    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
            report(area.value());
        }
    });
    let onselect = Callback::from(move |event: Event| {
        if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
            let at = area.selection_start().ok().flatten().unwrap_or(0) as usize;
            let units: Vec<u16> = area.value().encode_utf16().take(at).collect();
            let (line, column) = (units.iter().filter(|unit| **unit == 10).count(), units.iter().rev());
            move_to(line as u32 + 1, column.take_while(|unit| **unit != 10).count() as u32 + 1);
        }
    });
    let onclick = onselect.reform(|event: MouseEvent| event.into());
    let onkeyup = onselect.reform(|event: KeyboardEvent| event.into());
    html! {
        <div class="editor">
            <textarea
                key="area"
                ref={area}
                class="editor-area"
                aria-label={props.label.clone()}
                spellcheck="false"
                autocomplete="off"
                wrap="off"
                hidden={*is_open}
                readonly={props.on_change.is_none()}
                value={if *is_open { AttrValue::default() } else { AttrValue::from(props.text.to_string()) }}
                {oninput}
                {onclick}
                {onkeyup}
            />
            <div key="host" ref={host} class="editor-host" hidden={!*is_open} />
        </div>
    }
}

/// Opens CodeMirror with the text and the cursor of the text area.
fn open_over(
    module: &EditorModule,
    host: &NodeRef,
    area: &NodeRef,
    (label, read_only): (&str, bool),
    listeners: [&JsValue; 3],
) -> Option<EditorHandle> {
    let area = area.cast::<HtmlTextAreaElement>()?;
    let host = host.cast::<HtmlElement>()?;
    let had_focus = web_sys::window()?.document()?.active_element().as_ref()
        == Some(AsRef::<web_sys::Element>::as_ref(&area));
    let options = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value).ok();
    set("text", area.value().into())?;
    set("label", label.into())?;
    set("readOnly", read_only.into())?;
    set("from", area.selection_start().ok().flatten().unwrap_or(0).into())?;
    set("to", area.selection_end().ok().flatten().unwrap_or(0).into())?;
    set("focus", had_focus.into())?;
    // CodeMirror measures itself: it must be visible when it opens.
    host.remove_attribute("hidden").ok()?;
    let listening = Object::new();
    for (name, listener) in ["change", "cursor", "ask"].into_iter().zip(listeners) {
        Reflect::set(&listening, &name.into(), listener).ok()?;
    }
    module.open(&host, &options, &listening).ok()
}

fn flat(marks: &[Mark]) -> Array {
    let flat = Array::new();
    for mark in marks {
        let (start, end) = (mark.span.start, mark.span.end);
        for number in [start.line, start.column, end.line, end.column] {
            flat.push(&number.into());
        }
        let severity = match mark.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "info",
        };
        flat.push(&severity.into());
        flat.push(&mark.message.as_str().into());
    }
    flat
}

/// Puts the text area's cursor on a line; the browser scrolls to it.
fn select_line(area: &HtmlTextAreaElement, reveal: &Reveal) {
    let text = area.value();
    let before: usize = text
        .split_inclusive('\n')
        .take(reveal.line.saturating_sub(1) as usize)
        .map(|line| line.encode_utf16().count())
        .sum();
    let at = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(reveal.column.saturating_sub(1));
    let _ = area.set_selection_range(at, at);
    if reveal.focus {
        let _ = area.focus();
    }
}
