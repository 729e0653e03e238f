//! The slot: what of one's own is open behind the cover, and who asked for it.

use std::collections::VecDeque;

use super::state::{Camera, CameraProblem, Feed, Feeds, Film, Playing};
use super::wire::Origin;
use super::{CameraEvent, Effect};

#[derive(Debug, Default)]
pub(super) struct Slot {
    camera: Camera,
    feeds: Feeds,
    /// Where the browser has the picked file.
    film_at: Option<String>,
    /// What is open, while another is being opened in its place.
    before: Option<Feed>,
    /// The open camera gives no pictures for now.
    dark: bool,
}

impl Slot {
    pub(super) fn open(&mut self, effects: &mut VecDeque<Effect>) {
        match self.camera {
            Camera::Closed | Camera::Problem(_) => {
                self.feeds.problem = None;
                self.camera = Camera::Opening;
                effects.push_back(match self.origin() {
                    Origin::Camera => Effect::OpenCamera,
                    other @ (Origin::OtherCamera | Origin::Screen | Origin::Film { .. }) => {
                        Effect::Open(other)
                    }
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
    }

    /// What the cover opens from here on; what is open gives way to it, when it is there.
    pub(super) fn choose(&mut self, feed: Feed, effects: &mut VecDeque<Effect>) {
        if feed == Feed::Film && self.film_at.is_none() || self.feeds.switching {
            return;
        }
        let before = std::mem::replace(&mut self.feeds.chosen, feed);
        self.feeds.problem = None;
        match self.camera {
            Camera::Open if before != feed || feed == Feed::Film => self.switch(before, effects),
            Camera::Problem(_) => self.camera = Camera::Closed,
            Camera::Open | Camera::Closed | Camera::Opening => {}
        }
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
        let is_camera = self.feeds.chosen == Feed::Camera && !self.feeds.switching;
        if is_camera && self.feeds.several_cameras && self.camera == Camera::Open {
            self.feeds.switching = true;
            self.before = Some(Feed::Camera);
            effects.push_back(Effect::Switch(Origin::OtherCamera));
        }
    }

    fn switch(&mut self, before: Feed, effects: &mut VecDeque<Effect>) {
        self.feeds.switching = true;
        self.before = Some(before);
        effects.push_back(Effect::Switch(self.origin()));
    }

    /// Stops and goes on with the film.
    pub(super) fn play(&mut self, on: bool, effects: &mut VecDeque<Effect>) {
        if self.feeds.chosen == Feed::Film && self.camera == Camera::Open {
            effects.push_back(Effect::PlayFilm(on));
        }
    }

    fn origin(&self) -> Origin {
        match (self.feeds.chosen, &self.film_at) {
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
                (self.feeds.switching, self.before, self.dark) = (false, None, false);
                return true;
            }
            (Camera::Open, CameraEvent::NotSwitched(problem)) if self.feeds.switching => {
                self.feeds.switching = false;
                self.feeds.problem = Some(problem);
                self.feeds.chosen = self.before.take().unwrap_or_default();
            }
            (_, CameraEvent::Several(several)) => self.feeds.several_cameras = several,
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
                | CameraEvent::Film { .. },
            ) => {}
        }
        false
    }

    /// Nothing is open any more.
    fn rest(&mut self) {
        (self.feeds.switching, self.before, self.dark) = (false, None, false);
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

    pub(super) fn show(&self) -> Camera {
        self.camera
    }

    pub(super) fn show_feeds(&self) -> Feeds {
        self.feeds.clone()
    }
}
