//! RFC 7616 §3.4, §3.6, RFC 3261 §22.2, §22.3, RFC 8760 §2.4: the client answers what it is asked,
//! and proves itself unasked from then on.

use super::{Authorization, Challenge, Challenger, Counted, Credentials, Proof, QopOffer};
use crate::id::IdSource;
use crate::message::{Method, Request, Response, Text};
use std::fmt;

/// What one user has been asked so far, by whom.
#[derive(Default)]
pub struct DigestClient {
    sessions: Vec<Session>,
}

/// The latest challenge of one realm.
struct Session {
    challenger: Challenger,
    challenge: Challenge,
    cnonce: Text,
    /// How many requests were sent with this nonce.
    uses: u32,
}

/// Why a challenge gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the response asks for nothing we know how to prove")]
    NothingToAnswer,
    #[error("the proof was refused")]
    WrongCredentials,
}

impl DigestClient {
    pub fn new() -> DigestClient {
        DigestClient::default()
    }

    /// Takes the challenges of a 401 or 407 to this request: of each realm the topmost that we
    /// know how to answer (RFC 8760 §2.4). [`DigestClient::authorize`] answers them.
    ///
    /// # Errors
    /// There is none, or the request had a proof for a fresh nonce and it was refused.
    pub fn challenged(
        &mut self,
        request: &Request,
        response: &Response,
        ids: &mut IdSource,
    ) -> Result<(), Refusal> {
        let mut taken: Vec<(Challenger, Text)> = Vec::new();
        for challenger in [Challenger::User, Challenger::Proxy] {
            for challenge in Challenge::all(&response.headers, challenger) {
                let realm = (challenger, challenge.realm.clone());
                if taken.contains(&realm) || taken.len() == MAX_REALMS {
                    continue;
                }
                taken.push(realm);
                self.take(request, challenger, challenge, ids)?;
            }
        }
        match taken.is_empty() {
            true => Err(Refusal::NothingToAnswer),
            false => Ok(()),
        }
    }

    /// Puts a proof on the request for each realm that has asked, in place of those it has. The
    /// count of each nonce rises. Does nothing before the first challenge.
    pub fn authorize(&mut self, request: &mut Request, credentials: &Credentials) {
        for challenger in [Challenger::User, Challenger::Proxy] {
            request.headers.remove(challenger.authorization_header());
        }
        for session in &mut self.sessions {
            if let Some(authorization) = session.prove(request, credentials) {
                let header = authorization.header(session.challenger);
                request.headers.other.push(header);
            }
        }
    }

    /// Forgets all challenges, as for another user.
    pub fn reset(&mut self) {
        self.sessions.clear();
    }

    fn take(
        &mut self,
        request: &Request,
        challenger: Challenger,
        challenge: Challenge,
        ids: &mut IdSource,
    ) -> Result<(), Refusal> {
        let session = Session {
            challenger,
            challenge,
            cnonce: ids.cnonce(),
            uses: 0,
        };
        let Some(old) = self.sessions.iter_mut().find(|old| old.is_same(&session)) else {
            if self.sessions.len() == MAX_REALMS {
                self.sessions.remove(0);
            }
            self.sessions.push(session);
            return Ok(());
        };
        // A nonce that has served before may have run out by itself, and not every server says
        // stale. One that was new when we answered it has not: the proof was wrong.
        let proved = Authorization::all(&request.headers, challenger)
            .into_iter()
            .any(|sent| sent.realm == old.challenge.realm && sent.nonce == old.challenge.nonce);
        let refused = proved && old.uses == 1 && !session.challenge.stale;
        *old = session;
        match refused {
            true => Err(Refusal::WrongCredentials),
            false => Ok(()),
        }
    }
}

impl Session {
    fn is_same(&self, other: &Session) -> bool {
        self.challenger == other.challenger && self.challenge.realm == other.challenge.realm
    }

    fn prove(&mut self, request: &Request, credentials: &Credentials) -> Option<Authorization> {
        let uri = Text::from(request.uri.to_string());
        let (uses, cnonce) = (self.uses.saturating_add(1), self.cnonce.clone());
        let answer = self
            .challenge
            .answer(credentials, &request.method, uri, (uses, cnonce))?;
        self.uses = uses;
        Some(answer)
    }
}

impl Challenge {
    /// The proof for a request of that method to that target, the `nc`th with this nonce. HTTP is
    /// answered in the same way (RFC 7616 §3.4). `None` from who has nothing for the realm.
    pub fn answer(
        &self,
        credentials: &Credentials,
        method: &Method,
        uri: Text,
        (nc, cnonce): (u32, Text),
    ) -> Option<Authorization> {
        let ha1 = credentials.ha1(&self.realm)?;
        let counted = match self.qop {
            QopOffer::Auth => Some(Counted { nc, cnonce }),
            QopOffer::None => None,
        };
        let proof = Proof {
            algorithm: self.algorithm,
            nonce: &self.nonce,
            counted: counted.as_ref(),
            method,
            uri: &uri,
        };
        let response = Text::from(proof.response(ha1.by(self.algorithm)));
        Some(Authorization {
            username: Text::from(credentials.username.as_str()),
            realm: self.realm.clone(),
            nonce: self.nonce.clone(),
            uri,
            response,
            algorithm: self.algorithm,
            opaque: self.opaque.clone(),
            counted,
        })
    }
}

/// Says which realms have asked, and nothing else.
impl fmt::Debug for DigestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let realms = self.sessions.iter().map(|session| &session.challenge.realm);
        f.debug_list().entries(realms).finish()
    }
}

/// Realms one user answers: the home's, and a proxy or two on the way to it.
const MAX_REALMS: usize = 4;
