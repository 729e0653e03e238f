//! RFC 3261 §21.5.4: whether there is room for one more call, by number and by CPU. Who is in stays as
//! he is; who comes when there is no room is told 503 and when to try again.
//!
//! How busy the cores are is measured elsewhere and published here ([`Occupancy`]). A call costs
//! nothing while it rings, so those that ring or have only begun count with what such calls cost on
//! the average.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sip::agent::Reply;
use sip::message::{Header, Status};
use sip::time::Instant;

use super::route::Access;

/// What a call that was admitted may cost without it showing in what is measured: a few times
/// [`BUSY_MEMORY`], and DTLS and the first keyframe with it.
pub const SETTLING: Duration = Duration::from_secs(10);

/// How far back the measure of all that is done reaches.
const BUSY_MEMORY: Duration = Duration::from_secs(2);

/// How far back the measures of a call's cost reach.
const COST_MEMORY: Duration = Duration::from_secs(20);

/// Readings closer than this say nothing: the kernel counts CPU time in ticks of some milliseconds.
const SHORTEST: Duration = Duration::from_millis(100);

/// When to try again, in seconds: several calls end in that time wherever many are under way.
const RETRY_AFTER: &str = "10";

/// What may go on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Calls; each holds two dialogs and a bridge, some 100 kB.
    pub calls: usize,
    /// How much of all cores may be in use for another call to be taken; 0 for any.
    pub cpu_percent: u32,
    /// The cores there are.
    pub cores: u32,
}

impl Capacity {
    /// As many calls as a machine can name, whatever they cost.
    pub const UNMEASURED: Capacity = Capacity {
        calls: 10_000,
        cpu_percent: 0,
        cores: 1,
    };
}

/// What kind of work a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Two plain peers have their media between each other.
    Signalling,
    /// Two browsers: packets are passed on as they are.
    Passing,
    /// A browser and a plain peer: packed anew, and transcoded where they share no codec.
    Bridging,
}

impl Work {
    /// The most that a call can become: any of `callees` may answer.
    pub fn of(caller: Access, callees: impl Iterator<Item = Access>) -> Work {
        let mut work = Work::Signalling;
        for callee in callees {
            match (caller, callee) {
                (Access::Plain, Access::Plain) => {}
                (Access::Browser, Access::Browser) => {
                    if work == Work::Signalling {
                        work = Work::Passing;
                    }
                }
                (Access::Browser, Access::Plain) | (Access::Plain, Access::Browser) => {
                    work = Work::Bridging;
                }
            }
        }
        work
    }
}

/// How busy the cores are and what calls cost, in thousandths of one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// All that this process does.
    pub busy: u32,
    /// One call between browsers.
    pub passing: u32,
    /// One call between a browser and a plain peer.
    pub bridging: u32,
}

/// Before anything was measured: a call between browsers took half a hundredth of a core, one
/// whose pictures are transcoded from VP8 of 640x480 four hundredths.
const AT_FIRST: Figures = Figures {
    busy: 0,
    passing: 5,
    bridging: 45,
};

/// No call is expected to cost less: nothing is free, and what is measured may be calls on hold.
const LEAST: u32 = 2;

impl Figures {
    pub fn cost(&self, work: Work) -> u32 {
        match work {
            Work::Signalling => 0,
            Work::Passing => self.passing,
            Work::Bridging => self.bridging,
        }
    }
}

/// The figures where they are measured and where they are gone by.
#[derive(Debug)]
pub struct Occupancy {
    busy: AtomicU32,
    passing: AtomicU32,
    bridging: AtomicU32,
}

impl Default for Occupancy {
    fn default() -> Occupancy {
        Occupancy {
            busy: AtomicU32::new(AT_FIRST.busy),
            passing: AtomicU32::new(AT_FIRST.passing),
            bridging: AtomicU32::new(AT_FIRST.bridging),
        }
    }
}

impl Occupancy {
    pub fn publish(&self, figures: Figures) {
        self.busy.store(figures.busy, Ordering::Relaxed);
        self.passing.store(figures.passing, Ordering::Relaxed);
        self.bridging.store(figures.bridging, Ordering::Relaxed);
    }

    pub fn figures(&self) -> Figures {
        Figures {
            busy: self.busy.load(Ordering::Relaxed),
            passing: self.passing.load(Ordering::Relaxed),
            bridging: self.bridging.load(Ordering::Relaxed),
        }
    }
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// There are as many calls as may be.
    Calls,
    /// The cores have other things to do.
    Cpu,
}

impl Full {
    pub fn reply(self) -> Reply {
        Reply::new(Status::SERVICE_UNAVAILABLE)
            .with_header(Header::fixed("Retry-After", RETRY_AFTER))
    }
}

/// Whether there is CPU for one more call beside what is `unmeasured`: the work of calls that ring
/// or have only begun.
///
/// # Errors
/// [`Full::Cpu`] when it would go beyond what the operator allows.
pub fn has_cpu(
    capacity: Capacity,
    figures: Figures,
    unmeasured: impl Iterator<Item = Work>,
    work: Work,
) -> Result<(), Full> {
    if capacity.cpu_percent == 0 {
        return Ok(());
    }
    // A hundredth of all cores is ten thousandths of each.
    let allowed = u64::from(capacity.cores) * u64::from(capacity.cpu_percent) * 10;
    let expected: u64 = unmeasured.map(|work| u64::from(figures.cost(work))).sum();
    let used = u64::from(figures.busy) + expected + u64::from(figures.cost(work));
    match used <= allowed {
        true => Ok(()),
        false => Err(Full::Cpu),
    }
}

/// What had been used at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// CPU time of the whole process.
    pub process: Duration,
    /// CPU time of the media workers.
    pub packets: Duration,
    /// CPU time of the codec threads.
    pub pictures: Duration,
    /// Calls whose media is open.
    pub calls: usize,
    /// Of these, those with a plain peer.
    pub bridged: usize,
    /// Streams that are transcoded.
    pub streams: usize,
}

/// Makes figures of readings.
#[derive(Debug)]
pub struct Meter {
    last: Reading,
    at: Instant,
    /// In cores.
    busy: f64,
    /// What one call's packets cost, in cores.
    packets: f64,
    /// What one stream's pictures cost, in cores.
    pictures: f64,
}

impl Meter {
    pub fn new(first: Reading, now: Instant) -> Meter {
        let per_core = |thousandths: u32| f64::from(thousandths) / 1000.0;
        Meter {
            last: first,
            at: now,
            busy: 0.0,
            packets: per_core(AT_FIRST.passing),
            pictures: per_core(AT_FIRST.bridging - AT_FIRST.passing),
        }
    }

    /// Takes the next reading.
    pub fn read(&mut self, reading: Reading, now: Instant) -> Figures {
        let passed = now.saturating_duration_since(self.at);
        if passed >= SHORTEST {
            let seconds = passed.as_secs_f64();
            let cores = |now: Duration, before: Duration| {
                now.saturating_sub(before).as_secs_f64() / seconds
            };
            let busy = cores(reading.process, self.last.process);
            approach(&mut self.busy, busy, passed, BUSY_MEMORY);
            if reading.calls > 0 {
                let packets = cores(reading.packets, self.last.packets) / reading.calls as f64;
                approach(&mut self.packets, packets, passed, COST_MEMORY);
            }
            if reading.streams > 0 {
                let pictures = cores(reading.pictures, self.last.pictures) / reading.streams as f64;
                approach(&mut self.pictures, pictures, passed, COST_MEMORY);
            }
            (self.last, self.at) = (reading, now);
        }
        self.figures()
    }

    fn figures(&self) -> Figures {
        // How many streams of a bridged call are transcoded: one, until calls show otherwise.
        let streams = (self.last.streams + 2) as f64 / (self.last.bridged + 2) as f64;
        let thousandths = |cores: f64| (cores * 1000.0).ceil() as u32;
        Figures {
            busy: thousandths(self.busy),
            passing: thousandths(self.packets).max(LEAST),
            bridging: thousandths(self.packets + streams * self.pictures).max(LEAST),
        }
    }
}

fn approach(value: &mut f64, seen: f64, passed: Duration, memory: Duration) {
    let weight = 1.0 - (-passed.as_secs_f64() / memory.as_secs_f64()).exp();
    *value += weight * (seen - *value);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: Capacity = Capacity {
        calls: 100,
        cpu_percent: 80,
        cores: 2,
    };

    fn figures(busy: u32) -> Figures {
        Figures {
            busy,
            passing: 5,
            bridging: 40,
        }
    }

    #[test]
    fn a_call_is_taken_as_long_as_its_expected_cost_fits_beside_what_is_measured() {
        // Two cores at 80 per cent are 1600 thousandths.
        for (busy, work, expected) in [
            (0, Work::Bridging, Ok(())),
            (1560, Work::Bridging, Ok(())),
            (1561, Work::Bridging, Err(Full::Cpu)),
            (1561, Work::Passing, Ok(())),
            (1596, Work::Passing, Err(Full::Cpu)),
            (1600, Work::Signalling, Ok(())),
            (1601, Work::Signalling, Err(Full::Cpu)),
        ] {
            let answer = has_cpu(CAPACITY, figures(busy), std::iter::empty(), work);
            assert_eq!(answer, expected, "{busy} {work:?}");
        }
    }

    #[test]
    fn calls_that_ring_count_with_what_they_will_cost() {
        let ringing = |count| std::iter::repeat_n(Work::Bridging, count);
        assert_eq!(
            has_cpu(CAPACITY, figures(0), ringing(39), Work::Bridging),
            Ok(())
        );
        assert_eq!(
            has_cpu(CAPACITY, figures(0), ringing(40), Work::Bridging),
            Err(Full::Cpu)
        );
    }

    #[test]
    fn without_a_budget_any_call_is_taken() {
        let capacity = Capacity {
            cpu_percent: 0,
            ..CAPACITY
        };
        let answer = has_cpu(
            capacity,
            figures(u32::MAX),
            std::iter::empty(),
            Work::Bridging,
        );
        assert_eq!(answer, Ok(()));
    }

    #[test]
    fn the_work_is_the_most_that_any_device_can_make_of_it() {
        use Access::{Browser, Plain};
        for (caller, callees, expected) in [
            (Browser, vec![Browser], Work::Passing),
            (Browser, vec![Browser, Plain, Browser], Work::Bridging),
            (Plain, vec![Plain], Work::Signalling),
            (Plain, vec![Plain, Browser], Work::Bridging),
        ] {
            assert_eq!(Work::of(caller, callees.into_iter()), expected);
        }
    }

    #[test]
    fn what_calls_cost_is_learned_from_those_that_are_there() {
        let start = Instant::now();
        let mut meter = Meter::new(Reading::default(), start);
        let mut figures = AT_FIRST;
        // Ten calls with handsets, all passed through: 1 per cent of a core each.
        for half_second in 1..=400u32 {
            let used = Duration::from_millis(50) * half_second;
            let reading = Reading {
                process: used + Duration::from_millis(5) * half_second,
                packets: used,
                pictures: Duration::ZERO,
                calls: 10,
                bridged: 10,
                streams: 0,
            };
            figures = meter.read(reading, start + Duration::from_millis(500) * half_second);
        }
        assert!((110..=111).contains(&figures.busy), "{figures:?}");
        assert!((10..=11).contains(&figures.passing), "{figures:?}");
        assert!((10..=18).contains(&figures.bridging), "{figures:?}");

        // Then they all transcode, at 5 per cent more.
        let before = Duration::from_secs(20);
        for half_second in 1..=400u32 {
            let reading = Reading {
                process: before + Duration::from_millis(300) * half_second,
                packets: before + Duration::from_millis(50) * half_second,
                pictures: Duration::from_millis(250) * half_second,
                calls: 10,
                bridged: 10,
                streams: 10,
            };
            let at = start + Duration::from_secs(200) + Duration::from_millis(500) * half_second;
            figures = meter.read(reading, at);
        }
        assert!((599..=602).contains(&figures.busy), "{figures:?}");
        assert!((59..=62).contains(&figures.bridging), "{figures:?}");
    }

    #[test]
    fn what_is_measured_follows_a_burst_within_seconds() {
        let start = Instant::now();
        let mut meter = Meter::new(Reading::default(), start);
        let mut busy = 0;
        for half_second in 1..=8u32 {
            let reading = Reading {
                process: Duration::from_millis(500) * half_second,
                ..Reading::default()
            };
            busy = meter
                .read(reading, start + Duration::from_millis(500) * half_second)
                .busy;
        }
        assert!(busy > 850, "{busy}");
    }
}
