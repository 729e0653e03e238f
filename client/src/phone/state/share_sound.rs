//! Sound beside a share.

use super::MicrophoneProblem;

/// Whose sound goes beside the pictures. Nobody opens another's microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShareSound {
    pub ours: OurSound,
    /// They let us hear them.
    pub theirs: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OurSound {
    #[default]
    Off,
    /// The microphone is opened, and the other side is told.
    Asking,
    On,
    /// Their phone takes no sound beside pictures.
    TheyCannot,
    NoMicrophone(MicrophoneProblem),
}

impl OurSound {
    /// The word in `data-sound`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Asking => "asking",
            Self::On => "on",
            Self::TheyCannot => "they-cannot",
            Self::NoMicrophone(_) => "no-microphone",
        }
    }
}
