//! How good the pictures are, and what holds them back.

use std::sync::Arc;

/// Size and rate of the pictures, once a second, and what they were lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub kilobits_per_second: u32,
    pub codec: String,
    /// What holds them back.
    pub limited: Limited,
    /// The last two minutes, oldest first.
    pub moments: Arc<Vec<Moment>>,
}

/// What keeps the pictures from being better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limited {
    /// It is too early to say.
    #[default]
    Measuring,
    Nothing,
    /// It can show, or sends, no more than this.
    TheirPhone,
    MyNetwork,
    TheirNetwork,
    /// This device is too slow for them.
    MyDevice,
}

impl Limited {
    /// The word in `data-limited`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Measuring => "measuring",
            Self::Nothing => "nothing",
            Self::TheirPhone => "their-phone",
            Self::MyNetwork => "my-network",
            Self::TheirNetwork => "their-network",
            Self::MyDevice => "my-device",
        }
    }

    /// Whether something is wrong, as opposed to being as it has to be.
    pub fn is_trouble(self) -> bool {
        match self {
            Self::MyNetwork | Self::TheirNetwork | Self::MyDevice => true,
            Self::Measuring | Self::Nothing | Self::TheirPhone => false,
        }
    }
}

/// One second of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since the first of this share.
    pub at_milliseconds: u64,
    pub kilobits_per_second: u32,
    pub frames_per_second: u32,
    /// Of a thousand packets, between here and the gateway.
    pub lost_per_thousand: u32,
}
