use serde_json::{Value, json};
use sip::limits::Limits;

use super::*;

const INVITE: &str = "INVITE sip:bob@example.com;user=phone SIP/2.0
Via: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1;rport
v: SIP/2.0/UDP 192.0.2.1;branch=old;received=192.0.2.9;rport=5070
Max-Forwards: 69
Route: <sip:proxy.example.com;lr>
f: \"Al \\\"A\\\"\" <sip:alice@example.com>;tag=a
t: sip:bob@example.com
i: 1
CSeq: 7 INVITE
m: <sip:alice@192.0.2.1>;audio;+sip.instance=\"<urn:uuid:1>\";expires=60
x: 1800;refresher=uac
Min-SE: soon
X-Ours: \u{1b}[31m
c: application/sdp
l: 5

v=0\r
";

fn said(message: &str, as_json: bool) -> (String, ExitCode) {
    let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n");
    explain(bytes.as_bytes(), &Limits::default(), as_json)
}

fn read_json(message: &str) -> Value {
    serde_json::from_str(&said(message, true).0).expect("it is JSON")
}

#[test]
fn a_request_is_explained_to_a_person() {
    let (output, code) = said(INVITE, false);
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(
        output,
        r#"Request: INVITE sip:bob@example.com;user=phone
  From                   "Al \"A\"" <sip:alice@example.com>;tag=a
  To                     <sip:bob@example.com>
  Call-ID                1
  CSeq                   7 INVITE
  Max-Forwards           69
  Via                    TLS from [2001:db8::1] port 5061, branch z9hG4bK1, asks for rport
  Via                    UDP from 192.0.2.1, branch old (not of RFC 3261), received from 192.0.2.9, rport 5070
  Route                  <sip:proxy.example.com;lr>
  Contact                <sip:alice@192.0.2.1>;audio;+sip.instance="<urn:uuid:1>";expires=60
    features             audio, +sip.instance
  Min-SE                 can't be read: a number that is none, or too large
  Session-Expires        1800;refresher=uac
Headers without a meaning here:
  X-Ours                 \u{1b}[31m
Body:
  Content-Type           application/sdp
  bytes                  5
"#
    );
}

#[test]
fn a_request_is_explained_to_a_program() {
    let read = read_json(INVITE);
    assert_eq!(
        read["via"],
        json!([
            {
                "transport": "TLS", "host": "[2001:db8::1]", "port": 5061, "branch": "z9hG4bK1",
                "received": null, "rport": true,
                "params": [{ "name": "branch", "value": "z9hG4bK1" }, { "name": "rport", "value": null }],
            },
            {
                "transport": "UDP", "host": "192.0.2.1", "port": null, "branch": "old",
                "received": "192.0.2.9", "rport": 5070,
                "params": [
                    { "name": "branch", "value": "old" },
                    { "name": "received", "value": "192.0.2.9" },
                    { "name": "rport", "value": "5070" },
                ],
            },
        ])
    );
    assert_eq!(
        read["contact"][0]["features"],
        json!(["audio", "+sip.instance"])
    );
    assert_eq!(
        read["typed"],
        json!([
            { "name": "Min-SE", "error": "a number that is none, or too large" },
            { "name": "Session-Expires", "value": "1800;refresher=uac" },
        ])
    );
    let keys: Vec<&String> = read.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "accepted",
            "body",
            "call_id",
            "contact",
            "cseq",
            "expires",
            "from",
            "kind",
            "max_forwards",
            "method",
            "other",
            "record_route",
            "route",
            "to",
            "typed",
            "uri",
            "via",
        ]
    );
    assert_eq!(
        read["body"],
        json!({ "bytes": 5, "type": "application/sdp" })
    );
    assert_eq!(read["from"]["display"], "Al \"A\"");
}

#[test]
fn a_response_is_explained() {
    let response = INVITE.replace(
        "INVITE sip:bob@example.com;user=phone SIP/2.0",
        "SIP/2.0 480 Gone fishing",
    );
    let read = read_json(&response);
    assert_eq!(read["kind"], "response");
    assert_eq!(
        (&read["status"], &read["reason"]),
        (&json!(480), &json!("Gone fishing"))
    );
    assert!(
        said(&response, false)
            .0
            .starts_with("Response: 480 Gone fishing\n")
    );
}

#[test]
fn a_refusal_says_why_and_with_which_status() {
    let (output, code) = said(&INVITE.replace("i: 1", "i: 1\ni: 2"), false);
    assert_eq!(code, ExitCode::FAILURE);
    assert_eq!(
        output,
        "Refused: Call-ID: there twice
  Answer                 400 Bad Request: Call-ID: there twice
"
    );
    assert_eq!(
        read_json(&INVITE.replace("SIP/2.0\n", "SIP/3.0\n")),
        json!({
            "accepted": false, "error": "a version that is not SIP/2.0", "status": 505,
            "reason": "Version Not Supported", "hint": null,
        })
    );
    let noise = explain(b"\x00\xff\n", &Limits::default(), true);
    let noise: Value = serde_json::from_str(&noise.0).expect("it is JSON");
    assert_eq!(
        (&noise["status"], &noise["accepted"]),
        (&Value::Null, &json!(false))
    );
    assert!(
        noise["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("LF"))
    );
}

#[test]
fn a_file_is_read_byte_for_byte_and_no_further_than_a_message_may_go() {
    let folder = std::env::temp_dir().join(format!("sidecam-explain-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("message");
    std::fs::write(&file, vec![b'\0'; 100_000]).expect("a file");
    let read = read(&file, &Limits::default()).expect("it is there");
    assert_eq!(read.len(), 64 * 1024 + 1);
    assert!(super::read(&folder.join("none"), &Limits::default()).is_err());
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
