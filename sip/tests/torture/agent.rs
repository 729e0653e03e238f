//! RFC 3261 §8.2, §17, §18: what a user agent that has heard nothing before makes of a message.

use sip::agent::{Agent, AgentConfig, Event, Input, Output, Oversize};
use sip::limits::Limits;
use sip::message::Message;
use sip::parse::parse;
use sip::time::Instant;
use sip::transaction::Timers;
use sip::transport::{FlowId, Hop, Transport};

/// What is sent, by its status, and what the owner is told.
pub fn outcome(bytes: Vec<u8>) -> Vec<String> {
    let mut agent = Agent::new(AgentConfig {
        user_agent: String::new(),
        seed: [1; 32],
        limits: Limits::default(),
        timers: Timers::default(),
        session: None,
        oversize: Oversize::Datagram,
    });
    let hop = Hop {
        transport: Transport::Udp,
        flow: FlowId(1),
        remote: "192.0.2.1:5060".parse().expect("an address"),
    };
    agent.handle(Input::Message { hop, bytes }, Instant::now());
    let mut seen = Vec::new();
    while let Some(output) = agent.poll_output() {
        seen.push(match output {
            Output::Transmit { bytes, .. } => sent(&bytes),
            Output::Event(event) => told(&event),
        });
    }
    seen
}

fn sent(bytes: &[u8]) -> String {
    match parse(bytes, &Limits::default()) {
        Ok(Message::Response(response)) => match response.headers.get("Unsupported") {
            Some(unsupported) => format!("{} {unsupported}", response.status),
            None => response.status.to_string(),
        },
        Ok(Message::Request(request)) => format!("sends {}", request.method),
        Err(error) => format!("sends what can't be read: {error}"),
    }
}

fn told(event: &Event) -> String {
    match event {
        Event::Request { request, .. } => format!("asked {}", request.method),
        Event::Incoming { .. } => "called".to_owned(),
        Event::Malformed { .. } => "malformed".to_owned(),
        other => format!("{other:?}"),
    }
}
