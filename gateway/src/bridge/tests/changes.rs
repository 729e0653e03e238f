//! Changes inside a call: hold, resume, another address, ICE begun anew. Whatever comes in whatever
//! order, the numbers of a stream go on (RFC 3550 §5.1, RFC 3711 §3.3.1).

use proptest::prelude::*;

use super::stand_ins::Ice;
use super::*;

const H264: Format = Format::H264 {
    mode: PacketizationMode::NonInterleaved,
    parameter_sets: Vec::new(),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// The plain peer holds or resumes: it wants this of us and sends this.
    Plain(Direction),
    /// The plain peer holds by 0.0.0.0.
    PlainWithoutAddress,
    /// The plain peer goes on at another port.
    PlainMoves,
    /// The plain peer's camera begins anew: another SSRC, and numbers from here.
    PlainRestarts(u32),
    /// The browser offers another direction of its own, or ICE anew.
    Browser(str0m::media::Direction, Ice),
    /// We offer the browser another direction.
    Reoffer(Direction),
    /// We offer the browser another direction, and it never answers.
    ReofferInVain(Direction),
}

/// A call both ways between a browser and a plain peer, and what each side is at.
struct Call {
    scene: Scene,
    plain: Direction,
    has_address: bool,
    /// Our own direction towards the browser.
    towards_browser: Direction,
}

impl Call {
    fn new() -> Call {
        let mut scene = Scene::new();
        let side = Side::Caller;
        let mut browser = Browser::new(6000, H264_MODE_1, scene.now);
        let offer = browser.offer(str0m::media::Direction::SendRecv);
        let answer = scene.apply(Step::WebAnswer {
            side,
            offer,
            video: Some(VideoLine {
                codec: H264_MODE_1,
                direction: Direction::SendRecv,
                limit: None,
            }),
            audio: None,
        });
        browser.take_answer(&described(answer));
        browser.camera = Some(Camera::new(VideoCodec::H264, &H264, (176, 144), 64_000));
        scene.browsers.push((side, browser));
        let camera = Camera::new(VideoCodec::H264, &H264, (176, 144), 64_000);
        scene.plain_camera = Some((Side::Callee, camera));
        let mut call = Call {
            scene,
            plain: Direction::SendRecv,
            has_address: true,
            towards_browser: Direction::SendRecv,
        };
        call.connect_plain();
        call.start();
        call.scene.run(Duration::from_millis(1500));
        call
    }

    fn connect_plain(&mut self) {
        let at = self.scene.plain_at;
        let format = StreamFormat {
            payload: H264,
            payload_type: 96,
            limit: QCIF,
            orientation: None,
        };
        let plan = PlainPlan {
            remote: self.has_address.then_some(Destination {
                address: at.ip(),
                rtp_port: at.port(),
                rtcp_port: at.port() + 1,
            }),
            to_peer: (self.plain.receives() && self.has_address).then(|| format.clone()),
            from_peer: vec![format],
            silence: Silence::IsExpected,
            feedback: Feedback::default(),
            rtcp: RtcpTerms::default(),
        };
        let side = Side::Callee;
        assert!(
            self.scene
                .apply(Step::PlainConnect { side, plan })
                .is_none()
        );
    }

    fn start(&mut self) {
        let to_plain = self.towards_browser.receives() && self.plain.receives() && self.has_address;
        let to_browser = self.towards_browser.sends() && self.plain.sends();
        let flows = match (to_plain, to_browser) {
            (true, true) => Flows::BothWays,
            (true, false) => Flows::From(Side::Caller),
            (false, true) => Flows::From(Side::Callee),
            (false, false) => Flows::Neither,
        };
        self.scene.apply(Step::Start { flows });
    }

    fn make(&mut self, change: Change) {
        let side = Side::Caller;
        match change {
            Change::Plain(direction) => {
                (self.plain, self.has_address) = (direction, true);
                self.connect_plain();
            }
            Change::PlainWithoutAddress => {
                self.has_address = false;
                self.connect_plain();
            }
            Change::PlainMoves => {
                self.has_address = true;
                self.scene.plain_at.set_port(self.scene.plain_at.port() + 2);
                self.connect_plain();
            }
            Change::PlainRestarts(chance) => {
                if let Some((_, camera)) = &mut self.scene.plain_camera {
                    camera.restart(chance);
                }
            }
            Change::Browser(direction, ice) => {
                let ours = match direction {
                    str0m::media::Direction::SendRecv => Direction::SendRecv,
                    str0m::media::Direction::SendOnly => Direction::RecvOnly,
                    str0m::media::Direction::RecvOnly => Direction::SendOnly,
                    str0m::media::Direction::Inactive => Direction::Inactive,
                };
                let offer = self.scene.browser(side).offer_again(Some(direction), ice);
                let answer = self.scene.apply(Step::WebReanswer {
                    side,
                    offer,
                    directions: of_video(ours),
                    audio: None,
                    limit: None,
                });
                self.scene.browser(side).take_answer(&described(answer));
                self.towards_browser = ours;
            }
            Change::Reoffer(direction) => {
                let offer = self.scene.apply(Step::WebReoffer {
                    side,
                    directions: of_video(direction),
                    audio: Vec::new(),
                });
                let answer = self.scene.browser(side).answer(&described(offer));
                let accepted = self.scene.apply(Step::WebAccept { side, answer });
                assert!(
                    matches!(accepted, Some(BridgeReply::WebAccepted { codec, .. }) if codec == Some(H264_MODE_1)),
                    "{accepted:?}"
                );
                self.towards_browser = direction;
            }
            Change::ReofferInVain(direction) => {
                described(self.scene.apply(Step::WebReoffer {
                    side,
                    directions: of_video(direction),
                    audio: Vec::new(),
                }));
            }
        }
        self.start();
        self.scene.run(Duration::from_millis(400));
    }

    /// One SSRC a side; numbers rise by one and timestamps never fall.
    fn assert_numbers_go_on(&mut self) {
        let plain = &self.scene.plain_seen;
        for pair in plain.windows(2) {
            assert_eq!(pair[0].ssrc, pair[1].ssrc);
            assert_eq!(pair[0].sequence.wrapping_add(1), pair[1].sequence);
            let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
            assert!(
                step < 90_000 * 60,
                "timestamps towards the plain peer: {step}"
            );
        }
        let seen = &self.scene.browser(Side::Caller).seen;
        for pair in seen.windows(2) {
            assert_eq!(pair[0].0, pair[1].0, "SSRC towards the browser");
            assert!(pair[0].1 < pair[1].1, "packet index towards the browser");
            let step = pair[1].2.wrapping_sub(pair[0].2);
            assert!(step < 90_000 * 60, "timestamps towards the browser: {step}");
        }
    }

    fn counts(&mut self) -> (usize, usize) {
        let plain = self.scene.plain_seen.len();
        (plain, self.scene.browser(Side::Caller).seen.len())
    }
}

fn of_video(direction: Direction) -> Directions {
    Directions {
        video: Some(direction),
        audio: None,
    }
}

fn described(reply: Option<BridgeReply>) -> String {
    match reply {
        Some(BridgeReply::Description { sdp, .. }) => sdp,
        other => panic!("{other:?}"),
    }
}

fn origin(sdp: &str) -> &str {
    sdp.lines().find(|line| line.starts_with("o=")).unwrap()
}

#[test]
fn pictures_flow_both_ways_again_after_hold_and_after_ice_begun_anew() {
    let mut call = Call::new();
    let before = call.counts();
    assert!(before.0 > 5 && before.1 > 0, "{before:?}");
    call.make(Change::Plain(Direction::Inactive));
    let held = call.counts();
    call.scene.run(Duration::from_secs(30));
    assert_eq!(
        call.counts(),
        held,
        "nothing flows on hold, and silence is no end"
    );
    assert!(!call.scene.events.iter().any(|event| event.contains("Lost")));
    call.make(Change::Plain(Direction::SendRecv));
    call.make(Change::Browser(
        str0m::media::Direction::SendRecv,
        Ice::Anew,
    ));
    let anew = call.counts();
    call.scene.run(Duration::from_secs(2));
    let after = call.counts();
    assert!(
        after.0 > anew.0 + 20 && after.1 > anew.1 + 20,
        "{anew:?} {after:?}"
    );
    let connected = "Connected { side: Caller }";
    let count = call
        .scene
        .events
        .iter()
        .filter(|event| *event == connected)
        .count();
    assert_eq!(count, 2, "{:?}", call.scene.events);
    call.assert_numbers_go_on();
}

#[test]
fn a_browser_that_was_away_is_connected_again_by_ice_begun_anew() {
    let mut call = Call::new();
    let (side, browser) = call.scene.browsers.pop().unwrap();
    call.scene.run(Duration::from_secs(45));
    let lost = "Lost { side: Caller, cause: Unreachable }";
    assert!(
        call.scene.events.iter().any(|event| event == lost),
        "{:?}",
        call.scene.events
    );
    call.scene.browsers.push((side, browser));
    call.scene.events.clear();
    call.make(Change::Browser(
        str0m::media::Direction::SendRecv,
        Ice::Anew,
    ));
    let before = call.counts();
    call.scene.run(Duration::from_secs(3));
    let after = call.counts();
    assert!(
        after.0 > before.0 + 20 && after.1 > before.1 + 20,
        "{before:?} {after:?}"
    );
    let connected = "Connected { side: Caller }";
    assert!(
        call.scene.events.iter().any(|event| event == connected),
        "{:?}",
        call.scene.events
    );
    // What it missed it may ask for by NACK, and gets it under its own number.
    let mut newest = 0;
    call.scene.browser(side).seen.retain(|(_, index, _)| {
        let is_new = *index > newest;
        newest = newest.max(*index);
        is_new
    });
    call.assert_numbers_go_on();
}

#[test]
fn a_browsers_refresh_is_answered_by_the_same_words_and_a_change_by_the_next_version() {
    let mut call = Call::new();
    let side = Side::Caller;
    let answered = |call: &mut Call, direction, ours| {
        let offer = call
            .scene
            .browser(side)
            .offer_again(Some(direction), Ice::Kept);
        let answer = described(call.scene.apply(Step::WebReanswer {
            side,
            offer,
            directions: of_video(ours),
            audio: None,
            limit: None,
        }));
        call.scene.browser(side).take_answer(&answer);
        answer
    };
    let both = str0m::media::Direction::SendRecv;
    let first = answered(&mut call, both, Direction::SendRecv);
    let refreshed = answered(&mut call, both, Direction::SendRecv);
    assert_eq!(first, refreshed);
    let paused = answered(
        &mut call,
        str0m::media::Direction::Inactive,
        Direction::Inactive,
    );
    assert!(paused.contains("a=inactive"), "{paused}");
    assert_ne!(origin(&paused), origin(&refreshed));
}

#[test]
fn an_offer_that_asks_for_what_cannot_change_leaves_the_leg_as_it_is() {
    let mut call = Call::new();
    let side = Side::Caller;
    let both = Some(str0m::media::Direction::SendRecv);
    let offer = call.scene.browser(side).offer_again(both, Ice::Anew);
    for offer in [
        other_certificate(&offer),
        offer.replace("H264/90000", "VP8/90000"),
        offer.replace("m=video 9", "m=video 0"),
        "no description".to_owned(),
    ] {
        let refused = call.scene.apply(Step::WebReanswer {
            side,
            offer,
            directions: of_video(Direction::SendRecv),
            audio: None,
            limit: None,
        });
        assert!(
            matches!(refused, Some(BridgeReply::Failed { .. })),
            "{refused:?}"
        );
    }
    let before = call.counts();
    call.scene.run(Duration::from_secs(1));
    let after = call.counts();
    assert!(
        after.0 > before.0 + 10 && after.1 > before.1 + 10,
        "{before:?} {after:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// R6.1.
    #[test]
    fn numbers_never_go_back_over_any_sequence_of_changes(
        changes in proptest::collection::vec(any_change(), 1..9)
    ) {
        let mut call = Call::new();
        for change in changes {
            call.make(change);
        }
        call.make(Change::Plain(Direction::SendRecv));
        call.make(Change::Browser(str0m::media::Direction::SendRecv, Ice::Kept));
        let before = call.counts();
        call.scene.run(Duration::from_secs(2));
        let after = call.counts();
        prop_assert!(after.0 > before.0 + 10 && after.1 > before.1 + 10, "{before:?} {after:?}");
        call.assert_numbers_go_on();
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    let direction = prop_oneof![
        Just(Direction::SendRecv),
        Just(Direction::SendOnly),
        Just(Direction::RecvOnly),
        Just(Direction::Inactive),
    ];
    let theirs = prop_oneof![
        Just(str0m::media::Direction::SendRecv),
        Just(str0m::media::Direction::SendOnly),
        Just(str0m::media::Direction::RecvOnly),
        Just(str0m::media::Direction::Inactive),
    ];
    let ice = prop_oneof![Just(Ice::Kept), Just(Ice::Anew)];
    prop_oneof![
        direction.clone().prop_map(Change::Plain),
        Just(Change::PlainWithoutAddress),
        Just(Change::PlainMoves),
        any::<u32>().prop_map(Change::PlainRestarts),
        (theirs, ice).prop_map(|(direction, ice)| Change::Browser(direction, ice)),
        direction.clone().prop_map(Change::Reoffer),
        direction.prop_map(Change::ReofferInVain),
    ]
}
