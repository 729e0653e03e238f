//! What the devices and the core say and hear.

use std::hash::{DefaultHasher, Hash, Hasher};

use sidecam_gateway::bridge::BridgeEvent;
use sidecam_gateway::switch::Input;
use sip::digest::Credentials;
use sip::limits::Limits;
use sip::message::{Message, Method, Response};
use sip::parse::parse;
use sip::transport::Hop;

use super::others::reply;
use super::{Drill, keep, peer, pick};
use crate::script::{self, one_of};
use crate::stage::{self, DEVICES};

impl Drill<'_> {
    pub(super) fn invite(&mut self) {
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

    pub(super) fn cancel(&mut self) {
        let place = usize::from(self.byte());
        let Some((place, to, number)) = pick(&self.invited, place).cloned() else {
            return;
        };
        let (_, device) = peer(u8::try_from(place).expect("few"));
        let message = script::cancel(device, &self.hops[place], &to, number);
        self.send(self.hops[place], message);
    }

    /// Answers a request of the switch's, any way there is.
    pub(super) fn answer(&mut self) {
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

    pub(super) fn speak_inside(&mut self) {
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
    pub(super) fn register(&mut self) {
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
    pub(super) fn replace(&mut self) {
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

    pub(super) fn refer(&mut self) {
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
    pub(super) fn agree(&mut self) {
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

    /// A message of the drill's own bytes.
    pub(super) fn say_anything(&mut self) {
        let (place, length) = (self.byte(), self.byte());
        let hop = self.hops[peer(place).0];
        let (bytes, rest) = self
            .bytes
            .split_at(usize::from(length).min(self.bytes.len()));
        self.bytes = rest;
        self.send(hop, bytes.to_vec());
    }

    pub(super) fn hear(&mut self, hop: Hop, bytes: Vec<u8>) {
        let mut hasher = DefaultHasher::new();
        (hop, &bytes).hash(&mut hasher);
        if !self.heard.insert(hasher.finish()) {
            return;
        }
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
}
