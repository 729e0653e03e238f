//! In one's own place: links of telephone numbers may open this page.

use leptos::prelude::*;

use crate::edge::links;
use crate::text::words;
use crate::view::icon::{Glyph, Icon};

#[component]
pub fn PhoneLinks() -> impl IntoView {
    let w = &words().call;
    let asked = RwSignal::new(None::<bool>);
    let said = move || {
        asked.get().map(|asked| match asked {
            true => w.links_asked,
            false => w.links_refused,
        })
    };
    links::is_possible().then(|| {
        view! {
            <div class="choice">
                <h3 class="choice__legend">{w.links_title}</h3>
                <button
                    class="button button--plain button--small"
                    data-testid="links-here"
                    on:click=move |_| asked.set(Some(links::open_here()))
                >
                    <Glyph icon=Icon::Phone size=18 />
                    {w.links_here}
                </button>
                <p class="small quiet" role="status">{said}</p>
            </div>
        }
    })
}
