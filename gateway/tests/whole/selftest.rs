//! `sidecam selftest`: what works is said to work, and what broke is named with the next step.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;

use sidecam_gateway::config::Config;
use sidecam_gateway::selftest::{self, Report, Subject, What};

use serde_json::Value;

use crate::support::calls::{expect, invite};
use crate::support::{PASSWORD, Peer, Running, WebSocketPeer, header, within};

/// Against the gateway of a test, as nina.
async fn of(gateway: &Running, password: &str, sip: SocketAddr) -> Report {
    let subject = Subject::Running(selftest::Running {
        url: format!("ws://{}/ws", gateway.addresses.http),
        sip: Some(sip),
        name: "nina".to_owned(),
        password: password.to_owned(),
    });
    selftest::run(subject, |_| {}).await
}

fn broke(report: &Report) -> (What, &str, &str) {
    let broke = report.broke.as_ref().expect("something broke");
    (broke.step, &broke.sentence, &broke.next_step)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_runs_is_called_there_and_back() {
    let mut gateway = Running::start().await;
    let report = of(&gateway, PASSWORD, gateway.addresses.udp).await;
    assert!(report.ok, "{report:?}");
    let last = report.steps.last().map(|step| step.step);
    assert_eq!(last, Some(What::LikenessBack));
    // Nothing stays behind.
    within(async { while gateway.counter("calls").await > 0 {} }).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_own_handset_is_called_by_a_page_and_shows_pictures_back() {
    // Whoever holds shares to voice calls lets a page test all the same.
    let mut gateway = Running::start_set(|folder| {
        let token = folder.join("token");
        std::fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
        vec![
            ("SIDECAM__CALLS__CONTEXT", "network".to_owned()),
            ("SIDECAM__CALLS__SHARE_WITHOUT_CALL", "refuse".to_owned()),
            (
                "SIDECAM__CALLS__EVENTS_TOKEN_FILE",
                token.display().to_string(),
            ),
        ]
    })
    .await;
    let subject = Subject::There(selftest::Running {
        url: format!("ws://{}/ws", gateway.addresses.http),
        sip: None,
        name: "nina".to_owned(),
        password: PASSWORD.to_owned(),
    });
    let report = selftest::run(subject, |_| {}).await;
    assert!(report.ok, "{report:?}");
    let steps: Vec<What> = report.steps.iter().map(|step| step.step).collect();
    assert!(steps.contains(&What::OwnHandset), "{steps:?}");
    assert_eq!(steps.last(), Some(&What::LikenessBack));
    // Nothing stays behind.
    within(async { while gateway.counter("calls").await > 0 {} }).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_one_handset_and_it_is_nobody_elses() {
    let mut gateway = Running::start().await;
    let (head, body) = gateway.ask("POST", TRIAL, &[]).await;
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
    assert!(body.contains("Prove who you are"), "{body}");

    let bearer = async |page: &mut WebSocketPeer, name| {
        let answer = page.register(name, PASSWORD, "").await;
        format!("Bearer {}", header(&answer, "Sidecam-Token").unwrap())
    };
    let (mut ninas, mut ottos) = (gateway.websocket().await, gateway.websocket().await);
    let nina = bearer(&mut ninas, "nina").await;
    let otto = bearer(&mut ottos, "otto").await;
    let first = begun(&gateway, &nina).await;
    let second = begun(&gateway, &nina).await;
    let look = async |test: &Value, whose: &str| {
        let path = format!("{TRIAL}/{}", test["id"].as_str().unwrap());
        gateway.ask("GET", &path, &[("Authorization", whose)]).await
    };
    let (head, body) = look(&second, &nina).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let seen: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&seen["state"], &seen["pictures"]),
        (&"waiting".into(), &0.into())
    );
    assert_eq!(seen["likeness"], Value::Null);
    for (test, whose) in [(&first, &nina), (&second, &otto)] {
        let (head, body) = look(test, whose).await;
        assert!(head.starts_with("HTTP/1.1 204 "), "{head} {body}");
    }
    // Its address leads nobody else anywhere.
    let address = second["address"].as_str().unwrap();
    let invite = invite(&ottos, "+15550001", 1).replace("tel:+15550001", address);
    let invite = invite.replace("sip:nina@", "sip:otto@");
    ottos.send(&invite).await;
    expect(&mut ottos, "SIP/2.0 404").await;

    let path = format!("{TRIAL}/{}", second["id"].as_str().unwrap());
    let shown = [("Authorization", nina.as_str())];
    let (head, _) = gateway.ask("DELETE", &path, &shown).await;
    assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
    let (head, _) = look(&second, &nina).await;
    assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
    for _ in 0..4 {
        begun(&gateway, &nina).await;
    }
    let (head, body) = gateway.ask("POST", TRIAL, &shown).await;
    assert!(head.starts_with("HTTP/1.1 429 "), "{head}");
    assert!(head.contains("retry-after: 60"), "{head}");
    assert!(body.contains("wait a while"), "{body}");
    gateway.stop().await;
}

const TRIAL: &str = "/api/v1/selftest";

async fn begun(gateway: &Running, bearer: &str) -> Value {
    let shown = [("Authorization", bearer)];
    let (head, body) = gateway.ask("POST", TRIAL, &shown).await;
    assert!(head.starts_with("HTTP/1.1 201 "), "{head} {body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["seconds"], 60);
    let address = told["address"].as_str().unwrap();
    assert!(address.starts_with("sip:selftest-"), "{address}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_named_as_such() {
    let mut gateway = Running::start().await;
    let report = of(&gateway, "battery staple horse", gateway.addresses.udp).await;
    let (step, sentence, next_step) = broke(&report);
    assert_eq!(step, What::SignIn);
    assert!(sentence.contains("name and password"), "{sentence}");
    assert!(next_step.contains("sidecam user password"), "{next_step}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn udp_that_does_not_pass_is_named_as_such() {
    let mut gateway = Running::start().await;
    // Whoever listens there says nothing.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let report = of(&gateway, PASSWORD, silent.local_addr().unwrap()).await;
    let (step, sentence, next_step) = broke(&report);
    assert_eq!(step, What::Handset);
    assert!(sentence.contains("over UDP at 127.0.0.1:"), "{sentence}");
    assert!(next_step.contains("sip.udp"), "{next_step}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_not_there_is_named_as_such() {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let subject = Subject::Running(selftest::Running {
        url: format!("ws://{}/ws", nobody.local_addr().unwrap()),
        sip: None,
        name: "nina".to_owned(),
        password: PASSWORD.to_owned(),
    });
    let report = selftest::run(subject, |_| {}).await;
    let (step, sentence, _) = broke(&report);
    assert_eq!(step, What::Gateway);
    assert!(
        sentence.starts_with("No gateway answers at ws://127.0.0.1:"),
        "{sentence}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn media_ports_that_are_taken_are_named_as_such() {
    let (first, _taken) = four_taken_ports();
    let text = format!("[media]\nrtp_ports = \"{first}-{}\"\n", first + 3);
    let config = Config::read(Some((Path::new("test.toml"), &text)), std::iter::empty()).unwrap();
    let report = selftest::run(Subject::Own(Box::new(config)), |_| {}).await;
    let (step, sentence, next_step) = broke(&report);
    assert_eq!(step, What::Call);
    assert!(sentence.contains("503"), "{sentence}");
    assert!(next_step.contains("media.rtp_ports"), "{next_step}");
}

/// Ports of loopback next to each other, the first of them even, that nobody else can have.
fn four_taken_ports() -> (u16, Vec<UdpSocket>) {
    for first in (20_000..29_000).step_by(4) {
        let taken = (first..first + 4).map(|port| UdpSocket::bind(("127.0.0.1", port)));
        if let Ok(taken) = taken.collect::<Result<Vec<_>, _>>() {
            return (first, taken);
        }
    }
    panic!("no four ports are free");
}

#[test]
fn scripts_are_told_by_the_exit_code() {
    let folder = std::env::temp_dir().join(format!("sidecam-selftest-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sidecam"));
        let output = command.arg("selftest").args(words).current_dir(&folder);
        output.output().unwrap()
    };
    let good = run(&["--json"]);
    let said: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(said["ok"], true, "{said}");
    assert_eq!(said["steps"].as_array().map(Vec::len), Some(13), "{said}");
    assert_eq!(good.status.code(), Some(0));
    // Whoever holds shares to voice calls can test all the same.
    let strict = "[calls]\ncontext = \"network\"\nshare_without_call = \"refuse\"\n\
                  events_token_file = \"token\"\n";
    std::fs::write(folder.join("strict.toml"), strict).unwrap();
    std::fs::write(folder.join("token"), "0123456789abcdef0123456789abcdef\n").unwrap();
    assert_eq!(run(&["--config", "strict.toml"]).status.code(), Some(0));
    let elsewhere = run(&["--url", "ws://127.0.0.1:1/ws"]);
    assert_eq!(elsewhere.status.code(), Some(2), "no user is named");
    let unreadable = run(&["--config", "missing.toml"]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(!folder.join("sidecam.db").exists(), "nothing is kept");
    std::fs::remove_dir_all(folder).unwrap();
}
