//! What a person does with the journal, and what the gateway says of a call.

use std::collections::VecDeque;

use sip::time::Instant;

use super::{CallKey, Journal};
use crate::phone::Effect;
use crate::phone::state::{DiagnosisCommand, FarShown};

/// A file for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// What the gateway said when it was asked for a call's packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PacketsAnswer {
    Read(String),
    /// It has none, or not for us.
    Nothing,
    Unreachable,
}

/// Who may ask the gateway, and when the journal's day began.
#[derive(Clone, Copy, Debug)]
pub(in crate::phone) struct Asking<'a> {
    pub(in crate::phone) token: Option<&'a str>,
    /// When the phone's first input came: since 1970, in milliseconds.
    pub(in crate::phone) unix_milliseconds: u64,
}

impl Journal {
    pub(in crate::phone) fn command(
        &mut self,
        command: &DiagnosisCommand,
        asking: Asking<'_>,
        effects: &mut VecDeque<Effect>,
    ) {
        match command {
            DiagnosisCommand::Open => {
                self.open = Some(self.records.back().map(|record| record.key));
                self.ask(asking, effects);
            }
            DiagnosisCommand::Close => self.open = None,
            DiagnosisCommand::Choose(key) => {
                self.open = Some(Some(*key));
                self.ask(asking, effects);
            }
            DiagnosisCommand::SavePackets => {
                let document = self.packets(self.chosen(), asking.unix_milliseconds);
                effects.push_back(Effect::Save(document));
            }
            DiagnosisCommand::SaveRest => {
                let document = self.rest(self.chosen(), asking.unix_milliseconds);
                effects.push_back(Effect::Save(document));
            }
        }
    }

    pub(in crate::phone) fn packets_told(
        &mut self,
        key: CallKey,
        answer: &PacketsAnswer,
        now: Instant,
    ) {
        let at = self.at(now);
        let Some(record) = self.records.iter_mut().find(|record| record.key == key) else {
            return;
        };
        match answer {
            PacketsAnswer::Read(text) => {
                if let Some(far) = record.far.read(text, at) {
                    record.facts.far = Some(far);
                }
            }
            PacketsAnswer::Nothing => record.far.shown = FarShown::Nothing,
            PacketsAnswer::Unreachable => record.far.shown = FarShown::Unreachable,
        }
    }

    /// Asks the gateway for the packets of the call that is looked at: of one that goes on each time.
    fn ask(&mut self, asking: Asking<'_>, effects: &mut VecDeque<Effect>) {
        let (Some(Some(key)), Some(token)) = (self.open, asking.token) else {
            return;
        };
        let Some(record) = self.records.iter_mut().find(|record| record.key == key) else {
            return;
        };
        let is_known = matches!(record.far.shown, FarShown::Here(_) | FarShown::Nothing);
        if is_known && !record.is_going_on() || record.far.shown == FarShown::Asking {
            return;
        }
        if let Some(call_id) = record.call_id.clone() {
            record.far.shown = FarShown::Asking;
            effects.push_back(Effect::AskPackets {
                key,
                call_id,
                token: token.to_owned(),
            });
        }
    }

    fn chosen(&self) -> Option<&super::Record> {
        self.with_key(self.open.flatten()?)
    }
}
