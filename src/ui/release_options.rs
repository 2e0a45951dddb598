//! What Helm is told beside the values: the release, the Kubernetes it renders for, `--set`, values files.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::model::inputs::{Inputs, Operation, Options};
use super::model::workbench;
use super::state::{Change, Dispatch};

#[derive(Properties, PartialEq)]
pub(super) struct ReleaseProps {
    pub(super) inputs: Rc<Inputs>,
    pub(super) dispatch: Dispatch,
}

/// Name and namespace, and the rest behind a fold.
#[component]
pub(super) fn ReleaseOptions(props: &ReleaseProps) -> Html {
    let inputs = &props.inputs;
    let options = &inputs.options;
    let send = |change: fn(Rc<str>) -> Change| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |text: String| dispatch.dispatch(change(text.trim().into())))
    };
    let set = |change: fn(&mut Options, String)| {
        let (dispatch, options) = (props.dispatch.clone(), Rc::clone(options));
        Callback::from(move |text: String| {
            let mut options = (*options).clone();
            change(&mut options, text);
            dispatch.dispatch(Change::SetOptions(options));
        })
    };
    let choose = {
        let set = set(|options, name| {
            options.operation = match name.as_str() {
                "install" => Operation::Install,
                "upgrade" => Operation::Upgrade,
                _ => Operation::Auto,
            }
        });
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                set.emit(select.value());
            }
        })
    };
    let auto = if inputs.installed > 0 {
        "as the cluster stands: upgrade"
    } else {
        "as the cluster stands: install"
    };
    let operations = [
        ("auto", auto, Operation::Auto),
        ("install", "install", Operation::Install),
        ("upgrade", "upgrade", Operation::Upgrade),
    ];
    let toggle_crds = {
        let set = set(|options, _| options.include_crds = !options.include_crds);
        Callback::from(move |_: Event| set.emit(String::new()))
    };
    let files = workbench::values_files(inputs);
    html! {
        <>
            <div key="release" class="release-fields">
                <TextField key="name" name="Release name" note="As in helm install NAME" value={inputs.release.to_string()} on_change={send(Change::SetRelease)} />
                <TextField key="namespace" name="Namespace" note="As in --namespace" value={inputs.namespace.to_string()} on_change={send(Change::SetNamespace)} />
            </div>
            <details key="more" class="release-more">
                <summary class="release-more-name">{ "What else Helm is told" }<span class="release-more-gist">{ gist(options) }</span></summary>
                <div class="release-fields">
                    <label key="operation" class="labelled">
                        <span class="labelled-name">{ "Render for" }</span>
                        <select class="select" onchange={choose}>
                            { for operations.into_iter().map(|(value, name, operation)| html! {
                                <option key={value} {value} selected={options.operation == operation}>{ name }</option>
                            }) }
                        </select>
                        <span class="labelled-note">{ ".Release.IsInstall, .Release.IsUpgrade" }</span>
                    </label>
                    <TextField key="kube" name="Kubernetes version" note="--kube-version; empty is Helm's own, v1.36.0" value={options.kube_version.clone()} on_change={set(|options, text| options.kube_version = text.trim().to_owned())} />
                    <TextField key="apis" name="Extra API versions" note="--api-versions, such as monitoring.coreos.com/v1" value={options.api_versions.clone()} on_change={set(|options, text| options.api_versions = text)} />
                    <TextField key="set" name="--set" note="key=value,list[0].key=value; wins over all values" value={options.set.clone()} on_change={set(|options, text| options.set = text)} />
                    <label key="crds" class="labelled-check">
                        <input type="checkbox" class="switch" role="switch" checked={options.include_crds} onchange={toggle_crds} />
                        <span>{ "Include CRDs" }<span class="labelled-note">{ " --include-crds" }</span></span>
                    </label>
                </div>
                <fieldset key="files" class="values-files" hidden={files.is_empty()}>
                    <legend>{ "Values files of the chart, before yours" }<span class="labelled-note">{ " -f FILE -f values.yaml" }</span></legend>
                    { for files.iter().map(|path| {
                        let (dispatch, options, path) = (props.dispatch.clone(), Rc::clone(options), path.to_string());
                        let is_chosen = options.values_files.contains(&path);
                        let name = path.clone();
                        let onchange = Callback::from(move |event: Event| {
                            let is_on = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked());
                            let mut options = (*options).clone();
                            options.values_files.retain(|chosen| *chosen != path);
                            options.values_files.extend(is_on.then(|| path.clone()));
                            dispatch.dispatch(Change::SetOptions(options));
                        });
                        html! {
                            <label key={name.clone()} class="labelled-check">
                                <input type="checkbox" checked={is_chosen} {onchange} />
                                <code>{ name }</code>
                            </label>
                        }
                    }) }
                </fieldset>
            </details>
        </>
    }
}

/// What is not as Helm has it by itself, in a few words.
fn gist(options: &Options) -> String {
    let mut words = Vec::new();
    match options.operation {
        Operation::Auto => {}
        Operation::Install => words.push("install".to_owned()),
        Operation::Upgrade => words.push("upgrade".to_owned()),
    }
    let named = |name: &str, value: &str| (!value.trim().is_empty()).then(|| format!("{name} {value}"));
    words.extend(named("Kubernetes", &options.kube_version));
    words.extend(named("APIs", &options.api_versions));
    words.extend(named("--set", &options.set));
    words.extend(options.include_crds.then(|| "CRDs".to_owned()));
    words.extend(options.values_files.iter().map(|path| format!("-f {path}")));
    words.join(", ")
}

#[derive(Properties, PartialEq)]
struct TextFieldProps {
    name: AttrValue,
    note: AttrValue,
    value: AttrValue,
    on_change: Callback<String>,
}

#[component]
fn TextField(props: &TextFieldProps) -> Html {
    let on_change = props.on_change.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            on_change.emit(input.value());
        }
    });
    html! {
        <label class="labelled">
            <span class="labelled-name">{ props.name.clone() }</span>
            <input class="input" type="text" autocomplete="off" spellcheck="false" value={props.value.clone()} {oninput} />
            <span class="labelled-note">{ props.note.clone() }</span>
        </label>
    }
}
