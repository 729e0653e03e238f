//! What the page asks over HTTP.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, RequestInit, Response, window};

use super::Report;
use crate::phone::Input;
use crate::phone::contacts::DirectoryAnswer;

/// Asks how this gateway wants to be reached.
pub fn read_settings(report: &Report) {
    let report = Rc::clone(report);
    spawn_local(async move {
        let settings = get("/api/v1/settings", None)
            .await
            .and_then(|(_, text)| text);
        report(Input::Settings(settings));
    });
}

/// Asks who is there.
pub fn read_directory(report: &Report, token: &str) {
    let report = Rc::clone(report);
    let bearer = format!("Bearer {token}");
    spawn_local(async move {
        let answer = match get("/api/v1/directory", Some(&bearer)).await {
            Some((200, Some(text))) => DirectoryAnswer::Read(text),
            Some((401 | 403, _)) => DirectoryAnswer::NotAllowed,
            Some(_) | None => DirectoryAnswer::Unreachable,
        };
        report(Input::Directory(answer));
    });
}

/// The status, and the text if it is 200.
pub(super) async fn get(path: &str, authorization: Option<&str>) -> Option<(u16, Option<String>)> {
    ask("GET", path, authorization).await
}

/// The same by any method; what was made has a text too (201).
pub(super) async fn ask(
    method: &str,
    path: &str,
    authorization: Option<&str>,
) -> Option<(u16, Option<String>)> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(authorization) = authorization {
        let headers = Headers::new().ok()?;
        headers.set("Authorization", authorization).ok()?;
        init.set_headers(&headers);
    }
    // Not the browser's cache: who is online changes while we look.
    Reflect::set(
        &init,
        &JsValue::from_str("cache"),
        &JsValue::from_str("no-store"),
    )
    .ok()?;
    let response = JsFuture::from(window()?.fetch_with_str_and_init(path, &init))
        .await
        .ok()?;
    let response: Response = response.dyn_into().ok()?;
    let status = response.status();
    if !matches!(status, 200 | 201) {
        return Some((status, None));
    }
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Some((status, text.as_string()))
}
