//! `GET /api/v1/calls/{call_id}/packets`: the heads of a call's packets, for the person whose call it is
//! (docs/diagnosis.md).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::http::Site;
use super::operator::stopped;
use super::person;
use crate::server::Wake;
use crate::switch::person::AskedPackets;

/// A media worker answers in a turn of its loop; one that does not is busy with pictures.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// 204 where nothing is kept, which a browser does not take for an error.
pub(super) async fn packets(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(call_id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let person = match person::who(&site, (&method, &uri), &headers, peer).await {
        Ok(person) => person,
        Err(refusal) => return refusal,
    };
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
