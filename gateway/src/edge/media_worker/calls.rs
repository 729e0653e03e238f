//! The calls of a worker: opened by commands, found by what browsers call themselves, closed whole.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::Token;

use super::turn::Worker;
use crate::bridge::packets::Packets;
use crate::bridge::{
    Bridge, BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, Medium, Side,
};
use crate::edge::codec_pool::StreamKey;
use crate::edge::load::Counted;
use crate::edge::rtp_ports::PortPair;
use crate::server::Wake;

/// Addresses of a call's browsers that are remembered; one has as many as it has networks, address
/// families and translators between. Who knows our part of the user name could add to them.
const SOURCES: usize = 16;

/// One call's media.
pub(super) struct Call {
    pub(super) bridge: Bridge,
    pub(super) packets: Packets,
    counted: Counted,
    pub(super) ports: CallPorts,
    /// Our parts of the STUN user names; a leg's changes when it begins ICE anew.
    ice_users: [Option<String>; 2],
    /// Where its browsers are, the latest last.
    sources: VecDeque<SocketAddr>,
    tokens: Vec<Token>,
    pub(super) deadline: Option<Instant>,
    pub(super) is_touched: bool,
}

/// By side and medium.
pub(super) type CallPorts = [[Option<PortPair>; 2]; 2];

/// Whose a plain port is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) bridge: BridgeId,
    pub(super) side: Side,
    pub(super) medium: Medium,
    pub(super) port: Port,
    /// It stands among those to be read.
    pub(super) is_ready: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Rtp,
    Rtcp,
}

impl Worker {
    pub(super) fn handle_command(&mut self, id: BridgeId, command: BridgeCommand, now: Instant) {
        let reply = match command {
            BridgeCommand::Close => return self.close(id, now),
            BridgeCommand::Tell { near, reply } => return self.tell_packets(id, near, &reply, now),
            // It is with us: that is all that was to be seen to.
            BridgeCommand::Beside(_) => return,
            BridgeCommand::OpenPlain { side, medium } => Some(self.open_plain(id, side, medium)),
            BridgeCommand::Apply(step) => {
                let local = self.local;
                let call = self.call(id);
                let reply = call.bridge.apply(step, local, now, wall_clock());
                self.remember_ice_users(id);
                reply
            }
        };
        if let Some(reply) = reply {
            self.wake(id, BridgeEvent::Reply(reply));
        }
        self.touch(id);
    }

    fn call(&mut self, id: BridgeId) -> &mut Call {
        let seed = self.next_seed();
        let rules = &self.config.rules;
        self.calls.entry(id).or_insert_with(|| Call {
            bridge: Bridge::new(seed, rules.clone()),
            packets: Packets::default(),
            counted: Counted::new(&self.wires.board),
            ports: CallPorts::default(),
            ice_users: [None, None],
            sources: VecDeque::new(),
            tokens: Vec::new(),
            deadline: None,
            is_touched: false,
        })
    }

    fn open_plain(&mut self, bridge: BridgeId, side: Side, medium: Medium) -> BridgeReply {
        let opened = self
            .config
            .rtp_ports
            .bind(self.config.address)
            .and_then(|mut pair| {
                let tokens = self.watch(&mut pair)?;
                Ok((pair, tokens))
            });
        let (pair, tokens) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                tracing::error!(%error, "no RTP port is free");
                return BridgeReply::Failed {
                    side,
                    error: BridgeError::NoPort,
                };
            }
        };
        for (token, port) in tokens.into_iter().zip([Port::Rtp, Port::Rtcp]) {
            let place = Place {
                bridge,
                side,
                medium,
                port,
                is_ready: false,
            };
            self.by_token.insert(token, place);
        }
        let port = pair.rtp_port();
        let call = self.call(bridge);
        call.counted.bridged();
        call.tokens.extend(tokens);
        call.ports[side.index()][medium.index()] = Some(pair);
        BridgeReply::PlainOpened { side, medium, port }
    }

    fn watch(&mut self, pair: &mut PortPair) -> std::io::Result<[Token; 2]> {
        let tokens = [Token(self.last_token + 1), Token(self.last_token + 2)];
        self.last_token += 2;
        let registry = self.poll.registry();
        pair.rtp.watch(registry, tokens[0])?;
        pair.rtcp.watch(registry, tokens[1])?;
        Ok(tokens)
    }

    fn remember_ice_users(&mut self, id: BridgeId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        for (user, side) in call.bridge.ice_users() {
            let known = &mut call.ice_users[side.index()];
            if known.as_ref() == Some(&user) {
                continue;
            }
            if let Some(before) = known.replace(user.clone()) {
                self.by_ice_user.remove(&before);
            }
            self.by_ice_user.insert(user, (id, side));
        }
    }

    /// A browser is at that address, if its STUN message proves it: else a stranger could turn the
    /// media of another browser to a call of his own.
    pub(super) fn remember_source(
        &mut self,
        source: SocketAddr,
        bytes: &[u8],
        target: (BridgeId, Side),
        now: Instant,
    ) {
        if self.by_source.get(&source) == Some(&target) {
            return;
        }
        let Some(call) = self.calls.get_mut(&target.0) else {
            return;
        };
        if !call.bridge.accepts(target.1, source, bytes, now) {
            return;
        }
        self.by_source.insert(source, target);
        call.sources.push_back(source);
        if call.sources.len() > SOURCES
            && let Some(oldest) = call.sources.pop_front()
            && self
                .by_source
                .get(&oldest)
                .is_some_and(|of| of.0 == target.0)
            && !call.sources.contains(&oldest)
        {
            self.by_source.remove(&oldest);
        }
    }

    fn close(&mut self, id: BridgeId, now: Instant) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.bridge.close(now);
        }
        self.drain(id, now);
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        self.kept.keep(id, std::mem::take(&mut call.packets), now);
        self.config.counters.media.add(&call.bridge.take_counts());
        if let Some(at) = call.deadline {
            self.deadlines.remove(&(at, id));
        }
        for user in call.ice_users.iter().flatten() {
            self.by_ice_user.remove(user);
        }
        for source in &call.sources {
            if self.by_source.get(source).is_some_and(|of| of.0 == id) {
                self.by_source.remove(source);
            }
        }
        for token in &call.tokens {
            self.by_token.remove(token);
        }
        for from in [Side::Caller, Side::Callee] {
            for medium in Medium::ALL {
                self.wires.pool.close(StreamKey {
                    bridge: id,
                    from,
                    medium,
                });
            }
        }
    }

    pub(super) fn close_all(&mut self) {
        let ids: Vec<BridgeId> = self.calls.keys().copied().collect();
        let now = Instant::now();
        for id in ids {
            self.close(id, now);
        }
    }

    pub(super) fn wake(&mut self, bridge: BridgeId, event: BridgeEvent) {
        self.unheard.push_back(Wake::Bridge { bridge, event });
    }

    fn next_seed(&mut self) -> u64 {
        // SplitMix64's increment: distinct seeds from one secret seed.
        self.seeds = self.seeds.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seeds
    }
}

/// Time of day since 1970, for RTCP sender reports.
fn wall_clock() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
