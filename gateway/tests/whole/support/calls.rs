//! Calls as text.

use super::{DOMAIN, Peer, header};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=video 40000 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\na=sendonly\r\n";

/// An INVITE of nina's.
pub fn invite(from: &impl Peer, to: &str, serial: u32) -> String {
    let (address, transport) = (from.address(), from.transport());
    format!(
        "INVITE tel:{to} SIP/2.0\r\nVia: SIP/2.0/{transport} {address};branch=z9hG4bKinvite{serial};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:nina@{DOMAIN}>;tag=n{serial}\r\nTo: <tel:{to}>\r\nCall-ID: invite-{serial}-{address}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:nina@{address};transport={transport}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
        SDP.len()
    )
}

/// The answer to a request, with what RFC 3261 §8.2.6 copies.
pub fn answer(request: &str, status: &str, more: &str, body: &str) -> String {
    let mut answer = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        match line.split(':').next().unwrap_or_default() {
            "Via" | "From" | "Call-ID" | "CSeq" | "Record-Route" => {
                answer += &format!("{line}\r\n")
            }
            "To" if line.contains("tag=") => answer += &format!("{line}\r\n"),
            "To" => answer += &format!("{line};tag=callee\r\n"),
            _ => {}
        }
    }
    answer + &format!("{more}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Waits for a message that begins so, passing over others.
pub async fn expect(peer: &mut impl Peer, beginning: &str) -> String {
    loop {
        let message = peer.receive().await;
        if message.starts_with(beginning) {
            return message;
        }
    }
}

/// The ACK to a refusal: the INVITE's own branch, and the To of the answer (RFC 3261 §17.1.1.3).
pub fn acknowledged(invite: &str, refusal: &str) -> String {
    let to = header(refusal, "To").unwrap();
    let head = invite.split("Contact:").next().unwrap();
    let kept: Vec<String> = head
        .lines()
        .map(|line| match line.split(':').next() {
            Some("To") => format!("To: {to}"),
            _ => line.replace("INVITE", "ACK"),
        })
        .collect();
    format!("{}\r\nContent-Length: 0\r\n\r\n", kept.join("\r\n"))
        .replace("branch=z9hG4bKACK", "branch=z9hG4bKINVITE")
}
