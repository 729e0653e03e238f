//! A network that loses packets as its seed says.

use std::time::{Duration, Instant};

/// Which packets are lost.
#[derive(Debug, Clone, Copy)]
pub(super) enum Loss {
    None,
    /// Each by itself, so many in a thousand.
    Random(u32),
    /// All of them for `length`, every `every`.
    Bursts {
        every: Duration,
        length: Duration,
    },
}

/// One path for all packets of a scene.
pub(super) struct Network {
    random: u64,
    loss: Loss,
    since: Option<Instant>,
    pub(super) lost: usize,
}

impl Network {
    pub(super) fn whole() -> Network {
        Network::new(Loss::None, 0)
    }

    pub(super) fn new(loss: Loss, seed: u64) -> Network {
        Network {
            random: seed,
            loss,
            since: None,
            lost: 0,
        }
    }

    pub(super) fn passes(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let passes = match self.loss {
            Loss::None => true,
            Loss::Random(per_mille) => self.chance() % 1000 >= per_mille,
            Loss::Bursts { every, length } => {
                let phase = (now - since).as_millis() % every.as_millis();
                phase >= length.as_millis()
            }
        };
        self.lost += usize::from(!passes);
        passes
    }

    fn chance(&mut self) -> u32 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as u32
    }
}
