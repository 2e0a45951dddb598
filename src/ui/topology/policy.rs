//! Cards of what acts on workloads from beside: autoscalers and disruption budgets.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::super::model::offer;
use super::super::model::topology::{AutoscalerView, BudgetView};
use super::super::request::Request;
use super::pod::wait;
use super::{Selection, select};

#[derive(Properties, PartialEq)]
pub(super) struct BudgetCardProps {
    pub(super) budget: Rc<BudgetView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn BudgetCard(props: &BudgetCardProps) -> Html {
    let budget = &props.budget;
    let allowed = match budget.allowed {
        0 => "no disruption allowed".to_owned(),
        1 => "1 disruption allowed".to_owned(),
        many => format!("{many} disruptions allowed"),
    };
    html! {
        <button
            type="button"
            class="service"
            data-object={format!("PodDisruptionBudget/{}", budget.key.name)}
            data-namespace={budget.key.namespace.clone()}
            data-flip={format!("budget-{}", budget.key.name)}
            data-look={allowed.clone()}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            onclick={select(&props.on_request, &budget.key)}
        >
            <span key="head" class="service-head">
                <span key="kind" class="kind">{ "PodDisruptionBudget" }</span>
                <span key="name" class="service-name">{ &budget.key.name }</span>
            </span>
            <span key="facts" class="service-facts">
                <span key="rule">{ &budget.rule }</span>
                <span key="healthy">{ format!("{} healthy, {} needed", budget.healthy.0, budget.healthy.1) }</span>
            </span>
            <span key="allowed" class={classes!("policy-word", (budget.allowed == 0).then_some("policy-wait"))}>{ allowed }</span>
            { wait(budget.wait.as_ref()) }
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct AutoscalerCardProps {
    pub(super) autoscaler: Rc<AutoscalerView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn AutoscalerCard(props: &AutoscalerCardProps) -> Html {
    let autoscaler = &props.autoscaler;
    let (now, wanted) = autoscaler.replicas;
    let words =
        if now == wanted { format!("{now} replicas") } else { format!("{now} replicas, wants {wanted}") };
    html! {
        <div class="service policy">
            <button
                key="card"
                type="button"
                class="policy-card"
                data-object={format!("HorizontalPodAutoscaler/{}", autoscaler.key.name)}
                data-namespace={autoscaler.key.namespace.clone()}
                data-flip={format!("autoscaler-{}", autoscaler.key.name)}
                data-look={words.clone()}
                aria-pressed={props.selection.pressed()}
                tabindex={props.selection.tabindex()}
                onclick={select(&props.on_request, &autoscaler.key)}
            >
                <span key="head" class="service-head">
                    <span key="kind" class="kind">{ "HorizontalPodAutoscaler" }</span>
                    <span key="name" class="service-name">{ &autoscaler.key.name }</span>
                </span>
                <span key="facts" class="service-facts">
                    <span key="target">{ format!("scales {}", autoscaler.target.kubectl_name()) }</span>
                    <span key="bounds">{ format!("{} to {}", autoscaler.bounds.0, autoscaler.bounds.1) }</span>
                    <span key="targets">{ &autoscaler.targets }</span>
                </span>
                <span key="words" class="policy-word">{ words }</span>
                { wait(autoscaler.wait.as_ref()) }
            </button>
            <Load key="load" autoscaler={autoscaler.clone()} on_request={props.on_request.clone()} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct LoadProps {
    autoscaler: Rc<AutoscalerView>,
    on_request: Callback<Request>,
}

/// The load on what an autoscaler scales, which the reader sets.
#[component]
fn Load(props: &LoadProps) -> Html {
    let autoscaler = &props.autoscaler;
    // While the reader moves it, the slider shows what they are about to set.
    let moving = use_state_eq(|| None::<u64>);
    let read = |event: &web_sys::Event| {
        event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().parse::<u64>().ok())
    };
    let oninput = {
        let moving = moving.clone();
        Callback::from(move |event: InputEvent| moving.set(read(&event)))
    };
    let onchange = {
        let (moving, on_request, target) =
            (moving.clone(), props.on_request.clone(), autoscaler.target.clone());
        Callback::from(move |event: Event| {
            moving.set(None);
            if let Some(load) = read(&event) {
                on_request.emit(Request::Act(offer::load(&target, load)));
            }
        })
    };
    let shown = (*moving).or(autoscaler.load);
    let words = shown.map_or("not set".to_owned(), |load| format!("{load}m"));
    html! {
        <label class="policy-load">
            <span key="label">{ "CPU load in all" }</span>
            <input
                key="slider"
                type="range"
                class="slider"
                min="0"
                max={autoscaler.most_load.to_string()}
                step="10"
                value={shown.unwrap_or_default().to_string()}
                aria-valuetext={words.clone()}
                {oninput}
                {onchange}
            />
            <span key="words" class="policy-amount">{ words }</span>
        </label>
    }
}
