//! The slot: what of one's own is open behind the cover, and who asked for it.

use std::collections::VecDeque;

use super::state::{Camera, CameraProblem, Feed, Feeds, Film, Lens, OwnSide, Pause, Playing};
use super::wire::Origin;
use super::{CameraEvent, Effect};

#[derive(Debug, Default)]
pub(super) struct Slot {
    camera: Camera,
    feeds: Feeds,
    own: OwnSide,
    /// Where the browser has the picked file.
    film_at: Option<String>,
    /// Another is being opened in the place of what is open.
    change: Option<Change>,
    /// The open camera gives no pictures for now.
    dark: bool,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    /// Of what is to be opened.
    to: Pause,
    /// What is to be again if it cannot be.
    before: (Feed, Pause),
}

impl Slot {
    pub(super) fn open(&mut self, effects: &mut VecDeque<Effect>) {
        match self.camera {
            Camera::Closed | Camera::Problem(_) => {
                self.feeds.problem = None;
                self.camera = Camera::Opening;
                effects.push_back(match self.origin() {
                    Origin::Camera => Effect::OpenCamera,
                    other @ (Origin::OtherCamera
                    | Origin::Device(_)
                    | Origin::Screen
                    | Origin::Film { .. }
                    | Origin::Still
                    | Origin::BehindStill) => Effect::Open(other),
                });
            }
            Camera::Opening | Camera::Open => {}
        }
    }

    pub(super) fn close(&mut self, effects: &mut VecDeque<Effect>) {
        match self.camera {
            Camera::Opening | Camera::Open => effects.push_back(Effect::CloseCamera),
            Camera::Closed | Camera::Problem(_) => {}
        }
        self.camera = Camera::Closed;
        self.rest();
        self.own.muted = false;
    }

    /// What the cover opens from here on; what is open gives way to it, when it is there.
    pub(super) fn choose(&mut self, feed: Feed, effects: &mut VecDeque<Effect>) {
        if feed == Feed::Film && self.film_at.is_none() || self.feeds.switching {
            return;
        }
        let before = self.feeds.chosen;
        self.feeds.problem = None;
        match self.camera {
            Camera::Open if before == feed && feed != Feed::Film => {
                return self.go_on(effects);
            }
            Camera::Open => {
                let origin = self.origin_of(feed);
                self.switch(origin, Pause::Running, effects);
            }
            Camera::Problem(_) => self.camera = Camera::Closed,
            Camera::Closed | Camera::Opening => {}
        }
        self.feeds.chosen = feed;
    }

    /// A file was picked.
    pub(super) fn film(&mut self, name: String, at: String, effects: &mut VecDeque<Effect>) {
        if self.feeds.switching {
            return;
        }
        self.film_at = Some(at);
        self.feeds.film = Some(Film {
            name,
            ..Film::default()
        });
        self.choose(Feed::Film, effects);
    }

    /// The other camera, front or back.
    pub(super) fn turn(&mut self, effects: &mut VecDeque<Effect>) {
        if self.shows_camera() && self.own.cameras.len() > 1 {
            self.switch(Origin::OtherCamera, Pause::Running, effects);
        }
    }

    /// That camera, of those that were listed.
    pub(super) fn use_camera(&mut self, id: String, effects: &mut VecDeque<Effect>) {
        let known = self.own.cameras.iter().any(|camera| camera.id == id);
        let is_open = self.own.lens.device.as_ref() == Some(&id);
        if self.shows_camera() && known && !is_open {
            self.switch(Origin::Device(id), Pause::Running, effects);
        }
    }

    pub(super) fn light(&self, on: bool, effects: &mut VecDeque<Effect>) {
        if self.shows_camera() && self.own.lens.light.is_some() {
            effects.push_back(Effect::Light(on));
        }
    }

    pub(super) fn zoom(&mut self, to: u32, effects: &mut VecDeque<Effect>) {
        let can = self.shows_camera();
        if let Some(zoom) = self.own.lens.zoom.as_mut().filter(|_| can) {
            // Shown at once: a finger draws it.
            zoom.at = to.clamp(zoom.least, zoom.most);
            effects.push_back(Effect::Zoom(zoom.at));
        }
    }

    /// What stands now is all that is seen from here on.
    pub(super) fn pause(&mut self, effects: &mut VecDeque<Effect>) {
        let moves = self.own.pause == Pause::Running;
        if self.camera == Camera::Open && moves && !self.feeds.switching {
            self.switch(Origin::Still, Pause::Paused, effects);
        }
    }

    /// It moves again.
    pub(super) fn go_on(&mut self, effects: &mut VecDeque<Effect>) {
        if self.own.is_paused() && !self.feeds.switching {
            self.feeds.problem = None;
            let origin = match self.feeds.chosen {
                Feed::Camera => Origin::Camera,
                Feed::Screen | Feed::Film => Origin::BehindStill,
            };
            self.switch(origin, Pause::Running, effects);
        }
    }

    pub(super) fn mute(&mut self, on: bool) {
        self.own.muted = on;
    }

    /// Whether what is open is a camera that looks, and no other is being opened.
    fn shows_camera(&self) -> bool {
        let moves = self.own.pause == Pause::Running && !self.feeds.switching;
        moves && self.feeds.chosen == Feed::Camera && self.camera == Camera::Open
    }

    fn switch(&mut self, origin: Origin, pause: Pause, effects: &mut VecDeque<Effect>) {
        self.feeds.switching = true;
        self.change = Some(Change {
            to: pause,
            before: (self.feeds.chosen, self.own.pause),
        });
        // Nothing is heard from here on; what is seen changes when the other is there.
        if pause == Pause::Paused {
            self.own.pause = pause;
        }
        effects.push_back(Effect::Switch(origin));
    }

    /// Stops and goes on with the film.
    pub(super) fn play(&mut self, on: bool, effects: &mut VecDeque<Effect>) {
        let is_film = self.feeds.chosen == Feed::Film && self.camera == Camera::Open;
        if is_film && !self.own.is_paused() {
            effects.push_back(Effect::PlayFilm(on));
        }
    }

    fn origin(&self) -> Origin {
        self.origin_of(self.feeds.chosen)
    }

    fn origin_of(&self, feed: Feed) -> Origin {
        match (feed, &self.film_at) {
            (Feed::Film, Some(at)) => Origin::Film { at: at.clone() },
            (Feed::Screen, _) => Origin::Screen,
            (Feed::Camera | Feed::Film, _) => Origin::Camera,
        }
    }

    /// True when what is being sent is another picture from here on.
    pub(super) fn camera(&mut self, event: CameraEvent, effects: &mut VecDeque<Effect>) -> bool {
        match (self.camera, event) {
            (Camera::Opening, CameraEvent::Opened) => {
                self.camera = Camera::Open;
                // A share may have waited for it.
                return true;
            }
            (Camera::Opening, CameraEvent::Failed(problem)) => {
                self.camera = Camera::Problem(problem);
            }
            (Camera::Opening | Camera::Open, CameraEvent::Unplugged) => {
                self.camera = match self.feeds.chosen {
                    Feed::Camera => Camera::Problem(CameraProblem::Missing),
                    // The person ended it in the browser's own bar.
                    Feed::Screen | Feed::Film => Camera::Closed,
                };
                self.rest();
            }
            (Camera::Opening | Camera::Open, CameraEvent::Lost(problem)) => {
                self.camera = Camera::Problem(problem);
                self.rest();
            }
            (Camera::Problem(CameraProblem::Missing | CameraProblem::Busy), CameraEvent::Back)
                if self.feeds.chosen == Feed::Camera =>
            {
                self.open(effects)
            }
            (Camera::Open, CameraEvent::Dark(dark)) => self.dark = dark,
            (Camera::Open, CameraEvent::Switched) if self.feeds.switching => {
                self.switched();
                return true;
            }
            (Camera::Open, CameraEvent::NotSwitched(problem)) if self.feeds.switching => {
                self.not_switched(problem);
            }
            (_, CameraEvent::Cameras(cameras)) => self.own.cameras = cameras,
            (Camera::Open, CameraEvent::Lens(lens)) => self.own.lens = lens,
            (_, CameraEvent::PictureKept(done)) => self.own.kept = self.own.kept.after(done),
            (
                Camera::Opening | Camera::Open,
                CameraEvent::Film {
                    seconds,
                    length,
                    playing,
                },
            ) => {
                if let Some(film) = &mut self.feeds.film {
                    (film.seconds, film.length, film.playing) = (seconds, length, playing);
                }
            }
            // A late word about a camera that nobody wants any more.
            (
                Camera::Closed | Camera::Problem(_) | Camera::Opening | Camera::Open,
                CameraEvent::Opened
                | CameraEvent::Failed(_)
                | CameraEvent::Unplugged
                | CameraEvent::Lost(_)
                | CameraEvent::Back
                | CameraEvent::Dark(_)
                | CameraEvent::Switched
                | CameraEvent::NotSwitched(_)
                | CameraEvent::Lens(_)
                | CameraEvent::Film { .. },
            ) => {}
        }
        false
    }

    /// Another source took the place of the one before.
    fn switched(&mut self) {
        (self.feeds.switching, self.dark) = (false, false);
        if let Some(change) = self.change.take() {
            self.own.pause = change.to;
        }
        // The next word of the browser is about the one that took its place.
        self.own.lens = Lens::default();
    }

    /// What was shown before goes on.
    fn not_switched(&mut self, problem: CameraProblem) {
        self.feeds.switching = false;
        self.feeds.problem = Some(problem);
        if let Some(change) = self.change.take() {
            (self.feeds.chosen, self.own.pause) = change.before;
        }
    }

    /// Nothing is open any more.
    fn rest(&mut self) {
        (self.feeds.switching, self.change, self.dark) = (false, None, false);
        // Who was not heard in a pause is not heard after it, though what was paused is gone.
        self.own.muted |= self.own.is_paused();
        self.own.pause = Pause::Running;
        self.own.lens = Lens::default();
        if let Some(film) = &mut self.feeds.film {
            (film.seconds, film.playing) = (0, Playing::Paused);
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.camera == Camera::Open
    }

    /// Whether the person shut it, as opposed to what was open being gone.
    pub(super) fn is_shut(&self) -> bool {
        self.camera == Camera::Closed
    }

    pub(super) fn is_dark(&self) -> bool {
        self.dark
    }

    /// Whether nothing of the microphone is to be heard.
    pub(super) fn is_silent(&self) -> bool {
        self.own.muted || self.own.is_paused()
    }

    pub(super) fn show(&self) -> Camera {
        self.camera
    }

    pub(super) fn show_feeds(&self) -> Feeds {
        self.feeds.clone()
    }

    pub(super) fn show_own(&self) -> OwnSide {
        self.own.clone()
    }
}
