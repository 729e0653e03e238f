//! What the browser keeps for the next visit: never a password.

use web_sys::{Storage, window};

use crate::text::Language;

/// How the page looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device asks.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.name() == name)
    }
}

pub fn theme() -> Theme {
    read(THEME)
        .and_then(|name| Theme::from_name(&name))
        .unwrap_or_default()
}

pub fn keep_theme(theme: Theme) {
    write(THEME, theme.name());
}

/// The language that was chosen; none is the browser's own.
pub fn language() -> Option<Language> {
    read(LANGUAGE).and_then(|tag| Language::from_tag(&tag))
}

pub fn keep_language(language: Option<Language>) {
    write(LANGUAGE, language.map_or("", Language::tag));
}

/// The name last signed in with.
pub fn name() -> Option<String> {
    read(NAME)
}

pub fn keep_name(name: &str) {
    write(NAME, name);
}

/// Whether the page rings when somebody asks.
pub fn rings() -> bool {
    read(RING).as_deref() != Some(OFF)
}

pub fn keep_rings(on: bool) {
    write(RING, if on { ON } else { OFF });
}

/// Whether whoever looks elsewhere is told, where the browser allows it.
pub fn tells() -> bool {
    read(TELL).as_deref() == Some(ON)
}

pub fn keep_tells(on: bool) {
    write(TELL, if on { ON } else { OFF });
}

/// Where sound comes out, as the browser names it; none where the device may choose.
pub fn loudspeaker() -> Option<String> {
    read(LOUDSPEAKER).filter(|id| !id.is_empty())
}

pub fn keep_loudspeaker(id: &str) {
    write(LOUDSPEAKER, id);
}

/// The camera that was chosen last, by its id.
pub fn camera() -> Option<String> {
    read(CAMERA)
}

pub fn keep_camera(id: &str) {
    write(CAMERA, id);
}

/// The identity of this tab as a device (RFC 5626 §4.1): two tabs are two devices, and a reload is
/// the same one. `fresh` is used, and kept, where there is none.
pub fn instance(fresh: &str) -> String {
    let Some(storage) = session() else {
        return fresh.to_owned();
    };
    if let Ok(Some(kept)) = storage.get_item(INSTANCE) {
        return kept;
    }
    // A full or forbidden storage makes the next load another device, which is right.
    let _ = storage.set_item(INSTANCE, fresh);
    fresh.to_owned()
}

/// What went on in this tab when the page before this one went.
pub fn unfinished() -> Option<String> {
    session()?.get_item(UNFINISHED).ok()?
}

pub fn keep_unfinished(note: Option<&str>) {
    if let Some(storage) = session() {
        // Where it cannot be kept, it is not offered.
        let _ = match note {
            Some(note) => storage.set_item(UNFINISHED, note),
            None => storage.remove_item(UNFINISHED),
        };
    }
}

fn session() -> Option<Storage> {
    window()?.session_storage().ok()?
}

fn local() -> Option<Storage> {
    window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    local()?.get_item(key).ok()?
}

fn write(key: &str, value: &str) {
    if let Some(storage) = local() {
        // A full or forbidden storage forgets a convenience, no more.
        let _ = storage.set_item(key, value);
    }
}

const THEME: &str = "sidecam.theme";
const LANGUAGE: &str = "sidecam.language";
const NAME: &str = "sidecam.name";
const RING: &str = "sidecam.ring";
const TELL: &str = "sidecam.tell";
const LOUDSPEAKER: &str = "sidecam.loudspeaker";
const ON: &str = "on";
const OFF: &str = "off";
const UNFINISHED: &str = "sidecam.unfinished";
const CAMERA: &str = "sidecam.camera";
const INSTANCE: &str = "sidecam.instance";
