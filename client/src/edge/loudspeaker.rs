//! Where sound comes out (W3C Audio Output Devices). Where nothing is chosen it is the loudspeaker
//! that the device uses by itself.

use std::cell::RefCell;
use std::ops::Deref;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlAudioElement, window};

use super::{camera, optional, storage};

thread_local! {
    /// All that plays. A page has at most a handful: one a share, one a call.
    static PLAYERS: RefCell<Vec<HtmlAudioElement>> = const { RefCell::new(Vec::new()) };
}

/// Plays sound where the person wants it. Dropping it lets go of it.
pub struct Player(HtmlAudioElement);

impl Player {
    pub fn new() -> Result<Self, JsValue> {
        let element = HtmlAudioElement::new()?;
        if let Some(chosen) = storage::loudspeaker() {
            move_to(&element, &chosen);
        }
        PLAYERS.with_borrow_mut(|players| players.push(element.clone()));
        Ok(Self(element))
    }
}

impl Deref for Player {
    type Target = HtmlAudioElement;

    fn deref(&self) -> &HtmlAudioElement {
        &self.0
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        PLAYERS.with_borrow_mut(|players| players.retain(|player| *player != self.0));
        self.0.set_src_object(None);
    }
}

/// One of the device's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loudspeaker {
    pub id: String,
    pub name: String,
}

/// Whether the person may choose at all.
pub fn is_choice() -> bool {
    window().is_some_and(|window| {
        let media = optional::part(&window, "HTMLMediaElement");
        optional::has(&optional::part(&media, "prototype"), "setSinkId")
    })
}

/// Those that the browser names: it names none before the microphone was allowed.
pub fn list(found: impl FnOnce(Vec<Loudspeaker>) + 'static) {
    spawn_local(async move { found(known().await.unwrap_or_default()) });
}

async fn known() -> Result<Vec<Loudspeaker>, JsValue> {
    let devices = camera::devices()?;
    let all: js_sys::Array = JsFuture::from(devices.enumerate_devices()?)
        .await?
        .dyn_into()?;
    let text = |device: &JsValue, name| optional::part(device, name).as_string();
    let outputs = all.iter().filter_map(|device| {
        let is_output = text(&device, "kind").as_deref() == Some("audiooutput");
        let id = text(&device, "deviceId").filter(|id| !id.is_empty() && is_output)?;
        let name = text(&device, "label").filter(|name| !name.is_empty())?;
        Some(Loudspeaker { id, name })
    });
    Ok(outputs.collect())
}

/// From here on it comes from that one; an empty name is the device's own choice.
pub fn choose(id: &str) {
    storage::keep_loudspeaker(id);
    PLAYERS.with_borrow(|players| players.iter().for_each(|player| move_to(player, id)));
}

fn move_to(player: &HtmlAudioElement, id: &str) {
    let (player, id) = (player.clone(), JsValue::from(id));
    spawn_local(async move {
        // One that was unplugged: the device's own goes on.
        let _ = optional::ask(&player, "setSinkId", &[id]).await;
    });
}
