//! One's own camera.

/// One's own camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Camera {
    #[default]
    Closed,
    /// Asked for; the browser may be showing its question.
    Opening,
    Open,
    Problem(CameraProblem),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraProblem {
    Refused,
    Missing,
    Busy,
    /// No screen or window was chosen.
    NoScreen,
    /// The browser has no way to show a screen.
    ScreenUnknown,
    /// The browser cannot play the file, or there are no pictures in it.
    FilmUnplayable,
}
