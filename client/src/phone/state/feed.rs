//! What the cover opens: a camera, the screen, or a film from a file.

/// Where one's own pictures come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feed {
    #[default]
    Camera,
    Screen,
    Film,
}

impl Feed {
    /// The word in `data-feed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::Film => "film",
        }
    }
}

/// What can be shown, and what is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feeds {
    /// What the cover opens, or has opened.
    pub chosen: Feed,
    /// Another one is being opened in its place.
    pub switching: bool,
    /// What became of changing it; the one before goes on.
    pub problem: Option<super::CameraProblem>,
    /// The file that was picked.
    pub film: Option<Film>,
}

/// A film from a file, as far as it has played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Film {
    /// The file's own name.
    pub name: String,
    pub seconds: u64,
    /// How long it is in all; 0 while that is not known.
    pub length: u64,
    pub playing: Playing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Playing {
    #[default]
    Paused,
    Running,
    /// Its last picture stands.
    AtItsEnd,
}

impl Playing {
    /// The word in `data-playing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Running => "running",
            Self::AtItsEnd => "at-its-end",
        }
    }
}
