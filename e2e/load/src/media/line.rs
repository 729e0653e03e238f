//! A WebSocket to a gateway and what is said on it: one browser's signalling.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One gateway's language, without the wire.
pub trait Talk: Send + 'static {
    /// The WebSocket's subprotocol.
    const PROTOCOL: &'static str;

    /// What makes the browser known.
    fn begin(&mut self) -> String;
    fn call(&mut self, offer: &str) -> String;
    fn hang_up(&mut self) -> String;
    /// What to send in response, and what it meant.
    fn hear(&mut self, text: &str) -> (Vec<String>, Option<Happened>);
}

#[derive(Debug, PartialEq, Eq)]
pub enum Happened {
    /// Calls can be made.
    Ready,
    /// With this description.
    Answered(String),
    Refused(String),
    Ended,
}

/// The handle of a line, which lives in a task of its own and goes on answering.
pub struct Line {
    orders: mpsc::Sender<Order>,
}

struct Order {
    wish: Wish,
    done: oneshot::Sender<Result<Happened>>,
}

enum Wish {
    Begin,
    Call(String),
    HangUp,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// As long as an INVITE without an answer is repeated (RFC 3261 §17.1.1.2).
const HAPPENS_WITHIN: Duration = Duration::from_secs(32);

impl Line {
    /// Connects and makes the browser known.
    pub async fn open<T: Talk>(url: &str, talk: T) -> Result<Line> {
        let mut request = url.into_client_request()?;
        let protocol = HeaderValue::from_static(T::PROTOCOL);
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol);
        let (socket, _) = connect_async(request)
            .await
            .context("the WebSocket did not open")?;
        let (orders, wishes) = mpsc::channel(1);
        tokio::spawn(live(socket, talk, wishes));
        let line = Line { orders };
        match line.order(Wish::Begin).await? {
            Happened::Ready => Ok(line),
            other => bail!("not registered: {other:?}"),
        }
    }

    /// Makes a call; the answer's description.
    pub async fn call(&self, offer: String) -> Result<String> {
        match self.order(Wish::Call(offer)).await? {
            Happened::Answered(answer) => Ok(answer),
            other => bail!("not answered: {other:?}"),
        }
    }

    pub async fn hang_up(&self) -> Result<()> {
        match self.order(Wish::HangUp).await? {
            Happened::Ended => Ok(()),
            other => bail!("not ended: {other:?}"),
        }
    }

    async fn order(&self, wish: Wish) -> Result<Happened> {
        let (done, answer) = oneshot::channel();
        let sent = self.orders.send(Order { wish, done }).await;
        sent.ok().context("the connection is gone")?;
        timeout(HAPPENS_WITHIN, answer)
            .await
            .context("nothing happened")??
    }
}

async fn live<T: Talk>(mut socket: Socket, mut talk: T, mut wishes: mpsc::Receiver<Order>) {
    let mut waiting: Option<oneshot::Sender<Result<Happened>>> = None;
    let broken = loop {
        tokio::select! {
            order = wishes.recv() => {
                let Some(Order { wish, done }) = order else { return };
                let text = match wish {
                    Wish::Begin => talk.begin(),
                    Wish::Call(offer) => talk.call(&offer),
                    Wish::HangUp => talk.hang_up(),
                };
                waiting = Some(done);
                if let Err(error) = socket.send(Message::text(text)).await {
                    break error.to_string();
                }
            }
            message = socket.next() => {
                let text = match message {
                    Some(Ok(Message::Text(text))) => text.to_string(),
                    Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => break error.to_string(),
                    None => break "closed".to_owned(),
                };
                let (responses, happened) = talk.hear(&text);
                for response in responses {
                    if let Err(error) = socket.send(Message::text(response)).await {
                        eprintln!("the WebSocket broke: {error}");
                        return;
                    }
                }
                match (happened, waiting.take()) {
                    (Some(happened), Some(done)) => drop(done.send(Ok(happened))),
                    (Some(Happened::Ended), None) => eprintln!("a call was ended by the other side"),
                    (Some(_), None) => {}
                    (None, still) => waiting = still,
                }
            }
        }
    };
    if let Some(done) = waiting {
        drop(done.send(Err(anyhow::anyhow!("the WebSocket broke: {broken}"))));
    }
}
