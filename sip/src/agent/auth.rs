//! Answering 401 and 407: RFC 3261 §22.2, §22.3. Who has a token shows it unasked (RFC 8898 §2.1).

use std::collections::HashMap;

use crate::bearer::Bearer;
use crate::digest::{Challenger, Credentials, DigestClient};
use crate::id::IdSource;
use crate::message::{Header, Method, Request, Response, Status};

/// How often one request was sent again with credentials.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempts(u8);

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not a challenge, or one that the owner is to see.
    NotOurs,
    /// The credentials do not help.
    Refused,
    /// Authorize the request anew and send it again.
    Retry,
}

/// What each of our users has been asked so far.
#[derive(Debug, Default)]
pub(super) struct Wallet {
    users: HashMap<String, User>,
}

#[derive(Debug)]
struct User {
    credentials: Credentials,
    digest: DigestClient,
}

impl Wallet {
    /// Proves who we are to whoever has asked before, with a fresh count each time.
    pub(super) fn authorize(&mut self, request: &mut Request, credentials: Option<&Credentials>) {
        let Some(credentials) = credentials else {
            return;
        };
        match credentials.token() {
            Some(token) => show(token, request),
            None => self
                .user(credentials)
                .digest
                .authorize(request, credentials),
        }
    }

    /// Reads the challenge in a response to that request.
    pub(super) fn challenged(
        &mut self,
        request: &Request,
        response: &Response,
        credentials: Option<&Credentials>,
        attempts: &mut Attempts,
        ids: &mut IdSource,
    ) -> Verdict {
        let challenged = response.status == Status::UNAUTHORIZED
            || response.status == Status::PROXY_AUTHENTICATION_REQUIRED;
        let Some(credentials) = credentials.filter(|_| challenged) else {
            return Verdict::NotOurs;
        };
        if credentials.token().is_some() {
            // It was shown; there is no other.
            return Verdict::Refused;
        }
        let taken = self
            .user(credentials)
            .digest
            .challenged(request, response, ids);
        if taken.is_err() || attempts.0 >= MAX_ATTEMPTS {
            return Verdict::Refused;
        }
        attempts.0 += 1;
        Verdict::Retry
    }

    /// A user whose password changed starts anew.
    fn user(&mut self, credentials: &Credentials) -> &mut User {
        let name = &credentials.username;
        let fresh = || User {
            credentials: credentials.clone(),
            digest: DigestClient::new(),
        };
        if self.users.len() >= MAX_USERS && !self.users.contains_key(name) {
            // The others are challenged once more, and that is all they lose.
            self.users.clear();
        }
        let user = self.users.entry(name.clone()).or_insert_with(fresh);
        if user.credentials != *credentials {
            *user = fresh();
        }
        user
    }
}

/// Shows a token to the registrar, or to the first element on any other request's way: nobody behind it
/// is to read it.
fn show(token: &Bearer, request: &mut Request) {
    for challenger in [Challenger::User, Challenger::Proxy] {
        request.headers.remove(challenger.authorization_header());
    }
    let to = match request.method == Method::Register {
        true => Challenger::User,
        false => Challenger::Proxy,
    };
    request.headers.other.push(token.header(to));
}

/// The authorizations that a request carries.
pub(super) fn authorizations(request: &Request) -> impl Iterator<Item = &Header> {
    request
        .headers
        .other
        .iter()
        .filter(|header| header.name.is("Authorization") || header.name.is("Proxy-Authorization"))
}

/// One for a nonce that has run out, one for the proxy behind the one that asked first.
const MAX_ATTEMPTS: u8 = 2;

/// Users whose challenges are remembered, about 1 kB each. A page has one; a gateway that signs in
/// for its users to a core has as many as are active.
const MAX_USERS: usize = 10_000;
