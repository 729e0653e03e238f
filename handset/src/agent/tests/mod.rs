//! Ladders in simulated time: what comes in, and what goes out.

use std::time::Duration;

use super::*;

mod in_call;
mod incoming;
mod outgoing;
mod quirks;
mod registration;

const PEER: &str = "192.0.2.1:5060";
const LOCAL: &str = "192.0.2.20:5062";

struct Script {
    agent: Agent,
    start: Instant,
    now: Instant,
    /// Everything sent so far, oldest first.
    sent: Vec<Message>,
}

impl Script {
    fn new(profile: &str, on_invite: OnInvite) -> Self {
        let agent = Agent::new(AgentConfig {
            profile: Arc::new(Profile::named(profile).unwrap()),
            local: LOCAL.parse().unwrap(),
            registrar: Some(PEER.parse().unwrap()),
            domain: "home.example".into(),
            credentials: Credentials {
                username: "old".into(),
                password: "secret".into(),
            },
            on_invite,
            on_options: None,
            both_ways: false,
            company: Company::Anybody,
            media_port: 40_000,
            seed: [7; 32],
        });
        let now = Instant::now();
        Self {
            agent,
            start: now,
            now,
            sent: Vec::new(),
        }
    }

    fn command(&mut self, command: Command) -> Vec<String> {
        self.agent
            .handle(Input::Command(command), self.now)
            .unwrap();
        self.trace()
    }

    fn receive(&mut self, message: &Message) -> Vec<String> {
        self.receive_bytes(&message.to_bytes())
    }

    fn receive_bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        let from = PEER.parse().unwrap();
        let input = Input::Datagram {
            from,
            bytes: bytes.to_vec(),
        };
        self.agent.handle(input, self.now).unwrap();
        self.trace()
    }

    /// Lets every timer fire until that many seconds have gone; notes when.
    fn wait(&mut self, seconds: u64) -> Vec<String> {
        let until = self.now + Duration::from_secs(seconds);
        let mut lines = Vec::new();
        while let Some(at) = self.agent.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.agent.handle_timeout(at);
            let seconds = at.duration_since(self.start).as_secs_f64();
            lines.extend(
                self.trace()
                    .into_iter()
                    .map(|line| format!("{seconds:.1} {line}")),
            );
        }
        self.now = until;
        lines
    }

    fn trace(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.agent.poll_output() {
            lines.push(match output {
                Output::Send { bytes, .. } => {
                    let message = Message::read(&bytes).unwrap();
                    self.sent.push(message.clone());
                    match message.start {
                        Start::Request { method, uri } => format!("{method} {uri}"),
                        Start::Response { status, reason } => format!("{status} {reason}"),
                    }
                }
                Output::Event(event) => match event {
                    Event::MediaOpen {
                        direction,
                        agreement,
                    } => {
                        let encoding = agreement.encoding.name();
                        format!("*media {direction:?} {encoding} {}", agreement.remote)
                    }
                    Event::Ended(End { by, status, reason }) => {
                        let reason = reason.unwrap_or_default();
                        format!("*ended by {by:?} {} {reason}", status.unwrap_or(0))
                            .trim_end()
                            .to_owned()
                    }
                    other => format!("*{other:?}"),
                },
            });
        }
        lines
    }

    /// The last request of ours with that method.
    fn last(&self, method: &str) -> Message {
        let is_it = |message: &&Message| matches!(&message.start, Start::Request { method: found, .. } if found == method);
        self.sent.iter().rfind(is_it).unwrap().clone()
    }

    fn last_response(&self) -> Message {
        self.sent
            .iter()
            .rfind(|message| message.status().is_some())
            .unwrap()
            .clone()
    }

    /// The peer's answer to our last request of that method.
    fn answered(&mut self, method: &str, response: impl Fn(Message) -> Message) -> Vec<String> {
        let request = self.last(method);
        let response = response(request);
        self.receive(&response)
    }
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";

fn ok_to_invite(invite: Message) -> Message {
    let body =
        format!("{SDP}m=video 6000 RTP/AVP 96\r\na=recvonly\r\na=rtpmap:96 H263-2000/90000\r\n");
    invite
        .response(200, "OK")
        .with_to_tag("peer")
        .with("Contact", "<sip:gate@192.0.2.1:5060>")
        .with_body("application/sdp", body)
}

/// A request of the peer; `branch` tells transactions apart.
fn request(method: &str, branch: &str, to: &str, number: u32) -> Message {
    let mut message = Message::request(
        method,
        "sip:old@192.0.2.20:5062",
        "<tel:+44770>;tag=theirs",
        to,
        "call-1",
        number,
    )
    .with("Max-Forwards", "70");
    message.via = vec![format!(
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch};rport"
    )];
    message
}

fn invite(media: &str) -> Message {
    request("INVITE", "invite", "<tel:+358>", 1)
        .with("Contact", "<sip:gate@192.0.2.1:5060>")
        .with_body("application/sdp", format!("{SDP}{media}"))
}

fn good_invite() -> Message {
    invite("m=video 6000 RTP/AVP 34\r\nb=AS:85\r\na=sendonly\r\n")
}

fn challenge(register: Message) -> Message {
    register
        .response(401, "Unauthorized")
        .with(
            "WWW-Authenticate",
            "Digest realm=\"home\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"",
        )
        .with(
            "WWW-Authenticate",
            "Digest realm=\"home\", nonce=\"n2\", algorithm=MD5, qop=\"auth\"",
        )
}
