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

use crate::edge::camera::Camera;
use crate::edge::peer::Peers;
use crate::edge::recorder::Recorder;
use crate::edge::screen::Stream;
use crate::edge::tabs::Tabs;
use crate::edge::timer::{Alarm, Clock};
use crate::edge::trial::Trials;
use crate::edge::voice::Voices;
use crate::edge::websocket::Socket;
use crate::edge::{Report, chance, diagnosis, directory, frame, page, people, storage};
use crate::phone::share::ShareId;
use crate::phone::state::{Command, Direction, State};
use crate::phone::{Effect, Input, Origin, Phone, Setup, SocketEvent};
use crate::view::Page;

/// All that can wake the loop.
enum Wake {
    Input(Input),
    Deadline,
}

/// Owns the phone and its edges, for as long as the page lives.
pub struct Driver {
    /// Bounded by what one turn of the browser's own loop delivers: it is empty after each wake.
    wakes: RefCell<VecDeque<Wake>>,
    running: Cell<bool>,
    phone: RefCell<Phone>,
    socket: RefCell<Option<Socket>>,
    camera: Rc<Camera>,
    peers: Rc<Peers>,
    recorder: Recorder,
    voices: Rc<Voices>,
    trials: Rc<Trials>,
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
            let camera = Camera::new(Rc::clone(&report));
            Self {
                wakes: RefCell::new(VecDeque::new()),
                running: Cell::new(false),
                state: RwSignal::new(phone.state().clone()),
                phone: RefCell::new(phone),
                socket: RefCell::new(None),
                trials: Trials::new(Rc::clone(&report), Rc::clone(&camera)),
                camera,
                peers: Peers::new(Rc::clone(&report)),
                recorder: Recorder::new(Rc::clone(&report)),
                voices: Voices::new(Rc::clone(&report)),
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
            Effect::ReadDirectory { token } => directory::read_directory(&self.report, &token),
            Effect::OpenSocket { flow, path } => self.open_socket(flow, &path),
            Effect::Send { flow, bytes } => self.send(flow, &bytes),
            Effect::CloseSocket => drop(self.socket.take()),
            Effect::OpenCamera => self.camera.open(Origin::Camera),
            Effect::Open(origin) => self.camera.open(origin),
            Effect::Switch(origin) => self.camera.switch(origin),
            Effect::PlayFilm(on) => self.camera.play_film(on),
            Effect::Light(on) => self.camera.light(on),
            Effect::Zoom(to) => self.camera.zoom(to),
            Effect::Hear(on) => self.peers.hear(on),
            Effect::KeepPicture { of, who } => frame::keep(self.shown(of), who, &self.report),
            Effect::Record { of, who } => self.record(of, who),
            Effect::StopRecording => self.recorder.stop(),
            Effect::Resend { share } => self.resend(share),
            Effect::CloseCamera => self.camera.close(),
            Effect::Offer { share } => {
                if let Some(camera) = self.camera.stream() {
                    self.peers.offer(share, &camera);
                }
            }
            Effect::Answer { share, offer } => self.peers.answer(share, offer),
            Effect::AnswerShowing { share, offer } => {
                if let Some(camera) = self.camera.stream() {
                    self.peers.answer_showing(share, offer, &camera);
                }
            }
            Effect::AnswerAgain { share, offer } => self.peers.answer_again(share, offer),
            Effect::OfferAgain { share } => self.peers.offer_again(share),
            Effect::Restart { share } => self.peers.restart(share),
            Effect::Speak { share } => self.peers.speak(share),
            Effect::Silence { share } => self.peers.silence(share),
            Effect::Redirect { share, ways } => {
                self.peers
                    .redirect(share, ways, self.camera.stream().as_ref());
            }
            Effect::AnswerBoth { share, offer } => {
                self.peers
                    .answer_both(share, offer, self.camera.stream().as_ref());
            }
            Effect::SettleWays { share, ways } => self.peers.settle_ways(share, ways),
            Effect::Apply { share, answer } => self.peers.apply(share, answer),
            Effect::ReadStats { share } => self.peers.read_stats(share),
            Effect::ClosePeer { share } => self.peers.close(share),
            Effect::People(effect) => people::carry_out(effect, &self.report),
            Effect::Voice { call, act } => self.voices.act(call, act),
            Effect::Trial { id, act } => self.trials.act(id, act),
            Effect::AskPackets {
                key,
                call_id,
                token,
            } => diagnosis::ask_packets(key, &call_id, &token, &self.report),
            Effect::Save(document) => diagnosis::save(&document),
            Effect::Tabs(act) => self.tabs.act(act),
            Effect::KeepName(name) => storage::keep_name(&name),
            Effect::KeepUnfinished(note) => storage::keep_unfinished(note.as_deref()),
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

    /// The pictures that go that way.
    fn shown(&self, of: Direction) -> Option<Stream> {
        match of {
            Direction::Out => self.camera.stream(),
            Direction::In => self.peers.remote(),
        }
    }

    /// Another source takes the place of what was sent and recorded.
    fn resend(&self, share: ShareId) {
        if let Some(source) = self.camera.stream() {
            self.recorder.show(&source);
            self.peers.resend(share, &source);
        }
    }

    /// What is for a connection that is gone goes nowhere.
    fn send(&self, flow: FlowId, bytes: &[u8]) {
        let socket = self.socket.borrow();
        if let Some(socket) = socket.as_ref().filter(|socket| socket.flow() == flow) {
            socket.send(bytes);
        }
    }

    fn record(&self, of: Direction, who: String) {
        let sound = match of {
            Direction::Out => self.peers.own_sound(),
            Direction::In => self.peers.remote_sound(),
        };
        self.recorder.start(of, self.shown(of), sound, who);
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
            let (preview, remote) = (self.camera.stream(), self.peers.remote());
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
