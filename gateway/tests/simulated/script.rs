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
    /// RAck of the last reliable response that made or went on in it.
    pub rack: String,
}

/// Puts header lines of its own in, if anybody writes what it says unescaped. [`never_heard`] looks
/// for them.
const INJECTED: &str = "%0d%0aX-Injected:%20yes";

/// No peer can make the switch say this to another: a header, or a control character, of its own making.
pub fn never_heard(bytes: &[u8]) -> bool {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let head = String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]);
    head.split("\r\n").all(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !name.trim().eq_ignore_ascii_case("x-injected") && !line.contains(['\r', '\n'])
    })
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
    let hostile = match byte & 0xc0 {
        0x80 => format!(
            "P-Asserted-Identity: \"Eve {INJECTED}\\\\\\\"\" <sip:eve{INJECTED}@ims.example>\r\n\
             Subject: a\r\n X-Injected: yes\r\nReason: SIP;cause=600;text=\"{INJECTED}\"\r\n\
             Warning: 399 eve \"x\\\"\r\n\tX-Injected: yes\"\r\n"
        ),
        0xc0 => format!(
            "P-Asserted-Identity: \"{}\" <tel:+15550009>\r\nReason: Q.850;cause=17\r\n",
            "long ".repeat(400)
        ),
        _ => String::new(),
    };
    one_of(&extra, byte).to_owned() + &hostile
}

/// Where a REFER or a redirection points.
pub fn elsewhere(byte: u8, replaced: Option<&Dialog>) -> String {
    let choices = [
        "<sip:+447700900003@example.org>".to_owned(),
        "<sip:otto@example.org>".to_owned(),
        "<sip:friend@ims.example>".to_owned(),
        format!("<sip:otto@example.org?X-Injected=yes&Subject={INJECTED}>"),
        format!("<sip:eve{INJECTED}@ims.example>"),
        "<tel:+447700900001>".to_owned(),
        "<sip:+447700900003@192.0.2.31;method=BYE>".to_owned(),
        "<sip:otto@example.org?Replaces=nothing%3Bto-tag%3Da%3Bfrom-tag%3Db>".to_owned(),
    ];
    match replaced.and_then(replaces) {
        Some(replaces) if byte & 8 != 0 => {
            let escaped = replaces
                .replace('%', "%25")
                .replace(';', "%3B")
                .replace('=', "%3D");
            format!(
                "<sip:+447700900003@example.org?Replaces={}>",
                escaped.replace('@', "%40")
            )
        }
        _ => choices[usize::from(byte & 7)].clone(),
    }
}

/// RFC 3891 §3: a dialog as the switch knows it.
pub fn replaces(dialog: &Dialog) -> Option<String> {
    let tag = |address: &str| address.rsplit_once(";tag=").map(|(_, tag)| tag.to_owned());
    let (to, from) = (tag(&dialog.remote)?, tag(&dialog.local)?);
    Some(format!("{};to-tag={to};from-tag={from}", dialog.call_id))
}

/// A REGISTER of a device's, without a proof.
pub fn register(device: &Device, hop: &Hop, number: usize, expires: u32) -> Vec<u8> {
    let user = device.user;
    let head = format!(
        "REGISTER sip:{DOMAIN} SIP/2.0\r\n{}Max-Forwards: 70\r\n\
         From: <sip:{user}@{DOMAIN}>;tag=r{number}\r\nTo: <sip:{user}@{DOMAIN}>\r\n\
         Call-ID: registration-{}\r\nCSeq: {number} REGISTER\r\nContact: {};expires={expires}\r\n\
         Supported: outbound, gruu, path\r\n",
        via(hop, &format!("r{number}")),
        device.address,
        device.contact(),
    );
    with_body(head, "")
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
        rack,
    } = dialog;
    let more = match method {
        "PRACK" => format!("RAck: {rack}\r\n"),
        "NOTIFY" => "Event: refer\r\nSubscription-State: active\r\n".to_owned(),
        _ => String::new(),
    };
    let target = target.as_str();
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
    let mut head = format!("SIP/2.0 {status} Said {INJECTED}\r\n");
    let contact = match status {
        300..400 => elsewhere(tag, None),
        _ => format!("<sip:p@{}>", hop.remote),
    };
    for via in &headers.via {
        head.push_str(&format!("Via: {via}\r\n"));
    }
    let to = match headers.to.tag() {
        Some(_) => headers.to.to_string(),
        None => format!("{};tag=t{tag}", headers.to),
    };
    head.push_str(&format!(
        "From: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {} {}\r\nContact: {contact}\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE, PRACK\r\n{extras}",
        headers.from, headers.call_id, headers.cseq.number, headers.cseq.method,
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
        rack: format!(
            "{} {} INVITE",
            headers.get("RSeq").unwrap_or("1"),
            headers.cseq.number
        ),
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
        rack: "1 1 INVITE".to_owned(),
    })
}
