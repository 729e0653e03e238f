//! What the cover opens: the camera, the screen, or a film from a file; and how the film goes on.

use leptos::prelude::*;

use crate::edge::film;
use crate::phone::state::{Camera, CameraProblem, Command, Feed, Film, OwnCommand, Playing};
use crate::text::{camera_problem, clock, fill, words};
use crate::view::Page;
use crate::view::icon::{Glyph, Icon};
use crate::view::tools::{CoverButton, LensRow};

/// The row under one's own picture.
#[component]
pub fn FeedRow() -> impl IntoView {
    let page = Page::here();
    let switching = page.part(|state| state.feeds.switching);
    let problem = page.part(|state| state.feeds.problem);
    let turns = page.part(|state| {
        let is_camera = state.feeds.chosen == Feed::Camera && state.camera == Camera::Open;
        is_camera && state.own.cameras.len() > 1 && !state.own.is_paused()
    });
    let film = page.part(|state| {
        let is_film = state.feeds.chosen == Feed::Film && state.camera == Camera::Open;
        state
            .feeds
            .film
            .clone()
            .filter(|_| is_film && !state.own.is_paused())
    });
    let w = &words().feeds;
    view! {
        <div class="feeds" data-switching=move || switching.get().to_string()>
            <Choice />
            <CoverButton />
            <Show when=move || turns.get()>
                <button
                    class="button button--plain button--small"
                    data-testid="feed-turn"
                    disabled=move || switching.get()
                    on:click=move |_| page.send(Command::TurnCamera)
                >
                    {w.turn}
                </button>
                <Cameras />
            </Show>
            <LensRow />
            <Show when=move || film.with(Option::is_some)>
                <Player film />
            </Show>
            <p class="feeds__note small quiet" role="status" data-testid="feed-note">
                {move || note(page, switching.get(), problem.get())}
            </p>
        </div>
    }
}

/// Which of several cameras it is.
#[component]
fn Cameras() -> impl IntoView {
    let page = Page::here();
    let cameras = page.part(|state| state.own.cameras.clone());
    let open = page.part(|state| state.own.lens.device.clone().unwrap_or_default());
    let blocked = page.part(|state| state.feeds.switching || state.own.is_paused());
    let named = |at: usize, label: &str| match label {
        "" => fill(words().own.camera_number, "number", &(at + 1).to_string()),
        label => label.to_owned(),
    };
    view! {
        <select
            class="field__input feeds__cameras"
            data-testid="camera-select"
            aria-label=words().own.which_camera
            disabled=move || blocked.get()
            prop:value=move || open.get()
            on:change:target=move |event| {
                page.send(Command::Own(OwnCommand::UseCamera(event.target().value())));
            }
        >
            {move || {
                let cameras = cameras.get().into_iter().enumerate();
                cameras
                    .map(|(at, camera)| {
                        let (id, of) = (camera.id.clone(), camera.id);
                        view! {
                            <option value=id selected=move || open.get() == of>
                                {named(at, &camera.label)}
                            </option>
                        }
                    })
                    .collect_view()
            }}
        </select>
    }
}

fn note(page: Page, switching: bool, problem: Option<CameraProblem>) -> String {
    match (switching, problem) {
        (true, _) => words().feeds.switching.to_owned(),
        (false, Some(problem)) => {
            let explained = camera_problem(problem, page.browser);
            format!("{}. {}", explained.title, explained.next)
        }
        (false, None) => String::new(),
    }
}

#[component]
fn Choice() -> impl IntoView {
    let w = &words().feeds;
    let page = Page::here();
    let chosen = page.part(|state| state.feeds.chosen);
    let file = NodeRef::<leptos::html::Input>::new();
    let choose = move |feed| match (feed, file.get_untracked()) {
        (Feed::Film, Some(input)) => input.click(),
        (Feed::Camera | Feed::Screen | Feed::Film, _) => page.send(Command::ChooseFeed(feed)),
    };
    // The file that was picked before need not be kept any more.
    let kept = StoredValue::new(None::<String>);
    let picked = move |_| {
        let Some((name, at)) = file.get_untracked().and_then(|input| film::picked(&input)) else {
            return;
        };
        let before = kept.try_update_value(|kept| kept.replace(at.clone()));
        page.send(Command::PickFilm { name, at });
        if let Some(before) = before.flatten() {
            film::forget(&before);
        }
    };
    let feeds = [
        (Feed::Camera, w.camera, Icon::Camera),
        (Feed::Screen, w.screen, Icon::Eye),
        (Feed::Film, w.film, Icon::Right),
    ];
    view! {
        <div class="feeds__choice" role="group" aria-label=w.choose>
            {feeds
                .map(|(feed, label, icon)| view! {
                    <button
                        class="feeds__one"
                        type="button"
                        data-testid=format!("feed-{}", feed.name())
                        aria-pressed=move || (chosen.get() == feed).to_string()
                        on:click=move |_| choose(feed)
                    >
                        <Glyph icon size=18 />
                        {label}
                    </button>
                })
                .collect_view()}
            <input
                class="unseen"
                type="file"
                accept="video/*"
                tabindex="-1"
                aria-label=w.film
                data-testid="film-file"
                node_ref=file
                on:change=picked
            />
        </div>
    }
}

#[component]
fn Player(film: Memo<Option<Film>>) -> impl IntoView {
    let w = &words().feeds;
    let page = Page::here();
    let of = move |read: fn(&Film) -> u64| film.with(|film| film.as_ref().map_or(0, read));
    let playing = Memo::new(move |_| film.with(|film| film.as_ref().map(|film| film.playing)));
    let name = move || film.with(|film| film.as_ref().map(|film| film.name.clone()));
    let label = move || match playing.get() {
        Some(Playing::Running) => w.pause,
        Some(Playing::AtItsEnd) => w.again,
        Some(Playing::Paused) | None => w.play,
    };
    let progress = move || {
        let at = fill(w.progress, "at", &clock(of(|film| film.seconds)));
        fill(&at, "length", &clock(of(|film| film.length)))
    };
    let said = move || match playing.get() {
        Some(Playing::AtItsEnd) => w.at_its_end,
        Some(Playing::Running | Playing::Paused) | None => w.silent,
    };
    view! {
        <div
            class="feeds__film"
            data-testid="film"
            data-playing=move || playing.get().map_or("none", Playing::name)
        >
            <span class="feeds__name small">{name}</span>
            <progress
                class="feeds__progress"
                aria-label=progress
                max=move || of(|film| film.length).max(1).to_string()
                prop:value=move || of(|film| film.seconds).to_string()
            ></progress>
            <span class="small number">{progress}</span>
            <button
                class="button button--plain button--small"
                data-testid="film-play"
                on:click=move |_| {
                    page.send(Command::PlayFilm(playing.get_untracked() != Some(Playing::Running)));
                }
            >
                {label}
            </button>
            <span class="feeds__said small quiet">{said}</span>
        </div>
    }
}
