//! `POST /api/v1/calls/events`: the network tells of voice calls (rule R4.1). Who may is who shows the
//! token (RFC 6750 §2.1); what is wrong is told as RFC 9457 has it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::http::Site;
use super::operator::{self, admit, json_body, later, problem, stopped};
use crate::server::Wake;
use crate::switch::call_context::{News, Refused};

const DOOR: operator::Door = operator::Door {
    closed: "Nobody tells of calls here.",
    strange: "Show the token of calls.events_token_file as a bearer token.",
};

/// Takes one event. Without a token in the configuration there is nothing here.
pub(super) async fn take(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Err(refusal) = admit(site.events_token.as_ref(), &head.headers, &DOOR) {
        return *refusal;
    }
    let body = match json_body(&head.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return *refusal,
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

fn refusal(refused: Refused) -> Response {
    let detail = refused.to_string();
    match refused {
        Refused::TooFast => later(StatusCode::TOO_MANY_REQUESTS, &detail, "1"),
        Refused::Full => later(StatusCode::SERVICE_UNAVAILABLE, &detail, "1"),
        Refused::TooManyOfOne | Refused::OtherNumbers => problem(StatusCode::CONFLICT, &detail),
    }
}
