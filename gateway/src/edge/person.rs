//! RFC 7616 §3.3, RFC 9110 §11.6: a signed-in person asks over HTTP, with the password they register with
//! or with a token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;

use super::http::Site;
use super::operator::{problem, stopped};
use crate::server::Wake;
use crate::store::Subscriber;
use crate::switch::person::{Claim, Doubt};

/// Who asks.
///
/// # Errors
/// What to answer to who has not proved it.
pub(super) async fn who(
    site: &Site,
    (method, uri): (&Method, &Uri),
    headers: &HeaderMap,
    peer: SocketAddr,
) -> Result<Subscriber, Response> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let shown = headers.get_all(AUTHORIZATION).iter();
    let claim = Claim {
        method: method.to_string(),
        target: target.to_owned(),
        from: site.far_address(headers, peer).ip().to_canonical(),
        shown: shown
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect(),
    };
    let (reply, answer) = oneshot::channel();
    if !site.gate.wake(Wake::Person { claim, reply }).await {
        return Err(stopped());
    }
    match answer.await {
        Ok(Ok(subscriber)) => Ok(subscriber),
        Ok(Err(doubt)) => Err(doubted(doubt)),
        Err(_) => Err(stopped()),
    }
}

fn doubted(doubt: Doubt) -> Response {
    match doubt {
        Doubt::Asked(challenges) => {
            let mut asked = problem(
                StatusCode::UNAUTHORIZED,
                "Prove who you are: by name and password as Digest, or by a token as Bearer.",
            );
            let challenges = challenges.iter().map(ToString::to_string);
            for challenge in challenges.chain(["Bearer".to_owned()]) {
                // What a challenge is made of is text without line ends.
                if let Ok(value) = HeaderValue::from_str(&challenge) {
                    asked.headers_mut().append(WWW_AUTHENTICATE, value);
                }
            }
            asked
        }
        Doubt::LockedOut(left) => {
            let mut refused = problem(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many wrong passwords; wait a while.",
            );
            let seconds = HeaderValue::from(left.as_secs().saturating_add(1));
            refused.headers_mut().insert(RETRY_AFTER, seconds);
            refused
        }
    }
}

/// `GET /api/v1/person`: who one is here.
pub(super) async fn tell(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match who(&site, (&method, &uri), &headers, peer).await {
        Ok(person) => Json(json!({
            "name": person.name,
            "number": person.number,
            "display": person.display,
        }))
        .into_response(),
        Err(refusal) => refusal,
    }
}
