//! How often the allocator is asked for memory while packets are passed on.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::buffers;
use sidecam_gateway::bridge::latch::{Loopback, PlainRules};
use sidecam_gateway::bridge::web_leg::{VideoLine, install_cryptography};
use sidecam_gateway::bridge::{Bridge, BridgeReply, Flows, Input, Output, Side, Step};
use sidecam_gateway::switch::offer::offered_h264;
use sip::sdp::Direction;

use crate::browser::Browser;
use crate::worker::plan;

/// Counts what the present thread allocates while it is told to.
struct Counting;

thread_local! {
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as it is asked of us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as it is asked of us.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as it is asked of us.
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn count() {
    // Without it the thread is at its end.
    let _ = COUNT.try_with(|count| count.set(count.get().map(|so_far| so_far + 1)));
}

fn counted(act: impl FnOnce()) -> u64 {
    COUNT.set(Some(0));
    act();
    COUNT.take().unwrap_or_default()
}

/// A bridge from a browser to a handset, and how often memory was asked for in it.
struct Scene {
    bridge: Bridge,
    browser: Browser,
    now: Instant,
    allocations: u64,
    passed: u64,
}

const WORKER: &str = "127.0.0.1:5000";

impl Scene {
    fn new() -> Scene {
        install_cryptography();
        let now = Instant::now();
        let local = "127.0.0.1:6000".parse().unwrap();
        let mut browser = Browser::without_socket(local, now);
        let mut bridge = Bridge::new(
            5,
            PlainRules {
                loopback: Loopback::Allowed,
                ..PlainRules::default()
            },
        );
        let offer = browser.offer(str0m::media::Direction::SendOnly);
        let answer = Step::WebAnswer {
            side: Side::Caller,
            offer,
            video: Some(VideoLine {
                codec: offered_h264(),
                direction: Direction::RecvOnly,
                limit: None,
            }),
            audio: None,
        };
        let side = Side::Callee;
        let flows = Flows::From(Side::Caller);
        let plan = plan("127.0.0.1:7000".parse().unwrap());
        for step in [
            answer,
            Step::PlainConnect { side, plan },
            Step::Start { flows },
        ] {
            let wall = Duration::from_secs(1_700_000_000);
            let reply = bridge.apply(step, WORKER.parse().unwrap(), now, wall);
            if let Some(BridgeReply::Description { sdp, .. }) = reply {
                browser.take_answer(&sdp);
            }
        }
        Scene {
            bridge,
            browser,
            now,
            allocations: 0,
            passed: 0,
        }
    }

    /// Lets a millisecond pass; counts what the bridge does with what the browser sent.
    fn step(&mut self) {
        let worker: SocketAddr = WORKER.parse().unwrap();
        self.now += Duration::from_millis(1);
        let now = self.now;
        self.browser.turn(now);
        let mut to_browser = Vec::with_capacity(64);
        for bytes in std::mem::take(&mut self.browser.sent) {
            let (source, passed) = (self.browser.local, &mut self.passed);
            let bridge = &mut self.bridge;
            self.allocations += counted(|| {
                let side = Side::Caller;
                let bytes = &bytes;
                bridge.handle(
                    Input::Web {
                        side,
                        source,
                        bytes,
                    },
                    now,
                );
                *passed += carry(bridge, &mut to_browser);
            });
        }
        if self.bridge.poll_timeout().is_some_and(|at| at <= now) {
            let (bridge, passed) = (&mut self.bridge, &mut self.passed);
            self.allocations += counted(|| {
                bridge.handle_timeout(now);
                *passed += carry(bridge, &mut to_browser);
            });
        }
        for bytes in to_browser {
            self.browser.receive(worker, &bytes, now);
        }
    }
}

/// Does what a worker does with a bridge's outputs, but for the sockets. Gives the RTP packets.
fn carry(bridge: &mut Bridge, to_browser: &mut Vec<Vec<u8>>) -> u64 {
    let mut passed = 0;
    while let Some(output) = bridge.poll_output() {
        match output {
            Output::Web { bytes, .. } => to_browser.push(bytes),
            Output::Rtp { bytes, .. } => {
                passed += 1;
                buffers::give_back(bytes);
            }
            Output::Rtcp { .. }
            | Output::Transcode { .. }
            | Output::Fed { .. }
            | Output::Wish { .. }
            | Output::Event(_) => {}
        }
    }
    passed
}

#[test]
fn passing_a_packet_on_takes_no_memory_but_what_srtp_takes() {
    let mut scene = Scene::new();
    for _ in 0..500 {
        scene.step();
    }
    assert!(scene.browser.connected);
    for picture in 0..260 {
        if picture == 60 {
            (scene.allocations, scene.passed) = (0, 0);
        }
        scene.browser.shoot(scene.now);
        for _ in 0..33 {
            scene.step();
        }
    }
    let each = scene.allocations as f64 / scene.passed as f64;
    println!("{} packets, {each:.2} allocations each", scene.passed);
    assert!(scene.passed >= 800);
    assert!(each < MOST, "{each}");
}

/// All of these are str0m's: the payload and a line's name for each packet, and one for each of the
/// packets that transport-cc feedback speaks of. Ours are none.
const MOST: f64 = 3.3;
