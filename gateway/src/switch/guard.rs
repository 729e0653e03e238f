//! RFC 3261 §22, RFC 8898: who proves to know a subscriber's password, or shows a token for one, for
//! REGISTER and for every other request outside of a call.

use std::net::IpAddr;

use sip::agent::Reply;
use sip::bearer::{self, Bearer};
use sip::digest::{
    Algorithm, Authorization, Challenge, Challenger, DigestError, DigestServer, Ha1,
};
use sip::message::{Header, Headers, Method, Request, Status};
use sip::time::Instant;
use sip::transport::{Hop, Transport};

use super::guesses::{GuessLimits, Guesses};
use crate::home::Subscribers;
use crate::operate::metrics::Counters;
use crate::store::Subscriber;
use crate::tokens::{self, Grant, Limits, Tokens};

/// When a sender that registered over UDP is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticate {
    /// Each request proves itself by Digest: where it comes from can be forged.
    EveryRequest,
    /// Where it comes from is proof enough, as in an Early IMS network (3GPP TR 33.978), whose
    /// gateway lets no address be forged.
    RegisteredAddress,
}

/// What is asked of senders, and how often they were wrong.
pub struct Guard {
    pub(super) digest: DigestServer,
    pub(super) guesses: Guesses,
    authenticate: Authenticate,
    pub tokens: Tokens,
}

impl Guard {
    pub fn new(digest: DigestServer, limits: GuessLimits, authenticate: Authenticate) -> Guard {
        Guard {
            digest,
            guesses: Guesses::new(limits),
            authenticate,
            tokens: Tokens::new(Limits::default()),
        }
    }

    /// The same with a table of tokens of its own.
    pub fn with_tokens(self, limits: Limits) -> Guard {
        Guard {
            tokens: Tokens::new(limits),
            ..self
        }
    }

    /// Whether who registered from there is believed to be who sends from there. A connection
    /// cannot be forged.
    pub(super) fn believes(&self, hop: &Hop) -> bool {
        match hop.transport {
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => true,
            Transport::Udp => self.authenticate == Authenticate::RegisteredAddress,
        }
    }

    /// The proof for our realm, if one can be read.
    pub(super) fn proof(&self, request: &Request, by: Challenger) -> Option<Authorization> {
        let mut all = Authorization::all(&request.headers, by).into_iter();
        all.find(|authorization| authorization.realm == *self.digest.realm())
    }

    /// The token of ours that a request shows, good or not.
    pub(super) fn shown(&self, request: &Request, by: Challenger) -> Option<Bearer> {
        Bearer::all(&request.headers, by).find(|bearer| tokens::is_ours(bearer.token()))
    }

    /// Whom a token stands for. Guesses are not counted, as they are at passwords: nobody guesses 256
    /// bits, and many pages at once show what a restart made nobody's.
    ///
    /// # Errors
    /// What to answer to who shows one that is not good, or not any more.
    pub(super) fn grant(
        &self,
        shown: &Bearer,
        by: Challenger,
        counters: &Counters,
        now: Instant,
    ) -> Result<Grant, Box<Reply>> {
        let found = self.tokens.verify(shown.token(), now);
        found.cloned().map_err(|unfit| {
            tracing::debug!(%unfit, "a token was refused");
            counters.tokens_refused.count();
            let realm = self.digest.realm();
            Box::new(Reply::new(by.status()).with_header(bearer::refused(realm, by)))
        })
    }

    /// Takes the proofs off that were for us (§22.3): nobody behind us learns of them.
    pub(super) fn take_proofs(&self, request: &mut Request) {
        let name = Challenger::Proxy.authorization_header();
        let ours = |header: &Header| header.name.is(name) && self.is_for_us(header);
        request.headers.other.retain(|header| !ours(header));
    }

    /// The proofs in a request that are for somebody behind us, as they are (§22.3).
    pub(super) fn proofs_for_others<'a>(
        &'a self,
        headers: &'a Headers,
    ) -> impl Iterator<Item = &'a Header> {
        headers.other.iter().filter(|header| {
            let is_proof = [Challenger::User, Challenger::Proxy]
                .iter()
                .any(|by| header.name.is(by.authorization_header()));
            is_proof && !self.is_for_us(header)
        })
    }

    fn is_for_us(&self, header: &Header) -> bool {
        let Some(value) = header.value.as_str() else {
            return false;
        };
        let read = value.parse::<Authorization>();
        matches!(read, Ok(proof) if proof.realm == *self.digest.realm())
            || matches!(value.parse::<Bearer>(), Ok(bearer) if tokens::is_ours(bearer.token()))
    }

    pub(super) fn challenge(&mut self, hop: &Hop, by: Challenger, now: Instant) -> Reply {
        asking(&self.digest.challenge(now), hop, by)
    }

    /// The answer to a name that was wrong too often from that address, proof or not.
    pub(super) fn locked_out(
        &mut self,
        hop: &Hop,
        name: &str,
        counters: &Counters,
        now: Instant,
    ) -> Option<Reply> {
        let left = self.guesses.locked_out(source(hop), name, now)?;
        counters.registrations_locked_out.count();
        let seconds = left.as_secs().saturating_add(1).to_string();
        Some(Reply::new(Status::FORBIDDEN).with_header(Header::fixed("Retry-After", seconds)))
    }

    /// Judges a proof against what the store knows of its name; `None` is nobody of that name.
    ///
    /// # Errors
    /// What to answer to who did not prove it.
    pub(super) fn verify(
        &mut self,
        (proof, by): (&Authorization, Challenger),
        method: &Method,
        ha1: Option<&Ha1>,
        hop: &Hop,
        counters: &Counters,
        now: Instant,
    ) -> Result<(), Box<Reply>> {
        // Nobody of that name is answered like a wrong password, and as late: names are not to be
        // found out.
        let decoy = self.digest.decoy();
        let verdict = self
            .digest
            .verify(proof, method, ha1.unwrap_or(&decoy), now);
        match (verdict, ha1) {
            (Ok(_), Some(_)) => {
                self.guesses.succeeded(source(hop), &proof.username);
                Ok(())
            }
            // Who asks knows the password, or repeats what somebody said who does.
            (Err(DigestError::Stale | DigestError::Replay), Some(_)) => {
                Err(Box::new(asking(&self.digest.stale_challenge(now), hop, by)))
            }
            (Err(DigestError::Realm | DigestError::Wrong), Some(_)) | (_, None) => Err(Box::new(
                self.wrong(hop, &proof.username, by, counters, now),
            )),
        }
    }

    /// Who sends a request, by its proof and what is known of the subscribers: 407, as from a
    /// proxy, so that a 401 of whom the request is for can pass and be answered beside it (§22.3).
    ///
    /// # Errors
    /// What to answer to who did not prove it.
    pub(super) fn prove<'a>(
        &mut self,
        request: &Request,
        hop: &Hop,
        subscribers: &'a Subscribers,
        counters: &Counters,
        now: Instant,
    ) -> Result<&'a Subscriber, Box<Reply>> {
        let by = Challenger::Proxy;
        if let Some(shown) = self.shown(request, by) {
            let grant = self.grant(&shown, by, counters, now)?;
            let known = subscribers.by_name(&grant.name);
            return known.ok_or_else(|| Box::new(self.challenge(hop, by, now)));
        }
        let Some(proof) = self.proof(request, by) else {
            return Err(Box::new(self.challenge(hop, by, now)));
        };
        if let Some(refusal) = self.locked_out(hop, &proof.username, counters, now) {
            return Err(Box::new(refusal));
        }
        let known = subscribers.by_name(&proof.username);
        let ha1 = known.map(|one| &one.ha1);
        self.verify((&proof, by), &request.method, ha1, hop, counters, now)?;
        known.ok_or_else(|| Box::new(self.challenge(hop, by, now)))
    }

    /// Wrong: another try, until there were too many.
    fn wrong(
        &mut self,
        hop: &Hop,
        name: &str,
        by: Challenger,
        counters: &Counters,
        now: Instant,
    ) -> Reply {
        counters.credentials_refused.count();
        let source = source(hop);
        self.guesses.failed(source, name, now);
        if self.guesses.locked_out(source, name, now).is_some() {
            tracing::warn!(transport = %hop.transport, "too many wrong passwords; not listened to for a while");
            return Reply::new(Status::FORBIDDEN);
        }
        self.challenge(hop, by, now)
    }
}

/// A page is asked for SHA-256 first (RFC 8760 §2.3). A phone is asked for MD5 alone: many that
/// know nothing else drop a reply in which any challenge is strange to them.
fn asking(challenges: &[Challenge], hop: &Hop, by: Challenger) -> Reply {
    let asked = |challenge: &&Challenge| match hop.transport {
        Transport::Ws | Transport::Wss => true,
        Transport::Udp | Transport::Tcp | Transport::Tls => challenge.algorithm == Algorithm::Md5,
    };
    let mut reply = Reply::new(by.status());
    let headers = challenges.iter().filter(asked);
    reply
        .headers
        .extend(headers.map(|challenge| challenge.header(by)));
    reply
}

fn source(hop: &Hop) -> IpAddr {
    hop.remote.ip().to_canonical()
}
