//! RFC 6665 §8.2.3: Subscription-State, what has become of a subscription.

use super::typed::{TypedHeader, value_and_params};
use crate::message::host::number;
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use crate::message::text::{Text, Token};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// `Subscription-State: terminated;reason=noresource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubscriptionState {
    pub state: Substate,
    /// With reason, expires and retry-after.
    pub params: Params,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Substate {
    Active,
    Pending,
    Terminated,
    /// Of an extension.
    Other(Token),
}

impl SubscriptionState {
    pub fn new(state: Substate) -> SubscriptionState {
        SubscriptionState {
            state,
            params: Params::default(),
        }
    }

    /// How long it still runs. Fractions of a second are cut off.
    pub fn with_expires(mut self, left: Duration) -> SubscriptionState {
        self.params.set("expires", seconds(left));
        self
    }

    /// Why it ended, as `noresource` or `timeout`.
    pub fn with_reason(mut self, reason: impl Into<Text>) -> SubscriptionState {
        self.params.set("reason", reason);
        self
    }

    /// How long it still runs; `None` where it isn't said or isn't a number.
    pub fn expires(&self) -> Option<Duration> {
        self.duration("expires")
    }

    pub fn reason(&self) -> Option<&str> {
        self.params.get("reason")
    }

    /// When to ask again; `None` where it isn't said or isn't a number.
    pub fn retry_after(&self) -> Option<Duration> {
        self.duration("retry-after")
    }

    fn duration(&self, name: &str) -> Option<Duration> {
        let seconds: u32 = number(self.params.get(name)?).ok()?;
        Some(Duration::from_secs(seconds.into()))
    }
}

impl Substate {
    pub fn as_str(&self) -> &str {
        match self {
            Substate::Active => "active",
            Substate::Pending => "pending",
            Substate::Terminated => "terminated",
            Substate::Other(token) => token.as_str(),
        }
    }

    fn from_token(token: &str) -> Result<Substate, SyntaxError> {
        let known = [Substate::Active, Substate::Pending, Substate::Terminated]
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(token));
        match known {
            Some(state) => Ok(state),
            None => Token::new(token)
                .map(Substate::Other)
                .map_err(|_| SyntaxError::Token),
        }
    }
}

impl TypedHeader for SubscriptionState {
    const NAME: &'static str = "Subscription-State";
}

impl FromStr for SubscriptionState {
    type Err = SyntaxError;

    /// # Errors
    /// The state isn't a token or the parameters are bad.
    fn from_str(text: &str) -> Result<SubscriptionState, SyntaxError> {
        let (state, params) = value_and_params(text)?;
        Ok(SubscriptionState {
            state: Substate::from_token(state)?,
            params,
        })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.state.as_str(), self.params)
    }
}

/// More than there are is the most there are.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
