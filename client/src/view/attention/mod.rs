//! What the device does beside the page, as the state wants it: nothing of it is to be seen here.

use leptos::prelude::*;

use crate::edge::awake::Awake;
use crate::edge::bell::Bell;
use crate::edge::notice::Notices;
use crate::edge::storage;
use crate::phone::attention::{AsksTo, Attention, Ring};
use crate::phone::state::{Command, VoiceCommand};
use crate::text::{fill, words};
use crate::view::{Page, called};

/// What the person wants of it; kept for the next visit.
#[derive(Clone, Copy)]
pub struct Choices {
    pub rings: RwSignal<bool>,
    pub tells: RwSignal<bool>,
}

impl Choices {
    pub fn provide() {
        let choices = Self {
            rings: RwSignal::new(storage::rings()),
            tells: RwSignal::new(storage::tells()),
        };
        Effect::new(move |before: Option<()>| {
            let (rings, tells) = (choices.rings.get(), choices.tells.get());
            if before.is_some() {
                storage::keep_rings(rings);
                storage::keep_tells(tells);
            }
        });
        provide_context(choices);
    }

    pub fn here() -> Self {
        expect_context::<Self>()
    }
}

/// Rings, tells and stays awake until it is taken away.
#[component]
pub fn Attends() -> impl IntoView {
    let page = Page::here();
    let Choices { rings, tells } = Choices::here();
    let attention = page.part(Attention::of);
    let ring = Memo::new(move |_| match rings.get() {
        true => attention.with(|attention| attention.ring),
        false => Ring::Silent,
    });
    let asks = Memo::new(move |_| attention.with(|attention| attention.asks.clone()));
    let bell = Bell::new();
    Effect::new(move |_| bell.set(ring.get()));
    let awake = Awake::new();
    let wanted = Memo::new(move |_| attention.with(|attention| attention.awake));
    let keeps = std::rc::Rc::clone(&awake);
    Effect::new(move |_| keeps.set(wanted.get()));
    let awake = StoredValue::new_local(awake);
    on_cleanup(move || awake.with_value(|awake| awake.set(false)));
    let notices = Notices::new();
    Effect::new(move |_| {
        let Some(asks) = asks.get().filter(|_| tells.get()) else {
            return notices.hide();
        };
        let w = &words().around;
        let (said, answer) = match asks.to {
            AsksTo::Watch => (w.notice_watch, Command::Watch),
            AsksTo::Talk => (w.notice_talk, Command::Voice(VoiceCommand::Answer)),
        };
        let title = fill(said.title, "who", &called(&asks.peer));
        notices.show(&title, said.next, move || page.send(answer.clone()));
    });
    view! {
        <span hidden data-testid="attention" data-ring=move || ring.get().name()></span>
    }
}
