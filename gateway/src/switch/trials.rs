//! A page tests its connection: it calls a handset of the gateway's own, at an address that nobody guesses
//! and that leads nobody else there.

use std::time::Duration;

use sip::message::Uri;
use sip::time::Instant;
use sip::transport::Hop;

use super::route::Whose;
use crate::home::Territory;

/// How long one such handset lives, whatever its page does: a test takes some ten seconds.
pub const LIFE: Duration = Duration::from_secs(60);

/// Handsets at a time: each has five ports and a codec of its own, and a test is over in seconds.
pub const AT_ONCE: usize = 8;

/// One handset, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The user of its address.
    pub user: String,
    /// The subscriber who may call it, by name.
    pub whose: String,
    pub hop: Hop,
}

/// What becomes of them.
#[derive(Debug)]
pub enum News {
    Begun(Trial),
    /// The one of that user is gone.
    Over(String),
}

/// Those that run.
#[derive(Debug, Default)]
pub struct Trials {
    /// The oldest first.
    running: Vec<(Trial, Instant)>,
}

impl Trials {
    pub fn hear(&mut self, news: News, now: Instant) {
        self.running.retain(|(_, until)| now < *until);
        match news {
            News::Begun(trial) => {
                // Whoever starts them keeps to that number; two of one person may overlap.
                if self.running.len() >= 2 * AT_ONCE {
                    self.running.remove(0);
                }
                self.running.push((trial, now + LIFE));
            }
            News::Over(user) => self.running.retain(|(trial, _)| trial.user != user),
        }
    }

    /// The handset that this address means for whoever calls it.
    pub fn called(
        &self,
        uri: &Uri,
        caller: &Whose,
        territory: &Territory,
        now: Instant,
    ) -> Option<Hop> {
        let Whose::Subscriber(name) = caller else {
            return None;
        };
        if self.running.is_empty() || !territory.serves(uri) {
            return None;
        }
        let user = uri.user()?;
        let mut running = self.running.iter();
        let found = running
            .find(|(trial, until)| now < *until && trial.user == *user && trial.whose == *name);
        found.map(|(trial, _)| trial.hop)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn trial(user: &str, whose: &str, port: u16) -> Trial {
        Trial {
            user: user.into(),
            whose: whose.into(),
            hop: Hop {
                transport: sip::transport::Transport::Udp,
                flow: sip::transport::FlowId(0),
                remote: SocketAddr::from(([127, 0, 0, 1], port)),
            },
        }
    }

    struct Scene {
        trials: Trials,
        territory: Territory,
        start: Instant,
    }

    impl Scene {
        fn new() -> Scene {
            let domain = "example.net".parse().unwrap();
            Scene {
                trials: Trials::default(),
                territory: Territory::new(domain, std::iter::empty()),
                start: Instant::now(),
            }
        }

        fn begun(&mut self, trial: Trial) {
            self.trials.hear(News::Begun(trial), self.start);
        }

        fn port(&self, uri: &str, whose: &Whose, after: Duration) -> Option<u16> {
            let uri = uri.parse().unwrap();
            let now = self.start + after;
            let hop = self.trials.called(&uri, whose, &self.territory, now);
            hop.map(|hop| hop.remote.port())
        }
    }

    fn nina() -> Whose {
        Whose::Subscriber("nina".into())
    }

    #[test]
    fn only_whose_it_is_reaches_it_and_only_while_it_lives() {
        let mut scene = Scene::new();
        scene.begun(trial("selftest-1", "nina", 5001));
        let address = "sip:selftest-1@example.net";
        let otto = Whose::Subscriber("otto".into());
        let short = Duration::from_secs(1);
        let cases = [
            (address, nina(), short, Some(5001)),
            (address, otto, short, None),
            (address, Whose::CoreUser("nina".into()), short, None),
            (address, Whose::Core, short, None),
            ("sip:selftest-2@example.net", nina(), short, None),
            ("sip:selftest-1@example.org", nina(), short, None),
            ("tel:+15550001", nina(), short, None),
            (address, nina(), LIFE, None),
        ];
        for (uri, whose, after, expected) in cases {
            assert_eq!(scene.port(uri, &whose, after), expected, "{uri} {whose:?}");
        }
        let over = News::Over("selftest-1".into());
        scene.trials.hear(over, scene.start);
        assert_eq!(scene.port(address, &nina(), short), None);
    }

    #[test]
    fn there_are_never_more_than_twice_those_that_may_run() {
        let mut scene = Scene::new();
        for number in 0..40 {
            scene.begun(trial(&format!("selftest-{number}"), "nina", 5000 + number));
        }
        assert_eq!(scene.trials.running.len(), 2 * AT_ONCE);
        let port = |number| {
            let uri = format!("sip:selftest-{number}@example.net");
            scene.port(&uri, &nina(), Duration::ZERO)
        };
        assert_eq!((port(0), port(39)), (None, Some(5039)));
    }
}
