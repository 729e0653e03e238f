//! What media, connections, the store and the resolver do.

use sidecam_gateway::bridge::web_leg::WebCodec;
use sidecam_gateway::bridge::{
    BridgeCommand, BridgeError, BridgeEvent, BridgeId, BridgeReply, LostCause, Side, Step,
};
use sidecam_gateway::store::Stored;
use sidecam_gateway::switch::Input;
use sidecam_gateway::switch::destinations::Destination;
use sip::transport::{FlowId, Transport};

use super::{Drill, keep};
use crate::stage::{CORE, DEVICES};

impl Drill<'_> {
    pub(super) fn reply_of_media(&mut self) {
        let fails = self.byte() == 0;
        let Some((bridge, command)) = self.commands.pop_front() else {
            return;
        };
        let Some(reply) = reply(&command, fails) else {
            return;
        };
        self.tell(Input::Bridge {
            bridge,
            event: BridgeEvent::Reply(reply),
        });
    }

    pub(super) fn event_of_media(&mut self) {
        let (place, what) = (self.byte(), self.byte());
        let Some(bridge) = self
            .open
            .iter()
            .nth(usize::from(place) % self.open.len().max(1))
        else {
            return;
        };
        let bridge = *bridge;
        let side = if what & 1 == 0 {
            Side::Caller
        } else {
            Side::Callee
        };
        let event = match what >> 1 & 3 {
            0 => BridgeEvent::FastUpdateWanted { side },
            1 => BridgeEvent::Connected { side },
            2 => BridgeEvent::Lost {
                side,
                cause: LostCause::Silent,
            },
            _ => BridgeEvent::Lost {
                side,
                cause: LostCause::Closed,
            },
        };
        self.tell(Input::Bridge { bridge, event });
    }

    /// A page's connection goes, or it comes back by another.
    pub(super) fn change_connection(&mut self) {
        let (place, comes) = (self.byte(), self.byte());
        let pages: Vec<usize> = (0..DEVICES.len())
            .filter(|place| DEVICES[*place].transport.is_reliable())
            .collect();
        let page = pages[usize::from(place) % pages.len()];
        self.tell(Input::FlowClosed(self.hops[page].flow));
        if comes & 1 == 1 {
            self.flows += 1;
            self.hops[page].flow = FlowId(self.flows);
            self.tell(Input::FlowOpened(self.hops[page]));
        }
    }

    /// The store, the resolver or a server that was connected to answers.
    pub(super) fn answer_of_others(&mut self) {
        let knows = self.byte() & 1 == 1;
        if let Some((ticket, name)) = self.tickets.pop_front() {
            let subscriber = self.switch.home().subscribers.by_name(&name).cloned();
            self.tell(Input::Stored(Stored::Found {
                ticket,
                subscriber: subscriber.filter(|_| knows),
            }));
        }
        if let Some(hop) = self.connects.pop_front() {
            self.tell(match knows {
                true => Input::FlowOpened(hop),
                false => Input::FlowFailed(hop.flow),
            });
        }
        if let Some(ticket) = self.lookups.pop_front() {
            let destinations = match knows {
                true => vec![Destination {
                    transport: Transport::Udp,
                    remote: CORE.hop().remote,
                }],
                false => Vec::new(),
            };
            self.tell(Input::Resolved {
                ticket,
                destinations,
            });
        }
    }

    pub(super) fn command(&mut self, bridge: BridgeId, command: BridgeCommand) {
        match command {
            BridgeCommand::Beside(_) | BridgeCommand::Tell { .. } => {}
            BridgeCommand::Close => {
                self.open.remove(&bridge);
            }
            BridgeCommand::OpenPlain { .. } | BridgeCommand::Apply(_) => {
                self.open.insert(bridge);
                if reply(&command, false).is_some() {
                    keep(&mut self.commands, (bridge, command));
                }
            }
        }
    }
}

/// What the media says to a command, if it says anything.
pub fn reply(command: &BridgeCommand, fails: bool) -> Option<BridgeReply> {
    let answered = |side: Side, reply: BridgeReply| match fails {
        true => BridgeReply::Failed {
            side,
            error: BridgeError::NoPort,
        },
        false => reply,
    };
    match command {
        BridgeCommand::OpenPlain { side, medium } => {
            let (side, medium, port) = (*side, *medium, 30_000);
            let opened = BridgeReply::PlainOpened { side, medium, port };
            Some(answered(side, opened))
        }
        BridgeCommand::Apply(
            Step::WebAnswer { side, .. }
            | Step::WebOffer { side, .. }
            | Step::WebOfferNext { side, .. }
            | Step::WebReoffer { side, .. }
            | Step::WebReanswer { side, .. },
        ) => {
            let side = *side;
            let sdp = "v=0\r\no=- 5 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n\
                       c=IN IP4 192.0.2.1\r\na=rtpmap:96 VP8/90000\r\n"
                .to_owned();
            Some(answered(side, BridgeReply::Description { side, sdp }))
        }
        BridgeCommand::Apply(Step::WebAccept { side, .. } | Step::WebAcceptNext { side, .. }) => {
            let side = *side;
            let accepted = BridgeReply::WebAccepted {
                side,
                codec: Some(WebCodec::Vp8),
                audio: None,
            };
            Some(answered(side, accepted))
        }
        BridgeCommand::Apply(_)
        | BridgeCommand::Beside(_)
        | BridgeCommand::Tell { .. }
        | BridgeCommand::Close => None,
    }
}
