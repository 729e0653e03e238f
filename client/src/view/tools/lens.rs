//! A camera's light and zoom, and the plain button of its cover.

use leptos::prelude::*;

use crate::phone::state::{Camera, Command, OwnCommand, Share, Zoom};
use crate::text::{fill, words};
use crate::view::Page;
use crate::view::icon::{Glyph, Icon};

/// For whoever does not slide.
#[component]
pub fn CoverButton() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let idle = page.part(|state| !matches!(state.share, Share::Sending(_)));
    let open = page.part(|state| matches!(state.camera, Camera::Open | Camera::Opening));
    view! {
        <Show when=move || idle.get()>
            <button
                class="button button--plain button--small"
                data-testid="cover-button"
                aria-keyshortcuts="Alt+C"
                title=w.key_cover
                on:click=move |_| {
                    page.send(match open.get_untracked() {
                        true => Command::CloseSlot,
                        false => Command::OpenSlot,
                    });
                }
            >
                {move || if open.get() { w.close } else { w.open }}
            </button>
        </Show>
    }
}

/// Where the open camera has a light or a zoom.
#[component]
pub fn LensRow() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let light = page.part(|state| state.own.lens.light);
    let zooms = page.part(|state| state.own.lens.zoom.is_some());
    let lit = move || light.get() == Some(true);
    view! {
        <Show when=move || light.get().is_some()>
            <button
                class="button button--plain button--small"
                data-testid="camera-light"
                aria-pressed=move || lit().to_string()
                on:click=move |_| {
                    let on = light.get_untracked() != Some(true);
                    page.send(Command::Own(OwnCommand::Light(on)));
                }
            >
                <Glyph icon=Icon::Light size=18 />
                {move || if lit() { w.light_off } else { w.light_on }}
            </button>
        </Show>
        <Show when=move || zooms.get()><ZoomSlider /></Show>
    }
}

#[component]
fn ZoomSlider() -> impl IntoView {
    let w = &words().own;
    let page = Page::here();
    let zoom = page.part(|state| state.own.lens.zoom);
    let of = move |read: fn(Zoom) -> u32| zoom.get().map_or(0, read).to_string();
    let times = move || {
        let tenths = zoom.get().map_or(10, Zoom::times_in_tenths);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    view! {
        <label class="own-tools__zoom small">
            <span>{w.zoom}</span>
            <input
                class="own-tools__range"
                type="range"
                data-testid="camera-zoom"
                min=move || of(|zoom| zoom.least)
                max=move || of(|zoom| zoom.most)
                step=move || of(|zoom| zoom.step)
                prop:value=move || of(|zoom| zoom.at)
                aria-valuetext=move || fill(w.zoom_times, "times", &times())
                on:input:target=move |event| {
                    if let Ok(to) = event.target().value().parse() {
                        page.send(Command::Own(OwnCommand::Zoom(to)));
                    }
                }
            />
            <span class="number" aria-hidden="true">{times} "×"</span>
        </label>
    }
}
