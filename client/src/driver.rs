//! The loop of the program: one queue of what can wake it, one phone, the edges around it.
//!
//! Everything happens on the page's one thread, at once: a wake is handled, the phone's effects
//! are carried out, the alarm is set to its next deadline, and the views see the new state.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use leptos::prelude::*;
use sip::transport::FlowId;
use web_time::Instant;

use crate::edge::studio::Studio;
use crate::edge::tabs::Tabs;
use crate::edge::timer::{Alarm, Clock};
use crate::edge::websocket::Socket;
use crate::edge::{Report, chance, directory, page, storage};
use crate::phone::state::{Command, State};
use crate::phone::{Effect, Input, Phone, Setup, SocketEvent};
use crate::view::Page;

/// All that can wake the loop.
enum Wake {
    Input(Input),
    Deadline,
    /// What comes after the door is here.
    Studio,
}

/// Owns the phone and its edges, for as long as the page lives.
pub struct Driver {
    /// Bounded by what one turn of the browser's own loop delivers: it is empty after each wake.
    wakes: RefCell<VecDeque<Wake>>,
    running: Cell<bool>,
    phone: RefCell<Phone>,
    socket: RefCell<Option<Socket>>,
    studio: Rc<Studio>,
    tabs: Rc<Tabs>,
    report: Report,
    alarm: Alarm,
    clock: Clock,
    state: RwSignal<State>,
    page: Cell<Option<Page>>,
}

impl Driver {
    /// `None` where the browser has no source of random numbers.
    pub fn start() -> Option<Rc<Self>> {
        let setup = Setup {
            seed: chance::seed()?,
            name: storage::name().unwrap_or_default(),
            unfinished: storage::unfinished(),
            secure: page::is_secure(),
            embedded: page::is_embedded(),
            unix_seconds: page::unix_seconds(),
        };
        let phone = Phone::new(setup, storage::instance);
        let driver = Rc::new_cyclic(|this: &std::rc::Weak<Self>| {
            let report: Report = {
                let this = this.clone();
                Rc::new(move |input| {
                    if let Some(this) = this.upgrade() {
                        this.wake(Wake::Input(input));
                    }
                })
            };
            let ring = {
                let this = this.clone();
                move || {
                    if let Some(this) = this.upgrade() {
                        this.wake(Wake::Deadline);
                    }
                }
            };
            let come = {
                let this = this.clone();
                move || {
                    if let Some(this) = this.upgrade() {
                        this.wake(Wake::Studio);
                    }
                }
            };
            Self {
                wakes: RefCell::new(VecDeque::new()),
                running: Cell::new(false),
                state: RwSignal::new(phone.state().clone()),
                phone: RefCell::new(phone),
                socket: RefCell::new(None),
                studio: Studio::new(Rc::clone(&report), come),
                tabs: Tabs::new(Rc::clone(&report)),
                report,
                alarm: Alarm::new(ring),
                clock: Clock::new(),
                page: Cell::new(None),
            }
        });
        page::on_leave({
            let (report, tabs) = (Rc::clone(&driver.report), Rc::clone(&driver.tabs));
            move || {
                report(Input::Leaving);
                tabs.part();
            }
        });
        page::on_back({
            let report = Rc::clone(&driver.report);
            move || report(Input::Back)
        });
        page::on_online({
            let report = Rc::clone(&driver.report);
            move || report(Input::Online)
        });
        page::on_visible({
            let report = Rc::clone(&driver.report);
            move || report(Input::Visible)
        });
        Some(driver)
    }

    pub fn state(&self) -> Signal<State> {
        self.state.into()
    }

    /// The page whose pictures follow the edges.
    pub fn show_on(&self, page: Page) {
        self.page.set(Some(page));
    }

    /// Does what the phone wants before anybody does anything: it asks how the gateway is to be reached, and
    /// whose pages it hears.
    pub fn begin(&self) {
        self.wake(Wake::Deadline);
    }

    pub fn command(&self, command: Command) {
        self.wake(Wake::Input(Input::Command(command)));
    }

    /// Handles the wake now, or right after the one that is being handled.
    fn wake(&self, wake: Wake) {
        self.wakes.borrow_mut().push_back(wake);
        if self.running.replace(true) {
            return;
        }
        if let Some(unix_seconds) = self.clock.moved() {
            let wake = Wake::Input(Input::ClockMoved { unix_seconds });
            self.wakes.borrow_mut().push_front(wake);
        }
        while let Some(wake) = self.next_wake() {
            let now = Instant::now();
            match wake {
                Wake::Input(input) => self.phone.borrow_mut().handle(input, now),
                Wake::Deadline => self.phone.borrow_mut().handle_timeout(now),
                Wake::Studio => self.studio.catch_up(),
            }
            while let Some(effect) = self.next_effect() {
                self.carry_out(effect);
            }
        }
        self.running.set(false);
        self.show();
        self.set_alarm();
    }

    fn next_wake(&self) -> Option<Wake> {
        self.wakes.borrow_mut().pop_front()
    }

    fn next_effect(&self) -> Option<Effect> {
        self.phone.borrow_mut().poll_output()
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::ReadSettings => directory::read_settings(&self.report),
            Effect::OpenSocket { flow, path } => self.open_socket(flow, &path),
            Effect::Send { flow, bytes } => self.send(flow, &bytes),
            Effect::CloseSocket => drop(self.socket.take()),
            Effect::Tabs(act) => self.tabs.act(act),
            Effect::KeepName(name) => storage::keep_name(&name),
            Effect::KeepUnfinished(note) => storage::keep_unfinished(note.as_deref()),
            // Nothing of it is wanted at the door.
            Effect::ReadDirectory { .. }
            | Effect::OpenCamera
            | Effect::CloseCamera
            | Effect::Open(_)
            | Effect::Switch(_)
            | Effect::PlayFilm(_)
            | Effect::Light(_)
            | Effect::Zoom(_)
            | Effect::Hear(_)
            | Effect::KeepPicture { .. }
            | Effect::Record { .. }
            | Effect::StopRecording
            | Effect::Resend { .. }
            | Effect::Offer { .. }
            | Effect::Answer { .. }
            | Effect::AnswerShowing { .. }
            | Effect::AnswerAgain { .. }
            | Effect::OfferAgain { .. }
            | Effect::Restart { .. }
            | Effect::Speak { .. }
            | Effect::Silence { .. }
            | Effect::Redirect { .. }
            | Effect::AnswerBoth { .. }
            | Effect::SettleWays { .. }
            | Effect::Apply { .. }
            | Effect::ReadStats { .. }
            | Effect::ClosePeer { .. }
            | Effect::People(_)
            | Effect::Voice { .. }
            | Effect::Trial { .. }
            | Effect::AskPackets { .. }
            | Effect::Save(_) => self.studio.carry_out(effect),
        }
    }

    fn open_socket(&self, flow: FlowId, path: &str) {
        let socket = Socket::open(flow, path, &self.report);
        if socket.is_none() {
            (self.report)(Input::Socket {
                flow,
                event: SocketEvent::Closed,
            });
        }
        self.socket.replace(socket);
    }

    /// What is for a connection that is gone goes nowhere.
    fn send(&self, flow: FlowId, bytes: &[u8]) {
        let socket = self.socket.borrow();
        if let Some(socket) = socket.as_ref().filter(|socket| socket.flow() == flow) {
            socket.send(bytes);
        }
    }

    fn show(&self) {
        let changed = self
            .state
            .with_untracked(|shown| shown != self.phone.borrow().state());
        if changed {
            let state = self.phone.borrow().state().clone();
            page::ask_before_leaving(state.is_in_share() || state.voice.talk().is_some());
            self.state.set(state);
        }
        if let Some(page) = self.page.get() {
            let (preview, remote) = (self.studio.preview(), self.studio.remote());
            if page.preview.with_untracked(|shown| *shown != preview) {
                page.preview.set(preview);
            }
            if page.remote.with_untracked(|shown| *shown != remote) {
                page.remote.set(remote);
            }
        }
    }

    fn set_alarm(&self) {
        let deadline = self.phone.borrow().poll_timeout();
        self.alarm
            .set(deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())));
    }
}
