//! What happens in a run, drawn from its seed.

use sip::message::Method;
use sip::time::Duration;
use sip::transport::Transport;

use crate::{Act, Chance, Manners, Weather};

/// A connection that is cut, and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub at: Duration,
    pub back_after: Duration,
}

/// Two parties, the link between them, and what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    pub transport: Transport,
    pub weather: Weather,
    pub manners: [Manners; 2],
    /// Of each party, in any order.
    pub plans: [Vec<(Duration, Act)>; 2],
    /// Of a stream.
    pub cuts: Vec<Cut>,
    /// How long until all is to be over, one way or the other.
    pub length: Duration,
}

impl Scene {
    pub fn draw(chance: &mut Chance) -> Scene {
        let transport = match chance.percent(70) {
            true => Transport::Udp,
            false => Transport::Tcp,
        };
        let weather = Weather::draw(chance);
        let manners = [Manners::draw(chance), Manners::draw(chance)];
        let mut plans = [Vec::new(), Vec::new()];
        for _ in 0..chance.between(1, 3) {
            draw_call(chance, &mut plans);
        }
        let cuts = match transport.is_reliable() && chance.percent(50) {
            true => vec![Cut {
                at: Duration::from_millis(chance.between(100, 60_000)),
                back_after: Duration::from_millis(chance.between(100, 60_000)),
            }],
            false => Vec::new(),
        };
        let last = Duration::from_secs(chance.between(60, 240));
        // One side is enough to end everything.
        let who = chance.below(3) as usize;
        for (party, plan) in plans.iter_mut().enumerate() {
            if who == party || who == 2 {
                plan.push((last, Act::HangUpAll));
            }
        }
        Scene {
            transport,
            weather,
            manners,
            plans,
            cuts,
            length: last + ALL_OVER,
        }
    }
}

/// A call of one of the two, what either asks in it, and how it ends: by either, by both at once,
/// soon enough to be a CANCEL, or not at all.
fn draw_call(chance: &mut Chance, plans: &mut [Vec<(Duration, Act)>; 2]) {
    let at = chance.between(0, 30_000);
    let caller = chance.below(2) as usize;
    let offers = chance.percent(75);
    plans[caller].push((Duration::from_millis(at), Act::Call { offers }));
    for _ in 0..chance.below(6) {
        let act = match chance.below(5) {
            0 => Act::Ask(Method::Info),
            1 | 2 => Act::Ask(Method::Update),
            3 => Act::Ask(Method::Invite),
            _ => Act::AskForOffer,
        };
        let when = Duration::from_millis(at + chance.between(0, 20_000));
        if chance.percent(25) {
            // Both at once, to collide.
            plans[0].push((when, act.clone()));
            plans[1].push((when, act));
        } else {
            plans[chance.below(2) as usize].push((when, act));
        }
    }
    let end = Duration::from_millis(at + chance.between(0, 40_000));
    let who = chance.below(4) as usize;
    for (party, plan) in plans.iter_mut().enumerate() {
        if who == party || who == 2 {
            plan.push((end, Act::HangUp));
        }
    }
}

/// Longer than the longest wait of all: an INVITE rings for four minutes, a session of 90 s
/// expires, and what ends either takes up to 32 s twice.
const ALL_OVER: Duration = Duration::from_secs(400);
