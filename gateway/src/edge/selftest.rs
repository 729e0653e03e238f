//! `/api/v1/selftest`: a page tests its connection by a real call to a handset of the gateway's own
//! (docs/diagnosis.md).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use handset::Status;
use serde_json::{Value, json};

use super::http::Site;
use super::operator::{later, problem, stopped};
use super::person::Person;
use super::trials::Refused;
use crate::switch::trials::LIFE;

/// `POST`: starts a handset for whoever asks.
pub(super) async fn start(Person(person): Person, State(site): State<Arc<Site>>) -> Response {
    if !site.lifecycle.is_ready() {
        return stopped();
    }
    match site.trials.start(&person.name).await {
        Ok(started) => {
            let told = json!({
                "id": started.id,
                "address": started.address,
                "seconds": LIFE.as_secs(),
            });
            (StatusCode::CREATED, Json(told)).into_response()
        }
        Err(refused) => refusal(refused),
    }
}

fn refusal(refused: Refused) -> Response {
    let detail = refused.to_string();
    match refused {
        Refused::TooOften => later(StatusCode::TOO_MANY_REQUESTS, &detail, "60"),
        Refused::TooMany => later(StatusCode::SERVICE_UNAVAILABLE, &detail, "10"),
        Refused::Unreachable => problem(StatusCode::NOT_IMPLEMENTED, &detail),
        Refused::Broken => problem(StatusCode::INTERNAL_SERVER_ERROR, &detail),
    }
}

/// `GET`: what it saw. 204 where there is none, which a browser does not take for an error.
pub(super) async fn tell(
    Person(person): Person,
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
) -> Response {
    match site.trials.ask(&person.name, &id).await {
        Some(status) => Json(seen(&status)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// `DELETE`: ends it, if it has not ended before.
pub(super) async fn end(
    Person(person): Person,
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
) -> Response {
    site.trials.end(&person.name, &id);
    StatusCode::NO_CONTENT.into_response()
}

fn seen(status: &Status) -> Value {
    let received = &status.receive;
    let state = match (&status.call, status.ended_calls) {
        (Some(_), _) => "called",
        (None, 0) => "waiting",
        (None, _) => "over",
    };
    // What is no test pattern cannot be judged.
    let likeness = received.pattern.as_ref().map(|pattern| {
        json!({
            "right": pattern.right,
            "decibels": pattern.psnr_db_mean.round() as u64,
        })
    });
    json!({
        "state": state,
        "first_picture_ms": received.first_picture_ms,
        "pictures": received.frames,
        "pictures_per_second": received.frames_per_second.round() as u64,
        "codec": received.codec,
        "width": received.width,
        "height": received.height,
        "likeness": likeness,
        "packets_lost": received.rtp.lost,
        "pictures_shown": status.send.frames,
    })
}
