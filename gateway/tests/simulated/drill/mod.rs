//! Any sequence of operations on a whole switch, read from bytes: the fuzz target `switch` and the
//! replay of its corpus. Whatever happens, nothing panics, no request gets two final answers, and
//! when everybody has left all calls are over and all media is closed.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use sidecam_gateway::bridge::web_leg::WebCodec;
use sidecam_gateway::bridge::{
    BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, LostCause, Side, Step,
};
use sidecam_gateway::store::{Order, Stored, Ticket};
use sidecam_gateway::switch::destinations::{Destination, Ticket as LookupTicket};
use sidecam_gateway::switch::{Input, Output, Switch};
use sip::digest::{Credentials, DigestClient};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Message, Method, Request, Response};
use sip::parse::parse;
use sip::time::Instant;
use sip::transport::{FlowId, Hop, Transport};

use super::script::{self, Dialog, one_of};
use super::stage::{self, CORE, DEVICES};

/// Operations a drill may have: more only makes it slow.
const OPERATIONS: usize = 200;
/// What one operation may bring about at most; beyond it something talks to itself.
const OUTPUTS_AT_ONCE: usize = 2_000;
/// Things that wait for a drill's answer; the oldest is left unanswered.
const WAITING: usize = 16;

/// Carries out what the bytes say and checks what must hold.
pub fn run(bytes: &[u8]) {
    let mut drill = Drill::new(bytes);
    for _ in 0..OPERATIONS {
        if drill.bytes.is_empty() {
            break;
        }
        drill.operate();
    }
    drill.end();
}

struct Drill<'a> {
    bytes: &'a [u8],
    switch: Switch,
    now: Instant,
    /// The devices' present hops.
    hops: Vec<Hop>,
    flows: u64,
    numbers: usize,
    /// INVITEs that devices sent, to be cancelled: device, Request-URI, number.
    invited: VecDeque<(usize, String, usize)>,
    /// Requests of the switch's that wait for an answer.
    asked: VecDeque<(Hop, Request)>,
    dialogs: VecDeque<Dialog>,
    /// Commands that want a reply.
    commands: VecDeque<(BridgeId, BridgeCommand)>,
    open: BTreeSet<BridgeId>,
    tickets: VecDeque<(Ticket, String)>,
    lookups: VecDeque<LookupTicket>,
    /// Connections that the switch wants.
    connects: VecDeque<Hop>,
    /// The final answer to each request, by its way and branch.
    answers: HashMap<(Hop, String, String), Vec<u8>>,
    /// What each device knows of proving who it is, and its refused REGISTER.
    proofs: Vec<(DigestClient, Option<Request>)>,
    ids: IdSource,
}

/// The devices of subscribers, and the core.
fn peer(place: u8) -> (usize, &'static stage::Device) {
    let place = usize::from(place) % (DEVICES.len() + 1);
    (place, DEVICES.get(place).unwrap_or(&CORE))
}

impl<'a> Drill<'a> {
    fn new(bytes: &'a [u8]) -> Drill<'a> {
        let now = Instant::now();
        Drill {
            bytes,
            switch: stage::switch(now),
            now,
            hops: DEVICES
                .iter()
                .chain([&CORE])
                .map(stage::Device::hop)
                .collect(),
            flows: 10,
            numbers: 0,
            invited: VecDeque::new(),
            asked: VecDeque::new(),
            dialogs: VecDeque::new(),
            commands: VecDeque::new(),
            open: BTreeSet::new(),
            tickets: VecDeque::new(),
            lookups: VecDeque::new(),
            connects: VecDeque::new(),
            answers: HashMap::new(),
            proofs: DEVICES
                .iter()
                .map(|_| (DigestClient::new(), None))
                .collect(),
            ids: IdSource::new([9; 32]),
        }
    }

    /// The next byte; 0 when there is none.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    fn operate(&mut self) {
        match self.byte() % 18 {
            0 | 1 => self.invite(),
            2..=4 => self.answer(),
            5 | 6 => self.speak_inside(),
            7 => self.cancel(),
            8 => self.wait(),
            9 => self.reply_of_media(),
            10 => self.event_of_media(),
            11 => self.change_connection(),
            12 => self.answer_of_others(),
            13 => self.say_anything(),
            14 => self.register(),
            15 => self.replace(),
            16 => self.refer(),
            _ => self.agree(),
        }
    }

    fn invite(&mut self) {
        let (device, to, bits) = (self.byte(), self.byte(), self.byte());
        let (place, device) = peer(device);
        let to = one_of(
            &[
                "sip:+447700900001@example.org",
                "sip:otto@example.org",
                "tel:+447700900003",
                "sip:nobody@example.org",
                "sip:+447700900001@elsewhere.example",
                "sip:friend@192.0.2.77:5070;transport=tcp",
            ],
            to,
        )
        .to_owned();
        self.numbers += 1;
        let method = match bits & 0xf0 {
            0x00 => "MESSAGE",
            0x10 => "SUBSCRIBE",
            0x20 => "OPTIONS",
            _ => "INVITE",
        };
        let sdp = script::description(&self.hops[place], self.bytes.first().copied().unwrap_or(9));
        let forwards = if bits == 0x70 { 0 } else { 70 };
        let message = script::request(
            device,
            &self.hops[place],
            method,
            &to,
            self.numbers,
            &format!("Max-Forwards: {forwards}\r\n{}", script::extras(bits)),
            &sdp,
        );
        keep(&mut self.invited, (place, to, self.numbers));
        self.send(self.hops[place], message);
    }

    fn cancel(&mut self) {
        let place = usize::from(self.byte());
        let Some((place, to, number)) = pick(&self.invited, place).cloned() else {
            return;
        };
        let (_, device) = peer(u8::try_from(place).expect("few"));
        let message = script::cancel(device, &self.hops[place], &to, number);
        self.send(self.hops[place], message);
    }

    /// Answers a request of the switch's, any way there is.
    fn answer(&mut self) {
        let (place, status, bits) = (self.byte(), self.byte(), self.byte());
        let Some((hop, request)) = pick(&self.asked, usize::from(place)).cloned() else {
            return;
        };
        let statuses = [
            &200, &180, &183, &200, &486, &302, &401, &404, &408, &422, &481, &488, &491, &500,
            &503, &603, &199, &202,
        ];
        let status: u16 = *one_of(&statuses, status);
        let reliable = match bits & 0x20 {
            0 => script::extras(bits),
            _ => format!("Require: 100rel\r\nRSeq: {}\r\n", bits & 3),
        };
        let sdp = script::description(&hop, self.byte());
        let answer = script::answer(&request, &hop, status, bits & 3, &reliable, &sdp);
        if request.method == Method::Invite
            && status < 300
            && let Some(dialog) = script::as_callee(hop, &request, &answer)
        {
            keep(&mut self.dialogs, dialog);
        }
        self.send(hop, answer);
    }

    fn speak_inside(&mut self) {
        let (place, method, bits) = (self.byte(), self.byte(), self.byte());
        let methods = [
            "BYE", "ACK", "INVITE", "UPDATE", "INFO", "PRACK", "PRACK", "OPTIONS", "MESSAGE",
            "NOTIFY", "CANCEL",
        ];
        let method = one_of(&methods, method);
        self.numbers += 1;
        let number = self.numbers;
        let count = self.dialogs.len().max(1);
        let Some(dialog) = self.dialogs.get_mut(usize::from(place) % count) else {
            return;
        };
        let hop = dialog.hop;
        let sdp = match method {
            "INVITE" | "UPDATE" | "ACK" | "PRACK" => script::description(&hop, bits),
            _ => String::new(),
        };
        let message = script::inside(dialog, method, number, &script::extras(bits >> 5), &sdp);
        self.send(hop, message);
    }

    /// A device registers where it is now: with a proof once it was asked for one.
    fn register(&mut self) {
        let (place, expires) = (self.byte(), self.byte());
        let place = usize::from(place) % DEVICES.len();
        let device = &DEVICES[place];
        self.numbers += 1;
        let expires = if expires == 0 { 0 } else { 600 };
        let bytes = script::register(device, &self.hops[place], self.numbers, expires);
        let Ok(Message::Request(mut request)) = parse(&bytes, &Limits::default()) else {
            panic!("what the script says is SIP");
        };
        let (client, asked) = &mut self.proofs[place];
        client.authorize(&mut request, &Credentials::new(device.user, "secret"));
        *asked = Some(request.clone());
        self.send(self.hops[place], request.to_bytes());
    }

    /// An INVITE in the place of a call there is (RFC 3891).
    fn replace(&mut self) {
        let (place, which, bits) = (self.byte(), self.byte(), self.byte());
        let (place, device) = peer(place);
        let Some(replaces) = pick(&self.dialogs, usize::from(which)).and_then(script::replaces)
        else {
            return;
        };
        self.numbers += 1;
        let early = if bits & 0x10 == 0 { "" } else { ";early-only" };
        let headers = format!(
            "Max-Forwards: 70\r\nReplaces: {replaces}{early}\r\n{}",
            script::extras(bits)
        );
        let to = format!("sip:{}@{}", "+447700900001", stage::DOMAIN);
        let hop = self.hops[place];
        let sdp = script::description(&hop, bits >> 3);
        let number = self.numbers;
        let message = script::request(device, &hop, "INVITE", &to, number, &headers, &sdp);
        keep(&mut self.invited, (place, to, number));
        self.send(hop, message);
    }

    fn refer(&mut self) {
        let (place, other, bits) = (self.byte(), self.byte(), self.byte());
        let replaced = pick(&self.dialogs, usize::from(other)).cloned();
        let whereto = script::elsewhere(bits, replaced.as_ref());
        let silent = if bits & 0x10 == 0 {
            ""
        } else {
            "Refer-Sub: false\r\n"
        };
        let headers =
            format!("Refer-To: {whereto}\r\n{silent}Referred-By: <sip:eve@ims.example>\r\n");
        self.numbers += 1;
        let number = self.numbers;
        let count = self.dialogs.len().max(1);
        let Some(dialog) = self.dialogs.get_mut(usize::from(place) % count) else {
            return;
        };
        let hop = dialog.hop;
        let message = script::inside(dialog, "REFER", number, &headers, "");
        self.send(hop, message);
    }

    /// All goes well for a while: media replies, and the newest request is answered by 200.
    fn agree(&mut self) {
        while let Some((bridge, command)) = self.commands.pop_front() {
            if let Some(reply) = reply(&command, false) {
                let event = BridgeEvent::Reply(reply);
                self.tell(Input::Bridge { bridge, event });
            }
        }
        let Some((hop, request)) = self.asked.back().cloned() else {
            return;
        };
        let sdp = match request.method {
            Method::Invite | Method::Update => script::description(&hop, 3 | self.byte() & 0x18),
            _ => String::new(),
        };
        let timer = "Session-Expires: 90;refresher=uas\r\nRequire: timer\r\n";
        let answer = script::answer(&request, &hop, 200, 0, timer, &sdp);
        if request.method == Method::Invite
            && let Some(dialog) = script::as_callee(hop, &request, &answer)
        {
            keep(&mut self.dialogs, dialog);
        }
        self.send(hop, answer);
    }

    fn wait(&mut self) {
        let milliseconds = [&10, &500, &4_000, &33_000, &70_000, &400_000];
        let wait: u64 = *one_of(&milliseconds, self.byte());
        self.advance(Duration::from_millis(wait));
    }

    fn reply_of_media(&mut self) {
        let fails = self.byte() == 0;
        let Some((bridge, command)) = self.commands.pop_front() else {
            return;
        };
        let Some(reply) = reply(&command, fails) else {
            return;
        };
        self.tell(Input::Bridge {
            bridge,
            event: BridgeEvent::Reply(reply),
        });
    }

    fn event_of_media(&mut self) {
        let (place, what) = (self.byte(), self.byte());
        let Some(bridge) = self
            .open
            .iter()
            .nth(usize::from(place) % self.open.len().max(1))
        else {
            return;
        };
        let bridge = *bridge;
        let side = if what & 1 == 0 {
            Side::Caller
        } else {
            Side::Callee
        };
        let event = match what >> 1 & 3 {
            0 => BridgeEvent::FastUpdateWanted { side },
            1 => BridgeEvent::Connected { side },
            2 => BridgeEvent::Lost {
                side,
                cause: LostCause::Silent,
            },
            _ => BridgeEvent::Lost {
                side,
                cause: LostCause::Closed,
            },
        };
        self.tell(Input::Bridge { bridge, event });
    }

    /// A page's connection goes, or it comes back by another.
    fn change_connection(&mut self) {
        let (place, comes) = (self.byte(), self.byte());
        let pages: Vec<usize> = (0..DEVICES.len())
            .filter(|place| DEVICES[*place].transport.is_reliable())
            .collect();
        let page = pages[usize::from(place) % pages.len()];
        self.tell(Input::FlowClosed(self.hops[page].flow));
        if comes & 1 == 1 {
            self.flows += 1;
            self.hops[page].flow = FlowId(self.flows);
            self.tell(Input::FlowOpened(self.hops[page]));
        }
    }

    /// The store, the resolver or a server that was connected to answers.
    fn answer_of_others(&mut self) {
        let knows = self.byte() & 1 == 1;
        if let Some((ticket, name)) = self.tickets.pop_front() {
            let subscriber = self.switch.home().subscribers.by_name(&name).cloned();
            self.tell(Input::Stored(Stored::Found {
                ticket,
                subscriber: subscriber.filter(|_| knows),
            }));
        }
        if let Some(hop) = self.connects.pop_front() {
            self.tell(match knows {
                true => Input::FlowOpened(hop),
                false => Input::FlowFailed(hop.flow),
            });
        }
        if let Some(ticket) = self.lookups.pop_front() {
            let destinations = match knows {
                true => vec![Destination {
                    transport: Transport::Udp,
                    remote: CORE.hop().remote,
                }],
                false => Vec::new(),
            };
            self.tell(Input::Resolved {
                ticket,
                destinations,
            });
        }
    }

    /// A message of the drill's own bytes.
    fn say_anything(&mut self) {
        let (place, length) = (self.byte(), self.byte());
        let hop = self.hops[peer(place).0];
        let (bytes, rest) = self
            .bytes
            .split_at(usize::from(length).min(self.bytes.len()));
        self.bytes = rest;
        self.send(hop, bytes.to_vec());
    }

    fn send(&mut self, hop: Hop, bytes: Vec<u8>) {
        self.tell(Input::Message { hop, bytes });
    }

    fn tell(&mut self, input: Input) {
        self.switch.handle(input, self.now);
        self.listen();
    }

    /// Lets time pass, from deadline to deadline.
    fn advance(&mut self, by: Duration) {
        let until = self.now + by;
        for _ in 0..10_000 {
            match self.switch.poll_timeout() {
                Some(at) if at <= until => {
                    self.now = at.max(self.now);
                    self.switch.handle_timeout(self.now);
                    self.listen();
                }
                Some(_) | None => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("time does not pass: something is due again and again");
    }

    fn listen(&mut self) {
        for _ in 0..OUTPUTS_AT_ONCE {
            match self.switch.poll_output() {
                None => return,
                Some(Output::Transmit { hop, bytes }) => self.hear(hop, bytes),
                Some(Output::Bridge { bridge, command }) => self.command(bridge, command),
                Some(Output::Store(Order::Find { ticket, name })) => {
                    keep(&mut self.tickets, (ticket, name));
                }
                Some(Output::Store(_)) => {}
                Some(Output::Connect(connect)) => keep(&mut self.connects, connect.hop),
                Some(Output::Resolve { ticket, .. }) => keep(&mut self.lookups, ticket),
            }
        }
        panic!("one thing that happened brings about more than {OUTPUTS_AT_ONCE} others");
    }

    fn hear(&mut self, hop: Hop, bytes: Vec<u8>) {
        assert!(
            script::never_heard(&bytes),
            "injected:\n{}",
            String::from_utf8_lossy(&bytes)
        );
        match parse(&bytes, &Limits::default()).expect("what we write can be read") {
            Message::Request(request) => keep(&mut self.asked, (hop, request)),
            Message::Response(response) => self.hear_answer(hop, bytes, &response),
        }
    }

    fn hear_answer(&mut self, hop: Hop, bytes: Vec<u8>, response: &Response) {
        if let Some(dialog) = script::as_caller(hop, response) {
            keep(&mut self.dialogs, dialog);
        }
        self.learn(hop, response);
        let branch = response.headers.via.first().and_then(|via| via.branch());
        // A drill may send a CANCEL again when its transaction is long over: that is another request.
        let method = &response.headers.cseq.method;
        let counts = response.status.is_final() && *method != Method::Cancel;
        if let (true, Some(branch)) = (counts, branch) {
            let method = method.to_string();
            let key = (hop, branch.to_owned(), method);
            let known = self.answers.entry(key).or_insert_with(|| bytes.clone());
            assert_eq!(
                String::from_utf8_lossy(known),
                String::from_utf8_lossy(&bytes),
                "a request got two answers"
            );
        }
    }

    /// Takes the challenge of a REGISTER.
    fn learn(&mut self, hop: Hop, response: &Response) {
        let asks =
            response.status.code() == 401 && response.headers.cseq.method == Method::Register;
        let place = self.hops.iter().position(|known| *known == hop);
        if let (true, Some((client, Some(request)))) =
            (asks, place.and_then(|place| self.proofs.get_mut(place)))
        {
            // Refused where the proof was wrong: the next one goes without.
            let _ = client.challenged(request, response, &mut self.ids);
        }
    }

    fn command(&mut self, bridge: BridgeId, command: BridgeCommand) {
        match command {
            BridgeCommand::Close => {
                self.open.remove(&bridge);
            }
            BridgeCommand::OpenPlain { .. } | BridgeCommand::Apply(_) => {
                self.open.insert(bridge);
                if reply(&command, false).is_some() {
                    keep(&mut self.commands, (bridge, command));
                }
            }
        }
    }

    /// Everybody leaves: all must be over after a while.
    fn end(&mut self) {
        self.tell(Input::Drain);
        self.advance(Duration::from_secs(200));
        assert_eq!(self.switch.calls(), 0, "a call never ends");
        assert!(self.open.is_empty(), "media stays open: {:?}", self.open);
        assert!(self.switch.is_drained(self.now), "the end never comes");
    }
}

/// What the media says to a command, if it says anything.
pub fn reply(command: &BridgeCommand, fails: bool) -> Option<BridgeReply> {
    let answered = |side: Side, reply: BridgeReply| match fails {
        true => BridgeReply::Failed {
            side,
            error: BridgeError::NoPort,
        },
        false => reply,
    };
    match command {
        BridgeCommand::OpenPlain { side } => {
            let (side, port) = (*side, 30_000);
            Some(answered(side, BridgeReply::PlainOpened { side, port }))
        }
        BridgeCommand::Apply(
            Step::WebAnswer { side, .. }
            | Step::WebOffer { side, .. }
            | Step::WebOfferNext { side, .. }
            | Step::WebReoffer { side, .. }
            | Step::WebReanswer { side, .. },
        ) => {
            let side = *side;
            let sdp = "v=0\r\no=- 5 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n\
                       c=IN IP4 192.0.2.1\r\na=rtpmap:96 VP8/90000\r\n"
                .to_owned();
            Some(answered(side, BridgeReply::Description { side, sdp }))
        }
        BridgeCommand::Apply(Step::WebAccept { side, .. } | Step::WebAcceptNext { side, .. }) => {
            let (side, codec) = (*side, WebCodec::Vp8);
            Some(answered(side, BridgeReply::WebAccepted { side, codec }))
        }
        BridgeCommand::Apply(_) | BridgeCommand::Close => None,
    }
}

/// Puts something at the end, without growing for ever.
fn keep<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= WAITING {
        list.pop_front();
    }
    list.push_back(item);
}

fn pick<T>(list: &VecDeque<T>, place: usize) -> Option<&T> {
    list.get(place % list.len().max(1))
}
