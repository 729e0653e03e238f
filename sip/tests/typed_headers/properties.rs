//! Whatever a header can say reads as it was written, alone and in a message.

use super::headers;
use proptest::collection::vec;
use proptest::prelude::*;
use sip::limits::Limits;
use sip::message::{
    AcceptContact, AccessNetwork, CSeq, Date, Event, MaxBreadth, Mechanism, Message, Method, MinSe,
    NameAddr, PAccessNetworkInfo, PAssertedIdentity, PAssociatedUri, PChargingFunctionAddresses,
    PChargingVector, PPreferredIdentity, PVisitedNetworkId, Params, Path, Privacy, RAck, RSeq,
    Reason, Reasons, ReferTo, ReferredBy, RejectContact, Replaces, Request, RetryAfter,
    SecurityClient, SecurityServer, SecurityVerify, ServiceRoute, SessionExpires,
    SubscriptionState, Substate, Text, Token, TypedHeader, Uri, VisitedNetwork, Warning, Warnings,
    Wish,
};
use sip::parse::parse;
use std::fmt::Debug;
use std::time::Duration;

/// Alone, in the headers of a message that is written and read again, and on two lines if it is a
/// list.
fn reads_back<T: TypedHeader + Debug + PartialEq>(header: &T) {
    let written = header.to_string();
    assert_eq!(written.parse::<T>().as_ref(), Ok(header), "{written}");
    let mut request = Request::new(
        Method::Options,
        "sip:b@example.com".parse().expect("a URI"),
        "<sip:a@example.com>;tag=1".parse().expect("an address"),
        "<sip:b@example.com>".parse().expect("an address"),
        "1".parse().expect("a Call-ID"),
        1,
    );
    let via = "SIP/2.0/UDP a.example.com;branch=z9hG4bK1";
    request.headers.via.push(via.parse().expect("a Via"));
    request.headers.set_typed(header);
    let Ok(Message::Request(read)) = parse(&request.to_bytes(), &Limits::default()) else {
        panic!("{written}");
    };
    assert_eq!(
        read.headers.typed::<T>(),
        Some(Ok(written.parse().expect("as above")))
    );
}

fn params() -> impl Strategy<Value = Params> {
    let names = vec!["a", "q", "+sip.instance", "x-Y", "*"];
    let values = vec(prop::option::of(any::<String>()), 5);
    (prop::sample::subsequence(names, 0..=5), values).prop_map(|(names, values)| {
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

fn token() -> impl Strategy<Value = Token> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,12}".prop_map(|text| Token::new(&text).expect("a token"))
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(Text::from)
}

fn seconds() -> impl Strategy<Value = Duration> {
    any::<u32>().prop_map(|seconds| Duration::from_secs(seconds.into()))
}

fn addresses() -> impl Strategy<Value = Vec<NameAddr>> {
    let uri = (any::<String>(), "[a-z]{1,8}")
        .prop_map(|(user, host)| Uri::sip(&user, host.parse().expect("a host")));
    let address =
        (prop::option::of(".+"), uri, params()).prop_map(|(display, uri, params)| NameAddr {
            display: display.map(Text::from),
            uri,
            params,
        });
    vec(address, 1..4)
}

fn call_id() -> impl Strategy<Value = sip::message::CallId> {
    "[a-zA-Z0-9@.!:/-]{1,20}".prop_map(|id| id.parse().expect("a Call-ID"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_of_addresses(list in addresses()) {
        reads_back(&ReferTo(list[0].clone()));
        reads_back(&ReferredBy(list[0].clone()));
        reads_back(&Path(list.clone()));
        reads_back(&ServiceRoute(list.clone()));
        reads_back(&PAssociatedUri(list.clone()));
        reads_back(&PAssertedIdentity(list.clone()));
        reads_back(&PPreferredIdentity(list));
    }

    #[test]
    fn numbers_and_times(number in any::<u32>(), wait in seconds(), params in params(), comment in prop::option::of(text())) {
        reads_back(&RSeq(number));
        reads_back(&RAck { response: number, cseq: CSeq::new(number / 2, Method::Invite) });
        reads_back(&MaxBreadth(number));
        reads_back(&SessionExpires { interval: wait, params: params.clone() });
        reads_back(&MinSe { interval: wait, params: params.clone() });
        reads_back(&RetryAfter { wait, comment, params });
        reads_back(&Date::from_unix(wait * 60));
    }

    #[test]
    fn a_token_with_parameters(tokens in vec(token(), 1..4), params in params()) {
        let first = tokens[0].clone();
        reads_back(&Event { package: first.clone(), params: params.clone() });
        let written = format!("{first}{params}");
        reads_back::<SubscriptionState>(&written.parse().expect("a state"));
        reads_back(&SubscriptionState { state: Substate::Pending, params: params.clone() });
        let access = AccessNetwork { access: first.clone(), params: params.clone() };
        reads_back(&PAccessNetworkInfo(vec![access.clone(), access]));
        let mechanism = Mechanism { name: first, params: params.clone() };
        reads_back(&SecurityClient(vec![mechanism.clone()]));
        reads_back(&SecurityServer(vec![mechanism.clone(), mechanism.clone()]));
        reads_back(&SecurityVerify(vec![mechanism]));
        reads_back(&AcceptContact(vec![Wish { params: params.clone() }]));
        reads_back(&RejectContact(vec![Wish { params: params.clone() }, Wish { params }]));
        reads_back(&Privacy(tokens));
    }

    #[test]
    fn texts(first in text(), second in text(), params in params(), code in 100_u16..1000, cause in prop::option::of(any::<u16>())) {
        reads_back(&PVisitedNetworkId(vec![VisitedNetwork { name: first.clone(), params }]));
        let warning = Warning::new(code, "[::1]:5060", first.clone()).expect("a code and an agent");
        reads_back(&Warnings(vec![warning.clone(), warning]));
        let protocol = Token::new("Q.850").expect("a token");
        let reason = Reason { protocol, cause, text: Some(first.clone()) };
        reads_back(&Reasons(vec![reason.clone(), reason]));
        let vector = PChargingVector::new(format!("x{}", first.as_str())).with_networks(first, second);
        reads_back(&vector);
        reads_back::<PChargingFunctionAddresses>(&vector.params().to_string()[1..].parse().expect("parameters"));
    }

    #[test]
    fn replaces(call_id in call_id(), to in text(), from in text(), early in any::<bool>()) {
        let replaces = Replaces::new(call_id, to, from).expect("no separators");
        reads_back(&if early { replaces.with_early_only() } else { replaces });
    }

    #[test]
    fn any_text_is_read_or_refused(value in "[ -~]{0,40}|[0-9a-z;=\"<>,*()#!. ]{0,40}") {
        fn look<T: TypedHeader + Debug + PartialEq>(value: &str) {
            if let Ok(header) = value.parse::<T>() {
                reads_back(&header);
            }
        }
        look::<AcceptContact>(&value);
        look::<Date>(&value);
        look::<Event>(&value);
        look::<PAccessNetworkInfo>(&value);
        look::<PAssociatedUri>(&value);
        look::<PChargingFunctionAddresses>(&value);
        look::<PVisitedNetworkId>(&value);
        look::<Privacy>(&value);
        look::<RAck>(&value);
        look::<Reasons>(&value);
        look::<ReferTo>(&value);
        look::<Replaces>(&value);
        look::<RetryAfter>(&value);
        look::<SecurityClient>(&value);
        look::<SessionExpires>(&value);
        look::<SubscriptionState>(&value);
        look::<Warnings>(&value);
        if let Ok(contact) = format!("<sip:a@b>;+x=\"{value}\"").parse::<NameAddr>() {
            let _ = contact.features();
        }
        let _ = headers(&[("Retry-After", &value)]).typed::<RetryAfter>();
    }
}
