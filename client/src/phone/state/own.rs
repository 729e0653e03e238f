//! One's own side of what goes on: the camera's light and zoom, the pause, the sound, pictures kept.

/// A camera of this device, as its browser lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraDevice {
    pub id: String,
    /// The maker's name for it; empty where the browser does not say.
    pub label: String,
}

/// What the open camera can do beside showing pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lens {
    /// Which of the device's cameras it is; none where the browser does not say.
    pub device: Option<String>,
    /// Whether its light is on; none without a light.
    pub light: Option<bool>,
    pub zoom: Option<Zoom>,
}

/// How far a camera zooms, in thousandths of its browser's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoom {
    pub least: u32,
    pub most: u32,
    pub step: u32,
    pub at: u32,
}

impl Zoom {
    /// From what the browser says of the camera (Image Capture §5). None where there is nothing to
    /// choose, or what it says makes no sense.
    pub fn of(least: f64, most: f64, step: f64, at: f64) -> Option<Self> {
        let thousandths = |value: f64| {
            let scaled = (value * 1000.0).round();
            (scaled.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&scaled))
                .then_some(scaled as u32)
        };
        let (least, most) = (thousandths(least)?, thousandths(most)?);
        if most <= least {
            return None;
        }
        let given = thousandths(step).filter(|step| (1..=most - least).contains(step));
        Some(Self {
            least,
            most,
            // Without a step a finger moves it by a twentieth.
            step: given.unwrap_or(((most - least) / 20).max(1)),
            at: thousandths(at).unwrap_or(least).clamp(least, most),
        })
    }

    /// How much larger than without zoom, in tenths.
    pub fn times_in_tenths(self) -> u32 {
        let tenths = u64::from(self.at) * 10 / u64::from(self.least.max(1));
        u32::try_from(tenths).unwrap_or(u32::MAX)
    }
}

/// Whether one's pictures move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pause {
    #[default]
    Running,
    /// What was seen last stands, and nothing looks or listens.
    Paused,
}

/// What became of the picture that was to be kept last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptPicture {
    #[default]
    None,
    /// The browser saves it; how many were kept since the page began.
    Saved(u32),
    Failed,
}

impl KeptPicture {
    /// After one more, which was saved or not.
    pub fn after(self, saved: bool) -> Self {
        match (saved, self) {
            (true, Self::Saved(count)) => Self::Saved(count.saturating_add(1)),
            (true, Self::None | Self::Failed) => Self::Saved(1),
            (false, _) => Self::Failed,
        }
    }

    /// The word in `data-kept`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Saved(_) => "saved",
            Self::Failed => "failed",
        }
    }
}

/// One's own side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnSide {
    pub cameras: Vec<CameraDevice>,
    pub lens: Lens,
    pub pause: Pause,
    /// They hear nothing of the microphone beside the pictures.
    pub muted: bool,
    pub kept: KeptPicture,
}

impl OwnSide {
    pub fn is_paused(&self) -> bool {
        self.pause == Pause::Paused
    }
}

/// What a person does about their own side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCommand {
    /// That camera from here on, by its id.
    UseCamera(String),
    Light(bool),
    /// In thousandths of the browser's unit.
    Zoom(u32),
    /// They see what stands now, hear nothing, and the camera is off.
    Pause,
    GoOn,
    Mute(bool),
    /// Keeps what the page shows large as a file.
    KeepPicture,
}

#[cfg(test)]
mod tests {
    use super::Zoom;

    #[test]
    fn a_zoom_is_what_makes_sense_of_what_the_browser_says() {
        let zoom = |least, most, step, at| {
            Some(Zoom {
                least,
                most,
                step,
                at,
            })
        };
        for (said, expected) in [
            ((1.0, 8.0, 0.1, 2.0), zoom(1000, 8000, 100, 2000)),
            (
                (100.0, 400.0, 1.0, 100.0),
                zoom(100_000, 400_000, 1000, 100_000),
            ),
            // No step, or one that is wider than the way.
            ((1.0, 3.0, 0.0, 1.0), zoom(1000, 3000, 100, 1000)),
            ((1.0, 3.0, 5.0, 1.0), zoom(1000, 3000, 100, 1000)),
            ((1.0, 3.0, f64::NAN, 9.0), zoom(1000, 3000, 100, 3000)),
            ((1.0, 1.0, 0.1, 1.0), None),
            ((4.0, 1.0, 0.1, 1.0), None),
            ((-1.0, 1.0, 0.1, 1.0), None),
            ((1.0, f64::INFINITY, 0.1, 1.0), None),
            ((f64::NAN, f64::NAN, f64::NAN, f64::NAN), None),
        ] {
            let (least, most, step, at) = said;
            assert_eq!(Zoom::of(least, most, step, at), expected, "{said:?}");
        }
    }

    #[test]
    fn a_person_reads_how_much_larger_it_is() {
        for (least, at, tenths) in [(1000, 1000, 10), (100_000, 250_000, 25), (0, 3, 30)] {
            let zoom = Zoom {
                least,
                most: 400_000,
                step: 1,
                at,
            };
            assert_eq!(zoom.times_in_tenths(), tenths);
        }
    }
}
