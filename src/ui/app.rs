//! The page as a whole: state, what happens on its own (rendering, saving, time), and where the parts stand.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::drawer::{Details, Events, Problems};
use super::gallery::Gallery;
use super::header::{ApplyState, Header};
use super::help::Help;
use super::icon::Icon;
use super::keys::use_shortcuts;
use super::model::moment::{Moment, TimelineView};
use super::model::object::ObjectKey;
use super::model::problem::{File, counts};
use super::model::settings::{DrawerTab, NarrowView, SourceTab};
use super::model::workbench::{self, Workbench};
use super::persist;
use super::source::Source;
use super::splitter::Splitter;
use super::state::{Change, Dispatch, Notice, Open, Playground};
use super::tabs::{Tab, Tabs};
use super::timeline::{TimeRequest, Timeline};
use super::topology::{Request, TopologyView};
use crate::platform::{BrowserStorage, StorageError, after_paint, keep_for_rescue, milliseconds};

/// Milliseconds after the last change until inputs and settings are saved.
const SAVE_AFTER: u32 = 250;
/// A render that took longer than this, in milliseconds, makes the next one wait for a pause in the typing.
const SLOW_RENDER: f64 = 8.0;

fn first_state() -> Playground {
    let (settings, theme) = persist::load_settings(&BrowserStorage);
    let inputs = persist::load_inputs(&BrowserStorage, &settings.chart);
    Playground::new(settings, theme, inputs)
}

#[component]
pub(super) fn App() -> Html {
    let state = use_reducer_eq(first_state);
    let dispatch = state.dispatcher();
    let page = use_node_ref();

    use_rendering(&state, &dispatch);
    use_saving(&state, &dispatch);
    use_look(&state, &page);
    let shortcuts = {
        let dispatch = dispatch.clone();
        Callback::from(move |key: String| {
            let change = match key.as_str() {
                "?" => Change::Dialog(Some(Open::Help)),
                "1" => Change::ShowSource(SourceTab::Form),
                "2" => Change::ShowSource(SourceTab::Text),
                "3" => Change::ShowSource(SourceTab::Chart),
                "4" => Change::ShowSource(SourceTab::Manifests),
                _ => return false,
            };
            dispatch.dispatch(change);
            true
        })
    };
    use_shortcuts(shortcuts);

    let open_chart = {
        let dispatch = dispatch.clone();
        Callback::from(move |id: AttrValue| {
            dispatch.dispatch(Change::OpenChart(persist::load_inputs(&BrowserStorage, &id)))
        })
    };
    let card = workbench::cards().into_iter().find(|card| *card.id == *state.inputs.chart);
    let title = card.map_or(String::new(), |card| format!("Lab {}: {}", card.lab, card.title));
    let settings = &state.settings;
    let narrow = match settings.narrow {
        NarrowView::Source => "source",
        NarrowView::Cluster => "cluster",
        NarrowView::Drawer => "drawer",
    };
    let resize = |change: fn(f64) -> Change| {
        let dispatch = dispatch.clone();
        Callback::from(move |share: f64| dispatch.dispatch(change(share)))
    };
    let nothing = Callback::from(|()| {});
    html! {
        <div class="page" ref={page} data-narrow={narrow}>
            <Header
                key="header"
                title={title}
                release={format!("release {} in {}", state.inputs.release, state.inputs.namespace)}
                theme={state.theme}
                apply={ApplyState::Install}
                is_installed={false}
                dispatch={dispatch.clone()}
                on_apply={nothing.clone()}
                on_uninstall={nothing.clone()}
                on_reset={nothing.clone()}
            />
            <main key="workspace" class="workspace">
                <Source key="source" state={Rc::new((*state).clone())} dispatch={dispatch.clone()} />
                <Splitter key="columns" label="Width of the chart pane" share={settings.source_share} on_share={resize(Change::ResizeSource)} />
                <div key="cluster" class="cluster">
                    <section key="topology" class="pane topology" id="topology" aria-label="Cluster">
                        <div class="topology-body">
                            <TopologyView topology={Rc::default()} selected={state.selected.clone()} on_request={Callback::noop()} />
                        </div>
                    </section>
                    <Splitter key="rows" label="Height of the drawer" rows=true counts_from_end=true share={settings.drawer_share} on_share={resize(Change::ResizeDrawer)} />
                    <Drawer key="drawer" state={Rc::new((*state).clone())} dispatch={dispatch.clone()} />
                </div>
            </main>
            <Timeline key="timeline" view={Rc::<TimelineView>::default()} playing={state.playing} speed={settings.speed} on_request={Callback::noop()} />
            <nav key="narrow" class="narrow-tabs" aria-label="Parts of the page">
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Source, Icon::Values, "Chart") }
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Cluster, Icon::Cluster, "Cluster") }
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Drawer, Icon::List, "Details") }
            </nav>
            <div key="dialog">
                { match state.dialog {
                    Some(Open::Gallery) => html! { <Gallery key="gallery" inputs={state.inputs.clone()} dispatch={dispatch.clone()} on_open={open_chart} /> },
                    Some(Open::Help) => {
                        let dispatch = dispatch.clone();
                        html! { <Help key="help" on_close={Callback::from(move |()| dispatch.dispatch(Change::Dialog(None)))} /> }
                    }
                    None => html! { <span key="none" hidden=true /> },
                } }
            </div>
        </div>
    }
}

fn narrow_tab(
    dispatch: &Dispatch,
    chosen: NarrowView,
    view: NarrowView,
    icon: Icon,
    name: &'static str,
) -> Html {
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::ShowNarrow(view)));
    html! {
        <button key={name} type="button" class="narrow-tab" aria-current={(chosen == view).then_some("page")} {onclick}>{ icon.draw() }{ name }</button>
    }
}

#[derive(Properties, PartialEq)]
struct DrawerProps {
    state: Rc<Playground>,
    dispatch: Dispatch,
}

#[component]
fn Drawer(props: &DrawerProps) -> Html {
    let state = &props.state;
    let tab = state.settings.drawer;
    let (errors, others) = counts(&state.attempt.problems);
    let problems = Tab::new(DrawerTab::Problems, "Problems")
        .with_count(errors + others, if errors > 0 { "badge-error" } else { "badge-warning" });
    let tabs = vec![Tab::new(DrawerTab::Details, "Details"), Tab::new(DrawerTab::Events, "Events"), problems];
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |tab| dispatch.dispatch(Change::ShowDrawer(tab)))
    };
    let open = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(file, line, column): (File, u32, u32)| {
            dispatch.dispatch(Change::Reveal(file, line, column))
        })
    };
    html! {
        <section class="pane drawer" aria-label="Details, events and problems">
            <div key="head" class="pane-head">
                <Tabs<DrawerTab> label="Details, events and problems" id="drawer" {tabs} chosen={tab} on_choose={choose} />
            </div>
            <div key="body" class="drawer-body" role="tabpanel" id="drawer-panel" aria-labelledby={format!("drawer-tab-{}", tab as usize)}>
                { match tab {
                    DrawerTab::Details => html! { <Details key="details" selected={state.selected.clone()} object={None} reasons={Rc::default()} on_request={Callback::noop()} on_source={None} /> },
                    DrawerTab::Events => html! { <Events key="events" events={Rc::default()} now={0} on_select={Callback::noop()} /> },
                    DrawerTab::Problems => html! { <Problems key="problems" problems={state.attempt.problems.clone()} on_open={open} /> },
                } }
            </div>
        </section>
    }
}

/// Renders after each change of the inputs, once the change has been painted.
#[hook]
fn use_rendering(state: &UseReducerHandle<Playground>, dispatch: &Dispatch) {
    let took = use_mut_ref(|| 0.0);
    let workbench = use_mut_ref(Workbench::default);
    let dispatch = dispatch.clone();
    use_effect_with(Rc::clone(&state.inputs), move |inputs| {
        let inputs = Rc::clone(inputs);
        let last = *took.borrow();
        let workbench = workbench.clone();
        let delay = if last > SLOW_RENDER { (last * 3.0).min(400.0) as u32 } else { 0 };
        let task = after_paint(delay, move || {
            let start = milliseconds();
            let attempt = workbench.borrow_mut().attempt(&inputs);
            *took.borrow_mut() = milliseconds() - start;
            dispatch.dispatch(Change::Rendered(attempt));
        });
        move || drop(task)
    });
}

/// Saves settings, theme and inputs a little after each change.
#[hook]
fn use_saving(state: &UseReducerHandle<Playground>, dispatch: &Dispatch) {
    let say = {
        let dispatch = dispatch.clone();
        move |result: Result<(), StorageError>| {
            if let Err(error) = result {
                let text = error.to_string().into();
                dispatch.dispatch(Change::Notify(Notice { is_error: false, text }));
            }
        }
    };
    use_effect_with(Rc::clone(&state.inputs), {
        let say = say.clone();
        move |inputs| {
            let inputs = Rc::clone(inputs);
            keep_for_rescue("values.yaml", &inputs.values);
            for (path, text) in &inputs.edits {
                keep_for_rescue(path, text);
            }
            let task = after_paint(SAVE_AFTER, move || say(persist::save_inputs(&BrowserStorage, &inputs)));
            move || drop(task)
        }
    });
    use_effect_with(Rc::clone(&state.settings), move |settings| {
        let settings = Rc::clone(settings);
        let task = after_paint(SAVE_AFTER, move || say(persist::save_settings(&BrowserStorage, &settings)));
        move || drop(task)
    });
}

/// Theme and pane sizes: they go to the document by script, since inline styles are forbidden.
#[hook]
fn use_look(state: &UseReducerHandle<Playground>, page: &NodeRef) {
    use_effect_with(state.theme, |theme| {
        let root =
            web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("data-theme", theme.name());
        }
        // Without storage the theme holds until the reload; the notice about storage says so.
        let _ = persist::save_theme(&BrowserStorage, *theme);
    });
    let page = page.clone();
    use_effect_with((state.settings.source_share, state.settings.drawer_share), move |(source, drawer)| {
        if let Some(page) = page.cast::<HtmlElement>() {
            let _ = page.style().set_property("--source-share", &source.to_string());
            let _ = page.style().set_property("--drawer-share", &drawer.to_string());
        }
    });
}
