//! The messages that peers in a drill send, as text: what a reader of ours makes of them is part of
//! what is tried.

use sip::message::{Message, Request, Response};
use sip::transport::{Hop, Transport};

use super::stage::{DOMAIN, Device};

/// A dialog as a peer of the switch sees it.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub hop: Hop,
    pub call_id: String,
    /// From and To of the peer's own requests, with their tags.
    pub local: String,
    pub remote: String,
    pub target: String,
    pub cseq: u32,
}

/// Something read from a byte of the drill: one of a few.
pub fn one_of<'a, T: ?Sized>(choices: &[&'a T], byte: u8) -> &'a T {
    choices[usize::from(byte) % choices.len()]
}

pub const BROWSER_SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 104\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n\
a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=42e01f\r\n";
pub const PLAIN_SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.31\r\ns=-\r\nc=IN IP4 192.0.2.31\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 96\r\nb=AS:85\r\na=rtpmap:96 H263-2000/90000\r\n";

/// A description of that peer's kind, in a direction; or none, or a broken one.
pub fn description(hop: &Hop, byte: u8) -> String {
    let own = match hop.transport {
        Transport::Ws | Transport::Wss => BROWSER_SDP,
        Transport::Udp | Transport::Tcp | Transport::Tls => PLAIN_SDP,
    };
    let direction = one_of(
        &[
            "a=sendonly\r\n",
            "a=recvonly\r\n",
            "a=sendrecv\r\n",
            "a=inactive\r\n",
        ],
        byte >> 3,
    );
    match byte & 7 {
        0 => String::new(),
        1 => "v=0\r\nnonsense".to_owned(),
        2 => own
            .replace("m=video 9 ", "m=video 0 ")
            .replace("49152", "0"),
        _ => format!("{own}{direction}"),
    }
}

/// Headers that change what an INVITE or its answer means.
pub fn extras(byte: u8) -> String {
    let extra = [
        "",
        "Supported: 100rel, timer, replaces\r\n",
        "Require: 100rel\r\n",
        "Require: precondition\r\n",
        "Session-Expires: 90;refresher=uac\r\nSupported: timer\r\n",
        "Max-Breadth: 1\r\n",
        "Supported: 100rel, precondition\r\n",
        "Require: nothing-we-know\r\n",
    ];
    one_of(&extra, byte).to_owned()
}

fn via(hop: &Hop, branch: &str) -> String {
    let host = match hop.transport {
        Transport::Ws | Transport::Wss => "c.invalid".to_owned(),
        Transport::Udp | Transport::Tcp | Transport::Tls => hop.remote.to_string(),
    };
    format!(
        "Via: SIP/2.0/{} {host};branch=z9hG4bK{branch};rport\r\n",
        hop.transport.via_token()
    )
}

fn with_body(mut head: String, sdp: &str) -> Vec<u8> {
    if !sdp.is_empty() {
        head.push_str("Content-Type: application/sdp\r\n");
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len()));
    head.into_bytes()
}

/// A request outside of any dialog; `extras` has its Max-Forwards.
pub fn request(
    device: &Device,
    hop: &Hop,
    method: &str,
    to: &str,
    number: usize,
    extras: &str,
    sdp: &str,
) -> Vec<u8> {
    let user = device.user;
    let head = format!(
        "{method} {to} SIP/2.0\r\n{}\
         From: <sip:{user}@{DOMAIN}>;tag=f{number}\r\nTo: <{to}>\r\nCall-ID: drill-{number}\r\n\
         CSeq: 1 {method}\r\nContact: {}\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE, PRACK\r\n{extras}",
        via(hop, &format!("{number}")),
        device.contact(),
    );
    with_body(head, sdp)
}

/// The CANCEL of such an INVITE.
pub fn cancel(device: &Device, hop: &Hop, to: &str, number: usize) -> Vec<u8> {
    let user = device.user;
    let head = format!(
        "CANCEL {to} SIP/2.0\r\n{}Max-Forwards: 70\r\n\
         From: <sip:{user}@{DOMAIN}>;tag=f{number}\r\nTo: <{to}>\r\nCall-ID: drill-{number}\r\n\
         CSeq: 1 CANCEL\r\n",
        via(hop, &format!("{number}")),
    );
    with_body(head, "")
}

/// A request inside a dialog.
pub fn inside(
    dialog: &mut Dialog,
    method: &str,
    number: usize,
    extras: &str,
    sdp: &str,
) -> Vec<u8> {
    if method != "ACK" {
        dialog.cseq += 1;
    }
    let Dialog {
        hop,
        call_id,
        local,
        remote,
        target,
        cseq,
    } = dialog;
    let more = match method {
        "PRACK" => "RAck: 1 1 INVITE\r\n",
        "REFER" => [
            "Refer-To: <sip:+447700900003@example.org>\r\n",
            "Refer-To: <sip:otto@example.org>\r\nRefer-Sub: false\r\n",
            "Refer-To: <tel:+447700900001>\r\n",
            "Refer-To: <sip:otto@example.org?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\n",
        ][number % 4],
        "NOTIFY" => "Event: refer\r\nSubscription-State: active\r\n",
        _ => "",
    };
    let head = format!(
        "{method} {target} SIP/2.0\r\n{}Max-Forwards: 70\r\nFrom: {local}\r\nTo: {remote}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:p@{}>\r\n{more}{extras}",
        via(hop, &format!("i{number}")),
        hop.remote,
    );
    with_body(head, sdp)
}

/// An answer to a request of the switch's.
pub fn answer(
    request: &Request,
    hop: &Hop,
    status: u16,
    tag: u8,
    extras: &str,
    sdp: &str,
) -> Vec<u8> {
    let headers = &request.headers;
    let mut head = format!("SIP/2.0 {status} Said\r\n");
    for via in &headers.via {
        head.push_str(&format!("Via: {via}\r\n"));
    }
    let to = match headers.to.tag() {
        Some(_) => headers.to.to_string(),
        None => format!("{};tag=t{tag}", headers.to),
    };
    head.push_str(&format!(
        "From: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {} {}\r\nContact: <sip:p@{}>\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE, PRACK\r\n{extras}",
        headers.from, headers.call_id, headers.cseq.number, headers.cseq.method, hop.remote,
    ));
    with_body(head, sdp)
}

/// The dialog that a response to a peer's INVITE makes, as the peer sees it.
pub fn as_caller(hop: Hop, response: &Response) -> Option<Dialog> {
    let headers = &response.headers;
    headers.to.tag()?;
    let contact = headers.contact.list().first()?;
    Some(Dialog {
        hop,
        call_id: headers.call_id.to_string(),
        local: headers.from.to_string(),
        remote: headers.to.to_string(),
        target: contact.uri.to_string(),
        cseq: headers.cseq.number,
    })
}

/// The dialog that an answer of the peer's makes.
pub fn as_callee(hop: Hop, request: &Request, answer: &[u8]) -> Option<Dialog> {
    let Ok(Message::Response(response)) =
        sip::parse::parse(answer, &sip::limits::Limits::default())
    else {
        return None;
    };
    Some(Dialog {
        hop,
        call_id: request.headers.call_id.to_string(),
        local: response.headers.to.to_string(),
        remote: request.headers.from.to_string(),
        target: request.headers.contact.list().first()?.uri.to_string(),
        cseq: 0,
    })
}
