//! A wide set of requests with the headers of an IMS, generated, written by us and read by both
//! other readers: their fields are ours.
//!
//! Each is asked what it can read. `rsip` reads no address of IPv6 and no `tel:` in the first line,
//! and takes every header as text; `sipx-sip` reads all of it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rsip::headers::UntypedHeader;
use rsip::prelude::{HasHeaders, HeadersExt};
use sip::message::{
    AcceptContact, Body, Contact, Host, HostPort, Method, MinSe, NameAddr, PAssertedIdentity,
    PChargingVector, Path, Privacy, RAck, RSeq, Reason, Reasons, Request, SessionExpires, Status,
    Text, Token, TypedHeader, Uri, Via,
};
use sip::message::{CSeq, Refresher, SipUri, Wish};
use sip::transport::Transport;
use sipx_sip::headers::{Address, ContactValue};
use sipx_sip::message::TypedHeader as TheirHeader;
use std::time::Duration;

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|address| Host::V4(address.into())),
        any::<[u8; 16]>().prop_map(|address| Host::V6(address.into())),
        "[a-z][a-z0-9-]{0,8}[a-z0-9](\\.[a-z]{2,6}){1,3}"
            .prop_map(|name| name.parse().expect("a host")),
    ]
}

fn uri() -> impl Strategy<Value = Uri> {
    let sip = (
        any::<bool>(),
        "[a-zA-Z0-9+ @;:%\\\\\"?&=/.-]{1,16}",
        host(),
        option::of(1..u16::MAX),
        prop::sample::subsequence(vec!["lr", "ob", "comp"], 0..=3),
    )
        .prop_map(|(secure, user, host, port, flags)| {
            let mut uri = SipUri::new(host).with_user(&user);
            uri.secure = secure;
            uri.port = port;
            flags.into_iter().for_each(|flag| uri.params.set_flag(flag));
            Uri::Sip(uri)
        });
    prop_oneof![
        4 => sip,
        1 => "\\+[0-9]{5,15}".prop_map(|number: String| Uri::tel(&number)),
    ]
}

fn address() -> impl Strategy<Value = NameAddr> {
    let display = option::of("[A-Za-zäß][A-Za-z0-9 ,;:<>@äß\"\\\\'.-]{0,18}[A-Za-z]");
    let value = "[A-Za-z0-9 ,;:<>/%\"\\\\.-]{1,16}";
    (display, uri(), option::of(value), any::<bool>()).prop_map(|(display, uri, value, flag)| {
        let mut address = NameAddr::new(uri);
        address.display = display.map(Text::from);
        if let Some(value) = value {
            address.params.set_quoted("+g.3gpp.icsi-ref", value);
        }
        if flag {
            address.params.set_flag("audio");
        }
        address
    })
}

fn via() -> impl Strategy<Value = Via> {
    let transport = prop::sample::select(vec![Transport::Udp, Transport::Tcp, Transport::Wss]);
    let branch = "[A-Za-z0-9.+-]{1,40}";
    let params = (
        transport,
        host(),
        option::of(1..u16::MAX),
        branch,
        any::<bool>(),
    );
    params.prop_map(|(transport, host, port, branch, rport)| {
        let sent_by = HostPort::new(host, port);
        let mut via = Via::new(transport, sent_by, format!("z9hG4bK{branch}"));
        if rport {
            via.ask_rport();
        }
        via
    })
}

/// The headers of extensions.
fn extensions() -> impl Strategy<Value = Extensions> {
    let seconds = 90..100_000_u64;
    let numbers = (
        seconds.clone(),
        seconds,
        any::<bool>(),
        1..u32::MAX,
        0..1_u32 << 31,
    );
    let lists = (vec(address(), 1..3), vec(address(), 1..3));
    let texts = (
        "[A-Za-z0-9+=@.]{1,30}",
        "[A-Za-z0-9 ,;\"\\\\äß]{1,20}",
        0..128_u16,
    );
    (numbers, lists, texts).prop_map(|(numbers, lists, texts)| {
        let refresher = if numbers.2 {
            Refresher::Uac
        } else {
            Refresher::Uas
        };
        let seconds = Duration::from_secs;
        Extensions {
            session: SessionExpires::new(seconds(numbers.0)).with_refresher(refresher),
            min: MinSe::new(seconds(numbers.1)),
            rseq: RSeq(numbers.3),
            rack: RAck {
                response: numbers.3,
                cseq: CSeq::new(numbers.4, Method::Invite),
            },
            path: Path(lists.0),
            asserted: PAssertedIdentity(lists.1),
            charging: PChargingVector::new(texts.0),
            reasons: Reasons(vec![Reason {
                protocol: Token::new("Q.850").expect("a token"),
                cause: Some(texts.2),
                text: Some(texts.1.into()),
            }]),
        }
    })
}

#[derive(Debug, Clone)]
struct Extensions {
    session: SessionExpires,
    min: MinSe,
    rseq: RSeq,
    rack: RAck,
    path: Path,
    asserted: PAssertedIdentity,
    charging: PChargingVector,
    reasons: Reasons,
}

fn request() -> impl Strategy<Value = (Request, Extensions)> {
    let method = prop::sample::select(vec![
        Method::Invite,
        Method::Register,
        Method::Prack,
        Method::Update,
        Method::Subscribe,
    ]);
    let call_id = "[A-Za-z0-9.%*_+-]{1,30}(@[a-z0-9.]{1,10})?";
    let first = (method, uri(), address(), address(), call_id, 0..1_u32 << 31);
    let lists = (vec(via(), 1..4), vec(address(), 0..3), vec(address(), 1..3));
    let body = vec(any::<u8>(), 0..80);
    (first, lists, extensions(), body).prop_map(|(first, lists, extensions, body)| {
        let (method, uri, from, to, call_id, cseq) = first;
        let call_id = call_id.parse().expect("a Call-ID");
        let mut request = Request::new(method, uri, from.with_tag("a1"), to, call_id, cseq);
        let headers = &mut request.headers;
        (headers.via, headers.route) = (lists.0.into(), lists.1.into());
        headers.contact = Contact::from(lists.2);
        let wish = "*;+g.3gpp.cs-voice;require"
            .parse::<Wish>()
            .expect("a wish");
        headers.set_typed(&AcceptContact(vec![wish]));
        headers.set_typed(&Privacy(vec![Token::new("id").expect("a token")]));
        headers.set_typed(&extensions.session);
        headers.set_typed(&extensions.min);
        headers.set_typed(&extensions.rseq);
        headers.set_typed(&extensions.rack);
        headers.set_typed(&extensions.path);
        headers.set_typed(&extensions.asserted);
        headers.set_typed(&extensions.charging);
        headers.set_typed(&extensions.reasons);
        request.set_body(Body::sdp(body));
        (request, extensions)
    })
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("what we wrote is UTF-8")
}

/// A header of ours as theirs reads it.
fn theirs<T: TheirHeader>(headers: &sipx_sip::message::Headers) -> T {
    headers
        .typed::<T>()
        .expect("it is there")
        .expect("it can be read")
}

fn same_address(ours: &NameAddr, theirs: &Address) {
    let name = theirs.display_name.as_deref().map(text);
    assert_eq!(name, ours.display.as_deref());
    assert_eq!(text(&theirs.uri.to_bytes()), ours.uri.to_string());
    if let Some(user) = ours.uri.user() {
        assert_eq!(theirs.uri.decoded_user().as_deref(), Some(user.as_bytes()));
    }
    assert_eq!(theirs.params.len(), ours.params.len());
    for (name, value) in ours.params.iter() {
        assert_eq!(
            theirs.param(name).map(text).unwrap_or_default(),
            value.unwrap_or_default()
        );
    }
}

fn same_addresses(ours: &[NameAddr], theirs: &[Address]) {
    assert_eq!(ours.len(), theirs.len());
    ours.iter()
        .zip(theirs)
        .for_each(|(ours, theirs)| same_address(ours, theirs));
}

/// All values of a list that is no type of theirs.
fn list(headers: &sipx_sip::message::Headers, name: &'static str) -> Vec<Address> {
    let header = headers
        .iter()
        .find(|header| header.name().canonical() == name.as_bytes());
    let value = header.expect("it is there").value();
    Address::parse_list(&value, name).expect("it can be read")
}

fn sipx_agrees(ours: &Request, extensions: &Extensions) {
    let bytes = bytes::Bytes::from(ours.to_bytes());
    let limits = sipx_sip::parser::Limits::datagram();
    let message = sipx_sip::parse_datagram(bytes, &limits).expect("another reader takes it");
    let read = message.as_request().expect("a request");
    assert_eq!(text(read.method.as_bytes()), ours.method.as_str());
    assert_eq!(text(&read.uri.to_bytes()), ours.uri.to_string());
    assert_eq!(read.body().as_ref(), ours.body);
    let headers = &read.headers;
    same_address(
        &ours.headers.from,
        &theirs::<sipx_sip::headers::From>(headers).0,
    );
    same_address(
        &ours.headers.to,
        &theirs::<sipx_sip::headers::To>(headers).0,
    );
    let cseq = theirs::<sipx_sip::headers::CSeq>(headers);
    assert_eq!(cseq.sequence, ours.headers.cseq.number);
    let call_id = theirs::<sipx_sip::headers::CallId>(headers);
    assert_eq!(text(&call_id.0), ours.headers.call_id.as_str());
    let vias: Vec<sipx_sip::headers::Via> = headers
        .typed_all()
        .collect::<Result<_, _>>()
        .expect("they can be read");
    assert_eq!(vias.len(), ours.headers.via.len());
    for (ours, theirs) in ours.headers.via.iter().zip(&vias) {
        assert_eq!(theirs.branch().map(text), ours.branch());
        assert_eq!(text(&theirs.transport), ours.transport.to_string());
        assert_eq!(theirs.port, ours.sent_by.port);
        match &theirs.host {
            sipx_sip::uri::Host::Ip(ip) => assert_eq!(Some(*ip), ours.sent_by.host.ip()),
            name => assert_eq!(text(&name.to_bytes()), ours.sent_by.host.to_string()),
        }
        assert_eq!(theirs.rport(), ours.params.has("rport").then_some(None));
    }
    let contacts: Vec<Address> = headers
        .typed_all::<ContactValue>()
        .map(|contact| match contact.expect("it can be read") {
            ContactValue::Address(address) => address,
            ContactValue::Wildcard => panic!("we wrote none"),
        })
        .collect();
    same_addresses(ours.headers.contact.list(), &contacts);
    let routes: Vec<Address> = headers
        .typed_all::<sipx_sip::headers::Route>()
        .map(|route| route.expect("it can be read").0)
        .collect();
    same_addresses(&ours.headers.route, &routes);
    sipx_agrees_on(headers, extensions);
}

fn sipx_agrees_on(headers: &sipx_sip::message::Headers, ours: &Extensions) {
    same_addresses(&ours.path.0, &list(headers, Path::NAME));
    same_addresses(&ours.asserted.0, &list(headers, PAssertedIdentity::NAME));
    let session = theirs::<sipx_sip::session::SessionExpires>(headers);
    assert_eq!(session.interval, ours.session.interval);
    assert_eq!(
        session.refresher.map(|refresher| format!("{refresher:?}")),
        ours.session
            .refresher()
            .map(|refresher| format!("{refresher:?}"))
    );
    assert_eq!(
        theirs::<sipx_sip::session::MinSe>(headers).0,
        ours.min.interval
    );
    assert_eq!(theirs::<sipx_sip::rel::RSeq>(headers).0, ours.rseq.0);
    let rack = theirs::<sipx_sip::rel::RAck>(headers);
    assert_eq!(
        (rack.rseq, rack.cseq),
        (ours.rack.response, ours.rack.cseq.number)
    );
    assert_eq!(text(&rack.method), ours.rack.cseq.method.as_str());
    let reasons = theirs::<sipx_sip::headers::Reason>(headers).to_bytes();
    assert_eq!(text(&reasons).parse(), Ok(ours.reasons.clone()));
    let privacy = theirs::<sipx_sip::headers::Privacy>(headers);
    assert!(privacy.is(&sipx_sip::headers::PrivacyValue::Id));
}

fn rsip_agrees(ours: &Request) {
    let first_line_is_read = match &ours.uri {
        Uri::Sip(uri) => !matches!(uri.host, Host::V6(_)),
        Uri::Tel(_) | Uri::Other(_) => false,
    };
    if !first_line_is_read {
        return;
    }
    let read = rsip::Request::try_from(ours.to_bytes()).expect("another reader takes it");
    assert_eq!(read.method.to_string(), ours.method.as_str());
    let call_id = read.call_id_header().expect("Call-ID");
    assert_eq!(call_id.value(), ours.headers.call_id.as_str());
    let cseq = read.cseq_header().expect("CSeq");
    assert_eq!(cseq.value(), ours.headers.cseq.to_string());
    assert_eq!(read.body, ours.body);
    // Every line of ours is a header of theirs, in order.
    let written = ours.to_bytes();
    let head = written.split(|&byte| byte == b'\n').skip(1);
    for (line, header) in head.zip(read.headers().iter()) {
        let line = text(line).trim_end();
        assert!(
            header.to_string() == line,
            "{header} is not {line}, as another reader sees it"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_of_an_ims_say_to_other_readers_what_we_put_in((request, extensions) in request()) {
        sipx_agrees(&request, &extensions);
        rsip_agrees(&request);
    }

    #[test]
    fn refusals_say_to_other_readers_what_we_put_in((request, _) in request(), code in 300..700_u16, phrase in "[ -~äß]{0,20}") {
        let status = Status::new(code).expect("in range");
        let refusal = sip::message::Response::to(&request, status)
            .with_to_tag("b2")
            .with_reason(phrase.trim());
        let limits = sipx_sip::parser::Limits::datagram();
        let message = sipx_sip::parse_datagram(refusal.to_bytes().into(), &limits);
        let message = message.expect("another reader takes it");
        let read = message.as_response().expect("a response");
        prop_assert_eq!(read.status.code(), code);
        prop_assert_eq!(text(&read.reason), phrase.trim());
        let to = theirs::<sipx_sip::headers::To>(&read.headers);
        prop_assert_eq!(to.tag().map(text), refusal.headers.to.tag());
    }
}
