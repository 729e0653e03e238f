//! R9.1: a call to a model that has been recognised.

use super::*;

/// Calls the handset, which answers so; gives what it was offered.
fn called(scene: &mut Scene, answer: Reply) -> String {
    scene.events.clear();
    scene.commands.clear();
    scene.call(Who::Browser, "tel:+447700900002", BROWSER_OFFER);
    scene.media(BridgeReply::PlainOpened {
        medium: crate::bridge::Medium::Video,
        side: Side::Callee,
        port: 30000,
    });
    let invited = scene
        .events
        .iter()
        .rev()
        .find_map(|(who, event)| match event {
            Event::Incoming { request, .. } if *who == Who::Handset => Some(request),
            _ => None,
        });
    let offer = String::from_utf8(invited.unwrap().body.clone()).unwrap();
    scene.ladder.clear();
    scene.answer(Who::Handset, answer);
    offer
}

fn says(status: Status, name: &'static str) -> Reply {
    Reply::new(status).with_header(Header::fixed("Server", name))
}

/// R9.1, R1.16: the first refusal says which model it is, and the next offer is one that it can use.
#[test]
fn a_model_that_named_itself_is_offered_no_h264_the_next_time() {
    let mut scene = Scene::new();
    let first = called(
        &mut scene,
        says(Status::DECLINE, "Nokia6680/5.04 Series60/2.6"),
    );
    assert!(
        first.contains("H264") && !first.contains("com.nokia.rtvs"),
        "{first}"
    );
    let second = called(
        &mut scene,
        says(Status::DECLINE, "Nokia6680/5.04 Series60/2.6"),
    );
    assert!(!second.contains("H264"), "{second}");
    assert!(second.contains("H263-2000"), "{second}");
    assert!(
        second.contains("a=X-application:com.nokia.rtvs\r\n"),
        "{second}"
    );
    assert!(!second.contains("curr:qos"), "{second}");
    let wants = called(&mut scene, says(Status::DECLINE, "Nokia6630/6"));
    assert_eq!(
        wants,
        second.replace("o=- 2", "o=- 3"),
        "the same, of another session"
    );
    let demanded = called(&mut scene, says(Status::DECLINE, "Nokia6630/6"));
    assert!(
        demanded.contains("a=curr:qos local sendrecv\r\n"),
        "{demanded}"
    );
}

/// R9.1: the operator's variant declines by 486.
#[test]
fn busy_of_the_operators_variant_is_told_as_declined() {
    for (name, expected) in [("Nokia6650d/1", "603"), ("Nokia5230/1", "486")] {
        let mut scene = Scene::new();
        called(&mut scene, says(Status::BUSY_HERE, name));
        let told = format!("-> Browser {expected} INVITE");
        assert!(scene.ladder.contains(&told), "{name}: {:?}", scene.ladder);
    }
}
