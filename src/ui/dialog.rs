//! A dialog over the page: the browser's own, which keeps the focus inside and closes on Escape.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::icon::Icon;

#[derive(Properties, PartialEq)]
pub(super) struct DialogProps {
    pub(super) title: AttrValue,
    pub(super) on_close: Callback<()>,
    pub(super) children: Html,
}

#[component]
pub(super) fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                let _ = dialog.show_modal();
            }
        });
    }
    let onclick = {
        let (node, on_close) = (node.clone(), props.on_close.clone());
        Callback::from(move |event: MouseEvent| {
            // A click on the backdrop has the dialog itself as its target.
            let target = event.target_dyn_into::<HtmlDialogElement>();
            if target.is_some() && target == node.cast::<HtmlDialogElement>() {
                on_close.emit(());
            }
        })
    };
    let onclose = props.on_close.reform(|_: Event| ());
    html! {
        <dialog ref={node} class="dialog" aria-labelledby="dialog-title" {onclick} {onclose}>
            <div key="head" class="dialog-head">
                <h2 class="dialog-title" id="dialog-title">{ props.title.clone() }</h2>
                <button
                    type="button"
                    class="button button-quiet button-icon"
                    aria-label="Close"
                    onclick={props.on_close.reform(|_| ())}
                >
                    { Icon::Close.draw() }
                </button>
            </div>
            <div key="body" class="dialog-body">{ props.children.clone() }</div>
        </dialog>
    }
}
