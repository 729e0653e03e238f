use std::path::PathBuf;

use super::*;

const BROWSER_OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=sendonly\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 104\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:104 H264/90000\r\n\
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\na=sendonly\r\n";

const HANDSET_OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n\
m=video 49152 RTP/AVP 98 96 31\r\nb=AS:85\r\na=rtpmap:98 H264/90000\r\n\
a=fmtp:98 profile-level-id=42900B;packetization-mode=1\r\na=rtpmap:96 H263-2000/90000\r\n\
a=fmtp:96 profile=0; level=45\r\na=framesize:96 176-144\r\na=sendonly\r\n";

const CAP: u32 = 768_000;

/// A file of this test with this text.
fn file(test: &str, text: &str) -> PathBuf {
    let name = format!("sidecam-explain-{}-{test}.sdp", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn said(test: &str, offer: &str, peer: &str, as_json: bool) -> (String, ExitCode) {
    let path = file(test, offer);
    let models = handset::Models::built_in().unwrap();
    let said = run(&path, (peer, &models), CAP, as_json);
    std::fs::remove_file(path).unwrap();
    said.unwrap()
}

#[test]
fn a_browsers_offer_to_a_handset_is_explained_line_by_line() {
    let (page, code) = said("web", BROWSER_OFFER, "nokia-6680", false);
    assert_eq!(code, ExitCode::SUCCESS, "{page}");
    for text in [
        "The offer:\n  v=0\n",
        "line 2, video: taken: the first video line with a codec that can be bridged\n",
        "line 2, 97 rtx: not a video codec that can be bridged\n",
        "What the peer is offered:\n",
        "  m=video 30000 RTP/AVP 96 97 34\n",
        "  m=audio 30002 RTP/AVP 0 8 110 111 112 101\n",
        "line 1, audio: port 0: nothing of its sound can be bridged, or it is not wanted; the share goes on without\n",
        "line 1, 34 H263: offered: the oldest packets of H.263\n",
        "What the peer answers:\n",
        "  m=video 49152 RTP/AVP 96\n",
        "line 1, 96 H263-2000: chosen: the peer's own first choice\n",
        "line 1, video: at most 176x144 at 15 pictures and 64000 bit/s: what its level allows\n",
        "The answer:\n  m=video 9 UDP/TLS/RTP/SAVPF 96\n",
        "line 2, 96 VP8: chosen: of what is transcoded for this browser it comes first\n",
        "The call can be made.\n",
    ] {
        assert!(page.contains(text), "{text:?} is not in\n{page}");
    }
}

#[test]
fn a_handsets_offer_to_a_browser_is_explained_line_by_line() {
    let (page, code) = said("plain", HANDSET_OFFER, "browser", false);
    assert_eq!(code, ExitCode::SUCCESS, "{page}");
    for text in [
        "What the peer is offered:\n  m=video 9 UDP/TLS/RTP/SAVPF 96 97\n",
        "line 1, 96 H264: offered: the plain peer has it too, so pictures can pass as they are\n",
        "The answer:\n  v=0\n",
        "  m=video 30000 RTP/AVP 98\n  b=AS:85\n",
        "line 1, 98 H264: Baseline profile, level 1b, by the flags of profile-level-id\n",
        "line 1, 98 H264: chosen: the browser has the same codec, so pictures pass as they are\n",
        "line 1, 96 H263-2000: could be bridged, but an answer has one codec and another comes first\n",
        "line 1, 31 H261: not a video codec that can be bridged\n",
        "line 1, video: b=AS:85 at the media level, where the offer has its own\n",
        "line 1, video: recvonly for the peer's sendonly\n",
        "line 1, video: not passed on: framesize\n",
    ] {
        assert!(page.contains(text), "{text:?} is not in\n{page}");
    }
}

#[test]
fn a_peer_may_be_a_file_and_the_offer_may_be_in_a_message() {
    let invite = format!(
        "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:a@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 70\r\nContact: <sip:a@192.0.2.1>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{BROWSER_OFFER}",
        BROWSER_OFFER.len()
    );
    let peer = file("peer", &HANDSET_OFFER.replace("m=video 49152", "m=video 0"));
    let (page, code) = said("message", &invite, peer.to_str().unwrap(), false);
    std::fs::remove_file(peer).unwrap();
    assert_eq!(code, ExitCode::SUCCESS, "{page}");
    assert!(page.contains("What the peer answers:\n"), "{page}");
    assert!(page.contains("m=video 49152 RTP/AVP 98\n"), "{page}");
}

#[test]
fn json_has_the_keys_that_the_help_promises() {
    let (text, _) = said("json", HANDSET_OFFER, "browser", true);
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["accepted"], true);
    let answer = object["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(answer["step"], "answer");
    let about = |number: u8| {
        let reasons = answer["reasons"].as_array().unwrap();
        reasons
            .iter()
            .filter(|reason| reason["payload_type"] == number)
            .count()
    };
    assert!(about(98) > 0 && about(96) > 0 && about(31) > 0, "{text}");

    let secure = HANDSET_OFFER.replace("RTP/AVP", "RTP/SAVP");
    let (text, code) = said("secure", &secure, "browser", true);
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, ExitCode::FAILURE);
    assert_eq!(
        (&object["accepted"], &object["status"]),
        (&json!(false), &json!(488))
    );
    assert!(
        object["warning"]
            .as_str()
            .unwrap()
            .starts_with("302 sidecam"),
        "{text}"
    );
}

#[test]
fn what_is_no_description_or_no_peer_is_said() {
    let voice = HANDSET_OFFER.replace("m=video 49152 RTP/AVP 98 96 31", "m=audio 49152 RTP/AVP 0");
    for (test, offer, peer, expected) in [
        (
            "nothing",
            "hello",
            "browser",
            "neither a description nor a SIP message",
        ),
        ("nobody", HANDSET_OFFER, "n-gage", "nokia-6680"),
        ("voice", &voice, "browser", "sound alone"),
    ] {
        let path = file(test, offer);
        let models = handset::Models::built_in().unwrap();
        let error = run(&path, (peer, &models), CAP, false).unwrap_err();
        std::fs::remove_file(path).unwrap();
        let error = format!("{error:#}");
        assert!(error.contains(expected), "{error}");
    }
}

/// R9.1: the same data as in a call.
#[test]
fn a_models_offer_is_what_its_profile_wants() {
    let (page, code) = said("model", BROWSER_OFFER, "nokia-n70", false);
    assert_eq!(code, ExitCode::SUCCESS, "{page}");
    assert!(page.contains("m=video 30000 RTP/AVP 97\n"), "{page}");
    assert!(page.contains("a=X-application:com.nokia.rtvs\n"), "{page}");
    let (page, code) = said("operator", BROWSER_OFFER, "operator-variant", false);
    assert_eq!(code, ExitCode::SUCCESS, "{page}");
    assert!(page.contains("a=type:videolive\n"), "{page}");
}
