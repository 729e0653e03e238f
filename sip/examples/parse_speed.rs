//! How many messages a second are read, and read and written again: ours next to `rsip` and
//! `sipx-sip`, of one 2.4 kB INVITE as an IMS carries it. Prints one line of JSON.
//!
//! With a name, `parse` or `write`, and a number it does only that, that many times, and prints
//! nothing: `valgrind --tool=callgrind parse_speed sidecam parse 1000` says what a message costs
//! where the clock is of no use because the machine has other work.
//!
//! The three do not do the same work: when it is done, ours has read the Request-URI, From, To,
//! Call-ID, CSeq and Content-Type as types and checked every value of Via, Route, Record-Route and
//! Contact; the others keep every header as text to be read, and found to be wrong, later.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    native::main();
}

/// The others are native.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use sip::limits::Limits;
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        match arguments.as_slice() {
            [] => compare(),
            [whose, what, times] => repeat(whose, what, times.parse().expect("a number of times")),
            _ => panic!("nothing, or a name, `parse` or `write`, and a number"),
        }
    }

    fn repeat(whose: &str, what: &str, times: u32) {
        let invite = INVITE.to_vec();
        let limits = Limits::default();
        let work: &dyn Fn() = match (whose, what) {
            ("sidecam", "parse") => &|| drop(black_box(ours(&invite, &limits))),
            ("sidecam", "write") => &|| drop(black_box(ours(&invite, &limits).to_bytes())),
            ("rsip", "parse") => &|| drop(black_box(rsip(&invite))),
            ("rsip", "write") => &|| drop(black_box(rsip(&invite).to_string())),
            ("sipx-sip", "parse") => &|| drop(black_box(sipx(&invite))),
            ("sipx-sip", "write") => &|| drop(black_box(sipx(&invite).to_bytes())),
            _ => panic!("`sidecam`, `rsip` or `sipx-sip`, and `parse` or `write`"),
        };
        for _ in 0..times {
            work();
        }
    }

    fn compare() {
        let invite = INVITE.to_vec();
        let limits = Limits::default();
        let (parse, write) = (&mut [0.0; 3], &mut [0.0; 3]);
        // In turns, so that a disturbance of the machine meets all of them.
        for _ in 0..ROUNDS {
            let speeds = [
                speed(|| drop(black_box(ours(&invite, &limits)))),
                speed(|| drop(black_box(rsip(&invite)))),
                speed(|| drop(black_box(sipx(&invite)))),
            ];
            best(parse, speeds);
            let speeds = [
                speed(|| drop(black_box(ours(&invite, &limits).to_bytes()))),
                speed(|| drop(black_box(rsip(&invite).to_string()))),
                speed(|| drop(black_box(sipx(&invite).to_bytes()))),
            ];
            best(write, speeds);
        }
        println!(
            "{{\"message_bytes\":{},\"unit\":\"messages/s\",\"parse\":{},\"parse_and_write\":{},\"parse_times_rsip\":{:.2},\"parse_and_write_times_rsip\":{:.2}}}",
            invite.len(),
            shown(parse),
            shown(write),
            parse[0] / parse[1],
            write[0] / write[1]
        );
    }

    fn ours(bytes: &[u8], limits: &Limits) -> sip::message::Message {
        sip::parse::parse(black_box(bytes), limits).expect("the message is good")
    }

    fn rsip(bytes: &[u8]) -> rsip::SipMessage {
        rsip::SipMessage::try_from(black_box(bytes)).expect("the message is good")
    }

    /// A datagram comes as a buffer of its own.
    fn sipx(bytes: &[u8]) -> sipx_sip::Message {
        let bytes = bytes::Bytes::copy_from_slice(black_box(bytes));
        sipx_sip::parser::parse_datagram(bytes, &sipx_sip::parser::Limits::datagram())
            .expect("the message is good")
    }

    /// Times a second.
    fn speed(mut work: impl FnMut()) -> f64 {
        let started = Instant::now();
        let mut done = 0_u32;
        while started.elapsed() < ROUND {
            for _ in 0..BATCH {
                work();
            }
            done += BATCH;
        }
        f64::from(done) / started.elapsed().as_secs_f64()
    }

    fn best(best: &mut [f64; 3], speeds: [f64; 3]) {
        for (best, speed) in best.iter_mut().zip(speeds) {
            *best = best.max(speed);
        }
    }

    fn shown(speeds: &[f64; 3]) -> String {
        let [ours, rsip, sipx] = speeds.map(f64::round);
        format!("{{\"sidecam\":{ours},\"rsip\":{rsip},\"sipx-sip\":{sipx}}}")
    }

    const INVITE: &[u8] = include_bytes!("ims_invite.dat");
    const ROUNDS: u32 = 7;
    const ROUND: Duration = Duration::from_millis(150);
    const BATCH: u32 = 100;
}
