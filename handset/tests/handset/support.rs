//! Handsets that run inside a test, asked and steered over their pages as anybody would.

use std::{future::Future, net::SocketAddr, time::Duration};

use handset::{Options, Ready};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

pub struct Running {
    pub ready: Ready,
    page: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// Options as the command line would give them.
pub fn options(arguments: &[&str]) -> Options {
    use clap::Parser;
    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        options: Options,
    }
    let all = ["handset"].iter().chain(arguments);
    Arguments::try_parse_from(all).unwrap().options
}

impl Running {
    pub async fn start(options: Options) -> Self {
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(handset::run_until(options, ready, async {
            let _ = stopped.await;
        }));
        let ready: Ready = within("the handset is ready", is_ready).await.unwrap();
        let page = ready
            .page
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .parse()
            .unwrap();
        Self {
            ready,
            page,
            stop: Some(stop),
            task,
        }
    }

    pub async fn status(&self) -> Value {
        serde_json::from_slice(&self.http("GET", "/api/status", "").await).unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        serde_json::from_slice(&self.http("POST", path, &body.to_string()).await).unwrap()
    }

    pub async fn get(&self, path: &str) -> Vec<u8> {
        self.http("GET", path, "").await
    }

    /// Looks at the status until it is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut looks = tokio::time::interval(Duration::from_millis(40));
        let mut last = Value::Null;
        let looking = async {
            loop {
                looks.tick().await;
                last = self.status().await;
                if wanted(&last) {
                    return;
                }
            }
        };
        let found = tokio::time::timeout(DEADLINE, looking).await;
        assert!(found.is_ok(), "not in time: {what}\n{last:#}");
        last
    }

    /// Stops the handset as SIGTERM would.
    pub async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        within("the handset leaves", &mut self.task)
            .await
            .unwrap()
            .unwrap();
    }

    /// Waits until the handset leaves by itself.
    pub async fn finished(mut self) -> anyhow::Result<()> {
        within("the handset leaves", &mut self.task).await.unwrap()
    }

    async fn http(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.page).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.page,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        within("the page answers", stream.read_to_end(&mut answer))
            .await
            .unwrap();
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap();
        answer.split_off(end + 4)
    }
}

/// Far beyond what anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("not in time: {what}"),
    }
}
