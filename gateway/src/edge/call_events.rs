//! `POST /api/v1/calls/events`: the network tells of voice calls (rule R4.1). Who may is who shows the
//! token (RFC 6750 §2.1); what is wrong is told as RFC 9457 has it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::http::Site;
use crate::config::EventsToken;
use crate::server::Wake;
use crate::switch::call_context::{News, Refused};

/// An event takes 200 bytes.
const BODY_BYTES: usize = 4096;

/// An event is sent in one piece.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// Takes one event. Without a token in the configuration there is nothing here.
pub(super) async fn take(State(site): State<Arc<Site>>, request: Request) -> Response {
    let Some(token) = &site.events_token else {
        return problem(StatusCode::NOT_FOUND, "Nobody tells of calls here.");
    };
    if !shows(token, request.headers()) {
        let mut refused = problem(
            StatusCode::UNAUTHORIZED,
            "Show the token of calls.events_token_file as a bearer token.",
        );
        let challenge = HeaderValue::from_static("Bearer");
        refused.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return refused;
    }
    if !is_json(request.headers()) {
        return problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "An event is application/json.",
        );
    }
    let body = match timeout(BODY_WITHIN, to_bytes(request.into_body(), BODY_BYTES)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "An event has at most 4096 bytes.",
            );
        }
        Err(_) => return problem(StatusCode::REQUEST_TIMEOUT, "The event did not come."),
    };
    let news = match News::read(&body) {
        Ok(news) => news,
        Err(fault) => return problem(StatusCode::BAD_REQUEST, &fault.to_string()),
    };
    let (reply, answer) = oneshot::channel();
    if !site.gate.wake(Wake::CallEvent { news, reply }).await {
        return stopped();
    }
    match answer.await {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(refused)) => refusal(refused),
        Err(_) => stopped(),
    }
}

fn shows(token: &EventsToken, headers: &HeaderMap) -> bool {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, shown)| {
            scheme.eq_ignore_ascii_case("Bearer") && token.is(shown.trim())
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    let of = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = of.and_then(|value| value.split(';').next());
    media_type.is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
}

fn refusal(refused: Refused) -> Response {
    let status = match refused {
        Refused::TooFast => StatusCode::TOO_MANY_REQUESTS,
        Refused::Full => StatusCode::SERVICE_UNAVAILABLE,
        Refused::TooManyOfOne | Refused::OtherNumbers => StatusCode::CONFLICT,
    };
    let mut response = problem(status, &refused.to_string());
    if matches!(refused, Refused::TooFast | Refused::Full) {
        let later = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, later);
    }
    response
}

pub(super) fn stopped() -> Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "The gateway is being stopped.",
    )
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
