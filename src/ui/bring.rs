//! A chart that the reader brings: dropped anywhere on the page, or picked in the gallery. It stays in the browser.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, HtmlInputElement};
use yew::prelude::*;

use super::icon::Icon;
use super::model::inputs::Inputs;
use super::model::own_chart::{self, Listed, OwnCard, OwnChart};
use super::model::workbench;
use super::persist;
use super::state::{Change, Dispatch, Notice, NoticeKind};
use crate::gather::Gather;
use crate::platform::{BrowserStorage, Handed, seconds_since_1970};

/// Opens what the reader handed over as a chart of their own; what is wrong with it becomes a notice, and the
/// present chart stays.
pub(super) fn bring(handed: Handed, dispatch: Dispatch) {
    spawn_local(async move {
        let name = handed.name.clone();
        let say = |kind, text: String| dispatch.dispatch(Change::Notify(Notice { kind, text: text.into() }));
        match open(handed).await {
            Ok(chart) => {
                let card = OwnCard { id: new_id(), title: chart.title.to_string() };
                if persist::save_own(&BrowserStorage, &card, &chart).is_err() {
                    let size = chart.to_text().len() / 1024;
                    say(
                        NoticeKind::Warning,
                        format!(
                            "{} is open, but its {size} KiB do not fit into this browser's storage: a reload loses it.",
                            chart.title
                        ),
                    );
                }
                let inputs = fresh(workbench::first_inputs(&card.id, chart.files));
                dispatch.dispatch(Change::AddOwn(card, inputs));
            }
            Err(error) => {
                say(NoticeKind::Error, format!("{name} cannot be opened as a chart: {error}"));
                dispatch.dispatch(Change::Dialog(None));
            }
        }
    });
}

async fn open(handed: Handed) -> Result<OwnChart, String> {
    let files = handed.list().await?;
    if let [file] = &files[..]
        && !file.path.contains('/')
    {
        let name = file.path.to_lowercase();
        if ![".tgz", ".tar.gz", ".zip"].iter().any(|ending| name.ends_with(ending)) {
            return Err("it is neither a folder nor a .tgz nor a .zip.".to_owned());
        }
        if file.size > own_chart::MOST_BYTES {
            return Err(format!("it is larger than {} MiB.", own_chart::MOST_BYTES >> 20));
        }
        return OwnChart::from_archive(&file.read().await?);
    }
    let listed: Vec<Listed> =
        files.iter().map(|file| Listed { path: file.path.clone(), size: file.size }).collect();
    let helmignore = match own_chart::helmignore(&listed)? {
        Some(index) => String::from_utf8_lossy(&files[index].read().await?).into_owned(),
        None => String::new(),
    };
    let mut read = Vec::new();
    for (index, path) in own_chart::choose(&listed, &helmignore)? {
        read.push((path, files[index].read().await?));
    }
    OwnChart::from_files(read.into_iter().gather())
}

/// An id that no other chart has, in this page or another one of the same browser.
fn new_id() -> String {
    format!("{}{}", own_chart::ID_PREFIX, js_sys::Date::now() as u64)
}

/// The inputs with random numbers drawn, if that has not been done.
pub(super) fn fresh(mut inputs: Inputs) -> Inputs {
    if inputs.options.drawn_at == 0 {
        Rc::make_mut(&mut inputs.options).drawn_at = seconds_since_1970();
    }
    inputs
}

#[derive(Properties, PartialEq)]
pub(super) struct BringProps {
    pub(super) on_hand: Callback<Handed>,
}

/// The whole page takes what is dropped, and says so while something is held over it.
#[component]
pub(super) fn DropZone(props: &BringProps) -> Html {
    let over = use_state_eq(|| false);
    let latest = use_mut_ref(|| props.on_hand.clone());
    latest.borrow_mut().clone_from(&props.on_hand);
    {
        let over = over.clone();
        use_effect_with((), move |()| {
            let handler = move |event: &Event| {
                let Some(event) = event.dyn_ref::<DragEvent>() else { return };
                let holds_files = event.data_transfer().is_some_and(|held| {
                    held.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files"))
                });
                if !holds_files {
                    return;
                }
                match event.type_().as_str() {
                    "dragleave" => {
                        // Leaving for nothing is leaving the page.
                        if event.related_target().is_none() {
                            over.set(false);
                        }
                        return;
                    }
                    "drop" => {
                        over.set(false);
                        if let Some(handed) = Handed::dropped(event) {
                            let on_hand = latest.borrow().clone();
                            on_hand.emit(handed);
                        }
                    }
                    _ => over.set(true),
                }
                // Neither the browser nor an editor may take the file.
                event.prevent_default();
                event.stop_propagation();
            };
            let handler = Rc::new(handler);
            let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: false };
            let window = web_sys::window();
            let listeners: Vec<EventListener> = window
                .iter()
                .flat_map(|window| {
                    ["dragenter", "dragover", "dragleave", "drop"].map(|name| {
                        let handler = handler.clone();
                        EventListener::new_with_options(window, name, options, move |event| handler(event))
                    })
                })
                .collect();
            move || drop(listeners)
        });
    }
    html! {
        <div class="drop" hidden={!*over}>
            <p class="drop-words">{ Icon::Add.draw() }{ "Drop a chart: its folder, a .tgz or a .zip. It stays in this browser." }</p>
        </div>
    }
}

/// Two buttons that pick a chart: an archive or a folder.
#[component]
pub(super) fn Pickers(props: &BringProps) -> Html {
    let onchange = {
        let on_hand = props.on_hand.clone();
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            if let Some(handed) = input.as_ref().and_then(Handed::picked) {
                on_hand.emit(handed);
            }
        })
    };
    html! {
        <div class="pickers">
            <label key="archive" class="button">
                { Icon::Add.draw() }{ "Open a .tgz or .zip" }
                <input class="visually-hidden" type="file" accept=".tgz,.gz,.zip" onchange={onchange.clone()} />
            </label>
            <label key="folder" class="button">
                { Icon::Add.draw() }{ "Open a folder" }
                <input class="visually-hidden" type="file" webkitdirectory=true {onchange} />
            </label>
            <span key="words" class="pickers-words">{ "Or drop a chart anywhere on the page. It stays in this browser." }</span>
        </div>
    }
}
