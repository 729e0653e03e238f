//! How good the picture is, in plain words; and on request the figures of the last two minutes.

mod chart;

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Direction, Limited, Peer, Quality, SendPhase, Share, WatchPhase};
use crate::text::{around::limited, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};
use chart::Chart;

/// What the line says.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    limited: Limited,
    direction: Direction,
    peer: Peer,
}

fn line(share: &Share) -> Option<Line> {
    let (direction, peer) = match share {
        Share::Sending(sending) if sending.phase == SendPhase::Live => {
            (Direction::Out, &sending.peer)
        }
        Share::Watching(watching) if watching.phase != WatchPhase::Waiting => {
            (Direction::In, &watching.peer)
        }
        Share::None
        | Share::Sending(_)
        | Share::Asked(_)
        | Share::Watching(_)
        | Share::Ended(_) => return None,
    };
    Some(Line {
        limited: quality(share).map_or(Limited::Measuring, |quality| quality.limited),
        direction,
        peer: peer.clone(),
    })
}

fn quality(share: &Share) -> Option<&Quality> {
    match share {
        Share::Sending(sending) => sending.quality.as_ref(),
        Share::Watching(watching) => watching.quality.as_ref(),
        Share::None | Share::Asked(_) | Share::Ended(_) => None,
    }
}

fn title(line: &Line) -> String {
    let explained = limited(line.limited, line.direction);
    fill(explained.title, "who", &called(&line.peer))
}

/// The line over the picture; a press on it opens the figures.
#[component]
pub fn QualityLine() -> impl IntoView {
    let w = &words().around;
    let page = Page::here();
    let line = page.part(|state| line(&state.share));
    let open = page.figures;
    let text = move || line.with(|line| line.as_ref().map(title));
    let name = move || line.with(|line| line.as_ref().map(|line| line.limited.name()));
    let trouble = Memo::new(move |_| {
        line.with(|line| line.as_ref().is_some_and(|line| line.limited.is_trouble()))
    });
    view! {
        <Show when=move || line.with(Option::is_some)>
            <button
                id="quality-line"
                class="quality small"
                class:fades=move || !trouble.get()
                data-testid="quality-line"
                data-limited=name
                aria-expanded=move || open.get().to_string()
                aria-description=w.figures_open
                title=w.figures_open
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Glyph icon=Icon::Chart size=18 />
                <span class="quality__text">{text}</span>
            </button>
            <p class="unseen" role="status" data-testid="quality-said">
                {move || text().filter(|_| trouble.get())}
            </p>
            <Show when=move || open.get()>
                <Figures open />
            </Show>
        </Show>
    }
}

#[component]
fn Figures(open: RwSignal<bool>) -> impl IntoView {
    let w = &words().around;
    let page = Page::here();
    let line = page.part(|state| line(&state.share));
    let quality = page.part(|state| quality(&state.share).cloned().unwrap_or_default());
    let next = move || {
        line.with(|line| {
            let line = line.as_ref()?;
            let next = limited(line.limited, line.direction).next;
            Some(fill(next, "who", &called(&line.peer)))
        })
    };
    let size = move || {
        let (width, height) = quality.with(|quality| (quality.width, quality.height));
        (width > 0).then(|| {
            let size = fill(words().stats_size, "width", &width.to_string());
            fill(&size, "height", &height.to_string())
        })
    };
    let close = move || {
        open.set(false);
        screen::focus("quality-line");
    };
    screen::focus("figures-close");
    view! {
        <section
            class="figures room"
            aria-labelledby="figures-title"
            data-testid="figures"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    // It closes this, and ends nothing else.
                    event.prevent_default();
                    close();
                }
            }
        >
            <div class="figures__head">
                <h3 id="figures-title" class="figures__title">
                    {w.figures_title}
                    <span class="small quiet number" data-testid="live-stats">{size}</span>
                </h3>
                <button
                    id="figures-close"
                    class="icon-button"
                    aria-label=w.figures_close
                    title=w.figures_close
                    data-testid="figures-close"
                    on:click=move |_| close()
                >
                    <Glyph icon=Icon::Close />
                </button>
            </div>
            <p class="figures__next small quiet">{next}</p>
            <Chart quality />
        </section>
    }
}
