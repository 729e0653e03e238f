//! How bad a link is.

use sip::time::Duration;

use crate::Chance;

/// What a link does to messages. By a stream nothing is lost or doubled, and what arrives is in
/// order, however late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    pub lost_percent: u64,
    pub doubled_percent: u64,
    /// The shortest way.
    pub delay: Duration,
    /// At most so much more, drawn for each message: it overtakes others, or they it.
    pub jitter: Duration,
}

impl Weather {
    /// 10 ms, and nothing happens.
    pub const FINE: Weather = Weather {
        lost_percent: 0,
        doubled_percent: 0,
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
    };

    /// Anything from fine to a link by which nobody would call.
    pub fn draw(chance: &mut Chance) -> Weather {
        let bad = chance.between(0, 3);
        Weather {
            lost_percent: chance.between(0, 10 * bad),
            doubled_percent: chance.between(0, 5 * bad),
            delay: Duration::from_millis(chance.between(1, 100)),
            jitter: Duration::from_millis(chance.between(0, 300 * bad)),
        }
    }
}
