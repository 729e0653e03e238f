//! RFC 4028 §4, §5: Session-Expires, how long a session lives without a refresh, and Min-SE, the
//! least that somebody on the way accepts.

use super::typed::{TypedHeader, value_and_params};
use crate::message::host::number;
use crate::message::lex::SyntaxError;
use crate::message::params::Params;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// `Session-Expires: 1800;refresher=uac`, or `x:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionExpires {
    /// Whole seconds.
    pub interval: Duration,
    /// With the refresher.
    pub params: Params,
}

/// `Min-SE: 90`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MinSe {
    /// Whole seconds.
    pub interval: Duration,
    pub params: Params,
}

/// Who has to refresh: the side that sent this request, or the one that answered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refresher {
    Uac,
    Uas,
}

impl SessionExpires {
    /// Fractions of a second are cut off.
    pub fn new(interval: Duration) -> SessionExpires {
        SessionExpires {
            interval: whole(interval),
            params: Params::default(),
        }
    }

    pub fn with_refresher(mut self, refresher: Refresher) -> SessionExpires {
        self.params.set("refresher", refresher.as_str());
        self
    }

    /// `None` where it isn't said, or says neither of the two.
    pub fn refresher(&self) -> Option<Refresher> {
        let written = self.params.get("refresher")?;
        [Refresher::Uac, Refresher::Uas]
            .into_iter()
            .find(|refresher| refresher.as_str().eq_ignore_ascii_case(written))
    }
}

impl MinSe {
    /// Fractions of a second are cut off.
    pub fn new(interval: Duration) -> MinSe {
        MinSe {
            interval: whole(interval),
            params: Params::default(),
        }
    }
}

impl Refresher {
    pub fn as_str(self) -> &'static str {
        match self {
            Refresher::Uac => "uac",
            Refresher::Uas => "uas",
        }
    }
}

impl TypedHeader for SessionExpires {
    const NAME: &'static str = "Session-Expires";
}

impl TypedHeader for MinSe {
    const NAME: &'static str = "Min-SE";
}

impl FromStr for SessionExpires {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number of seconds below 2^32, or bad parameters.
    fn from_str(text: &str) -> Result<SessionExpires, SyntaxError> {
        let (interval, params) = read(text)?;
        Ok(SessionExpires { interval, params })
    }
}

impl FromStr for MinSe {
    type Err = SyntaxError;

    /// # Errors
    /// Not a number of seconds below 2^32, or bad parameters.
    fn from_str(text: &str) -> Result<MinSe, SyntaxError> {
        let (interval, params) = read(text)?;
        Ok(MinSe { interval, params })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.interval.as_secs(), self.params)
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.interval.as_secs(), self.params)
    }
}

fn read(text: &str) -> Result<(Duration, Params), SyntaxError> {
    let (seconds, params) = value_and_params(text)?;
    let seconds: u32 = number(seconds)?;
    Ok((Duration::from_secs(seconds.into()), params))
}

fn whole(interval: Duration) -> Duration {
    Duration::from_secs(interval.as_secs())
}
