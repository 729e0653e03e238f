//! The page inside another page: what the other may ask for, what it is told. Version 1 of the interface
//! that docs/embedding.md describes.
//!
//! The page around us is one of the operator's list, or it is not heard. Even then it opens no camera to
//! anybody: it may have a preview opened, and the person sends.

pub mod events;
pub mod message;
pub mod theme;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::link;
use super::state::{Command, State};
use crate::text::Language;
use events::Told;
use message::{Asked, Fault, Field, Fields, Message};

/// The interface, as every message names it.
pub const VERSION: u32 = 1;

/// What follows from a message, or from a change of the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Command(Command),
    /// Tell the page around us.
    Tell {
        to: Recipient,
        message: Message,
    },
    /// These tokens in place of all that were set before.
    Theme(theme::Theme),
    Language(Language),
}

/// Who may read a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever is around us: it says nothing of anybody.
    Anybody,
    Origin(String),
}

/// One page around ours, as long as ours lives.
#[derive(Default)]
pub struct Embed {
    /// The origin that was heard first; no other is after it.
    host: Option<String>,
    told: Told,
    ready: bool,
    effects: VecDeque<Effect>,
}

impl Embed {
    /// A message came. `origin` is what the browser says of its sender.
    pub fn hear(&mut self, origin: &str, fields: &Fields, state: &State) {
        if !self.may_speak(origin, state) {
            return;
        }
        let (id, asked) = match message::read(fields) {
            Ok(read) => read,
            // Other programs in that page speak with each other too.
            Err((_, Fault::NotOurs)) => return,
            Err((id, fault)) => {
                self.host.get_or_insert_with(|| origin.to_owned());
                return self.object(fault.code(), id);
            }
        };
        let is_new = self.host.is_none();
        self.host.get_or_insert_with(|| origin.to_owned());
        if is_new {
            // Whatever has happened before they spoke.
            self.told = Told::default();
            self.tell_changes(state);
        }
        if let Err(code) = self.do_asked(asked, state) {
            self.object(code, id);
        }
    }

    /// The state is this now.
    pub fn show(&mut self, state: &State) {
        if !self.ready && state.embedding.origins.is_some() {
            self.ready = true;
            self.greet();
        }
        self.tell_changes(state);
    }

    pub fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn may_speak(&self, origin: &str, state: &State) -> bool {
        let listed = state.embedding.origins.as_deref().unwrap_or_default();
        listed.iter().any(|known| known == origin)
            && self.host.as_deref().is_none_or(|host| host == origin)
    }

    fn greet(&mut self) {
        let message = Message::new("ready").with("version", Field::Number(f64::from(VERSION)));
        let to = Recipient::Anybody;
        self.effects.push_back(Effect::Tell { to, message });
    }

    fn tell_changes(&mut self, state: &State) {
        if self.host.is_none() {
            return;
        }
        let now = Told::of(state);
        for message in now.since(&self.told) {
            self.tell(message);
        }
        self.told = now;
    }

    fn tell(&mut self, message: Message) {
        if let Some(host) = self.host.clone() {
            let to = Recipient::Origin(host);
            self.effects.push_back(Effect::Tell { to, message });
        }
    }

    fn object(&mut self, code: &'static str, id: Option<String>) {
        let mut message = Message::new("error").with_text("code", code);
        if let Some(id) = id {
            message = message.with_text("id", &id);
        }
        self.tell(message);
    }

    fn command(&mut self, command: Command) {
        self.effects.push_back(Effect::Command(command));
    }

    /// # Errors
    /// Why it cannot be done, as the page around us reads it.
    fn do_asked(&mut self, asked: Asked, state: &State) -> Result<(), &'static str> {
        match asked {
            Asked::Hello => self.greet(),
            Asked::SignIn { token } => self.command(Command::SignInByToken(token)),
            Asked::SignOut => self.command(Command::SignOut),
            Asked::Choose { to } => self.choose(&to, state)?,
            Asked::Open { to } => {
                if let Some(to) = to {
                    self.choose(&to, state)?;
                } else if state.people.chosen.is_none() {
                    return Err("nobody-chosen");
                }
                self.command(Command::OpenSlot);
            }
            Asked::Close => self.command(Command::CloseSlot),
            Asked::Stop => self.command(Command::Stop),
            Asked::Theme(theme) => self.effects.push_back(Effect::Theme(theme)),
            Asked::Language(tag) => {
                let language = Language::from_tag(&tag).ok_or("no-language")?;
                self.effects.push_back(Effect::Language(language));
            }
        }
        Ok(())
    }

    fn choose(&mut self, to: &str, state: &State) -> Result<(), &'static str> {
        if !state.registration.is_signed_in() {
            return Err("not-signed-in");
        }
        if state.is_in_share() {
            return Err("busy");
        }
        let command = link::meant(to).ok_or("no-number")?;
        self.command(command);
        Ok(())
    }
}
