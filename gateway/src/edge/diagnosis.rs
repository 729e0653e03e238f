//! `GET /api/v1/calls/{call_id}/packets`: the heads of a call's packets, for the person whose call it is
//! (docs/diagnosis.md).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::http::Site;
use super::operator::stopped;
use super::person::Person;
use crate::server::Wake;
use crate::switch::person::AskedPackets;

/// A media worker answers in a turn of its loop; one that does not is busy with pictures.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// 204 where nothing is kept, which a browser does not take for an error.
pub(super) async fn packets(
    Person(person): Person,
    State(site): State<Arc<Site>>,
    Path(call_id): Path<String>,
) -> Response {
    let (reply, mut answer) = mpsc::channel(1);
    let asked = AskedPackets {
        name: person.name,
        call_id,
    };
    let wake = Wake::Packets { asked, reply };
    if !site.gate.wake(wake).await {
        return stopped();
    }
    match timeout(TOLD_WITHIN, answer.recv()).await {
        Ok(Some(text)) => {
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            ([(CONTENT_TYPE, plain)], text).into_response()
        }
        // Whoever could have answered let go of it.
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
