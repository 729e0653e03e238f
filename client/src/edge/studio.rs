//! What a page does for somebody who is signed in: cameras, connections, recordings, voices, people, files. At the door
//! nobody needs it: it is of the part of the program that the rooms behind the door are of.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::prelude::set_timeout;
use leptos::wasm_split::SplitLoaderError;
use wasm_bindgen_futures::spawn_local;

use super::camera::Camera;
use super::peer::Peers;
use super::recorder::Recorder;
use super::screen::Stream;
use super::trial::Trials;
use super::voice::Voices;
use super::{Report, diagnosis, directory, frame, people};
use crate::phone::share::ShareId;
use crate::phone::state::Direction;
use crate::phone::{Effect, Origin};

/// How long after it did not come it is asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// The studio, or what is to be done once it has come.
pub struct Studio {
    hands: RefCell<Option<Box<dyn Hands>>>,
    /// In their order. As long as nothing is done nothing is reported, and the phone has little more to ask for.
    waiting: RefCell<VecDeque<Effect>>,
    report: Report,
    /// Told when it is here; then it is to catch up.
    come: Box<dyn Fn()>,
    trying: Cell<bool>,
}

impl Studio {
    /// Begins to fetch it; `come` is called when it is here.
    pub fn new(report: Report, come: impl Fn() + 'static) -> Rc<Self> {
        let studio = Rc::new(Self {
            hands: RefCell::default(),
            waiting: RefCell::default(),
            report,
            come: Box::new(come),
            trying: Cell::default(),
        });
        studio.fetch();
        studio
    }

    fn fetch(self: &Rc<Self>) {
        if self.trying.replace(true) {
            return;
        }
        let this = Rc::downgrade(self);
        let report = Rc::clone(&self.report);
        spawn_local(async move {
            let opened = open(report).await;
            let Some(studio) = this.upgrade() else { return };
            studio.trying.set(false);
            match opened {
                Ok(hands) => studio.begin(hands),
                Err(_) => set_timeout(move || again(&this), AGAIN),
            }
        });
    }

    fn begin(&self, hands: Box<dyn Hands>) {
        self.hands.replace(Some(hands));
        (self.come)();
    }

    /// Does what waited for it.
    pub fn catch_up(&self) {
        while let Some(effect) = self.next() {
            self.carry_out(effect);
        }
    }

    fn next(&self) -> Option<Effect> {
        self.waiting.borrow_mut().pop_front()
    }

    pub fn carry_out(&self, effect: Effect) {
        match &*self.hands.borrow() {
            Some(hands) => hands.carry_out(effect),
            None => self.waiting.borrow_mut().push_back(effect),
        }
    }

    /// One's own camera, while it is open.
    pub fn preview(&self) -> Option<Stream> {
        self.hands.borrow().as_ref()?.shown(Direction::Out)
    }

    /// The other person's picture, while there is one.
    pub fn remote(&self) -> Option<Stream> {
        self.hands.borrow().as_ref()?.shown(Direction::In)
    }
}

fn again(studio: &Weak<Studio>) {
    if let Some(studio) = studio.upgrade() {
        studio.fetch();
    }
}

/// What the driver knows of the part.
trait Hands {
    fn carry_out(&self, effect: Effect);

    /// The pictures that go that way.
    fn shown(&self, way: Direction) -> Option<Stream>;
}

#[cfg(not(debug_assertions))]
#[leptos::wasm_split::wasm_split(house, wasm_split_path = leptos::wasm_split, fallible)]
fn open(report: Report) -> Result<Box<dyn Hands>, SplitLoaderError> {
    Ok(Box::new(Room::new(report)))
}

#[cfg(debug_assertions)]
async fn open(report: Report) -> Result<Box<dyn Hands>, SplitLoaderError> {
    Ok(Box::new(Room::new(report)))
}

struct Room {
    camera: Rc<Camera>,
    peers: Rc<Peers>,
    recorder: Recorder,
    voices: Rc<Voices>,
    trials: Rc<Trials>,
    report: Report,
}

impl Room {
    fn new(report: Report) -> Self {
        let camera = Camera::new(Rc::clone(&report));
        Self {
            trials: Trials::new(Rc::clone(&report), Rc::clone(&camera)),
            camera,
            peers: Peers::new(Rc::clone(&report)),
            recorder: Recorder::new(Rc::clone(&report)),
            voices: Voices::new(Rc::clone(&report)),
            report,
        }
    }

    /// Another source takes the place of what was sent and recorded.
    fn resend(&self, share: ShareId) {
        if let Some(source) = self.camera.stream() {
            self.recorder.show(&source);
            self.peers.resend(share, &source);
        }
    }

    fn record(&self, of: Direction, who: String) {
        let sound = match of {
            Direction::Out => self.peers.own_sound(),
            Direction::In => self.peers.remote_sound(),
        };
        self.recorder.start(of, self.shown(of), sound, who);
    }
}

impl Hands for Room {
    fn carry_out(&self, effect: Effect) {
        let camera = || self.camera.stream();
        match effect {
            Effect::ReadDirectory { token } => directory::read_directory(&self.report, &token),
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
                if let Some(camera) = camera() {
                    self.peers.offer(share, &camera);
                }
            }
            Effect::Answer { share, offer } => self.peers.answer(share, offer),
            Effect::AnswerShowing { share, offer } => {
                if let Some(camera) = camera() {
                    self.peers.answer_showing(share, offer, &camera);
                }
            }
            Effect::AnswerAgain { share, offer } => self.peers.answer_again(share, offer),
            Effect::OfferAgain { share } => self.peers.offer_again(share),
            Effect::Restart { share } => self.peers.restart(share),
            Effect::Speak { share } => self.peers.speak(share),
            Effect::Silence { share } => self.peers.silence(share),
            Effect::Redirect { share, ways } => {
                self.peers.redirect(share, ways, camera().as_ref());
            }
            Effect::AnswerBoth { share, offer } => {
                self.peers.answer_both(share, offer, camera().as_ref());
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
            // The driver's own.
            Effect::ReadSettings
            | Effect::OpenSocket { .. }
            | Effect::Send { .. }
            | Effect::CloseSocket
            | Effect::Tabs(_)
            | Effect::KeepName(_)
            | Effect::KeepUnfinished(_) => {}
        }
    }

    fn shown(&self, way: Direction) -> Option<Stream> {
        match way {
            Direction::Out => self.camera.stream(),
            Direction::In => self.peers.remote(),
        }
    }
}
