//! What the page looks like. A view shows [`State`] and sends [`Command`]s, nothing else.

pub mod announcer;
pub mod attention;
pub mod avatar;
pub mod call_bar;
pub mod diagnosis;
pub mod elsewhere;
pub mod embedded;
pub mod ended;
pub mod feeds;
#[cfg(debug_assertions)]
pub mod gallery;
pub mod icon;
pub mod incoming;
pub mod language;
pub mod live_bar;
pub mod me;
pub mod own_pane;
pub mod part;
pub mod people;
pub mod phone_links;
pub mod places;
pub mod quality;
pub mod rejoin;
pub mod roster;
pub mod sign_in;
pub mod slot;
pub mod stage;
pub mod tools;
pub mod top_bar;
pub mod trial;
pub mod update;
pub mod voice;
pub mod ways;
pub mod willing;

use std::rc::Rc;

use leptos::prelude::*;

use crate::edge::screen::Stream;
use crate::edge::storage::Theme;
use crate::phone::state::{Command, Draft, Peer, PersonKey, State};
use crate::text::{Browser, words};

/// What every view is given: the state, a way to send commands, and the two pictures.
#[derive(Clone, Copy)]
pub struct Page {
    pub state: Signal<State>,
    /// One's own camera, while it is open.
    pub preview: RwSignal<Option<Stream>, LocalStorage>,
    /// The other person's picture, while there is one.
    pub remote: RwSignal<Option<Stream>, LocalStorage>,
    pub theme: RwSignal<Theme>,
    /// The place shown on a narrow page.
    pub place: RwSignal<Place>,
    /// What stands in the place of people.
    pub sheet: RwSignal<Sheet>,
    /// What is typed into the field above the people; stays while one of them is looked at.
    pub sought: RwSignal<String>,
    /// Whether the right-hand panel of a wide page is open.
    pub details: RwSignal<bool>,
    /// Whether the figures of the picture stand over it.
    pub figures: RwSignal<bool>,
    /// Whether the picture fills the screen.
    pub full: RwSignal<bool>,
    pub browser: Browser,
    commands: StoredValue<Rc<dyn Fn(Command)>, LocalStorage>,
}

/// The three places of a narrow page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    Call,
    #[default]
    People,
    Me,
}

/// What stands in the place of people: all of them, or one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sheet {
    #[default]
    List,
    Card(PersonKey),
    Editor(Draft),
}

impl Place {
    /// What a shortcut of the installed page asks for; `query` is of the page's address.
    pub fn wanted(query: &str) -> Option<Self> {
        let query = query.trim_start_matches('?');
        let named = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("place="))?;
        [Self::Call, Self::People, Self::Me]
            .into_iter()
            .find(|place| place.name() == named)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::People => "people",
            Self::Me => "me",
        }
    }
}

impl Page {
    pub fn new(
        state: Signal<State>,
        theme: RwSignal<Theme>,
        browser: Browser,
        commands: Rc<dyn Fn(Command)>,
    ) -> Self {
        Self {
            state,
            preview: RwSignal::new_local(None),
            remote: RwSignal::new_local(None),
            theme,
            place: RwSignal::new(Place::default()),
            sheet: RwSignal::new(Sheet::default()),
            sought: RwSignal::new(String::new()),
            details: RwSignal::new(false),
            figures: RwSignal::new(false),
            full: RwSignal::new(false),
            browser,
            commands: StoredValue::new_local(commands),
        }
    }

    /// The page of the views above.
    pub fn here() -> Self {
        expect_context::<Self>()
    }

    pub fn send(&self, command: Command) {
        let commands = self.commands.get_value();
        commands(command);
    }

    /// Turns to them, with the camera's cover at hand.
    pub fn share_with(&self, peer: &Peer) {
        if let Some(command) = select(peer) {
            self.send(command);
            self.place.set(Place::Call);
            crate::edge::screen::focus("slot");
        }
    }

    /// A part of the state that only wakes its readers when it differs.
    pub fn part<T>(&self, read: impl Fn(&State) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        remembered(self.state, Box::new(read))
    }
}

/// One copy for each kind of value, not for each that reads one: the page is smaller by as many.
fn remembered<T>(state: Signal<State>, read: Box<dyn Fn(&State) -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| state.with(&read))
}

/// The command that turns to them.
pub fn select(peer: &Peer) -> Option<Command> {
    let by_number = peer.number.clone().map(Command::Select);
    by_number.or_else(|| peer.address.clone().map(Command::SelectAddress))
}

/// The other person's name, for a sentence.
pub fn called(peer: &Peer) -> String {
    peer.called().unwrap_or_else(|| words().somebody.to_owned())
}
