//! RFC 3261 §10: keeping the registrar's binding alive.

use std::time::{Duration, Instant};

use super::{Agent, Event};
use crate::sip::{digest::Challenge, message::Message, text, transaction::ClientKey};

/// Asked of the registrar; it may shorten it.
const EXPIRES_SECONDS: u32 = 3600;
/// With a password that is right two rounds do: one for the challenge, one for a stale nonce.
const MAX_CHALLENGES: u8 = 2;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) struct Registration {
    call_id: String,
    tag: String,
    number: u32,
    /// Seconds asked for; 0 when leaving.
    expires_seconds: u32,
    challenges: u8,
    waiting: Option<ClientKey>,
    registered: bool,
    /// When to register again: a refresh, or another try.
    due: Option<Instant>,
    pause: Duration,
    /// From the registrar's Service-Route (RFC 3608): the way requests go.
    pub(super) service_route: Vec<String>,
}

impl Registration {
    pub(super) fn new(call_id: String, tag: String) -> Self {
        Self {
            call_id,
            tag,
            number: 0,
            expires_seconds: EXPIRES_SECONDS,
            challenges: 0,
            waiting: None,
            registered: false,
            due: None,
            pause: FIRST_PAUSE,
            service_route: Vec::new(),
        }
    }

    pub(super) fn is_registered(&self) -> bool {
        self.registered
    }

    pub(super) fn is_waiting_for(&self, key: ClientKey) -> bool {
        self.waiting == Some(key)
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Agent {
    pub(super) fn register(&mut self, now: Instant) {
        self.registration.expires_seconds = self.registration.expires_seconds.max(EXPIRES_SECONDS);
        self.registration.challenges = 0;
        self.send_register(None, now);
    }

    pub(super) fn unregister(&mut self, now: Instant) {
        if !self.registration.registered {
            self.registration.due = None;
            self.event(Event::Unregistered);
            return;
        }
        self.registration.expires_seconds = 0;
        self.registration.challenges = 0;
        self.send_register(None, now);
    }

    pub(super) fn registration_timeout(&mut self, now: Instant) {
        if self.registration.due.is_some_and(|due| now >= due) {
            self.registration.due = None;
            self.register(now);
        }
    }

    fn send_register(&mut self, challenge: Option<&Challenge>, now: Instant) {
        let Some(registrar) = self.config.registrar else {
            return;
        };
        self.registration.due = None;
        self.registration.number += 1;
        let uri = format!("sip:{}", self.config.domain);
        let identity = self.identity();
        let from = format!("<{identity}>;tag={}", self.registration.tag);
        let to = format!("<{identity}>");
        let number = self.registration.number;
        let mut request = Message::request(
            "REGISTER",
            &uri,
            &from,
            &to,
            &self.registration.call_id,
            number,
        )
        .with("Max-Forwards", "70")
        .with("User-Agent", self.config.profile.user_agent.as_str())
        .with("Contact", self.contact())
        .with("Expires", self.registration.expires_seconds.to_string())
        .with("Allow", self.config.profile.allow.join(", "))
        .with("Supported", "path");
        if let Some(challenge) = challenge {
            let nonce = self.ids.tag();
            let answer = challenge.answer(&self.config.credentials, "REGISTER", &uri, &nonce, 1);
            request.push(challenge.answer_in, answer);
        }
        let branch = self.ids.branch();
        self.registration.waiting =
            Some(self.transactions.request(request, &branch, registrar, now));
    }

    pub(super) fn registration_answered(&mut self, response: &Message, now: Instant) {
        let Some(status) = response.status().filter(|status| *status >= 200) else {
            return;
        };
        self.registration.waiting = None;
        match status {
            200..300 if self.registration.expires_seconds == 0 => {
                self.registration.registered = false;
                self.event(Event::Unregistered);
            }
            200..300 => self.bound(response, now),
            401 | 407 => {
                let challenge = Challenge::pick(response, &self.config.profile.digest);
                match challenge {
                    Some(challenge) if self.registration.challenges < MAX_CHALLENGES => {
                        self.registration.challenges += 1;
                        self.send_register(Some(&challenge), now);
                    }
                    Some(_) | None => self.registration_failed(Some(status), now),
                }
            }
            423 => {
                // The registrar wants fewer refreshes (RFC 3261 §10.3).
                let least = response
                    .get("Min-Expires")
                    .and_then(|value| value.trim().parse().ok());
                match least {
                    Some(least) if least > self.registration.expires_seconds => {
                        self.registration.expires_seconds = least;
                        self.send_register(None, now);
                    }
                    Some(_) | None => self.registration_failed(Some(status), now),
                }
            }
            _ => self.registration_failed(Some(status), now),
        }
    }

    fn bound(&mut self, response: &Message, now: Instant) {
        let own = self.config.local.to_string();
        let of_contact = response
            .list("Contact")
            .into_iter()
            .filter(|contact| text::uri_of(contact).ends_with(&own))
            .find_map(|contact| text::parameter(contact, "expires")?.parse::<u32>().ok());
        let of_header = || {
            response
                .get("Expires")
                .and_then(|value| value.trim().parse().ok())
        };
        let seconds = of_contact
            .or_else(of_header)
            .unwrap_or(self.registration.expires_seconds);
        // Ten minutes before the end, or at half time when that is later than nothing
        // (TS 24.229 §5.1.1.4.1).
        let refresh = if seconds > 1200 {
            seconds - 600
        } else {
            seconds / 2
        };
        self.registration.due = Some(now + Duration::from_secs(u64::from(refresh.max(1))));
        self.registration.pause = FIRST_PAUSE;
        self.registration.registered = true;
        self.registration.service_route = response
            .list("Service-Route")
            .into_iter()
            .map(str::to_owned)
            .collect();
        self.event(Event::Registered {
            expires_seconds: seconds,
        });
    }

    /// Tries again after a pause that doubles up to 30 s, with up to a quarter of chance so that
    /// many handsets do not come back in step.
    pub(super) fn registration_failed(&mut self, status: Option<u16>, now: Instant) {
        self.registration.waiting = None;
        self.registration.registered = false;
        if self.registration.expires_seconds == 0 {
            self.event(Event::Unregistered);
            return;
        }
        let pause = self.registration.pause;
        let jitter = pause.mul_f64(f64::from(self.ids.number()) / f64::from(u32::MAX) / 4.0);
        self.registration.due = Some(now + pause + jitter);
        self.registration.pause = (pause * 2).min(LONGEST_PAUSE);
        self.event(Event::RegistrationFailed { status });
    }
}
