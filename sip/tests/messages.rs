//! RFC 3261 §7, §24, RFC 4475, RFC 5118: messages as they come, what they mean, and what becomes
//! of those that are wrong.

use sip::limits::Limits;
use sip::message::{
    Contact, Host, Message, Method, NameAddr, Request, Response, Status, Text, Uri, ViaTransport,
};
use sip::parse::{ParseError, parse};
use sip::transport::Transport;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Line ends as on the wire.
fn wire(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

fn read(text: &str) -> Result<Message, ParseError> {
    parse(&wire(text), &Limits::default())
}

fn request(text: &str) -> Request {
    match read(text) {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

fn response(text: &str) -> Response {
    match read(text) {
        Ok(Message::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

/// What is read, written and read again is the same.
fn assert_stable(message: &Message) {
    let again = parse(&message.to_bytes(), &Limits::default());
    assert_eq!(again.as_ref(), Ok(message));
}

#[test]
fn the_invite_of_rfc_3261_section_24() {
    let invite = request(
        "INVITE sip:bob@biloxi.com SIP/2.0
Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8
Max-Forwards: 70
To: Bob <sip:bob@biloxi.com>
From: Alice <sip:alice@atlanta.com>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314159 INVITE
Contact: <sip:alice@pc33.atlanta.com>
Content-Type: application/sdp
Content-Length: 4

v=0
",
    );
    assert_eq!(invite.method, Method::Invite);
    assert_eq!(invite.uri.to_string(), "sip:bob@biloxi.com");
    let headers = &invite.headers;
    assert_eq!(headers.via[0].branch(), Some("z9hG4bKnashds8"));
    assert!(headers.via[0].has_rfc3261_branch());
    assert_eq!(headers.from.tag(), Some("1928301774"));
    assert_eq!(headers.to.tag(), None);
    assert_eq!(headers.to.display.as_deref(), Some("Bob"));
    assert_eq!(headers.cseq.number, 314_159);
    assert_eq!(headers.max_forwards, Some(70));
    assert_eq!(
        invite.content("application/sdp"),
        Some(b"v=0\r".as_slice()),
        "Content-Length ends the body"
    );
    assert_stable(&invite.into());
}

#[test]
fn rfc_4475_3_1_1_1_a_short_tortuous_invite() {
    let invite = request(
        r#"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 150
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.3
s=-
c=IN IP4 192.0.2.4
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
"#,
    );
    let headers = &invite.headers;
    assert_eq!(headers.to.tag(), Some("1918181833n"));
    assert_eq!(headers.from.display.as_deref(), Some(r#"J Rosenberg \""#));
    assert_eq!(headers.from.tag(), Some("98asjd8"));
    assert_eq!(headers.max_forwards, Some(68));
    assert_eq!(headers.cseq.number, 9);
    let branches: Vec<_> = headers.via.iter().filter_map(|via| via.branch()).collect();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert_eq!(headers.get("Subject"), Some(""));
    assert_eq!(
        headers.get("UnknownHeaderWithUnusualValue"),
        Some(";;,,;;,;")
    );
    assert_eq!(
        headers.get("newfangledheader"),
        Some("newfangled value continued newfangled value")
    );
    let contact = headers.contact.first().expect("a Contact");
    assert_eq!(contact.display.as_deref(), Some(r#"Quoted string """#));
    assert_eq!(contact.param("newparam"), Some("newvalue"));
    assert_eq!(contact.param("secondparam"), Some(""));
    assert_eq!(contact.param("q"), Some("0.33"));
    let route = headers.route[0].uri.as_sip().expect("a SIP URI");
    assert!(route.params.has("lr"));
    assert_eq!(invite.body.len(), 150);
    assert_stable(&invite.into());
}

#[test]
fn rfc_4475_3_1_1_2_a_method_of_every_character_a_token_has() {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let unusual = request(&format!(
        r#"{method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\{} NUL:\{} DEL:\{}" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}}{{
CSeq: 139122385 {method}
Max-Forwards: 255
extensionHeader-!.%*+_`'~:大停電
Content-Length: 0

"#,
        '\x07', '\0', '\x7f'
    ));
    assert_eq!(
        unusual.headers.to.display.as_deref(),
        Some("BEL:\x07 NUL:\0 DEL:\x7f")
    );
    assert_eq!(unusual.method.as_str(), method);
    let uri = unusual.uri.as_sip().expect("a SIP URI");
    assert_eq!(
        uri.password.as_ref().map(|password| password.as_str()),
        Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
    );
    let headers = &unusual.headers;
    assert_eq!(
        headers.from.param("fromParam''~+*_!.-%"),
        Some("работающий")
    );
    assert_eq!(headers.from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(headers.get("extensionHeader-!.%*+_`'~"), Some("大停電"));
    assert_stable(&unusual.into());
}

#[test]
fn rfc_4475_3_1_1_3_to_5_escapes_stay_as_they_are() {
    let escaped = request(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: 0

",
    );
    assert_eq!(escaped.uri.user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(
        escaped.headers.from.uri.user().as_deref(),
        Some("I have spaces")
    );
    let contact = &escaped.headers.contact.list()[0].uri;
    let params = &contact.as_sip().expect("a SIP URI").params;
    assert!(params.has("lr"));
    assert_eq!(params.get("name").as_deref(), Some("value%41"));
    assert_eq!(
        contact.to_string(),
        "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31"
    );
    assert!(
        escaped
            .headers
            .to
            .uri
            .same_as(&"sip:user@EXAMPLE.com".parse().expect("a URI"))
    );
    assert_stable(&escaped.into());
}

#[test]
fn an_address_with_a_parameter_twice_is_still_the_same_as_itself() {
    for (one, other, same) in [
        ("sip:a@b;n=1;n=2", "sip:a@b;n=1;n=2", true),
        ("sip:a@b;%6e=1;n=2", "sip:a@b;n=1", true),
        ("sip:a@b;n=1;n=2", "sip:a@b;n=2;n=1", false),
        ("sip:a@b;transport=tcp;transport=udp", "sip:a@b", false),
        ("sip:a@b;%74ransport=tcp", "sip:a@b;transport=TCP", true),
        ("tel:+1;isub=1;isub=2", "tel:+1;isub=1;isub=2", true),
    ] {
        let uri = |text: &str| text.parse::<Uri>().expect("a URI");
        assert_eq!(uri(one).same_as(&uri(other)), same, "{one} {other}");
        assert_eq!(uri(other).same_as(&uri(one)), same, "{other} {one}");
    }
}

#[test]
fn rfc_4475_3_1_1_13_a_phrase_may_say_anything_or_nothing() {
    let rest = "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: 0

";
    let custom = "= 2**3 * 5**2 но сто девяносто девять - простое";
    let unusual = response(&format!("SIP/2.0 200 {custom}\n{rest}"));
    assert_eq!(unusual.reason, custom);
    assert_stable(&unusual.into());
    assert_eq!(response(&format!("SIP/2.0 100 \n{rest}")).reason, "");
    assert_eq!(response(&format!("SIP/2.0 100\n{rest}")).reason, "");
}

#[test]
fn an_rfc_2543_request_without_branch_tag_and_max_forwards_is_read() {
    let old = request(
        "INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

v=0
",
    );
    assert_eq!(old.headers.max_forwards, None);
    assert!(!old.headers.via[0].has_rfc3261_branch());
    assert_eq!(old.headers.to.param("user"), Some("phone"));
    assert_eq!(
        old.headers.from.uri.number().as_deref(),
        Some("+13035551111")
    );
    assert_eq!(old.body, b"v=0\r\n");
}

#[test]
fn rfc_5118_ipv6_stands_in_brackets_and_in_received_either_way() {
    let register = request(
        "REGISTER sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bKas3-111
Via: SIP/2.0/UDP [2001:db8::9:2];received=2001:db8::9:256;branch=z9hG4bKas3
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: \"Caller\" <sip:caller@[2001:db8::1]:5080;transport=tcp>
CSeq: 98176 REGISTER
Content-Length: 0

",
    );
    let v6 = |text: &str| Some(Host::V6(text.parse().expect("an address")));
    assert_eq!(register.uri.host().cloned(), v6("2001:db8::10"));
    let via = &register.headers.via;
    assert_eq!(via[0].sent_by.port, Some(5070));
    assert_eq!(via[0].received(), v6("2001:db8::9:255"));
    assert_eq!(via[1].received(), v6("2001:db8::9:256"));
    assert_stable(&register.into());
}

#[test]
fn an_ims_invite_from_a_handset() {
    let invite = request(
        r#"INVITE tel:+358401234567 SIP/2.0
v: SIP/2.0/TCP [2001:db8::5]:40000;branch=z9hG4bK1;rport;comp=sigcomp,SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK2
f: <sip:alice@ims.example.net>;tag=a1
t: <tel:040-123.4567;phone-context=ims.example.net>
i: 77aa@10.0.0.1
CSeq: 1 INVITE
Max-Forwards: 70
Route: <sip:pcscf.example.net:4060;lr>,<sip:orig@scscf.example.net:5070;lr>, "S, CSCF" <sip:scscf2.example.net;lr>
a: *;+g.3gpp.cs-voice; explicit
P-Preferred-Identity: sip:alice@ims.example.net
P-Access-Network-Info: 3GPP-UTRAN-FDD;utran-cell-id-3gpp=234151D0FCE11
k: 100rel, timer
k: path
x: 1800;refresher=uac
m: <sip:alice@[2001:db8::5]:40000>;+g.3gpp.cs-voice;+sip.instance="<urn:gsma:imei:90420156-025763-0>";reg-id=1
l: 0

"#,
    );
    let headers = &invite.headers;
    assert_eq!(invite.uri.number().as_deref(), Some("+358401234567"));
    assert_eq!(headers.to.uri.number().as_deref(), Some("0401234567"));
    assert_eq!(
        headers.via[0].transport,
        ViaTransport::Known(Transport::Tcp)
    );
    assert_eq!(
        headers.via[1].transport,
        ViaTransport::Known(Transport::Wss)
    );
    assert_eq!(headers.route.len(), 3);
    assert_eq!(headers.route[2].display.as_deref(), Some("S, CSCF"));
    assert_eq!(
        headers.get("Accept-Contact"),
        Some("*;+g.3gpp.cs-voice; explicit")
    );
    assert_eq!(
        headers.list("Supported").collect::<Vec<_>>(),
        ["100rel", "timer", "path"]
    );
    assert!(headers.lists("Supported", "TIMER"));
    assert_eq!(headers.number("Session-Expires"), Some(1800));
    let identity = headers
        .addresses("P-Preferred-Identity")
        .expect("an address");
    assert_eq!(identity[0].uri.to_string(), "sip:alice@ims.example.net");
    let contact = headers.contact.first().expect("a Contact");
    assert_eq!(
        contact.param("+sip.instance"),
        Some("<urn:gsma:imei:90420156-025763-0>")
    );
    assert_eq!(contact.param("+g.3gpp.cs-voice"), Some(""));
    assert_stable(&invite.into());
}

#[test]
fn addresses_of_unknown_schemes_are_kept_byte_for_byte() {
    for written in [
        "urn:service:sos.Police",
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "https://example.com/a?b=c,d;e#f",
        "sip:alice:secret@[2001:db8::1]:5061;transport=tcp;lr?Subject=a%20b&Priority=urgent",
        "sips:host",
        "sip:+358401234567;phone-context=example.com@home;user=phone",
        "tel:+358-40-123(45)67;ext=12;isub=9",
    ] {
        let uri: Uri = written.parse().expect(written);
        assert_eq!(uri.to_string(), written);
    }
    for wrong in [
        "1234",
        "sip:",
        "sip:@host",
        "sip:a@b:x",
        "sip:a@b:99999",
        "sip:a@[::1",
        "tel:",
        "sip:a b@c",
        "sip:<a>@c",
        "sip:a@b;;lr",
        "alice@example.com:5060",
        "sip:a@b\r\nX: y",
    ] {
        assert!(wrong.parse::<Uri>().is_err(), "{wrong}");
    }
}

#[test]
fn binary_bodies_and_values_that_are_not_utf_8_pass_unchanged() {
    let mut bytes = wire(
        "MESSAGE sip:b@example.com SIP/2.0
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 MESSAGE
X-Latin: Jos",
    );
    bytes.extend_from_slice(b"\xe9\r\nContent-Type: application/octet-stream\r\n");
    bytes.extend_from_slice(b"Content-Length: 6\r\n\r\n\0\r\n\r\n\xff");
    let message = parse(&bytes, &Limits::default()).expect("a message");
    assert_eq!(message.body(), b"\0\r\n\r\n\xff");
    let header = &message.headers().other[0];
    assert_eq!(header.value.as_bytes(), b"Jos\xe9");
    assert_eq!(message.headers().get("X-Latin"), None);
    assert_stable(&message);
}

#[test]
fn a_register_that_removes_everything_has_a_star() {
    let register = |contact: &str| {
        read(&format!(
            "REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:a@example.com>;tag=1
To: <sip:a@example.com>
Call-ID: 1
CSeq: 1 REGISTER
Expires: 99999999999999999999
{contact}

"
        ))
    };
    let all = register("Contact: *").expect("a message");
    assert_eq!(all.headers().contact, Contact::Star);
    assert_eq!(all.headers().expires, Some(u32::MAX));
    assert_stable(&all);
    let one = register("Contact: <sip:a@b>;expires=soon").expect("a message");
    assert_eq!(one.headers().contact.list()[0].expires(), Some(3600));
    assert!(register("Contact: *\nContact: <sip:a@b>").is_err());
    assert!(register("Contact: <sip:a@b>, *").is_err());
}

#[test]
fn an_answer_copies_what_the_request_says() {
    let invite = request(
        "INVITE sip:b@example.com SIP/2.0
Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK2,SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Record-Route: <sip:p.example.com;lr>
From: <sip:a@example.com>;tag=1
To: <sip:b@example.com>
Call-ID: 1
CSeq: 1 INVITE
Timestamp: 54

",
    );
    let trying = Response::to(&invite, Status::TRYING);
    assert_eq!(trying.headers.get("Timestamp"), Some("54"));
    assert!(trying.headers.record_route.is_empty());
    let ringing = Response::to(&invite, Status::RINGING).with_to_tag("b1");
    assert_eq!(ringing.headers.via, invite.headers.via);
    assert_eq!(ringing.headers.record_route, invite.headers.record_route);
    assert_eq!(
        String::from_utf8(ringing.to_bytes()).expect("text"),
        "SIP/2.0 180 Ringing\r\n\
         Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK2\r\n\
         Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r\n\
         Record-Route: <sip:p.example.com;lr>\r\n\
         From: <sip:a@example.com>;tag=1\r\n\
         To: <sip:b@example.com>;tag=b1\r\n\
         Call-ID: 1\r\n\
         CSeq: 1 INVITE\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let busy = Response::to(&invite, Status::BUSY_HERE).with_to_tag("b1");
    assert!(busy.headers.record_route.is_empty());
}

#[test]
fn a_line_break_cannot_get_into_a_message() {
    let evil = "x\r\nContact: <sip:mallory@example.com>\r\n\r\n";
    let mut from: NameAddr = "<sip:a@example.com>".parse().expect("an address");
    from.display = Some(Text::from(evil));
    from.set_tag(evil);
    let mut busy = Response::to(
        &Request::new(
            Method::Invite,
            Uri::sip(evil, "example.com".parse().expect("a host")),
            from.clone(),
            from,
            "1".parse().expect("a Call-ID"),
            1,
        ),
        Status::BUSY_HERE,
    )
    .with_reason(evil);
    busy.headers.push("X-Evil", evil);
    busy.headers.via = vec!["SIP/2.0/UDP a;branch=z9hG4bK1".parse().expect("a Via")].into();
    let bytes = busy.to_bytes();
    let read = parse(&bytes, &Limits::default()).expect("a message");
    assert!(read.headers().contact.is_empty());
    assert_eq!(read, Message::Response(busy));
}

#[test]
fn a_via_notes_where_the_request_came_from() {
    let source = "192.0.2.7:4321".parse().expect("an address");
    for (written, noted) in [
        ("192.0.2.7;branch=z9hG4bK1", "192.0.2.7;branch=z9hG4bK1"),
        (
            "10.0.0.1:5060;branch=z9hG4bK1",
            "10.0.0.1:5060;branch=z9hG4bK1;received=192.0.2.7",
        ),
        (
            "192.0.2.7;rport;branch=z9hG4bK1",
            "192.0.2.7;rport=4321;branch=z9hG4bK1;received=192.0.2.7",
        ),
    ] {
        let mut via: sip::message::Via = format!("SIP/2.0/UDP {written}").parse().expect("a Via");
        via.note_source(source);
        assert_eq!(via.to_string(), format!("SIP/2.0/UDP {noted}"));
    }
}
