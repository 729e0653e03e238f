//! The root of the page.

use std::rc::Rc;

use leptos::prelude::*;

use crate::driver::Driver;
use crate::edge::{language, page as edge_page, storage};
use crate::phone::link;
use crate::phone::state::{Share, State, Voice};
use crate::text::{Language, Spoken, clock, fill, speak, words};
use crate::view::called;
use crate::view::diagnosis::findings;
use crate::view::embedded::{Waiting, around};
use crate::view::language::Languages;
use crate::view::part::{self, Arrives, Part};
use crate::view::places::house;
use crate::view::sign_in::SignIn;
use crate::view::update::NewVersion;
use crate::view::{Page, Place};

/// What comes after the door, in the order it is wanted.
const PARTS: &[Part] = &[house::PART, findings::PART];

/// Starts the program in the browser.
pub fn mount() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    let choice = chosen_language();
    match choice.unwrap_or_else(language::of_browser) {
        Language::English => enter(choice, language::english()),
        // The greeting stands until the words are here.
        wanted => wasm_bindgen_futures::spawn_local(async move {
            let fetched = language::fetch(wanted).await;
            enter(choice, fetched.unwrap_or_else(language::english));
        }),
    }
}

fn chosen_language() -> Option<Language> {
    #[cfg(debug_assertions)]
    if let Some(asked) = crate::view::gallery::language(&edge_page::address()) {
        return Some(asked);
    }
    storage::language()
}

fn enter(choice: Option<Language>, spoken: Spoken) {
    speak(spoken);
    language::name_in_document(spoken.language);
    edge_page::remove_greeting();
    leptos::mount::mount_to_body(move || view! { <App choice /> });
    part::fetch_ahead(PARTS);
}

#[component]
fn App(choice: Option<Language>) -> impl IntoView {
    let languages = Languages::new(choice);
    provide_context(languages);
    let theme = RwSignal::new(storage::theme());
    Effect::new(move |before: Option<()>| {
        let theme = theme.get();
        edge_page::set_theme(theme);
        if before.is_some() && !edge_page::is_embedded() {
            storage::keep_theme(theme);
        }
    });
    #[cfg(debug_assertions)]
    if let Some(gallery) = crate::view::gallery::Gallery::at(&edge_page::address()) {
        return gallery.view(theme).into_any();
    }
    let Some(driver) = Driver::start() else {
        return ().into_any();
    };
    let state = driver.state();
    let commands = {
        let driver = Rc::clone(&driver);
        Rc::new(move |command| driver.command(command))
    };
    let page = Page::new(state, theme, edge_page::browser(), commands);
    driver.show_on(page);
    provide_context(page);
    if edge_page::is_embedded() {
        driver.begin();
    }
    if let Some(command) = link::wanted(&edge_page::address().1) {
        edge_page::forget_query();
        page.send(command);
        page.place.set(Place::Call);
    }
    if let Some(place) = Place::wanted(&edge_page::address().1) {
        edge_page::forget_query();
        page.place.set(place);
    }
    Effect::new(move |_| {
        languages.track();
        state.with(|state| edge_page::set_title(&title(state)));
    });
    let shell = move || {
        languages.track();
        view! { <Shell /> }
    };
    let around =
        edge_page::is_embedded().then(|| view! { <Arrives part=around::PART unseen=true /> });
    view! { {around} {shell} }.into_any()
}

/// The door or the house.
#[component]
pub fn Shell() -> impl IntoView {
    let page = Page::here();
    if page.state.with_untracked(|state| state.embedding.inside) {
        edge_page::mark_embedded();
    }
    let inside = page.part(|state| state.registration.is_signed_in());
    view! {
        <Show when=move || inside.get() fallback=Door>
            <Arrives part=house::PART />
        </Show>
        <NewVersion />
    }
}

/// Where one signs in. Inside another page there is no place for a password: who is around it signs one in.
#[component]
fn Door() -> impl IntoView {
    let page = Page::here();
    match page.state.with_untracked(|state| state.embedding.inside) {
        true => view! { <Waiting /> }.into_any(),
        false => view! { <SignIn /> }.into_any(),
    }
}

/// The tab says when one's camera is on the air, and when somebody asks.
fn title(state: &State) -> String {
    let w = words();
    if let Some(sending) = state.sending().filter(|_| state.is_live_out()) {
        let live = fill(w.live_to, "who", &called(&sending.peer));
        return format!("\u{25cf} {live} · {}", clock(sending.seconds));
    }
    if let Voice::Asked(asked) = &state.voice {
        let calls = fill(w.around.notice_talk.title, "who", &called(&asked.peer));
        return format!("{calls} · {}", w.product);
    }
    match &state.share {
        Share::Asked(peer) => format!("{} {} · {}", called(peer), w.incoming_title, w.product),
        Share::Watching(watching) => {
            format!(
                "{} · {}",
                fill(w.watching, "who", &called(&watching.peer)),
                w.product
            )
        }
        Share::None | Share::Sending(_) | Share::Ended(_) => w.product.to_owned(),
    }
}
