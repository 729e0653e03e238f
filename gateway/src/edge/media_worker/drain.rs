//! What a call's bridge wants done: datagrams leave in trains, pictures go to the codec pool, events
//! to the loop.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use media::buffers;

use super::calls::{Call, CallPorts};
use super::turn::Worker;
use crate::bridge::packets::{Packets, Way};
use crate::bridge::{BridgeEvent, BridgeId, Input, Output, Side};
use crate::edge::codec_pool::{CodecPool, Outcomes, StreamKey};
use crate::edge::datagrams::{Socket, Train};

impl Worker {
    /// Hears out every call that something happened to.
    pub(super) fn drain_touched(&mut self, now: Instant) {
        // What one bridge has for another touches that one too.
        while !self.touched.is_empty() {
            let mut touched = std::mem::take(&mut self.touched);
            for id in touched.drain(..) {
                self.drain(id, now);
            }
            if self.touched.is_empty() {
                // Its memory is used again.
                self.touched = touched;
            }
        }
    }

    pub(super) fn drain(&mut self, id: BridgeId, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Call {
            bridge,
            packets,
            ports,
            ..
        } = call;
        let mut io = Io {
            web: &self.web,
            ports,
            pool: &self.wires.pool,
            outcomes: &self.outcomes,
            train: self.trains.begin(),
            between: Vec::new(),
            packets,
            sides: &self.by_source,
            now,
        };
        let mut events = Vec::new();
        while let Some(output) = bridge.poll_output() {
            events.extend(io.perform(id, output));
        }
        let between = std::mem::take(&mut io.between);
        self.wires.board.unsent.count_more(io.train.end());
        let next = bridge.poll_timeout();
        call.is_touched = false;
        let before = call.deadline;
        let next = next.map(|at| self.tick(at.max(now)));
        if next != before {
            if let Some(before) = before {
                self.deadlines.remove(&(before, id));
            }
            if let Some(at) = next {
                self.deadlines.insert((at, id));
            }
            if let Some(call) = self.calls.get_mut(&id) {
                call.deadline = next;
            }
        }
        for event in events {
            self.wake(id, event);
        }
        for (other, input) in between {
            self.feed(other, input, now);
        }
    }
}

/// The wires of one call, for the time of one drain.
struct Io<'a> {
    web: &'a Socket,
    ports: &'a CallPorts,
    pool: &'a CodecPool,
    outcomes: &'a Outcomes,
    train: Train<'a>,
    /// What is for other bridges.
    between: Vec<(BridgeId, Input<'static>)>,
    packets: &'a mut Packets,
    /// Which side a browser is on, by its address.
    sides: &'a HashMap<SocketAddr, (BridgeId, Side)>,
    now: Instant,
}

impl Io<'_> {
    /// Performs an output; an event is given back for the loop.
    fn perform(&mut self, bridge: BridgeId, output: Output) -> Option<BridgeEvent> {
        match output {
            Output::Web { destination, bytes } => {
                if let Some((_, side)) = self.sides.get(&destination) {
                    self.packets.web((*side, Way::Out), &bytes, self.now);
                }
                self.train.push(self.web, destination, &bytes);
                buffers::give_back(bytes);
                None
            }
            Output::Rtp {
                side,
                medium,
                destination,
                bytes,
            } => {
                if let Some(pair) = &self.ports[side.index()][medium.index()] {
                    self.packets.rtp((side, Way::Out), medium, &bytes, self.now);
                    self.train.push(&pair.rtp, destination, &bytes);
                }
                buffers::give_back(bytes);
                None
            }
            Output::Rtcp {
                side,
                medium,
                destination,
                bytes,
            } => {
                if let Some(pair) = &self.ports[side.index()][medium.index()] {
                    self.packets
                        .rtcp((side, Way::Out), medium, &bytes, self.now);
                    self.train.push(&pair.rtcp, destination, &bytes);
                }
                buffers::give_back(bytes);
                None
            }
            Output::Transcode {
                from,
                medium,
                class,
                job,
            } => {
                let key = StreamKey {
                    bridge,
                    from,
                    medium,
                };
                self.pool.push((key, class), job, self.outcomes);
                None
            }
            Output::Fed { viewer, fed } => {
                self.between.push((viewer, Input::Fed(fed)));
                None
            }
            Output::Wish { source, wish } => {
                let viewer = bridge;
                self.between.push((source, Input::Wish { viewer, wish }));
                None
            }
            Output::Event(event) => Some(event),
        }
    }
}
