//! `[calls]`, what is about the voice calls that shares go beside.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::secret::{Secret, SecretError};
use super::setting::{FromSetting, Setting};
use crate::switch::call_context::Rules;

/// Who tells of voice calls, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// `person`: whoever is at the page says so, and the network where it does. `network`: the network
    /// alone, by `POST /api/v1/calls/events`; shares are then held to its calls here, whoever's they are.
    pub context: Teller,
    /// What a share meets from somebody with whom there is no call: `ask` rings and says so, `refuse`
    /// is 606.
    pub share_without_call: WithoutCall,
    /// A file whose only line is the token that the network shows as `Authorization: Bearer`; without
    /// it nobody is heard there.
    pub events_token_file: Option<PathBuf>,
    /// Events that are taken in a second; 0 for any number.
    pub events_per_second: u32,
    /// A call of which nothing was heard for that long is over.
    pub context_expires: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    Person,
    Network,
}

impl FromSetting for Teller {
    const EXPECTED: &'static str = "\"person\" or \"network\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match String::from_setting(setting)?.as_str() {
            "person" => Some(Teller::Person),
            "network" => Some(Teller::Network),
            _ => None,
        }
    }
}

impl Teller {
    /// As pages read it.
    pub fn name(self) -> &'static str {
        match self {
            Teller::Person => "person",
            Teller::Network => "network",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutCall {
    Ask,
    Refuse,
}

impl FromSetting for WithoutCall {
    const EXPECTED: &'static str = "\"ask\" or \"refuse\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        match String::from_setting(setting)?.as_str() {
            "ask" => Some(WithoutCall::Ask),
            "refuse" => Some(WithoutCall::Refuse),
            _ => None,
        }
    }
}

impl WithoutCall {
    /// As pages read it.
    pub fn name(self) -> &'static str {
        match self {
            WithoutCall::Ask => "ask",
            WithoutCall::Refuse => "refuse",
        }
    }
}

impl CallContext {
    pub(super) fn take(r: &mut Reader) -> CallContext {
        let usual = Rules::default();
        CallContext {
            context: r.take("calls", "context", Teller::Person),
            share_without_call: r.take("calls", "share_without_call", WithoutCall::Ask),
            events_token_file: r.take("calls", "events_token_file", None),
            events_per_second: r.take("calls", "events_per_second", usual.events_per_second),
            context_expires: r.take("calls", "context_expires", usual.expires),
        }
    }

    /// What the switch goes by.
    pub fn rules(&self) -> Rules {
        Rules {
            by_network: self.context == Teller::Network,
            refuse_without_call: self.share_without_call == WithoutCall::Refuse,
            expires: self.context_expires,
            events_per_second: self.events_per_second,
        }
    }

    /// The token of the file, where there is one.
    ///
    /// # Errors
    /// The file cannot be read, or what stands there is no token.
    pub fn token(&self) -> Result<Option<Secret>, SecretError> {
        self.events_token_file
            .as_deref()
            .map(|path| Secret::read("calls.events_token_file", path))
            .transpose()
    }
}

pub(super) fn refuse_what_is_unsafe(calls: &CallContext, reader: &mut Reader) {
    if calls.context == Teller::Network && calls.events_token_file.is_none() {
        let what = "the network has no way to tell of calls";
        let next = "write a random token of at least 32 characters into a file and name it as \
                    calls.events_token_file";
        reader.refuse("calls", "context", what, next);
    }
    if calls.context_expires < Duration::from_secs(60) {
        let what = "calls would be over while people still talk";
        reader.refuse("calls", "context_expires", what, "choose at least 60s");
    }
}
