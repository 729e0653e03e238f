//! What a browser's leg must not do: carry media that is not secured, or for somebody else.

use super::*;

/// A browser that calls with an offer that was changed on its way.
fn call_with(change: impl Fn(&str) -> String) -> (Scene, Option<BridgeReply>) {
    let mut scene = Scene::new();
    let side = Side::Caller;
    let mut browser = Browser::new(6000, WebCodec::Vp8, scene.now);
    let offer = browser.offer(str0m::media::Direction::SendOnly);
    let reply = scene.apply(Step::WebAnswer {
        side,
        offer: change(&offer),
        video: Some(VideoLine {
            codec: WebCodec::Vp8,
            direction: Direction::RecvOnly,
            limit: None,
        }),
        audio: None,
    });
    if let Some(BridgeReply::Description { sdp, .. }) = &reply {
        browser.take_answer(sdp);
        let camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (176, 144), 64_000);
        browser.camera = Some(camera);
        scene.browsers.push((side, browser));
    }
    (scene, reply)
}

#[test]
fn a_browser_whose_certificate_is_not_the_one_in_its_sdp_gets_no_media() {
    for (change, connects) in [
        (str::to_owned as fn(&str) -> String, true),
        (other_certificate, false),
    ] {
        let (mut scene, reply) = call_with(change);
        assert!(
            matches!(reply, Some(BridgeReply::Description { .. })),
            "{reply:?}"
        );
        scene.plain(Side::Callee, Format::H263Plus);
        scene.apply(Step::Start {
            flows: Flows::From(Side::Caller),
        });
        scene.run(Duration::from_secs(5));
        let connected = "Connected { side: Caller }";
        let is_connected = scene.events.iter().any(|event| event == connected);
        assert_eq!(is_connected, connects, "{:?}", scene.events);
        assert_eq!(!scene.plain_seen.is_empty(), connects);
    }
}

#[test]
fn an_offer_without_a_certificate_is_refused() {
    let without = |name: &'static str| {
        move |offer: &str| -> String {
            let lines = offer.split_inclusive("\r\n");
            lines.filter(|line| !line.starts_with(name)).collect()
        }
    };
    let (_, reply) = call_with(without("a=fingerprint"));
    assert!(
        matches!(reply, Some(BridgeReply::Failed { .. })),
        "{reply:?}"
    );
    let (_, reply) = call_with(|offer| offer.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"));
    assert!(
        matches!(reply, Some(BridgeReply::Failed { .. })),
        "{reply:?}"
    );
    let (_, reply) = call_with(|offer| {
        let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n";
        let without = without("a=fingerprint")(offer);
        without.replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF") + key
    });
    assert!(
        matches!(reply, Some(BridgeReply::Failed { .. })),
        "{reply:?}"
    );
}

#[test]
fn what_comes_to_a_browsers_port_unsecured_is_no_media() {
    let (mut scene, _) = call_with(str::to_owned);
    scene.plain(Side::Callee, Format::H263Plus);
    scene.apply(Step::Start {
        flows: Flows::From(Side::Caller),
    });
    scene.browser(Side::Caller).camera = None;
    scene.run(Duration::from_secs(2));
    let mut camera = Camera::new(VideoCodec::Vp8, &Format::Vp8, (176, 144), 64_000);
    for _ in 0..20 {
        for packet in camera.shoot() {
            let bytes = packet.to_bytes();
            let input = Input::Web {
                side: Side::Caller,
                source: scene.browser(Side::Caller).local,
                bytes: &bytes,
            };
            scene.bridge.handle(input, scene.now);
        }
        scene.run(Duration::from_millis(65));
    }
    assert!(scene.plain_seen.is_empty());
    assert!(
        !scene.events.iter().any(|event| event.contains("Lost")),
        "{:?}",
        scene.events
    );
}
