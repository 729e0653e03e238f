//! RFC 8898 §2.1: signed in by a token instead of a password. It ends, and whoever gave it is asked for
//! another in time.

use sip::bearer::Bearer;
use sip::digest::Credentials;
use sip::time::{Duration, Instant};

use super::link::Link;
use super::{Account, Told};
use crate::phone::Desk;
use crate::phone::state::{Registration, SignInProblem};

/// How the token stands.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// When another is asked for, unless the gateway lets us stay for longer before.
    ask_at: Option<Instant>,
    wanted: bool,
}

impl Pass {
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.ask_at
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.ask_at.take_if(|at| *at <= now).is_some() {
            self.wanted = true;
        }
    }

    /// The gateway keeps us for that long: the token's own end, where that comes first.
    fn granted(&mut self, expires: Duration, now: Instant) {
        let ahead = (expires / 4)
            .clamp(LEAST_AHEAD, MOST_AHEAD)
            .min(expires / 2);
        self.ask_at = Some(now + expires - ahead);
        self.wanted = false;
    }
}

impl Account {
    /// Signs in, or stays signed in by another token.
    pub(in crate::phone) fn sign_in_by_token(
        &mut self,
        token: Bearer,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        let Some(name) = name_in(token.token()).map(str::to_owned) else {
            return self.refused(SignInProblem::TokenRefused, desk);
        };
        let credentials = Credentials::with_token(name.clone(), token);
        if self.is_in_as(&name) {
            self.renew(credentials, desk)
        } else {
            self.sign_in_with(name, credentials, desk);
            None
        }
    }

    /// Whether that is who is signed in.
    pub(in crate::phone) fn is_in_as(&self, name: &str) -> bool {
        self.registration.is_signed_in() && self.name == name
    }

    /// The same person goes on with it; no call notices.
    fn renew(&mut self, credentials: Credentials, desk: &mut Desk<'_>) -> Option<Told> {
        self.credentials = Some(credentials.clone());
        self.pass = Pass::default();
        if let Some(binding) = &mut self.binding {
            binding.set_credentials(credentials);
        }
        match self.link {
            Link::Up(flow) => self.register(self.hop(flow), desk),
            Link::Down | Link::Asking | Link::Connecting(_) => None,
        }
    }

    /// The registration holds: until when, is when the token ends at the latest.
    pub(super) fn pass_granted(&mut self, now: Instant) {
        let by_token = self.credentials.as_ref().and_then(Credentials::token);
        let expires = self
            .binding
            .as_ref()
            .and_then(|binding| binding.holds_for());
        if let Some(expires) = expires.filter(|_| by_token.is_some()) {
            self.pass.granted(expires, now);
        }
    }

    /// A refusal, as it is of a token.
    pub(super) fn of_token(&self, problem: SignInProblem) -> SignInProblem {
        let by_token = self.credentials.as_ref().and_then(Credentials::token);
        match (problem, by_token) {
            (SignInProblem::WrongPassword, Some(_)) => SignInProblem::TokenRefused,
            (problem, _) => problem,
        }
    }

    /// The page around us cannot speak before the gateway has said whom we hear.
    pub(super) fn must_ask_again(&self) -> bool {
        self.embedded && self.settings.is_none() && self.registration == Registration::SignedOut
    }
}

/// Whose a token is: `sct.NAME.SECRET`.
pub(in crate::phone) fn name_in(token: &str) -> Option<&str> {
    let (name, secret) = token.strip_prefix("sct.")?.rsplit_once('.')?;
    (!name.is_empty() && !secret.is_empty()).then_some(name)
}

/// A server of the operator's, and the page around us, take a moment.
const LEAST_AHEAD: Duration = Duration::from_secs(5);
const MOST_AHEAD: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn a_token_says_whose_it_is() {
        let cases = [
            ("sct.nina.abc", Some("nina")),
            ("sct.n.i-n_a.abc", Some("n.i-n_a")),
            ("sct.nina.", None),
            ("sct..abc", None),
            ("sct.nina", None),
            ("nina.abc", None),
            ("", None),
        ];
        for (token, expected) in cases {
            assert_eq!(name_in(token), expected, "{token}");
        }
    }
}
