//! A Service's card, with the name that DNS answers for it.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::object::split_ordinal;
use super::super::model::topology::{NameView, ServiceView};
use super::super::request::Request;
use super::{Selection, select};

#[derive(Properties, PartialEq)]
pub(super) struct ServiceCardProps {
    pub(super) service: Rc<ServiceView>,
    pub(super) selection: Selection,
    pub(super) on_request: Callback<Request>,
}

#[component]
pub(super) fn ServiceCard(props: &ServiceCardProps) -> Html {
    let service = &props.service;
    let address = match &service.cluster_ip {
        None => "headless".to_owned(),
        Some(ip) if ip.is_empty() => "no address yet".to_owned(),
        Some(ip) => ip.clone(),
    };
    let (serving, all) = service.endpoints;
    html! {
        <button
            type="button"
            class="service"
            data-object={format!("Service/{}", service.key.name)}
            data-namespace={service.key.namespace.clone()}
            data-flip={format!("service-{}", service.key.name)}
            aria-pressed={props.selection.pressed()}
            tabindex={props.selection.tabindex()}
            onclick={select(&props.on_request, &service.key)}
        >
            <span key="head" class="service-head">
                <span key="kind" class="kind">{ "Service" }</span>
                <span key="name" class="service-name">{ &service.key.name }</span>
            </span>
            <span key="facts" class="service-facts">
                <span key="kind">{ format!("{} · {address}", service.kind) }</span>
                <span key="external" hidden={service.external.is_empty()}>{ format!("external {}", service.external) }</span>
                <span key="ports">{ &service.ports }</span>
                <span key="endpoints">{ format!("{serving}/{all} endpoints") }</span>
            </span>
            <DnsName key="dns" name={Rc::new(service.name.clone())} />
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct DnsNameProps {
    pub(super) name: Rc<NameView>,
}

/// A name, lit while it resolves.
#[component]
pub(super) fn DnsName(props: &DnsNameProps) -> Html {
    let name = &props.name;
    let lit = !name.addresses.is_empty();
    let words = match name.addresses.as_slice() {
        [] => "does not resolve".to_owned(),
        [one] => one.clone(),
        many => format!("{} addresses", many.len()),
    };
    html! {
        <span
            class={classes!("dns", lit.then_some("dns-lit"))}
            data-flip={format!("dns-{}", name.full)}
            data-look={lit.to_string()}
            title={format!("{}: {}", name.full, if lit { name.addresses.join(", ") } else if name.dark.is_empty() { words.clone() } else { format!("{words}. {}", name.dark) })}
        >
            { if lit { Icon::Name.draw() } else { Icon::Close.draw() } }
            <span key="name" class="dns-name">{ dns_name(&name.short) }</span>
            <span key="answer" class="dns-answer">{ words }</span>
        </span>
    }
}

/// A name whose ordinal stays visible when there is no room for all of it.
fn dns_name(short: &str) -> Html {
    let (host, rest) = short.find('.').map_or((short, ""), |dot| short.split_at(dot));
    let (stem, ordinal) = match split_ordinal(host) {
        Some((stem, _)) => host.split_at(stem.len()),
        None => (host, ""),
    };
    html! { <><span key="stem" class="stem">{ stem }</span><span key="ordinal">{ ordinal }</span><span key="rest" class="stem">{ rest }</span></> }
}
