//! Binding, refreshing, failing and leaving.

use super::*;

#[test]
fn it_registers_by_the_digest_it_knows_and_refreshes_ten_minutes_early() {
    for (profile, algorithm) in [("nokia-6680", "MD5"), ("nokia-5230", "SHA-256")] {
        let mut script = Script::new(profile, OnInvite::Answer);
        assert_eq!(
            script.command(Command::Register),
            ["REGISTER sip:home.example"]
        );
        assert_eq!(
            script.answered("REGISTER", challenge),
            ["REGISTER sip:home.example"]
        );
        let register = script.last("REGISTER");
        let authorization = register.get("Authorization").unwrap();
        assert!(
            authorization.contains(&format!("algorithm={algorithm}")),
            "{authorization}"
        );
        assert_eq!(register.cseq.number, 2);
        assert_eq!(
            register.get("Contact"),
            Some("<sip:old@192.0.2.20:5062>;+g.3gpp.cs-voice")
        );
        let bound = |register: Message| {
            let contact = "<sip:old@192.0.2.20:5062>;+g.3gpp.cs-voice;expires=1800";
            register.response(200, "OK").with("Contact", contact)
        };
        assert_eq!(
            script.answered("REGISTER", bound),
            ["*Registered { expires_seconds: 1800 }"]
        );
        assert!(script.agent.is_registered());
        assert_eq!(script.wait(1200), ["1200.0 REGISTER sip:home.example"]);
    }
}

#[test]
fn a_wrong_password_is_tried_again_ever_later() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Register);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        script.answered("REGISTER", challenge);
        script.answered("REGISTER", challenge);
        let end = script.answered("REGISTER", challenge);
        assert_eq!(end, ["*RegistrationFailed { status: Some(401) }"]);
        let failed = script.now;
        // Only the pause is left to fire: old transactions are over.
        let due = script.agent.poll_timeout().unwrap();
        pauses.push(due.duration_since(failed).as_secs());
        script.now = due;
        script.agent.handle_timeout(due);
        assert_eq!(script.trace(), ["REGISTER sip:home.example"]);
    }
    let least = [1, 2, 4, 8, 16, 30, 30];
    for (pause, least) in pauses.iter().zip(least) {
        assert!((least..=least * 5 / 4 + 1).contains(pause), "{pauses:?}");
    }
}

#[test]
fn leaving_takes_the_binding_away() {
    let mut script = Script::new("nokia-6680", OnInvite::Answer);
    script.command(Command::Register);
    script.answered("REGISTER", |register| register.response(200, "OK"));
    assert_eq!(
        script.command(Command::Unregister),
        ["REGISTER sip:home.example"]
    );
    assert_eq!(script.last("REGISTER").get("Expires"), Some("0"));
    let gone = script.answered("REGISTER", |register| register.response(200, "OK"));
    assert_eq!(gone, ["*Unregistered"]);
}
