//! What the page is and its keyboard shortcuts.

use yew::prelude::*;

use super::dialog::Dialog;

const SHORTCUTS: [(&[&str], &str); 13] = [
    (&["?"], "This help"),
    (&["Space"], "Play or pause, outside of text and buttons"),
    (&[",", "."], "Step back, step forward"),
    (&["a"], "Apply"),
    (&["1", "–", "4"], "Form, text, chart, manifests"),
    (&["Arrows"], "In the picture: from object to object"),
    (&["Enter"], "In the picture: show the object's details"),
    (&["m"], "In the picture: everything that can be done to the object"),
    (&["Shift", "←", "→"], "On the timeline: to what you did before or after"),
    (&["Delete"], "In the picture: delete the pod or claim"),
    (&["Alt", "H"], "In an editor: what the field at the cursor means"),
    (&["Ctrl", "Space"], "In an editor: what may be written here"),
    (&["Esc"], "Close a dialog or menu"),
];

#[derive(Properties, PartialEq)]
pub(super) struct HelpProps {
    pub(super) on_close: Callback<()>,
}

#[component]
pub(super) fn Help(props: &HelpProps) -> Html {
    html! {
        <Dialog title="Help" on_close={props.on_close.clone()}>
            <h3 key="title" class="dialog-section">{ "Keyboard" }</h3>
            <dl key="shortcuts" class="shortcuts">
                { for SHORTCUTS.iter().map(|(keys, words)| html! {
                    <>
                        <dt key={format!("keys-{words}")}>
                            { for keys.iter().map(|key| if *key == "–" { html! { { " – " } } } else { html! { <><kbd>{ *key }</kbd>{ " " }</> } }) }
                        </dt>
                        <dd key={format!("words-{words}")}>{ *words }</dd>
                    </>
                }) }
            </dl>
            <h3 key="about-title" class="dialog-section">{ "What this is" }</h3>
            <p key="about">{ "Left, you edit a Helm chart's values and see what Helm renders; choose a line there to see where it comes from. Drop a chart of your own anywhere: a folder, a .tgz or a .zip. Apply sends it to a Kubernetes that lives in this page: its time is virtual, so it can be stopped, sped up and turned back. Nothing leaves your browser." }</p>
        </Dialog>
    }
}
