//! The slot: a cover over one's own camera. Sliding it open shows the preview, to oneself alone;
//! sliding it shut stops whatever is being shown.

use leptos::prelude::*;

use crate::edge::screen;
use crate::phone::state::{Camera, CameraProblem, Command, Feed, State};
use crate::text::{camera_problem, fill, words};
use crate::view::icon::{Glyph, Icon};
use crate::view::{Page, called};

/// A press that moved less than this many pixels was a tap.
const TAP_PIXELS: f64 = 8.0;
/// The part of the slot's width that a slide must cover to count.
const SLIDE_SHARE: f64 = 0.25;

/// A finger on the cover.
#[derive(Clone, Copy)]
struct Drag {
    from: f64,
    by: f64,
    width: f64,
}

#[component]
pub fn Slot() -> impl IntoView {
    let page = Page::here();
    let camera = page.part(|state| state.camera);
    let sending = page.part(|state| state.sending().is_some());
    let open = Memo::new(move |_| camera.get() != Camera::Closed);
    let problem = move || match camera.get() {
        Camera::Problem(problem) => Some(problem),
        Camera::Closed | Camera::Opening | Camera::Open => None,
    };
    view! {
        <div
            class="slot room"
            data-open=move || open.get().to_string()
            data-sending=move || sending.get().to_string()
        >
            <Preview />
            <Show when=move || camera.get() == Camera::Opening>
                <p class="slot__opening" role="status">
                    <span class="spinner" aria-hidden="true"></span>
                    {words().slot_opening}
                </p>
            </Show>
            <div
                class="slot__problem"
                role="alert"
                data-testid="camera-problem"
                data-problem=move || problem().map_or("none", problem_name)
            >
                {move || problem().map(|problem| view! { <Problem problem /> })}
            </div>
            <Dark />
            <Cover open sending />
        </div>
    }
}

/// Who sees one's last picture, while there is no other.
fn last_picture(state: &State) -> Option<String> {
    let sending = state.sending().filter(|_| state.is_live_out())?;
    Some(called(&sending.peer))
}

/// The camera is open, and gives nothing for now.
#[component]
fn Dark() -> impl IntoView {
    let w = &words().life;
    let dark = Page::here().part(|state| (state.life.camera_dark, last_picture(state)));
    view! {
        <div class="slot__dark" role="status" data-testid="camera-dark" data-dark=move || dark.get().0.to_string()>
            {move || dark.get().0.then(|| view! {
                <p class="slot__dark-text small">
                    {w.dark}
                    {dark.get().1.map(|who| format!(" {}", fill(w.dark_out, "who", &who)))}
                </p>
            })}
        </div>
    }
}

fn problem_name(problem: CameraProblem) -> &'static str {
    match problem {
        CameraProblem::Refused => "refused",
        CameraProblem::Missing => "missing",
        CameraProblem::Busy => "busy",
        CameraProblem::NoScreen => "no-screen",
        CameraProblem::ScreenUnknown => "screen-unknown",
        CameraProblem::FilmUnplayable => "film-unplayable",
    }
}

#[component]
pub fn Preview() -> impl IntoView {
    let page = Page::here();
    let node = NodeRef::<leptos::html::Video>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            page.preview
                .with(|stream| screen::attach(&node, stream.as_ref()));
        }
    });
    view! {
        <video
            class="slot__preview"
            data-testid="preview-video"
            node_ref=node
            autoplay
            playsinline
            prop:muted=true
            aria-label=words().slot_preview
        ></video>
    }
}

#[component]
fn Problem(problem: CameraProblem) -> impl IntoView {
    let page = Page::here();
    let explained = camera_problem(problem, page.browser);
    let waits = page.part(last_picture);
    view! {
        <span class="slot__problem-mark"><Glyph icon=Icon::CameraOff size=34 /></span>
        <h3 class="slot__problem-title">{explained.title}</h3>
        <p class="slot__problem-next">{explained.next}</p>
        {move || waits.get().map(|who| view! {
            <p class="slot__problem-next" data-testid="camera-problem-live">
                {fill(words().life.lost_out, "who", &who)}
            </p>
        })}
        <button
            class="button button--plain button--small"
            data-testid="camera-try-again"
            on:click=move |_| page.send(Command::OpenSlot)
        >
            {words().camera_try_again}
        </button>
    }
}

/// What a finger or a mouse does to the cover.
#[derive(Clone, Copy)]
struct Hand {
    page: Page,
    open: Memo<bool>,
    drag: RwSignal<Option<Drag>>,
    /// A slide ends in a click of its own, which must not slide it back.
    slid: StoredValue<bool>,
}

impl Hand {
    fn new(page: Page, open: Memo<bool>) -> Self {
        Self {
            page,
            open,
            drag: RwSignal::new(None),
            slid: StoredValue::new(false),
        }
    }

    fn down(self, event: &leptos::ev::PointerEvent) {
        self.slid.set_value(false);
        if let Some(width) = screen::capture(event) {
            let from = f64::from(event.client_x());
            self.drag.set(Some(Drag {
                from,
                by: 0.0,
                width,
            }));
        }
    }

    fn moved(self, event: &leptos::ev::PointerEvent) {
        if self.drag.with_untracked(Option::is_none) {
            return;
        }
        self.drag.update(|drag| {
            if let Some(drag) = drag {
                drag.by = f64::from(event.client_x()) - drag.from;
            }
        });
    }

    fn up(self) {
        let Some(done) = self.drag.get_untracked() else {
            return;
        };
        self.drag.set(None);
        if done.by.abs() < TAP_PIXELS {
            return;
        }
        self.slid.set_value(true);
        let onward = if self.open.get_untracked() {
            -done.by
        } else {
            done.by
        };
        if onward > done.width * SLIDE_SHARE {
            self.toggle();
        }
    }

    fn click(self) {
        if self.slid.get_value() {
            self.slid.set_value(false);
        } else {
            self.toggle();
        }
    }

    fn toggle(self) {
        self.page.send(if self.open.get_untracked() {
            Command::CloseSlot
        } else {
            Command::OpenSlot
        });
    }

    /// How far the cover is from where it rests.
    fn offset(self) -> String {
        self.drag
            .get()
            .map_or_else(|| "0px".to_owned(), |drag| format!("{}px", drag.by.round()))
    }
}

#[component]
fn Cover(open: Memo<bool>, sending: Memo<bool>) -> impl IntoView {
    let w = words();
    let hand = Hand::new(Page::here(), open);
    let label = Page::here().part(|state| {
        let (w, film) = (words(), state.feeds.film.as_ref());
        match (state.feeds.chosen, film) {
            (Feed::Screen, _) => w.feeds.open_screen.to_owned(),
            (Feed::Film, Some(film)) => fill(w.feeds.open_film, "name", &film.name),
            (Feed::Camera | Feed::Film, _) => w.slot_closed.to_owned(),
        }
    });
    let arrow = Signal::derive(move || if open.get() { Icon::Left } else { Icon::Right });
    view! {
        <button
            id="slot"
            class="slot__cover"
            type="button"
            role="switch"
            data-testid="slot"
            data-dragged=move || hand.drag.get().is_some().to_string()
            aria-checked=move || open.get().to_string()
            aria-label=move || if sending.get() { w.slot_name_live } else { w.slot_name }
            style:--drag=move || hand.offset()
            on:pointerdown=move |event| hand.down(&event)
            on:pointermove=move |event| hand.moved(&event)
            on:pointerup=move |_| hand.up()
            on:pointercancel=move |_| hand.drag.set(None)
            on:click=move |_| hand.click()
        >
            <span class="slot__grip">
                <Glyph icon=arrow size=24 />
                <span class="slot__grip-word">
                    {move || if sending.get() { w.slot_stop } else { w.slot_close }}
                </span>
            </span>
            <span class="slot__words">
                <span class="slot__label">{move || label.get()}</span>
                <span class="slot__hint small">{w.slot_hint}</span>
            </span>
        </button>
    }
}
