//! One phone on a bench: its wire and its browser are played by the script, its time is simulated.

use sip::message::{Body, Header, Message, Request, Response, Status, Value};
use sip::parse::parse;
use sip::time::{Duration, Instant};
use sip::transport::FlowId;

use crate::phone::contacts::DirectoryAnswer;
use crate::phone::share::ShareId;
use crate::phone::state::{Command, Number, State};
use crate::phone::tabs::{TabsAct, TabsEvent};
use crate::phone::{
    CameraEvent, Effect, Input, PeerEvent, PeopleEffect, Phone, Setup, SocketEvent,
};

pub(in crate::phone) const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
pub(in crate::phone) const ANSWER: &str =
    "v=0\r\no=- 2 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
pub(super) const ANNA: &str = "+99000001";

pub(in crate::phone) struct Script {
    phone: Phone,
    now: Instant,
    trace: Vec<String>,
    /// What the phone answered last.
    answered: Option<Response>,
    /// What the browser was to do with the people it keeps.
    people: Vec<PeopleEffect>,
    /// All requests of the phone's, newest last.
    requests: Vec<Request>,
    /// The phone's own in the response it sent last.
    tag: String,
    flow: FlowId,
    questions: Questions,
    /// What was wanted of other tabs.
    tabs: Vec<TabsAct>,
    /// There are none: this one leads whenever it wants to.
    alone: bool,
    /// What the tab keeps for the page after this one.
    unfinished: Option<String>,
}

/// Whether the trace has the questions that the phone asks others by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Questions {
    Hidden,
    Shown,
}

impl Script {
    pub(in crate::phone) fn new() -> Self {
        Self::after(None)
    }

    /// In a tab that has kept a note of what went on before.
    pub(in crate::phone) fn after(unfinished: Option<String>) -> Self {
        let setup = Setup {
            seed: [7; 32],
            name: String::new(),
            unfinished,
            secure: false,
            embedded: false,
            unix_seconds: 1_700_000_000,
        };
        let phone = Phone::new(setup, |fresh| {
            assert!(fresh.starts_with("urn:uuid:"), "{fresh}");
            "urn:uuid:00000000-0000-4000-8000-000000000007".to_owned()
        });
        let mut script = Self {
            phone,
            now: Instant::now(),
            trace: Vec::new(),
            answered: None,
            people: Vec::new(),
            requests: Vec::new(),
            tag: String::new(),
            flow: FlowId(0),
            questions: Questions::Hidden,
            tabs: Vec::new(),
            alone: true,
            unfinished: None,
        };
        script.drain();
        script
    }

    /// Signed in as Ben, with Anna in the directory; the trace starts after that.
    pub(in crate::phone) fn signed_in() -> Self {
        let mut script = Self::new();
        script.sign_in();
        script.answer("REGISTER", 200, &registered_headers());
        script.directory();
        script.trace.clear();
        script
    }

    /// The same, with the questions that the phone asks others in its trace.
    pub(in crate::phone) fn asking() -> Self {
        let mut script = Self::signed_in();
        script.questions = Questions::Shown;
        script
    }

    /// As far as the gateway's answer to a REGISTER with credentials.
    pub(in crate::phone) fn sign_in(&mut self) {
        self.settings();
        self.command(Command::SignIn {
            name: "ben".to_owned(),
            password: "secret".to_owned(),
        });
        self.socket(SocketEvent::Opened);
        self.answer("REGISTER", 401, &[CHALLENGE]);
    }

    /// Anna chosen and the camera open.
    pub(in crate::phone) fn ready_to_show() -> Self {
        let mut script = Self::signed_in();
        script.command(Command::Select(number(ANNA)));
        script.command(Command::OpenSlot);
        script.input(Input::Camera(CameraEvent::Opened));
        script.trace.clear();
        script
    }

    /// Anna sees our camera; the trace starts after that.
    pub(in crate::phone) fn showing() -> Self {
        let mut script = Self::ready_to_show();
        script.command(Command::Show);
        script.peer(PeerEvent::Offer(OFFER.to_owned()));
        script.answer_with_sdp("INVITE", 200, ANSWER);
        script.peer(PeerEvent::Applied);
        script.trace.clear();
        script
    }

    /// The socket is back, and the gateway knows us again.
    pub(in crate::phone) fn sign_in_again(&mut self) {
        self.socket(SocketEvent::Opened);
        self.answer("REGISTER", 200, &registered_headers());
        self.directory();
    }

    pub(in crate::phone) fn settings(&mut self) {
        self.input(Input::Settings(Some(
            r#"{"domain":"home.example","websocket":"/ws","call_grace_seconds":40}"#.to_owned(),
        )));
    }

    pub(in crate::phone) fn directory(&mut self) {
        let text = r#"[{"name":"Ben","number":"+99000002","online":true},
                       {"name":"Anna","number":"+99000001","online":true}]"#;
        self.input(Input::Directory(DirectoryAnswer::Read(text.to_owned())));
    }

    pub(in crate::phone) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub(in crate::phone) fn peer(&mut self, event: PeerEvent) {
        self.peer_of(1, event);
    }

    /// The browser says something of the share of that number, counted from the first.
    pub(in crate::phone) fn peer_of(&mut self, share: u64, event: PeerEvent) {
        self.input(Input::Peer {
            share: ShareId(share),
            event,
        });
    }

    pub(in crate::phone) fn socket(&mut self, event: SocketEvent) {
        self.input(Input::Socket {
            flow: self.flow,
            event,
        });
    }

    pub(in crate::phone) fn input(&mut self, input: Input) {
        self.phone.handle(input, self.now);
        self.drain();
    }

    /// Lets time pass, stopping wherever the phone wants to be woken.
    pub(in crate::phone) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.phone.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.phone.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// Time passes, and the phone is woken only after all of it.
    pub(in crate::phone) fn sleep(&mut self, time: Duration) {
        self.now += time;
        if self.phone.poll_timeout().is_some_and(|at| at <= self.now) {
            self.phone.handle_timeout(self.now);
            self.drain();
        }
    }

    /// The gateway answers the newest request of that method.
    pub(in crate::phone) fn answer(
        &mut self,
        method: &str,
        code: u16,
        headers: &[(&'static str, &str)],
    ) {
        let response = self.response(method, code, headers);
        self.deliver(response);
    }

    pub(in crate::phone) fn answer_with_sdp(&mut self, method: &str, code: u16, sdp: &str) {
        let headers = [("Contact", "<sip:anna@gateway.example>")];
        self.answer_in_full(method, code, &headers, sdp);
    }

    pub(in crate::phone) fn answer_in_full(
        &mut self,
        method: &str,
        code: u16,
        headers: &[(&'static str, &str)],
        sdp: &str,
    ) {
        let mut response = self.response(method, code, headers);
        response.set_body(Body::sdp(sdp));
        self.deliver(response);
    }

    /// The gateway sends a request, as text.
    pub(in crate::phone) fn request(&mut self, text: &str) {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        self.trace.push(format!(
            "<- {}",
            text.lines()
                .next()
                .unwrap_or_default()
                .replace(" SIP/2.0", "")
        ));
        self.socket(SocketEvent::Message(bytes));
    }

    /// The newest request of that method that the phone sent.
    pub(in crate::phone) fn sent(&self, method: &str) -> &Request {
        let sent = self
            .requests
            .iter()
            .rev()
            .find(|request| request.method.as_str() == method);
        sent.unwrap_or_else(|| panic!("no {method} was sent: {:#?}", self.trace))
    }

    /// The newest response that the phone sent.
    #[track_caller]
    pub(in crate::phone) fn answered(&self) -> &Response {
        self.answered.as_ref().expect("nothing was answered")
    }

    /// What the browser was to do with the people it keeps, since the last look.
    pub(in crate::phone) fn take_people(&mut self) -> Vec<PeopleEffect> {
        std::mem::take(&mut self.people)
    }

    pub(in crate::phone) fn tag(&self) -> &str {
        &self.tag
    }

    pub(in crate::phone) fn state(&self) -> &State {
        self.phone.state()
    }

    /// What happened since the last look, one line each.
    #[track_caller]
    pub(in crate::phone) fn check(&mut self, expected: &str) {
        let expected: Vec<&str> = expected
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(self.trace, expected);
        self.trace.clear();
    }

    pub(in crate::phone) fn forget(&mut self) {
        self.trace.clear();
    }

    pub(in crate::phone) fn trace(&self) -> &[String] {
        &self.trace
    }

    fn response(&self, method: &str, code: u16, headers: &[(&'static str, &str)]) -> Response {
        let status = Status::new(code).unwrap();
        let mut response = Response::to(self.sent(method), status).with_to_tag("far");
        for (name, value) in headers {
            if *name == "Contact" {
                response.headers.contact = value.parse::<sip::message::NameAddr>().unwrap().into();
            } else if *name == "Expires" {
                response.headers.expires = value.parse().ok();
            } else {
                let value = Value::new(value.as_bytes()).unwrap();
                response
                    .headers
                    .other
                    .push(Header::new(name, value).unwrap());
            }
        }
        response
    }

    fn deliver(&mut self, response: Response) {
        let method = response.headers.cseq.method.as_str().to_owned();
        self.trace
            .push(format!("<- {} ({method})", response.status.code()));
        self.socket(SocketEvent::Message(Message::from(response).to_bytes()));
    }

    fn other_tabs(&mut self, act: TabsAct) {
        if let (true, TabsAct::Lead { name }) = (self.alone, &act) {
            let name = name.clone();
            let leads = Input::Tabs(TabsEvent::Leads { name });
            self.phone.handle(leads, self.now);
        }
        self.tabs.push(act);
    }

    /// From here on the test says what other tabs do.
    pub(in crate::phone) fn with_other_tabs(mut self) -> Self {
        self.alone = false;
        self
    }

    /// What was wanted of other tabs, since the last look.
    pub(in crate::phone) fn take_tabs(&mut self) -> Vec<TabsAct> {
        std::mem::take(&mut self.tabs)
    }

    /// What the tab has kept for the page after this one.
    pub(in crate::phone) fn unfinished(&self) -> Option<String> {
        self.unfinished.clone()
    }

    fn drain(&mut self) {
        while let Some(effect) = self.phone.poll_output() {
            if let Effect::Send { flow, .. } = &effect
                && *flow != self.flow
            {
                // The loop drops what is for a closed socket.
                continue;
            }
            if let Effect::People(effect) = effect {
                // What the browser keeps is no part of what happens between two people.
                self.people.push(effect);
                continue;
            }
            if let Effect::KeepUnfinished(note) = effect {
                self.unfinished = note;
                continue;
            }
            if let Effect::Tabs(act) = effect {
                self.other_tabs(act);
                continue;
            }
            let line = self.line(&effect);
            if self.questions == Questions::Shown || !line.starts_with("-> OPTIONS") {
                self.trace.push(line);
            }
        }
    }

    fn line(&mut self, effect: &Effect) -> String {
        match effect {
            Effect::Send { bytes, .. } if bytes.as_slice() == b"\r\n\r\n" => "-> ping".to_owned(),
            Effect::Send { flow: _, bytes } => {
                match parse(bytes, &sip::limits::Limits::default()).unwrap() {
                    Message::Request(request) => {
                        let line = format!("-> {} {}", request.method, request.uri);
                        self.requests.push(request);
                        line
                    }
                    Message::Response(response) => {
                        self.tag = response.headers.to.tag().unwrap_or_default().to_string();
                        let line = format!(
                            "-> {} ({})",
                            response.status.code(),
                            response.headers.cseq.method
                        );
                        self.answered = Some(response);
                        line
                    }
                }
            }
            Effect::OpenSocket { flow, path } => {
                self.flow = *flow;
                format!("socket {path}")
            }
            Effect::CloseSocket => {
                self.flow = FlowId(0);
                "socket closed".to_owned()
            }
            Effect::ReadSettings => "read settings".to_owned(),
            Effect::ReadDirectory { token } => format!("read directory with {token}"),
            Effect::Open(origin) => format!("open {origin:?}"),
            Effect::Switch(origin) => format!("switch to {origin:?}"),
            Effect::PlayFilm(on) => format!("play {on}"),
            Effect::Light(on) => format!("light {on}"),
            Effect::Zoom(to) => format!("zoom {to}"),
            Effect::Hear(on) => format!("microphone heard {on}"),
            Effect::KeepPicture { of, who } => format!("keep a picture {of:?} of {who:?}"),
            Effect::Record { of, who } => format!("record {of:?} of {who:?}"),
            Effect::StopRecording => "stop recording".to_owned(),
            Effect::Resend { .. } => "send the other picture".to_owned(),
            Effect::OpenCamera => "camera on".to_owned(),
            Effect::CloseCamera => "camera off".to_owned(),
            Effect::Offer { .. } => "make offer".to_owned(),
            Effect::Answer { .. } => "make answer".to_owned(),
            Effect::AnswerShowing { .. } => "make answer with the camera".to_owned(),
            Effect::AnswerAgain { .. } => "answer again".to_owned(),
            Effect::OfferAgain { .. } => "offer again".to_owned(),
            Effect::Restart { .. } => "offer a new way".to_owned(),
            Effect::Speak { .. } => "offer with sound".to_owned(),
            Effect::Silence { .. } => "no sound".to_owned(),
            Effect::Redirect { ways, .. } => format!("offer {ways:?}"),
            Effect::AnswerBoth { .. } => "answer both ways".to_owned(),
            Effect::SettleWays { ways, .. } => format!("keep to {ways:?}"),
            Effect::Apply { .. } => "take answer".to_owned(),
            Effect::ReadStats { .. } => "read figures".to_owned(),
            Effect::ClosePeer { .. } => "close pictures".to_owned(),
            Effect::People(_) | Effect::Tabs(_) | Effect::KeepUnfinished(_) => String::new(),
            Effect::Voice { act, .. } => super::voice::line(act),
            Effect::Trial { act, .. } => crate::phone::trial::tests::line(act),
            Effect::AskPackets { .. } => "ask for packets".to_owned(),
            Effect::Save(document) => format!("save {}", document.name),
            Effect::KeepName(name) => format!("keep name {name}"),
        }
    }
}

pub(super) fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

pub(super) fn registered_headers() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "P-Associated-URI",
            "\"Ben\" <sip:ben@home.example>, <tel:+99000002>",
        ),
        ("Sidecam-Token", "key"),
    ]
}

pub(super) const CHALLENGE: (&str, &str) = (
    "WWW-Authenticate",
    "Digest realm=\"home.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"",
);
