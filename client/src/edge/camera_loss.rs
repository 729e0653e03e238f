//! Why a camera is gone that was open, and when it is there again (Media Capture §4.3.1, §9.2;
//! W3C Permissions §6.2).

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, window};

use super::camera::{devices, tracks};
use crate::phone::state::CameraProblem;

/// The camera that is open, or was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// As the browser names it; empty where it does not.
    device: String,
    /// The browser said that this page may use cameras from now on, as opposed to this once.
    allowed_for_good: bool,
}

impl Known {
    pub async fn of(stream: &MediaStream) -> Self {
        let track = tracks(stream).into_iter().next();
        let device = track.and_then(|track| text(&track.get_settings(), "deviceId"));
        Self {
            device: device.unwrap_or_default(),
            allowed_for_good: permission().await.as_deref() == Some("granted"),
        }
    }

    /// What to ask the browser for, so that it opens this one where it can.
    pub fn device(&self) -> Option<&str> {
        Some(self.device.as_str()).filter(|device| !device.is_empty())
    }

    /// Why it is gone.
    pub async fn why_gone(&self) -> CameraProblem {
        let permission = permission().await;
        let withdrawn = match permission.as_deref() {
            Some("denied") => true,
            Some("prompt") => self.allowed_for_good,
            // Browsers that do not tell.
            Some(_) | None => false,
        };
        if withdrawn {
            return CameraProblem::Refused;
        }
        match self.is_there().await {
            true => CameraProblem::Busy,
            false => CameraProblem::Missing,
        }
    }

    /// Whether the browser lists it.
    pub async fn is_there(&self) -> bool {
        let Ok(cameras) = cameras().await else {
            return false;
        };
        self.device().is_some_and(|device| {
            let mut cameras = cameras.iter();
            cameras.any(|camera| text(camera, "deviceId").as_deref() == Some(device))
        })
    }
}

/// All cameras that the browser lists.
pub async fn cameras() -> Result<Vec<JsValue>, JsValue> {
    let listed = JsFuture::from(devices()?.enumerate_devices()?).await?;
    let listed: Array = listed.dyn_into()?;
    let cameras = listed
        .iter()
        .filter(|device| text(device, "kind").as_deref() == Some("videoinput"));
    Ok(cameras.collect())
}

/// What the browser says of cameras on this page; `None` where it says nothing.
async fn permission() -> Option<String> {
    let navigator = window()?.navigator();
    let permissions = Reflect::get(&navigator, &"permissions".into()).ok()?;
    let query: Function = Reflect::get(&permissions, &"query".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let wish = Object::new();
    Reflect::set(&wish, &"name".into(), &"camera".into()).ok()?;
    let asked: Promise = query.call1(&permissions, &wish).ok()?.dyn_into().ok()?;
    text(&JsFuture::from(asked).await.ok()?, "state")
}

pub(super) fn text(of: &JsValue, name: &str) -> Option<String> {
    Reflect::get(of, &name.into()).ok()?.as_string()
}
