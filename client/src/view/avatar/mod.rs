//! A person as a coloured disc with initials; the colour follows the number, so it stays.

use leptos::prelude::*;

use crate::phone::state::Peer;
use crate::view::called;

/// How many tints the design system has.
const TINTS: u32 = 6;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    #[default]
    Row,
    Card,
}

#[component]
pub fn Avatar(#[prop(into)] peer: Signal<Peer>, #[prop(optional)] size: Size) -> impl IntoView {
    let class = match size {
        Size::Row => "avatar",
        Size::Card => "avatar avatar--card",
    };
    view! {
        <span class=class data-tint=move || peer.with(tint) aria-hidden="true">
            {move || peer.with(initials)}
        </span>
    }
}

fn tint(peer: &Peer) -> u32 {
    let key = peer
        .number
        .as_ref()
        .map_or_else(|| called(peer), |number| number.as_str().to_owned());
    1 + key.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    }) % TINTS
}

fn initials(peer: &Peer) -> String {
    let Some(name) = peer.name.as_deref() else {
        return "#".to_owned();
    };
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}
