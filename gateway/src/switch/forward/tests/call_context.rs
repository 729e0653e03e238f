//! A page hears of the voice calls that the network told of.

use super::scene::Scene;
use super::*;
use crate::switch::Input;
use crate::switch::call_context::{Event as Happened, News};

const ASK: &str =
    "Event: call-context\r\nContact: <sip:nina@a.invalid;transport=ws>\r\nExpires: 600\r\n";

fn tell(scene: &mut Scene, event: Happened) {
    let news = News {
        id: "1".to_owned(),
        event,
        between: ["+15550009".parse().unwrap(), "+15550001".parse().unwrap()],
    };
    let now = scene.now;
    scene.switch.hear_of_call(news, now).unwrap();
    scene.drain();
}

fn told(scene: &Scene) -> String {
    String::from_utf8(scene.last_request("page").body.clone()).unwrap()
}

/// R4.1
#[test]
fn a_page_is_told_of_its_own_calls_and_of_no_others() {
    let mut scene = Scene::new();
    scene.request("page", "SUBSCRIBE", "sip:nina@example.org", ASK);
    scene.check(
        "page -> SUBSCRIBE sip:nina@example.org
         -> page 200 SUBSCRIBE
         -> page NOTIFY sip:nina@a.invalid;transport=ws",
    );
    assert_eq!(told(&scene), r#"{"version":0,"calls":[]}"#);
    let first = scene.last_request("page");
    assert_eq!(first.headers.get("Event"), Some("call-context"));
    scene.answer("page", 200, &[]);
    tell(&mut scene, Happened::Started);
    assert_eq!(
        told(&scene),
        r#"{"version":1,"calls":[{"number":"+15550009","stands":"connected"}]}"#
    );
    scene.answer("page", 200, &[]);
    tell(&mut scene, Happened::Held);
    assert!(told(&scene).contains("\"held\""));
    scene.answer("page", 200, &[]);
    tell(&mut scene, Happened::Ended);
    assert_eq!(told(&scene), r#"{"version":3,"calls":[]}"#);
    scene.answer("page", 200, &[]);

    scene.request("tablet", "SUBSCRIBE", "sip:nina@example.org", ASK);
    assert_eq!(scene.last_response("tablet").status, Status::FORBIDDEN);
}

/// R4.1
#[test]
fn a_page_that_is_gone_is_told_nothing() {
    let mut scene = Scene::new();
    scene.request("page", "SUBSCRIBE", "sip:nina@example.org", ASK);
    scene.answer("page", 200, &[]);
    let flow = super::scene::hop("page").flow;
    let now = scene.now;
    scene.switch.handle(Input::FlowClosed(flow), now);
    scene.drain();
    scene.ladder.clear();
    tell(&mut scene, Happened::Started);
    scene.check("");
}
