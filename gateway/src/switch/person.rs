//! RFC 7616 §3.4, RFC 6750 §2.1: who asks over HTTP, by the password that they register with, by the
//! token that their registration was given, or by the one that they register with.

use std::net::IpAddr;
use std::time::Duration;

use sip::digest::{Authorization, Challenge, DigestError};
use sip::message::Method;
use sip::time::Instant;

use super::guard::Guard;
use super::{Output, Switch};
use crate::bridge::BridgeCommand;
use crate::home::Subscribers;
use crate::operate::metrics::Counters;
use crate::store::Subscriber;
use tokio::sync::mpsc;

/// What somebody shows with a request.
#[derive(Debug)]
pub struct Claim {
    pub method: String,
    /// Path and query, as in the request's first line.
    pub target: String,
    pub from: IpAddr,
    /// The values of Authorization.
    pub shown: Vec<String>,
}

/// Of which call a person wants to know what became of its packets.
#[derive(Debug)]
pub struct AskedPackets {
    /// Whose call it must be.
    pub name: String,
    pub call_id: String,
}

/// Why nobody is believed to ask.
#[derive(Debug)]
pub enum Doubt {
    /// They are to prove it by one of these.
    Asked(Vec<Challenge>),
    /// Too many wrong passwords: nothing is listened to for so long.
    LockedOut(Duration),
}

impl Switch {
    /// Who asks over HTTP. The proof counts wrong guesses together with those of REGISTER.
    ///
    /// # Errors
    /// What to answer to who did not prove it.
    pub fn person(&mut self, claim: &Claim, now: Instant) -> Result<Subscriber, Doubt> {
        if let Some(token) = claim.bearer()
            && let Some(name) = self.home.registrar.who_has_token(token, now)
            && let Some(found) = self.home.subscribers.by_name(name)
        {
            return Ok(found.clone());
        }
        if let Some(token) = claim.bearer()
            && let Ok(grant) = self.guard.tokens.verify(token, now)
            && let Some(found) = self.home.subscribers.by_name(&grant.name)
        {
            return Ok(found.clone());
        }
        let subscribers = &self.home.subscribers;
        let found = self
            .guard
            .prove_claim(claim, subscribers, &self.counters, now);
        found.cloned()
    }

    /// Has the media worker of that person's call tell what it kept of its packets.
    pub fn tell_packets(&mut self, asked: &AskedPackets, reply: mpsc::Sender<String>) {
        if let Some((bridge, near)) = self.calls.carried_by(&asked.name, &asked.call_id) {
            let command = BridgeCommand::Tell { near, reply };
            self.outputs.push_back(Output::Bridge { bridge, command });
        }
    }
}

impl Claim {
    fn bearer(&self) -> Option<&str> {
        self.shown.iter().find_map(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("Bearer")
                .then_some(token.trim())
        })
    }

    /// The proof for that realm and this very request (RFC 7616 §3.4.6).
    fn proof(&self, realm: &str) -> Option<Authorization> {
        let mut all = self.shown.iter().filter_map(|value| value.parse().ok());
        all.find(|proof: &Authorization| {
            *proof.realm == *realm && *proof.uri == *self.target && proof.counted.is_some()
        })
    }
}

impl Guard {
    fn prove_claim<'a>(
        &mut self,
        claim: &Claim,
        subscribers: &'a Subscribers,
        counters: &Counters,
        now: Instant,
    ) -> Result<&'a Subscriber, Doubt> {
        let realm = self.digest.realm().to_string();
        let (Some(proof), Ok(method)) = (claim.proof(&realm), claim.method.parse::<Method>())
        else {
            return Err(Doubt::Asked(self.digest.challenge(now)));
        };
        let name = proof.username.to_string();
        if let Some(left) = self.guesses.locked_out(claim.from, &name, now) {
            return Err(Doubt::LockedOut(left));
        }
        let known = subscribers.by_name(&name);
        // Nobody of that name is answered like a wrong password, and as late.
        let decoy = self.digest.decoy();
        let ha1 = known.map_or(&decoy, |one| &one.ha1);
        match (self.digest.verify(&proof, &method, ha1, now), known) {
            (Ok(_), Some(known)) => {
                self.guesses.succeeded(claim.from, &name);
                Ok(known)
            }
            (Err(DigestError::Stale | DigestError::Replay), Some(_)) => {
                Err(Doubt::Asked(self.digest.stale_challenge(now)))
            }
            (Err(DigestError::Realm | DigestError::Wrong), Some(_)) | (_, None) => {
                counters.credentials_refused.count();
                self.guesses.failed(claim.from, &name, now);
                match self.guesses.locked_out(claim.from, &name, now) {
                    Some(left) => Err(Doubt::LockedOut(left)),
                    None => Err(Doubt::Asked(self.digest.challenge(now))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sip::digest::{Credentials, DigestServer, Ha1};
    use sip::message::Text;

    use super::*;
    use crate::switch::GuessLimits;
    use crate::switch::guard::Authenticate;

    const REALM: &str = "example.net";
    const LIMITS: GuessLimits = GuessLimits {
        per_name: 3,
        per_address: 10,
        lockout: Duration::from_secs(60),
    };

    struct Scene {
        guard: Guard,
        subscribers: Subscribers,
        counters: Counters,
        start: Instant,
    }

    impl Scene {
        fn new() -> Scene {
            let start = Instant::now();
            let nina = Subscriber {
                name: "nina".into(),
                number: "+15550001".into(),
                display: "Nina".into(),
                realm: REALM.into(),
                ha1: Ha1::of("nina", REALM, "correct horse"),
            };
            Scene {
                guard: Guard::new(
                    DigestServer::new(REALM, [7; 32], start),
                    LIMITS,
                    Authenticate::EveryRequest,
                ),
                subscribers: Subscribers::new(vec![nina]),
                counters: Counters::default(),
                start,
            }
        }

        fn ask(&mut self, shown: Option<&str>, target: &str) -> Result<String, Doubt> {
            let claim = Claim {
                method: "GET".into(),
                target: target.into(),
                from: "192.0.2.1".parse().unwrap(),
                shown: shown.map(str::to_owned).into_iter().collect(),
            };
            let found =
                self.guard
                    .prove_claim(&claim, &self.subscribers, &self.counters, self.start);
            found.map(|one| one.name.clone())
        }

        fn challenge(&mut self) -> Challenge {
            match self.ask(None, "/api/v1/person") {
                Err(Doubt::Asked(challenges)) => challenges[0].clone(),
                other => panic!("{other:?}"),
            }
        }
    }

    /// As `curl --digest` proves it.
    fn proof(challenge: &Challenge, password: &str, target: &str, nc: u32) -> String {
        let nina = Credentials::new("nina", password);
        let get = "GET".parse().unwrap();
        let counted = (nc, Text::from("cnonce"));
        let answer = challenge.answer(&nina, &get, Text::from(target), counted);
        answer.unwrap().to_string()
    }

    const HERE: &str = "/api/v1/person";

    #[test]
    fn a_password_opens_each_request_once() {
        let mut scene = Scene::new();
        let challenge = scene.challenge();
        let first = proof(&challenge, "correct horse", HERE, 1);
        assert_eq!(scene.ask(Some(&first), HERE).unwrap(), "nina");
        let again = scene.ask(Some(&first), HERE);
        assert!(matches!(again, Err(Doubt::Asked(all)) if all[0].stale));
        let second = proof(&challenge, "correct horse", HERE, 2);
        assert_eq!(scene.ask(Some(&second), HERE).unwrap(), "nina");
    }

    #[test]
    fn a_proof_for_another_page_opens_nothing() {
        let mut scene = Scene::new();
        let challenge = scene.challenge();
        let other = proof(&challenge, "correct horse", "/api/v1/settings", 1);
        let asked = scene.ask(Some(&other), HERE);
        assert!(matches!(asked, Err(Doubt::Asked(all)) if !all[0].stale));
    }

    #[test]
    fn wrong_passwords_are_counted_and_then_not_listened_to() {
        let mut scene = Scene::new();
        for nc in 1..=2 {
            let challenge = scene.challenge();
            let wrong = proof(&challenge, "wrong", HERE, nc);
            assert!(matches!(
                scene.ask(Some(&wrong), HERE),
                Err(Doubt::Asked(_))
            ));
        }
        let challenge = scene.challenge();
        let wrong = proof(&challenge, "wrong", HERE, 1);
        assert!(matches!(
            scene.ask(Some(&wrong), HERE),
            Err(Doubt::LockedOut(_))
        ));
        let right = proof(&challenge, "correct horse", HERE, 2);
        assert!(matches!(
            scene.ask(Some(&right), HERE),
            Err(Doubt::LockedOut(_))
        ));
    }

    #[test]
    fn what_is_no_proof_is_asked_for_one() {
        let mut scene = Scene::new();
        for shown in [
            "",
            "Basic bmluYTp4",
            "Bearer",
            "Bearer 00",
            "Digest",
            "Digest a=\"",
            "\u{0}",
        ] {
            let asked = scene.ask(Some(shown), HERE);
            assert!(
                matches!(asked, Err(Doubt::Asked(all)) if all.len() == 2),
                "{shown}"
            );
        }
    }
}
