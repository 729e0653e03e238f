//! Two tabs of one person in one browser: one leads, the other says so and may take over
//! (W3C Web Locks §2).

use std::collections::VecDeque;

use super::Effect;
use super::state::Tabs as Shown;

/// What this tab hears of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabsEvent {
    /// This one leads for that name.
    Leads { name: String },
    /// Another one does.
    Elsewhere { name: String },
    /// The one that leads for that name says whom it shares with.
    Tells { name: String, with: Option<String> },
    /// The one that led for that name does so no more.
    Left { name: String },
    /// Another one took over from this one.
    Taken,
}

/// What is wanted of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabsAct {
    /// Lead for that name: at once, or as soon as nobody else does.
    Lead { name: String },
    /// Lead for that name, whoever does so now.
    TakeOver { name: String },
    /// Lead no more.
    Leave,
    /// Whom this one shares with.
    Tell { with: Option<String> },
}

/// A name and a password that wait for the lead. Kept no longer than that.
struct Waiting {
    name: String,
    password: String,
}

#[derive(Default)]
pub(super) struct Tabs {
    waiting: Option<Waiting>,
    shown: Shown,
    /// Whom the others were told that we share with.
    told: Option<String>,
}

impl Tabs {
    /// The person wants to sign in here.
    pub(super) fn sign_in(
        &mut self,
        name: String,
        password: String,
        effects: &mut VecDeque<Effect>,
    ) {
        let name_of_lead = lead_of(&name);
        self.waiting = Some(Waiting { name, password });
        effects.push_back(Effect::Tabs(TabsAct::Lead { name: name_of_lead }));
    }

    /// The person wants it here, wherever it is now.
    pub(super) fn take_over(&self, effects: &mut VecDeque<Effect>) {
        if let Some(waiting) = &self.waiting {
            let name = lead_of(&waiting.name);
            effects.push_back(Effect::Tabs(TabsAct::TakeOver { name }));
        }
    }

    /// Gives the name and the password to sign in with, if that was waited for.
    pub(super) fn heard(
        &mut self,
        event: TabsEvent,
        effects: &mut VecDeque<Effect>,
    ) -> Option<(String, String)> {
        match event {
            TabsEvent::Leads { name } => {
                let waiting = self
                    .waiting
                    .take_if(|waiting| lead_of(&waiting.name) == name);
                let Some(waiting) = waiting else {
                    // Too late: it is another's to have.
                    effects.push_back(Effect::Tabs(TabsAct::Leave));
                    return None;
                };
                self.shown = Shown::Alone;
                return Some((waiting.name, waiting.password));
            }
            TabsEvent::Elsewhere { name } => {
                let with = match std::mem::take(&mut self.shown) {
                    Shown::Elsewhere(other) if other.name == name => other.with,
                    Shown::Alone | Shown::Elsewhere(_) | Shown::Taken => None,
                };
                self.shown = Shown::elsewhere(name, with, self.waiting.is_some());
            }
            TabsEvent::Tells { name, with } => {
                let is_other = match &self.shown {
                    Shown::Alone => false,
                    Shown::Elsewhere(other) => other.name != name && other.may_take_over,
                    // Who took over is known.
                    Shown::Taken => true,
                };
                if !is_other {
                    self.shown = Shown::elsewhere(name, with, self.waiting.is_some());
                }
            }
            TabsEvent::Left { name } => {
                if matches!(&self.shown, Shown::Elsewhere(other) if other.name == name) {
                    self.shown = Shown::Alone;
                }
            }
            TabsEvent::Taken => self.shown = Shown::Taken,
        }
        None
    }

    /// Nobody is signed in here any more.
    pub(super) fn leave(&mut self, effects: &mut VecDeque<Effect>) {
        *self = Self::default();
        effects.push_back(Effect::Tabs(TabsAct::Leave));
    }

    /// Tells the others whom we share with, when that changes.
    pub(super) fn tell(&mut self, with: Option<String>, effects: &mut VecDeque<Effect>) {
        if self.told != with {
            self.told.clone_from(&with);
            effects.push_back(Effect::Tabs(TabsAct::Tell { with }));
        }
    }

    pub(super) fn show(&self) -> Shown {
        self.shown.clone()
    }
}

/// One account by however its name was typed.
fn lead_of(name: &str) -> String {
    name.trim().to_lowercase()
}
