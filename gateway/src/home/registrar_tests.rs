use sip::transport::Transport;

use super::*;

const POLICY: Policy = Policy {
    min_expires: Duration::from_secs(60),
    max_expires: Duration::from_secs(3600),
    default_expires: Duration::from_secs(600),
    flow_grace: Duration::from_secs(30),
    bindings_per_user: 3,
};

/// What a REGISTER of nina's says, and from where.
struct Register {
    from: Hop,
    contacts: &'static [&'static str],
    expires: Option<u32>,
    call_id: &'static str,
    cseq: u32,
}

fn udp(port: u16) -> Hop {
    crate::edge::udp::hop(([192, 0, 2, 1], port).into())
}

fn websocket(flow: u64) -> Hop {
    Hop {
        transport: Transport::Ws,
        flow: FlowId(flow),
        remote: ([192, 0, 2, 9], 1000).into(),
    }
}

fn from(from: Hop, contacts: &'static [&'static str], expires: Option<u32>, cseq: u32) -> Register {
    Register {
        from,
        contacts,
        expires,
        call_id: "one",
        cseq,
    }
}

fn send(registrar: &mut Registrar, register: &Register, now: Instant) -> Result<Granted, Refusal> {
    let contact = match register.contacts {
        ["*"] => Contact::Star,
        list => Contact::List(list.iter().map(|one| one.parse().unwrap()).collect()),
    };
    let call_id = register.call_id.parse().unwrap();
    let wish = Wish {
        hop: register.from,
        contact: &contact,
        expires: register.expires,
        call_id: &call_id,
        cseq: register.cseq,
        pass: None,
        token: Some(format!("token-{}", register.cseq)),
        path: &[],
        gruu: [register.cseq as u8; 8],
    };
    registrar.register("nina", wish, now)
}

/// Contact URI and what is left of it, in the order in which they are called.
fn shown(registrar: &Registrar, now: Instant) -> Vec<String> {
    let one = |binding: &&Binding| {
        format!(
            "{} {}",
            binding.contact.uri,
            binding.expires_at.saturating_duration_since(now).as_secs()
        )
    };
    registrar.reachable("nina", now).iter().map(one).collect()
}

#[test]
fn registers_add_renew_refuse_and_remove() {
    // Seconds since the start, what came, what it got, and who is called then.
    type Step = (u64, Register, Result<(), Refusal>, &'static [&'static str]);
    let steps: Vec<Step> = vec![
        (0, from(udp(5060), &[], None, 1), Ok(()), &[]),
        (
            0,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], None, 2),
            Ok(()),
            &["sip:nina@192.0.2.1:5060 600"],
        ),
        (
            10,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(120), 3),
            Ok(()),
            &["sip:nina@192.0.2.1:5060 120"],
        ),
        // The contact's own time counts before the header's.
        (
            10,
            from(
                udp(5060),
                &["<sip:nina@192.0.2.1:5060>;expires=200"],
                Some(120),
                4,
            ),
            Ok(()),
            &["sip:nina@192.0.2.1:5060 200"],
        ),
        (
            10,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(999_999), 5),
            Ok(()),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(59), 6),
            Err(Refusal::TooBrief),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(60), 5),
            Err(Refusal::OutOfOrder),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["*"], Some(60), 7),
            Err(Refusal::Star),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["*"], None, 7),
            Err(Refusal::Star),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        // All or nothing: the second is too brief, so the first does not come in either.
        (
            10,
            from(
                udp(5060),
                &["<sip:x@192.0.2.1>", "<sip:y@192.0.2.1>;expires=5"],
                None,
                8,
            ),
            Err(Refusal::TooBrief),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["*"], Some(0), 5),
            Err(Refusal::OutOfOrder),
            &["sip:nina@192.0.2.1:5060 3600"],
        ),
        (
            10,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(0), 9),
            Ok(()),
            &[],
        ),
        (
            10,
            from(
                udp(5060),
                &[
                    "<sip:a@192.0.2.1>;q=0.2",
                    "<sip:b@192.0.2.1>;q=0.9",
                    "<sip:c@192.0.2.1>",
                ],
                Some(60),
                10,
            ),
            Ok(()),
            &[
                "sip:c@192.0.2.1 60",
                "sip:b@192.0.2.1 60",
                "sip:a@192.0.2.1 60",
            ],
        ),
        (
            10,
            from(
                udp(5060),
                &["<sip:a@h>", "<sip:b@h>", "<sip:c@h>", "<sip:d@h>"],
                Some(60),
                11,
            ),
            Err(Refusal::TooMany),
            &[
                "sip:c@192.0.2.1 60",
                "sip:b@192.0.2.1 60",
                "sip:a@192.0.2.1 60",
            ],
        ),
        (
            69,
            from(udp(5060), &[], None, 12),
            Ok(()),
            &[
                "sip:c@192.0.2.1 1",
                "sip:b@192.0.2.1 1",
                "sip:a@192.0.2.1 1",
            ],
        ),
        (70, from(udp(5060), &[], None, 13), Ok(()), &[]),
        (
            70,
            from(udp(5060), &["<sip:nina@192.0.2.1:5060>"], Some(60), 14),
            Ok(()),
            &["sip:nina@192.0.2.1:5060 60"],
        ),
        (70, from(udp(5060), &["*"], Some(0), 15), Ok(()), &[]),
    ];
    let start = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    for (number, (seconds, register, expected, then)) in steps.into_iter().enumerate() {
        let now = start + Duration::from_secs(seconds);
        registrar.handle_timeout(now);
        let got = send(&mut registrar, &register, now).map(|_| ());
        assert_eq!(got, expected, "step {number}");
        assert_eq!(shown(&registrar, now), then, "step {number}");
    }
}

#[test]
fn a_page_that_comes_back_takes_its_binding_and_its_calls_to_the_new_connection() {
    const PAGE: &[&str] =
        &["<sip:x@a.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";reg-id=1"];
    const PAGE_AGAIN: &[&str] =
        &["<sip:y@b.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";reg-id=1"];
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    let first = send(&mut registrar, &from(websocket(1), PAGE, Some(600), 1), now).unwrap();
    assert_eq!(first.token.as_deref(), Some("token-1"));
    assert_eq!(first.orders, []);
    registrar.flow_closed(&websocket(1), now);
    assert_eq!(shown(&registrar, now), [""; 0]);
    assert_eq!(registrar.standing("nina", now).count(), 1);

    let again = Register {
        call_id: "two",
        ..from(websocket(2), PAGE_AGAIN, Some(600), 1)
    };
    let granted = send(&mut registrar, &again, now + Duration::from_secs(29)).unwrap();
    assert_eq!(granted.moved, [(FlowId(1), websocket(2))]);
    assert_eq!(
        granted.token.as_deref(),
        Some("token-1"),
        "the page's token stays good"
    );
    registrar.handle_timeout(now + Duration::from_secs(31));
    assert_eq!(
        shown(&registrar, now + Duration::from_secs(31)),
        ["sip:y@b.invalid;transport=ws 598"]
    );
}

#[test]
fn a_binding_dies_with_its_connection_after_the_grace() {
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    send(
        &mut registrar,
        &from(websocket(1), &["<sip:x@a.invalid>"], Some(600), 1),
        now,
    )
    .unwrap();
    registrar.flow_closed(&websocket(1), now);
    assert_eq!(registrar.poll_timeout(), Some(now + POLICY.flow_grace));
    registrar.handle_timeout(now + POLICY.flow_grace);
    assert_eq!(registrar.count(), 0);
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn the_sender_is_known_by_the_hop_it_registered_from_and_by_no_other() {
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    send(
        &mut registrar,
        &from(udp(5060), &["<sip:x@h>"], Some(60), 1),
        now,
    )
    .unwrap();
    let who = |registrar: &Registrar, hop: Hop, now| {
        registrar
            .who_is_at(&hop, now)
            .map(|(name, _)| name.to_owned())
            .next()
    };
    assert_eq!(who(&registrar, udp(5060), now).as_deref(), Some("nina"));
    assert_eq!(who(&registrar, udp(5061), now), None);
    assert_eq!(
        who(&registrar, udp(5060), now + Duration::from_secs(60)),
        None
    );
    send(
        &mut registrar,
        &from(udp(5062), &["<sip:x@h>"], Some(60), 2),
        now,
    )
    .unwrap();
    assert_eq!(who(&registrar, udp(5060), now), None, "the device moved");
    assert_eq!(who(&registrar, udp(5062), now).as_deref(), Some("nina"));
}

#[test]
fn a_token_is_good_while_its_page_is_connected() {
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    send(
        &mut registrar,
        &from(websocket(1), &["<sip:x@a.invalid>"], Some(60), 1),
        now,
    )
    .unwrap();
    assert_eq!(registrar.who_has_token("token-1", now), Some("nina"));
    assert_eq!(registrar.who_has_token("token-2", now), None);
    assert_eq!(
        registrar.who_has_token("token-1", now + Duration::from_secs(60)),
        None
    );
    registrar.flow_closed(&websocket(1), now);
    assert_eq!(registrar.who_has_token("token-1", now), None);
}

#[test]
fn one_device_too_many_takes_the_place_of_the_weakest() {
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    send(
        &mut registrar,
        &from(websocket(1), &["<sip:a@a.invalid>"], Some(3600), 1),
        now,
    )
    .unwrap();
    send(
        &mut registrar,
        &from(
            udp(5060),
            &["<sip:b@h>", "<sip:c@h>;expires=100"],
            Some(200),
            2,
        ),
        now,
    )
    .unwrap();
    registrar.flow_closed(&websocket(1), now);
    send(
        &mut registrar,
        &from(udp(5060), &["<sip:d@h>"], Some(300), 3),
        now,
    )
    .unwrap();
    assert_eq!(
        shown(&registrar, now),
        ["sip:d@h 300", "sip:b@h 200", "sip:c@h 100"]
    );
    send(
        &mut registrar,
        &from(udp(5060), &["<sip:e@h>"], Some(300), 4),
        now,
    )
    .unwrap();
    assert_eq!(
        shown(&registrar, now),
        ["sip:d@h 300", "sip:e@h 300", "sip:b@h 200"]
    );
}

#[test]
fn only_datagram_bindings_are_written_to_the_store_and_they_come_back() {
    let now = Instant::now();
    let mut registrar = Registrar::new(POLICY, [5; 32]);
    let phone: &'static [&'static str] = &["<sip:x@192.0.2.1:5060>;+g.3gpp.cs-voice"];
    let granted = send(&mut registrar, &from(udp(5060), phone, Some(90), 7), now).unwrap();
    let [Order::Keep(stored)] = granted.orders.as_slice() else {
        panic!("{:?}", granted.orders)
    };
    assert_eq!(
        (stored.contact.as_str(), stored.expires_in),
        (phone[0], Duration::from_secs(90))
    );

    let mut restarted = Registrar::new(POLICY, [5; 32]);
    restarted.restore(stored, udp(5060), [1; 8], now);
    assert_eq!(shown(&restarted, now), ["sip:x@192.0.2.1:5060 90"]);
    let repeated = send(&mut restarted, &from(udp(5060), phone, Some(90), 7), now);
    assert_eq!(repeated.map(|_| ()), Err(Refusal::OutOfOrder));
    let gone = send(&mut restarted, &from(udp(5060), phone, Some(0), 8), now).unwrap();
    assert_eq!(
        gone.orders,
        [Order::Forget {
            name: "nina".into(),
            contact: phone[0].into()
        }]
    );
}
