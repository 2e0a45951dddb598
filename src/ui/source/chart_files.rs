//! The chart's files: to read, to change, to add, to rename, to take away.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::super::editor::Editor;
use super::super::gallery::download_chart;
use super::super::icon::Icon;
use super::super::menu::{Menu, MenuItem};
use super::super::model::inputs::{Edit, Inputs};
use super::super::model::problem::{File, marks};
use super::super::state::Change;
use super::{SourceProps, hints};

/// The path that the reader gives to a file.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    New,
    Rename,
}

#[component]
pub(super) fn ChartFiles(props: &SourceProps) -> Html {
    let state = &props.state;
    let inputs = &state.inputs;
    let naming = use_state_eq(|| None::<Naming>);
    let files = inputs.paths();
    let path = files
        .iter()
        .find(|path| **path == state.chart_file)
        .or_else(|| files.iter().find(|path| path.ends_with("statefulset.yaml")))
        .or_else(|| files.iter().find(|path| path.starts_with("templates/") && inputs.text(path).is_some()))
        .or(files.first())
        .cloned()
        .unwrap_or_default();
    let file = File::Chart(path.clone());
    let found = {
        let file = file.clone();
        use_memo((Rc::clone(&state.attempt.problems), file), |(problems, file)| marks(problems, file))
    };
    let text = use_memo((Rc::clone(inputs), path.clone()), |(inputs, path)| inputs.shared_text(path));
    let on_change = {
        let (dispatch, path) = (props.dispatch.clone(), path.clone());
        Callback::from(move |text: Rc<str>| dispatch.dispatch(Change::EditFile(path.clone(), text)))
    };
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                dispatch.dispatch(Change::ShowFile(select.value().into()));
            }
        })
    };
    let on_name = {
        let (dispatch, path, naming) = (props.dispatch.clone(), path.clone(), naming.clone());
        Callback::from(move |name: Option<Rc<str>>| {
            match (name, *naming) {
                (Some(name), Some(Naming::New)) => dispatch.dispatch(Change::AddFile(name)),
                (Some(name), Some(Naming::Rename)) => {
                    dispatch.dispatch(Change::RenameFile(path.clone(), name))
                }
                _ => {}
            }
            naming.set(None);
        })
    };
    let is_there = inputs.file(&path).is_some();
    let items = actions(props, &path, is_there, &{
        let naming = naming.clone();
        Callback::from(move |next: Naming| naming.set(Some(next)))
    });
    html! {
        <>
            <div key="bar" class="source-bar" hidden={naming.is_some()}>
                <select key="file" class="select" aria-label="File of the chart" onchange={choose}>
                    { for files.iter().map(|name| html! {
                        <option key={name.to_string()} value={name.to_string()} selected={*name == path}>
                            { &**name }{ note(inputs, name) }
                        </option>
                    }) }
                </select>
                <Menu key="more" label="What to do with the chart's files" class={classes!("button-small")} {items}>{ "Files" }{ Icon::Chevron.draw() }</Menu>
            </div>
            { match *naming {
                None => html! { <span key="no-name" hidden=true /> },
                Some(naming) => html! {
                    <NameForm
                        key="name"
                        title={if naming == Naming::New { "Path of the new file" } else { "New path of the file" }}
                        verb={if naming == Naming::New { "Add" } else { "Rename" }}
                        first={if naming == Naming::New { "templates/".to_owned() } else { path.to_string() }}
                        inputs={inputs.clone()}
                        {on_name}
                    />
                },
            } }
            { match &*text {
                Some(text) => html! {
                    <Editor
                        key={format!("file-{}-{path}", inputs.chart)}
                        label={path.to_string()}
                        text={text.clone()}
                        marks={found}
                        reveal={state.reveal_in(&file)}
                        on_change={Some(on_change)}
                        on_ask={hints::answers(state, file.clone(), &props.workbench)}
                    />
                },
                None => html! {
                    <div key="no-text" class="empty">
                        <p key="title" class="empty-title">{ if is_there { "A binary file" } else { "Deleted" } }</p>
                        <p key="words">{ match inputs.file(&path) {
                            Some(bytes) => format!("{} bytes that are no text. They belong to the chart and to what you download.", bytes.len()),
                            None => "The chart renders without this file. Undo brings it back.".to_owned(),
                        } }</p>
                    </div>
                },
            } }
        </>
    }
}

/// What became of a file, in a word.
fn note(inputs: &Inputs, path: &str) -> &'static str {
    match inputs.edits.get(path) {
        Some(Edit::Deleted) => " (deleted)",
        Some(_) if !inputs.files.contains_key(path) => " (new)",
        Some(_) => " (edited)",
        None if inputs.text(path).is_none() => " (binary)",
        None => "",
    }
}

fn actions(props: &SourceProps, path: &Rc<str>, is_there: bool, name: &Callback<Naming>) -> Vec<MenuItem> {
    let inputs = &props.state.inputs;
    let send = |change: fn(Rc<str>) -> Change| {
        let (dispatch, path) = (props.dispatch.clone(), path.clone());
        Callback::from(move |()| dispatch.dispatch(change(path.clone())))
    };
    let mut items = vec![MenuItem::new(
        "New file…",
        "A template, a values file, anything.",
        name.reform(|()| Naming::New),
    )];
    if is_there {
        items.push(MenuItem::new("Rename…", "Another name or folder.", name.reform(|()| Naming::Rename)));
    }
    if inputs.files.contains_key(&**path) && inputs.edits.contains_key(path) {
        items.push(MenuItem::new(
            "Undo my edits",
            "The file as it came with the chart.",
            send(Change::RevertFile),
        ));
    }
    if is_there {
        items.push(
            MenuItem::new("Delete", "The chart renders without it.", send(Change::DeleteFile)).danger(),
        );
    }
    let download = {
        let (inputs, dispatch) = (inputs.clone(), props.dispatch.clone());
        Callback::from(move |()| download_chart(&inputs, &dispatch))
    };
    items.push(MenuItem::new("Download the chart", "With your edits, as helm package packs it.", download));
    items
}

#[derive(Properties, PartialEq)]
struct NameFormProps {
    title: &'static str,
    verb: &'static str,
    first: AttrValue,
    inputs: Rc<Inputs>,
    /// The new path, or `None` if the reader gave up.
    on_name: Callback<Option<Rc<str>>>,
}

#[component]
fn NameForm(props: &NameFormProps) -> Html {
    let name = use_state_eq(|| props.first.to_string());
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
            }
        });
    }
    let oninput = {
        let name = name.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                name.set(input.value().trim().to_owned());
            }
        })
    };
    let is_first = **name == *props.first;
    let wrong = props.inputs.check_path(&name).filter(|_| !is_first);
    let onsubmit = {
        let (name, on_name, is_right) = (name.clone(), props.on_name.clone(), wrong.is_none() && !is_first);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if is_right {
                on_name.emit(Some(name.as_str().into()));
            }
        })
    };
    let onkeydown = {
        let on_name = props.on_name.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                on_name.emit(None);
            }
        })
    };
    html! {
        <form class="source-bar" {onsubmit} {onkeydown}>
            <input key="name" ref={field} class="input name-input" aria-label={props.title} aria-describedby="name-wrong" aria-invalid={wrong.is_some().to_string()} autocomplete="off" spellcheck="false" value={(*name).clone()} {oninput} />
            <button key="ok" type="submit" class="button button-small">{ props.verb }</button>
            <button key="no" type="button" class="button button-small button-quiet" onclick={props.on_name.reform(|_: MouseEvent| None)}>{ "Cancel" }</button>
            <span key="wrong" id="name-wrong" class="name-wrong" role="status">{ wrong.unwrap_or_default() }</span>
        </form>
    }
}
