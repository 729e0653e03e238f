//! `POST /api/v1/tokens` and `DELETE /api/v1/tokens/ID`: the operator's own server has a subscriber it
//! knows signed in, and out again (RFC 6750, RFC 8898).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;

use super::http::Site;
use super::operator::{self, admit, json_body, later, problem, stopped};
use crate::server::Wake;
use crate::switch::tokens::{Handed, Which};
use crate::tokens::{self, Refused};

const DOOR: operator::Door = operator::Door {
    closed: "No tokens are given here.",
    strange: "Show the token of embedding.token_file as a bearer token.",
};

/// Gives a token. Without a secret in the configuration there is nothing here.
pub(super) async fn give(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Err(refusal) = admit(site.backend.as_ref(), &head.headers, &DOOR) {
        return *refusal;
    }
    let body = match json_body(&head.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let wish = match tokens::Request::read(&body) {
        Ok(wish) => wish,
        Err(fault) => return problem(StatusCode::BAD_REQUEST, &fault.to_string()),
    };
    let (reply, answer) = oneshot::channel();
    if !site.gate.wake(Wake::IssueToken { wish, reply }).await {
        return stopped();
    }
    match answer.await {
        Ok(Ok(handed)) => (StatusCode::CREATED, Json(written(&handed))).into_response(),
        Ok(Err(refused)) => refusal(refused),
        Err(_) => stopped(),
    }
}

fn written(handed: &Handed) -> serde_json::Value {
    json!({
        "token": handed.issued.token,
        "token_type": "Bearer",
        "expires_in": handed.issued.expires_in.as_secs(),
        "id": handed.issued.id.as_str(),
        "subscriber": handed.name,
        "number": handed.number,
    })
}

fn refusal(refused: Refused) -> Response {
    let detail = refused.to_string();
    match refused {
        Refused::NoSubscriber => problem(StatusCode::NOT_FOUND, &detail),
        Refused::TooFast => later(StatusCode::TOO_MANY_REQUESTS, &detail, "1"),
        Refused::TooMany => later(StatusCode::TOO_MANY_REQUESTS, &detail, "60"),
        Refused::Full => later(StatusCode::SERVICE_UNAVAILABLE, &detail, "60"),
    }
}

/// Takes one back: whoever signed in with it is out, and calls that went by it are over.
pub(super) async fn take_one_back(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    take_back(&site, Which::One(id), &headers).await
}

/// Whose tokens are meant.
#[derive(Deserialize)]
pub(super) struct Whose {
    subscriber: String,
}

/// The same with all of a subscriber's.
pub(super) async fn take_all_back(
    State(site): State<Arc<Site>>,
    Query(whose): Query<Whose>,
    headers: HeaderMap,
) -> Response {
    take_back(&site, Which::AllOf(whose.subscriber), &headers).await
}

async fn take_back(site: &Site, which: Which, headers: &HeaderMap) -> Response {
    if let Err(refusal) = admit(site.backend.as_ref(), headers, &DOOR) {
        return *refusal;
    }
    let (reply, answer) = oneshot::channel();
    if !site.gate.wake(Wake::RevokeTokens { which, reply }).await {
        return stopped();
    }
    match answer.await {
        Ok(0) => problem(StatusCode::NOT_FOUND, "There is no such token."),
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => stopped(),
    }
}
