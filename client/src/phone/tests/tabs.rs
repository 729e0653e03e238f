//! Two tabs of one person, and a page that is loaded anew in mid share.

use super::calls::INVITE;
use super::script::{ANNA, ANSWER, CHALLENGE, Script, number, registered_headers};
use crate::phone::state::{
    Camera, Command, Direction, Elsewhere, Registration, Share, SignInProblem, Tabs, Unfinished,
};
use crate::phone::tabs::{TabsAct, TabsEvent};
use crate::phone::{CameraEvent, Input, PeerEvent};

fn sign_in(script: &mut Script) {
    script.command(Command::SignIn {
        name: "Ben ".to_owned(),
        password: "secret".to_owned(),
    });
}

fn hears(script: &mut Script, event: TabsEvent) {
    script.input(Input::Tabs(event));
}

fn ben() -> String {
    "ben".to_owned()
}

/// At the door of a second tab, where the person has typed name and password.
fn second_tab() -> Script {
    let mut script = Script::new().with_other_tabs();
    script.settings();
    sign_in(&mut script);
    assert_eq!(script.take_tabs(), [TabsAct::Lead { name: ben() }]);
    hears(&mut script, TabsEvent::Elsewhere { name: ben() });
    script.forget();
    script
}

fn elsewhere(script: &Script) -> Option<Elsewhere> {
    match &script.state().life.tabs {
        Tabs::Elsewhere(other) => Some(other.clone()),
        Tabs::Alone | Tabs::Taken => None,
    }
}

#[test]
fn a_second_tab_says_where_one_is_signed_in_and_connects_nowhere() {
    let mut script = second_tab();
    let with = |with: Option<&str>| {
        Some(Elsewhere {
            name: ben(),
            with: with.map(str::to_owned),
            may_take_over: true,
        })
    };
    assert_eq!(elsewhere(&script), with(None));
    assert_eq!(script.state().registration, Registration::SignedOut);
    script.check("");

    let anna = Some("Anna".to_owned());
    for told in [anna, None] {
        let tells = TabsEvent::Tells {
            name: ben(),
            with: told.clone(),
        };
        hears(&mut script, tells);
        assert_eq!(elsewhere(&script), with(told.as_deref()));
    }
}

#[test]
fn the_second_tab_takes_over_when_the_person_says_so() {
    let mut script = second_tab();
    script.command(Command::TakeOver);
    assert_eq!(script.take_tabs(), [TabsAct::TakeOver { name: ben() }]);
    hears(&mut script, TabsEvent::Leads { name: ben() });
    assert_eq!(script.state().life.tabs, Tabs::Alone);
    assert_eq!(script.state().registration, Registration::SigningIn);
    assert!(script.trace().contains(&"socket /ws".to_owned()));
}

#[test]
fn the_first_tab_ends_what_it_does_and_says_who_took_it() {
    let mut script = Script::showing();
    hears(&mut script, TabsEvent::Taken);
    script.check(
        "camera off
         -> BYE sip:anna@gateway.example
         -> REGISTER sip:home.example",
    );
    assert_eq!(script.state().life.tabs, Tabs::Taken);
    assert_eq!(script.state().registration, Registration::SignedOut);
    assert_eq!(script.state().camera, Camera::Closed);
    assert_eq!(script.state().life.unfinished, None);
    // And may have it back.
    script.take_tabs();
    let tells = TabsEvent::Tells {
        name: ben(),
        with: None,
    };
    hears(&mut script, tells);
    assert_eq!(script.state().life.tabs, Tabs::Taken);
    sign_in(&mut script);
    assert_eq!(script.take_tabs(), [TabsAct::Lead { name: ben() }]);
}

#[test]
fn who_waits_is_signed_in_when_the_other_tab_is_closed() {
    let mut script = second_tab();
    hears(&mut script, TabsEvent::Left { name: ben() });
    assert_eq!(script.state().life.tabs, Tabs::Alone);
    hears(&mut script, TabsEvent::Leads { name: ben() });
    assert_eq!(script.state().registration, Registration::SigningIn);
}

#[test]
fn a_page_that_opens_beside_another_says_so_before_anything_is_typed() {
    let mut script = Script::new().with_other_tabs();
    let tells = TabsEvent::Tells {
        name: ben(),
        with: None,
    };
    hears(&mut script, tells);
    assert_eq!(
        elsewhere(&script).map(|other| other.may_take_over),
        Some(false)
    );
    script.command(Command::TakeOver);
    assert_eq!(script.take_tabs(), [], "it takes a sign-in");
    hears(&mut script, TabsEvent::Left { name: ben() });
    assert_eq!(script.state().life.tabs, Tabs::Alone);
}

#[test]
fn the_tab_that_leads_tells_whom_it_shares_with_and_that_it_leads_no_more() {
    let mut script = Script::showing();
    let told = |with: Option<&str>| TabsAct::Tell {
        with: with.map(str::to_owned),
    };
    let tabs = script.take_tabs();
    assert_eq!(tabs.last(), Some(&told(Some("Anna"))));
    script.command(Command::Stop);
    assert_eq!(script.take_tabs(), [told(None)]);
    script.command(Command::SignOut);
    assert_eq!(script.take_tabs(), [TabsAct::Leave]);
}

#[test]
fn a_late_word_of_the_lead_signs_nobody_in() {
    let mut script = Script::new().with_other_tabs();
    script.settings();
    hears(&mut script, TabsEvent::Leads { name: ben() });
    assert_eq!(script.state().registration, Registration::SignedOut);
    assert_eq!(
        script.take_tabs(),
        [TabsAct::Leave],
        "and lets others have it"
    );
    // A password that was wrong does not cost the lead.
    let mut script = Script::new();
    script.sign_in();
    script.answer("REGISTER", 401, &[CHALLENGE]);
    assert_eq!(
        script.state().sign_in_problem,
        Some(SignInProblem::WrongPassword)
    );
    assert!(!script.take_tabs().contains(&TabsAct::Leave));
}

/// Signed in in a tab whose last page left that note.
fn back(note: Option<String>) -> Script {
    let mut script = Script::after(note);
    script.sign_in();
    script.answer("REGISTER", 200, &registered_headers());
    script.directory();
    script.forget();
    script
}

#[test]
fn a_page_loaded_anew_in_mid_share_offers_to_show_it_again() {
    let mut script = Script::showing();
    assert!(
        script.unfinished().is_some(),
        "also for a page that crashes"
    );
    script.input(Input::Leaving);
    let note = script.unfinished();

    let mut script = back(note.clone());
    let unfinished = script.state().life.unfinished.clone();
    let direction = unfinished.as_ref().map(|left| left.direction);
    assert_eq!(direction, Some(Direction::Out));
    let peer = unfinished.map(|left| left.peer);
    assert_eq!(peer.and_then(|peer| peer.number), Some(number(ANNA)));
    script.command(Command::Rejoin);
    script.input(Input::Camera(CameraEvent::Opened));
    script.check("camera on");
    assert_eq!(script.state().share, Share::None, "seen by oneself alone");
    assert_eq!(script.state().life.unfinished, None);
    script.command(Command::Show);
    script.check("make offer");

    let mut script = back(note);
    script.command(Command::ForgetUnfinished);
    assert_eq!(script.state().life.unfinished, None);
    assert_eq!(script.unfinished(), None);
}

#[test]
fn what_was_watched_is_remembered_too_and_opens_no_camera() {
    let mut script = Script::signed_in();
    script.request(INVITE);
    script.command(Command::Watch);
    script.peer(PeerEvent::Answer(ANSWER.to_owned()));
    script.input(Input::Leaving);
    let mut script = back(script.unfinished());
    let left = script.state().life.unfinished.clone();
    assert_eq!(left.map(|left| left.direction), Some(Direction::In));
    script.command(Command::Rejoin);
    script.check("");
}

#[test]
fn what_ended_before_the_page_went_is_not_offered() {
    let mut script = Script::showing();
    script.command(Command::Stop);
    assert_eq!(script.unfinished(), None);
    script.input(Input::Leaving);
    assert_eq!(script.unfinished(), None);
}

#[test]
fn what_is_offered_is_ones_own_and_not_old() {
    let note = |owner: &str, at: u64| {
        Some(format!(
            r#"{{"owner":"{owner}","peer":{{"name":"Anna","number":"{ANNA}"}},"direction":"out","at":{at}}}"#
        ))
    };
    let offered = |note| back(note).state().life.unfinished.is_some();
    assert!(offered(note("ben@home.example", 1_699_999_000)));
    assert!(!offered(note("nina@home.example", 1_699_999_000)));
    assert!(!offered(note("ben@home.example", 1_699_990_000)));
    assert!(!offered(Some("nonsense".to_owned())));
    assert!(!offered(Some("[".repeat(100_000))));
    assert!(!offered(None));
}

#[test]
fn a_page_that_is_brought_back_whole_offers_what_it_left() {
    let mut script = Script::showing();
    script.input(Input::Leaving);
    script.input(Input::Back);
    script.sign_in_again();
    let left: Option<Unfinished> = script.state().life.unfinished.clone();
    assert_eq!(left.map(|left| left.direction), Some(Direction::Out));
}
