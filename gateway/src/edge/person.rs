//! RFC 7616 §3.3, RFC 9110 §11.6: a signed-in person asks over HTTP, with the password they register with
//! or with a token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;

use super::http::Site;
use super::operator::{problem, stopped};
use crate::server::Wake;
use crate::store::Subscriber;
use crate::switch::person::{Claim, Doubt};

/// Whoever asks, once they have proved who they are; who has not is answered how to.
pub(super) struct Person(pub(super) Subscriber);

impl FromRequestParts<Arc<Site>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, site).await;
        let ConnectInfo(peer) = peer.map_err(IntoResponse::into_response)?;
        let target = parts.uri.path_and_query();
        let shown = parts.headers.get_all(AUTHORIZATION).iter();
        let claim = Claim {
            method: parts.method.to_string(),
            target: target.map_or("/", |target| target.as_str()).to_owned(),
            from: site.far_address(&parts.headers, peer).ip().to_canonical(),
            shown: shown
                .filter_map(|value| value.to_str().ok().map(str::to_owned))
                .collect(),
        };
        let (reply, answer) = oneshot::channel();
        if !site.gate.wake(Wake::Person { claim, reply }).await {
            return Err(stopped());
        }
        match answer.await {
            Ok(Ok(subscriber)) => Ok(Person(subscriber)),
            Ok(Err(doubt)) => Err(doubted(doubt)),
            Err(_) => Err(stopped()),
        }
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
pub(super) async fn tell(Person(person): Person) -> Response {
    Json(json!({
        "name": person.name,
        "number": person.number,
        "display": person.display,
    }))
    .into_response()
}
