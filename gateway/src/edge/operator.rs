//! What an operator's own programs and we have in common over HTTP: who shows the token is heard (RFC 6750
//! §2.1), what is told is JSON, what is wrong is told as RFC 9457 has it.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::timeout;

use crate::config::Secret;

/// What is told takes 200 bytes.
const BODY_BYTES: usize = 4096;

/// It is sent in one piece.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// What a door tells those it does not let in.
pub(super) struct Door {
    /// There is nothing here.
    pub(super) closed: &'static str,
    /// The token is not the one that is wanted.
    pub(super) strange: &'static str,
}

/// Whether the request may come in by a door that has this secret, or has none and is shut.
///
/// # Errors
/// What to answer instead.
pub(super) fn admit(
    secret: Option<&Secret>,
    headers: &HeaderMap,
    door: &Door,
) -> Result<(), Box<Response>> {
    let Some(secret) = secret else {
        return Err(Box::new(problem(StatusCode::NOT_FOUND, door.closed)));
    };
    if shown(headers).is_some_and(|shown| secret.is(shown)) {
        return Ok(());
    }
    let mut refused = problem(StatusCode::UNAUTHORIZED, door.strange);
    let challenge = HeaderValue::from_static("Bearer");
    refused.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    Err(Box::new(refused))
}

/// The bearer token in the head of a request.
fn shown(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, shown) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(shown.trim())
}

/// What is told.
///
/// # Errors
/// It is no JSON by its own word, too long, or does not come.
pub(super) async fn json_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Box<Response>> {
    let of = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = of.and_then(|value| value.split(';').next());
    if !media_type.is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json")) {
        let what = "What is told here is application/json.";
        return Err(Box::new(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, what)));
    }
    let (status, what) = match timeout(BODY_WITHIN, to_bytes(body, BODY_BYTES)).await {
        Ok(Ok(body)) => return Ok(body),
        Ok(Err(_)) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "What is told here has at most 4096 bytes.",
        ),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "Nothing came."),
    };
    Err(Box::new(problem(status, what)))
}

pub(super) fn stopped() -> Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "The gateway is being stopped.",
    )
}

/// A refusal that may be none in so many seconds.
pub(super) fn later(status: StatusCode, detail: &str, seconds: &'static str) -> Response {
    let mut response = problem(status, detail);
    let value = HeaderValue::from_static(seconds);
    response.headers_mut().insert(RETRY_AFTER, value);
    response
}

/// RFC 9457 §3.1: a problem whose kind is its status.
pub(super) fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut response = (status, Json(body)).into_response();
    let content_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
