//! The page, the WebSocket's door, and what a machine asks about the gateway.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State, WebSocketUpgrade};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};
use axum::{Extension, Json, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tower_http::services::{ServeDir, ServeFile};

use super::framing::{self, Framing};
use super::tls::Tls;
use super::trials::Trials;
use super::websocket::{self, Door};
use super::{Gate, Seats, canonical, tune};
use crate::config::{CallContext, Secret};
use crate::lifecycle::Lifecycle;
use crate::server::Wake;

/// A request's head must have arrived by then, also on a connection that is kept alive.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// What is kept of a request while its head is read; the largest head there may be.
const HEAD_BYTES: usize = 16 * 1024;

/// What the pages need of the gateway.
#[derive(Debug, Clone)]
pub struct Site {
    pub gate: Gate,
    pub door: Door,
    pub lifecycle: Lifecycle,
    pub domain: String,
    /// How long a call waits for a page whose connection is gone.
    pub call_grace: Duration,
    /// How the country dials whose numbers are meant by what is typed.
    pub home: sip::number::Home,
    /// What the network shows to tell of voice calls; without it nobody does.
    pub events_token: Option<Secret>,
    /// What an operator's server shows to have people signed in; without it none does.
    pub backend: Option<Secret>,
    /// Whose pages may have the client inside.
    pub framing: Arc<Framing>,
    pub calls: CallContext,
    /// For pages that test their connection.
    pub trials: Trials,
    pub client_dir: PathBuf,
    /// Whether a proxy in front tells the far address in X-Forwarded-For.
    pub behind_proxy: bool,
}

/// One of the connections there may be at a time, as long as it lasts: a WebSocket keeps the place of
/// the request that opened it.
pub type Place = Arc<OwnedSemaphorePermit>;

/// An open port for pages.
pub struct Listener {
    pub listener: TcpListener,
    /// Over TLS, where there is any.
    pub tls: Option<Tls>,
    /// Connections from one address. A proxy in front is one address for all; it has no limit here.
    pub seats: Option<Seats>,
    /// Of all listeners together; more wait in the kernel's queue.
    pub places: Arc<Semaphore>,
}

impl Listener {
    /// Serves until the task is dropped.
    pub async fn serve(self, site: Site) {
        let gate = site.gate.clone();
        let app = router(site);
        loop {
            let Ok(permit) = Arc::clone(&self.places).acquire_owned().await else {
                return;
            };
            let (stream, from) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accepting HTTP");
                    // Out of descriptors, as a rule: trying at once would spin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let from = canonical(from);
            let seat = match &self.seats {
                None => None,
                Some(seats) => match seats.take(from) {
                    Some(seat) => Some(seat),
                    None => {
                        gate.counters.connections_refused.count();
                        continue;
                    }
                },
            };
            let place: Place = Arc::new(permit);
            let app = app
                .clone()
                .layer(Extension(ConnectInfo(from)))
                .layer(Extension(Arc::clone(&place)));
            let (tls, gate) = (self.tls.clone(), gate.clone());
            tokio::spawn(async move {
                take(stream, tls, &gate, app).await;
                drop((seat, place));
            });
        }
    }
}

async fn take(stream: TcpStream, tls: Option<Tls>, gate: &Gate, app: Router) {
    tune(&stream);
    match tls {
        None => converse(stream, app).await,
        Some(tls) => {
            if let Some(stream) = tls.accept_https(stream, &gate.counters).await {
                converse(stream, app).await;
            }
        }
    }
}

async fn converse<S>(stream: S, app: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "HTTP connection ended");
    }
}

fn router(site: Site) -> Router {
    let index = site.client_dir.join("index.html");
    let files = ServeDir::new(&site.client_dir)
        .precompressed_br()
        .precompressed_gzip();
    let page = ServeFile::new(index);
    Router::new()
        .route("/ws", any(open_websocket))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/api/v1/settings", get(settings))
        .route("/api/v1/directory", get(directory))
        .route("/api/v1/person", get(super::person::tell))
        .route(
            "/api/v1/calls/{call_id}/packets",
            get(super::diagnosis::packets),
        )
        .route("/api/v1/calls/events", post(super::call_events::take))
        .route(
            "/api/v1/tokens",
            post(super::tokens::give).delete(super::tokens::take_all_back),
        )
        .route("/api/v1/tokens/{id}", delete(super::tokens::take_one_back))
        .route("/api/v1/selftest", post(super::selftest::start))
        .route(
            "/api/v1/selftest/{id}",
            get(super::selftest::tell).delete(super::selftest::end),
        )
        .route("/api/v1/counters", get(counters))
        .fallback_service(
            files.fallback(
                Router::new()
                    .fallback_service(page)
                    .layer(from_fn(only_pages_fall_back)),
            ),
        )
        .layer(from_fn_with_state(Arc::clone(&site.framing), add_headers))
        .with_state(Arc::new(site))
}

/// An address inside the application shows the application; a file that is not there is not there.
async fn only_pages_fall_back(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !last.contains('.')
        && !path.starts_with("/api/");
    if !is_page {
        return StatusCode::NOT_FOUND.into_response();
    }
    let shown = next.run(request).await;
    if shown.status() == StatusCode::NOT_FOUND {
        return (
            StatusCode::NOT_FOUND,
            "The client is not there: build it, and name its folder as http.client_dir.\n",
        )
            .into_response();
    }
    shown
}

async fn add_headers(
    State(framing): State<Arc<Framing>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let (cache, policy) = (cache_rule(path), framing.policy(path));
    let for_others = path == framing::SCRIPT;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if for_others {
        // A page that is isolated from all others takes in no script without this word.
        headers.insert(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        );
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
        ),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// Files whose name carries a hash of their content never change; everything else is asked for again.
fn cache_rule(path: &str) -> &'static str {
    if path.starts_with("/api/") {
        return "no-store";
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit('-').next().unwrap_or_default();
    let hashed = stem.len() > hash.len()
        && hash.len() == 16
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

async fn open_websocket(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) if site.lifecycle.is_ready() => websocket::enter(
            &site.door,
            upgrade,
            &headers,
            site.far_address(&headers, peer),
            place,
        ),
        Ok(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The gateway is being stopped.\n",
        )
            .into_response(),
        Err(rejection) => rejection.into_response(),
    }
}

async fn ready(State(site): State<Arc<Site>>) -> Response {
    if site.lifecycle.is_ready() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
    }
}

/// What a page must know before anyone signed in.
async fn settings(State(site): State<Arc<Site>>) -> Response {
    let home = site.home.country_code().map(|country_code| {
        json!({
            "country_code": country_code,
            "trunk_prefix": site.home.trunk_prefix(),
            "international_prefix": site.home.international_prefix(),
        })
    });
    let settings = json!({
        "domain": site.domain,
        "websocket": "/ws",
        "call_grace_seconds": site.call_grace.as_secs(),
        "home": home,
        "call_context": site.calls.context.name(),
        "share_without_call": site.calls.share_without_call.name(),
        "call_events": site.events_token.is_some(),
        "embedding_origins": site.framing.origins(),
    });
    Json(settings).into_response()
}

/// Everybody who can be called, for those who are registered.
async fn directory(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let unknown = || {
        let challenge = [(WWW_AUTHENTICATE, "Bearer")];
        (
            StatusCode::UNAUTHORIZED,
            challenge,
            "Register first; the answer carries the token.\n",
        )
            .into_response()
    };
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let Some(token) = token else { return unknown() };
    let (reply, answer) = oneshot::channel();
    if !site
        .gate
        .wake(Wake::Directory {
            token: token.to_owned(),
            reply,
        })
        .await
    {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match answer.await {
        Ok(Some(entries)) => Json(entries).into_response(),
        Ok(None) => unknown(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// For programs on this machine: the counts say who floods and who guesses.
async fn counters(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if site
        .far_address(&headers, peer)
        .ip()
        .to_canonical()
        .is_loopback()
    {
        Json(site.gate.counters.snapshot()).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

impl Site {
    /// Who is really asking: behind a proxy, what the proxy wrote last.
    pub(super) fn far_address(&self, headers: &HeaderMap, peer: SocketAddr) -> SocketAddr {
        if !self.behind_proxy {
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        let nearest = forwarded
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next());
        match nearest.and_then(|address| address.trim().parse().ok()) {
            Some(address) => SocketAddr::new(address, peer.port()),
            None => peer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_their_content_are_kept_for_a_year() {
        let forever = "public, max-age=31536000, immutable";
        let cases = [
            ("/", "no-cache"),
            ("/index.html", "no-cache"),
            ("/sidecam-client-3f1d2a6b9c0e4d58.js", forever),
            ("/sidecam-client-3f1d2a6b9c0e4d58_bg.wasm", forever),
            ("/style-3f1d2a6b9c0e4d58.css", forever),
            ("/3f1d2a6b9c0e4d58.css", "no-cache"),
            ("/style-3f1d2a6b9c0e4d5z.css", "no-cache"),
            ("/icon.svg", "no-cache"),
            ("/api/v1/directory", "no-store"),
        ];
        for (path, expected) in cases {
            assert_eq!(cache_rule(path), expected, "{path}");
        }
    }
}
