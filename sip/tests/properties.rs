//! What is built reads back, and no bytes are too strange to be refused politely.

// The generator of cases is native.
#![cfg(not(target_arch = "wasm32"))]

mod checks;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sip::limits::Limits;
use sip::message::{
    Body, CallId, Contact, ContentType, Host, HostPort, Message, Method, NameAddr, Params, Reason,
    Reasons, Request, Response, SipUri, Status, Uri, Via,
};
use sip::parse::parse;
use sip::transport::Transport;

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|address| Host::V4(address.into())),
        any::<[u8; 16]>().prop_map(|address| Host::V6(address.into())),
        "[a-z][a-zA-Z0-9_-]{0,8}(\\.[a-z]{1,4}){0,2}"
            .prop_map(|name| name.parse().expect("a host")),
    ]
}

fn uri() -> impl Strategy<Value = Uri> {
    let sip = (
        any::<bool>(),
        any::<String>(),
        host(),
        option::of(any::<u16>()),
        option::of(any::<String>()),
        any::<bool>(),
    )
        .prop_map(|(secure, user, host, port, transport, lr)| {
            let mut uri = SipUri::new(host).with_user(&user);
            uri.secure = secure;
            uri.port = port;
            if let Some(transport) = transport {
                uri = uri.with_param("transport", &transport);
            }
            Uri::Sip(if lr { uri.with_flag("lr") } else { uri })
        });
    prop_oneof![
        sip,
        ".+".prop_map(|number: String| Uri::tel(&number)),
        "[a-z]{4}:[!#-;=?-~]{0,20}".prop_map(|other| other.parse().expect("a URI")),
    ]
}

fn params() -> impl Strategy<Value = Params> {
    let names = prop::sample::subsequence(vec!["a", "tag", "+sip.instance", "q"], 0..=4);
    (names, vec(option::of(any::<String>()), 4)).prop_map(|(names, values)| {
        let mut params = Params::default();
        for (name, value) in names.into_iter().zip(values) {
            match value {
                Some(value) => params.set(name, value),
                None => params.set_flag(name),
            }
        }
        params
    })
}

fn name_addr() -> impl Strategy<Value = NameAddr> {
    (option::of(".+"), uri(), params()).prop_map(|(display, uri, params)| NameAddr {
        display: display.map(|display: String| display.into()),
        uri,
        params,
    })
}

fn via() -> impl Strategy<Value = Via> {
    let transport = prop::sample::select(vec![
        Transport::Udp,
        Transport::Tcp,
        Transport::Tls,
        Transport::Ws,
        Transport::Wss,
    ]);
    (transport, host(), option::of(any::<u16>()), any::<String>()).prop_map(
        |(transport, host, port, branch)| Via::new(transport, HostPort::new(host, port), branch),
    )
}

fn body() -> impl Strategy<Value = Option<Body>> {
    let content_type = params().prop_map(|params| ContentType {
        params,
        ..ContentType::sdp()
    });
    option::of((content_type, vec(any::<u8>(), 0..200)))
        .prop_map(|body| body.map(|(content_type, bytes)| Body::new(content_type, bytes)))
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![
        prop::sample::select(vec![Method::Invite, Method::Register, Method::Publish]),
        "[A-Z!~'%][a-zA-Z.]{0,8}".prop_map(|name| name.parse().expect("a method")),
    ];
    let call_id = "[!-~]{1,30}".prop_map(|id| id.parse::<CallId>().expect("a Call-ID"));
    let first = (
        method,
        uri(),
        name_addr(),
        name_addr(),
        call_id,
        0..1_u32 << 31,
    );
    let lists = (
        vec(via(), 1..4),
        vec(name_addr(), 0..3),
        vec(name_addr(), 0..3),
        prop_oneof![
            Just(Contact::Star),
            vec(name_addr(), 0..3).prop_map(Contact::from)
        ],
    );
    let rest = (
        option::of(any::<u32>()),
        any::<String>(),
        any::<String>(),
        body(),
    );
    (first, lists, rest).prop_map(|(first, lists, rest)| {
        let (method, uri, from, to, call_id, cseq) = first;
        let mut request = Request::new(method, uri, from, to, call_id, cseq);
        let headers = &mut request.headers;
        (
            headers.via,
            headers.route,
            headers.record_route,
            headers.contact,
        ) = (lists.0.into(), lists.1.into(), lists.2.into(), lists.3);
        headers.expires = rest.0;
        headers.push("X-Anything", rest.1);
        headers.push("k", rest.2);
        if let Some(body) = rest.3 {
            request.set_body(body);
        }
        request
    })
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        request().prop_map(Message::Request),
        (request(), 100..700_u16, any::<String>()).prop_map(|(request, code, reason)| {
            let status = Status::new(code).expect("in range");
            Message::Response(Response::to(&request, status).with_reason(reason))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_reads_back(message in message()) {
        let read = parse(&message.to_bytes(), &Limits::default());
        prop_assert_eq!(read, Ok(message));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        checks::message(&bytes);
        checks::people(&bytes);
        checks::stream(&bytes);
    }

    #[test]
    fn any_text_is_a_header_or_refused(value in "[ -~\"<>;,=:/@\\\\\t]{0,40}", field in 0..12_usize) {
        let name = ["v", "f", "t", "i", "CSeq", "m", "Route", "c", "Expires", "Max-Forwards", "l", "x"][field];
        let text = format!(
            "OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n{name}: {value}\r\n\
             From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
        );
        checks::message(text.as_bytes());
    }

    #[test]
    fn a_damaged_message_is_read_or_refused(
        message in message(),
        damage in vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'"'), Just(b'<'), Just(b',')]), 1..5),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = message.to_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        checks::message(&bytes);
        checks::stream(&bytes);
        checks::message(&bytes[..end.index(bytes.len())]);
    }

    #[test]
    fn any_lines_are_a_description_or_refused(
        lines in vec("(v=0|o=- 1 1 IN IP4 192\\.0\\.2\\.1|s=-|t=0 0|[ocbtma]=[ -~]{0,30}|m=video [0-9]{1,5} RTP/AVP( [0-9]{1,3}){0,4}|a=(rtpmap|fmtp):[0-9]{1,3} [ -~]{0,20})", 0..12),
    ) {
        let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n{}\r\n", lines.join("\r\n"));
        checks::description(text.as_bytes());
        checks::description(lines.join("\r\n").as_bytes());
    }

    /// Whatever is put into a display name, a parameter, a reason, a header or a user, the message
    /// has the headers that it was given and no other.
    #[test]
    fn no_text_can_start_a_header(evil in "(.|[\r\n])*(\r\n|\r|\n)[A-Z][a-z]{1,8}: (.|[\r\n])*") {
        let from = "<sip:a@example.com>".parse::<NameAddr>().expect("an address");
        let to = NameAddr::new(Uri::sip(&evil, "example.com".parse().expect("a host")));
        let from = from.with_display(evil.as_str()).with_tag(evil.as_str());
        let call_id = "1".parse::<CallId>().expect("a Call-ID");
        let mut request = Request::new(Method::Bye, to.uri.clone(), from, to, call_id, 1);
        let sent_by = "192.0.2.1".parse::<HostPort>().expect("a host");
        request.headers.via = vec![Via::new(Transport::Udp, sent_by, evil.as_str())].into();
        request.headers.set_typed(&Reasons(vec![Reason::sip(Status::BUSY_HERE, &evil)]));
        request.headers.push("Subject", evil.as_str());
        let refusal = Response::to(&request, Status::BUSY_HERE).with_reason(evil.as_str());
        for (bytes, lines) in [(request.to_bytes(), 10), (refusal.to_bytes(), 7)] {
            let head = String::from_utf8(bytes).expect("text");
            let count = head.split("\r\n").filter(|line| !line.is_empty()).count();
            prop_assert_eq!(count, lines, "{}", head);
            prop_assert!(!head.replace("\r\n", "").contains(['\r', '\n']));
        }
    }

    #[test]
    fn any_text_is_an_address_or_refused(text in "(sip|sips|tel|urn|SIP)?:?[!-~]{0,30}") {
        if let Ok(uri) = text.parse::<Uri>() {
            let written = uri.to_string();
            prop_assert_eq!(written.parse::<Uri>(), Ok(uri));
        }
    }
}
