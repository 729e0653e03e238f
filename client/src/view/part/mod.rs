//! A part of the page that comes when it is wanted: what a first visit waits for is smaller by it.
//!
//! In a release build each part is a file of its own, which `cargo xtask` splits off the program. While one works on
//! the page all of it is one program, and every part is there at once.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::text::words;
use crate::view::icon::{Glyph, Icon};

/// Whether a part could be fetched, once that is known.
pub type Fetching = Pin<Box<dyn Future<Output = bool>>>;

#[derive(Clone, Copy)]
pub struct Part {
    /// Fetches the part; once it is here, says so without asking again.
    pub fetch: fn() -> Fetching,
    /// What the part shows, if it is here.
    pub view: fn() -> Option<AnyView>,
}

/// Declares the module `$name` with the [`Part`] `PART`, which shows the component `$view`. What only that component
/// needs goes into the part's file.
macro_rules! part {
    ($name:ident, $view:ident) => {
        pub mod $name {
            use leptos::prelude::*;
            use leptos::wasm_split::SplitLoaderError;
            #[cfg(not(debug_assertions))]
            use leptos::wasm_split::wasm_split;

            use super::$view;
            use $crate::view::part::{Part, at_once};

            #[cfg(not(debug_assertions))]
            #[wasm_split($name, wasm_split_path = leptos::wasm_split, fallible, preload(fetch))]
            fn show() -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <$view /> }.into_any())
            }

            #[cfg(debug_assertions)]
            async fn show() -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <$view /> }.into_any())
            }

            #[cfg(debug_assertions)]
            async fn fetch() -> Result<(), SplitLoaderError> {
                Ok(())
            }

            pub const PART: Part = Part {
                fetch: || Box::pin(async { fetch().await.is_ok() }),
                view: || at_once(show())?.ok(),
            };
        }
    };
}
pub(crate) use part;

/// What a future has without waiting.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Fetches parts before they are wanted, one after the other: a network may be gone when they are.
pub fn fetch_ahead(parts: &'static [Part]) {
    spawn_local(async move {
        for part in parts {
            // One that did not come is asked for again when it is wanted.
            let _ = (part.fetch)().await;
        }
    });
}

#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    Coming,
    Here,
    Missing,
}

/// The part, at once where it is here, else as soon as it has come.
#[component]
pub fn Arrives(
    part: Part,
    /// There is nothing to see of it: nobody waits for it, and nothing makes room.
    #[prop(optional)]
    unseen: bool,
) -> impl IntoView {
    if let Some(view) = (part.view)() {
        return view;
    }
    let arrival = RwSignal::new(Arrival::Coming);
    let fetch = Callback::new(move |()| {
        arrival.set(Arrival::Coming);
        spawn_local(async move {
            let come = (part.fetch)().await;
            // Nobody may want it any more.
            let _ = arrival.try_set(if come {
                Arrival::Here
            } else {
                Arrival::Missing
            });
        });
    });
    fetch.run(());
    let shown = move || match arrival.get() {
        Arrival::Coming => (!unseen).then(|| view! { <Coming /> }.into_any()),
        Arrival::Here => (part.view)(),
        Arrival::Missing => Some(view! { <Missing again=fetch /> }.into_any()),
    };
    shown.into_any()
}

#[component]
fn Coming() -> impl IntoView {
    view! { <p class="part-coming quiet" role="status" data-testid="part-coming">{words().life.part_coming}</p> }
}

/// The part could not be fetched: what to do about it.
#[component]
pub fn Missing(#[prop(into)] again: Callback<()>) -> impl IntoView {
    let w = words();
    view! {
        <section class="part-missing" role="alert" data-testid="part-missing">
            <Glyph icon=Icon::Warning />
            <h2 class="part-missing__title">{w.life.part_missing.title}</h2>
            <p class="quiet part-missing__next">{w.life.part_missing.next}</p>
            <button class="button button--primary" data-testid="part-again" on:click=move |_| again.run(())>
                {w.try_again}
            </button>
        </section>
    }
}
