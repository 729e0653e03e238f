//! Handsets of our own, in this process, which pages call to test their connection.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use handset::{Ask, Company, Confirm, OnInvite, Options, PatternText, Send, Status};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::{Gate, udp};
use crate::server::Wake;
use crate::switch::trials::{AT_ONCE, LIFE, News, Trial};

/// H.263 and nothing else: every picture is transcoded, both ways.
const MODEL: &str = "nokia-6680";

/// Tests of one person within [`WINDOW`]: more than anybody presses the button, less than a load.
const OF_ONE: usize = 6;
const WINDOW: Duration = Duration::from_secs(60);

/// It binds some ports, and asks nobody.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// It answers in a turn of its loop.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// Questions that may wait for it.
const QUESTIONS: usize = 4;

/// Where they live.
#[derive(Debug, Clone)]
pub struct Place {
    pub domain: String,
    /// Where media of ours is: it reaches that address whatever its other networks are.
    pub media: IpAddr,
    /// Our own ports of plain media.
    pub spared: RangeInclusive<u16>,
    /// Our socket of SIP over UDP.
    pub sip: SocketAddr,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("You have tested often in the last minute; wait a while.")]
    TooOften,
    #[error("As many connections are being tested as may be; wait a moment.")]
    TooMany,
    #[error(
        "This gateway cannot reach a handset of its own: sip.udp and media.address are of different families."
    )]
    Unreachable,
    #[error("The gateway's own handset does not start; its log says why.")]
    Broken,
}

/// A handset that waits to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    pub id: String,
    /// `sip:user@domain`
    pub address: String,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Trials {
    gate: Gate,
    place: Arc<Place>,
    free: Arc<Semaphore>,
    running: Arc<Mutex<Running>>,
}

#[derive(Debug, Default)]
struct Running {
    /// By whose they are: one each.
    handsets: HashMap<String, Handset>,
    /// When each person began one, as far as it counts.
    begun: HashMap<String, VecDeque<Instant>>,
}

/// Dropped, it ends.
#[derive(Debug)]
struct Handset {
    id: String,
    asks: mpsc::Sender<Ask>,
    _stop: oneshot::Sender<()>,
}

impl Trials {
    pub fn new(gate: Gate, place: Place) -> Trials {
        Trials {
            gate,
            place: Arc::new(place),
            free: Arc::new(Semaphore::new(AT_ONCE)),
            running: Arc::default(),
        }
    }

    /// Starts one for that person, in place of the one they had.
    ///
    /// # Errors
    /// There is none.
    pub async fn start(&self, name: &str) -> Result<Started, Refused> {
        if !self.place.is_within_reach() {
            return Err(Refused::Unreachable);
        }
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|_| Refused::Broken)?;
        let id = format!("{:032x}", u128::from_be_bytes(secret));
        let (asks, questions) = mpsc::channel(QUESTIONS);
        let (stop, stopped) = oneshot::channel();
        let handset = Handset {
            id: id.clone(),
            asks,
            _stop: stop,
        };
        let place = self.admit(name, handset, Instant::now())?;
        let user = format!("selftest-{id}");
        let (ready, is_ready) = oneshot::channel();
        let life = Life {
            trials: self.clone(),
            name: name.to_owned(),
            user: user.clone(),
            id: id.clone(),
            _place: place,
        };
        tokio::spawn(life.live(ready, questions, stopped));
        let Ok(Ok(ready)) = timeout(READY_WITHIN, is_ready).await else {
            self.forget(name, &id);
            return Err(Refused::Broken);
        };
        let begun = News::Begun(Trial {
            user: user.clone(),
            whose: name.to_owned(),
            hop: udp::hop(ready.sip),
        });
        // A loop that is gone takes no call either.
        self.gate.wake(Wake::Trial(begun)).await;
        Ok(Started {
            id,
            address: format!("sip:{user}@{}", self.place.domain),
        })
    }

    /// What that person's handset says; `None` without such a one.
    pub async fn ask(&self, name: &str, id: &str) -> Option<Status> {
        let asks = {
            let running = self.lock();
            let handset = running.handsets.get(name)?;
            (handset.id == id).then(|| handset.asks.clone())?
        };
        let (reply, answer) = oneshot::channel();
        asks.try_send(Ask::Status(reply)).ok()?;
        timeout(TOLD_WITHIN, answer).await.ok()?.ok()
    }

    /// Ends that person's handset, if it is still there.
    pub fn end(&self, name: &str, id: &str) {
        self.forget(name, id);
    }

    /// Ends all.
    pub fn end_all(&self) {
        self.lock().handsets.clear();
    }

    fn admit(
        &self,
        name: &str,
        handset: Handset,
        now: Instant,
    ) -> Result<OwnedSemaphorePermit, Refused> {
        let mut running = self.lock();
        running.may_begin(name, now)?;
        let place = Arc::clone(&self.free).try_acquire_owned();
        let place = place.map_err(|_| Refused::TooMany)?;
        running.count(name, now);
        running.handsets.insert(name.to_owned(), handset);
        Ok(place)
    }

    fn forget(&self, name: &str, id: &str) {
        let mut running = self.lock();
        if running
            .handsets
            .get(name)
            .is_some_and(|handset| handset.id == id)
        {
            running.handsets.remove(name);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn may_begin(&mut self, name: &str, now: Instant) -> Result<(), Refused> {
        // Nobody is remembered for longer than it counts.
        self.begun.retain(|_, times| {
            times.retain(|at| now.saturating_duration_since(*at) < WINDOW);
            !times.is_empty()
        });
        match self.begun.get(name) {
            Some(times) if times.len() >= OF_ONE => Err(Refused::TooOften),
            Some(_) | None => Ok(()),
        }
    }

    fn count(&mut self, name: &str, now: Instant) {
        let times = self.begun.entry(name.to_owned()).or_default();
        times.push_back(now);
    }
}

impl Place {
    /// Whether our socket of SIP can send there.
    fn is_within_reach(&self) -> bool {
        match self.sip.ip() {
            IpAddr::V4(_) => self.media.is_ipv4(),
            // On all addresses it serves both families.
            IpAddr::V6(own) => own.is_unspecified() || self.media.is_ipv6(),
        }
    }
}

/// One handset from its beginning to its end.
struct Life {
    trials: Trials,
    name: String,
    user: String,
    id: String,
    /// Kept until its ports are free again.
    _place: OwnedSemaphorePermit,
}

impl Life {
    async fn live(
        self,
        ready: oneshot::Sender<handset::Ready>,
        questions: mpsc::Receiver<Ask>,
        stopped: oneshot::Receiver<()>,
    ) {
        let options = options(&self.trials.place, &self.user);
        let stop = async {
            tokio::select! {
                // Dropped is stopped too.
                _ = stopped => {}
                () = sleep(LIFE) => {}
            }
        };
        if let Err(error) = handset::run_asked(options, ready, questions, stop).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "the gateway's own handset ended"
            );
        }
        self.trials.forget(&self.name, &self.id);
        // Without a loop nobody calls it any more.
        let over = News::Over(self.user);
        self.trials.gate.wake(Wake::Trial(over)).await;
    }
}

fn options(place: &Place, user: &str) -> Options {
    Options {
        profile: MODEL.to_owned(),
        profiles_dir: None,
        // Whoever the person says to be on the phone with: it takes the call.
        in_call: Some(Company::Anybody),
        on_options: None,
        confirm: Confirm::After(Duration::ZERO),
        codec: None,
        audio_codec: None,
        tone: 440.0,
        registrar: None,
        domain: place.domain.clone(),
        user: user.to_owned(),
        password_file: None,
        number: String::new(),
        local: SocketAddr::new(place.media, 0),
        // It has none.
        page: SocketAddr::new(place.media, 0),
        on_invite: OnInvite::Answer,
        send: Send::Pattern,
        pattern_text: PatternText::None,
        both_ways: true,
        spared_ports: Some(place.spared.clone()),
        snapshots: None,
        action: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_tests_a_few_times_a_minute() {
        let mut running = Running::default();
        let start = Instant::now();
        for at in 0..OF_ONE {
            let now = start + Duration::from_secs(at as u64);
            assert_eq!(running.may_begin("nina", now), Ok(()));
            running.count("nina", now);
        }
        let soon = start + Duration::from_secs(59);
        assert_eq!(running.may_begin("nina", soon), Err(Refused::TooOften));
        assert_eq!(running.may_begin("otto", soon), Ok(()));
        assert_eq!(running.may_begin("nina", start + WINDOW), Ok(()));
        // Whoever tests no more is forgotten.
        assert_eq!(running.may_begin("otto", start + 2 * WINDOW), Ok(()));
        assert!(running.begun.is_empty());
    }

    #[test]
    fn a_handset_of_another_family_is_out_of_reach() {
        let cases = [
            ("127.0.0.1:5060", "127.0.0.1", true),
            ("0.0.0.0:5060", "192.0.2.1", true),
            ("0.0.0.0:5060", "2001:db8::1", false),
            ("[::]:5060", "192.0.2.1", true),
            ("[2001:db8::1]:5060", "192.0.2.1", false),
            ("[2001:db8::1]:5060", "2001:db8::2", true),
        ];
        for (sip, media, expected) in cases {
            let place = Place {
                domain: "example.net".into(),
                media: media.parse().unwrap(),
                spared: 30_000..=39_999,
                sip: sip.parse().unwrap(),
            };
            assert_eq!(place.is_within_reach(), expected, "{sip} {media}");
        }
    }
}
