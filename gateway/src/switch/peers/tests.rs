//! R9.1: who is recognised, and what is done for them.

use handset::Models;
use sip::limits::Limits;
use sip::message::Message;
use sip::parse::parse;

use super::*;

struct Table {
    peers: Peers,
    counters: Counters,
}

impl Table {
    fn new() -> Table {
        Table {
            peers: Peers::new(Arc::new(Models::built_in().unwrap())),
            counters: Counters::default(),
        }
    }

    fn registers(&mut self, contact: &str, agent: &str) {
        let text = format!(
            "REGISTER sip:home.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\r\n\
             From: <sip:a@home.example>;tag=1\r\nTo: <sip:a@home.example>\r\nCall-ID: 1\r\n\
             CSeq: 1 REGISTER\r\nContact: {contact}\r\n{agent}Content-Length: 0\r\n\r\n"
        );
        let Message::Request(request) = parse(text.as_bytes(), &Limits::default()).unwrap() else {
            panic!("a request");
        };
        self.peers.hear_request(&request, &self.counters);
    }

    fn answers(&mut self, asked: &str, head: &str, sdp: &str) {
        let response = response(asked, head, sdp);
        self.peers
            .hear_response(&uri(asked), &response, &self.counters);
    }

    fn model(&self, of: &str) -> Option<&str> {
        self.peers.model(&uri(of)).map(|model| model.name.as_str())
    }
}

fn response(asked: &str, head: &str, sdp: &str) -> Response {
    let text = format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:a@home.example>;tag=1\r\nTo: <{asked}>;tag=2\r\nCall-ID: 1\r\n\
             CSeq: 1 INVITE\r\n{head}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    match parse(text.as_bytes(), &Limits::default()).unwrap() {
        Message::Response(response) => response,
        Message::Request(_) => panic!("a response"),
    }
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

const PHONE: &str = "sip:a@192.0.2.20:5062";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n";

/// R9.1
#[test]
fn a_page_is_no_handset_though_it_says_what_one_says() {
    let said = format!("{SDP}a=application:com.gsma.rts\r\na=type:videolive\r\n");
    let head = "Contact: <sip:a@192.0.2.20:5062>\r\n";
    let mut table = Table::new();
    let page = "sip:x@y.invalid;transport=ws";
    table.answers(page, head, &said);
    assert_eq!(table.model(page), None);
    table.answers(PHONE, head, &said);
    assert_eq!(table.model(PHONE), Some("operator-variant"));
}

/// R9.1
#[test]
fn a_peer_is_recognised_by_its_registration_and_by_what_it_answers() {
    let mut table = Table::new();
    table.registers(
        "<sip:a@192.0.2.20:5062>;expires=60",
        "User-Agent: Nokia6680/5.04 Series60/2.6\r\n",
    );
    assert_eq!(table.model(PHONE), Some("nokia-6680"));
    assert_eq!(
        table.model("sip:A@192.0.2.20:5062;transport=udp"),
        Some("nokia-6680")
    );
    assert_eq!(table.model("sip:a@192.0.2.20:5063"), None);
    table.registers("<sip:b@192.0.2.21>;+g.oma.sip-im;expires=60", "");
    assert_eq!(table.model("sip:b@192.0.2.21"), Some("rcs-e"));
    let fingerprint = format!(
        "{SDP}a=application:com.gsma.rts\r\na=type:videolive\r\nm=video 49152 RTP/AVP 34\r\n"
    );
    table.answers("tel:+447700900123", "", &fingerprint);
    assert_eq!(table.model("tel:+44-7700-900123"), Some("operator-variant"));
    table.answers("tel:+447700900124", "Server: NokiaN70-1/5\r\n", "");
    assert_eq!(table.model("tel:+447700900124"), Some("nokia-n70"));
    table.registers("<sip:c@192.0.2.22>", "User-Agent: Somebody/1\r\n");
    assert_eq!(table.model("sip:c@192.0.2.22"), None);
    let counts = table.counters.snapshot();
    assert_eq!(
        (counts.peers_recognised, counts.peers_not_recognised),
        (4, 1)
    );
}

/// R9.1: a name is believed before a description, and a newer name before an older one.
#[test]
fn what_is_surer_stays() {
    let mut table = Table::new();
    let sdp =
        format!("{SDP}a=application:com.gsma.rts\r\na=type:videolive\r\nm=video 1 RTP/AVP 34\r\n");
    table.registers("<sip:a@192.0.2.20:5062>", "User-Agent: Nokia5230/1\r\n");
    table.answers(PHONE, "", &sdp);
    assert_eq!(table.model(PHONE), Some("nokia-5230"));
    table.answers(PHONE, "Server: Nokia6630/1\r\n", &sdp);
    assert_eq!(table.model(PHONE), Some("nokia-6630"));
}

/// R9.1
#[test]
fn no_more_peers_are_remembered_than_there_is_room_for() {
    let mut table = Table::new();
    for number in 0..20_000 {
        let contact = format!("<sip:u{number}@192.0.2.20>");
        table.registers(&contact, "User-Agent: Nokia6680/1\r\n");
    }
    assert!(table.peers.young.len() + table.peers.old.len() <= ADDRESSES);
    assert_eq!(table.model("sip:u19999@192.0.2.20"), Some("nokia-6680"));
    let long = format!("<sip:{}@192.0.2.20>", "a".repeat(300));
    table.registers(&long, "User-Agent: Nokia6680/1\r\n");
    assert_eq!(table.model(&long[1..long.len() - 1]), None);
}

const OFFER: &str = "m=video 30000 RTP/AVP 98 96 97 34\r\na=rtpmap:98 H264/90000\r\n\
a=fmtp:98 profile-level-id=42900B\r\na=rtpmap:96 H263-2000/90000\r\na=rtpmap:97 H263-1998/90000\r\n\
a=framesize:98 176-144\r\na=framesize:96 176-144\r\na=sendonly\r\n";

fn offered(agent: &str) -> String {
    let mut table = Table::new();
    table.registers(
        "<sip:a@192.0.2.20:5062>",
        &format!("User-Agent: {agent}\r\n"),
    );
    let mut offer = Description::parse(format!("{SDP}{OFFER}").as_bytes()).unwrap();
    table.peers.fit(&uri(PHONE), &mut offer);
    String::from_utf8(offer.to_bytes()).unwrap()
}

/// R1.16, R1.20: who is known to have H.263 alone gets no H.264, and who wants preconditions has them
/// at once.
#[test]
fn a_known_model_is_offered_what_it_wants() {
    let old = offered("Nokia6630/1");
    assert!(old.contains("m=video 30000 RTP/AVP 96 97 34\r\n"), "{old}");
    assert!(
        !old.contains("H264") && !old.contains("framesize:98"),
        "{old}"
    );
    assert!(old.contains("a=curr:qos local sendrecv\r\n"), "{old}");
    assert!(old.contains("a=X-application:com.nokia.rtvs\r\n"), "{old}");
    let slider = offered("Nokia6680/1");
    assert!(!slider.contains("curr:qos"), "{slider}");
    let n70 = offered("NokiaN70/1");
    assert!(n70.contains("RTP/AVP 97\r\n"), "{n70}");
    let later = offered("Nokia5230/1");
    assert!(later.contains("RTP/AVP 98 96 97 34\r\n"), "{later}");
    let operator = offered("Nokia6650d/1");
    assert!(
        operator.contains("a=application:com.gsma.rts\r\na=type:videolive\r\n"),
        "{operator}"
    );
    let nobody = offered("Somebody/1");
    assert_eq!(
        nobody,
        String::from_utf8(
            Description::parse(format!("{SDP}{OFFER}").as_bytes())
                .unwrap()
                .to_bytes()
        )
        .unwrap()
    );
}

/// R1.12: what a description does not say is taken from the model, and what it says is not.
#[test]
fn a_silent_description_is_completed_from_the_model() {
    let completed = |lines: &str| {
        let mut table = Table::new();
        table.registers("<sip:a@192.0.2.20:5062>", "User-Agent: Nokia6680/1\r\n");
        let sdp = format!("{SDP}m=video 49152 RTP/AVP 34\r\n{lines}");
        let said = table
            .peers
            .completed(&uri(PHONE), sdp.as_bytes())
            .into_owned();
        String::from_utf8(said).unwrap()
    };
    let silent = completed("");
    for line in [
        "b=AS:85\r\nb=TIAS:64000\r\n",
        "a=framerate:15\r\n",
        "a=framesize:34 176-144\r\n",
    ] {
        assert!(silent.contains(line), "{silent}");
    }
    let said = completed("b=AS:40\r\na=fmtp:34 QCIF=3\r\na=framerate:10\r\n");
    for line in ["TIAS", "framesize", "framerate:15"] {
        assert!(!said.contains(line), "{said}");
    }
    let table = Table::new();
    assert_eq!(table.peers.completed(&uri(PHONE), b"x").as_ref(), b"x");
}

/// R9.1
#[test]
fn busy_means_declined_where_the_model_says_so() {
    let meant = |agent: &str, status| {
        let mut table = Table::new();
        table.registers(
            "<sip:a@192.0.2.20:5062>",
            &format!("User-Agent: {agent}\r\n"),
        );
        table.peers.meant(&uri(PHONE), status)
    };
    assert_eq!(
        meant("Nokia6650d/1", Status::BUSY_HERE),
        Some(Status::DECLINE)
    );
    assert_eq!(meant("Nokia6650d/1", Status::NOT_FOUND), None);
    assert_eq!(meant("Nokia5230/1", Status::BUSY_HERE), None);
}
