//! One handset shows its camera to another, over real sockets and with real codecs.

use crate::support::{Running, options};
use serde_json::json;

/// Who shows to whom, and what must come of it.
struct Share {
    from: &'static str,
    to: &'static str,
    /// The only one that the showing handset may offer.
    codec: &'static str,
    payload_type: u8,
}

async fn check(share: Share) {
    let watcher = Running::start(options(&["--profile", share.to])).await;
    let shower = Running::start(options(&[
        "--profile",
        share.from,
        "--pattern-text",
        "none",
        "--codec",
        share.codec,
    ]))
    .await;
    let to = format!("sip:{}", watcher.ready.sip);
    shower.post("/api/share", &json!({ "to": to })).await;
    let status = watcher
        .until("25 right pictures and both reports", |status| {
            status["receive"]["pattern"]["right"].as_u64() >= Some(25)
                && status["receive"]["rtcp"]["sr"].as_u64() >= Some(1)
        })
        .await;
    let receive = &status["receive"];
    assert_eq!(receive["codec"], share.codec, "{status:#}");
    assert_eq!(receive["payload_type"], share.payload_type, "{status:#}");
    assert_eq!(
        (&receive["width"], &receive["height"]),
        (&json!(176), &json!(144))
    );
    assert!(
        receive["pattern"]["psnr_db_mean"].as_f64() >= Some(25.0),
        "{status:#}"
    );
    assert!(
        receive["first_picture_ms"].as_u64() < Some(1000),
        "{status:#}"
    );
    assert_eq!(receive["rtp"]["lost"], 0);
    let png = watcher.get("/snapshot.png").await;
    assert!(png.starts_with(b"\x89PNG"), "{} bytes", png.len());
    shower
        .until("a report came back", |status| {
            status["send"]["rtcp"]["rr"].as_u64() >= Some(1)
        })
        .await;

    shower.post("/api/end", &json!({})).await;
    let ended = watcher
        .until("the call is over", |status| status["call"].is_null())
        .await;
    assert_eq!(ended["last_end"]["by"], "peer");
    let ended = shower.status().await;
    assert_eq!(ended["last_end"]["by"], "us");
    watcher.stop().await;
    shower.stop().await;
}

#[tokio::test]
async fn h263_over_rfc_4629_arrives() {
    check(Share {
        from: "nokia-6680",
        to: "nokia-5230",
        codec: "H263-2000",
        payload_type: 96,
    })
    .await;
}

#[tokio::test]
async fn h263_over_rfc_2190_arrives() {
    check(Share {
        from: "nokia-6680",
        to: "nokia-6680",
        codec: "H263",
        payload_type: 34,
    })
    .await;
}

#[tokio::test]
async fn h263_1998_arrives() {
    check(Share {
        from: "nokia-n70",
        to: "nokia-n70",
        codec: "H263-1998",
        payload_type: 96,
    })
    .await;
}

#[tokio::test]
async fn h264_arrives() {
    check(Share {
        from: "nokia-5230",
        to: "nokia-5230",
        codec: "H264",
        payload_type: 98,
    })
    .await;
}

#[tokio::test]
async fn a_share_from_the_command_line_ends_by_itself() {
    let watcher = Running::start(options(&[])).await;
    let to = format!("sip:{}", watcher.ready.sip);
    let shower = Running::start(options(&["share", &to, "--seconds", "1"])).await;
    shower.finished().await.unwrap();
    let status = watcher
        .until("the call is over", |status| status["ended_calls"] == 1)
        .await;
    assert!(
        status["receive"]["frames"].as_u64() >= Some(5),
        "{status:#}"
    );
    watcher.stop().await;
}

#[tokio::test]
async fn a_declined_share_fails_on_the_command_line() {
    let decliner = Running::start(options(&["--on-invite", "decline"])).await;
    let to = format!("sip:{}", decliner.ready.sip);
    let shower = Running::start(options(&["share", &to])).await;
    let error = shower.finished().await.unwrap_err();
    assert_eq!(error.to_string(), "the share failed: 603 Decline");
    decliner.stop().await;
}

#[tokio::test]
async fn a_ringing_handset_is_answered_by_its_page_and_ended_by_it() {
    let watcher = Running::start(options(&["--on-invite", "ring"])).await;
    let shower = Running::start(options(&[])).await;
    let to = format!("sip:{}", watcher.ready.sip);
    shower.post("/api/share", &json!({ "to": to })).await;
    watcher
        .until("it rings", |status| status["call"]["state"] == "ringing")
        .await;
    let again = shower.post("/api/share", &json!({ "to": to })).await;
    assert_eq!(again["error"], "a call is up already");
    watcher.post("/api/answer", &json!({})).await;
    watcher
        .until("pictures come", |status| {
            status["receive"]["frames"].as_u64() >= Some(3)
        })
        .await;
    watcher.post("/api/end", &json!({})).await;
    let ended = shower
        .until("the call is over", |status| status["call"].is_null())
        .await;
    assert_eq!(ended["last_end"]["by"], "peer");
    watcher.stop().await;
    shower.stop().await;
}

#[tokio::test]
async fn a_caller_gives_up_while_it_rings() {
    let watcher = Running::start(options(&["--on-invite", "ring"])).await;
    let shower = Running::start(options(&[])).await;
    let to = format!("sip:{}", watcher.ready.sip);
    shower.post("/api/share", &json!({ "to": to })).await;
    watcher
        .until("it rings", |status| status["call"]["state"] == "ringing")
        .await;
    shower.post("/api/end", &json!({})).await;
    let ended = watcher
        .until("it stops ringing", |status| status["call"].is_null())
        .await;
    assert_eq!(
        ended["last_end"],
        json!({ "by": "peer", "status": 487, "reason": null })
    );
    let ended = shower
        .until("the call is over", |status| status["call"].is_null())
        .await;
    assert_eq!(ended["last_end"]["status"], 487);
    watcher.stop().await;
    shower.stop().await;
}

/// R1.24: the answer is there, and the camera opens when the phone's user says so.
#[tokio::test]
async fn a_phone_that_asks_its_user_shows_nothing_before() {
    let watcher = Running::start(options(&["--profile", "nokia-6680"])).await;
    let arguments = ["--profile", "nokia-5230", "--confirm", "ask"];
    let shower = Running::start(options(&arguments)).await;
    let to = format!("sip:{}", watcher.ready.sip);
    shower.post("/api/share", &json!({ "to": to })).await;
    let up = shower
        .until("it asks", |status| status["send"]["waits_for_user"] == true)
        .await;
    assert_eq!(up["call"]["state"], "active");
    watcher
        .until("a report came", |status| {
            status["receive"]["rtcp"]["rr"].as_u64() >= Some(1)
        })
        .await;
    let seen = watcher.status().await;
    assert_eq!(seen["receive"]["frames"], 0, "{seen:#}");
    shower.post("/api/confirm", &json!({})).await;
    watcher
        .until("pictures come", |status| {
            status["receive"]["frames"].as_u64() >= Some(3)
        })
        .await;
    watcher.stop().await;
    shower.stop().await;
}

/// R9.1: two phones of the old client and the new one find out about each other.
#[tokio::test]
async fn a_phone_asks_another_what_it_can() {
    let other = Running::start(options(&["--profile", "operator-variant"])).await;
    let to = format!("sip:{}", other.ready.sip);
    let asker = Running::start(options(&["--profile", "rcs-e", "--in-call", &to])).await;
    asker
        .until("the other answered", |status| {
            status["peer_can"] == "live-video"
        })
        .await;
    other.stop().await;
    asker.stop().await;
}
