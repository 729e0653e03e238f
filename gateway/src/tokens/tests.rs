use super::*;

fn drawn(number: u8) -> Drawn {
    Drawn {
        secret: [number; 32],
        id: [number; 12],
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_token_is_good_for_its_time_and_no_longer() {
    let start = Instant::now();
    let mut tokens = Tokens::new(Limits::default());
    let issued = tokens
        .issue("nina", Some(seconds(60)), &drawn(1), start)
        .unwrap();
    assert_eq!(issued.expires_in, seconds(60));
    let grant = tokens.verify(&issued.token, start + seconds(59)).unwrap();
    assert_eq!((grant.name.as_str(), &grant.id), ("nina", &issued.id));
    assert_eq!(
        tokens.verify(&issued.token, start + seconds(60)),
        Err(Unfit::Expired)
    );
}

#[test]
fn a_token_says_whose_it_is_and_no_other_word_is_one() {
    let start = Instant::now();
    let mut tokens = Tokens::new(Limits::default());
    let issued = tokens.issue("n.i-n_a", None, &drawn(1), start).unwrap();
    assert!(issued.token.starts_with("sct.n.i-n_a."));
    assert!(is_ours(&issued.token));
    assert!(sip::bearer::Bearer::new(&issued.token).is_ok());
    let secret = issued.token.rsplit('.').next().unwrap();
    let others = [
        "",
        "sct.nina.",
        secret,
        &format!("sct.otto.{secret}"),
        &issued.token[..issued.token.len() - 1],
        issued.id.as_str(),
    ];
    for other in others {
        assert_eq!(tokens.verify(other, start), Err(Unfit::Unknown), "{other}");
    }
    assert!(!format!("{issued:?} {tokens:?}").contains(secret));
}

#[test]
fn a_token_is_not_longer_good_than_the_operator_allows() {
    let start = Instant::now();
    let mut tokens = Tokens::new(Limits::default());
    let cases = [
        (None, seconds(600)),
        (Some(seconds(1)), SHORTEST),
        (Some(seconds(3600)), seconds(3600)),
        (Some(seconds(86_400)), seconds(3600)),
    ];
    for (number, (wished, expected)) in (1..).zip(cases) {
        let issued = tokens.issue("nina", wished, &drawn(number), start).unwrap();
        assert_eq!(issued.expires_in, expected, "{wished:?}");
    }
}

#[test]
fn a_token_that_was_taken_back_is_nobodys() {
    let start = Instant::now();
    let mut tokens = Tokens::new(Limits::default());
    let one = tokens.issue("nina", None, &drawn(1), start).unwrap();
    let two = tokens.issue("nina", None, &drawn(2), start).unwrap();
    let other = tokens.issue("otto", None, &drawn(3), start).unwrap();
    assert_eq!(tokens.revoke(one.id.as_str()).unwrap().name, "nina");
    assert_eq!(tokens.revoke(one.id.as_str()), None);
    assert_eq!(tokens.verify(&one.token, start), Err(Unfit::Unknown));
    assert!(tokens.verify(&two.token, start).is_ok());
    assert_eq!(tokens.revoke_all_of("nina").len(), 1);
    assert_eq!(tokens.verify(&two.token, start), Err(Unfit::Unknown));
    assert!(tokens.verify(&other.token, start).is_ok());
    assert_eq!(tokens.revoke_all_of("nobody"), []);
    assert_eq!(tokens.count(), 1);
}

#[test]
fn a_subscriber_has_only_so_many_and_those_that_ran_out_make_room() {
    let start = Instant::now();
    let limits = Limits {
        per_subscriber: 2,
        ..Limits::default()
    };
    let mut tokens = Tokens::new(limits);
    for number in 1..=2 {
        tokens
            .issue("nina", Some(seconds(60)), &drawn(number), start)
            .unwrap();
    }
    let third = |tokens: &mut Tokens, now| tokens.issue("nina", None, &drawn(3), now);
    assert_eq!(third(&mut tokens, start), Err(Refused::TooMany));
    assert!(tokens.issue("otto", None, &drawn(4), start).is_ok());
    assert!(third(&mut tokens, start + seconds(60)).is_ok());
    assert_eq!(tokens.count(), 2);
}

#[test]
fn tokens_are_given_at_the_operators_pace() {
    let start = Instant::now();
    let limits = Limits {
        per_second: 3,
        ..Limits::default()
    };
    let mut tokens = Tokens::new(limits);
    for number in 1..=3 {
        assert!(tokens.issue("nina", None, &drawn(number), start).is_ok());
    }
    assert_eq!(
        tokens.issue("nina", None, &drawn(4), start),
        Err(Refused::TooFast)
    );
    assert!(
        tokens
            .issue("nina", None, &drawn(4), start + seconds(1))
            .is_ok()
    );
}

#[test]
fn wishes_are_read_and_nonsense_is_refused() {
    let good = Request::read(br#"{"subscriber": "nina", "expires_in": 60}"#).unwrap();
    assert_eq!(good.subscriber, "nina");
    assert_eq!(good.expires_in, Some(seconds(60)));
    let cases: [&[u8]; 8] = [
        b"",
        b"[]",
        b"{}",
        br#"{"subscriber": ""}"#,
        br#"{"subscriber": 7}"#,
        br#"{"subscriber": "nina", "expires_in": -1}"#,
        br#"{"subscriber": "nina", "expires_in": 9}"#,
        br#"{"subscriber": "nina", "admin": true}"#,
    ];
    for body in cases {
        assert!(
            Request::read(body).is_err(),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reading_of_wishes(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Request::read(&body);
    }
}
