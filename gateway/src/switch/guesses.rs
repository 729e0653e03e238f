//! Counts wrong passwords, so that guessing does not pay (RFC 3261 §26.3.2.4 leaves it to us).

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use sip::time::Instant;

use super::sources::{Sources, place};

/// Addresses remembered. Beyond it those not heard of lately are forgotten: an attacker with that
/// many addresses is not stopped by counting them.
const ADDRESSES: usize = 8192;

/// Names remembered for one address; `per_address` bounds how many can fail in a row.
const NAMES: usize = 64;

/// How often somebody may be wrong.
#[derive(Debug, Clone, Copy)]
pub struct GuessLimits {
    /// From one address for one name: typing errors.
    pub per_name: usize,
    /// From one address for all names: an office behind one translator.
    pub per_address: usize,
    /// After that long without another failure all is forgotten.
    pub lockout: Duration,
}

#[derive(Debug)]
pub struct Guesses {
    limits: GuessLimits,
    by_address: Sources<IpAddr, Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    last: Option<Instant>,
    all: usize,
    by_name: HashMap<String, usize>,
}

impl Guesses {
    pub fn new(limits: GuessLimits) -> Guesses {
        Guesses {
            limits,
            by_address: Sources::new(ADDRESSES),
        }
    }

    /// How long this name from this address is not listened to; `None` if it is.
    pub fn locked_out(&mut self, address: IpAddr, name: &str, now: Instant) -> Option<Duration> {
        let address = place(address);
        let failures = self.by_address.get(address)?;
        let ends = failures.last? + self.limits.lockout;
        if now >= ends {
            self.by_address.forget(address);
            return None;
        }
        let of_name = failures.by_name.get(name).copied().unwrap_or_default();
        let too_many = failures.all >= self.limits.per_address || of_name >= self.limits.per_name;
        too_many.then(|| ends - now)
    }

    pub fn failed(&mut self, address: IpAddr, name: &str, now: Instant) {
        let failures = self.by_address.note(place(address));
        failures.last = Some(now);
        failures.all += 1;
        if failures.by_name.len() < NAMES || failures.by_name.contains_key(name) {
            *failures.by_name.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// The right password clears what this name did wrong, and nothing else: who knows one
    /// password must not win free guesses at others.
    pub fn succeeded(&mut self, address: IpAddr, name: &str) {
        let address = place(address);
        let Some(failures) = self.by_address.get(address) else {
            return;
        };
        let cleared = failures.by_name.remove(name).unwrap_or_default();
        failures.all = failures.all.saturating_sub(cleared);
        if failures.all == 0 {
            self.by_address.forget(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GuessLimits = GuessLimits {
        per_name: 3,
        per_address: 5,
        lockout: Duration::from_secs(60),
    };

    fn here() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    #[test]
    fn three_wrong_passwords_for_a_name_lock_it_out_here_until_the_time_is_over() {
        let mut guesses = Guesses::new(LIMITS);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(guesses.locked_out(here(), "nina", start), None);
            guesses.failed(here(), "nina", start);
        }
        assert_eq!(
            guesses.locked_out(here(), "nina", start),
            Some(LIMITS.lockout)
        );
        assert_eq!(guesses.locked_out(here(), "otto", start), None);
        assert_eq!(
            guesses.locked_out("192.0.2.2".parse().unwrap(), "nina", start),
            None
        );
        assert_eq!(
            guesses.locked_out(here(), "nina", start + LIMITS.lockout),
            None
        );
    }

    #[test]
    fn guessing_at_many_names_locks_the_address_out() {
        let mut guesses = Guesses::new(LIMITS);
        let start = Instant::now();
        for name in ["a", "b", "c", "d", "e"] {
            guesses.failed(here(), name, start);
        }
        assert!(guesses.locked_out(here(), "f", start).is_some());
    }

    #[test]
    fn the_right_password_forgives_its_own_name_only() {
        let mut guesses = Guesses::new(LIMITS);
        let start = Instant::now();
        for name in ["a", "a", "b", "c"] {
            guesses.failed(here(), name, start);
        }
        guesses.succeeded(here(), "a");
        guesses.failed(here(), "d", start);
        guesses.failed(here(), "e", start);
        assert_eq!(guesses.locked_out(here(), "a", start), None);
        guesses.failed(here(), "e", start);
        assert!(guesses.locked_out(here(), "a", start).is_some());
    }

    #[test]
    fn no_more_addresses_are_remembered_than_there_is_room_for() {
        let mut guesses = Guesses::new(LIMITS);
        let start = Instant::now();
        for number in 0..20_000u32 {
            guesses.failed(
                IpAddr::from(number.to_be_bytes()),
                "a",
                start + Duration::from_millis(number.into()),
            );
        }
        assert!(guesses.by_address.len() <= ADDRESSES);
    }
}
