//! RFC 3261 §26.3.2.4, RFC 5626 §7: what strangers may cost us. Messages a second from one source,
//! REGISTERs without credentials, and silence towards those who try one door after the other.
//!
//! A stranger is who neither registered from there nor is the core. Those who are in are never
//! silenced: a datagram's address can be forged, and a scan in somebody's name must not lock him out.

use std::net::IpAddr;
use std::time::Duration;

use sip::time::Instant;
use sip::transport::Hop;

use super::sources::{Sources, place};

/// Sources remembered. Each takes some 100 bytes; beyond it those not heard of lately are forgotten.
const SOURCES: usize = 16 * 1024;

/// What one source may do. 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShieldLimits {
    /// Messages a second from an address where nobody is registered.
    pub strangers_per_second: u32,
    /// Messages a second from a registered device.
    pub members_per_second: u32,
    /// REGISTERs without credentials a minute, from one address.
    pub registrations_per_minute: u32,
    /// Requests a minute from strangers, REGISTER apart, and messages that are none: beyond it the
    /// address is not answered any more.
    pub attempts_per_minute: u32,
    /// For how long not, after the last attempt.
    pub silence: Duration,
    /// Calls that one user has made and that are not over.
    pub calls_per_user: u32,
    /// Who may watch one share at a time.
    pub watchers: u32,
}

impl ShieldLimits {
    /// Nobody is limited.
    pub const OFF: ShieldLimits = ShieldLimits {
        strangers_per_second: 0,
        members_per_second: 0,
        registrations_per_minute: 0,
        attempts_per_minute: 0,
        silence: Duration::ZERO,
        calls_per_user: 0,
        watchers: 0,
    };
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The core, as the configuration names it.
    Trusted,
    /// Registered from there.
    Member,
    Stranger,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Admit,
    /// More than a source may send in a second: this one is lost, as the network might lose it.
    TooFast,
    /// The source is not listened to.
    Silenced,
}

/// Counts what sources do.
#[derive(Debug)]
pub struct Shield {
    limits: ShieldLimits,
    strangers: Sources<Origin, Stranger>,
    members: Sources<Hop, Bucket>,
}

/// A datagram may come from elsewhere than it says, so its sins are not those of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Origin {
    address: IpAddr,
    is_proven: bool,
}

#[derive(Debug, Default)]
struct Stranger {
    messages: Bucket,
    registrations: Bucket,
    attempts: Bucket,
    silenced_until: Option<Instant>,
}

/// A rate with some room for a burst, as one moment: when all that was taken will have been earned.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    paid_until: Option<Instant>,
}

impl Shield {
    pub fn new(limits: ShieldLimits) -> Shield {
        Shield {
            limits,
            strangers: Sources::new(SOURCES),
            members: Sources::new(SOURCES),
        }
    }

    /// Whether a message is looked at.
    pub fn admit(&mut self, hop: &Hop, standing: Standing, now: Instant) -> Verdict {
        let is_within = match standing {
            Standing::Trusted => true,
            Standing::Member => {
                let rate = per_second(self.limits.members_per_second);
                rate.is_none_or(|rate| self.members.note(*hop).take(rate, now))
            }
            Standing::Stranger => {
                let stranger = self.strangers.note(origin(hop));
                if stranger.silenced_until.is_some_and(|until| now < until) {
                    stranger.silenced_until = Some(now + self.limits.silence);
                    return Verdict::Silenced;
                }
                let rate = per_second(self.limits.strangers_per_second);
                rate.is_none_or(|rate| stranger.messages.take(rate, now))
            }
        };
        match is_within {
            true => Verdict::Admit,
            false => Verdict::TooFast,
        }
    }

    /// A REGISTER without credentials. Whether it is to be challenged.
    pub fn registers(&mut self, hop: &Hop, now: Instant) -> bool {
        let rate = per_minute(self.limits.registrations_per_minute);
        let stranger = self.strangers.note(origin(hop));
        rate.is_none_or(|rate| stranger.registrations.take(rate, now))
    }

    /// A stranger's request, or something that is no message. True when that was one too many:
    /// from here on the source is not listened to.
    pub fn attempted(&mut self, hop: &Hop, now: Instant) -> bool {
        let Some(rate) = per_minute(self.limits.attempts_per_minute) else {
            return false;
        };
        let silence = self.limits.silence;
        let stranger = self.strangers.note(origin(hop));
        let is_too_much = !stranger.attempts.take(rate, now);
        if is_too_much {
            stranger.silenced_until = Some(now + silence);
        }
        is_too_much
    }
}

/// How many in how long.
#[derive(Debug, Clone, Copy)]
struct Rate {
    count: u32,
    within: Duration,
}

fn per_second(count: u32) -> Option<Rate> {
    let within = Duration::from_secs(1);
    (count > 0).then_some(Rate { count, within })
}

fn per_minute(count: u32) -> Option<Rate> {
    let within = Duration::from_secs(60);
    (count > 0).then_some(Rate { count, within })
}

impl Bucket {
    /// Takes one, if there is one.
    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let paid_until = self.paid_until.map_or(now, |until| until.max(now));
        if paid_until + rate.within / rate.count > now + rate.within {
            return false;
        }
        self.paid_until = Some(paid_until + rate.within / rate.count);
        true
    }
}

fn origin(hop: &Hop) -> Origin {
    Origin {
        address: place(hop.remote.ip()),
        is_proven: hop.transport.is_reliable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::transport::{FlowId, Transport};

    const LIMITS: ShieldLimits = ShieldLimits {
        strangers_per_second: 5,
        members_per_second: 10,
        registrations_per_minute: 3,
        attempts_per_minute: 4,
        silence: Duration::from_secs(600),
        calls_per_user: 8,
        watchers: 16,
    };

    fn hop(transport: Transport, remote: &str) -> Hop {
        Hop {
            transport,
            flow: FlowId(0),
            remote: remote.parse().unwrap(),
        }
    }

    fn here() -> Hop {
        hop(Transport::Udp, "192.0.2.1:5060")
    }

    fn admitted(shield: &mut Shield, standing: Standing, count: usize, now: Instant) -> usize {
        (0..count)
            .filter(|_| shield.admit(&here(), standing, now) == Verdict::Admit)
            .count()
    }

    #[test]
    fn a_source_sends_its_rate_a_second_and_the_rest_is_lost() {
        let mut shield = Shield::new(LIMITS);
        let start = Instant::now();
        assert_eq!(admitted(&mut shield, Standing::Stranger, 20, start), 5);
        assert_eq!(admitted(&mut shield, Standing::Member, 20, start), 10);
        assert_eq!(admitted(&mut shield, Standing::Trusted, 20, start), 20);
        let later = start + Duration::from_millis(400);
        assert_eq!(admitted(&mut shield, Standing::Stranger, 20, later), 2);
        let later = start + Duration::from_secs(10);
        assert_eq!(admitted(&mut shield, Standing::Stranger, 20, later), 5);
    }

    #[test]
    fn a_scanner_is_not_answered_after_its_attempts_until_it_has_been_quiet() {
        let mut shield = Shield::new(LIMITS);
        let start = Instant::now();
        for _ in 0..4 {
            assert!(!shield.attempted(&here(), start));
        }
        assert!(shield.attempted(&here(), start));
        let silenced = |shield: &mut Shield, standing, at| {
            shield.admit(&here(), standing, start + Duration::from_secs(at)) == Verdict::Silenced
        };
        assert!(silenced(&mut shield, Standing::Stranger, 500));
        assert!(
            silenced(&mut shield, Standing::Stranger, 1000),
            "it went on trying"
        );
        assert!(!silenced(&mut shield, Standing::Member, 1000));
        assert!(!silenced(&mut shield, Standing::Stranger, 1601));
    }

    #[test]
    fn forged_datagrams_silence_nobody_on_a_connection() {
        let mut shield = Shield::new(LIMITS);
        let start = Instant::now();
        for _ in 0..9 {
            shield.attempted(&here(), start);
        }
        let connection = hop(Transport::Ws, "192.0.2.1:40000");
        assert_eq!(
            shield.admit(&connection, Standing::Stranger, start),
            Verdict::Admit
        );
        let neighbour = hop(Transport::Udp, "192.0.2.2:5060");
        assert_eq!(
            shield.admit(&neighbour, Standing::Stranger, start),
            Verdict::Admit
        );
    }

    #[test]
    fn registers_without_credentials_are_challenged_so_many_times_a_minute() {
        let mut shield = Shield::new(LIMITS);
        let start = Instant::now();
        let challenged = |shield: &mut Shield, at| {
            (0..9)
                .filter(|_| shield.registers(&here(), start + Duration::from_secs(at)))
                .count()
        };
        assert_eq!(challenged(&mut shield, 0), 3);
        assert_eq!(challenged(&mut shield, 20), 1);
        assert_eq!(challenged(&mut shield, 120), 3);
    }

    #[test]
    fn without_limits_everything_is_admitted() {
        let mut shield = Shield::new(ShieldLimits::OFF);
        let now = Instant::now();
        assert_eq!(admitted(&mut shield, Standing::Stranger, 999, now), 999);
        assert!((0..999).all(|_| shield.registers(&here(), now)));
        assert!(!(0..999).any(|_| shield.attempted(&here(), now)));
    }
}
