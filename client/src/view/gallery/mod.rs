//! Every state of every screen, for whoever designs or checks them. Development builds only.
//!
//! `/gallery` lists them; `/gallery?scene=live&theme=dark&place=call` is one, as large as the window.

mod scenes;
mod voice;

use std::rc::Rc;

use leptos::prelude::*;

use crate::app::Shell;
use crate::edge::camera::Camera;
use crate::edge::page;
use crate::edge::storage::Theme;
use crate::phone::state::{Camera as CameraState, Share, State};
use crate::phone::{Input, Origin};
use crate::text::Language;
use crate::view::part::Missing;
use crate::view::{Page, Place};
use scenes::{Scene, scenes};

/// The language that a scene's address asks for, by its tag.
pub fn language(address: &(String, String)) -> Option<Language> {
    asked(address, "language").and_then(|tag| Language::from_tag(&tag))
}

/// What the address of a scene says of `name`.
fn asked((path, query): &(String, String), name: &str) -> Option<String> {
    let pairs = query.trim_start_matches('?').split('&');
    let found = pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name);
    found
        .filter(|_| path == "/gallery")
        .map(|(_, value)| value.to_owned())
}

/// What the address asks for.
pub enum Gallery {
    Index,
    Scene {
        scene: Box<Scene>,
        theme: Option<Theme>,
        place: Option<Place>,
    },
}

impl Gallery {
    /// `address` is the page's path and query.
    pub fn at(address: &(String, String)) -> Option<Self> {
        if address.0 != "/gallery" {
            return None;
        }
        let asked = |name: &str| asked(address, name);
        let scene =
            asked("scene").and_then(|name| scenes().into_iter().find(|scene| scene.name == name));
        let Some(scene) = scene else {
            return Some(Self::Index);
        };
        let theme = match asked("theme").as_deref() {
            Some("light") => Some(Theme::Light),
            Some("dark") => Some(Theme::Dark),
            _ => None,
        };
        let place = match asked("place").as_deref() {
            Some("people") => Some(Place::People),
            Some("me") => Some(Place::Me),
            Some("call") => Some(Place::Call),
            _ => None,
        };
        Some(Self::Scene {
            scene: Box::new(scene),
            theme,
            place,
        })
    }

    pub fn view(self, theme: RwSignal<Theme>) -> AnyView {
        match self {
            Self::Index => view! { <Index /> }.into_any(),
            Self::Scene {
                scene,
                theme: asked,
                place,
            } => {
                if let Some(asked) = asked {
                    Effect::new(move |_| page::set_theme(asked));
                }
                view! { <One scene=*scene theme place /> }.into_any()
            }
        }
    }
}

#[component]
fn Index() -> impl IntoView {
    view! {
        <style>{include_str!("style.css")}</style>
        <main class="gallery">
            <h1>"Gallery"</h1>
            <ul class="gallery__list">
                {scenes()
                    .into_iter()
                    .map(|scene| {
                        let address = format!("/gallery?scene={}", scene.name);
                        view! {
                            <li class="gallery__scene">
                                <a href=address.clone()>{scene.name}</a>
                                <iframe title=scene.name src=address></iframe>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </main>
    }
}

/// A scene uses the real camera for its pictures, and does nothing when pressed.
#[component]
fn One(scene: Scene, theme: RwSignal<Theme>, place: Option<Place>) -> impl IntoView {
    let shown = RwSignal::new(scene.state);
    let browser = scenes::browser(scene.name).unwrap_or_else(page::browser);
    let here = Page::new(shown.into(), theme, browser, Rc::new(|_| ()));
    if scenes::has_update(scene.name) {
        page::say_update();
    }
    here.place.set(place.unwrap_or(scene.place));
    here.details.set(scenes::has_details(scene.name));
    let (sheet, sought) = scenes::people::pages(scene.name);
    here.sheet.set(sheet);
    here.sought.set(sought.to_owned());
    let (figures, full) = scenes::quality::opens(scene.name);
    here.figures.set(figures);
    here.full.set(full);
    if needs_picture(&shown.get_untracked()) {
        let camera = Rc::new_cyclic(|camera: &std::rc::Weak<CameraHolder>| {
            let camera = camera.clone();
            CameraHolder(Camera::new(Rc::new(move |input| {
                let Some(camera) = camera.upgrade() else {
                    return;
                };
                if let Input::Camera(_) = input {
                    here.preview.set(camera.0.stream());
                    here.remote.set(camera.0.stream());
                }
            })))
        });
        camera.0.open(Origin::Camera);
        let kept = StoredValue::new_local(camera);
        on_cleanup(move || kept.dispose());
    }
    provide_context(here);
    match scene.name {
        // No state of the phone's: the network was gone before the house was here.
        "part-missing" => view! { <Missing again=|()| () /> }.into_any(),
        _ => view! { <Shell /> }.into_any(),
    }
}

struct CameraHolder(Rc<Camera>);

fn needs_picture(state: &State) -> bool {
    state.camera == CameraState::Open
        || matches!(state.share, Share::Watching(_) | Share::Sending(_))
}
