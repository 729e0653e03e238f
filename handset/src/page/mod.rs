//! The handset's page and its JSON interface: the phone's screen, live, and its keys.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        Request, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
};

use crate::{
    agent::{Command, CommandError, Company, OnInvite},
    png_file,
    screen::Shown,
    status::Status,
};

/// What the page asks of the loop.
pub enum Ask {
    Status(oneshot::Sender<Status>),
    Command(Command, oneshot::Sender<Result<(), CommandError>>),
    /// The user lets the camera open.
    Confirm(oneshot::Sender<Result<(), CommandError>>),
}

/// Questions that wait for the loop; more than a few open pages never ask at once.
pub const MAX_ASKS: usize = 64;

/// How often an open page is told the status.
const STATUS_INTERVAL: Duration = Duration::from_millis(250);

/// What the page's handlers share.
#[derive(Clone)]
pub struct Page {
    pub asks: mpsc::Sender<Ask>,
    /// The last picture that came.
    pub received: watch::Receiver<Option<Shown>>,
    /// The last picture that was shown to the other side.
    pub sent: watch::Receiver<Option<Shown>>,
    pub snapshots: Option<PathBuf>,
    /// Printed on the phone.
    pub label: String,
}

impl Page {
    /// Serves until the task is dropped; gives the address that was bound.
    pub async fn serve(
        self,
        address: SocketAddr,
    ) -> anyhow::Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        let routes = Router::new()
            .route("/", get(index))
            .route("/screen", get(screen))
            .route("/snapshot.png", get(snapshot))
            .route("/api/status", get(status))
            .route("/api/share", post(share))
            .route("/api/talk", post(talk))
            .route(
                "/api/answer",
                post(|State(page): State<Page>| press(page, Command::Answer)),
            )
            .route(
                "/api/decline",
                post(|State(page): State<Page>| press(page, Command::Decline)),
            )
            .route(
                "/api/end",
                post(|State(page): State<Page>| press(page, Command::End { reason: None })),
            )
            .route("/api/on-invite", post(on_invite))
            .route("/api/in-call", post(in_call))
            .route("/api/confirm", post(confirm))
            .route("/api/snapshot", post(save_snapshot))
            .layer(middleware::from_fn(own_origin))
            .with_state(self);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the page ended");
            }
        });
        Ok((bound, task))
    }
}

/// Another site's page must not press our keys: a browser names its origin, and it must be ours.
async fn own_origin(headers: HeaderMap, request: Request, next: Next) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let foreign = text(header::ORIGIN).is_some_and(|origin| {
        origin
            .split_once("://")
            .is_none_or(|(_, name)| name != host)
    });
    if foreign {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

async fn index(State(page): State<Page>) -> Html<String> {
    Html(include_str!("index.html").replace("{{label}}", &page.label))
}

async fn status(State(page): State<Page>) -> Result<Json<Status>, StatusCode> {
    page.ask_status()
        .await
        .map(Json)
        .ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

#[derive(Deserialize)]
struct ShareBody {
    to: String,
}

async fn share(State(page): State<Page>, Json(body): Json<ShareBody>) -> Response {
    press(page, Command::Share { to: body.to }).await
}

async fn talk(State(page): State<Page>, Json(body): Json<ShareBody>) -> Response {
    press(page, Command::Talk { to: body.to }).await
}

#[derive(Deserialize)]
struct OnInviteBody {
    mode: OnInvite,
}

async fn on_invite(State(page): State<Page>, Json(body): Json<OnInviteBody>) -> Response {
    press(page, Command::OnInvite(body.mode)).await
}

#[derive(Deserialize)]
struct InCallBody {
    /// A number, "anybody" or "nobody".
    with: String,
}

async fn in_call(State(page): State<Page>, Json(body): Json<InCallBody>) -> Response {
    let company = body.with.parse().unwrap_or(Company::Nobody);
    press(page, Command::InCall(company)).await
}

async fn confirm(State(page): State<Page>) -> Response {
    let (reply, answer) = oneshot::channel();
    ask(page, Ask::Confirm(reply), answer).await
}

async fn press(page: Page, command: Command) -> Response {
    let (reply, answer) = oneshot::channel();
    ask(page, Ask::Command(command, reply), answer).await
}

async fn ask(
    page: Page,
    question: Ask,
    answer: oneshot::Receiver<Result<(), CommandError>>,
) -> Response {
    if page.asks.send(question).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match answer.await {
        Ok(Ok(())) => Json(serde_json::json!({})).into_response(),
        Ok(Err(error)) => {
            let body = serde_json::json!({ "error": error.to_string() });
            (StatusCode::CONFLICT, Json(body)).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn snapshot(State(page): State<Page>) -> Response {
    match page.last_png() {
        Some(png) => (
            [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, "no-store"),
            ],
            png,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn save_snapshot(State(page): State<Page>) -> Response {
    let Some(folder) = page.snapshots.clone() else {
        let body = serde_json::json!({ "error": "started without --snapshots" });
        return (StatusCode::CONFLICT, Json(body)).into_response();
    };
    let (Some(png), Some(number)) = (page.last_png(), page.last_number()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let path = folder.join(format!("picture-{number:06}.png"));
    let written = async {
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::write(&path, png).await
    };
    match written.await {
        Ok(()) => Json(serde_json::json!({ "path": path })).into_response(),
        Err(error) => {
            let body = serde_json::json!({ "error": format!("{}: {error}", path.display()) });
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
    }
}

async fn screen(State(page): State<Page>, upgrade: WebSocketUpgrade) -> Response {
    // The page says nothing on its socket but pongs and a close.
    upgrade
        .max_message_size(1024)
        .on_upgrade(move |socket| page.show(socket))
}

impl Page {
    /// Sends pictures as PNG and the status as JSON until the page goes away. A slow page misses
    /// pictures; nothing is queued for it.
    async fn show(mut self, mut socket: WebSocket) {
        let mut interval = tokio::time::interval(STATUS_INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                changed = self.received.changed() => match changed {
                    Ok(()) => picture_message(&mut self.received),
                    Err(_) => return,
                },
                changed = self.sent.changed() => match changed {
                    Ok(()) => picture_message(&mut self.sent),
                    Err(_) => return,
                },
                _ = interval.tick() => match self.ask_status().await {
                    Some(status) => serde_json::to_string(&status).ok().map(|text| Message::Text(text.into())),
                    None => return,
                },
                incoming = socket.recv() => match incoming {
                    Some(Ok(_)) => None,
                    Some(Err(_)) | None => return,
                },
            };
            if let Some(message) = message
                && socket.send(message).await.is_err()
            {
                return;
            }
        }
    }

    async fn ask_status(&self) -> Option<Status> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Status(reply)).await.ok()?;
        answer.await.ok()
    }

    fn last_png(&self) -> Option<Vec<u8>> {
        let shown = self.received.borrow().clone()?;
        png_file::encode(&shown.picture).ok()
    }

    fn last_number(&self) -> Option<u64> {
        self.received.borrow().as_ref().map(|shown| shown.number)
    }
}

fn picture_message(pictures: &mut watch::Receiver<Option<Shown>>) -> Option<Message> {
    let shown = pictures.borrow_and_update().clone()?;
    let png = png_file::encode(&shown.picture).ok()?;
    Some(Message::Binary(Bytes::from(png)))
}
